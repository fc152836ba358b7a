/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a Cilium agent: one row per key in options.def, one value per key once a ConfigMap was
 * read. A value knows where it came from, because "explicitly set" and "default" differ in meaning
 * (map sizes, aliases) and because every message points at its origin.
 *
 * Source of names, types, defaults per release: ../shared/fixtures/options, and of keys that those lists hide
 * ../shared/reference/cilium-config.md A, B, L and M.
 */
#ifndef HR_CONFIG_OPTIONS_H
#define HR_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/diag.h"
#include "config/release.h"

enum option_type {
	OPTION_BOOL,
	OPTION_INT,
	OPTION_UINT, /* an integer that must not be negative */
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
#define OPTION(id, name, type, dflts, releases, scope, help) OPT_##id,
#include "config/options.def"
#undef OPTION
	OPT__COUNT,
};

struct option_def {
	const char *name;
	enum option_type type; /* at first; option_type_at() knows the changes */
	/* As text in the type's syntax: "a", or "a | 1.12+: b" when it changed. */
	const char *dflts;
	uint32_t releases; /* set of those that have the key */
	enum option_scope scope; /* at first; option_scope_at() knows the changes */
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
	enum cilium_release release; /* whose agent reads the config */
	struct option_value values[OPT__COUNT];
};

/*
 * Every option at its default in a release; one that the release does not have is at the default of the
 * nearest release that has it, and stays there. 0 or -ENOMEM.
 */
int options_init(struct options *opts, enum cilium_release release);
void options_fini(struct options *opts);

/*
 * Sets one option from its text (trimmed here). 0, -EINVAL when the text is not of the option's type
 * (*why gets a static string such as "not a boolean (true, false, True, ...)"), or -ENOMEM.
 */
int option_set(struct options *opts, enum option_id id, const char *text, struct pos pos,
	       const char **why);

/*
 * The same for a text that the agent converts without checking it first (a key in other case, an environment
 * variable): one that is not of the type becomes false, 0 or empty. 0 or -ENOMEM.
 */
int option_set_unchecked(struct options *opts, enum option_id id, const char *text, struct pos pos);

/*
 * Sets an option from an environment variable of the agent, CILIUM_ENABLE_IPV4 and so on, which wins over
 * the ConfigMap. Not checked; an empty one does not count, nor does one that names no key of the release or
 * only its deprecated name. name must outlive opts: it is the option's origin, with line 0. 0 or -ENOMEM.
 */
int options_set_env(struct options *opts, const char *name, const char *value);

/* Whether a release has the key at all, and what it is there. */
bool option_exists(enum option_id id, enum cilium_release release);
enum option_type option_type_at(enum option_id id, enum cilium_release release);
enum option_scope option_scope_at(enum option_id id, enum cilium_release release);

/* Id of a key's exact name, or OPT__COUNT. */
enum option_id option_find(const char *name);

/* The same for a name in any case. */
enum option_id option_find_folded(const char *name);

#define OPTION_SUCCESSOR_TEXT_MAX 160

/*
 * What to do in a release that does not have a key: "; use routing-mode and tunnel-protocol", "; always on
 * there", or "" when nothing took its place, or nothing was in its place. Returns out.
 */
const char *option_successor_text(enum option_id id, enum cilium_release release,
				  char out[OPTION_SUCCESSOR_TEXT_MAX]);

/* What an unknown key was probably meant to be. */
struct option_hint {
	const char *name; /* a key of the release, or NULL when none is near */
	bool is_opposite; /* its values mean the opposite of what the unknown key's name says */
};

/*
 * Names of the Helm chart and of folklore (option_hint.def), then a misspelt key: two edits away at most, fewer
 * for a short one; then one with mostly the same words. Only when no other key is as near. Case, '_' and '.'
 * for '-', and camelCase do not count.
 */
struct option_hint option_hint(const char *name, enum cilium_release release);

static inline const char *option_nearest(const char *name, enum cilium_release release)
{
	return option_hint(name, release).name;
}

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

/*
 * The key to point at where a value is wrong that `id` or a former or later name of it may have: the one that is set,
 * else the one that the release has.
 */
enum option_id option_set_instead(const struct options *opts, enum option_id id);

const char *option_type_name(enum option_type type);
const char *option_scope_name(enum option_scope scope);

#define _cleanup_options_ __attribute__((cleanup(options_fini)))

#endif
