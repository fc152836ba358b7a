// SPDX-License-Identifier: BSD-2-Clause
/*
 * manifest.json to struct manifest. The file is hostile: every type, size and name is checked before it is
 * copied. Keys that this build does not know are ignored.
 */
#include "compiler/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "compiler/hooks.h"
#include "compiler/json_cursor.h"
#include "compiler/manifest_services.h"
#include "config/govalue.h"

static int read_program(const struct json_cursor *c, void *element)
{
	struct object_program *program = element;
	uint64_t insns = 0;
	int err;

	err = cursor_word(c, "name", CURSOR_NAME_CHARS, program->name, sizeof(program->name));
	err = err ?: cursor_text(c, "section", program->section, sizeof(program->section));
	err = err ?: cursor_named(c, "type", prog_type_find, &program->prog_type);
	err = err ?: cursor_uint(c, "insns", NEEDS_MAX_OBJECT_BYTES, &insns);
	program->insns = insns;
	return err;
}

static int read_map(const struct json_cursor *c, void *element)
{
	struct object_map *map = element;
	int err;

	err = cursor_word(c, "name", CURSOR_NAME_CHARS ".", map->name, sizeof(map->name));
	err = err ?: cursor_named(c, "type", map_type_find, &map->type);
	err = err ?: cursor_u32(c, "key_size", &map->key_size);
	err = err ?: cursor_u32(c, "value_size", &map->value_size);
	err = err ?: cursor_u32(c, "max_entries", &map->max_entries);
	return err ?: cursor_u32(c, "flags", &map->flags);
}

static int read_program_type(const struct json_cursor *c, void *element)
{
	struct need *need = element;

	need->kind = NEED_PROG_TYPE;
	return cursor_named(c, "program_type", prog_type_find, &need->prog_type);
}

/* The id is what counts; the name beside it is for people. */
static int read_helper(const struct json_cursor *c, void *element)
{
	struct need *need = element;
	int err;

	need->kind = NEED_HELPER;
	err = cursor_named(c, "program_type", prog_type_find, &need->prog_type);
	return err ?: cursor_u32(c, "id", &need->value);
}

static int read_map_type(const struct json_cursor *c, void *element)
{
	struct need *need = element;

	need->kind = NEED_MAP_TYPE;
	return cursor_named(c, "map_type", map_type_find, &need->value);
}

static int read_needs_of(const struct json_cursor *c, const char *key, cursor_read_fn *read,
			 struct object_needs *needs)
{
	size_t count = 0;
	int err = cursor_items(c, key, read, needs->needs + needs->count, NEEDS_MAX - needs->count,
			       sizeof(needs->needs[0]), &count);

	needs->count += count;
	return err;
}

static int read_needs(const struct json_cursor *c, struct object_needs *needs)
{
	struct json_cursor sub = { .path = c->path };
	int err;

	err = cursor_get(c, "needs", JSON_OBJECT, &sub.object);
	if (err)
		return err;
	snprintf(sub.where, sizeof(sub.where), "%.60sneeds.", c->where);
	err = read_needs_of(&sub, "program_types", read_program_type, needs);
	err = err ?: read_needs_of(&sub, "helpers", read_helper, needs);
	return err ?: read_needs_of(&sub, "map_types", read_map_type, needs);
}

/* No slash and no leading dot: a file of this directory and nothing else. */
static int read_file_name(const struct json_cursor *c, char *out, size_t size)
{
	int err = cursor_word(c, "file", CURSOR_NAME_CHARS ".-", out, size);

	return err || *out != '.' ? err : cursor_bad(c, "file", "malformed");
}

static int read_file(const struct json_cursor *c, void *element)
{
	struct manifest_file *file = element;
	int err = read_file_name(c, file->file, sizeof(file->file));

	return err ?: cursor_sha256(c, "sha256", file->sha256);
}

/* Bundles of before files were listed are bundles too. */
static int read_files(const struct json_cursor *c, struct manifest *out)
{
	if (!json_object_get(c->object, "files"))
		return 0;
	return CURSOR_ITEMS(c, "files", read_file, out->files, &out->file_count);
}

