// SPDX-License-Identifier: BSD-2-Clause
/* Objects against a fake kernel: verdicts, statuses, and what the two writers say. */
#include "probe/objects.h"

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "tests/skip.h"
#include "tests/unit/fake_kernel.h"

static const struct objects_target target = { .live = &kernel_fake };
static char folder[] = "/tmp/test_objects.XXXXXX";
static char first[64], second[64];
static struct object_paths paths;
static struct objects objects;

/* A tc program that calls one helper; 0, or -1 without clang. */
static int compile(const char *path, int helper)
{
	char *argv[] = {
		"clang", "-O2", "-target", "bpf", "-c", "-x", "c", NULL, "-o", NULL, NULL
	};
	char source[64], *environment[] = { NULL }, text[256];
	pid_t pid;
	int status;

	snprintf(text, sizeof(text),
		 "static long (*helper)(void) = (void *)%d;\n"
		 "__attribute__((section(\"tc\"), used)) int f(void *c) { return helper(); }\n",
		 helper);
	if (path_format(source, sizeof(source), "%s/source.c", folder) ||
	    file_write_atomic(source, text, strlen(text)))
		return -1;
	argv[7] = source;
	argv[9] = (char *)path;
	if (posix_spawnp(&pid, "clang", NULL, NULL, argv, environment) ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	return status ? -1 : 0;
}

static int make_objects(void)
{
	log_init("test", LOG_LEVEL_ERROR);
	if (!mkdtemp(folder))
		return -1;
	path_format(first, sizeof(first), "%s/a.o", folder);
	path_format(second, sizeof(second), "%s/b.o", folder);
	return compile(second, BPF_FUNC_redirect_peer) ?: compile(first, BPF_FUNC_redirect);
}

static int remove_objects(void **state)
{
	(void)state;
	return dir_remove(folder);
}

static int fresh(void **state)
{
	(void)state;
	fake_reset();
	return object_paths_add_dir(&paths, folder);
}

static int release(void **state)
{
	(void)state;
	objects_fini(&objects);
	object_paths_fini(&paths);
	return 0;
}

static void check(enum tri verdict, enum exit_status status)
{
	assert_int_equal(objects_check(&paths, &target, &objects), 0);
	assert_int_equal(objects.verdict, verdict);
	assert_int_equal(objects.status, status);
	assert_int_equal(fake.open_fds, 0);
}

static void a_folder_gives_its_objects_by_name(void **state)
{
	(void)state;
	assert_int_equal(paths.count, 2);
	assert_string_equal(paths.items[0], first);
	assert_string_equal(paths.items[1], second);
}

static void all_needs_met_is_success(void **state)
{
	(void)state;
	check(ANSWER_YES, EXIT_STATUS_OK);
	assert_int_equal(objects.items[1].count, 2);
}

static void a_missing_helper_is_a_no_for_the_objects_that_call_it(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	fake.lacks_helper = BPF_FUNC_redirect_peer;
	check(ANSWER_NO, 10);
	assert_int_equal(objects.items[0].verdict, ANSWER_YES);
	assert_int_equal(objects.items[1].verdict, ANSWER_NO);
	assert_int_equal(objects_write_text(&objects, &text), 0);
	assert_non_null(strstr(text, "b.o: cannot run here\n"));
	assert_non_null(strstr(
		text, "\n  no       helper redirect_peer in sched_cls, since 5.10 (loaded)\n"));
}

static void what_cannot_be_asked_is_unknown_and_no_outweighs_it(void **state)
{
	(void)state;
	fake.refuses_all = -EPERM;
	check(ANSWER_UNKNOWN, EXIT_STATUS_UNDETERMINED);
	objects_fini(&objects);
	fake.btf_lacks = "BPF_FUNC_redirect_peer";
	check(ANSWER_NO, 10);
}

static void a_need_of_two_objects_is_asked_once(void **state)
{
	unsigned int both;

	(void)state;
	check(ANSWER_YES, EXIT_STATUS_OK);
	both = fake.calls;
	objects_fini(&objects);
	fake.calls = 0;
	object_paths_add(&paths, first);
	object_paths_add(&paths, second);
	check(ANSWER_YES, EXIT_STATUS_OK);
	assert_int_equal(objects.count, 4);
	assert_int_equal(fake.calls, both);
}

static void the_json_has_every_need_with_its_answer(void **state)
{
	_cleanup_free_ char *text = NULL;
	const char *schema, *need, *value, *since, *kind;
	json_t *root;
	int status;

	(void)state;
	fake.lacks_helper = BPF_FUNC_redirect_peer;
	check(ANSWER_NO, 10);
	assert_int_equal(objects_write_json(&objects, &text), 0);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_unpack(root, "{s:s, s:i, s:[{}, {s:[{}, {s:s, s:s, s:s, s:s}]}]}",
				     "schema", &schema, "exit_status", &status, "objects", "needs",
				     "need", &need, "kind", &kind, "value", &value, "since",
				     &since),
			 0);
	assert_string_equal(schema, OBJECTS_SCHEMA);
	assert_int_equal(status, 10);
	assert_string_equal(need, "helper redirect_peer in sched_cls");
	assert_string_equal(kind, "helper");
	assert_string_equal(value, "no");
	assert_string_equal(since, "5.10");
	json_decref(root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, release)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_folder_gives_its_objects_by_name),
		TEST(all_needs_met_is_success),
		TEST(a_missing_helper_is_a_no_for_the_objects_that_call_it),
		TEST(what_cannot_be_asked_is_unknown_and_no_outweighs_it),
		TEST(a_need_of_two_objects_is_asked_once),
		TEST(the_json_has_every_need_with_its_answer),
	};

	if (make_objects()) {
		remove_objects(NULL);
		return skip_all("no clang with a BPF target");
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, remove_objects);
}
