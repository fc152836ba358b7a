/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only program hrcompile runs: clang, one process per object, all objects at once.
 * Its results depend on sources, header and clang version alone: no path or time gets into an object.
 */
#ifndef HR_COMPILER_CLANG_H
#define HR_COMPILER_CLANG_H

#include <limits.h>
#include <stddef.h>

#define CLANG_MAX_JOBS 8
#define CLANG_VERSION_MAX 64

struct clang {
	char program[PATH_MAX]; /* name to look up in PATH, or an absolute path */
	char version[CLANG_VERSION_MAX]; /* "clang 14.0.6" */
};

/*
 * Asks `program` (NULL: "clang") for its version. 0; -ENOENT when there is none, -EINVAL when it is no
 * clang, -EINTR when interrupted; logged. As all here, between interrupts_hold() and _release().
 */
int clang_find(const char *program, struct clang *out);

/*
 * Compiles <templates>/<name>.c of every name to <out_dir>/<name>.o, with node_config.h from header_dir.
 * templates is absolute. 0 when all went well, else the first failure (-EINVAL: clang complained) after one
 * line per failed object, clang's own words below it.
 */
int clang_compile(const struct clang *clang, const char *templates, const char *header_dir,
		  const char *out_dir, const char *const *names, size_t count);

#endif
