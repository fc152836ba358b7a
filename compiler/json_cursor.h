/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values out of a JSON object whose members must all be there. The input is hostile: every type, size and name
 * is checked before it is copied, and a mistake is one log line, "manifest.json: objects[1].file: malformed".
 */
#ifndef HR_COMPILER_JSON_CURSOR_H
#define HR_COMPILER_JSON_CURSOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/digest.h"

#define CURSOR_NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* A JSON object and its place in the file, for messages. */
struct json_cursor {
	const char *path;
	char where[96]; /* "objects[1].maps[0]."; "" at the top */
	const json_t *object;
};

/* Logs what is wrong with a member; -EINVAL. */
int cursor_bad(const struct json_cursor *c, const char *key, const char *why);

/* Each: 0, or -EINVAL (-ENOMEM) after logging; *out is left alone then. */
int cursor_get(const struct json_cursor *c, const char *key, json_type type, const json_t **out);
int cursor_text(const struct json_cursor *c, const char *key, char *out, size_t size);
int cursor_copy(const struct json_cursor *c, const char *key, char **out); /* the caller frees */
int cursor_uint(const struct json_cursor *c, const char *key, uint64_t max, uint64_t *out);
int cursor_u32(const struct json_cursor *c, const char *key, uint32_t *out);
int cursor_bool(const struct json_cursor *c, const char *key, bool *out);
int cursor_array(const struct json_cursor *c, const char *key, size_t max, const json_t **out);

/* As cursor_text(), for a text that is not empty and has only the characters given; out may be changed. */
int cursor_word(const struct json_cursor *c, const char *key, const char *chars, char *out,
		size_t size);
int cursor_sha256(const struct json_cursor *c, const char *key, char out[DIGEST_TEXT_MAX]);

/* A name that `find` knows (its answer is not negative), or the bare number. */
int cursor_named(const struct json_cursor *c, const char *key, int (*find)(const char *name),
		 unsigned int *out);

/* Reads one JSON object into one element of a C array. */
typedef int cursor_read_fn(const struct json_cursor *c, void *element);

/*
 * Reads an array of objects into elements of one size. *count includes the element whose reading failed, so that
 * what it owns is freed with the rest.
 */
int cursor_items(const struct json_cursor *c, const char *key, cursor_read_fn *read, void *elements,
		 size_t max, size_t size, size_t *count);

#define CURSOR_ITEMS(c, key, read, elements, count) \
	cursor_items(c, key, read, elements, ARRAY_SIZE(elements), sizeof(*(elements)), count)

#endif
