// SPDX-License-Identifier: BSD-2-Clause
/* struct verify_result to JSON and back. */
#include "compiler/verify_json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "common/jsonout.h"
#include "common/log.h"
#include "compiler/json_cursor.h"

#define FILE_CHARS CURSOR_NAME_CHARS ".-"

static void put_uint(json_t *out, const char *key, uint64_t value)
{
	jsonout_put(out, key, json_integer((json_int_t)value));
}

static json_t *program_json(const struct verify_program *row)
{
	json_t *out = json_object();

	jsonout_put_text(out, "object", row->object);
	jsonout_put_text(out, "program", row->name);
	jsonout_put_text(out, "constants", verify_constants_name(row->constants));
	jsonout_put_text(out, "outcome", verify_outcome_name(row->outcome));
	put_uint(out, "errno", (uint64_t)-row->err);
	put_uint(out, "insns", row->insns);
	put_uint(out, "processed", row->stats.processed);
	put_uint(out, "total_states", row->stats.total_states);
	put_uint(out, "peak_states", row->stats.peak_states);
	jsonout_put_text(out, "stack", row->stats.stack);
	put_uint(out, "time_us", row->stats.time_us);
	put_uint(out, "jited_bytes", row->jited_bytes);
	jsonout_put_text(out, "source", row->source);
	jsonout_put_text(out, "log", row->log ?: "");
	return out;
}

json_t *verify_programs_json(const struct verify_result *result)
{
	json_t *out = json_array();

	for (size_t i = 0; i < result->count; i++)
		json_array_append_new(out, program_json(&result->programs[i]));
	return out;
}

int verify_result_write(const struct verify_result *result, char **out)
{
	_cleanup_(json) json_t *root = json_object();

	jsonout_put_text(root, "schema", VERIFY_SCHEMA);
	jsonout_put_text(root, "release", result->release);
	jsonout_put(root, "programs", verify_programs_json(result));
	return jsonout_text(root, 0, out);
}

static int find_outcome(const char *name)
{
	for (int i = 0; i < VERIFY_OUTCOME__COUNT; i++) {
		if (!strcmp(name, verify_outcome_name((enum verify_outcome)i)))
			return i;
	}
	return -1;
}

static int find_constants(const char *name)
{
	for (int i = 0; i < VERIFY_CONSTANTS__COUNT; i++) {
		if (!strcmp(name, verify_constants_name((enum verify_constants)i)))
			return i;
	}
	return -1;
}

/* cursor_named() takes bare numbers too, which name nothing here. */
static int read_choice(const struct json_cursor *c, const char *key, int (*find)(const char *name),
		       unsigned int count, unsigned int *out)
{
	unsigned int value = 0;
	int err = cursor_named(c, key, find, &value);

	if (!err && value >= count)
		err = cursor_bad(c, key, "out of range");
	if (!err)
		*out = value;
	return err;
}

static int read_figures(const struct json_cursor *c, struct verify_program *row)
{
	struct verify_stats *stats = &row->stats;
	int err;

	err = cursor_uint(c, "insns", INT64_MAX, &row->insns);
	err = err ?: cursor_uint(c, "processed", INT64_MAX, &stats->processed);
	err = err ?: cursor_uint(c, "total_states", INT64_MAX, &stats->total_states);
	err = err ?: cursor_uint(c, "peak_states", INT64_MAX, &stats->peak_states);
	err = err ?: cursor_text(c, "stack", stats->stack, sizeof(stats->stack));
	err = err ?: cursor_uint(c, "time_us", INT64_MAX, &stats->time_us);
	return err ?: cursor_uint(c, "jited_bytes", INT64_MAX, &row->jited_bytes);
}

static int read_outcome(const struct json_cursor *c, struct verify_program *row)
{
	unsigned int constants = 0, outcome = 0;
	uint64_t number = 0;
	int err;

	err = read_choice(c, "constants", find_constants, VERIFY_CONSTANTS__COUNT, &constants);
	err = err ?: read_choice(c, "outcome", find_outcome, VERIFY_OUTCOME__COUNT, &outcome);
	err = err ?: cursor_uint(c, "errno", 4095, &number);
	row->constants = constants;
	row->outcome = outcome;
	row->err = -(int)number;
	return err;
}

static int read_program(const struct json_cursor *c, void *element)
{
	struct verify_program *row = element;
	int err;

	err = cursor_word(c, "object", FILE_CHARS, row->object, sizeof(row->object));
	err = err ?: cursor_word(c, "program", CURSOR_NAME_CHARS, row->name, sizeof(row->name));
	err = err ?: read_outcome(c, row);
	err = err ?: read_figures(c, row);
	err = err ?: cursor_text(c, "source", row->source, sizeof(row->source));
	return err ?: cursor_copy(c, "log", &row->log);
}

static int read_result(const struct json_cursor *c, struct verify_result *out)
{
	const char *schema = json_string_value(json_object_get(c->object, "schema"));
	int err;

	if (!schema || strcmp(schema, VERIFY_SCHEMA) != 0)
		return cursor_bad(c, "schema", "not " VERIFY_SCHEMA);
	err = cursor_text(c, "release", out->release, sizeof(out->release));
	return err ?: CURSOR_ITEMS(c, "programs", read_program, out->programs, &out->count);
}

int verify_result_parse(const char *where, const char *text, size_t len, struct verify_result *out)
{
	_cleanup_(json) json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct json_cursor top = { .path = where, .object = root };

	*out = (struct verify_result){ 0 };
	if (!json_is_object(root))
		return log_fail(-EINVAL, "%s: not a JSON object", where);
	return read_result(&top, out);
}
