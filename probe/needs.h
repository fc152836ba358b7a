/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a BPF object needs from a kernel, read from the ELF file itself and not from what somebody
 * believes was compiled: program types, helpers per program type, map types, attach types, kernel
 * functions, and type information to relocate against. The object need not be ours.
 */
#ifndef HR_PROBE_NEEDS_H
#define HR_PROBE_NEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/bpf_names.h"
#include "probe/features.h"

#define NEEDS_MAX 256
#define NEEDS_MAX_PROGRAMS 128
#define NEEDS_MAX_MAPS 128
#define NEEDS_MAX_OBJECT_BYTES (8u << 20)

enum need_kind {
	NEED_PROG_TYPE,
	NEED_HELPER, /* value = helper id, for programs of prog_type */
	NEED_MAP_TYPE,
	NEED_ATTACH_TYPE, /* value = expected attach type of programs of prog_type */
	NEED_KFUNC, /* name = kernel function that a program calls, without which it does not load */
	NEED_BTF, /* the kernel's BTF: for CO-RE, typed externs, tracing programs */
	NEED_KIND__COUNT,
};

struct need {
	enum need_kind kind;
	unsigned int prog_type; /* enum bpf_prog_type; 0 where none is named above */
	unsigned int value; /* helper id, map type or attach type; 0 for the others */
	char name[64]; /* NEED_KFUNC; NEED_PROG_TYPE of no type (0): its section; else "" */
};

struct object_program {
	char name[64];
	char section[64];
	unsigned int prog_type;
	size_t insns; /* as libbpf loads it: its own, and those of every function it takes along */
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
 * Reads an object; the kernel is not asked for anything. A helper that a function calls is a need of the
 * programs that take the function along; those of a program whose section names no type are left out.
 * 0, or after logging one line that names the file: the errno of reading it, or -EINVAL for what is not
 * a whole BPF object within the limits above. *out is empty then.
 */
int needs_read(const char *path, struct object_needs *out);

/* Is it a program type that only the object's own loader knows? Then the answer, on any kernel, is unknown. */
bool need_is_untyped(const struct need *need, struct answer *answer);

/* Adds a need unless it is there. 0, or -E2BIG. */
int need_add(struct object_needs *out, struct need need);

struct offline_target;

/* Asks a running kernel for one need. */
struct answer need_check(const struct kernel_ops *ops, const struct need *need);

/* The same of a kernel that does not run, from its files. */
struct answer need_check_offline(const struct offline_target *target, const struct need *need);

/* Mainline release that has it, "5.10"; NULL when this build does not know. */
const char *need_since(const struct need *need);

/*
 * "program type sched_cls", "helper redirect_peer in sched_cls", "map type lpm_trie", "attach type
 * cgroup_inet4_connect in cgroup_sock_addr", "kernel function bpf_ct_release", "kernel BTF".
 */
void need_text(const struct need *need, char *out, size_t size);

#endif
