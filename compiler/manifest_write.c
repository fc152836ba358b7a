// SPDX-License-Identifier: BSD-2-Clause
/* struct manifest to JSON. Failures of single values (memory only) add up in one err. */
#include "compiler/manifest.h"
#include "compiler/manifest_services.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "config/map_sizes.h"

/* Writes one element of a C array into a fresh JSON object. */
typedef void fill_fn(json_t *out, const void *element, int *err);

/* json_object_set_new() takes the reference, and refuses a NULL value. */
static void set(json_t *object, const char *key, json_t *value, int *err)
{
	if (json_object_set_new(object, key, value))
		*err = -ENOMEM;
}

static void set_text(json_t *object, const char *key, const char *value, int *err)
{
	set(object, key, jsonout_shown(value), err);
}

static void set_uint(json_t *object, const char *key, uint64_t value, int *err)
{
	set(object, key, json_integer((json_int_t)value), err);
}

/* The name where this build knows one, else the number. */
static void set_named(json_t *object, const char *key, const char *name, unsigned int value,
		      int *err)
{
	if (name)
		set_text(object, key, name, err);
	else
		set_uint(object, key, value, err);
}

static void append_filled(json_t *array, fill_fn *fill, const void *element, int *err)
{
	json_t *item = json_object();

	fill(item, element, err);
	if (json_array_append_new(array, item))
		*err = -ENOMEM;
}

static void set_array(json_t *object, const char *key, fill_fn *fill, const void *elements,
		      size_t count, size_t size, int *err)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append_filled(array, fill, (const char *)elements + i * size, err);
	set(object, key, array, err);
}

#define SET_ARRAY(object, key, fill, elements, count, err) \
	set_array(object, key, fill, elements, count, sizeof(*(elements)), err)

static void fill_program(json_t *out, const void *element, int *err)
{
	const struct object_program *program = element;

	set_text(out, "name", program->name, err);
	set_text(out, "section", program->section, err);
	set_named(out, "type", prog_type_name(program->prog_type), program->prog_type, err);
	set_uint(out, "insns", program->insns, err);
}

static void fill_map(json_t *out, const void *element, int *err)
{
	const struct object_map *map = element;

	set_text(out, "name", map->name, err);
	set_named(out, "type", map_type_name(map->type), map->type, err);
	set_uint(out, "key_size", map->key_size, err);
	set_uint(out, "value_size", map->value_size, err);
	set_uint(out, "max_entries", map->max_entries, err);
	set_uint(out, "flags", map->flags, err);
}

static void fill_program_type(json_t *out, const void *element, int *err)
{
	const struct need *need = element;

	set_named(out, "program_type", prog_type_name(need->prog_type), need->prog_type, err);
}

static void fill_helper(json_t *out, const void *element, int *err)
{
	const struct need *need = element;

	set_named(out, "program_type", prog_type_name(need->prog_type), need->prog_type, err);
	set_named(out, "helper", helper_name(need->value), need->value, err);
	set_uint(out, "id", need->value, err);
}

static void fill_map_type(json_t *out, const void *element, int *err)
{
	const struct need *need = element;

	set_named(out, "map_type", map_type_name(need->value), need->value, err);
}

static void set_needs_of(json_t *out, const char *key, const struct object_needs *needs,
			 enum need_kind kind, fill_fn *fill, int *err)
{
	json_t *array = json_array();

	for (size_t i = 0; i < needs->count; i++) {
		if (needs->needs[i].kind == kind)
			append_filled(array, fill, &needs->needs[i], err);
	}
	set(out, key, array, err);
}

static json_t *needs_json(const struct object_needs *needs, int *err)
{
	json_t *out = json_object();

	set_needs_of(out, "program_types", needs, NEED_PROG_TYPE, fill_program_type, err);
	set_needs_of(out, "helpers", needs, NEED_HELPER, fill_helper, err);
	set_needs_of(out, "map_types", needs, NEED_MAP_TYPE, fill_map_type, err);
	return out;
}

static void fill_object(json_t *out, const void *element, int *err)
{
	const struct manifest_object *object = element;
	const struct object_needs *needs = &object->needs;

	set_text(out, "file", object->file, err);
	set_text(out, "sha256", object->sha256, err);
	SET_ARRAY(out, "programs", fill_program, needs->programs, needs->program_count, err);
	SET_ARRAY(out, "maps", fill_map, needs->maps, needs->map_count, err);
	set(out, "needs", needs_json(needs, err), err);
}

static void fill_file(json_t *out, const void *element, int *err)
{
	const struct manifest_file *file = element;

	set_text(out, "file", file->file, err);
	set_text(out, "sha256", file->sha256, err);
}

static void fill_reason(json_t *out, const void *element, int *err)
{
	const struct manifest_reason *reason = element;

	set_text(out, "rule", reason->rule, err);
	set_text(out, "text", reason->text, err);
}

static void fill_gap(json_t *out, const void *element, int *err)
{
	const struct manifest_gap *gap = element;

	set_text(out, "key", gap->key, err);
	set_text(out, "value", gap->value, err);
	set_text(out, "text", gap->text, err);
}

static void fill_hook(json_t *out, const void *element, int *err)
{
	const struct manifest_hook *hook = element;

	set_text(out, "program", hook->program, err);
	set_text(out, "interface", hook->interface, err);
	set_text(out, "direction", hook->direction, err);
}

