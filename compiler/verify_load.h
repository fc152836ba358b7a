/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every program of an object through the running kernel's verifier. Nothing is attached or pinned: maps and
 * programs are gone when a function returns. Needs no manifest, so that the loader of a test VM can be
 * small and static.
 */
#ifndef HR_COMPILER_VERIFY_LOAD_H
#define HR_COMPILER_VERIFY_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/verify_log.h"

#define VERIFY_MAX_PROGRAMS 64 /* rows, of all objects */
#define VERIFY_OBJECT_MAX 32
#define VERIFY_NAME_MAX 64

enum verify_outcome {
	VERIFY_ACCEPTED,
	VERIFY_REJECTED,
	VERIFY_OUTCOME__COUNT,
};

/*
 * The load-time constants of an object (node_*, which hrinstall sets) decide which code is dead. An object that
 * has some is tried with both: as compiled, all zero, and with a value in each.
 */
enum verify_constants {
	VERIFY_CONSTANTS_NONE, /* the object has none */
	VERIFY_CONSTANTS_ZERO,
	VERIFY_CONSTANTS_SET, /* each is 1 */
	VERIFY_CONSTANTS__COUNT,
};

/* One attempt. Figures are 0 where the kernel does not tell. */
struct verify_program {
	char object[VERIFY_OBJECT_MAX]; /* file name */
	char name[VERIFY_NAME_MAX];
	enum verify_constants constants;
	enum verify_outcome outcome;
	int err; /* negative errno of a rejection, else 0 */
	uint64_t insns; /* with the functions it takes along, before the kernel rewrites them */
	uint64_t jited_bytes;
	struct verify_stats stats;
	char source[VERIFY_SOURCE_MAX]; /* of a rejection: where; "" when not known */
	char *log; /* of a rejection: end of the verifier's log, or libbpf's words. Owned; NULL: none */
};

struct verify_result {
	char release[65]; /* of the kernel */
	struct verify_program programs[VERIFY_MAX_PROGRAMS];
	size_t count;
};

/* 0 when this process may load programs, else a negative errno after logging why not. */
int verify_can_load(void);

/*
 * Appends a row per program of the object file at path, called `name` in the rows, and per set of constants. Maps
 * are created as they will be. A rejection is a row, not an error. 0, or a negative errno after logging one
 * line: not an object, too many programs, no memory.
 */
int verify_object(const char *path, const char *name, struct verify_result *out);

size_t verify_rejected(const struct verify_result *result);
void verify_result_fini(struct verify_result *result);

const char *verify_outcome_name(enum verify_outcome outcome); /* "accepted", "rejected" */
const char *verify_constants_name(enum verify_constants constants); /* "none", "zero", "set" */

#define _cleanup_verify_ __attribute__((cleanup(verify_result_fini)))

#endif
