// SPDX-License-Identifier: BSD-2-Clause
/* Decides which option each key means and reports what is wrong with key or value. */
#include "config/entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* Names that agents of every release still map while they read the ConfigMap, and only there. */
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
	SPELLING_ABSENT, /* a key of other releases */
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

static struct meaning key_meaning(const char *key, enum cilium_release release)
{
	enum option_id id = option_find_folded(key);

	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++) {
		if (!strcmp(key, deprecated[i].name))
			return (struct meaning){ SPELLING_DEPRECATED, deprecated[i].id };
	}
	if (id == OPT__COUNT)
		return (struct meaning){ SPELLING_UNKNOWN, id };
	if (!option_exists(id, release))
		return (struct meaning){ SPELLING_ABSENT, id };
	if (!strcmp(key, option_defs[id].name))
		return (struct meaning){ SPELLING_EXACT, id };
	return (struct meaning){ SPELLING_OTHER_CASE, id };
}

static void report_unknown(struct applier *a, const struct entry *entry)
{
	enum diag_severity severity = a->strict ? DIAG_ERROR : DIAG_WARNING;
	struct option_hint hint = { 0 };

	/* The search is slow, and a list that is full keeps no text. */
	if (a->diags->count < DIAG_MAX)
		hint = option_hint(entry->key, a->opts->release);
	if (hint.name)
		diag_add(a->diags, severity, entry->key_pos, entry->source,
			 "unknown key %.64s (did you mean %s%s?)", entry->key, hint.name,
			 hint.is_opposite ? ", its opposite" : "");
	else
		diag_add(a->diags, severity, entry->key_pos, entry->source, "unknown key %.64s",
			 entry->key);
}

static void report_absent(struct applier *a, const struct entry *entry, enum option_id id)
{
	enum diag_severity severity = a->strict ? DIAG_ERROR : DIAG_WARNING;
	char releases[RELEASES_TEXT_MAX], successor[OPTION_SUCCESSOR_TEXT_MAX];

	diag_add(a->diags, severity, entry->key_pos, entry->source,
		 "%.64s: not a key of Cilium %s (%s)%s", entry->key, release_name(a->opts->release),
		 releases_text(option_defs[id].releases, releases),
		 option_successor_text(id, a->opts->release, successor));
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
	} else if (option_scope_at(meaning.id, a->opts->release) == OPTION_OTHER) {
		severity = DIAG_WARNING;
		consequence = "; not read by the agent, refused by the operator";
	} else {
		a->refused++;
	}
	diag_add(a->diags, severity, entry->pos, entry->source, "%s: \"%.64s%s\" is %s%s",
		 entry->key, entry->text, is_long ? "..." : "", why, consequence);
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
	return option_set_unchecked(a->opts, meaning.id, entry->text, entry->pos);
}

static int apply_entry(struct applier *a, const struct entry *entry, struct meaning meaning)
{
	if (meaning.spelling == SPELLING_UNKNOWN) {
		report_unknown(a, entry);
		return 0;
	}
	if (meaning.spelling == SPELLING_ABSENT) {
		report_absent(a, entry, meaning.id);
		return 0;
	}
	if (meaning.spelling != SPELLING_EXACT && is_overruled(a, entry, meaning))
		return 0;
	return apply_value(a, entry, meaning);
}

enum option_id entry_option(const char *key)
{
	return key_meaning(key, CILIUM_NEWEST).id;
}

const char *entry_deprecated_name(enum option_id id)
{
	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++) {
		if (deprecated[i].id == id)
			return deprecated[i].name;
	}
	return NULL;
}

bool entry_is_known(const char *key)
{
	return entry_option(key) != OPT__COUNT;
}

int entries_apply(const struct entry *entries, size_t count, bool strict, struct options *opts,
		  struct diag_list *diags, size_t *refused)
{
	_cleanup_free_ struct meaning *meanings = calloc(count + 1, sizeof(*meanings));
	struct applier a = { .opts = opts, .diags = diags, .strict = strict };
	int err = meanings ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		meanings[i] = key_meaning(entries[i].key, opts->release);
		if (meanings[i].spelling == SPELLING_EXACT)
			a.taken[meanings[i].id] = true;
	}
	for (size_t i = 0; !err && i < count; i++)
		err = apply_entry(&a, &entries[i], meanings[i]);
	*refused += a.refused;
	return err;
}
