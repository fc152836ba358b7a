// SPDX-License-Identifier: BSD-2-Clause
/* A comparison as JSON, schema of diff.h. Decides nothing. */
#include <jansson.h>
#include <string.h>

#include "common/jsonout.h"
#include "compiler/diff.h"
#include "probe/bpf_names.h"

static json_t *side_json(const struct diff_side *side)
{
	const struct manifest *m = &side->c.manifest;
	json_t *out = json_object();

	jsonout_put_text(out, "name", side->name);
	jsonout_put_text(out, "kind", side->is_bundle ? "bundle" : "configmap");
	jsonout_put_text(out, "release", m->cilium_version);
	jsonout_put_text(out, "release_reason", m->cilium_version_reason);
	jsonout_put_text(out, "mode", m->host_routing ? "BPF" : "Legacy");
	return out;
}

static json_t *row_json(const struct diff_row *row)
{
	json_t *out = json_object();

	jsonout_put_text(out, "name", row->name);
	jsonout_put_text(out, "old", row->old);
	jsonout_put_text(out, "new", row->new);
	return out;
}

static json_t *rows_json(const struct diff_rows *rows)
{
	json_t *out = json_array();

	for (size_t i = 0; i < rows->count; i++)
		json_array_append_new(out, row_json(&rows->items[i]));
	return out;
}

static json_t *keys_json(const struct diff_rows *rows)
{
	json_t *out = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->items[i];
		json_t *item = json_object();

		jsonout_put_text(item, "name", row->name);
		jsonout_put_text(item, "change", diff_change_name(row->change));
		jsonout_put_text(item, "old", row->old);
		jsonout_put_text(item, "new", row->new);
		jsonout_put_text(item, "old_origin", row->old_note);
		jsonout_put_text(item, "new_origin", row->new_note);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *effective_json(const struct diff_rows *rows)
{
	json_t *out = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		json_t *item = row_json(&rows->items[i]);

		jsonout_put_text(item, "old_why", rows->items[i].old_note);
		jsonout_put_text(item, "new_why", rows->items[i].new_note);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *shape_json(const struct object_map *map)
{
	json_t *out;

	if (!map)
		return NULL;
	out = json_object();
	jsonout_put_text(out, "type", map_type_name(map->type));
	jsonout_put(out, "key_size", json_integer(map->key_size));
	jsonout_put(out, "value_size", json_integer(map->value_size));
	jsonout_put(out, "max_entries", json_integer(map->max_entries));
	jsonout_put(out, "flags", json_integer(map->flags));
	return out;
}

static json_t *maps_json(const struct diff *d)
{
	json_t *out = json_array();

	for (size_t i = 0; i < d->map_count; i++) {
		const struct diff_map *map = &d->maps[i];
		json_t *item = json_object();

		jsonout_put_text(item, "name", (map->old ?: map->new)->name);
		jsonout_put(item, "old", shape_json(map->old));
		jsonout_put(item, "new", shape_json(map->new));
		jsonout_put(item, "lost", json_boolean(diff_map_is_lost(map)));
		json_array_append_new(out, item);
	}
	return out;
}

int diff_json(const struct diff *d, char **out)
{
	static const char *const bypass[] = {
		[BYPASS_SAME] = NULL,
		[BYPASS_STARTS] = "starts",
		[BYPASS_STOPS] = "stops",
	};
	_cleanup_(json) json_t *root = json_object();

	jsonout_put_text(root, "schema", DIFF_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	jsonout_put(root, "old", side_json(d->old));
	jsonout_put(root, "new", side_json(d->new));
	jsonout_put(root, "differs", json_boolean(diff_has_rows(d)));
	jsonout_put_text(root, "disruption", d->disruption);
	jsonout_put_text(root, "bypass", bypass[d->bypass]);
	jsonout_put(root, "keys", keys_json(&d->keys));
	jsonout_put(root, "effective", effective_json(&d->effective));
	jsonout_put(root, "macros", rows_json(&d->macros));
	jsonout_put(root, "gaps", rows_json(&d->gaps));
	jsonout_put(root, "attachments", rows_json(&d->attachments));
	jsonout_put(root, "build", rows_json(&d->build));
	jsonout_put(root, "objects", d->objects_known ? rows_json(&d->objects) : NULL);
	jsonout_put(root, "maps", d->objects_known ? maps_json(d) : NULL);
	return jsonout_text(root, 1, out);
}
