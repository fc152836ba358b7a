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

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* A JSON object and its place in the file, for messages. */
struct cursor {
	const char *path;
	char where[96]; /* "objects[1].maps[0]."; "" at the top */
	const json_t *object;
};

static int bad(const struct cursor *c, const char *key, const char *why)
{
	return log_fail(-EINVAL, "%s: %s%s: %s", c->path, c->where, key, why);
}

static int get(const struct cursor *c, const char *key, json_type type, const json_t **out)
{
	const json_t *value = json_object_get(c->object, key);

	if (!value)
		return bad(c, key, "missing");
	/* true and false are two types to jansson */
	if (json_typeof(value) != type && !(type == JSON_TRUE && json_is_false(value)))
		return bad(c, key, "not of the type this schema gives it");
	*out = value;
	return 0;
}

static int get_text(const struct cursor *c, const char *key, char *out, size_t size)
{
	const json_t *value;
	int err;

	err = get(c, key, JSON_STRING, &value);
	if (err)
		return err;
	if (json_string_length(value) >= size)
		return bad(c, key, "too long");
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return 0;
}

/* As get_text(), for a text that is not empty and has only the characters given. */
static int get_word(const struct cursor *c, const char *key, const char *chars, char *out,
		    size_t size)
{
	int err = get_text(c, key, out, size);

	if (err)
		return err;
	return *out && out[strspn(out, chars)] == '\0' ? 0 : bad(c, key, "malformed");
}

static int get_sha256(const struct cursor *c, const char *key, char out[DIGEST_TEXT_MAX])
{
	int err = get_word(c, key, "0123456789abcdef", out, DIGEST_TEXT_MAX);

	if (err)
		return err;
	return strlen(out) == DIGEST_TEXT_MAX - 1 ? 0 : bad(c, key, "not a sha256");
}

