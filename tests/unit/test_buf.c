// SPDX-License-Identifier: BSD-2-Clause
/* common/buf: grows as needed, ends in a NUL, and remembers a failure to grow. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"

static void an_empty_buffer_is_taken_as_an_empty_string(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(buf_take(&b, &text), 0);
	assert_string_equal(text, "");
}

static void pieces_are_joined_in_order(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "a=");
	buf_printf(&b, "%d %s", 7, "x");
	buf_append(&b, "yz!", 2);
	buf_puts(&b, "");
	assert_int_equal(b.len, strlen("a=7 xyz"));
	assert_int_equal(buf_take(&b, &text), 0);
	assert_string_equal(text, "a=7 xyz");
}

static void a_long_text_survives_growing(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%04d", i);
	assert_int_equal(b.len, 40000);
	assert_int_equal(buf_take(&b, &text), 0);
	assert_memory_equal(text + 4 * 1234, "12341235", 8);
	assert_int_equal(strlen(text), 40000);
}

static void embedded_nuls_are_kept(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct buf b = { 0 };

	(void)state;
	buf_append(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_int_equal(buf_take(&b, &text), 0);
	assert_memory_equal(text, "a\0b", 4);
}

static void a_taken_buffer_starts_anew(void **state)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "one");
	assert_int_equal(buf_take(&b, &first), 0);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_puts(&b, "two");
	assert_int_equal(buf_take(&b, &second), 0);
	assert_string_equal(first, "one");
	assert_string_equal(second, "two");
}

static void a_failure_to_grow_sticks_until_the_end(void **state)
{
	char *text = NULL;
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "kept");
	buf_append(&b, "", SIZE_MAX);
	buf_puts(&b, "lost");
	assert_int_equal(b.err, -ENOMEM);
	assert_string_equal(b.data, "kept");
	assert_int_equal(buf_take(&b, &text), -ENOMEM);
	assert_null(text);
	assert_null(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_taken_as_an_empty_string),
		cmocka_unit_test(pieces_are_joined_in_order),
		cmocka_unit_test(a_long_text_survives_growing),
		cmocka_unit_test(embedded_nuls_are_kept),
		cmocka_unit_test(a_taken_buffer_starts_anew),
		cmocka_unit_test(a_failure_to_grow_sticks_until_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
