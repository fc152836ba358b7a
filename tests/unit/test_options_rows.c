// SPDX-License-Identifier: BSD-2-Clause
/*
 * The values of 801 configs that real agents of eight releases read: we refuse exactly those that they
 * refused while reading. What the verdict makes of the rest is test_verdict_rows' business.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "config/entries.h"

#define ROWS "tests/unit/data/verdicts/%s.jsonl"
#define MAX_KEYS 128

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Number of values that are refused. */
static size_t read_row(const json_t *row)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_options_ struct options opts = { 0 };
	struct cilium_version version;
	struct entry entries[MAX_KEYS];
	size_t count = 0, refused = 0;
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(row, "config"), key, value)
	{
		assert_true(count < MAX_KEYS);
		entries[count++] = (struct entry){ .key = key, .text = json_string_value(value) };
	}
	assert_int_equal(release_parse(text_of(row, "version"), &version), 0);
	assert_int_equal(options_init(&opts, version.release), 0);
	assert_int_equal(entries_apply(entries, count, false, &opts, &diags, &refused), 0);
	json_object_foreach(json_object_get(row, "env"), key, value)
		assert_int_equal(options_set_env(&opts, key, json_string_value(value)), 0);
	return refused;
}

static void check_row(const char *line)
{
	static const char bad_value[] = "bad-value";
	json_t *row = json_loads(line, 0, NULL);
	const char *class = text_of(json_object_get(row, "outcome"), "reason_class");
	bool agent_refuses = !strncmp(class, bad_value, strlen(bad_value));
	size_t refused;

	assert_non_null(row);
	refused = read_row(row);
	if (agent_refuses != (refused > 0))
		fail_msg("%s: the agent's reason is \"%s\", we refuse %zu values",
			 text_of(row, "id"), class, refused);
	json_decref(row);
}

static void values_are_refused_exactly_where_the_agent_refused_them(void **state)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	const char *version = *state;
	size_t size = 0, rows = 0;
	char path[128];

	snprintf(path, sizeof(path), ROWS, version);
	file = fopen(path, "re");
	assert_non_null(file);
	for (; getline(&line, &size, file) > 0; rows++)
		check_row(line);
	assert_true(rows > 20);
}

int main(void)
{
	static char versions[][8] = { "1.12.1",	 "1.13.18", "1.14.5", "1.15.19",
				      "1.16.19", "1.17.13", "1.18.7", "1.19.0" };
	struct CMUnitTest tests[ARRAY_SIZE(versions)];

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		tests[i] = (struct CMUnitTest){
			.name = versions[i],
			.test_func = values_are_refused_exactly_where_the_agent_refused_them,
			.initial_state = versions[i],
		};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("values are refused where the agent refused them", tests,
					   NULL, NULL);
}
