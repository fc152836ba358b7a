// SPDX-License-Identifier: BSD-2-Clause
/* What a compiler read, as it says itself, and whether that is still the same. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "compiler/file_id.h"
#include "compiler/includes.h"

static char top[64]; /* everything happens below it: templates in a and b, the rest in "" */

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/test_includes.XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(top);
}

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", top, name), 0);
	return path;
}

static void store(const char *name, const char *text)
{
	char parent[PATH_MAX];

	assert_int_equal(path_format(parent, sizeof(parent), "%s", path_of(name)), 0);
	*strrchr(parent, '/') = '\0';
	assert_int_equal(dir_make(parent), 0);
	assert_int_equal(file_write_atomic(path_of(name), text, strlen(text)), 0);
}

/* includes_read() of a text; "" after a failure. */
static const char *list_of(const char *text)
{
	static struct buf list;

	buf_fini(&list);
	list = (struct buf){ 0 };
	store("deps", text);
	buf_puts(&list, "");
	if (includes_read(path_of("deps"), "/stage/raw", &list))
		return "";
	return list.data;
}

static void paths_are_read_as_make_writes_them(void **state)
{
	(void)state;
	assert_string_equal(list_of("object: one.c lib/two.h \\\n  lib/three.h\n"),
			    "one.c\nlib/two.h\nlib/three.h\n");
	assert_string_equal(list_of("object: with\\ blank.h a\\#b c$$d\n"),
			    "with blank.h\na#b\nc$d\n");
}

static void the_generated_header_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(list_of("object: one.c /stage/raw/node_config.h two.h\n"),
			    "one.c\ntwo.h\n");
	assert_string_equal(list_of("object: /stage/rawer/node_config.h\n"),
			    "/stage/rawer/node_config.h\n");
}

static void places_searched_before_a_header_are_listed_before_it(void **state)
{
	(void)state;
	assert_string_equal(list_of("object: /usr/include/linux/in.h\n"),
			    "linux/in.h\n/usr/local/include/linux/in.h\n/usr/include/linux/in.h\n");
	assert_string_equal(list_of("object: /usr/local/include/bpf/x.h\n"),
			    "bpf/x.h\n/usr/local/include/bpf/x.h\n");
	assert_string_equal(
		list_of("object: /usr/include/" HR_MULTIARCH "/asm/types.h\n"),
		"asm/types.h\n/usr/local/include/asm/types.h\n/usr/include/asm/types.h\n"
		"/usr/include/" HR_MULTIARCH "/asm/types.h\n");
}

static void what_is_no_dependency_file_is_refused(void **state)
{
	_cleanup_buf_ struct buf many = { 0 };
	struct buf list = { 0 };

	(void)state;
	assert_string_equal(list_of(""), "");
	assert_string_equal(list_of("no colon here\n"), "");
	assert_string_equal(list_of("object: \n"), "");
	assert_int_equal(includes_read(path_of("missing"), "/stage", &list), -ENOENT);
	assert_int_equal(file_write_atomic(path_of("deps"), "object: a\0b.h", 13), 0);
	assert_int_equal(includes_read(path_of("deps"), "/stage", &list), -EINVAL);
	buf_puts(&many, "object:");
	for (size_t i = 0; i <= INCLUDES_MAX; i++)
		buf_printf(&many, " %zu.h", i);
	assert_string_equal(list_of(many.data), "");
	buf_fini(&list);
}

/* The fingerprint of a list under templates `dir`; with what an earlier run knew. NULL when there is none. */
static char *fingerprint(const char *dir, const char *list, char *known)
{
	struct include_memo memo;
	struct buf out = { 0 };
	char templates[PATH_MAX], *text = NULL;

	assert_int_equal(path_format(templates, sizeof(templates), "%s/%s", top, dir), 0);
	include_memo_init(&memo, known);
	if (includes_fingerprint(&memo, templates, list, &out) == 0)
		assert_int_equal(buf_take(&out, &text), 0);
	buf_fini(&out);
	include_memo_fini(&memo);
	return text;
}

static bool is_same(const char *dir, const char *list, const char *wanted)
{
	_cleanup_free_ char *now = fingerprint(dir, list, NULL);

	return now && !strcmp(now, wanted);
}

static void a_fingerprint_tells_contents_and_not_places(void **state)
{
	_cleanup_free_ char *before = NULL;

	(void)state;
	store("a/one.c", "1");
	store("a/lib/two.h", "2");
	store("b/one.c", "1");
	store("b/lib/two.h", "2");
	before = fingerprint("a", "one.c\nlib/two.h\n", NULL);
	assert_non_null(before);
	assert_true(is_same("b", "one.c\nlib/two.h\n", before));
	store("b/lib/two.h", "3");
	assert_false(is_same("b", "one.c\nlib/two.h\n", before));
	assert_int_equal(unlink(path_of("b/lib/two.h")), 0);
	assert_false(is_same("b", "one.c\nlib/two.h\n", before));
}

