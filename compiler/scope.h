/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a config asks for that this datapath does not provide: the table scope.def, and which of its rows
 * hold. A pure function; who is told what is the caller's business.
 */
#ifndef HR_COMPILER_SCOPE_H
#define HR_COMPILER_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/options.h"
#include "probe/verdict.h"

enum scope_effect {
	SCOPE_NEVER, /* error: will not be done */
	SCOPE_NOT_YET, /* error: is not done yet */
	SCOPE_GAP, /* warning and manifest entry: is not done yet */
	SCOPE_EFFECT__COUNT,
};

enum scope_id {
#define SCOPE(id, ...) SCOPE_ID_##id,
#include "compiler/scope.def"
#undef SCOPE
	SCOPE_ID__COUNT,
};

struct scope_def {
	enum option_id option;
	enum scope_effect effect;
	const char *what; /* "IPv6 for pods" */
	const char *advice; /* what to do, or for a gap: what happens instead */
};

extern const struct scope_def scope_defs[SCOPE_ID__COUNT];

struct scope {
	bool holds[SCOPE_ID__COUNT]; /* the config asks for this row */
};

/* The verdict, of any mode, is the one on opts. */
void scope_decide(const struct options *opts, const struct verdict *verdict, struct scope *out);

/* True when a row that is an error holds for the option. */
bool scope_refuses(const struct scope *scope, enum option_id option);

/* `asks for IPv6 for pods, which this datapath does not do yet; set enable-ipv6: "false"` */
void scope_text(enum scope_id id, char *out, size_t size);

#endif
