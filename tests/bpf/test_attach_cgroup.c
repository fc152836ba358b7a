// SPDX-License-Identifier: BSD-2-Clause
/* Programs at a cgroup, ours and others', in a cgroup of the test's own; and mounting cgroup v2 where it is missing. */
#include "tests/bpf/counter.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include "install/attach_cgroup.h"
#include "install/cgroup_mount.h"

#define MOUNT "/tmp/made/cgroup"

static const struct attach_point connect4 = {
	.interface = ATTACH_CGROUP_NAME,
	.direction = ATTACH_CONNECT4,
	.program = "connect4",
};

static char cgroup[160]; /* the running test's */

static int set_up(void **state)
{
	if (sandbox_setup(state) || cgroup_mount(MOUNT))
		return -1;
	snprintf(cgroup, sizeof(cgroup), MOUNT "/hr-test-%d", getpid());
	return mkdir(cgroup, 0755);
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(cgroup);
}

static void call_open(struct counter *c, const char *name, const char *map_name)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	c->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, map_name, 4, 8, 1, NULL);
	assert_true(c->map_fd >= 0);
	const struct bpf_insn insns[] = {
		{ BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, c->map_fd },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET4_CONNECT);

	c->prog_fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, name, "Dual BSD/GPL", insns,
				   ARRAY_SIZE(insns), &opts);
	assert_true(c->prog_fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(c->prog_fd, &info, &len), 0);
	c->prog_id = info.id;
}

static void ours_open(struct counter *c)
{
	call_open(c, "connect4", ATTACH_CGROUP_MAP);
}

static struct attach_status status_of(void)
{
	struct attach_status status;

	assert_int_equal(attach_cgroup_query(LINKS, cgroup, &connect4, &status), 0);
	return status;
}

static void put(const struct counter *c)
{
	assert_int_equal(attach_cgroup_set(LINKS, cgroup, &connect4, c->prog_fd), 0);
}

static uint32_t pin_id(void)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = bpf_obj_get(LINKS "/cgroup_connect4");

	if (fd < 0)
		return 0;
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	close(fd);
	return info.id;
}

static void assert_ours(const struct counter *c, unsigned int foreign)
{
	struct attach_status status = status_of();

	assert_true(status.is_attached);
	assert_int_equal(status.mode, ATTACH_CGROUP);
	assert_int_equal(status.prog_id, c->prog_id);
	assert_false(status.needs_repair);
	assert_int_equal(status.foreign, foreign);
}

static int attach_foreign(const struct counter *c)
{
	int cgroup_fd = open(cgroup, O_RDONLY | O_CLOEXEC);
	int fd = bpf_link_create(c->prog_fd, cgroup_fd, BPF_CGROUP_INET4_CONNECT, NULL);

	assert_true(fd >= 0);
	close(cgroup_fd);
	return fd;
}

static void a_program_is_attached_updated_in_place_and_taken_away(void **state)
{
	struct counter first, second;
	uint32_t link;

	(void)state;
	ours_open(&first);
	ours_open(&second);
	assert_false(status_of().is_attached);
	put(&first);
	assert_ours(&first, 0);
	link = pin_id();
	assert_int_not_equal(link, 0);
	put(&second);
	assert_ours(&second, 0);
	assert_int_equal(pin_id(), link);
	assert_int_equal(attach_cgroup_clear(LINKS, cgroup, &connect4), 0);
	assert_false(status_of().is_attached);
	assert_int_equal(pin_id(), 0);
	assert_int_equal(attach_cgroup_clear(LINKS, cgroup, &connect4), 0);
	counter_close(&first);
	counter_close(&second);
}

static void programs_of_others_are_counted_and_stay(void **state)
{
	struct counter ours, name, map;
	int name_fd, map_fd;

	(void)state;
	ours_open(&ours);
	call_open(&name, "connect4", "others_map");
	call_open(&map, "others", ATTACH_CGROUP_MAP);
	name_fd = attach_foreign(&name);
	map_fd = attach_foreign(&map);
	assert_false(status_of().is_attached);
	assert_int_equal(status_of().foreign, 2);
	put(&ours);
	assert_ours(&ours, 2);
	assert_int_equal(attach_cgroup_clear(LINKS, cgroup, &connect4), 0);
	assert_int_equal(status_of().foreign, 2);
	close(name_fd);
	close(map_fd);
	counter_close(&ours);
	counter_close(&name);
	counter_close(&map);
}

static void a_link_whose_pin_is_out_of_sight_is_found_and_pinned_again(void **state)
{
	struct counter ours, other;
	uint32_t link;
	int fd, foreign;

	(void)state;
	ours_open(&ours);
	call_open(&other, "connect4", "others_map");
	foreign = attach_foreign(&other);
	put(&ours);
	link = pin_id();
	fd = bpf_obj_get(LINKS "/cgroup_connect4"); /* as a pin on another bpffs would hold it */
	assert_int_equal(unlink(LINKS "/cgroup_connect4"), 0);
	assert_true(status_of().is_attached);
	assert_true(status_of().needs_repair);
	assert_int_equal(status_of().foreign, 1);
	put(&ours);
	assert_ours(&ours, 1);
	assert_int_equal(pin_id(), link);
	unlink(LINKS "/cgroup_connect4");
	assert_int_equal(attach_cgroup_clear(LINKS, cgroup, &connect4), 0);
	assert_false(status_of().is_attached);
	close(fd);
	close(foreign);
	counter_close(&ours);
	counter_close(&other);
}

