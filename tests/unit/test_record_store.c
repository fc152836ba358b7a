// SPDX-License-Identifier: BSD-2-Clause
/* install/record_store: the record as files; what an add of one endpoint reads and writes, and what a kill leaves. */
#include <arpa/inet.h>
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
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/record.h"

#define PODS 12

static struct install_paths paths;

static int set_up(void **state)
{
	char run[] = "/tmp/hr-record.XXXXXX";

	(void)state;
	return !mkdtemp(run) || paths_init(&paths, "/sys/fs/bpf", run);
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(paths.run);
}

static void add_pod(struct record *r, unsigned int number)
{
	struct record_sysctl sysctl = { .ifindex = number + 10, .old = 1, .name = "rp_filter" };
	struct record_point point = { .point.ifindex = number + 10,
				      .ip = htonl(0x0a000100 + number) };

	snprintf(point.point.interface, IFNAMSIZ, "lxc%u", number);
	snprintf(point.point.program, sizeof(point.point.program), "from_container");
	memcpy(sysctl.interface, point.point.interface, IFNAMSIZ);
	assert_int_equal(record_add_point(r, &point), 0);
	assert_int_equal(record_add_sysctl(r, &sysctl), 0);
}

static void fill(struct record *r)
{
	struct record_point nic = { .point = { .interface = "eth0", .program = "from_netdev" } };
	struct record_sysctl all = { .interface = "all", .name = "rp_filter", .old = 1 };

	*r = (struct record){ .complete = true, .host_routing = true, .attach = ATTACH_TC };
	snprintf(r->bpffs, sizeof(r->bpffs), "%s", paths.bpffs);
	parse_cidr4("10.0.0.0/16", &r->pod_cidr);
	assert_int_equal(record_add_point(r, &nic), 0);
	assert_int_equal(record_add_sysctl(r, &all), 0);
	for (unsigned int i = 1; i <= PODS; i++)
		add_pod(r, i);
}

static void write_all(void)
{
	_cleanup_record_ struct record r;

	fill(&r);
	assert_int_equal(record_write(&paths, &r), 0);
}

static void assert_same(struct record *a, struct record *b)
{
	_cleanup_free_ char *left = NULL, *right = NULL;

	record_sort(a);
	record_sort(b);
	assert_int_equal(record_format(a, &left), 0);
	assert_int_equal(record_format(b, &right), 0);
	assert_string_equal(left, right);
}

/* Path of the file of pod `number`, through record.json's own word for the directory. */
static void pod_path(unsigned int number, char out[PATH_MAX])
{
	_cleanup_record_ struct record r = { 0 };

	assert_int_equal(record_read_endpoint(&paths, NULL, 0, &r), 0);
	assert_int_equal(path_format(out, PATH_MAX, "%s/%s/10.0.1.%u:lxc%u.json", paths.run,
				     r.endpoints, number, number),
			 0);
}

