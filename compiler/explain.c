// SPDX-License-Identifier: BSD-2-Clause
/* Gathers what the tables and one ConfigMap know of keys and macros. Prints nothing. */
#include "compiler/explain.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/templates.h"
#include "config/entries.h"

#define SINCE(first) RELEASES_SINCE(CILIUM_##first)
#define UNTIL(last) RELEASES_UNTIL(CILIUM_##last)

static const struct explain_value values[] = {
#define VALUE(id, value, releases) { OPT_##id, value, releases },
#include "config/dialect.def"
#undef VALUE
};

static const char *const accepted[] = {
	[OPTION_BOOL] = "true or false (or 1 t T TRUE True, 0 f F FALSE False)",
	[OPTION_INT] = "an integer, also as 0x1f or 1_000",
	[OPTION_UINT] = "an integer of 0 or more, also as 0x1f or 1_000",
	[OPTION_FLOAT] = "a number such as 0.0025",
	[OPTION_DURATION] = "a duration such as 90s or 2h30m; a bare integer counts nanoseconds",
	[OPTION_STRING] = "a text",
	[OPTION_LIST] = "words with white space between them",
	[OPTION_MAP] = "a JSON object of strings, or key=value,key=value",
};
_Static_assert(ARRAY_SIZE(accepted) == OPTION_TYPE__COUNT, "describe every type");

/* The options of every release, for their defaults; filled by need. */
struct defaults {
	struct options *of[CILIUM__COUNT];
};

static void defaults_fini(struct defaults *d)
{
	for (size_t i = 0; i < CILIUM__COUNT; i++) {
		if (d->of[i])
			options_fini(d->of[i]);
		free(d->of[i]);
	}
}

static int defaults_init(struct defaults *d)
{
	for (enum cilium_release r = 0; r < CILIUM__COUNT; r++) {
		d->of[r] = calloc(1, sizeof(*d->of[r]));
		if (!d->of[r] || options_init(d->of[r], r))
			return -ENOMEM;
	}
	return 0;
}

static bool is_same_period(const struct explain_period *p, const struct explain_period *q)
{
	return p->type == q->type && p->scope == q->scope && !strcmp(p->dflt, q->dflt);
}

/* Takes over the default. */
static void add_period(struct explain_key *key, struct explain_period period)
{
	for (size_t i = 0; i < key->period_count; i++) {
		if (!is_same_period(&key->periods[i], &period))
			continue;
		key->periods[i].releases |= period.releases;
		free(period.dflt);
		return;
	}
	key->periods[key->period_count++] = period;
}

static int read_periods(struct explain_key *key, const struct defaults *d)
{
	for (enum cilium_release r = 0; r < CILIUM__COUNT; r++) {
		struct explain_period period = {
			.releases = RELEASES_IN(r, r),
			.type = option_type_at(key->option, r),
			.scope = option_scope_at(key->option, r),
		};

		if (!option_exists(key->option, r))
			continue;
		period.dflt = strdup(option_text(d->of[r], key->option));
		if (!period.dflt)
			return -ENOMEM;
		add_period(key, period);
	}
	return 0;
}

static bool is_source(const struct entry *entry, const struct option_value *value)
{
	return value && value->is_set && entry->pos.file == value->pos.file &&
	       entry->pos.line == value->pos.line && entry->pos.col == value->pos.col;
}

static void sort_entry(struct explain_key *key, const struct entry *entry)
{
	if (entry_option(entry->key) != key->option)
		return;
	if (is_source(entry, key->value))
		key->entry = entry;
	else if (key->ignored_count < EXPLAIN_MAX_IGNORED)
		key->ignored[key->ignored_count++] = entry;
}

/* The overrides hold what the ConfigMap does not, so each entry is seen once. */
static void read_entries(struct explain_key *key, const struct configmap *cm)
{
	if (option_exists(key->option, cm->options.release))
		key->value = &cm->options.values[key->option];
	for (size_t i = 0; i < cm->overrides.count; i++)
		sort_entry(key, &cm->overrides.entries[i]);
	for (size_t i = 0; i < cm->entry_count; i++)
		sort_entry(key, &cm->entries[i]);
}

/* A list that is full may lack some. */
static enum tri unseen(const struct verdict *v)
{
	return v->count < VERDICT_MAX_FINDINGS ? ANSWER_NO : ANSWER_UNKNOWN;
}

static const struct finding *find_rule(const struct verdict *v, enum rule_id id)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->findings[i].rule == id)
			return &v->findings[i];
	}
	return NULL;
}

static void read_rules(struct explain_key *key, const struct compilation *c)
{
	for (enum rule_id id = 0; id < RULE__COUNT; id++) {
		const struct rule_def *def = &rule_defs[id];
		struct explain_rule rule = { .id = id, .detail = "" };
		const struct finding *finding;

		if (def->option != key->option)
			continue;
		if (c) {
			enum cilium_release release = c->cm.options.release;

			if (release < def->since || release > def->until)
				continue;
			rule.is_tested = true;
			finding = find_rule(&c->plan.verdict, id);
			rule.matched = finding ? finding->matched : unseen(&c->plan.verdict);
			rule.detail = finding ? finding->detail : "";
		}
		key->rules[key->rule_count++] = rule;
	}
}

static bool is_part_of_name(char c)
{
	return c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The reason that a manifest gives names the keys it rests on. */
static bool names_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = strstr(text, key); at; at = strstr(at + 1, key)) {
		if ((at == text || !is_part_of_name(at[-1])) && !is_part_of_name(at[len]))
			return true;
	}
	return false;
}

