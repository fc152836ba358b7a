// SPDX-License-Identifier: BSD-2-Clause
/* An explanation for people. Decides nothing. */
#include "compiler/explain.h"

#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "compiler/origin.h"
#include "config/entries.h"

#define LABEL "  %-14s "

/* A label for the first of several lines, blanks for the others. */
static const char *once(const char **label)
{
	const char *text = *label;

	*label = "";
	return text;
}

static const char *scope_words(enum option_scope scope)
{
	switch (scope) {
	case OPTION_DATAPATH:
		return "datapath: changes what is built, or the verdict";
	case OPTION_AGENT:
		return "agent: changes nothing of what is built";
	default:
		return "other: not read by the agent (operator, init container, CNI, a mounted "
		       "file)";
	}
}

static void print_value(struct buf *b, const struct explain_key *key, enum cilium_release release)
{
	char origin[EXPLAIN_ORIGIN_MAX], shown[VALUE_TEXT_MAX];

	if (!key->value) {
		buf_printf(b, LABEL "none: Cilium %s has no such key\n",
			   "Value:", release_name(release));
		return;
	}
	buf_printf(b, LABEL "\"%s\" (%s)\n", "Value:", value_text(key->value, shown),
		   explain_origin(key->value, release, origin));
	if (key->entry && strcmp(key->entry->key, option_defs[key->option].name))
		buf_printf(b, LABEL "%s\n", "Written as:", key->entry->key);
}

static void print_ignored(struct buf *b, const struct explain_key *key)
{
	const char *label = "Ignored:";

	for (size_t i = 0; i < key->ignored_count; i++) {
		const struct entry *entry = key->ignored[i];
		struct option_value value = { .text = (char *)entry->text,
					      .is_set = true,
					      .pos = entry->pos };
		char origin[EXPLAIN_ORIGIN_MAX], shown[VALUE_TEXT_MAX];

		buf_printf(b, LABEL "%s: \"%s\" (%s)\n", once(&label), entry->key,
			   value_text(&value, shown),
			   explain_origin(&value, CILIUM_NEWEST, origin));
	}
}

/* What may change from one release to the next: how to tell two apart, and how to show one. */
struct attribute {
	const char *label;
	bool (*is_same)(const struct explain_period *p, const struct explain_period *q);
	void (*print)(struct buf *b, const struct explain_period *p);
};

static bool is_same_default(const struct explain_period *p, const struct explain_period *q)
{
	return !strcmp(p->dflt, q->dflt);
}

static void print_default(struct buf *b, const struct explain_period *p)
{
	buf_printf(b, "\"%s\"", p->dflt);
}

static bool is_same_type(const struct explain_period *p, const struct explain_period *q)
{
	return p->type == q->type;
}

static void print_type(struct buf *b, const struct explain_period *p)
{
	buf_printf(b, "%s, %s", option_type_name(p->type), explain_accepted(p->type));
}

static bool is_same_scope(const struct explain_period *p, const struct explain_period *q)
{
	return p->scope == q->scope;
}

static void print_scope_word(struct buf *b, const struct explain_period *p)
{
	buf_puts(b, scope_words(p->scope));
}

static const struct attribute attributes[] = {
	{ "Default:", is_same_default, print_default },
	{ "Type:", is_same_type, print_type },
	{ "Scope:", is_same_scope, print_scope_word },
};

/* Releases whose periods are as this one; 0 when an earlier period was. */
static uint32_t releases_like(const struct explain_key *key, size_t at, const struct attribute *a)
{
	uint32_t releases = 0;

	for (size_t i = 0; i < key->period_count; i++) {
		const struct explain_period *p = &key->periods[i];

		if (!a->is_same(p, &key->periods[at]))
			continue;
		if (i < at)
			return 0;
		releases |= p->releases;
	}
	return releases;
}

static void print_attribute(struct buf *b, const struct explain_key *key, const struct attribute *a)
{
	const char *label = a->label;
	char text[RELEASES_TEXT_MAX];

	for (size_t i = 0; i < key->period_count; i++) {
		uint32_t releases = releases_like(key, i, a);

		if (!releases)
			continue;
		buf_printf(b, LABEL, once(&label));
		a->print(b, &key->periods[i]);
		if (releases != option_defs[key->option].releases)
			buf_printf(b, " (%s)", releases_text(releases, text));
		buf_puts(b, "\n");
	}
}

static void print_periods(struct buf *b, const struct explain_key *key)
{
	char text[RELEASES_TEXT_MAX];

	buf_printf(b, LABEL "%s\n",
		   "Releases:", releases_text(option_defs[key->option].releases, text));
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		print_attribute(b, key, &attributes[i]);
}

static void print_values(struct buf *b, enum option_id option)
{
	const char *label = "Values:", *name = entry_deprecated_name(option);
	char text[RELEASES_TEXT_MAX];
	size_t count;
	const struct explain_value *values = explain_values(&count);

	for (size_t i = 0; i < count; i++) {
		if (values[i].option == option)
			buf_printf(b, LABEL "\"%s\" (%s)\n", once(&label), values[i].value,
				   releases_text(values[i].releases, text));
	}
	if (name)
		buf_printf(b, LABEL "%s (deprecated, still read)\n", "Other name:", name);
}

