// SPDX-License-Identifier: BSD-2-Clause
/* common/file: bounded reads, replacing files whole, paths, directories. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"

/* Every test has a directory of its own, which its teardown removes. */
static int make_dir(void **state)
{
	char *dir = strdup("/tmp/test_file.XXXXXX");

	*state = dir;
	return dir && mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	int err = dir_remove(*state);

	free(*state);
	return err;
}

static const char *in_dir(void **state, const char *name)
{
	static char path[128];

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", (char *)*state, name), 0);
	return path;
}

static void a_file_reads_back_as_written(void **state)
{
	const char *path = in_dir(state, "f");
	_cleanup_free_ char *data = NULL;
	size_t len = 0;

	assert_int_equal(file_write_atomic(path, "a\0b\n", 4), 0);
	assert_int_equal(file_read(path, 4, &data, &len), 0);
	assert_int_equal(len, 4);
	assert_memory_equal(data, "a\0b\n", 5);
}

static void a_read_stops_at_its_limit(void **state)
{
	const char *path = in_dir(state, "f");
	char *data = NULL;
	size_t len;

	assert_int_equal(file_write_atomic(path, "12345", 5), 0);
	assert_int_equal(file_read(path, 4, &data, &len), -EFBIG);
	assert_int_equal(file_read("/dev/zero", 4, &data, &len), -EINVAL);
	assert_null(data);
}

static void what_is_no_file_is_refused(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char *data = NULL;
	size_t len;

	assert_int_equal(file_read(*state, 10, &data, &len), -EISDIR);
	assert_int_equal(file_read(in_dir(state, "absent"), 10, &data, &len), -ENOENT);
	assert_int_equal(file_read("/dev/null", 10, &data, &len), -EINVAL);
	assert_int_equal(
		path_format(addr.sun_path, sizeof(addr.sun_path), "%s/socket", (char *)*state), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_true(file_read(addr.sun_path, 10, &data, &len) < 0);
	assert_null(data);
}

static void a_proc_file_without_a_size_is_read_whole(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_read("/proc/self/stat", 4096, &data, &len), 0);
	assert_true(len > 10);
	assert_int_equal(data[len], '\0');
}

static void a_pipe_is_read_to_its_end(void **state)
{
	_cleanup_free_ char *data = NULL;
	char path[32];
	size_t len = 0;
	int fds[2], err;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "through", 7), 7);
	close(fds[1]);
	assert_int_equal(path_format(path, sizeof(path), "/dev/fd/%d", fds[0]), 0);
	err = file_read(path, 100, &data, &len);
	close(fds[0]);
	assert_int_equal(err, 0);
	assert_string_equal(data, "through");
}

static void a_dash_is_standard_input(void **state)
{
	_cleanup_free_ char *data = NULL;
	int fds[2], saved = dup(STDIN_FILENO), err;
	size_t len = 0;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "typed", 5), 5);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	err = file_read("-", 100, &data, &len);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_int_equal(err, 0);
	assert_string_equal(data, "typed");
}

static void a_fifo_without_a_writer_does_not_hang(void **state)
{
	const char *path = in_dir(state, "fifo");
	_cleanup_free_ char *data = NULL;
	size_t len = 1;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(path, 100, &data, &len), 0);
	assert_int_equal(len, 0);
}

static void replacing_a_file_leaves_no_other_behind(void **state)
{
	const char *path = in_dir(state, "f");
	_cleanup_free_ char *data = NULL;
	struct stat st;
	size_t len;
	mode_t mask;

	assert_int_equal(file_write_atomic(path, "old", 3), 0);
	mask = umask(027);
	assert_int_equal(file_write_atomic(path, "new!", 4), 0);
	umask(mask);
	assert_int_equal(file_read(path, 10, &data, &len), 0);
	assert_string_equal(data, "new!");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(*state), 0);
	assert_int_equal(mkdir(*state, 0700), 0);
}

static void a_new_file_does_not_replace_another(void **state)
{
	const char *path = in_dir(state, "new");
	_cleanup_free_ char *data = NULL;
	size_t len = 0;

	assert_int_equal(file_write_new(path, "one", 3), 0);
	assert_int_equal(file_write_new(path, "two", 3), -EEXIST);
	assert_int_equal(file_read(path, 16, &data, &len), 0);
	assert_string_equal(data, "one");
}

