// SPDX-License-Identifier: BSD-2-Clause
/* Tries sets of changes in order of size, and decides each for real. */
#include "probe/verdict_cure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

#define CURE_MAX_TRIES 2000 /* verdicts; the sets that rules offer are far fewer */

static const char *const result_names[] = {
	[CURE_NOT_NEEDED] = "not needed",
	[CURE_FOUND] = "found",
	[CURE_NONE] = "none",
	[CURE_UNDETERMINED] = "undetermined",
};
_Static_assert(ARRAY_SIZE(result_names) == CURE__COUNT, "name every result");

struct search {
	struct options trial; /* values are borrowed: of the config, of defaults, of changed */
	struct options defaults, changed; /* owned */
	const struct features *features;
	const struct node_facts *facts;
	struct cure_change path[CURE_MAX_CHANGES];
	size_t depth, limit, tries;
	bool met_unknown; /* a set of changes would give BPF if an answer were yes */
	int err;
};

static void search_free(struct search *s)
{
	if (!s)
		return;
	options_fini(&s->defaults);
	options_fini(&s->changed);
	free(s);
}

DEFINE_CLEANUP(search, struct search *, search_free)
#define _cleanup_search_ _cleanup_(search)

static const char *full_replacement(enum cilium_release release)
{
	return release < CILIUM_1_14 ? "strict" : "true";
}

static enum option_id egress_gateway_key(enum cilium_release release)
{
	return option_exists(OPT_ENABLE_EGRESS_GATEWAY, release) ? OPT_ENABLE_EGRESS_GATEWAY
								 : OPT_ENABLE_IPV4_EGRESS_GATEWAY;
}

/* False when the rule has no cure by a key of the release. */
static bool read_cure(const char *cure, enum cilium_release release, struct cure_change *out)
{
	size_t len = strcspn(cure, "=");
	char key[64];

	*out = (struct cure_change){ .removes = *cure == '-' };
	snprintf(key, sizeof(key), "%.*s", (int)(len - out->removes), cure + out->removes);
	out->option =
		!strcmp(key, "@egress-gateway") ? egress_gateway_key(release) : option_find(key);
	if (!len || out->option == OPT__COUNT || !option_exists(out->option, release))
		return false;
	if (!out->removes)
		snprintf(out->value, sizeof(out->value), "%s", cure + len + 1);
	if (!strcmp(out->value, "@full"))
		snprintf(out->value, sizeof(out->value), "%s", full_replacement(release));
	return true;
}

static bool is_changed(const struct search *s, enum option_id option)
{
	for (size_t i = 0; i < s->depth; i++)
		if (s->path[i].option == option)
			return true;
	return false;
}

/* False when it changes nothing, or cannot be made. */
static bool make_change(struct search *s, const struct cure_change *change)
{
	const struct option_value *value = &s->defaults.values[change->option];
	const char *why = "";
	int err;

	if (is_changed(s, change->option))
		return false;
	if (!change->removes) {
		err = option_set(&s->changed, change->option, change->value, (struct pos){ 0 },
				 &why);
		if (err == -ENOMEM)
			s->err = err;
		if (err)
			return false;
		value = &s->changed.values[change->option];
	}
	if (!strcmp(value->text, option_text(&s->trial, change->option)))
		return false;
	s->trial.values[change->option] = *value;
	s->path[s->depth++] = *change;
	return true;
}

/* Is there a set of at most s->limit changes, those of the path among them? */
static bool search_from(struct search *s, const struct verdict *v)
{
	_cleanup_free_ struct verdict *next = NULL;
	struct cure_change change;

	if (v->mode == VERDICT_BPF || s->depth == s->limit || s->err)
		return v->mode == VERDICT_BPF;
	next = malloc(sizeof(*next));
	if (!next) {
		s->err = -ENOMEM;
		return false;
	}
	for (size_t i = 0; i < v->count && !s->err && s->tries < CURE_MAX_TRIES; i++) {
		const struct rule_def *rule = &rule_defs[v->findings[i].rule];
		struct option_value before;

		if (rule->effect == EFFECT_NOTE || v->findings[i].matched != ANSWER_YES ||
		    !read_cure(rule->cure, s->trial.release, &change))
			continue;
		before = s->trial.values[change.option];
		if (!make_change(s, &change))
			continue;
		s->tries++;
		verdict_decide(&s->trial, s->features, s->facts, next);
		s->met_unknown = s->met_unknown || next->mode == VERDICT_UNDETERMINED;
		if (search_from(s, next))
			return true;
		s->trial.values[change.option] = before;
		s->depth--;
	}
	return false;
}

static void note_obstacle(const struct verdict *v, enum cilium_release release,
			  struct verdict_cure *out)
{
	struct cure_change change;

	for (size_t i = 0; i < v->count && !out->has_obstacle; i++) {
		const struct rule_def *rule = &rule_defs[v->findings[i].rule];

		if (rule->effect == EFFECT_NOTE || v->findings[i].matched != ANSWER_YES ||
		    read_cure(rule->cure, release, &change))
			continue;
		out->obstacle = v->findings[i];
		out->has_obstacle = true;
	}
}

static void search_all(struct search *s, const struct verdict *v, struct verdict_cure *out)
{
	bool found = false;

	for (s->limit = 1; !found && !s->err && s->limit <= CURE_MAX_CHANGES; s->limit++)
		found = search_from(s, v);
	out->result = found ? CURE_FOUND : s->met_unknown ? CURE_UNDETERMINED : CURE_NONE;
	if (found) {
		memcpy(out->changes, s->path, sizeof(out->changes));
		out->count = s->depth;
	} else if (out->result == CURE_NONE) {
		note_obstacle(v, s->trial.release, out);
	}
}

int verdict_cure(const struct options *opts, const struct features *features,
		 const struct node_facts *facts, const struct verdict *v, struct verdict_cure *out)
{
	struct verdict_cure cure = { .result = v->mode == VERDICT_BPF ? CURE_NOT_NEEDED
								      : CURE_UNDETERMINED };
	_cleanup_search_ struct search *s = NULL;
	int err;

	if (v->mode == VERDICT_BPF || v->mode == VERDICT_UNDETERMINED) {
		*out = cure;
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	err = options_init(&s->defaults, opts->release) ?: options_init(&s->changed, opts->release);
	if (err)
		return err;
	s->trial = *opts;
	s->features = features;
	s->facts = facts;
	search_all(s, v, &cure);
	if (!s->err)
		*out = cure;
	return s->err;
}

void cure_change_text(const struct cure_change *change, struct buf *out)
{
	if (change->removes)
		buf_printf(out, "remove %s", option_defs[change->option].name);
	else
		buf_printf(out, "set %s: %s", option_defs[change->option].name, change->value);
}

const char *cure_result_name(enum cure_result result)
{
	return result < CURE__COUNT ? result_names[result] : "none";
}