static void a_file_that_appears_changes_it(void **state)
{
	_cleanup_free_ char *before = NULL;

	(void)state;
	store("a/one.c", "1");
	before = fingerprint("a", "linux/in.h\none.c\n", NULL);
	assert_true(is_same("a", "linux/in.h\none.c\n", before));
	store("a/linux/in.h", "");
	assert_false(is_same("a", "linux/in.h\none.c\n", before));
}

static void what_cannot_be_read_has_none(void **state)
{
	(void)state;
	store("a/dir/file", "");
	assert_null(fingerprint("a", "dir\n", NULL));
	assert_null(fingerprint("a", "no newline", NULL));
	assert_null(fingerprint("a", "\n", NULL));
}

/* Waits until a file is older than now, by the clock that runs are dated with. */
static void wait_until_old(const char *name)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	struct timespec now;
	struct stat st;

	assert_int_equal(stat(path_of(name), &st), 0);
	do {
		nanosleep(&nap, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (file_id_is_since(&st, &now));
}

/* What a run that took the fingerprint of `list` tells the next one; "" when there is nothing new. */
static char *knowledge(const char *list, char *known)
{
	struct include_memo memo;
	struct buf out = { 0 };
	char *text = NULL;

	include_memo_init(&memo, known);
	assert_int_equal(includes_fingerprint(&memo, path_of(""), list, &out), 0);
	buf_fini(&out);
	out = (struct buf){ 0 };
	if (!include_memo_text(&memo, &out)) {
		buf_fini(&out);
		out = (struct buf){ 0 };
	}
	assert_int_equal(buf_take(&out, &text), 0);
	buf_fini(&out);
	include_memo_fini(&memo);
	return text;
}

static void a_file_that_did_not_change_is_not_read_again(void **state)
{
	_cleanup_free_ char *known = NULL, *forged = NULL, *taken = NULL, *nothing = NULL;

	(void)state;
	store("one.c", "1");
	wait_until_old("one.c");
	known = knowledge("one.c\n", NULL);
	assert_int_not_equal(*known, '\0');
	/* The digest it is told is believed, so it has not looked. */
	forged = strdup(known);
	memset(forged, 'f', DIGEST_TEXT_MAX - 1);
	taken = fingerprint("", "one.c\n", forged);
	assert_int_equal(strspn(taken, "f"), DIGEST_TEXT_MAX - 1);
	nothing = knowledge("one.c\n", known);
	assert_string_equal(nothing, "");
}

static void a_file_that_was_written_to_is_read_again(void **state)
{
	_cleanup_free_ char *known = NULL, *now = NULL, *fresh = NULL;

	(void)state;
	store("one.c", "1");
	wait_until_old("one.c");
	known = knowledge("one.c\n", NULL);
	store("one.c", "2");
	now = fingerprint("", "one.c\n", known);
	fresh = fingerprint("", "one.c\n", NULL);
	assert_string_equal(now, fresh);
}

static void a_file_written_in_this_tick_is_not_remembered(void **state)
{
	struct include_memo memo;
	struct buf out = { 0 };

	(void)state;
	include_memo_init(&memo, NULL);
	store("one.c", "1");
	assert_int_equal(includes_fingerprint(&memo, top, "one.c\n", &out), 0);
	buf_fini(&out);
	out = (struct buf){ 0 };
	assert_false(include_memo_text(&memo, &out));
	assert_true(includes_changed(&memo, top, "one.c\n"));
	include_memo_fini(&memo);
	buf_fini(&out);
}

static void a_file_that_was_there_before_has_not_changed(void **state)
{
	struct include_memo memo;

	(void)state;
	store("one.c", "1");
	wait_until_old("one.c");
	include_memo_init(&memo, NULL);
	assert_false(includes_changed(&memo, top, "one.c\nmissing.h\n"));
	assert_true(includes_changed(&memo, top, "broken list"));
	include_memo_fini(&memo);
}

static void garbage_is_no_knowledge(void **state)
{
	static const char *const texts[] = { "", "\n\n", "x", "x y z\n", "   \n" };

	(void)state;
	store("one.c", "1");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_free_ char *known = strdup(texts[i]), *now = NULL;

		now = fingerprint("", "one.c\n", known);
		assert_true(is_same("", "one.c\n", now));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_are_read_as_make_writes_them),
		TEST(the_generated_header_is_left_out),
		TEST(places_searched_before_a_header_are_listed_before_it),
		TEST(what_is_no_dependency_file_is_refused),
		TEST(a_fingerprint_tells_contents_and_not_places),
		TEST(a_file_that_appears_changes_it),
		TEST(what_cannot_be_read_has_none),
		TEST(a_file_that_did_not_change_is_not_read_again),
		TEST(a_file_that_was_written_to_is_read_again),
		TEST(a_file_written_in_this_tick_is_not_remembered),
		TEST(a_file_that_was_there_before_has_not_changed),
		TEST(garbage_is_no_knowledge),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
