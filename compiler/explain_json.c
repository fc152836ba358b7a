// SPDX-License-Identifier: BSD-2-Clause
/* An explanation as JSON, schema of explain.h. Decides nothing. */
#include "compiler/explain.h"

#include <jansson.h>
#include <string.h>

#include "common/jsonout.h"
#include "config/entries.h"

static json_t *releases_json(uint32_t releases)
{
	char text[RELEASES_TEXT_MAX];

	return json_string(releases_text(releases, text));
}

static void put_value(json_t *out, const struct option_value *value, enum cilium_release release)
{
	char origin[EXPLAIN_ORIGIN_MAX];

	jsonout_put_text(out, "value", value ? value->text : NULL);
	jsonout_put_text(out, "origin", value ? explain_origin(value, release, origin) : NULL);
}

static json_t *ignored_json(const struct explain_key *key)
{
	json_t *out = json_array();

	for (size_t i = 0; i < key->ignored_count; i++) {
		const struct entry *entry = key->ignored[i];
		struct option_value value = { .text = (char *)entry->text,
					      .is_set = true,
					      .pos = entry->pos };
		json_t *item = json_object();

		jsonout_put_text(item, "key", entry->key);
		put_value(item, &value, CILIUM_NEWEST);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *effective_json(const struct explain_key *key)
{
	json_t *out = json_array();

	for (size_t i = 0; i < key->effective_count; i++) {
		json_t *item = json_object();

		jsonout_put_text(item, "name", key->effective[i]->name);
		jsonout_put_text(item, "value", key->effective[i]->value);
		jsonout_put_text(item, "why", key->effective[i]->why);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *size_json(const struct manifest_map_size *size)
{
	json_t *out;

	if (!size)
		return NULL;
	out = json_object();
	jsonout_put_text(out, "name", size->name);
	jsonout_put(out, "entries", size->entries ? json_integer(size->entries) : NULL);
	jsonout_put_text(out, "from", size->from);
	jsonout_put_text(out, "formula", size->formula);
	return out;
}

static json_t *periods_json(const struct explain_key *key)
{
	json_t *out = json_array();

	for (size_t i = 0; i < key->period_count; i++) {
		const struct explain_period *p = &key->periods[i];
		json_t *item = json_object();

		jsonout_put(item, "releases", releases_json(p->releases));
		jsonout_put_text(item, "type", option_type_name(p->type));
		jsonout_put_text(item, "accepted", explain_accepted(p->type));
		jsonout_put_text(item, "default", p->dflt);
		jsonout_put_text(item, "scope", option_scope_name(p->scope));
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *values_json(enum option_id option)
{
	json_t *out = json_array();
	size_t count;
	const struct explain_value *values = explain_values(&count);

	for (size_t i = 0; i < count; i++) {
		json_t *item;

		if (values[i].option != option)
			continue;
		item = json_object();
		jsonout_put_text(item, "value", values[i].value);
		jsonout_put(item, "releases", releases_json(values[i].releases));
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *macro_value_json(const struct compilation *c, enum macro_id id)
{
	return explain_has_macros(c) ? json_integer(macro_value(&c->plan.macros, id)) : NULL;
}

static json_t *macros_json(enum option_id option, const struct compilation *c)
{
	json_t *out = json_array();

	for (enum macro_id id = 0; id < MACRO__COUNT; id++) {
		json_t *item;

		if (!explain_macro_uses(id, option))
			continue;
		item = json_object();
		jsonout_put_text(item, "name", macro_defs[id].name);
		jsonout_put(item, "value", macro_value_json(c, id));
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *scope_json(enum option_id option, const struct compilation *c)
{
	json_t *out = json_array();

	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
		const struct scope_def *def = &scope_defs[id];
		json_t *item;

		if (def->option != option)
			continue;
		item = json_object();
		jsonout_put_text(item, "what", def->what);
		jsonout_put_text(item, "effect", def->effect == SCOPE_GAP ? "gap" : "refused");
		jsonout_put_text(item, "advice", def->advice);
		jsonout_put(item, "asked_for", c ? json_boolean(c->plan.scope.holds[id]) : NULL);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *rules_json(const struct explain_key *key)
{
	json_t *out = json_array();

	for (size_t i = 0; i < key->rule_count; i++) {
		const struct explain_rule *rule = &key->rules[i];
		const struct rule_def *def = &rule_defs[rule->id];
		json_t *item = json_object();

		jsonout_put_text(item, "rule", def->name);
		jsonout_put(item, "releases", releases_json(RELEASES_IN(def->since, def->until)));
		jsonout_put_text(item, "effect", rule_effect_name(def->effect));
		jsonout_put_text(item, "text", def->text);
		jsonout_put_text(item, "fix", def->fix);
		jsonout_put_text(item, "matched", rule->is_tested ? tri_name(rule->matched) : NULL);
		jsonout_put_text(item, "detail", rule->detail);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *key_json(const struct explain_key *key, const struct compilation *c)
{
	const struct option_def *def = &option_defs[key->option];
	json_t *out = json_object();

	jsonout_put_text(out, "name", def->name);
	jsonout_put_text(out, "asked", key->asked);
	jsonout_put_text(out, "help", def->help);
	put_value(out, key->value, c ? c->cm.options.release : CILIUM_NEWEST);
	jsonout_put_text(out, "written_as", key->entry ? key->entry->key : NULL);
	jsonout_put(out, "ignored", ignored_json(key));
	jsonout_put(out, "in_force", effective_json(key));
	jsonout_put(out, "map_size", size_json(key->size));
	jsonout_put(out, "periods", periods_json(key));
	jsonout_put_text(out, "deprecated_name", entry_deprecated_name(key->option));
	jsonout_put(out, "values", values_json(key->option));
	jsonout_put(out, "macros", macros_json(key->option, c));
	jsonout_put(out, "scope_rows", scope_json(key->option, c));
	jsonout_put(out, "rules", rules_json(key));
	return out;
}

static json_t *objects_json(const struct explain_macro *macro)
{
	json_t *out;

	if (!macro->is_use_known)
		return NULL;
	out = json_array();
	for (size_t i = 0; i < macro->use.count; i++)
		json_array_append_new(out, json_sprintf("%s.o", macro->use.objects[i]));
	return out;
}

static json_t *macro_json(const struct explain_macro *macro, const struct compilation *c)
{
	const struct macro_def *def = &macro_defs[macro->id];
	json_t *out = json_object(), *keys = json_array();

	for (const enum option_id *opt = def->options; *opt != OPT__COUNT; opt++) {
		json_t *item = json_object();

		jsonout_put_text(item, "name", option_defs[*opt].name);
		put_value(item, c ? &c->cm.options.values[*opt] : NULL,
			  c ? c->cm.options.release : CILIUM_NEWEST);
		json_array_append_new(keys, item);
	}
	jsonout_put_text(out, "name", def->name);
	jsonout_put_text(out, "help", def->text);
	jsonout_put(out, "value", macro_value_json(c, macro->id));
	jsonout_put(out, "keys", keys);
	jsonout_put(out, "objects", objects_json(macro));
	return out;
}

int explain_json(const struct explanation *e, char **out)
{
	_cleanup_(json) json_t *root = json_object();
	json_t *keys = json_array(), *macros = json_array();

	for (size_t i = 0; i < e->key_count; i++)
		json_array_append_new(keys, key_json(&e->keys[i], e->c));
	for (size_t i = 0; i < e->macro_count; i++)
		json_array_append_new(macros, macro_json(&e->macros[i], e->c));
	jsonout_put_text(root, "schema", EXPLAIN_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	jsonout_put_text(root, "config", e->c ? e->c->cm.file.name : NULL);
	jsonout_put_text(root, "release", e->c ? release_name(e->c->cm.options.release) : NULL);
	jsonout_put(root, "keys", keys);
	jsonout_put(root, "macros", macros);
	return jsonout_text(root, 1, out);
}
