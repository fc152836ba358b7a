// SPDX-License-Identifier: BSD-2-Clause
/*
 * install/loader and install/maps on the running kernel, with the bundle bpf in HR_BUNDLES: which programs
 * are loaded, with which constants, and which maps they share with what is pinned.
 */
#include "tests/bpf/sandbox.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/libbpf_log.h"
#include "install/loader.h"
#include "install/maps.h"

#define IFINDEX 4711

static const struct record_constant constants[] = {
	{ "node_overlay_ifindex", IFINDEX },
	{ "node_ip", 0 },
	{ "node_router_ip", 0 },
	{ "node_snat_exclusion_addr", 0 },
	{ "node_snat_exclusion_mask", 0 },
	{ "node_tunnel_mtu", 1450 },
	{ "node_netns_low", 1 },
	{ "node_netns_high", 0 },
};

#define PINS SANDBOX_BPFFS "/hostroute"

/* The bundle by an open directory: the sandbox has a /tmp of its own, and the bundle may lie in the old one. */
static char bundle[32];

static void read_manifest(struct manifest *m)
{
	assert_int_equal(manifest_read(bundle, m), 0);
}

static void load(struct manifest *m, struct loaded *out)
{
	assert_int_equal(loader_load(bundle, m, PINS, constants, ARRAY_SIZE(constants), out), 0);
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	return info.id;
}

/* True when a program uses an array map (its .rodata) whose first bytes are the value. */
static bool sees_constant(int prog_fd, uint32_t value)
{
	uint32_t ids[16] = { 0 }, len = sizeof(struct bpf_prog_info), key = 0;
	struct bpf_prog_info info = { .nr_map_ids = 16, .map_ids = (uintptr_t)ids };
	bool found = false;

	assert_int_equal(bpf_obj_get_info_by_fd(prog_fd, &info, &len), 0);
	for (uint32_t i = 0; i < info.nr_map_ids && i < 16; i++) {
		_cleanup_close_ int fd = bpf_map_get_fd_by_id(ids[i]);
		struct object_map map;
		uint32_t bytes[1024];

		assert_int_equal(map_describe(fd, &map), 0);
		if (strstr(map.name, "rodata") && map.value_size <= sizeof(bytes) &&
		    !bpf_map_lookup_elem(fd, &key, bytes))
			found |= bytes[0] == value;
	}
	return found;
}

static void every_attached_program_is_loaded_and_named(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded loaded;

	(void)state;
	read_manifest(&m);
	load(&m, &loaded);
	assert_int_equal(loaded.program_count, m.hook_count);
	for (size_t i = 0; i < m.hook_count; i++)
		assert_true(loaded_program_fd(&loaded, m.hooks[i].program) >= 0);
	assert_int_equal(loaded_program_fd(&loaded, "from_nowhere"), -1);
	assert_int_equal(strlen(loaded.programs[0].info.tag), 16);
	loaded_fini(&loaded);
}

static void a_program_without_a_hook_stays_unloaded(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded loaded;
	size_t kept = 0;

	(void)state;
	read_manifest(&m);
	for (size_t i = 0; i < m.hook_count; i++) {
		if (strcmp(m.hooks[i].program, "from_netdev"))
			m.hooks[kept++] = m.hooks[i];
	}
	m.hook_count = kept;
	load(&m, &loaded);
	assert_int_equal(loaded_program_fd(&loaded, "from_netdev"), -1);
	assert_true(loaded_program_fd(&loaded, "from_host") >= 0);
	loaded_fini(&loaded);
}

static void a_hook_without_a_program_is_refused(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded loaded;

	(void)state;
	read_manifest(&m);
	snprintf(m.hooks[0].program, sizeof(m.hooks[0].program), "from_nowhere");
	assert_int_equal(loader_load(bundle, &m, PINS, constants, ARRAY_SIZE(constants), &loaded),
			 -EINVAL);
	assert_int_equal(loaded.program_count, 0);
}

static void a_constant_that_nobody_knows_is_refused(void **state)
{
	static const struct record_constant other[] = { { "node_other", 1 } };
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded loaded;

	(void)state;
	read_manifest(&m);
	assert_int_equal(loader_load(bundle, &m, PINS, other, 1, &loaded), -EINVAL);
	assert_int_equal(loaded.map_count, 0);
}

static void a_constant_is_what_the_program_reads(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded loaded;

	(void)state;
	read_manifest(&m);
	load(&m, &loaded);
	assert_true(sees_constant(loaded_program_fd(&loaded, "from_container"), IFINDEX));
	assert_false(sees_constant(loaded_program_fd(&loaded, "from_container"), IFINDEX + 1));
	loaded_fini(&loaded);
}

static void objects_share_a_map_of_one_name(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded loaded;

	(void)state;
	read_manifest(&m);
	load(&m, &loaded);
	for (size_t i = 0; i < loaded.map_count; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(loaded.maps[i].name, loaded.maps[k].name);
	}
	assert_true(loaded_map_fd(&loaded, "hr_metrics") >= 0);
	loaded_fini(&loaded);
}

