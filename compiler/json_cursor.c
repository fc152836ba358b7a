// SPDX-License-Identifier: BSD-2-Clause
/* Checked values out of JSON. Knows types and places, not what they mean. */
#include "compiler/json_cursor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/digest.h"
#include "common/log.h"

int cursor_bad(const struct json_cursor *c, const char *key, const char *why)
{
	return log_fail(-EINVAL, "%s: %s%s: %s", c->path, c->where, key, why);
}

int cursor_get(const struct json_cursor *c, const char *key, json_type type, const json_t **out)
{
	const json_t *value = json_object_get(c->object, key);

	if (!value)
		return cursor_bad(c, key, "missing");
	/* true and false are two types to jansson */
	if (json_typeof(value) != type && !(type == JSON_TRUE && json_is_false(value)))
		return cursor_bad(c, key, "not of the type this schema gives it");
	*out = value;
	return 0;
}

int cursor_text(const struct json_cursor *c, const char *key, char *out, size_t size)
{
	const json_t *value;
	int err;

	err = cursor_get(c, key, JSON_STRING, &value);
	if (err)
		return err;
	if (json_string_length(value) >= size)
		return cursor_bad(c, key, "too long");
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return 0;
}

int cursor_word(const struct json_cursor *c, const char *key, const char *chars, char *out,
		size_t size)
{
	int err = cursor_text(c, key, out, size);

	if (err)
		return err;
	return *out && out[strspn(out, chars)] == '\0' ? 0 : cursor_bad(c, key, "malformed");
}

int cursor_sha256(const struct json_cursor *c, const char *key, char out[DIGEST_TEXT_MAX])
{
	int err = cursor_word(c, key, "0123456789abcdef", out, DIGEST_TEXT_MAX);

	if (err)
		return err;
	return strlen(out) == DIGEST_TEXT_MAX - 1 ? 0 : cursor_bad(c, key, "not a sha256");
}

int cursor_uint(const struct json_cursor *c, const char *key, uint64_t max, uint64_t *out)
{
	const json_t *value;
	int err;

	err = cursor_get(c, key, JSON_INTEGER, &value);
	if (err)
		return err;
	if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
		return cursor_bad(c, key, "out of range");
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

int cursor_u32(const struct json_cursor *c, const char *key, uint32_t *out)
{
	uint64_t value;
	int err = cursor_uint(c, key, UINT32_MAX, &value);

	if (!err)
		*out = (uint32_t)value;
	return err;
}

int cursor_bool(const struct json_cursor *c, const char *key, bool *out)
{
	const json_t *value;
	int err;

	err = cursor_get(c, key, JSON_TRUE, &value);
	if (!err)
		*out = json_is_true(value);
	return err;
}

int cursor_named(const struct json_cursor *c, const char *key, int (*find)(const char *name),
		 unsigned int *out)
{
	const json_t *value = json_object_get(c->object, key);
	int found;

	if (!json_is_string(value))
		return cursor_u32(c, key, out);
	found = find(json_string_value(value));
	if (found < 0)
		return cursor_bad(c, key, "unknown to this build");
	*out = (unsigned int)found;
	return 0;
}

int cursor_array(const struct json_cursor *c, const char *key, size_t max, const json_t **out)
{
	int err = cursor_get(c, key, JSON_ARRAY, out);

	if (err)
		return err;
	return json_array_size(*out) <= max ? 0 : cursor_bad(c, key, "too many entries");
}

int cursor_items(const struct json_cursor *c, const char *key, cursor_read_fn *read, void *elements,
		 size_t max, size_t size, size_t *count)
{
	struct json_cursor item = { .path = c->path };
	const json_t *array;
	int err;

	err = cursor_array(c, key, max, &array);
	for (size_t i = 0; !err && i < json_array_size(array); i++) {
		snprintf(item.where, sizeof(item.where), "%.40s%.20s[%zu].", c->where, key, i);
		item.object = json_array_get(array, i);
		if (!json_is_object(item.object))
			return cursor_bad(c, key, "an entry is not an object");
		/* Counted before it is read: what a failed read leaves behind is freed with the rest. */
		(*count)++;
		err = read(&item, (char *)elements + (*count - 1) * size);
	}
	return err;
}

int cursor_copy(const struct json_cursor *c, const char *key, char **out)
{
	const json_t *value = NULL;
	int err = cursor_get(c, key, JSON_STRING, &value);

	if (err)
		return err;
	*out = strdup(json_string_value(value));
	return *out ? 0 : log_err(-ENOMEM, "read %s", c->path);
}
