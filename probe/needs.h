/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a BPF object needs from a kernel, read from the ELF file itself and not from what somebody
 * believes was compiled: program types, helpers per program type, map types.
 */
#ifndef HR_PROBE_NEEDS_H
#define HR_PROBE_NEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/bpf_names.h"
#include "probe/features.h"

#define NEEDS_MAX 256
#define NEEDS_MAX_PROGRAMS 32
#define NEEDS_MAX_MAPS 64
#define NEEDS_MAX_OBJECT_BYTES (8u << 20)

enum need_kind {
	NEED_PROG_TYPE,
	NEED_HELPER, /* value = helper id, for programs of prog_type */
	NEED_MAP_TYPE,
	NEED_KIND__COUNT,
};

struct need {
	enum need_kind kind;
	unsigned int prog_type; /* enum bpf_prog_type; 0 for NEED_MAP_TYPE */
	unsigned int value; /* helper id or map type; 0 for NEED_PROG_TYPE */
};

struct object_program {
	char name[64];
	char section[64];
	unsigned int prog_type;
	size_t insns; /* of its own; subprograms are linked in when it is loaded */
};

struct object_map {
	char name[64];
	unsigned int type;
	uint32_t key_size, value_size, max_entries, flags;
};

struct object_needs {
	struct need needs[NEEDS_MAX]; /* sorted, no duplicates */
	size_t count;
	struct object_program programs[NEEDS_MAX_PROGRAMS];
	size_t program_count;
	struct object_map maps[NEEDS_MAX_MAPS]; /* without .rodata and its like */
	size_t map_count;
};

/*
 * Reads an object; the kernel is not asked for anything. Helpers called by subprograms count for
 * every program type of the object. 0, or after logging one line that names the file: the errno of
 * reading it, or -EINVAL for what is not a whole BPF object within the limits above. *out is empty
 * then.
 */
int needs_read(const char *path, struct object_needs *out);

/* Asks a kernel for one need. */
struct answer need_check(const struct kernel_ops *ops, const struct need *need);

/* "program type sched_cls", "helper redirect_peer in sched_cls", "map type lpm_trie". */
void need_text(const struct need *need, char *out, size_t size);

#endif
