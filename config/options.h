/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a Cilium agent: one row per key in options.def, one value per key once a ConfigMap was
 * read. A value knows where it came from, because "explicitly set" and "default" differ in meaning
 * (map sizes, aliases) and because every message points at its origin.
 *
 * Source of names, types, defaults: ../shared/reference/cilium-config.md A and B (Cilium 1.12).
 */
#ifndef HR_CONFIG_OPTIONS_H
#define HR_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/diag.h"

enum option_type {
	OPTION_BOOL,
	OPTION_INT,
	OPTION_FLOAT,
	OPTION_DURATION, /* nanoseconds */
	OPTION_STRING,
	OPTION_LIST, /* white-space separated */
	OPTION_MAP, /* JSON object of strings, or k=v,k=v */
	OPTION_TYPE__COUNT,
};

/* Whom a key concerns. */
enum option_scope {
	OPTION_DATAPATH, /* changes the datapath or the verdict */
	OPTION_AGENT, /* the agent (or its control plane) only: no effect on what we build */
	OPTION_OTHER, /* an init container, the operator, the CNI installer, a mounted file */
	OPTION_SCOPE__COUNT,
};

enum option_id {
#define OPTION(id, name, type, dflt, scope, help) OPT_##id,
#include "config/options.def"
#undef OPTION
	OPT__COUNT,
};

struct option_def {
	const char *name;
	enum option_type type;
	const char *dflt; /* as text, in the type's syntax */
	enum option_scope scope;
	const char *help; /* what it changes, one line */
};

extern const struct option_def option_defs[OPT__COUNT];

struct option_value {
	char *text; /* trimmed; owned. Equals the default's text when !is_set */
	bool is_set; /* present in the input, even if equal to the default */
	struct pos pos; /* of the value in the input; line 0 when !is_set */
	union {
		bool b;
		int64_t i; /* OPTION_INT, and OPTION_DURATION in nanoseconds */
		double f;
	};
};

struct options {
	struct option_value values[OPT__COUNT];
};

/* Every option at its default. 0 or -ENOMEM. */
int options_init(struct options *opts);
void options_fini(struct options *opts);

/*
 * Sets one option from its text (trimmed here). 0, -EINVAL when the text is not of the option's type
 * (*why gets a static string such as "not a boolean (true, false, True, ...)"), or -ENOMEM.
 */
int option_set(struct options *opts, enum option_id id, const char *text, struct pos pos,
	       const char **why);

/* Id of a key's exact name, or OPT__COUNT. */
enum option_id option_find(const char *name);

/*
 * The known key that a misspelt one was meant to be, or NULL: two edits away at most, fewer for a
 * short one, and only when no other key is as near. Case and '_' for '-' do not count.
 */
const char *option_nearest(const char *name);

static inline bool option_bool(const struct options *opts, enum option_id id)
{
	return opts->values[id].b;
}

static inline int64_t option_int(const struct options *opts, enum option_id id)
{
	return opts->values[id].i;
}

static inline double option_float(const struct options *opts, enum option_id id)
{
	return opts->values[id].f;
}

static inline const char *option_text(const struct options *opts, enum option_id id)
{
	return opts->values[id].text;
}

static inline bool option_is_set(const struct options *opts, enum option_id id)
{
	return opts->values[id].is_set;
}

const char *option_type_name(enum option_type type);
const char *option_scope_name(enum option_scope scope);

#define _cleanup_options_ __attribute__((cleanup(options_fini)))

#endif
