// SPDX-License-Identifier: BSD-2-Clause
/* A bundle appears whole or not at all, and takes nobody else's place. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "compiler/bundle.h"
#include "compiler/manifest.h"

#define OUR_MANIFEST "{\"schema\": \"hostroute.bundle/1\"}"

static char top[64]; /* everything happens below it */
static char place[80]; /* <top>/bundle */

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/test_bundle.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(place, sizeof(place), "%s/bundle", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(top);
}

static void store(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", dir, name), 0);
	assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
}

static bool holds(const char *dir, const char *name, const char *text)
{
	_cleanup_free_ char *data = NULL;
	char path[PATH_MAX];
	size_t len;

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", dir, name), 0);
	return file_read(path, 4096, &data, &len) == 0 && !strcmp(data, text);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static void make_bundle(const char *generation)
{
	assert_int_equal(dir_make(place), 0);
	store(place, MANIFEST_FILE, OUR_MANIFEST);
	store(place, "generation", generation);
}

static void a_new_bundle_takes_its_place(void **state)
{
	struct bundle b;
	struct stat st;

	(void)state;
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	assert_int_not_equal(access(place, F_OK), 0);
	store(b.stage, "generation", "1");
	assert_int_equal(bundle_commit(&b), 0);
	assert_true(holds(place, "generation", "1"));
	assert_int_equal(entries(top), 1);
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

static void modes_do_not_depend_on_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077 };
	char path[PATH_MAX];
	struct stat st;
	struct bundle b;

	(void)state;
	assert_int_equal(path_format(path, sizeof(path), "%s/generation", place), 0);
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		umask(masks[i]);
		assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
		store(b.stage, MANIFEST_FILE, OUR_MANIFEST);
		store(b.stage, "generation", "1");
		assert_int_equal(bundle_commit(&b), 0);
		umask(022);
		assert_int_equal(stat(place, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0755);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0644);
	}
}