static void a_second_link_of_ours_goes(void **state)
{
	struct counter ours, again;
	int fd;

	(void)state;
	ours_open(&ours);
	ours_open(&again);
	put(&ours);
	fd = attach_foreign(&again);
	assert_true(status_of().needs_repair);
	put(&ours);
	assert_ours(&ours, 0);
	close(fd);
	counter_close(&ours);
	counter_close(&again);
}

/* The kernel lets go of a link some time after its last pin is gone. */
static bool is_soon_detached(void)
{
	for (int i = 0; i < 100 && status_of().is_attached; i++)
		usleep(20000);
	return !status_of().is_attached;
}

static void a_pin_of_another_cgroups_link_is_stale_and_replaced(void **state)
{
	struct counter ours;
	char old[100];

	(void)state;
	ours_open(&ours);
	put(&ours);
	snprintf(old, sizeof(old), "%.99s", cgroup);
	snprintf(cgroup, sizeof(cgroup), "%s-new", old);
	assert_int_equal(mkdir(cgroup, 0755), 0);
	assert_false(status_of().is_attached);
	put(&ours);
	assert_ours(&ours, 0);
	assert_int_equal(attach_cgroup_clear(LINKS, cgroup, &connect4), 0);
	assert_int_equal(rmdir(cgroup), 0);
	snprintf(cgroup, sizeof(cgroup), "%s", old);
	assert_true(is_soon_detached());
	counter_close(&ours);
}

static void a_program_that_wants_to_be_alone_is_left_alone(void **state)
{
	struct counter ours, other;
	int fd = open(cgroup, O_RDONLY | O_CLOEXEC);

	(void)state;
	ours_open(&ours);
	call_open(&other, "others", "others_map");
	assert_int_equal(bpf_prog_attach(other.prog_fd, fd, BPF_CGROUP_INET4_CONNECT, 0), 0);
	assert_int_equal(attach_cgroup_set(LINKS, cgroup, &connect4, ours.prog_fd), -EPERM);
	assert_int_equal(status_of().foreign, 1);
	assert_int_equal(bpf_prog_detach2(other.prog_fd, fd, BPF_CGROUP_INET4_CONNECT), 0);
	close(fd);
	counter_close(&ours);
	counter_close(&other);
}

static void where_no_cgroup_is_nothing_is_attached(void **state)
{
	struct attach_status status = { .is_attached = true };
	struct counter ours;

	(void)state;
	ours_open(&ours);
	assert_int_equal(attach_cgroup_query(LINKS, "/tmp", &connect4, &status), 0);
	assert_false(status.is_attached);
	assert_int_equal(attach_cgroup_query(LINKS, "/tmp/nowhere", &connect4, &status), 0);
	assert_int_equal(attach_cgroup_clear(LINKS, "/tmp/nowhere", &connect4), 0);
	assert_int_equal(attach_cgroup_set(LINKS, "/tmp", &connect4, ours.prog_fd), -ENOENT);
	counter_close(&ours);
}

static void a_mount_is_made_once_and_undone_with_its_directories(void **state)
{
	(void)state;
	assert_int_equal(cgroup_dirs_missing("/tmp/a/b/c"), 3);
	assert_int_equal(cgroup_is_mounted("/tmp/a/b/c"), 0);
	assert_int_equal(cgroup_mount("/tmp/a/b/c"), 0);
	assert_int_equal(cgroup_is_mounted("/tmp/a/b/c"), 1);
	assert_int_equal(cgroup_mount("/tmp/a/b/c"), 0);
	assert_int_equal(cgroup_dirs_missing("/tmp/a/b/c"), 0);
	assert_int_equal(cgroup_unmount("/tmp/a/b/c", 2), 0);
	assert_int_equal(cgroup_is_mounted("/tmp/a/b/c"), 0);
	assert_int_equal(access("/tmp/a", F_OK), 0);
	assert_int_equal(access("/tmp/a/b", F_OK), -1);
	assert_int_equal(cgroup_unmount("/tmp/a/b/c", 2), 0);
}

static void a_mount_that_is_in_use_stays(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(cgroup_mount("/tmp/used"), 0);
	fd = open("/tmp/used/cgroup.procs", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(cgroup_unmount("/tmp/used", 1), 0);
	assert_int_equal(cgroup_is_mounted("/tmp/used"), 1);
	close(fd);
	assert_int_equal(cgroup_unmount("/tmp/used", 1), 0);
	assert_int_equal(access("/tmp/used", F_OK), -1);
}

#define CGROUP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	struct CMUnitTest tests[] = {
		CGROUP_TEST(a_program_is_attached_updated_in_place_and_taken_away),
		CGROUP_TEST(programs_of_others_are_counted_and_stay),
		CGROUP_TEST(a_link_whose_pin_is_out_of_sight_is_found_and_pinned_again),
		CGROUP_TEST(a_second_link_of_ours_goes),
		CGROUP_TEST(a_pin_of_another_cgroups_link_is_stale_and_replaced),
		CGROUP_TEST(a_program_that_wants_to_be_alone_is_left_alone),
		CGROUP_TEST(where_no_cgroup_is_nothing_is_attached),
		CGROUP_TEST(a_mount_is_made_once_and_undone_with_its_directories),
		CGROUP_TEST(a_mount_that_is_in_use_stays),
	};

	return attach_main(tests);
}