static void a_compatible_pinned_map_is_kept(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	struct loaded first, second;
	uint32_t id;

	(void)state;
	read_manifest(&m);
	load(&m, &first);
	id = map_id(loaded_map_fd(&first, "hr_metrics"));
	assert_int_equal(pin_replace(PINS, "hr_metrics", loaded_map_fd(&first, "hr_metrics")), 0);
	load(&m, &second);
	assert_int_equal(map_id(loaded_map_fd(&second, "hr_metrics")), id);
	assert_int_not_equal(map_id(loaded_map_fd(&second, "hr_endpoints4")),
			     map_id(loaded_map_fd(&first, "hr_endpoints4")));
	loaded_fini(&first);
	loaded_fini(&second);
}

static void an_incompatible_pinned_map_is_left_alone(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	_cleanup_close_ int fd = -1;
	struct loaded loaded;

	(void)state;
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, "hr_metrics", 4, 8, 2, NULL);
	assert_true(fd >= 0);
	assert_int_equal(pin_replace(PINS, "hr_metrics", fd), 0);
	read_manifest(&m);
	load(&m, &loaded);
	assert_int_not_equal(map_id(loaded_map_fd(&loaded, "hr_metrics")), map_id(fd));
	loaded_fini(&loaded);
}

static int new_nodes_map(uint32_t entries)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "hr_nodes4", table_defs[TABLE_NODES].key_size,
				table_defs[TABLE_NODES].value_size, entries, NULL);

	assert_true(fd >= 0);
	return fd;
}

static void fill(struct table *t, uint32_t from, uint32_t to)
{
	for (uint32_t key = from; key < to; key++) {
		struct hr_node value = { .identity = key };

		assert_int_equal(table_add(t, TABLE_NODES, &key, &value), 0);
	}
}

static size_t count_entries(int fd)
{
	struct table have = { 0 };
	size_t count;

	assert_int_equal(map_dump(fd, TABLE_NODES, &have), 0);
	count = have.count;
	table_fini(&have);
	return count;
}

static void a_difference_is_written_and_taken_back(void **state)
{
	_cleanup_close_ int fd = new_nodes_map(64);
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	fill(&want, 10, 50);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(map_write_diff(fd, &diff), 0);
	assert_int_equal(count_entries(fd), 40);
	assert_int_equal(map_revert_diff(fd, &diff), 0);
	assert_int_equal(count_entries(fd), 0);
	table_diff_fini(&diff);
	table_fini(&want);
}

static void a_map_that_is_too_small_is_left_as_it_was(void **state)
{
	_cleanup_close_ int fd = new_nodes_map(8);
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	fill(&want, 10, 50);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(map_write_diff(fd, &diff), -E2BIG);
	assert_int_equal(count_entries(fd), 0);
	table_diff_fini(&diff);
	table_fini(&want);
}

static void a_pin_is_replaced_and_listed_under_its_own_name_only(void **state)
{
	_cleanup_close_ int first = new_nodes_map(8), second = new_nodes_map(8);
	_cleanup_free_ char(*names)[64] = NULL;
	_cleanup_close_ int fd = -1;
	size_t count;

	(void)state;
	assert_int_equal(pin_replace(PINS, "hr_nodes4", first), 0);
	assert_int_equal(pin_replace(PINS, "hr_nodes4", second), 0);
	assert_int_equal(pin_open(PINS, "hr_nodes4", &fd), 0);
	assert_int_equal(map_id(fd), map_id(second));
	assert_int_equal(pin_list(PINS, &names, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(names[0], "hr_nodes4");
	assert_int_equal(pin_remove(PINS, "hr_nodes4"), 0);
	assert_int_equal(pin_remove(PINS, "hr_nodes4"), 0);
}

#define TEST(f) cmocka_unit_test_setup(f, in_sandbox)

static int in_sandbox(void **state)
{
	return sandbox_setup(state) || mkdir(PINS, 0700);
}

static bool find_bundle(void)
{
	const char *bundles = getenv("HR_BUNDLES");
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/bpf", bundles ? bundles : "");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(bundle, sizeof(bundle), "/proc/self/fd/%d", fd);
	return fd >= 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_attached_program_is_loaded_and_named),
		TEST(a_program_without_a_hook_stays_unloaded),
		TEST(a_hook_without_a_program_is_refused),
		TEST(a_constant_that_nobody_knows_is_refused),
		TEST(a_constant_is_what_the_program_reads),
		TEST(objects_share_a_map_of_one_name),
		TEST(a_compatible_pinned_map_is_kept),
		TEST(an_incompatible_pinned_map_is_left_alone),
		TEST(a_difference_is_written_and_taken_back),
		TEST(a_map_that_is_too_small_is_left_as_it_was),
		TEST(a_pin_is_replaced_and_listed_under_its_own_name_only),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	log_capture_libbpf();
	if (!sandbox_is_possible(&status))
		return status;
	if (!find_bundle()) {
		printf("Bail out! HR_BUNDLES names no directory with a bundle bpf\n");
		return 1;
	}
	return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
