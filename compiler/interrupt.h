/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIGINT, SIGTERM and SIGHUP held back while half-made files exist, so that they can be removed first.
 * Signals that the parent had ignored (nohup, a background job) stay ignored. Not for threads.
 */
#ifndef HR_COMPILER_INTERRUPT_H
#define HR_COMPILER_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* Holds them, and SIGCHLD, which interrupts_wait() needs. Once per process at a time. */
void interrupts_hold(void);

/* Has one of them come since? */
bool interrupts_pending(void);

/* Sleeps until a child changed state (0) or one of them came (-EINTR). */
int interrupts_wait(void);

/* Lets them through: if one came, the process ends here, as if it had never been held. */
void interrupts_release(void);

/* The signal mask from before interrupts_hold(), for children. */
const sigset_t *interrupts_former_mask(void);

#endif
