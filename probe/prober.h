/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One series of attempts on a kernel: builds the small programs, counts the calls, gives
 * descriptors back, and reads the verifier's answer to a helper call. What an answer means for a
 * feature is features.c's.
 */
#ifndef HR_PROBE_PROBER_H
#define HR_PROBE_PROBER_H

#include <stddef.h>

#include "probe/features.h"

/* No kernel has, or will have soon, a helper or a program, map or attach type of this number. */
#define NONEXISTENT_ID 9999

#define PROBER_MAPS 3 /* map letters of features.def */

struct prober {
	const struct kernel_ops *ops;
	unsigned int syscalls; /* bpf() calls so far */
	int map_fds[PROBER_MAPS]; /* made on first use, -1 before */
};

/*
 * A helper call to try. args as in features.def, NULL to call it with nothing but the context in
 * R1.
 */
struct helper_call {
	unsigned int helper;
	const char *args;
};

enum call_outcome {
	CALL_LOADED, /* the program loads */
	CALL_REFUSED, /* the verifier says that this program type may not call it, or nobody */
	CALL_COMPLAINT, /* the verifier knows the helper and objects to something else */
	CALL_SILENT, /* no verifier was heard: privilege, program type, memory */
	CALL__COUNT,
};

struct call_result {
	enum call_outcome outcome;
	int err; /* positive errno, 0 when loaded */
	char reason[80]; /* last line of a complaint, else "" */
};

void prober_init(struct prober *p, const struct kernel_ops *ops);
void prober_fini(struct prober *p);

/* Loads a program of this type that returns 1 and calls nothing. 0 or -errno. */
int prober_load_trivial(struct prober *p, unsigned int prog_type, unsigned int attach_type);

/* Creates a minimal map of this type and gives it back. 0 or -errno. */
int prober_create_map(struct prober *p, unsigned int map_type);

/* Tries a tcx-style link of a sched_cls program on an interface that cannot exist. 0 or -errno. */
int prober_link(struct prober *p, unsigned int attach_type);

/* Tries one call, with a log. */
struct call_result prober_call(struct prober *p, unsigned int prog_type, unsigned int attach_type,
			       const struct helper_call *call);

struct helper_calls {
	const struct helper_call *items;
	size_t count;
};

/*
 * Tries all of them in one program: 0 means that each is usable, else -errno. With refused the kernel
 * is asked for a log, and *refused is the call that the verifier refused by name, or the count.
 */
int prober_call_all(struct prober *p, unsigned int prog_type, unsigned int attach_type,
		    const struct helper_calls *calls, size_t *refused);

/* Loads a valid program of that many instructions, at least one. 0 or -errno. */
int prober_load_long(struct prober *p, unsigned int prog_type, size_t count);

/* Loads one of more instructions than any kernel takes: -E2BIG is the right answer. 0 or -errno. */
int prober_load_too_long(struct prober *p, unsigned int prog_type);

/* expected_attach_type that a program of this type loads with; 0 where the kernel does not ask. */
unsigned int default_attach_type(unsigned int prog_type);

#define _cleanup_prober_ __attribute__((cleanup(prober_fini)))

#endif