static int read_object(const struct json_cursor *c, void *element)
{
	struct manifest_object *object = element;
	struct object_needs *needs = &object->needs;
	int err;

	err = read_file_name(c, object->file, sizeof(object->file));
	err = err ?: cursor_sha256(c, "sha256", object->sha256);
	err = err
		      ?: CURSOR_ITEMS(c, "programs", read_program, needs->programs,
				      &needs->program_count);
	err = err ?: CURSOR_ITEMS(c, "maps", read_map, needs->maps, &needs->map_count);
	return err ?: read_needs(c, needs);
}

static int read_reason(const struct json_cursor *c, void *element)
{
	struct manifest_reason *reason = element;
	int err = cursor_text(c, "rule", reason->rule, sizeof(reason->rule));

	return err ?: cursor_text(c, "text", reason->text, sizeof(reason->text));
}

static int read_gap(const struct json_cursor *c, void *element)
{
	struct manifest_gap *gap = element;
	int err;

	err = cursor_text(c, "key", gap->key, sizeof(gap->key));
	err = err ?: cursor_text(c, "value", gap->value, sizeof(gap->value));
	return err ?: cursor_text(c, "text", gap->text, sizeof(gap->text));
}

static bool is_place(const char *interface)
{
	for (enum hr_hook id = 0; id < HOOK__COUNT; id++) {
		if (!strcmp(interface, hook_defs[id].interface))
			return true;
	}
	return false;
}

/* At a cgroup it is the call; at an interface either side will do. */
static bool is_direction_of(const char *interface, const char *direction)
{
	if (strcmp(interface, "cgroup"))
		return !strcmp(direction, "ingress") || !strcmp(direction, "egress");
	for (enum hr_hook id = 0; id < HOOK__COUNT; id++) {
		if (!strcmp(interface, hook_defs[id].interface) &&
		    !strcmp(direction, hook_defs[id].direction))
			return true;
	}
	return false;
}

static int read_hook(const struct json_cursor *c, void *element)
{
	struct manifest_hook *hook = element;
	int err;

	err = cursor_word(c, "program", CURSOR_NAME_CHARS, hook->program, sizeof(hook->program));
	err = err
		      ?: cursor_word(c, "interface", CURSOR_NAME_CHARS, hook->interface,
				     sizeof(hook->interface));
	if (!err && !is_place(hook->interface))
		err = cursor_bad(c, "interface", "not endpoint, host, overlay, device or cgroup");
	err = err
		      ?: cursor_word(c, "direction", CURSOR_NAME_CHARS, hook->direction,
				     sizeof(hook->direction));
	if (!err && !is_direction_of(hook->interface, hook->direction))
		err = cursor_bad(c, "direction", "not ingress or egress, or a call at a cgroup");
	return err;
}

static int read_option(const struct json_cursor *c, void *element)
{
	struct manifest_option *option = element;
	int err;

	err = cursor_copy(c, "key", &option->key);
	err = err ?: cursor_copy(c, "value", &option->value);
	return err ?: cursor_copy(c, "origin", &option->origin);
}

static int read_value(const struct json_cursor *c, void *element)
{
	struct manifest_value *value = element;
	int err = cursor_text(c, "name", value->name, sizeof(value->name));

	err = err ?: cursor_text(c, "value", value->value, sizeof(value->value));
	return err ?: cursor_text(c, "why", value->why, sizeof(value->why));
}

static int read_inputs(const struct json_cursor *c, struct manifest_map_size *size)
{
	struct json_cursor sub = { .path = c->path };
	uint64_t scaled = 0, min = 0;
	const json_t *ratio;
	int err = cursor_get(c, "inputs", JSON_OBJECT, &sub.object);

	if (err)
		return err;
	snprintf(sub.where, sizeof(sub.where), "%.60sinputs.", c->where);
	err = cursor_get(&sub, "ratio", JSON_REAL, &ratio);
	err = err ?: cursor_uint(&sub, "entries", UINT32_MAX, &scaled);
	err = err ?: cursor_uint(&sub, "min", UINT32_MAX, &min);
	/* Not in a bundle of an older build. */
	if (!err && json_object_get(sub.object, "multiple_of_cpus"))
		err = cursor_bool(&sub, "multiple_of_cpus", &size->multiple_of_cpus);
	if (err)
		return err;
	size->ratio = json_real_value(ratio);
	size->scaled = (int64_t)scaled;
	size->min = (int64_t)min;
	return 0;
}

