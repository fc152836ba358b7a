/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of a BPF object, and which of them a program takes along when it is loaded: libbpf appends
 * every function that is called, or handed to a helper as callback, directly or by others, once.
 */
#ifndef HR_PROBE_FUNCTIONS_H
#define HR_PROBE_FUNCTIONS_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

#define FUNCTIONS_MAX_INSNS 1000000 /* of one program: no kernel takes more */

/* An instruction's place. */
struct code_place {
	size_t section;
	uint64_t insn;
};

struct function {
	struct code_place start;
	const char *name, *section;
	const void *insns; /* of the image, not aligned */
	size_t insn_count;
	bool is_reached;
};

/* A relocated instruction that refers to code, or to a function that is not in the object. */
struct code_reference {
	struct code_place from, base;
	bool is_outside;
};

struct functions {
	Elf *elf;
	struct function *items;
	size_t count;
	struct code_reference *references;
	size_t reference_count;
	/* What functions_reach() found: the program itself, then what it calls. */
	struct function **reached;
	size_t reached_count;
};

/*
 * Reads an image that has passed object_check() and outlives *out. 0, -ENOMEM, or -EINVAL when it
 * contradicts itself. *out is to be given to functions_fini() in any case.
 */
int functions_read(char *image, size_t len, struct functions *out);
void functions_fini(struct functions *f);

#define _cleanup_functions_ __attribute__((cleanup(functions_fini)))

/*
 * Fills f->reached for the program of that name in that section. 0; -EINVAL when there is none, or when
 * something calls what is no function; -E2BIG above FUNCTIONS_MAX_INSNS.
 */
int functions_reach(struct functions *f, const char *section, const char *name);

#endif
