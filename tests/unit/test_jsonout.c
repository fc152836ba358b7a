// SPDX-License-Identifier: BSD-2-Clause
/* JSON text: order, newline, nulls, and a tree that could not be made. */
#include "common/jsonout.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void keys_stay_in_order_and_the_text_ends_with_a_newline(void **state)
{
	_cleanup_(json) json_t *root = json_object();
	_cleanup_free_ char *text = NULL;

	(void)state;
	jsonout_put_text(root, "zebra", "last of the alphabet");
	jsonout_put(root, "ant", json_integer(1));
	assert_int_equal(jsonout_text(root, 1, &text), 0);
	assert_string_equal(text, "{\n \"zebra\": \"last of the alphabet\",\n \"ant\": 1\n}\n");
}

static void what_is_missing_or_not_utf8_is_null(void **state)
{
	_cleanup_(json) json_t *root = json_object();

	(void)state;
	jsonout_put_text(root, "missing", NULL);
	jsonout_put_text(root, "damaged", "\xff");
	jsonout_put(root, "none", NULL);
	assert_true(json_is_null(json_object_get(root, "missing")));
	assert_true(json_is_null(json_object_get(root, "damaged")));
	assert_true(json_is_null(json_object_get(root, "none")));
}

static void a_tree_that_could_not_be_made_is_an_error(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(jsonout_text(NULL, 1, &text), -ENOMEM);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_stay_in_order_and_the_text_ends_with_a_newline),
		cmocka_unit_test(what_is_missing_or_not_utf8_is_null),
		cmocka_unit_test(a_tree_that_could_not_be_made_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