static ino_t inode(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

static void a_record_comes_back_whole(void **state)
{
	_cleanup_record_ struct record r, back = { 0 };

	(void)state;
	fill(&r);
	assert_int_equal(record_write(&paths, &r), 0);
	assert_int_equal(record_read(&paths, &back), 0);
	assert_int_equal(back.point_count, PODS + 1);
	assert_same(&r, &back);
}

static void one_endpoint_is_read_without_the_others(void **state)
{
	_cleanup_record_ struct record by_name = { 0 }, by_address = { 0 }, all = { 0 };
	char path[PATH_MAX];

	(void)state;
	write_all();
	pod_path(5, path);
	assert_int_equal(file_write_atomic(path, "damaged", 7), 0);
	assert_int_equal(record_read_endpoint(&paths, "lxc3", 0, &by_name), 0);
	assert_int_equal(by_name.point_count, 2);
	assert_non_null(record_find_point(&by_name, "lxc3", ATTACH_INGRESS));
	assert_non_null(record_find_point(&by_name, "eth0", ATTACH_INGRESS));
	assert_non_null(record_find_sysctl(&by_name, "lxc3", 13, "rp_filter"));
	assert_int_equal(record_read_endpoint(&paths, "lxc99", htonl(0x0a000104), &by_address), 0);
	assert_non_null(record_find_point(&by_address, "lxc4", ATTACH_INGRESS));
	assert_int_equal(record_read(&paths, &all), -EINVAL);
	assert_int_equal(all.point_count, 0);
}

static void adding_one_endpoint_rewrites_no_other_file(void **state)
{
	_cleanup_record_ struct record old = { 0 }, next = { 0 }, back = { 0 };
	char other[PATH_MAX];
	ino_t node, pod;

	(void)state;
	write_all();
	pod_path(2, other);
	node = inode(paths.record);
	pod = inode(other);
	assert_int_equal(record_read_endpoint(&paths, "lxc13", htonl(0x0a00010d), &old), 0);
	assert_int_equal(record_copy(&old, &next), 0);
	add_pod(&next, PODS + 1);
	assert_int_equal(record_write_endpoint(&paths, &next, &old), 0);
	assert_int_equal(inode(paths.record), node);
	assert_int_equal(inode(other), pod);
	assert_int_equal(record_read(&paths, &back), 0);
	assert_int_equal(back.point_count, PODS + 2);
	assert_int_equal(back.sysctl_count, PODS + 2);
}

static void an_endpoint_that_is_forgotten_is_the_only_one_to_go(void **state)
{
	_cleanup_record_ struct record old = { 0 }, next = { 0 }, back = { 0 };

	(void)state;
	write_all();
	assert_int_equal(record_read_endpoint(&paths, "lxc7", 0, &old), 0);
	assert_int_equal(record_copy(&old, &next), 0);
	record_forget_interface(&next, "lxc7");
	assert_int_equal(record_write_endpoint(&paths, &next, &old), 0);
	assert_int_equal(record_read(&paths, &back), 0);
	assert_int_equal(back.point_count, PODS);
	assert_null(record_find_point(&back, "lxc7", ATTACH_INGRESS));
	assert_null(record_find_sysctl(&back, "lxc7", 0, "rp_filter"));
}

static void a_record_in_one_file_is_taken_over(void **state)
{
	_cleanup_record_ struct record r, old = { 0 }, next = { 0 }, back = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	fill(&r);
	assert_int_equal(record_format(&r, &text), 0);
	assert_int_equal(file_write_atomic(paths.record, text, strlen(text)), 0);
	assert_int_equal(record_read_endpoint(&paths, "lxc13", 0, &old), 0);
	assert_same(&r, &old);
	assert_int_equal(record_copy(&old, &next), 0);
	add_pod(&next, PODS + 1);
	assert_int_equal(record_write_endpoint(&paths, &next, &old), 0);
	assert_int_equal(record_read(&paths, &back), 0);
	assert_true(back.endpoints[0]);
	assert_same(&next, &back);
}

static void what_a_killed_writer_left_is_ignored_and_swept(void **state)
{
	_cleanup_record_ struct record r, back = { 0 }, again = { 0 };
	char stale[PATH_MAX], half[PATH_MAX], path[PATH_MAX];

	(void)state;
	write_all();
	assert_int_equal(path_format(stale, sizeof(stale), "%s/endpoints.stale0", paths.run), 0);
	assert_int_equal(dir_make(stale), 0);
	pod_path(1, path);
	assert_int_equal(path_format(half, sizeof(half), "%s.AbCdEf", path), 0);
	assert_int_equal(file_write_atomic(half, "{", 1), 0);
	assert_int_equal(record_read(&paths, &back), 0);
	fill(&r);
	assert_same(&r, &back);
	assert_int_equal(record_write(&paths, &r), 0);
	assert_int_equal(inode(stale), 0);
	assert_int_equal(inode(half), 0);
	assert_int_equal(record_read(&paths, &again), 0);
	assert_same(&r, &again);
}

static void a_file_that_speaks_of_another_interface_is_refused(void **state)
{
	_cleanup_record_ struct record r = { 0 };
	char from[PATH_MAX], to[PATH_MAX];

	(void)state;
	write_all();
	pod_path(1, from);
	pod_path(2, to);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(record_read(&paths, &r), -EINVAL);
}

static void a_directory_that_is_not_ours_is_not_followed(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct record r = { 0 };
	size_t len;
	char *name;

	(void)state;
	write_all();
	assert_int_equal(file_read(paths.record, RECORD_MAX_BYTES, &text, &len), 0);
	name = strstr(text, "endpoints.");
	assert_non_null(name);
	memcpy(name, "elsewhere.", strlen("elsewhere."));
	assert_int_equal(file_write_atomic(paths.record, text, len), 0);
	assert_int_equal(record_read(&paths, &r), -EINVAL);
	memcpy(name, "../../../.", strlen("elsewhere."));
	assert_int_equal(file_write_atomic(paths.record, text, len), 0);
	assert_int_equal(record_read(&paths, &r), -EINVAL);
}

static void a_directory_that_is_gone_is_a_damaged_record(void **state)
{
	struct record r = { 0 };
	char path[PATH_MAX];

	(void)state;
	write_all();
	pod_path(1, path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(dir_remove(path), 0);
	assert_int_equal(record_read(&paths, &r), -EINVAL);
}

static void removing_leaves_nothing(void **state)
{
	struct record r = { 0 };

	(void)state;
	write_all();
	assert_int_equal(record_remove(&paths), 0);
	assert_int_equal(record_read(&paths, &r), -ENOENT);
	assert_int_equal(rmdir(paths.run), 0);
	assert_int_equal(record_remove(&paths), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_comes_back_whole),
		TEST(one_endpoint_is_read_without_the_others),
		TEST(adding_one_endpoint_rewrites_no_other_file),
		TEST(an_endpoint_that_is_forgotten_is_the_only_one_to_go),
		TEST(a_record_in_one_file_is_taken_over),
		TEST(what_a_killed_writer_left_is_ignored_and_swept),
		TEST(a_file_that_speaks_of_another_interface_is_refused),
		TEST(a_directory_that_is_not_ours_is_not_followed),
		TEST(a_directory_that_is_gone_is_a_damaged_record),
		TEST(removing_leaves_nothing),
	};

	log_init("test", LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record_store", tests, NULL, NULL);
}
