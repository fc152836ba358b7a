/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON objects into structs by tables of fields. The input is hostile: every type, size and range is checked,
 * and a mistake is one log line that names the file and the place, "node.json: devices[0].mtu: ...".
 */
#ifndef HR_PROBE_JSON_FIELD_H
#define HR_PROBE_JSON_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in which file a value stands. */
struct json_place {
	const char *file; /* not owned */
	char path[96]; /* "devices[0].mtu"; "" for the whole document */
};

/* Reads one value, never null, into out, which has size bytes. 0, or a negative errno after a log line. */
typedef int (*json_field_fn)(const struct json_place *at, const json_t *value, void *out,
			     size_t size);

struct json_field {
	const char *key;
	json_field_fn read;
	size_t offset, size; /* of the member that read() gets */
	bool is_required;
};

#define JSON_FIELD(type, member, key, read)                                           \
	{                                                                             \
		key, read, offsetof(type, member), sizeof(((type *)0)->member), false \
	}
#define JSON_REQUIRED(type, member, key, read)                                       \
	{                                                                            \
		key, read, offsetof(type, member), sizeof(((type *)0)->member), true \
	}
/* For what fills several members: read() gets the whole struct. */
#define JSON_WHOLE(type, key, read)               \
	{                                         \
		key, read, 0, sizeof(type), false \
	}

/*
 * Reads an object in the order of the table, which ends with a NULL key. A member that is absent or null
 * leaves *out alone, or is an error when required; one that the table does not have is a warning.
 */
int json_read_object(const struct json_place *at, const json_t *object,
		     const struct json_field *fields, void *out);

/* A C array of count_max elements of one size, and how it is filled. */
struct json_array {
	json_field_fn read;
	void *items;
	size_t max, size;
};

/* Reads an array; *count is the number of elements that were read. */
int json_read_array(const struct json_place *at, const json_t *value,
		    const struct json_array *array, size_t *count);

/* A place below a place: member `key`, or element `index` when key is NULL. */
struct json_place json_place_in(const struct json_place *at, const char *key, size_t index);

/* Logs "<file>: <place>: <why>" and returns -EINVAL. */
int json_bad(const struct json_place *at, const char *why);

/* Readers of plain members, by the type of the member. */
int json_take_bool(const struct json_place *at, const json_t *value, void *out, size_t size);
int json_take_uint(const struct json_place *at, const json_t *value, void *out,
		   size_t size); /* uint8_t to uint64_t */
int json_take_text(const struct json_place *at, const json_t *value, void *out,
		   size_t size); /* char[size] */

#endif
