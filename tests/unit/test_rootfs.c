// SPDX-License-Identifier: BSD-2-Clause
/* Unpacked images: paths that stay inside, kernels and their order, modules. */
#include "probe/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/modules.h"
#include "probe/root_kernels.h"

static char dir[PATH_MAX];
static struct rootfs root = { .fd = -1 };

static const char *at(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put_dir(const char *name)
{
	assert_int_equal(dir_make(at(name)), 0);
}

static void put(const char *name, const char *text)
{
	char parent[PATH_MAX];

	snprintf(parent, sizeof(parent), "%s", name);
	if (strrchr(parent, '/')) {
		*strrchr(parent, '/') = '\0';
		put_dir(parent);
	}
	assert_int_equal(file_write_atomic(at(name), text, strlen(text)), 0);
}

static void link_to(const char *name, const char *target)
{
	assert_int_equal(symlink(target, at(name)), 0);
}

/* <dir>/root is the image; <dir>/secret is outside of it. */
static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/hr-test-root-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	put("secret", "outside");
	put("root/etc/secret", "inside");
	return rootfs_open(at("root"), &root);
}

static int teardown(void **state)
{
	(void)state;
	rootfs_close(&root);
	return dir_remove(dir);
}

/* Both ways of opening must agree. "-" for what cannot be opened. */
static void assert_reads(const char *path, const char *want)
{
	int fds[] = { rootfs_openat(&root, path, O_RDONLY), rootfs_walk(&root, path, O_RDONLY) };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		char text[64] = "-";
		ssize_t n = fds[i] < 0 ? -1 : read(fds[i], text, sizeof(text) - 1);

		if (n >= 0)
			text[n] = '\0';
		cleanup_close(&fds[i]);
		assert_string_equal(text, want);
	}
}

static void paths_mean_what_they_mean_inside(void **state)
{
	(void)state;
	assert_reads("etc/secret", "inside");
	assert_reads("/etc/secret", "inside");
	assert_reads("etc/./../etc//secret", "inside");
	assert_reads("etc/nothing", "-");
	assert_reads("nothing/secret", "-");
}

static void no_path_and_no_symlink_leads_out(void **state)
{
	(void)state;
	link_to("root/up", "../secret");
	link_to("root/far", "../../../../../../../../etc/secret");
	link_to("root/absolute", "/etc/secret");
	link_to("root/host", at("secret"));
	link_to("root/etc/dots", "../..");
	assert_reads("../secret", "-");
	assert_reads("up", "-");
	assert_reads("far", "inside");
	assert_reads("absolute", "inside");
	assert_reads("host", "-");
	assert_reads("etc/dots/secret", "-");
	assert_reads("etc/dots/etc/secret", "inside");
}

static void symlinks_in_a_circle_end(void **state)
{
	(void)state;
	link_to("root/a", "b");
	link_to("root/b", "a");
	assert_int_equal(rootfs_openat(&root, "a", O_RDONLY), -ELOOP);
	assert_int_equal(rootfs_walk(&root, "a", O_RDONLY), -ELOOP);
}

static void only_regular_files_are_read(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(mkfifo(at("root/fifo"), 0600), 0);
	assert_int_equal(rootfs_read(&root, "fifo", 100, &text, &len), -EINVAL);
	assert_int_equal(rootfs_read(&root, "etc", 100, &text, &len), -EINVAL);
	assert_int_equal(rootfs_read(&root, "etc/secret", 3, &text, &len), -EFBIG);
	assert_int_equal(rootfs_read(&root, "etc/secret", 100, &text, &len), 0);
	assert_string_equal(text, "inside");
}

