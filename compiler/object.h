/* SPDX-License-Identifier: BSD-2-Clause */
/* One compiled BPF object: made small, and checked to be what the hooks promise. */
#ifndef HR_COMPILER_OBJECT_H
#define HR_COMPILER_OBJECT_H

#include <stddef.h>

#include "probe/needs.h"

/*
 * Copies an object as libbpf's static linker writes it: with BTF, without DWARF, always in the same
 * order. 0, or a negative errno after logging one line.
 */
int object_link(const char *from, const char *to);

/*
 * Checks that an object has BTF, a licence, and every program of `programs`. needs: as needs_read() gave
 * it for the same file. 0, or -ENOEXEC after logging one line that names the file and what it lacks.
 */
int object_verify(const char *path, const struct object_needs *needs, const char *const *programs,
		  size_t count);

#endif
