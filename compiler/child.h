/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Child processes with captured output: waited for together, killed together when we are interrupted.
 * Arguments are a vector; no shell is involved.
 */
#ifndef HR_COMPILER_CHILD_H
#define HR_COMPILER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_OUTPUT_MAX 65536 /* what is kept of a child's output */

struct child {
	pid_t pid; /* 0 once it was reaped */
	int status; /* as waitpid() gives it */
	int output_fd; /* stdout and stderr, both */
};

/*
 * Starts argv[0] (looked up in PATH when it has no slash) in directory dir (NULL: ours), stdin empty, with
 * PATH, HOME, LC_ALL=C and a word to clang against configuration files as its whole environment. Call
 * interrupts_hold() before. 0 or a negative errno (-ENOENT: no such program), nothing logged; *out needs child_fini() after success.
 */
int child_start(const char *const argv[], const char *dir, struct child *out);

/* Waits for all. 0, or -EINTR after killing those still running. */
int children_wait(struct child *children, size_t count);

/* Waits until fewer than limit (1 or more) are running. As above. */
int children_wait_for_room(struct child *children, size_t count, size_t limit);

/* Did a reaped child exit with 0? */
bool child_has_succeeded(const struct child *child);

/* What a reaped child wrote, NUL-terminated; the caller frees *out. 0 or a negative errno. */
int child_output(const struct child *child, char **out);

void child_fini(struct child *child);

#endif