static void releases_are_compared_by_number(void **state)
{
	static const char *const ordered[] = {
		"",	      "4.19.0",	      "5.10.0-9-amd64", "5.10.0-28-amd64", "6.1.0-rc2",
		"6.1.0-rc10", "6.1.0",	      "6.1.0-9-amd64",	"6.1.0-018-amd64", "6.1.0-19-amd64",
		"6.2.0",      "6.12.0-cloud", "10.0.0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ordered); i++)
		for (size_t k = 0; k < ARRAY_SIZE(ordered); k++) {
			int order = kernel_release_compare(ordered[i], ordered[k]);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
}

static const struct root_kernel *pick(const char *release)
{
	static struct root_kernels kernels;

	assert_int_equal(root_kernels_list(&root, &kernels), 0);
	return root_kernels_pick(&kernels, release, "root");
}

static void the_newest_kernel_with_an_image_is_picked(void **state)
{
	(void)state;
	put("root/boot/vmlinuz-6.1.0-9-amd64", "");
	put("root/boot/vmlinuz-6.1.0-18-amd64", "");
	put("root/boot/vmlinuz", "");
	put("root/boot/vmlinuz-0-rescue-d41d8cd9", "");
	put("root/boot/initrd.img-7.0.0", "");
	put_dir("root/lib/modules/6.12.0-1-amd64");
	assert_string_equal(pick(NULL)->image, "boot/vmlinuz-6.1.0-18-amd64");
	assert_string_equal(pick("6.1.0-9-amd64")->image, "boot/vmlinuz-6.1.0-9-amd64");
	put("root/lib/modules/6.12.0-1-amd64/vmlinuz", "");
	assert_string_equal(pick(NULL)->image, "lib/modules/6.12.0-1-amd64/vmlinuz");
}

static void a_kernel_is_found_once_with_usrmerge(void **state)
{
	struct root_kernels kernels;

	(void)state;
	put("root/usr/lib/modules/6.1.0/vmlinuz", "");
	link_to("root/lib", "usr/lib");
	assert_int_equal(root_kernels_list(&root, &kernels), 0);
	assert_int_equal(kernels.count, 1);
	assert_string_equal(kernels.items[0].image, "lib/modules/6.1.0/vmlinuz");
}

static void a_release_that_is_not_there_is_refused(void **state)
{
	(void)state;
	put_dir("root/lib/modules/6.12.0-1-amd64");
	assert_null(pick(NULL));
	assert_null(pick("6.12.0-1-amd64"));
	put("root/boot/vmlinuz-6.1.0", "");
	assert_null(pick("6.1.1"));
}

static void one_image_without_a_release_in_its_name_is_taken(void **state)
{
	(void)state;
	put("root/boot/vmlinuz-lts", "");
	assert_string_equal(pick(NULL)->image, "boot/vmlinuz-lts");
	put("root/boot/vmlinuz-virt", "");
	assert_null(pick(NULL));
}

static void modules_are_shipped_built_in_or_absent(void **state)
{
	_cleanup_modules_ struct modules modules = { 0 };

	(void)state;
	put("root/lib/modules/6.1.0/modules.builtin", "kernel/net/ipv4/tunnel4.ko\n");
	put("root/lib/modules/6.1.0/modules.dep",
	    "kernel/net/sched/cls_bpf.ko.xz: kernel/net/sched/other.ko.xz\n"
	    "kernel/net/sched/sch-ingress.ko.xz:\nkernel/net/vxlan.ko:\n");
	put("root/lib/modules/6.1.0/kernel/net/sched/cls_bpf.ko.xz", "");
	put("root/lib/modules/6.1.0/kernel/net/sched/sch-ingress.ko.xz", "");
	assert_int_equal(modules_read(&root, "6.1.0", &modules), 0);
	assert_int_equal(modules_find(&modules, "cls_bpf"), MODULE_SHIPPED);
	assert_int_equal(modules_find(&modules, "sch_ingress"), MODULE_SHIPPED);
	assert_int_equal(modules_find(&modules, "tunnel4"), MODULE_BUILTIN);
	assert_int_equal(modules_find(&modules, "vxlan"), MODULE_ABSENT);
	assert_int_equal(modules_find(&modules, "cls"), MODULE_ABSENT);
	assert_int_equal(modules_find(&modules, "other"), MODULE_ABSENT);
}

static void modules_order_will_do_before_depmod(void **state)
{
	_cleanup_modules_ struct modules modules = { 0 };

	(void)state;
	put("root/lib/modules/6.1.0/modules.order", "kernel/drivers/net/veth.ko\n");
	put("root/lib/modules/6.1.0/kernel/drivers/net/veth.ko.zst", "");
	assert_int_equal(modules_read(&root, "6.1.0", &modules), 0);
	assert_int_equal(modules_find(&modules, "veth"), MODULE_SHIPPED);
}

static void without_lists_a_module_is_unknown(void **state)
{
	_cleanup_modules_ struct modules modules = { 0 }, none = { 0 };

	(void)state;
	put_dir("root/lib/modules/6.1.0");
	assert_int_equal(modules_read(&root, "6.1.0", &modules), 0);
	assert_int_equal(modules_find(&modules, "veth"), MODULE_UNKNOWN);
	assert_int_equal(modules_read(&root, "../../etc", &none), 0);
	assert_int_equal(modules_find(&none, "veth"), MODULE_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_mean_what_they_mean_inside),
		TEST(no_path_and_no_symlink_leads_out),
		TEST(symlinks_in_a_circle_end),
		TEST(only_regular_files_are_read),
		TEST(releases_are_compared_by_number),
		TEST(the_newest_kernel_with_an_image_is_picked),
		TEST(a_kernel_is_found_once_with_usrmerge),
		TEST(a_release_that_is_not_there_is_refused),
		TEST(one_image_without_a_release_in_its_name_is_taken),
		TEST(modules_are_shipped_built_in_or_absent),
		TEST(modules_order_will_do_before_depmod),
		TEST(without_lists_a_module_is_unknown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
