// SPDX-License-Identifier: BSD-2-Clause
/* A cache gives back what was put or nothing, trusts nobody else, and stays small. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "compiler/cache.h"

static char top[64]; /* everything happens below it */
static char place[80]; /* <top>/cache */
static struct cache cache;

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/test_cache.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(place, sizeof(place), "%s/cache", top);
	cache_open(place, &cache);
	return cache.dir_fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	cache_close(&cache);
	return dir_remove(top);
}

/* The key of a name, and the path of its entry. */
static const char *key_of(const char *name)
{
	static char key[DIGEST_TEXT_MAX];

	digest_data(name, strlen(name), key);
	return key;
}

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", place, key_of(name)), 0);
	return path;
}

static void put(const char *name, const char *text)
{
	cache_put(&cache, key_of(name), text, strlen(text));
}

static bool holds(const char *name, const char *text)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	return cache_get(&cache, key_of(name), &data, &len) == 0 && len == strlen(text) &&
	       !strcmp(data, text);
}

static bool misses(const char *name)
{
	char *data = NULL;
	size_t len;

	return cache_get(&cache, key_of(name), &data, &len) == -ENOENT && !data;
}

static void what_was_put_is_found_under_its_key_alone(void **state)
{
	(void)state;
	assert_true(misses("a"));
	put("a", "contents of a");
	assert_true(holds("a", "contents of a"));
	assert_true(misses("b"));
	put("a", "");
	assert_true(holds("a", ""));
}