static int read_map_size(const struct json_cursor *c, void *element)
{
	struct manifest_map_size *size = element;
	uint64_t entries = 0;
	int err;

	err = cursor_text(c, "name", size->name, sizeof(size->name));
	err = err ?: cursor_text(c, "key", size->key, sizeof(size->key));
	err = err ?: cursor_text(c, "from", size->from, sizeof(size->from));
	if (!err && !json_is_null(json_object_get(c->object, "entries")))
		err = cursor_uint(c, "entries", INT64_MAX, &entries);
	size->entries = (int64_t)entries;
	if (err || json_is_null(json_object_get(c->object, "formula")))
		return err;
	err = cursor_text(c, "formula", size->formula, sizeof(size->formula));
	return err ?: read_inputs(c, size);
}

/* Names of interfaces, or prefixes of names, at most MANIFEST_MAX_DEVICES. */
static int read_names(const struct json_cursor *c, const char *key, char (*out)[16], size_t *count)
{
	const json_t *array;
	int err = cursor_array(c, key, MANIFEST_MAX_DEVICES, &array);

	for (size_t i = 0; !err && i < json_array_size(array); i++) {
		const char *name = json_string_value(json_array_get(array, i));

		if (!name || !*name || strlen(name) >= sizeof(*out) || strchr(name, '/'))
			return cursor_bad(c, key, "an entry is not an interface name");
		strncpy(out[i], name, sizeof(*out) - 1);
		++*count;
	}
	return err;
}

static int find_masquerade_mode(const char *name)
{
	int mode = MASQUERADE_OFF;

	while (mode < MASQUERADE__COUNT &&
	       strcmp(name, masquerade_mode_name((enum masquerade_mode)mode)) != 0)
		mode++;
	return mode < MASQUERADE__COUNT ? mode : -ENOENT;
}

static int read_exclusion(const struct json_cursor *c, struct manifest_masquerade *out)
{
	char text[CIDR4_TEXT_MAX] = "";
	int err = cursor_text(c, "exclusion", text, sizeof(text));

	if (err || !*text)
		return err;
	out->exclusion = SNAT_EXCLUSION_POD_CIDR;
	if (!strcmp(text, MANIFEST_POD_CIDR))
		return 0;
	out->exclusion = SNAT_EXCLUSION_KEY;
	return parse_cidr4(text, &out->exclusion_cidr) ? cursor_bad(c, "exclusion", "not a CIDR")
						       : 0;
}

/* Both came later than the object they are in. */
static int read_netfilter(const struct json_cursor *c, struct manifest_masquerade *out)
{
	int err = 0;

	if (json_object_get(c->object, "egress_interfaces"))
		err = read_names(c, "egress_interfaces", out->egress_interfaces,
				 &out->egress_interface_count);
	if (!err && json_object_get(c->object, "random_ports"))
		err = cursor_bool(c, "random_ports", &out->random_ports);
	return err;
}

static int read_masquerade(const struct json_cursor *c, struct manifest_masquerade *out)
{
	struct json_cursor sub = { .path = c->path, .where = "masquerade." };
	unsigned int mode = MASQUERADE_OFF;
	int err;

	err = cursor_get(c, "masquerade", JSON_OBJECT, &sub.object);
	err = err ?: cursor_named(&sub, "mode", find_masquerade_mode, &mode);
	if (!err && mode >= MASQUERADE__COUNT)
		err = cursor_bad(&sub, "mode", "out of range");
	out->mode = (enum masquerade_mode)mode;
	err = err ?: read_exclusion(&sub, out);
	err = err ?: cursor_bool(&sub, "ip_masq_agent", &out->ip_masq_agent);
	err = err
		      ?: cursor_text(&sub, "ip_masq_agent_config", out->ip_masq_agent_config,
				     sizeof(out->ip_masq_agent_config));
	err = err
		      ?: cursor_text(&sub, "address_device", out->address_device,
				     sizeof(out->address_device));
	return err ?: read_netfilter(&sub, out);
}

