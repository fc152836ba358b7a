/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that counts the packets it sees, and what the tests of attachment ask and assert about one. For
 * use inside the sandbox.
 */
#ifndef HR_TESTS_BPF_COUNTER_H
#define HR_TESTS_BPF_COUNTER_H

#include "tests/bpf/sandbox.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>

#include "common/cleanup.h"
#include "install/attach.h"
#include "install/tcx.h"
#include "probe/features.h"
#include "tests/skip.h"

#define LINKS SANDBOX_BPFFS "/links"
#define LO_IFINDEX 1
#define TCX_NEXT (-1)
#define VERDICT_OK 0

__attribute__((unused)) static const struct attach_point lo_ingress = {
	.interface = "lo",
	.ifindex = LO_IFINDEX,
	.direction = ATTACH_INGRESS,
	.program = "from_test",
};

__attribute__((unused)) static const struct attach_point lo_egress = {
	.interface = "lo",
	.ifindex = LO_IFINDEX,
	.direction = ATTACH_EGRESS,
	.program = "from_test",
};

/* A program that adds one to its map and returns verdict. */
struct counter {
	int map_fd, prog_fd;
	uint32_t prog_id;
};

static inline void counter_open(struct counter *c, const char *name, const char *map_name,
				int verdict)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	c->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, map_name, 4, 8, 1, NULL);
	assert_true(c->map_fd >= 0);
	const struct bpf_insn insns[] = {
		{ BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4 },
		{ BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, c->map_fd },
		{ 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem },
		{ BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1 },
		{ BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, 0, BPF_ADD },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, verdict },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};

	c->prog_fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "Dual BSD/GPL", insns,
				   ARRAY_SIZE(insns), NULL);
	assert_true(c->prog_fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(c->prog_fd, &info, &len), 0);
	c->prog_id = info.id;
}

static inline void own_open(struct counter *c)
{
	counter_open(c, "from_test", ATTACH_OWN_MAP, VERDICT_OK);
}

static inline void counter_close(struct counter *c)
{
	close(c->prog_fd);
	close(c->map_fd);
}

static inline uint64_t counter_value(const struct counter *c)
{
	uint32_t key = 0;
	uint64_t value = 0;

	assert_int_equal(bpf_map_lookup_elem(c->map_fd, &key, &value), 0);
	return value;
}

/* Each datagram crosses lo once: out on egress, in on ingress. */
static inline void send_datagrams(int count)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(9999),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	for (int i = 0; i < count; i++)
		assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
	close(fd);
}

/* False on a kernel before 6.6. Anything but its two answers fails the running test. */
static inline bool tcx_is_there(void)
{
	struct tcx_list list;
	int err = tcx_query(LO_IFINDEX, TCX_INGRESS, &list);

	assert_int_equal(err, err ? -EOPNOTSUPP : 0);
	return !err;
}

/* A test that needs tcx. Its state is its title for a kernel that has none. */
#define TCX_TEST(f)                                                           \
	{                                                                     \
		.name = #f, .test_func = f, .setup_func = sandbox_setup,      \
		.initial_state = (void *)(#f " # SKIP no tcx in this kernel") \
	}

/*
 * For main(), before the group runs: without tcx, tests that need it are skipped. test_attach.c holds the test that
 * the kernel may lack it.
 */
static inline void tcx_tests_settle(struct CMUnitTest *tests, size_t count)
{
	struct tcx_list list;

	if (tcx_query(LO_IFINDEX, TCX_INGRESS, &list) == -EOPNOTSUPP)
		skip_titled(tests, count);
}

/* A test that needs none. */
#define ATTACH_TEST(f) cmocka_unit_test_setup(f, sandbox_setup)

/* The body of main(): the group in private namespaces. Its value is main()'s. */
#define attach_main(tests)                                                         \
	({                                                                         \
		int attach_status;                                                 \
                                                                                   \
		cmocka_set_message_output(CM_OUTPUT_TAP);                          \
		if (sandbox_is_possible(&attach_status)) {                         \
			tcx_tests_settle(tests, ARRAY_SIZE(tests));                \
			attach_status = cmocka_run_group_tests(tests, NULL, NULL); \
		}                                                                  \
		attach_status;                                                     \
	})

static inline struct attach_status query(const struct attach_point *point)
{
	struct attach_status status;

	assert_int_equal(attach_query(LINKS, point, &status), 0);
	return status;
}

static inline void set(const struct attach_point *point, enum attach_mode mode,
		       const struct counter *c, bool expect_clsact)
{
	bool created = !expect_clsact;

	assert_int_equal(attach_set(LINKS, point, mode, c->prog_fd, &created), 0);
	assert_int_equal(created, expect_clsact);
}

static inline void assert_held(const struct attach_point *point, enum attach_mode mode,
			       const struct counter *c)
{
	struct attach_status status = query(point);

	assert_true(status.is_attached);
	assert_int_equal(status.mode, mode);
	assert_int_equal(status.prog_id, c->prog_id);
	assert_false(status.needs_repair);
}

static inline uint32_t pinned_link_id(const char *name)
{
	char path[128];
	uint32_t id = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", LINKS, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	assert_int_equal(tcx_link_id(fd, &id), 0);
	close(fd);
	return id;
}

static inline size_t filter_count(const char *side)
{
	char out[SANDBOX_OUTPUT_MAX];
	size_t count = 0;

	sandbox_output(out, "tc", "filter", "show", "dev", "lo", side);
	for (const char *p = out; (p = strstr(p, "direct-action")); p++)
		count++;
	return count;
}

static inline bool lo_has_clsact(void)
{
	char out[SANDBOX_OUTPUT_MAX];

	assert_int_equal(sandbox_output(out, "tc", "qdisc", "show", "dev", "lo"), 0);
	return strstr(out, "clsact");
}

/* A filter of somebody else: same side, other priority. */
static inline void foreign_filter_add(const struct counter *c, uint32_t handle, uint32_t priority)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = LO_IFINDEX,
			    .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = c->prog_fd, .handle = handle,
			    .priority = priority);
	int err = bpf_tc_hook_create(&hook);

	assert_true(err == 0 || err == -EEXIST);
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
}

/* A veth called name; its index is in *point. */
static inline void veth_add(const char *name, struct attach_point *point)
{
	assert_int_equal(
		sandbox_run("ip", "link", "add", name, "type", "veth", "peer", "name", "other"), 0);
	*point = lo_ingress;
	snprintf(point->interface, sizeof(point->interface), "%s", name);
	point->ifindex = if_nametoindex(name);
	assert_int_not_equal(point->ifindex, 0);
}

#endif
