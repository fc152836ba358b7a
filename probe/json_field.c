// SPDX-License-Identifier: BSD-2-Clause
/* Checked readers of JSON members. Knows types and places, not what they mean. */
#include "probe/json_field.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

struct json_place json_place_in(const struct json_place *at, const char *key, size_t index)
{
	struct json_place place = { .file = at->file };

	if (key)
		snprintf(place.path, sizeof(place.path), "%.60s%s%.30s", at->path,
			 at->path[0] ? "." : "", key);
	else
		snprintf(place.path, sizeof(place.path), "%.60s[%zu]", at->path, index);
	return place;
}

/* A key comes from the input; what could move a terminal's cursor is shown as '.'. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '.';
}

int json_bad(const struct json_place *at, const char *why)
{
	struct json_place place = *at;

	clean(place.path);
	return log_fail(-EINVAL, "%s: %s%s%s", place.file, place.path, place.path[0] ? ": " : "",
			why);
}

static const struct json_field *find(const struct json_field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (!strcmp(fields->key, key))
			return fields;
	return NULL;
}

static void warn_of_unknown(const struct json_place *at, const json_t *object,
			    const struct json_field *fields)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		struct json_place place = json_place_in(at, key, 0);

		clean(place.path);
		if (!find(fields, key))
			log_warn("%s: %s: not a key of this schema, ignored", place.file,
				 place.path);
	}
}

int json_read_object(const struct json_place *at, const json_t *object,
		     const struct json_field *fields, void *out)
{
	if (!json_is_object(object))
		return json_bad(at, "not an object");
	for (const struct json_field *field = fields; field->key; field++) {
		const json_t *value = json_object_get(object, field->key);
		struct json_place place = json_place_in(at, field->key, 0);
		int err = 0;

		if (value && !json_is_null(value))
			err = field->read(&place, value, (char *)out + field->offset, field->size);
		else if (field->is_required)
			err = json_bad(&place, "missing");
		if (err)
			return err;
	}
	warn_of_unknown(at, object, fields);
	return 0;
}

int json_read_array(const struct json_place *at, const json_t *value,
		    const struct json_array *array, size_t *count)
{
	size_t n = json_array_size(value);

	if (!json_is_array(value))
		return json_bad(at, "not an array");
	if (n > array->max)
		return json_bad(at, "too many entries");
	for (size_t i = 0; i < n; i++) {
		struct json_place place = json_place_in(at, NULL, i);
		int err = array->read(&place, json_array_get(value, i),
				      (char *)array->items + i * array->size, array->size);

		if (err)
			return err;
	}
	*count = n;
	return 0;
}

int json_take_bool(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	(void)size;
	if (!json_is_boolean(value))
		return json_bad(at, "not true or false");
	*(bool *)out = json_is_true(value);
	return 0;
}

int json_take_uint(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0)
		return json_bad(at, "not a number of at least 0");
	if (size < sizeof(uint64_t) && (uint64_t)number >> (8 * size))
		return json_bad(at, "too large");
	switch (size) {
	case sizeof(uint8_t):
		*(uint8_t *)out = (uint8_t)number;
		return 0;
	case sizeof(uint16_t):
		*(uint16_t *)out = (uint16_t)number;
		return 0;
	case sizeof(uint32_t):
		*(uint32_t *)out = (uint32_t)number;
		return 0;
	default:
		*(uint64_t *)out = (uint64_t)number;
		return 0;
	}
}

int json_take_text(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	if (!json_is_string(value))
		return json_bad(at, "not a string");
	if (json_string_length(value) >= size)
		return json_bad(at, "too long");
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return 0;
}
