// SPDX-License-Identifier: BSD-2-Clause
/* Names of answers and sources. */
#include "probe/tri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_nobody_answered_is_unknown(void **state)
{
	struct answer a;

	(void)state;
	memset(&a, 0, sizeof(a));
	assert_int_equal(a.value, ANSWER_UNKNOWN);
	assert_int_equal(a.source, SOURCE_NONE);
}

static void the_three_answers_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(tri_name(ANSWER_UNKNOWN), "unknown");
	assert_string_equal(tri_name(ANSWER_NO), "no");
	assert_string_equal(tri_name(ANSWER_YES), "yes");
}

static void every_source_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < SOURCE__COUNT; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(source_name(i), source_name(j));
	}
	assert_string_equal(source_name(SOURCE_LOADED), "loaded");
	assert_string_equal(source_name(SOURCE_BTF), "btf");
}

static void a_value_out_of_range_is_not_an_answer(void **state)
{
	(void)state;
	assert_string_equal(tri_name(ANSWER__COUNT), "unknown");
	assert_string_equal(source_name(SOURCE__COUNT), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_answered_is_unknown),
		cmocka_unit_test(the_three_answers_have_their_names),
		cmocka_unit_test(every_source_has_a_name_of_its_own),
		cmocka_unit_test(a_value_out_of_range_is_not_an_answer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
