// SPDX-License-Identifier: BSD-2-Clause
/* Holds signals by blocking them: no handler, no flag, no race between a test and a sleep. */
#include "compiler/interrupt.h"

#include <errno.h>
#include <stddef.h>

#include "common/cleanup.h"

static const int held_signals[] = { SIGINT, SIGTERM, SIGHUP };

static sigset_t former_mask;
static sigset_t waited; /* the held ones and SIGCHLD */
static int caught; /* taken by interrupts_wait(), given back by interrupts_release() */

static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void interrupts_hold(void)
{
	caught = 0;
	sigemptyset(&waited);
	for (size_t i = 0; i < ARRAY_SIZE(held_signals); i++) {
		if (!is_ignored(held_signals[i]))
			sigaddset(&waited, held_signals[i]);
	}
	/* Were it ignored, children would be reaped behind our back. */
	signal(SIGCHLD, SIG_DFL);
	sigaddset(&waited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &waited, &former_mask);
}

bool interrupts_pending(void)
{
	sigset_t pending;

	if (caught || sigpending(&pending))
		return caught != 0;
	for (size_t i = 0; i < ARRAY_SIZE(held_signals); i++) {
		if (sigismember(&waited, held_signals[i]) && sigismember(&pending, held_signals[i]))
			return true;
	}
	return false;
}

int interrupts_wait(void)
{
	int signal;

	do
		signal = sigwaitinfo(&waited, NULL);
	while (signal < 0 && errno == EINTR);
	if (signal == SIGCHLD)
		return 0;
	caught = signal;
	return -EINTR;
}

void interrupts_release(void)
{
	sigprocmask(SIG_SETMASK, &former_mask, NULL);
	if (caught > 0)
		raise(caught);
}

const sigset_t *interrupts_former_mask(void)
{
	return &former_mask;
}
