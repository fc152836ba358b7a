// SPDX-License-Identifier: BSD-2-Clause
/* Names and outcomes of a fleet's combinations, for people and for programs. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsonout.h"
#include "compiler/fleet.h"

static const char *const endings[] = { ".yaml", ".yml", ".json" };

static size_t without_ending(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t ending = strlen(endings[i]);

		if (len > ending && !memcmp(name + len - ending, endings[i], ending))
			return len - ending;
	}
	return len;
}

int fleet_name(const char *path, char out[FLEET_NAME_MAX])
{
	size_t end = strlen(path), start, len;

	if (!strcmp(path, "-"))
		return -EINVAL;
	while (end && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/'; start--)
		;
	len = without_ending(path + start, end - start);
	if (!len || len >= FLEET_NAME_MAX || path[start] == '.')
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = path[start + i];

		out[i] = isalnum((unsigned char)c) || strchr("._-", c) ? c : '-';
	}
	out[len] = '\0';
	return 0;
}

static const char *mode_text(const struct fleet_row *row)
{
	if (!row->has_bundle)
		return NULL;
	return row->host_routing ? "BPF" : "Legacy";
}

static size_t widest(const struct fleet *fleet, bool target, size_t at_least)
{
	size_t width = at_least;

	for (size_t i = 0; i < fleet->row_count; i++) {
		const struct fleet_row *row = &fleet->rows[i];
		size_t len = strlen(target ? row->target : row->config);

		width = len > width ? len : width;
	}
	return width;
}

int fleet_write_text(const struct fleet *fleet, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };
	int config = (int)widest(fleet, false, strlen("CONFIG"));
	int target = (int)widest(fleet, true, strlen("TARGET"));
	size_t bundles = 0;

	buf_printf(&b, "%-*s  %-*s  %-6s  %-7s  %s\n", config, "CONFIG", target, "TARGET", "CILIUM",
		   "ROUTING", "WHY");
	for (size_t i = 0; i < fleet->row_count; i++) {
		const struct fleet_row *row = &fleet->rows[i];

		buf_printf(&b, "%-*s  %-*s  %-6s  ", config, row->config, target, row->target,
			   *row->release ? row->release : "?");
		buf_printf(&b, *row->why ? "%-7s  %s\n" : "%s%s\n", mode_text(row) ?: "none",
			   row->why);
		bundles += row->has_bundle;
	}
	buf_printf(&b, "%zu of %zu combinations have a bundle; %zu objects, %zu of them stored\n",
		   bundles, fleet->row_count, fleet->objects_referenced, fleet->objects_stored);
	return buf_take(&b, out);
}

static json_t *row_json(const struct fleet_row *row)
{
	json_t *out = json_object();

	jsonout_put_text(out, "config", row->config);
	jsonout_put_text(out, "target", row->target);
	jsonout_put_text(out, "release", *row->release ? row->release : NULL);
	jsonout_put_text(out, "mode", mode_text(row));
	jsonout_put_text(out, "why", *row->why ? row->why : NULL);
	jsonout_put(out, "bundle",
		    row->has_bundle ? json_sprintf("%s/%s", row->config, row->target) : NULL);
	jsonout_put_text(out, "sha256", row->has_bundle ? row->sha256 : NULL);
	return out;
}

int fleet_write_json(const struct fleet *fleet, char **out)
{
	_cleanup_(json) json_t *root = json_object();
	json_t *rows = json_array(), *objects = json_object();

	jsonout_put_text(root, "schema", FLEET_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	for (size_t i = 0; i < fleet->row_count; i++)
		json_array_append_new(rows, row_json(&fleet->rows[i]));
	jsonout_put(root, "combinations", rows);
	jsonout_put(objects, "stored", json_integer((json_int_t)fleet->objects_stored));
	jsonout_put(objects, "referenced", json_integer((json_int_t)fleet->objects_referenced));
	jsonout_put(root, "objects", objects);
	return jsonout_text(root, 1, out);
}
