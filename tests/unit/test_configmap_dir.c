// SPDX-License-Identifier: BSD-2-Clause
/* config/configmap_dir: the ConfigMap as the kubelet mounts it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "common/file.h"
#include "tests/unit/loaded.h"

static const char *in_dir(void **state, const char *name)
{
	static char path[128];

	return path_format(path, sizeof(path), "%s/%s", (char *)*state, name) ? "" : path;
}

/* A directory as the kubelet mounts a ConfigMap; the fixture is its path. */
static int mount_directory(void **state)
{
	char *dir = strdup("/tmp/test_configmap.XXXXXX");

	*state = dir;
	if (!dir || !mkdtemp(dir) || mkdir(in_dir(state, "..2023_07_08"), 0755) < 0 ||
	    symlink("..2023_07_08", in_dir(state, "..data")) < 0)
		return -1;
	if (file_write_atomic(in_dir(state, "..data/debug"), " True\n", 6) ||
	    file_write_atomic(in_dir(state, "..data/tunnel"), "geneve", 6))
		return -1;
	return symlink("..data/debug", in_dir(state, "debug")) < 0 ||
	       symlink("..data/tunnel", in_dir(state, "tunnel")) < 0;
}

static int unmount_directory(void **state)
{
	int err = dir_remove(*state);

	free(*state);
	return err;
}

static void a_mounted_directory_is_read_key_by_key(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	assert_int_equal(mkdir(in_dir(state, "subdirectory"), 0755), 0);
	assert_int_equal(file_write_atomic(in_dir(state, "..hidden"), "x", 1), 0);
	load_path(&l, in_dir(state, ""), true);
	assert_int_equal(l.err, 0);
	assert_true(option_bool(&l.cm.options, OPT_DEBUG));
	assert_string_equal(option_text(&l.cm.options, OPT_TUNNEL), "geneve");
	assert_string_equal(l.cm.options.values[OPT_DEBUG].pos.file, in_dir(state, "debug"));
	assert_int_equal(l.cm.options.values[OPT_DEBUG].pos.line, 1);
}

static void a_wrong_value_in_a_file_names_the_file(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	assert_int_equal(file_write_atomic(in_dir(state, "mtu"), "big", 3), 0);
	assert_int_equal(file_write_atomic(in_dir(state, "mtv"), "1", 1), 0);
	load_path(&l, *state, false);
	assert_int_equal(l.diags.count, 2);
	assert_diag(&l, 0, DIAG_ERROR, 1, "mtu: \"big\" is not an integer");
	assert_diag(&l, 1, DIAG_WARNING, 1, "unknown key mtv (did you mean mtu?)");
	assert_string_equal(l.diags.items[0].pos.file, in_dir(state, "mtu"));
	assert_string_equal(l.diags.items[0].source_line, "big");
	assert_true(l.bad_value);
}

static void text_that_yaml_would_not_call_a_string_is_fine_in_a_file(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	assert_int_equal(file_write_atomic(in_dir(state, "mtu"), "1500", 4), 0);
	load_path(&l, *state, true);
	assert_int_equal(l.err, 0);
	assert_int_equal(option_int(&l.cm.options, OPT_MTU), 1500);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	assert_int_equal(symlink("absent", in_dir(state, "mtu")), 0);
	assert_int_equal(file_write_atomic(in_dir(state, "cluster-name"), "a\0b", 3), 0);
	assert_int_equal(mkfifo(in_dir(state, "devices"), 0600), 0);
	load_path(&l, *state, false);
	assert_int_equal(l.err, -EINVAL);
	assert_false(l.bad_value);
	assert_int_equal(l.diags.errors, 3);
	assert_string_equal(l.diags.items[0].text, "a value must not contain a NUL character");
	assert_string_equal(l.diags.items[1].text, "not a regular file");
	assert_string_equal(l.diags.items[2].text, "No such file or directory");
}

static void a_directory_of_something_else_is_one_error(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_path(&l, "tests", false);
	assert_only_error(&l, 0, "no file in this directory is named as a key of cilium-config is");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, mount_directory, unmount_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mounted_directory_is_read_key_by_key),
		TEST(a_wrong_value_in_a_file_names_the_file),
		TEST(text_that_yaml_would_not_call_a_string_is_fine_in_a_file),
		TEST(a_file_that_cannot_be_read_is_an_error),
		cmocka_unit_test(a_directory_of_something_else_is_one_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