/* What bundles of older builds do not have. */
static int read_additions(const struct json_cursor *c, struct manifest *out)
{
	int err = 0;

	if (json_object_get(c->object, "cilium_version_reason"))
		err = cursor_text(c, "cilium_version_reason", out->cilium_version_reason,
				  sizeof(out->cilium_version_reason));
	if (!err && json_object_get(c->object, "target_kernel"))
		err = cursor_text(c, "target_kernel", out->target_kernel,
				  sizeof(out->target_kernel));
	if (!err && json_object_get(c->object, "effective"))
		err = CURSOR_ITEMS(c, "effective", read_value, out->effective,
				   &out->effective_count);
	if (!err && json_object_get(c->object, "map_sizes"))
		err = CURSOR_ITEMS(c, "map_sizes", read_map_size, out->map_sizes,
				   &out->map_size_count);
	if (!err && json_object_get(c->object, "masquerade"))
		err = read_masquerade(c, &out->masquerade);
	if (!err && json_object_get(c->object, "services"))
		err = manifest_services_read(c, &out->services);
	return err;
}

static int read_tunnel(const struct json_cursor *c, struct manifest *out)
{
	struct json_cursor sub = { .path = c->path, .where = "tunnel." };
	uint64_t port = 0;
	int err;

	sub.object = json_object_get(c->object, "tunnel");
	if (json_is_null(sub.object))
		return 0;
	err = cursor_get(c, "tunnel", JSON_OBJECT, &sub.object);
	err = err
		      ?: cursor_word(&sub, "protocol", CURSOR_NAME_CHARS, out->tunnel_protocol,
				     sizeof(out->tunnel_protocol));
	err = err ?: cursor_uint(&sub, "port", UINT16_MAX, &port);
	if (!err && !port)
		err = cursor_bad(&sub, "port", "out of range");
	out->tunnel_port = (uint16_t)port;
	out->tunnel = !err;
	return err;
}

static int read_objects(const struct json_cursor *c, struct manifest *out)
{
	out->objects = calloc(MANIFEST_MAX_OBJECTS, sizeof(*out->objects));
	if (!out->objects)
		return log_err(-ENOMEM, "read %s", c->path);
	return cursor_items(c, "objects", read_object, out->objects, MANIFEST_MAX_OBJECTS,
			    sizeof(*out->objects), &out->object_count);
}

static int read_options(const struct json_cursor *c, struct manifest *out)
{
	out->options = calloc(MANIFEST_MAX_OPTIONS, sizeof(*out->options));
	if (!out->options)
		return log_err(-ENOMEM, "read %s", c->path);
	return cursor_items(c, "options", read_option, out->options, MANIFEST_MAX_OPTIONS,
			    sizeof(*out->options), &out->option_count);
}

static bool has_program(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->object_count; i++) {
		const struct object_needs *needs = &m->objects[i].needs;

		for (size_t j = 0; j < needs->program_count; j++) {
			if (!strcmp(needs->programs[j].name, name))
				return true;
		}
	}
	return false;
}

/* The list, where there is one, tells of every object what the object's own entry tells. */
static bool is_listed(const struct manifest *m, const struct manifest_object *object)
{
	size_t matches = 0;

	for (size_t i = 0; i < m->file_count; i++) {
		if (!strcmp(m->files[i].file, object->file))
			matches += strcmp(m->files[i].sha256, object->sha256) ? 2 : 1;
	}
	return !m->file_count || matches == 1;
}

/* What no single entry shows: hooks without a program, one file described twice or in two ways. */
static int check_whole(const struct json_cursor *c, const struct manifest *m)
{
	for (size_t i = 0; i < m->hook_count; i++) {
		if (!has_program(m, m->hooks[i].program))
			return cursor_bad(c, "hooks", "a program that no object has");
	}
	for (size_t i = 0; i < m->object_count; i++) {
		if (!is_listed(m, &m->objects[i]))
			return cursor_bad(c, "files",
					  "an object missing, twice, or of another sha256");
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(m->objects[i].file, m->objects[j].file))
				return cursor_bad(c, "objects", "one file twice");
		}
	}
	return 0;
}

