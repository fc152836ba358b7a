// SPDX-License-Identifier: BSD-2-Clause
/* Decides which option each key means and reports what is wrong with key or value. */
#include "config/entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"

/* Names that the 1.12 agent still maps while it reads the ConfigMap, and only there. */
static const struct {
	const char *name;
	enum option_id id;
} deprecated[] = {
	{ "ct-global-max-entries-other", OPT_BPF_CT_GLOBAL_ANY_MAX },
	{ "ct-global-max-entries-tcp", OPT_BPF_CT_GLOBAL_TCP_MAX },
	{ "monitor-aggregation-level", OPT_MONITOR_AGGREGATION },
};

enum spelling {
	SPELLING_EXACT,
	SPELLING_DEPRECATED,
	SPELLING_OTHER_CASE, /* the agent folds case when it looks a value up, not when it checks it */
	SPELLING_UNKNOWN,
};

/* What a key means. */
struct meaning {
	enum spelling spelling;
	enum option_id id;
};

struct applier {
	struct options *opts;
	struct diag_list *diags;
	bool strict;
	bool taken[OPT__COUNT]; /* options that a key of the input sets */
	size_t refused;
};

static struct meaning key_meaning(const char *key)
{
	enum option_id id = option_find(key);

	if (id != OPT__COUNT)
		return (struct meaning){ SPELLING_EXACT, id };
	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++) {
		if (!strcmp(key, deprecated[i].name))
			return (struct meaning){ SPELLING_DEPRECATED, deprecated[i].id };
	}
	for (id = 0; id < OPT__COUNT; id++) {
		if (!strcasecmp(key, option_defs[id].name))
			return (struct meaning){ SPELLING_OTHER_CASE, id };
	}
	return (struct meaning){ SPELLING_UNKNOWN, OPT__COUNT };
}

static void report_unknown(struct applier *a, const struct entry *entry)
{
	enum diag_severity severity = a->strict ? DIAG_ERROR : DIAG_WARNING;
	const char *nearest = NULL;

	/* The search is slow, and a list that is full keeps no text. */
	if (a->diags->count < DIAG_MAX)
		nearest = option_nearest(entry->key);
	if (nearest)
		diag_add(a->diags, severity, entry->key_pos, entry->source,
			 "unknown key %.64s (did you mean %s?)", entry->key, nearest);
	else
		diag_add(a->diags, severity, entry->key_pos, entry->source, "unknown key %.64s",
			 entry->key);
}

/* The value of a key that another spelling already sets, or whose spelling needs a word. */
static bool is_overruled(struct applier *a, const struct entry *entry, struct meaning meaning)
{
	const char *name = option_defs[meaning.id].name;
	bool other_case = meaning.spelling == SPELLING_OTHER_CASE;

	if (a->taken[meaning.id]) {
		diag_add(a->diags, DIAG_WARNING, entry->key_pos, entry->source,
			 other_case ? "%s is ignored, because %s is here too; the agent takes "
				      "either of the two"
				    : "%s is ignored, because %s is here too",
			 entry->key, name);
		return true;
	}
	a->taken[meaning.id] = true;
	diag_add(a->diags, DIAG_WARNING, entry->key_pos, entry->source,
		 other_case ? "%s counts as %s, but the agent does not check its value"
			    : "%s is deprecated; its name is %s",
		 entry->key, name);
	return false;
}

static void report_value(struct applier *a, const struct entry *entry, struct meaning meaning,
			 const char *why)
{
	bool is_long = strlen(entry->text) > 64;
	enum diag_severity severity = DIAG_ERROR;
	const char *consequence = "";

	if (meaning.spelling == SPELLING_OTHER_CASE) {
		severity = DIAG_WARNING;
		consequence = "; the agent silently takes the zero value";
	} else if (option_defs[meaning.id].scope == OPTION_OTHER) {
		severity = DIAG_WARNING;
		consequence = "; not read by the agent, refused by the operator";
	} else {
		a->refused++;
	}
	diag_add(a->diags, severity, entry->pos, entry->source, "%s: \"%.64s%s\" is %s%s",
		 entry->key, entry->text, is_long ? "..." : "", why, consequence);
}

/* What a failed conversion leaves behind in the agent when nothing checked the text before. */
static const char *zero_text(enum option_type type)
{
	return type == OPTION_BOOL ? "false" : type == OPTION_MAP ? "" : "0";
}

static int apply_value(struct applier *a, const struct entry *entry, struct meaning meaning)
{
	const char *why = NULL;
	int err;

	err = option_set(a->opts, meaning.id, entry->text, entry->pos, &why);
	if (err != -EINVAL)
		return err;
	report_value(a, entry, meaning, why);
	if (meaning.spelling != SPELLING_OTHER_CASE)
		return 0;
	return option_set(a->opts, meaning.id, zero_text(option_defs[meaning.id].type), entry->pos,
			  &why);
}

static int apply_entry(struct applier *a, const struct entry *entry, struct meaning meaning)
{
	if (meaning.spelling == SPELLING_UNKNOWN) {
		report_unknown(a, entry);
		return 0;
	}
	if (meaning.spelling != SPELLING_EXACT && is_overruled(a, entry, meaning))
		return 0;
	return apply_value(a, entry, meaning);
}

bool entry_is_known(const char *key)
{
	return key_meaning(key).spelling != SPELLING_UNKNOWN;
}

int entries_apply(const struct entry *entries, size_t count, bool strict, struct options *opts,
		  struct diag_list *diags, size_t *refused)
{
	_cleanup_free_ struct meaning *meanings = calloc(count + 1, sizeof(*meanings));
	struct applier a = { .opts = opts, .diags = diags, .strict = strict };
	int err = meanings ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		meanings[i] = key_meaning(entries[i].key);
		if (meanings[i].spelling == SPELLING_EXACT)
			a.taken[meanings[i].id] = true;
	}
	for (size_t i = 0; !err && i < count; i++)
		err = apply_entry(&a, &entries[i], meanings[i]);
	*refused += a.refused;
	return err;
}
