// SPDX-License-Identifier: BSD-2-Clause
/* The table of the functional probe, and the process its checks run in. */
#include "probe/functional.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/functional_checks.h"

#define TIME_LIMIT_S 10 /* then something hangs, and the child ends itself */

const struct functional_def functional_defs[FUNCTIONAL__COUNT] = {
#define FUNCTIONAL(id, name_, text_) [FUNCTIONAL_##id] = { .name = name_, .text = text_ },
#include "probe/functional.def"
#undef FUNCTIONAL
};

static void all_unknown(struct functional *out, int err, const char *note)
{
	for (size_t i = 0; i < FUNCTIONAL__COUNT; i++) {
		struct answer *a = &out->items[i];

		*a = (struct answer){ .source = SOURCE_FUNCTIONAL, .err = err < 0 ? -err : err };
		snprintf(a->note, sizeof(a->note), "%s", note);
	}
}

/* Dies with its parent, which may have died before it could ask for that. */
__attribute__((noreturn)) static void child(int out_fd, pid_t parent)
{
	static struct functional result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	alarm(TIME_LIMIT_S);
	if (getppid() != parent)
		_exit(1);
	functional_checks(&result);
	_exit(write(out_fd, &result, sizeof(result)) == sizeof(result) ? 0 : 1);
}

/* One write of the child, smaller than a pipe's buffer: it comes whole or not at all. */
static int collect(pid_t pid, int fd, struct functional *out)
{
	ssize_t len;
	int status;

	do {
		len = read(fd, out, sizeof(*out));
	} while (len < 0 && errno == EINTR);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return len == sizeof(*out) ? 0 : -ECHILD;
}

void functional_probe(struct functional *out)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe(ends) < 0) {
		all_unknown(out, errno, "no pipe to the probe's process");
		return;
	}
	pid = fork();
	if (!pid) {
		close(ends[0]);
		child(ends[1], parent);
	}
	close(ends[1]);
	if (pid < 0)
		all_unknown(out, errno, "no process for the probe");
	else if (collect(pid, ends[0], out))
		all_unknown(out, ECHILD, "the probe's process ended without an answer");
	close(ends[0]);
}