static void fill_option(json_t *out, const void *element, int *err)
{
	const struct manifest_option *option = element;

	set_text(out, "key", option->key, err);
	set_text(out, "value", option->value, err);
	set_text(out, "origin", option->origin, err);
}

static void fill_value(json_t *out, const void *element, int *err)
{
	const struct manifest_value *value = element;

	set_text(out, "name", value->name, err);
	set_text(out, "value", value->value, err);
	set_text(out, "why", value->why, err);
}

static json_t *inputs_json(const struct manifest_map_size *size, int *err)
{
	json_t *out = json_object();

	set(out, "ratio", json_real(size->ratio), err);
	set_uint(out, "entries", (uint64_t)size->scaled, err);
	set_uint(out, "min", (uint64_t)size->min, err);
	set_uint(out, "max", MAP_SIZE_MAX_ENTRIES, err);
	set_uint(out, "total_bytes", MAP_SIZE_TOTAL_BYTES, err);
	set(out, "multiple_of_cpus", json_boolean(size->multiple_of_cpus), err);
	return out;
}

static void fill_map_size(json_t *out, const void *element, int *err)
{
	const struct manifest_map_size *size = element;
	bool by_formula = *size->formula;

	set_text(out, "name", size->name, err);
	set_text(out, "key", size->key, err);
	set(out, "entries", size->entries ? json_integer(size->entries) : json_null(), err);
	set_text(out, "from", size->from, err);
	set(out, "formula", by_formula ? jsonout_shown(size->formula) : json_null(), err);
	set(out, "inputs", by_formula ? inputs_json(size, err) : json_null(), err);
}

static json_t *tunnel_json(const struct manifest *m, int *err)
{
	json_t *out;

	if (!m->tunnel)
		return json_null();
	out = json_object();
	set_text(out, "protocol", m->tunnel_protocol, err);
	set_uint(out, "port", m->tunnel_port, err);
	return out;
}

static const char *exclusion_text(const struct manifest_masquerade *m, char out[CIDR4_TEXT_MAX])
{
	if (m->exclusion == SNAT_EXCLUSION_KEY)
		return cidr4_text(m->exclusion_cidr, out);
	return m->exclusion == SNAT_EXCLUSION_POD_CIDR ? MANIFEST_POD_CIDR : "";
}

static json_t *names_json(const char (*names)[16], size_t count, int *err)
{
	json_t *out = json_array();

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(out, jsonout_shown(names[i])))
			*err = -ENOMEM;
	}
	return out;
}

static json_t *masquerade_json(const struct manifest_masquerade *m, int *err)
{
	json_t *out = json_object();
	char cidr[CIDR4_TEXT_MAX];

	set_text(out, "mode", masquerade_mode_name(m->mode), err);
	set_text(out, "exclusion", exclusion_text(m, cidr), err);
	set(out, "ip_masq_agent", json_boolean(m->ip_masq_agent), err);
	set_text(out, "ip_masq_agent_config", m->ip_masq_agent_config, err);
	set_text(out, "address_device", m->address_device, err);
	set(out, "egress_interfaces",
	    names_json(m->egress_interfaces, m->egress_interface_count, err), err);
	set(out, "random_ports", json_boolean(m->random_ports), err);
	return out;
}

static void fill_manifest(json_t *out, const struct manifest *m, int *err)
{
	set_text(out, "schema", MANIFEST_SCHEMA, err);
	set_text(out, "tool_version", m->tool_version, err);
	set_text(out, "compiler", m->compiler, err);
	set_text(out, "templates_sha256", m->templates_sha256, err);
	set_text(out, "config_sha256", m->config_sha256, err);
	set_text(out, "cilium_version", m->cilium_version, err);
	set_text(out, "cilium_version_reason", m->cilium_version_reason, err);
	set_text(out, "target_kernel", m->target_kernel, err);
	set(out, "host_routing", json_boolean(m->host_routing), err);
	SET_ARRAY(out, "reasons", fill_reason, m->reasons, m->reason_count, err);
	set(out, "tunnel", tunnel_json(m, err), err);
	set(out, "auto_direct_node_routes", json_boolean(m->auto_direct_node_routes), err);
	set(out, "masquerade", masquerade_json(&m->masquerade, err), err);
	set(out, "services", manifest_services_json(&m->services), err);
	set(out, "devices", names_json(m->devices, m->device_count, err), err);
	SET_ARRAY(out, "gaps", fill_gap, m->gaps, m->gap_count, err);
	SET_ARRAY(out, "effective", fill_value, m->effective, m->effective_count, err);
	SET_ARRAY(out, "map_sizes", fill_map_size, m->map_sizes, m->map_size_count, err);
	SET_ARRAY(out, "hooks", fill_hook, m->hooks, m->hook_count, err);
	SET_ARRAY(out, "objects", fill_object, m->objects, m->object_count, err);
	SET_ARRAY(out, "files", fill_file, m->files, m->file_count, err);
	SET_ARRAY(out, "options", fill_option, m->options, m->option_count, err);
}

int manifest_write(const struct manifest *m, char **out)
{
	_cleanup_(json) json_t *root = json_object();
	int err = 0;

	fill_manifest(root, m, &err);
	return err ? err : jsonout_text(root, 1, out);
}
