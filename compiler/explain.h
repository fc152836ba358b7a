/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrcompile --explain NAME [CONFIG]`: all that the tables know about a key or a macro, and with a ConfigMap
 * what it says and what follows from it.
 *
 * JSON, schema "hostroute.explain/1", keys in this order and always present:
 *
 *   schema, tool_version
 *   config        the ConfigMap as it was named; null without one
 *   release       by whose agent it was read; null without one
 *   keys          each { name, asked, help, value, origin, written_as, ignored, in_force, map_size, periods,
 *                 deprecated_name, values, macros, scope_rows, rules }
 *   macros        each { name, help, value, keys, objects }
 *
 *   asked         the name as it was given: a deprecated one, or in other case
 *   value         text in force; null without a ConfigMap, or when its release has no such key
 *   origin        "FILE:LINE:COLUMN", or "default of 1.12"; null with value
 *   written_as    the key's name in the ConfigMap; null for a default
 *   ignored       settings that do not count, { key, value, origin }: overridden by a CiliumNodeConfig,
 *                 given by another name too, or not a key of the release
 *   in_force      what it makes with other keys, the release and the target, { name, value, why }, see
 *                 compiler/effective.def; empty without a ConfigMap, or when that is refused
 *   map_size      of the map that the key sizes, { name, entries (null: the node's memory decides), from, formula }
 *   periods       { releases, type, accepted, default, scope }: what the key is in a set of releases
 *   values        { value, releases }: values that not all of these take
 *   macros        of a key: { name, value }; value is null where nothing would be built
 *   scope_rows    what this datapath does not do, { what, effect ("refused", "gap"), advice, asked_for
 *                 (null without a ConfigMap) }
 *   rules         of the verdict, { rule, releases, effect, text, fix, matched ("yes", "no", "unknown"; null
 *                 without a ConfigMap), detail }; with one, those of its release only
 *   keys          of a macro: { name, value, origin }
 *   objects       of a macro: those that it may change, see compiler/macro_use.h; null without templates
 */
#ifndef HR_COMPILER_EXPLAIN_H
#define HR_COMPILER_EXPLAIN_H

#include "common/cli.h"
#include "compiler/args.h"
#include "compiler/macro_use.h"

#define EXPLAIN_SCHEMA "hostroute.explain/1"
#define EXPLAIN_MAX_IGNORED 4

/* What a key is in a set of releases. */
struct explain_period {
	uint32_t releases;
	enum option_type type;
	enum option_scope scope;
	char *dflt; /* owned */
};

/* A rule that looks at a key, and what it found. */
struct explain_rule {
	enum rule_id id;
	bool is_tested; /* there is a ConfigMap */
	enum tri matched;
	const char *detail; /* "" when there is nothing to say */
};

/* Everything about one key. Pointers lead into tables and the compilation. */
struct explain_key {
	enum option_id option;
	const char *asked;
	const struct option_value
		*value; /* NULL without a ConfigMap or in a release without the key */
	const struct entry *entry; /* that it was read from; NULL for a default */
	const struct entry *ignored[EXPLAIN_MAX_IGNORED]; /* the first of them */
	size_t ignored_count;
	/* What the manifest says to be in force and to come from this key, among others; none when refused. */
	const struct manifest_value *effective[MANIFEST_MAX_EFFECTIVE];
	size_t effective_count;
	const struct manifest_map_size *size; /* of the map that the key sizes, or NULL */
	struct explain_period periods[CILIUM__COUNT]; /* by the oldest release of each */
	size_t period_count;
	struct explain_rule rules[RULE__COUNT];
	size_t rule_count;
};

struct explain_macro {
	enum macro_id id;
	bool is_use_known;
	struct macro_use use;
};

#define EXPLAIN_MAX_NAMES COMPILE_MAX_NAMES

/* What was asked for, found. c is borrowed, NULL without a ConfigMap. */
struct explanation {
	const struct compilation *c;
	struct explain_key keys[EXPLAIN_MAX_NAMES];
	size_t key_count;
	struct explain_macro macros[EXPLAIN_MAX_NAMES];
	size_t macro_count;
};

/*
 * Finds names, of keys or macros, and all there is to say about them. c was read without errors, but may be
 * refused. 0; -ENOENT after logging a line for each unknown name, with the nearest known one; -ENOMEM. *out is for
 * explain_fini() either way.
 */
int explain_read(const char *const *names, size_t count, const struct compilation *c,
		 struct explanation *out);
void explain_fini(struct explanation *e);

/*
 * Adds which objects its macros may change, out of the templates (NULL: those that belong to this executable). 0, or
 * a negative errno after logging; then that is not known.
 */
int explain_read_use(const char *templates, struct explanation *e);

/* For people, or JSON as above; the caller frees *out. 0 or -ENOMEM. */
int explain_text(const struct explanation *e, char **out);
int explain_json(const struct explanation *e, char **out);

/* What a text of a type may look like: "true or false (...)". */
const char *explain_accepted(enum option_type type);

/* A value that not every release takes for a key. */
struct explain_value {
	enum option_id option;
	const char *value;
	uint32_t releases;
};

/* The table of them; *count is set. */
const struct explain_value *explain_values(size_t *count);

/* Where the value of an option came from, as explained above. Returns out. */
#define EXPLAIN_ORIGIN_MAX 4200
const char *explain_origin(const struct option_value *value, enum cilium_release release,
			   char out[EXPLAIN_ORIGIN_MAX]);

/* True when the value of a macro comes from an option, among others. */
bool explain_macro_uses(enum macro_id macro, enum option_id option);

/* True when macros have values: a ConfigMap, and something would be built. */
bool explain_has_macros(const struct compilation *c);

/*
 * The command: finds the names, reads the ConfigMap if there is one, prints. EXIT_STATUS_INPUT also after
 * explaining by a ConfigMap that is refused, whose errors are told first; EXIT_STATUS_ENVIRONMENT also after
 * explaining a macro without templates to look it up in.
 */
int command_explain(const struct compile_args *args, const struct cli_common *common);

#endif