static int read_schema(const struct json_cursor *c)
{
	const char *schema = json_string_value(json_object_get(c->object, "schema"));

	if (!schema)
		return cursor_bad(c, "schema", "missing: this is not a manifest of hostroute");
	if (strcmp(schema, MANIFEST_SCHEMA) != 0)
		return log_fail(-EPROTONOSUPPORT,
				"%s: schema \"%.40s\", but this build reads \"" MANIFEST_SCHEMA
				"\": compile the bundle again",
				c->path, schema);
	return 0;
}

static int read_manifest(const struct json_cursor *c, struct manifest *out)
{
	int err;

	err = read_schema(c);
	err = err ?: cursor_text(c, "tool_version", out->tool_version, sizeof(out->tool_version));
	err = err ?: cursor_text(c, "compiler", out->compiler, sizeof(out->compiler));
	err = err ?: cursor_sha256(c, "templates_sha256", out->templates_sha256);
	err = err ?: cursor_sha256(c, "config_sha256", out->config_sha256);
	err = err
		      ?: cursor_text(c, "cilium_version", out->cilium_version,
				     sizeof(out->cilium_version));
	err = err ?: cursor_bool(c, "host_routing", &out->host_routing);
	err = err ?: CURSOR_ITEMS(c, "reasons", read_reason, out->reasons, &out->reason_count);
	err = err ?: read_tunnel(c, out);
	err = err ?: cursor_bool(c, "auto_direct_node_routes", &out->auto_direct_node_routes);
	err = err ?: read_names(c, "devices", out->devices, &out->device_count);
	err = err ?: CURSOR_ITEMS(c, "gaps", read_gap, out->gaps, &out->gap_count);
	err = err ?: CURSOR_ITEMS(c, "hooks", read_hook, out->hooks, &out->hook_count);
	err = err ?: read_objects(c, out);
	err = err ?: read_files(c, out);
	err = err ?: read_options(c, out);
	err = err ?: read_additions(c, out);
	return err ?: check_whole(c, out);
}

static int parse_json(const char *path, const char *text, size_t len, json_t **out)
{
	json_error_t error;

	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!*out)
		return log_fail(-EINVAL, "%s:%d:%d: not JSON: %s", path, error.line, error.column,
				error.text);
	return json_is_object(*out) ? 0 : log_fail(-EINVAL, "%s: not a JSON object", path);
}

int manifest_parse(const char *path, const char *text, size_t len, struct manifest *out)
{
	_cleanup_(json) json_t *root = NULL;
	struct json_cursor top = { .path = path };
	int err;

	*out = (struct manifest){ 0 };
	err = parse_json(path, text, len, &root);
	if (err)
		return err;
	top.object = root;
	return read_manifest(&top, out);
}

const char *manifest_option(const struct manifest *m, const char *key)
{
	for (size_t i = 0; i < m->option_count; i++) {
		if (!strcmp(m->options[i].key, key))
			return m->options[i].value;
	}
	return "";
}

bool manifest_option_is_on(const struct manifest *m, const char *key)
{
	bool value = false;

	/* hrcompile takes no value that is none. */
	go_parse_bool(manifest_option(m, key), &value);
	return value;
}

int manifest_read(const char *dir, struct manifest *out)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int err;

	*out = (struct manifest){ 0 };
	err = path_format(path, sizeof(path), "%s/" MANIFEST_FILE, dir);
	if (err)
		return log_err(err, "read the manifest of %s", dir);
	err = file_read(path, MANIFEST_MAX_BYTES, &text, &len);
	if (err == -ENOENT || err == -ENOTDIR)
		return log_fail(err, "%s is not a bundle: there is no %s", dir, path);
	if (err)
		return log_err(err, "read %s", path);
	return manifest_parse(path, text, len, out);
}
