/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decisions to objects: templates, compiler and cache, opened once, turn any number of sets of macros into
 * the objects of a bundle directory. Knows nothing of ConfigMaps, nor of how a bundle gets to its place.
 */
#ifndef HR_COMPILER_BUILD_H
#define HR_COMPILER_BUILD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/digest.h"
#include "compiler/cache.h"
#include "compiler/clang.h"
#include "compiler/includes.h"
#include "compiler/macros.h"
#include "compiler/manifest.h"

/* What turns a decision into objects, as the user asked for it. */
struct build_tools {
	const char *clang; /* program or path; NULL: clang in PATH */
	const char *templates; /* NULL: those that belong to this executable */
	const char *cache; /* directory; NULL: the user's */
	bool no_cache;
	uint32_t jobs; /* compilers at a time; 0: one per CPU */
};

struct builder {
	char templates[PATH_MAX]; /* absolute */
	char templates_sha256[DIGEST_TEXT_MAX];
	struct clang clang;
	struct cache cache;
	struct include_memo memo;
	size_t jobs;
};

/*
 * Finds templates and compiler and opens the cache; between interrupts_hold() and _release(), as all here.
 * 0, or a negative errno after logging one line. *out is for builder_close() either way.
 */
int builder_open(const struct build_tools *tools, struct builder *out);

/*
 * Puts the objects that `macros` want into `dir`, an existing directory given by its absolute path: out of
 * the cache when everything they depend on is as it was, else compiled. header: text of node_config.h with
 * the same macros; its comments do not matter. Fills the versions, templates_sha256 and objects of a manifest
 * that has no objects yet. 0, or a negative errno after logging; files may be left in dir then.
 */
int builder_objects(struct builder *b, const char *header, const struct macro_values *macros,
		    const char *dir, struct manifest *out);

void builder_close(struct builder *b);

#define _cleanup_builder_ __attribute__((cleanup(builder_close)))

#endif