/* What a process leaves that is killed after bundle_begin(). */
static void leave_stage(void)
{
	struct bundle b;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (bundle_begin(place, &bundle_of_one, &b) == 0)
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void what_a_killed_run_left_is_removed_by_the_next_one(void **state)
{
	struct bundle b;

	(void)state;
	make_bundle("1");
	leave_stage();
	leave_stage(); /* removes the first one's */
	assert_int_equal(entries(top), 2);
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	bundle_abort(&b);
	assert_int_equal(entries(top), 1);
	assert_true(holds(place, "generation", "1"));
}

static void what_a_living_run_writes_is_left_alone(void **state)
{
	struct bundle first, second;

	(void)state;
	assert_int_equal(bundle_begin(place, &bundle_of_one, &first), 0);
	assert_int_equal(bundle_begin(place, &bundle_of_one, &second), 0);
	store(first.stage, MANIFEST_FILE, OUR_MANIFEST);
	store(second.stage, MANIFEST_FILE, OUR_MANIFEST);
	store(first.stage, "generation", "1");
	store(second.stage, "generation", "2");
	assert_int_equal(bundle_commit(&first), 0);
	assert_true(holds(place, "generation", "1"));
	assert_int_equal(bundle_commit(&second), 0);
	assert_true(holds(place, "generation", "2"));
	assert_int_equal(entries(top), 1);
}

static void a_directory_that_only_looks_left_over_stays(void **state)
{
	char backup[128];
	struct bundle b;

	(void)state;
	snprintf(backup, sizeof(backup), "%s.tmp.backup", place);
	assert_int_equal(dir_make(backup), 0);
	store(backup, MANIFEST_FILE, OUR_MANIFEST);
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	bundle_abort(&b);
	assert_true(holds(backup, MANIFEST_FILE, OUR_MANIFEST));
}

/* From here on this process is on a file system that cannot exchange. */
static int refuse_exchange(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_renameat2, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RENAME_EXCHANGE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void without_exchange_the_old_bundle_stays(void **state)
{
	struct bundle b;
	int status;
	pid_t pid;

	(void)state;
	make_bundle("1");
	pid = fork();
	if (pid == 0) {
		if (refuse_exchange() || bundle_begin(place, &bundle_of_one, &b))
			_exit(1);
		status = bundle_commit(&b);
		bundle_abort(&b);
		_exit(status == -EINVAL ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(holds(place, "generation", "1"));
	assert_int_equal(entries(top), 1);
}

static void a_new_bundle_replaces_an_old_one(void **state)
{
	struct bundle b;

	(void)state;
	make_bundle("1");
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	store(b.stage, "generation", "2");
	assert_true(holds(place, "generation", "1"));
	assert_int_equal(bundle_commit(&b), 0);
	assert_true(holds(place, "generation", "2"));
	assert_false(holds(place, MANIFEST_FILE, OUR_MANIFEST));
	assert_int_equal(entries(top), 1);
}

static void a_trailing_slash_means_the_same_place(void **state)
{
	char slashed[100];
	struct bundle b;

	(void)state;
	make_bundle("1");
	snprintf(slashed, sizeof(slashed), "%s//", place);
	assert_int_equal(bundle_begin(slashed, &bundle_of_one, &b), 0);
	store(b.stage, "generation", "2");
	assert_int_equal(bundle_commit(&b), 0);
	assert_true(holds(place, "generation", "2"));
	assert_int_equal(entries(top), 1);
}

static void missing_parents_are_made(void **state)
{
	char deep[128];
	struct bundle b;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/a/b", place);
	assert_int_equal(bundle_begin(deep, &bundle_of_one, &b), 0);
	assert_int_equal(bundle_commit(&b), 0);
	assert_int_equal(access(deep, F_OK), 0);
}

static void an_abort_leaves_the_old_bundle_and_nothing_else(void **state)
{
	struct bundle b;

	(void)state;
	make_bundle("1");
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	store(b.stage, "generation", "2");
	bundle_abort(&b);
	assert_true(holds(place, "generation", "1"));
	assert_int_equal(entries(top), 1);
}

static void an_empty_directory_may_be_replaced(void **state)
{
	struct bundle b;

	(void)state;
	assert_int_equal(dir_make(place), 0);
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	store(b.stage, "generation", "1");
	assert_int_equal(bundle_commit(&b), 0);
	assert_true(holds(place, "generation", "1"));
}

static void a_bundle_of_another_version_may_be_replaced(void **state)
{
	struct bundle b;

	(void)state;
	make_bundle("1");
	store(place, MANIFEST_FILE, "{\"schema\": \"hostroute.bundle/99\"}");
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	bundle_abort(&b);
	store(place, MANIFEST_FILE, "{\"other\": 1, \"schema\": \"hostroute.bundle/99\"}");
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	bundle_abort(&b);
}

static void a_directory_that_is_no_bundle_is_refused(void **state)
{
	static const char *const manifests[] = { "{\"schema\": \"other/1\"}", "{}", "not JSON",
						 "{\"schema\": \"hostroute.bund\"}", "" };
	struct bundle b;

	(void)state;
	assert_int_equal(dir_make(place), 0);
	store(place, "thesis.tex", "years of work");
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), -EEXIST);
	for (size_t i = 0; i < ARRAY_SIZE(manifests); i++) {
		store(place, MANIFEST_FILE, manifests[i]);
		assert_int_equal(bundle_begin(place, &bundle_of_one, &b), -EEXIST);
	}
	assert_true(holds(place, "thesis.tex", "years of work"));
	assert_int_equal(entries(top), 1);
}

static void a_directory_that_fills_up_meanwhile_is_not_replaced(void **state)
{
	struct bundle b;

	(void)state;
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), 0);
	assert_int_equal(dir_make(place), 0);
	store(place, "thesis.tex", "years of work");
	assert_int_equal(bundle_commit(&b), -EEXIST);
	bundle_abort(&b);
	assert_true(holds(place, "thesis.tex", "years of work"));
	assert_int_equal(entries(top), 1);
}

static void files_and_links_are_refused(void **state)
{
	struct bundle b;

	(void)state;
	store(top, "bundle", "a file");
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), -EEXIST);
	assert_int_equal(unlink(place), 0);
	assert_int_equal(symlink("elsewhere", place), 0);
	assert_int_equal(bundle_begin(place, &bundle_of_one, &b), -EEXIST);
	assert_int_equal(entries(top), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_bundle_takes_its_place),
		TEST(a_new_bundle_replaces_an_old_one),
		TEST(modes_do_not_depend_on_the_umask),
		TEST(what_a_killed_run_left_is_removed_by_the_next_one),
		TEST(what_a_living_run_writes_is_left_alone),
		TEST(a_directory_that_only_looks_left_over_stays),
		TEST(without_exchange_the_old_bundle_stays),
		TEST(a_trailing_slash_means_the_same_place),
		TEST(missing_parents_are_made),
		TEST(an_abort_leaves_the_old_bundle_and_nothing_else),
		TEST(an_empty_directory_may_be_replaced),
		TEST(a_bundle_of_another_version_may_be_replaced),
		TEST(a_directory_that_is_no_bundle_is_refused),
		TEST(a_directory_that_fills_up_meanwhile_is_not_replaced),
		TEST(files_and_links_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