static void print_macros(struct buf *b, enum option_id option, const struct compilation *c)
{
	const char *label = "Macros:";

	for (enum macro_id id = 0; id < MACRO__COUNT; id++) {
		const struct macro_def *def = &macro_defs[id];

		if (!explain_macro_uses(id, option))
			continue;
		buf_printf(b, LABEL "%s", once(&label), def->name);
		if (explain_has_macros(c))
			buf_printf(b, " = %u", macro_value(&c->plan.macros, id));
		buf_printf(b, " (%s)\n", def->text);
	}
}

static void print_scope(struct buf *b, enum option_id option, const struct compilation *c)
{
	const char *label = "Not provided:";

	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
		const struct scope_def *def = &scope_defs[id];

		if (def->option != option)
			continue;
		buf_printf(b, LABEL "%s (%s; %s)%s\n", once(&label), def->what,
			   def->effect == SCOPE_GAP ? "gap" : "refused", def->advice,
			   !c			     ? ""
			   : c->plan.scope.holds[id] ? ": asked for here"
						     : ": not asked for here");
	}
}

static void print_rule(struct buf *b, const char *label, const struct explain_rule *rule)
{
	static const char *const states[] = {
		[ANSWER_UNKNOWN] = "may hold here",
		[ANSWER_NO] = "does not hold here",
		[ANSWER_YES] = "holds here",
	};
	const struct rule_def *def = &rule_defs[rule->id];
	char text[RELEASES_TEXT_MAX];

	buf_printf(b, LABEL "%s ", label, def->name);
	if (rule->is_tested)
		buf_printf(b, "%s (%s)", states[rule->matched], rule_effect_name(def->effect));
	else
		buf_printf(b, "(%s, %s)", rule_effect_name(def->effect),
			   releases_text(RELEASES_IN(def->since, def->until), text));
	buf_printf(b, ": %s%s%s; %s\n", def->text, *rule->detail ? ": " : "", rule->detail,
		   def->fix);
}

static void print_effective(struct buf *b, const struct explain_key *key)
{
	const char *label = "In force:";

	for (size_t i = 0; i < key->effective_count; i++)
		buf_printf(b, LABEL "%s: %s (%s)\n", once(&label), key->effective[i]->name,
			   key->effective[i]->value, key->effective[i]->why);
	if (key->size && key->size->entries)
		buf_printf(b, LABEL "map %s: %lld entries (from %s)\n", once(&label),
			   key->size->name, (long long)key->size->entries, key->size->from);
	else if (key->size)
		buf_printf(b, LABEL "map %s: by the node's memory, %s\n", once(&label),
			   key->size->name, key->size->formula);
}

static void print_key(struct buf *b, const struct explain_key *key, const struct compilation *c)
{
	const char *name = option_defs[key->option].name, *label = "Rules:";

	buf_printf(b, "%s", name);
	if (strcmp(key->asked, name))
		buf_printf(b, " (asked for as %s)", key->asked);
	buf_puts(b, "\n");
	if (c)
		print_value(b, key, c->cm.options.release);
	print_effective(b, key);
	print_ignored(b, key);
	buf_printf(b, LABEL "%s\n", "Changes:", option_defs[key->option].help);
	print_periods(b, key);
	print_values(b, key->option);
	print_macros(b, key->option, c);
	print_scope(b, key->option, c);
	for (size_t i = 0; i < key->rule_count; i++)
		print_rule(b, once(&label), &key->rules[i]);
}

static void print_objects(struct buf *b, const struct explain_macro *macro)
{
	const char *gap = "";

	buf_printf(b, LABEL, "May change:");
	if (!macro->is_use_known)
		buf_puts(b, "unknown, without templates to look into");
	else if (!macro->use.count)
		buf_puts(b, "no object");
	for (size_t i = 0; i < macro->use.count; i++, gap = ", ")
		buf_printf(b, "%s%s.o", gap, macro->use.objects[i]);
	buf_puts(b, "\n");
}

static void print_macro(struct buf *b, const struct explain_macro *macro,
			const struct compilation *c)
{
	enum macro_id id = macro->id;
	const struct macro_def *def = &macro_defs[id];
	const char *label = "Keys:";

	buf_printf(b, "%s\n", def->name);
	if (explain_has_macros(c))
		buf_printf(b, LABEL "%u\n", "Value:", macro_value(&c->plan.macros, id));
	buf_printf(b, LABEL "%s\n", "Means:", def->text);
	print_objects(b, macro);
	if (*def->options == OPT__COUNT)
		buf_printf(b, LABEL "none: the same for every ConfigMap\n", label);
	for (const enum option_id *opt = def->options; *opt != OPT__COUNT; opt++) {
		buf_printf(b, LABEL "%s", once(&label), option_defs[*opt].name);
		if (c) {
			const struct option_value *value = &c->cm.options.values[*opt];
			char origin[EXPLAIN_ORIGIN_MAX], shown[VALUE_TEXT_MAX];

			buf_printf(b, ": \"%s\" (%s)", value_text(value, shown),
				   explain_origin(value, c->cm.options.release, origin));
		}
		buf_puts(b, "\n");
	}
}

int explain_text(const struct explanation *e, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };
	const char *gap = "";

	for (size_t i = 0; i < e->key_count; i++, gap = "\n") {
		buf_puts(&b, gap);
		print_key(&b, &e->keys[i], e->c);
	}
	for (size_t i = 0; i < e->macro_count; i++, gap = "\n") {
		buf_puts(&b, gap);
		print_macro(&b, &e->macros[i], e->c);
	}
	return buf_take(&b, out);
}
