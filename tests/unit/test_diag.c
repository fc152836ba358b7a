// SPDX-License-Identifier: BSD-2-Clause
/* common/diag: the exact text that users read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/diag.h"

static void assert_prints(const struct diag_list *list, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	diag_print(list, out);
	fclose(out);
	assert_string_equal(text, expected);
}

static void an_error_shows_position_line_and_caret(void **state)
{
	struct pos pos = { .file = "cilium-config.yaml", .line = 2, .col = 16 };
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_ERROR, pos, "data:\n  enable-ipv4: \"yes\"\nkind: x\n",
		 "%s: \"%s\" is not a boolean", "enable-ipv4", "yes");
	assert_prints(&list,
		      "cilium-config.yaml:2:16: error: enable-ipv4: \"yes\" is not a boolean\n"
		      "    enable-ipv4: \"yes\"\n"
		      "                 ^\n");
	assert_true(diag_has_errors(&list));
}

static void a_message_about_the_whole_input_has_no_line(void **state)
{
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_ERROR, (struct pos){ .file = "x.yaml" }, "text\n", "unreadable");
	diag_add(&list, DIAG_WARNING, (struct pos){ 0 }, NULL, "odd");
	diag_add(&list, DIAG_NOTE, (struct pos){ .file = "x", .line = 9, .col = 1 }, "one\n", "n");
	assert_prints(&list, "x.yaml: error: unreadable\n"
			     "warning: odd\n"
			     "x:9:1: note: n\n");
}

static void warnings_are_not_errors(void **state)
{
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_WARNING, (struct pos){ 0 }, NULL, "w");
	diag_add(&list, DIAG_NOTE, (struct pos){ 0 }, NULL, "n");
	assert_false(diag_has_errors(&list));
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct pos pos = { .file = "f", .line = 1, .col = 3 };
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_ERROR, pos, "a\tb\x1b[31mc\r\nnext", "bad %s", "\x1b]0;x\ay\n");
	assert_prints(&list, "f:1:3: error: bad .]0;x.y.\n"
			     "  a.b.[31mc\n"
			     "    ^\n");
}

static void a_long_line_is_cut_around_the_column(void **state)
{
	struct pos pos = { .file = "f", .line = 1, .col = 1001 };
	_cleanup_diag_ struct diag_list list = { 0 };
	char line[2001];

	(void)state;
	memset(line, '-', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	line[1000] = 'X';
	diag_add(&list, DIAG_ERROR, pos, line, "here");
	assert_true(strlen(list.items[0].source_line) < 200);
	assert_int_equal(list.items[0].source_line[list.items[0].caret - 1], 'X');
}

static void columns_count_characters_not_bytes(void **state)
{
	struct pos pos = { .file = "f", .line = 1, .col = 4 };
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_ERROR, pos, "\xc3\xa4\xc3\xb6: x", "here");
	assert_prints(&list, "f:1:4: error: here\n"
			     "  \xc3\xa4\xc3\xb6: x\n"
			     "     ^\n");
}

static void a_caret_may_point_just_behind_the_line(void **state)
{
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_ERROR, (struct pos){ "f", 1, 3 }, "ab\n", "more expected");
	diag_add(&list, DIAG_ERROR, (struct pos){ "f", 1, 4 }, "ab\n", "far off");
	assert_prints(&list, "f:1:3: error: more expected\n"
			     "  ab\n"
			     "    ^\n"
			     "f:1:4: error: far off\n"
			     "  ab\n");
}

static void what_is_beyond_the_limit_is_counted_only(void **state)
{
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	for (int i = 0; i < DIAG_MAX + 3; i++)
		diag_add(&list, DIAG_ERROR, (struct pos){ 0 }, NULL, "number %d", i);
	assert_int_equal(list.count, DIAG_MAX);
	assert_int_equal(list.errors, DIAG_MAX + 3);
	assert_int_equal(list.dropped, 3);
	assert_string_equal(list.items[DIAG_MAX - 1].text, "number 19");
}

static void an_error_takes_the_place_of_a_warning_in_a_full_list(void **state)
{
	_cleanup_diag_ struct diag_list list = { 0 };

	(void)state;
	diag_add(&list, DIAG_ERROR, (struct pos){ 0 }, NULL, "first error");
	for (int i = 1; i < DIAG_MAX; i++)
		diag_add(&list, DIAG_WARNING, (struct pos){ 0 }, NULL, "warning %d", i);
	diag_add(&list, DIAG_ERROR, (struct pos){ 0 }, NULL, "late error");
	assert_int_equal(list.count, DIAG_MAX);
	assert_int_equal(list.errors, 2);
	assert_int_equal(list.dropped, 1);
	assert_string_equal(list.items[0].text, "first error");
	assert_string_equal(list.items[DIAG_MAX - 2].text, "warning 18");
	assert_string_equal(list.items[DIAG_MAX - 1].text, "late error");
}

static void the_end_of_a_full_list_tells_how_many_are_missing(void **state)
{
	_cleanup_diag_ struct diag_list list = { .dropped = 2 };

	(void)state;
	assert_prints(&list, "... and 2 more\n");
}

static void a_moved_list_follows_what_was_there(void **state)
{
	_cleanup_diag_ struct diag_list to = { 0 }, from = { 0 };

	(void)state;
	diag_add(&to, DIAG_ERROR, (struct pos){ 0 }, NULL, "first");
	for (int i = 0; i < DIAG_MAX; i++)
		diag_add(&from, DIAG_ERROR, (struct pos){ 0 }, NULL, "number %d", i);
	diag_move(&to, &from);
	assert_int_equal(to.count, DIAG_MAX);
	assert_int_equal(to.errors, DIAG_MAX + 1);
	assert_int_equal(to.dropped, 1);
	assert_string_equal(to.items[0].text, "first");
	assert_string_equal(to.items[1].text, "number 0");
	assert_int_equal(from.count, 0);
	assert_int_equal(from.errors, 0);
}

static void warnings_are_counted_apart_from_notes_also_beyond_the_limit(void **state)
{
	_cleanup_diag_ struct diag_list list = { 0 }, more = { 0 };

	(void)state;
	for (size_t i = 0; i < DIAG_MAX + 5; i++)
		diag_add(&list, DIAG_WARNING, (struct pos){ 0 }, NULL, "w");
	for (size_t i = 0; i < 7; i++)
		diag_add(&list, DIAG_NOTE, (struct pos){ 0 }, NULL, "n");
	diag_add(&more, DIAG_WARNING, (struct pos){ 0 }, NULL, "w");
	diag_move(&list, &more);
	assert_int_equal(list.warnings, DIAG_MAX + 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_shows_position_line_and_caret),
		cmocka_unit_test(a_message_about_the_whole_input_has_no_line),
		cmocka_unit_test(warnings_are_not_errors),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(a_long_line_is_cut_around_the_column),
		cmocka_unit_test(columns_count_characters_not_bytes),
		cmocka_unit_test(a_caret_may_point_just_behind_the_line),
		cmocka_unit_test(what_is_beyond_the_limit_is_counted_only),
		cmocka_unit_test(an_error_takes_the_place_of_a_warning_in_a_full_list),
		cmocka_unit_test(the_end_of_a_full_list_tells_how_many_are_missing),
		cmocka_unit_test(warnings_are_counted_apart_from_notes_also_beyond_the_limit),
		cmocka_unit_test(a_moved_list_follows_what_was_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
