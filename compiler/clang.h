/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only program hrcompile builds with: clang, one process per object.
 * Its results depend on sources, header and clang itself alone: no path or time gets into an object.
 */
#ifndef HR_COMPILER_CLANG_H
#define HR_COMPILER_CLANG_H

#include <limits.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/digest.h"
#include "compiler/cache.h"

#define CLANG_MAX_OBJECTS 24
#define CLANG_VERSION_MAX 64
#define CLANG_DEPS_SUFFIX ".d"

/* Releases whose objects `make check-compilers` loads and runs; another one is a warning. */
#define CLANG_TESTED_FIRST 14
#define CLANG_TESTED_LAST 19
#define CLANG_NUMBER_TEXT(n) #n
#define CLANG_TEXT(n) CLANG_NUMBER_TEXT(n)
#define CLANG_TESTED_TEXT CLANG_TEXT(CLANG_TESTED_FIRST) " and " CLANG_TEXT(CLANG_TESTED_LAST)

/* LLVM 13 changed BPF's relocations into those that linkers know (the kernel's bpf/llvm_reloc.rst). */
#define CLANG_OLDEST 13

struct clang {
	char program[PATH_MAX]; /* absolute */
	char version[CLANG_VERSION_MAX]; /* "clang 14.0.6" */
	/* Of the files that are this compiler and what it says of itself: differs when either changes. */
	char identity[DIGEST_TEXT_MAX];
};

/*
 * Finds `program` (NULL: "clang"; without a slash: in the absolute directories of PATH) and its version, by
 * asking it, or out of the cache when its files are the ones that were asked. 0; -ENOENT when there is
 * none, -EINVAL when it is no clang or one that is too old, -EINTR when interrupted; logged. As all here,
 * between interrupts_hold() and _release().
 */
int clang_find(const char *program, struct cache *cache, struct clang *out);

/* Appends all that an object depends on besides the files that clang reads: the compiler and its options. */
void clang_describe(const struct clang *clang, struct buf *out);

/* What to compile, all paths absolute. */
struct clang_input {
	const char *templates; /* holds <name>.c */
	const char *header_dir; /* holds node_config.h */
	const char *
		out_dir; /* gets <name>.o, and <name>.d: the files read for it, as make wants them */
	const char *const *names;
	size_t count; /* up to CLANG_MAX_OBJECTS */
	size_t jobs; /* processes at a time, at least 1 */
};

/*
 * Compiles every name. 0 when all went well, else the first failure (-EINVAL: clang complained) after one
 * line per failed object, clang's own words below it.
 */
int clang_compile(const struct clang *clang, const struct clang_input *input);

#endif