static void it_is_found_by_the_next_process_too(void **state)
{
	struct stat st;

	(void)state;
	put("a", "contents of a");
	cache_close(&cache);
	assert_true(misses("a"));
	cache_open(place, &cache);
	assert_true(holds("a", "contents of a"));
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(path_of("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_damaged_entry_is_a_miss_and_is_replaced(void **state)
{
	_cleanup_free_ char *whole = NULL;
	size_t len;

	(void)state;
	put("a", "contents of a");
	assert_int_equal(file_read(path_of("a"), 4096, &whole, &len), 0);
	for (size_t i = 0; i < len; i++) {
		whole[i] ^= 1;
		assert_int_equal(file_write_atomic(path_of("a"), whole, len), 0);
		assert_true(misses("a"));
		whole[i] ^= 1;
		assert_int_equal(file_write_atomic(path_of("a"), whole, i), 0);
		assert_true(misses("a"));
	}
	put("a", "contents of a");
	assert_true(holds("a", "contents of a"));
}

static void an_entry_under_the_key_of_another_is_a_miss(void **state)
{
	char from[PATH_MAX];

	(void)state;
	put("a", "contents of a");
	assert_int_equal(path_format(from, sizeof(from), "%s", path_of("a")), 0);
	assert_int_equal(rename(from, path_of("b")), 0);
	assert_true(misses("b"));
	put("b", "contents of b");
	assert_true(holds("b", "contents of b"));
}

static void what_is_no_entry_of_ours_is_a_miss(void **state)
{
	char aside[PATH_MAX];

	(void)state;
	put("a", "contents of a");
	assert_int_equal(chmod(path_of("a"), 0666), 0);
	assert_true(misses("a"));
	assert_int_equal(chmod(path_of("a"), 0600), 0);
	assert_true(holds("a", "contents of a"));
	assert_int_equal(path_format(aside, sizeof(aside), "%s/aside", top), 0);
	assert_int_equal(rename(path_of("a"), aside), 0);
	assert_int_equal(symlink(aside, path_of("a")), 0);
	assert_true(misses("a"));
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_true(misses("pipe"));
	assert_int_equal(mkdir(path_of("directory"), 0700), 0);
	assert_true(misses("directory"));
}

static void a_directory_that_others_may_write_is_not_used(void **state)
{
	static const mode_t modes[] = { 0720, 0702, 0777, 01777 };

	(void)state;
	put("a", "contents of a");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		cache_close(&cache);
		assert_int_equal(chmod(place, modes[i]), 0);
		cache_open(place, &cache);
		assert_true(misses("a"));
		put("b", "contents of b");
		assert_int_not_equal(access(path_of("b"), F_OK), 0);
	}
	assert_int_equal(chmod(place, 0755), 0);
	cache_open(place, &cache);
	assert_true(holds("a", "contents of a"));
}

static void a_directory_of_another_user_is_not_used(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	put("a", "contents of a");
	cache_close(&cache);
	assert_int_equal(chown(place, 65534, 65534), 0);
	cache_open(place, &cache);
	assert_true(misses("a"));
}

static void a_place_that_cannot_be_had_is_no_failure(void **state)
{
	char below[PATH_MAX];

	(void)state;
	cache_close(&cache);
	assert_int_equal(path_format(below, sizeof(below), "%s/file", top), 0);
	assert_int_equal(file_write_atomic(below, "", 0), 0);
	cache_open(below, &cache);
	assert_true(misses("a"));
	assert_int_equal(path_format(below, sizeof(below), "%s/file/cache", top), 0);
	cache_open(below, &cache);
	put("a", "contents of a");
	assert_true(misses("a"));
}

static void no_cache_keeps_nothing(void **state)
{
	struct cache none;
	char *data;
	size_t len;

	(void)state;
	cache_none(&none);
	cache_put(&none, key_of("a"), "x", 1);
	assert_int_equal(cache_get(&none, key_of("a"), &data, &len), -ENOENT);
	cache_close(&none);
}

/* Opens the default cache and puts one entry; true when that made `dir`. */
static bool default_is(const char *dir)
{
	struct cache c;
	bool same;

	cache_open(NULL, &c);
	same = !strcmp(c.path, dir) && access(dir, F_OK) == 0;
	cache_close(&c);
	return same;
}

static void the_default_is_in_the_users_cache(void **state)
{
	char xdg[PATH_MAX], home[PATH_MAX], in_xdg[PATH_MAX], in_home[PATH_MAX];

	(void)state;
	assert_int_equal(path_format(xdg, sizeof(xdg), "%s/xdg", top), 0);
	assert_int_equal(path_format(home, sizeof(home), "%s/home", top), 0);
	assert_int_equal(path_format(in_xdg, sizeof(in_xdg), "%s/xdg/hostroute", top), 0);
	assert_int_equal(path_format(in_home, sizeof(in_home), "%s/home/.cache/hostroute", top), 0);
	setenv("XDG_CACHE_HOME", xdg, 1);
	setenv("HOME", home, 1);
	assert_true(default_is(in_xdg));
	setenv("XDG_CACHE_HOME", "relative", 1);
	assert_true(default_is(in_home));
	unsetenv("XDG_CACHE_HOME");
	assert_true(default_is(in_home));
}

static void set_age(const char *path, time_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = time(NULL) - seconds },
					   { .tv_sec = time(NULL) - seconds } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void the_entries_that_were_not_used_for_longest_go(void **state)
{
	char thesis[PATH_MAX];

	(void)state;
	assert_int_equal(path_format(thesis, sizeof(thesis), "%s/thesis.tex", place), 0);
	assert_int_equal(file_write_atomic(thesis, "x", 1), 0);
	set_age(thesis, 900000);
	put("new", "1");
	put("old", "2");
	put("oldest but used", "3");
	put("older", "4");
	set_age(path_of("old"), 10000);
	set_age(path_of("older"), 20000);
	set_age(path_of("oldest but used"), 30000);
	assert_true(holds("oldest but used", "3"));
	cache.limits.entries = 2;
	cache_close(&cache);
	cache_open(place, &cache);
	assert_true(holds("new", "1"));
	assert_true(holds("oldest but used", "3"));
	assert_true(misses("old"));
	assert_true(misses("older"));
	assert_int_equal(access(thesis, F_OK), 0);
}

static void size_is_bounded_too(void **state)
{
	char large[1001] = { 0 };

	(void)state;
	memset(large, 'x', 1000);
	put("a", large);
	put("b", large);
	put("c", large);
	set_age(path_of("b"), 10000);
	cache.limits.bytes = 2500;
	cache_close(&cache);
	cache_open(place, &cache);
	assert_true(holds("a", large));
	assert_true(misses("b"));
	assert_true(holds("c", large));
}

static void what_killed_writers_left_goes_once_it_is_old(void **state)
{
	char old[PATH_MAX], fresh[PATH_MAX];

	(void)state;
	assert_int_equal(path_format(old, sizeof(old), "%s/tmp.1.2.3", place), 0);
	assert_int_equal(path_format(fresh, sizeof(fresh), "%s/tmp.4.5.6", place), 0);
	assert_int_equal(file_write_atomic(old, "half", 4), 0);
	assert_int_equal(file_write_atomic(fresh, "half", 4), 0);
	set_age(old, 10000);
	put("a", "1");
	cache_close(&cache);
	assert_int_not_equal(access(old, F_OK), 0);
	assert_int_equal(access(fresh, F_OK), 0);
}

#define WRITERS 4
#define ENTRIES 8

/* Puts and gets the same entries as the others do, until it is killed; exits when one is not as it was put. */
static void write_and_check(void)
{
	char name[16], text[5000];

	for (unsigned int round = 0;; round++) {
		snprintf(name, sizeof(name), "entry %u", round % ENTRIES);
		memset(text, 'a' + (int)(round % ENTRIES), sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		put(name, text);
		if (!holds(name, text))
			_exit(1);
	}
}

static void writers_that_are_killed_leave_whole_entries_or_none(void **state)
{
	const struct timespec nap = { .tv_nsec = 30000000 };
	pid_t pids[WRITERS];
	char name[16], *data;
	size_t len;
	int status;

	(void)state;
	for (size_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			write_and_check();
	}
	nanosleep(&nap, NULL);
	for (size_t i = 0; i < WRITERS; i++) {
		assert_int_equal(kill(pids[i], SIGKILL), 0);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	for (unsigned int i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof(name), "entry %u", i);
		if (access(path_of(name), F_OK))
			continue;
		assert_int_equal(cache_get(&cache, key_of(name), &data, &len), 0);
		assert_int_equal(len, 4999);
		assert_int_equal(strspn(data, (const char[]){ 'a' + (char)i, '\0' }), len);
		free(data);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_found_under_its_key_alone),
		TEST(it_is_found_by_the_next_process_too),
		TEST(a_damaged_entry_is_a_miss_and_is_replaced),
		TEST(an_entry_under_the_key_of_another_is_a_miss),
		TEST(what_is_no_entry_of_ours_is_a_miss),
		TEST(a_directory_that_others_may_write_is_not_used),
		TEST(a_directory_of_another_user_is_not_used),
		TEST(a_place_that_cannot_be_had_is_no_failure),
		TEST(no_cache_keeps_nothing),
		TEST(the_default_is_in_the_users_cache),
		TEST(the_entries_that_were_not_used_for_longest_go),
		TEST(size_is_bounded_too),
		TEST(what_killed_writers_left_goes_once_it_is_old),
		TEST(writers_that_are_killed_leave_whole_entries_or_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
