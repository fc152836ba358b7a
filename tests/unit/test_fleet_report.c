// SPDX-License-Identifier: BSD-2-Clause
/* Names of a fleet's directories, and its two reports. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/jsonout.h"
#include "compiler/fleet.h"

static void a_name_is_the_file_without_folder_and_ending(void **state)
{
	static const char *const cases[][2] = {
		{ "a/b/prod.yaml", "prod" },  { "prod.yml", "prod" },
		{ "/x/6.1.json", "6.1" },     { "conf.d/", "conf.d" },
		{ "my config", "my-config" }, { "a/..b/c:d.yaml", "c-d" },
	};
	char name[FLEET_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(fleet_name(cases[i][0], name), 0);
		assert_string_equal(name, cases[i][1]);
	}
}

static void a_name_that_is_none_is_refused(void **state)
{
	static const char *const cases[] = { "",   "/",	    "-",	 ".",
					     "..", ".yaml", "x/.hidden", "a/../.." };
	char name[FLEET_NAME_MAX], longest[FLEET_NAME_MAX + 8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(fleet_name(cases[i], name), -EINVAL);
	memset(longest, 'x', sizeof(longest));
	longest[FLEET_NAME_MAX] = '\0';
	assert_int_equal(fleet_name(longest, name), -EINVAL);
	longest[FLEET_NAME_MAX - 1] = '\0';
	assert_int_equal(fleet_name(longest, name), 0);
}

static struct fleet_row rows[] = {
	{ .config = "prod",
	  .target = "new-kernel",
	  .release = "1.16",
	  .has_bundle = true,
	  .host_routing = true,
	  .sha256 = "ab" },
	{ .config = "prod",
	  .target = "old",
	  .release = "1.16",
	  .has_bundle = true,
	  .why = "no helper (HR-X)" },
	{ .config = "b", .target = "old", .why = "cannot be read" },
};
static const struct fleet fleet = {
	.rows = rows, .row_count = ARRAY_SIZE(rows), .objects_referenced = 6, .objects_stored = 5
};

static void the_table_has_a_row_each_and_counts(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(fleet_write_text(&fleet, &text), 0);
	assert_string_equal(text,
			    "CONFIG  TARGET      CILIUM  ROUTING  WHY\n"
			    "prod    new-kernel  1.16    BPF\n"
			    "prod    old         1.16    Legacy   no helper (HR-X)\n"
			    "b       old         ?       none     cannot be read\n"
			    "2 of 3 combinations have a bundle; 6 objects, 5 of them stored\n");
}

static void json_has_null_where_there_is_nothing(void **state)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(json) json_t *root = NULL;
	json_t *list, *row;

	(void)state;
	assert_int_equal(fleet_write_json(&fleet, &text), 0);
	root = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(root, "schema")), FLEET_SCHEMA);
	list = json_object_get(root, "combinations");
	assert_int_equal(json_array_size(list), 3);
	row = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(row, "mode")), "BPF");
	assert_true(json_is_null(json_object_get(row, "why")));
	assert_string_equal(json_string_value(json_object_get(row, "bundle")), "prod/new-kernel");
	row = json_array_get(list, 2);
	assert_true(json_is_null(json_object_get(row, "mode")));
	assert_true(json_is_null(json_object_get(row, "bundle")));
	assert_true(json_is_null(json_object_get(row, "release")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_file_without_folder_and_ending),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(the_table_has_a_row_each_and_counts),
		cmocka_unit_test(json_has_null_where_there_is_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