static int get_uint(const struct cursor *c, const char *key, uint64_t max, uint64_t *out)
{
	const json_t *value;
	int err;

	err = get(c, key, JSON_INTEGER, &value);
	if (err)
		return err;
	if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
		return bad(c, key, "out of range");
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static int get_u32(const struct cursor *c, const char *key, uint32_t *out)
{
	uint64_t value;
	int err = get_uint(c, key, UINT32_MAX, &value);

	if (!err)
		*out = (uint32_t)value;
	return err;
}

static int get_bool(const struct cursor *c, const char *key, bool *out)
{
	const json_t *value;
	int err;

	err = get(c, key, JSON_TRUE, &value);
	if (!err)
		*out = json_is_true(value);
	return err;
}

/* A name that `find` knows, or the bare number. */
static int get_named(const struct cursor *c, const char *key, int (*find)(const char *name),
		     unsigned int *out)
{
	const json_t *value = json_object_get(c->object, key);
	int found;

	if (!json_is_string(value))
		return get_u32(c, key, out);
	found = find(json_string_value(value));
	if (found < 0)
		return bad(c, key, "unknown to this build");
	*out = (unsigned int)found;
	return 0;
}

static int get_array(const struct cursor *c, const char *key, size_t max, const json_t **out)
{
	int err = get(c, key, JSON_ARRAY, out);

	if (err)
		return err;
	return json_array_size(*out) <= max ? 0 : bad(c, key, "too many entries");
}

/* Reads one JSON object into one element of a C array. */
typedef int read_fn(const struct cursor *c, void *element);

static int read_array(const struct cursor *c, const char *key, read_fn *read, void *elements,
		      size_t max, size_t size, size_t *count)
{
	struct cursor item = { .path = c->path };
	const json_t *array;
	int err;

	err = get_array(c, key, max, &array);
	for (size_t i = 0; !err && i < json_array_size(array); i++) {
		snprintf(item.where, sizeof(item.where), "%.40s%.20s[%zu].", c->where, key, i);
		item.object = json_array_get(array, i);
		if (!json_is_object(item.object))
			return bad(c, key, "an entry is not an object");
		/* Counted before it is read: what a failed read leaves behind is freed with the rest. */
		(*count)++;
		err = read(&item, (char *)elements + (*count - 1) * size);
	}
	return err;
}

#define READ_ARRAY(c, key, read, elements, count) \
	read_array(c, key, read, elements, ARRAY_SIZE(elements), sizeof(*(elements)), count)

static int read_program(const struct cursor *c, void *element)
{
	struct object_program *program = element;
	uint64_t insns = 0;
	int err;

	err = get_word(c, "name", NAME_CHARS, program->name, sizeof(program->name));
	err = err ?: get_text(c, "section", program->section, sizeof(program->section));
	err = err ?: get_named(c, "type", prog_type_find, &program->prog_type);
	err = err ?: get_uint(c, "insns", NEEDS_MAX_OBJECT_BYTES, &insns);
	program->insns = insns;
	return err;
}

static int read_map(const struct cursor *c, void *element)
{
	struct object_map *map = element;
	int err;

	err = get_word(c, "name", NAME_CHARS ".", map->name, sizeof(map->name));
	err = err ?: get_named(c, "type", map_type_find, &map->type);
	err = err ?: get_u32(c, "key_size", &map->key_size);
	err = err ?: get_u32(c, "value_size", &map->value_size);
	err = err ?: get_u32(c, "max_entries", &map->max_entries);
	return err ?: get_u32(c, "flags", &map->flags);
}

static int read_program_type(const struct cursor *c, void *element)
{
	struct need *need = element;

	need->kind = NEED_PROG_TYPE;
	return get_named(c, "program_type", prog_type_find, &need->prog_type);
}

/* The id is what counts; the name beside it is for people. */
static int read_helper(const struct cursor *c, void *element)
{
	struct need *need = element;
	int err;

	need->kind = NEED_HELPER;
	err = get_named(c, "program_type", prog_type_find, &need->prog_type);
	return err ?: get_u32(c, "id", &need->value);
}

static int read_map_type(const struct cursor *c, void *element)
{
	struct need *need = element;

	need->kind = NEED_MAP_TYPE;
	return get_named(c, "map_type", map_type_find, &need->value);
}

static int read_needs_of(const struct cursor *c, const char *key, read_fn *read,
			 struct object_needs *needs)
{
	size_t count = 0;
	int err = read_array(c, key, read, needs->needs + needs->count, NEEDS_MAX - needs->count,
			     sizeof(needs->needs[0]), &count);

	needs->count += count;
	return err;
}

static int read_needs(const struct cursor *c, struct object_needs *needs)
{
	struct cursor sub = { .path = c->path };
	int err;

	err = get(c, "needs", JSON_OBJECT, &sub.object);
	if (err)
		return err;
	snprintf(sub.where, sizeof(sub.where), "%.60sneeds.", c->where);
	err = read_needs_of(&sub, "program_types", read_program_type, needs);
	err = err ?: read_needs_of(&sub, "helpers", read_helper, needs);
	return err ?: read_needs_of(&sub, "map_types", read_map_type, needs);
}

static int read_object(const struct cursor *c, void *element)
{
	struct manifest_object *object = element;
	struct object_needs *needs = &object->needs;
	int err;

	/* No slash and no leading dot: a file of this directory and nothing else. */
	err = get_word(c, "file", NAME_CHARS ".-", object->file, sizeof(object->file));
	if (!err && *object->file == '.')
		err = bad(c, "file", "malformed");
	err = err ?: get_sha256(c, "sha256", object->sha256);
	err = err
		      ?: READ_ARRAY(c, "programs", read_program, needs->programs,
				    &needs->program_count);
	err = err ?: READ_ARRAY(c, "maps", read_map, needs->maps, &needs->map_count);
	return err ?: read_needs(c, needs);
}

static int read_reason(const struct cursor *c, void *element)
{
	struct manifest_reason *reason = element;
	int err = get_text(c, "rule", reason->rule, sizeof(reason->rule));

	return err ?: get_text(c, "text", reason->text, sizeof(reason->text));
}

static int read_gap(const struct cursor *c, void *element)
{
	struct manifest_gap *gap = element;
	int err;

	err = get_text(c, "key", gap->key, sizeof(gap->key));
	err = err ?: get_text(c, "value", gap->value, sizeof(gap->value));
	return err ?: get_text(c, "text", gap->text, sizeof(gap->text));
}

static int read_hook(const struct cursor *c, void *element)
{
	struct manifest_hook *hook = element;
	int err;

	err = get_word(c, "program", NAME_CHARS, hook->program, sizeof(hook->program));
	err = err ?: get_word(c, "interface", NAME_CHARS, hook->interface, sizeof(hook->interface));
	if (!err && strcmp(hook->interface, "endpoint") && strcmp(hook->interface, "host") &&
	    strcmp(hook->interface, "overlay") && strcmp(hook->interface, "device"))
		err = bad(c, "interface", "not endpoint, host, overlay or device");
	err = err ?: get_word(c, "direction", NAME_CHARS, hook->direction, sizeof(hook->direction));
	if (!err && strcmp(hook->direction, "ingress") && strcmp(hook->direction, "egress"))
		err = bad(c, "direction", "not ingress or egress");
	return err;
}

static int get_copy(const struct cursor *c, const char *key, char **out)
{
	const json_t *value = NULL;
	int err = get(c, key, JSON_STRING, &value);

	if (err)
		return err;
	*out = strdup(json_string_value(value));
	return *out ? 0 : log_err(-ENOMEM, "read %s", c->path);
}

static int read_option(const struct cursor *c, void *element)
{
	struct manifest_option *option = element;
	int err;

	err = get_copy(c, "key", &option->key);
	err = err ?: get_copy(c, "value", &option->value);
	return err ?: get_copy(c, "origin", &option->origin);
}

static int read_tunnel(const struct cursor *c, struct manifest *out)
{
	struct cursor sub = { .path = c->path, .where = "tunnel." };
	uint64_t port = 0;
	int err;

	sub.object = json_object_get(c->object, "tunnel");
	if (json_is_null(sub.object))
		return 0;
	err = get(c, "tunnel", JSON_OBJECT, &sub.object);
	err = err
		      ?: get_word(&sub, "protocol", NAME_CHARS, out->tunnel_protocol,
				  sizeof(out->tunnel_protocol));
	err = err ?: get_uint(&sub, "port", UINT16_MAX, &port);
	if (!err && !port)
		err = bad(&sub, "port", "out of range");
	out->tunnel_port = (uint16_t)port;
	out->tunnel = !err;
	return err;
}

static int read_devices(const struct cursor *c, struct manifest *out)
{
	const json_t *array;
	int err;

	err = get_array(c, "devices", MANIFEST_MAX_DEVICES, &array);
	for (size_t i = 0; !err && i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);
		const char *name = json_string_value(item);

		if (!name || !*name || strlen(name) >= sizeof(out->devices[0]) || strchr(name, '/'))
			return bad(c, "devices", "an entry is not an interface name");
		strncpy(out->devices[i], name, sizeof(out->devices[0]) - 1);
		out->device_count++;
	}
	return err;
}