static void read_effective(struct explain_key *key, const struct manifest *m)
{
	const char *name = option_defs[key->option].name;

	for (size_t i = 0; i < m->effective_count; i++) {
		const struct manifest_value *value = &m->effective[i];

		if (!strcmp(value->name, name) || names_key(value->why, name))
			key->effective[key->effective_count++] = value;
	}
	for (size_t i = 0; i < m->map_size_count; i++) {
		if (!strcmp(m->map_sizes[i].key, name))
			key->size = &m->map_sizes[i];
	}
}

static char macro_char(char c)
{
	if (c == '-')
		return '_';
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Characters that two names share at the front and at the end. */
static size_t shared(const char *name, const char *macro)
{
	size_t a = strlen(name), b = strlen(macro), front = 0, back = 0;

	while (front < a && front < b && macro_char(name[front]) == macro[front])
		front++;
	while (front + back < a && front + back < b &&
	       macro_char(name[a - back - 1]) == macro[b - back - 1])
		back++;
	return front + back;
}

/* The macro of that name in any case, with '-' as good as '_'; with `near`, one that is mostly so. */
static enum macro_id find_macro(const char *name, bool near)
{
	size_t len = strlen(name);

	for (enum macro_id id = 0; id < MACRO__COUNT; id++) {
		size_t same = shared(name, macro_defs[id].name);
		size_t longer = strlen(macro_defs[id].name);

		longer = longer > len ? longer : len;
		if (same == longer || (near && 6 * same >= 5 * longer))
			return id;
	}
	return MACRO__COUNT;
}

static int unknown_name(const char *name, const struct compilation *c)
{
	struct option_hint hint = option_hint(name, c ? c->cm.options.release : CILIUM_NEWEST);
	enum macro_id macro = find_macro(name, true);

	if (macro != MACRO__COUNT)
		hint = (struct option_hint){ .name = macro_defs[macro].name };
	if (hint.name)
		return log_fail(-ENOENT,
				"%.64s: neither a key of Cilium nor a macro of this datapath "
				"(did you mean %s%s?)",
				name, hint.name, hint.is_opposite ? ", its opposite" : "");
	return log_fail(-ENOENT, "%.64s: neither a key of Cilium nor a macro of this datapath",
			name);
}

static int read_key(enum option_id id, const char *asked, const struct defaults *d,
		    struct explanation *out)
{
	struct explain_key *key = &out->keys[out->key_count++];

	*key = (struct explain_key){ .option = id, .asked = asked };
	if (out->c) {
		read_entries(key, &out->c->cm);
		read_effective(key, &out->c->manifest);
	}
	read_rules(key, out->c);
	return read_periods(key, d);
}

/* Keys are found in any case as well, so DEBUG is the macro and debug the key. */
static int read_name(const char *name, const struct defaults *d, struct explanation *out)
{
	enum option_id option = entry_option(name);
	enum macro_id macro = find_macro(name, false);
	bool is_spelt_as_macro = macro != MACRO__COUNT && !strcmp(macro_defs[macro].name, name);

	if (option != OPT__COUNT && !is_spelt_as_macro)
		return read_key(option, name, d, out);
	if (macro == MACRO__COUNT)
		return unknown_name(name, out->c);
	out->macros[out->macro_count++].id = macro;
	return 0;
}

const char *explain_accepted(enum option_type type)
{
	return accepted[type];
}

const struct explain_value *explain_values(size_t *count)
{
	*count = ARRAY_SIZE(values);
	return values;
}

const char *explain_origin(const struct option_value *value, enum cilium_release release,
			   char out[EXPLAIN_ORIGIN_MAX])
{
	if (value->is_set)
		snprintf(out, EXPLAIN_ORIGIN_MAX, "%s:%zu:%zu", value->pos.file, value->pos.line,
			 value->pos.col);
	else
		snprintf(out, EXPLAIN_ORIGIN_MAX, "default of %s", release_name(release));
	return out;
}

bool explain_macro_uses(enum macro_id macro, enum option_id option)
{
	for (const enum option_id *opt = macro_defs[macro].options; *opt != OPT__COUNT; opt++) {
		if (*opt == option)
			return true;
	}
	return false;
}

bool explain_has_macros(const struct compilation *c)
{
	return c && c->header;
}

int explain_read(const char *const *names, size_t count, const struct compilation *c,
		 struct explanation *out)
{
	__attribute__((cleanup(defaults_fini))) struct defaults d = { 0 };
	int err;

	*out = (struct explanation){ .c = c };
	err = defaults_init(&d);
	for (size_t i = 0; i < count && err != -ENOMEM; i++) {
		int found = read_name(names[i], &d, out);

		err = found ? found : err;
	}
	return err;
}

int explain_read_use(const char *templates, struct explanation *e)
{
	char dir[PATH_MAX];
	int err;

	if (!e->macro_count)
		return 0;
	err = templates_find(templates, dir, sizeof(dir));
	for (size_t i = 0; !err && i < e->macro_count; i++) {
		err = macro_use_read(dir, e->macros[i].id, &e->macros[i].use);
		e->macros[i].is_use_known = !err;
	}
	return err;
}

void explain_fini(struct explanation *e)
{
	for (size_t i = 0; i < e->key_count; i++) {
		for (size_t j = 0; j < e->keys[i].period_count; j++)
			free(e->keys[i].periods[j].dflt);
	}
	*e = (struct explanation){ 0 };
}