static void a_reader_of_the_old_file_keeps_the_old_bytes(void **state)
{
	const char *path = in_dir(state, "f");
	_cleanup_close_ int fd = -1;
	char old[4] = "";

	assert_int_equal(file_write_atomic(path, "old", 3), 0);
	fd = open(path, O_RDONLY);
	assert_int_equal(file_write_atomic(path, "new", 3), 0);
	assert_int_equal(read(fd, old, 3), 3);
	assert_string_equal(old, "old");
}

static void a_write_that_fails_leaves_no_temporary_file(void **state)
{
	char path[128];

	assert_int_equal(path_format(path, sizeof(path), "%s/d", (char *)*state), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(file_write_atomic(path, "x", 1) < 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(*state), 0);
	assert_int_equal(file_write_atomic(in_dir(state, "f"), "x", 1), -ENOENT);
	assert_int_equal(mkdir(*state, 0700), 0);
}

static void a_path_too_long_is_an_error_not_a_shorter_path(void **state)
{
	char path[8];

	(void)state;
	assert_int_equal(path_format(path, sizeof(path), "%s", "1234567"), 0);
	assert_int_equal(path_format(path, sizeof(path), "%s", "12345678"), -ENAMETOOLONG);
}

static void directories_are_made_with_their_parents(void **state)
{
	struct stat st;

	assert_int_equal(dir_make(in_dir(state, "a/b/c")), 0);
	assert_int_equal(dir_make(in_dir(state, "a/b/c")), 0);
	assert_int_equal(stat(in_dir(state, "a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void the_parents_alone_can_be_made(void **state)
{
	assert_int_equal(dir_make_parents(in_dir(state, "p/q/r")), 0);
	assert_int_equal(access(in_dir(state, "p/q"), F_OK), 0);
	assert_int_equal(access(in_dir(state, "p/q/r"), F_OK), -1);
	assert_int_equal(dir_make_parents(in_dir(state, "p/q/r")), 0);
	assert_int_equal(dir_make_parents("plain"), 0);
	assert_int_equal(access("plain", F_OK), -1);
	assert_int_equal(dir_make_parents(""), 0);
}

static void removing_a_directory_does_not_follow_links(void **state)
{
	char target[128], link[128];

	assert_int_equal(path_format(target, sizeof(target), "%s/kept", (char *)*state), 0);
	assert_int_equal(path_format(link, sizeof(link), "%s/gone/deep/link", (char *)*state), 0);
	assert_int_equal(dir_make(target), 0);
	assert_int_equal(dir_make(in_dir(state, "gone/deep")), 0);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(file_write_atomic(in_dir(state, "kept/f"), "x", 1), 0);
	assert_int_equal(dir_remove(in_dir(state, "gone")), 0);
	assert_int_equal(access(in_dir(state, "gone"), F_OK), -1);
	assert_int_equal(access(in_dir(state, "kept/f"), F_OK), 0);
	assert_int_equal(dir_remove(in_dir(state, "gone")), 0);
}

static void a_file_is_found_beside_this_program(void **state)
{
	char path[PATH_MAX], small[4];

	(void)state;
	assert_int_equal(file_beside_self("test_file.t", path, sizeof(path)), 0);
	assert_int_equal(access(path, X_OK), 0);
	assert_int_equal(file_beside_self("no-such-file", path, sizeof(path)), -ENOENT);
	assert_int_equal(file_beside_self("test_file.t", small, sizeof(small)), -ENAMETOOLONG);
}

#define TEST_IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_file_reads_back_as_written),
		TEST_IN_DIR(a_read_stops_at_its_limit),
		TEST_IN_DIR(what_is_no_file_is_refused),
		TEST_IN_DIR(a_proc_file_without_a_size_is_read_whole),
		TEST_IN_DIR(a_pipe_is_read_to_its_end),
		TEST_IN_DIR(a_dash_is_standard_input),
		TEST_IN_DIR(a_fifo_without_a_writer_does_not_hang),
		TEST_IN_DIR(replacing_a_file_leaves_no_other_behind),
		TEST_IN_DIR(a_new_file_does_not_replace_another),
		TEST_IN_DIR(a_reader_of_the_old_file_keeps_the_old_bytes),
		TEST_IN_DIR(a_write_that_fails_leaves_no_temporary_file),
		TEST_IN_DIR(a_path_too_long_is_an_error_not_a_shorter_path),
		TEST_IN_DIR(directories_are_made_with_their_parents),
		TEST_IN_DIR(the_parents_alone_can_be_made),
		TEST_IN_DIR(removing_a_directory_does_not_follow_links),
		cmocka_unit_test(a_file_is_found_beside_this_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