static int read_objects(const struct cursor *c, struct manifest *out)
{
	out->objects = calloc(MANIFEST_MAX_OBJECTS, sizeof(*out->objects));
	if (!out->objects)
		return log_err(-ENOMEM, "read %s", c->path);
	return read_array(c, "objects", read_object, out->objects, MANIFEST_MAX_OBJECTS,
			  sizeof(*out->objects), &out->object_count);
}

static int read_options(const struct cursor *c, struct manifest *out)
{
	out->options = calloc(MANIFEST_MAX_OPTIONS, sizeof(*out->options));
	if (!out->options)
		return log_err(-ENOMEM, "read %s", c->path);
	return read_array(c, "options", read_option, out->options, MANIFEST_MAX_OPTIONS,
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

/* What no single entry shows: hooks without a program, one file described twice. */
static int check_whole(const struct cursor *c, const struct manifest *m)
{
	for (size_t i = 0; i < m->hook_count; i++) {
		if (!has_program(m, m->hooks[i].program))
			return bad(c, "hooks", "a program that no object has");
	}
	for (size_t i = 1; i < m->object_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(m->objects[i].file, m->objects[j].file))
				return bad(c, "objects", "one file twice");
		}
	}
	return 0;
}

static int read_schema(const struct cursor *c)
{
	const char *schema = json_string_value(json_object_get(c->object, "schema"));

	if (!schema)
		return bad(c, "schema", "missing: this is not a manifest of hostroute");
	if (strcmp(schema, MANIFEST_SCHEMA) != 0)
		return log_fail(-EPROTONOSUPPORT,
				"%s: schema \"%.40s\", but this build reads \"" MANIFEST_SCHEMA
				"\": compile the bundle again",
				c->path, schema);
	return 0;
}

static int read_manifest(const struct cursor *c, struct manifest *out)
{
	int err;

	err = read_schema(c);
	err = err ?: get_text(c, "tool_version", out->tool_version, sizeof(out->tool_version));
	err = err ?: get_text(c, "compiler", out->compiler, sizeof(out->compiler));
	err = err ?: get_sha256(c, "templates_sha256", out->templates_sha256);
	err = err ?: get_sha256(c, "config_sha256", out->config_sha256);
	err = err
		      ?: get_text(c, "cilium_version", out->cilium_version,
				  sizeof(out->cilium_version));
	err = err ?: get_bool(c, "host_routing", &out->host_routing);
	err = err ?: READ_ARRAY(c, "reasons", read_reason, out->reasons, &out->reason_count);
	err = err ?: read_tunnel(c, out);
	err = err ?: get_bool(c, "auto_direct_node_routes", &out->auto_direct_node_routes);
	err = err ?: read_devices(c, out);
	err = err ?: READ_ARRAY(c, "gaps", read_gap, out->gaps, &out->gap_count);
	err = err ?: READ_ARRAY(c, "hooks", read_hook, out->hooks, &out->hook_count);
	err = err ?: read_objects(c, out);
	err = err ?: read_options(c, out);
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
	struct cursor top = { .path = path };
	int err;

	*out = (struct manifest){ 0 };
	err = parse_json(path, text, len, &root);
	if (err)
		return err;
	top.object = root;
	return read_manifest(&top, out);
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
