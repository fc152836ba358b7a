// SPDX-License-Identifier: BSD-2-Clause
/* Compares the keys of two sides: which say something else, and which only say it otherwise. */
#include <string.h>

#include "compiler/diff_part.h"
#include "config/option_types.h"

#define DEFAULT_ORIGIN "default" /* what compiler/origin.h writes */

static bool is_set(const struct manifest_option *option)
{
	return strcmp(option->origin, DEFAULT_ORIGIN) != 0;
}

/* "True" and "1" are the same to the agent. */
static bool means_the_same(const struct manifest_option *old, const struct manifest_option *new,
			   const struct diff *d)
{
	enum option_id id = option_find(new->key);
	enum cilium_release before = d->old->release, after = d->new->release;
	struct option_value a = { 0 }, b = { 0 };
	enum option_type type;

	if (!strcmp(old->value, new->value))
		return true;
	if (id == OPT__COUNT || option_type_at(id, before) != option_type_at(id, after))
		return false;
	type = option_type_at(id, after);
	if (option_type_parse(type, option_grammar(before), old->value, &a) ||
	    option_type_parse(type, option_grammar(after), new->value, &b))
		return false;
	switch (type) {
	case OPTION_BOOL:
		return a.b == b.b;
	case OPTION_INT:
	case OPTION_UINT:
	case OPTION_DURATION:
		return a.i == b.i;
	case OPTION_FLOAT:
		return a.f == b.f;
	default:
		return false;
	}
}

/* False when there is nothing to tell. */
static bool find_change(const struct manifest_option *old, const struct manifest_option *new,
			const struct diff *d, enum diff_change *out)
{
	bool was_set = old && is_set(old), is_now = new &&is_set(new), same;

	if (!old || !new) {
		*out = old ? CHANGE_REMOVED : CHANGE_ADDED;
		return was_set || is_now;
	}
	same = means_the_same(old, new, d);
	if (!was_set && !is_now) {
		*out = CHANGE_OF_DEFAULT;
		return !same;
	}
	if (!same)
		*out = CHANGE_VALUE;
	else if (was_set != is_now)
		*out = is_now ? CHANGE_TO_EXPLICIT : CHANGE_TO_DEFAULT;
	else
		*out = CHANGE_SPELLING;
	return !same || was_set != is_now || strcmp(old->value, new->value);
}

static int compare_setting(struct diff *d, const struct manifest_option *old,
			   const struct manifest_option *new)
{
	struct diff_row row = { 0 };

	if (!find_change(old, new, d, &row.change))
		return 0;
	if (old) {
		row.name = old->key;
		row.old = old->value;
		row.old_note = old->origin;
	}
	if (new) {
		row.name = new->key;
		row.new = new->value;
		row.new_note = new->origin;
	}
	return diff_add_row(&d->keys, row);
}

struct settings {
	const struct manifest_option *items;
	size_t count;
};

/* A bundle knows the agent's keys only, so with one of them nothing else can be compared. */
static struct settings settings_of(const struct diff_side *side, const struct diff_side *other)
{
	if (side->is_bundle || other->is_bundle)
		return (struct settings){ side->c.manifest.options, side->c.manifest.option_count };
	return (struct settings){ side->settings, side->setting_count };
}

int diff_keys(struct diff *d)
{
	struct settings a = settings_of(d->old, d->new), b = settings_of(d->new, d->old);
	size_t i = 0, j = 0;
	int err = 0;

	while (!err && (i < a.count || j < b.count)) {
		int order = i == a.count   ? 1
			    : j == b.count ? -1
					   : strcmp(a.items[i].key, b.items[j].key);

		err = compare_setting(d, order <= 0 ? &a.items[i] : NULL,
				      order >= 0 ? &b.items[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return err;
}
