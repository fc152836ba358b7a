// SPDX-License-Identifier: BSD-2-Clause
/*
 * from_overlay: what becomes of a decapsulated packet. test_run has no tunnel metadata, so a prefix program
 * writes them: cb[0] is the identity (VNI) and cb[1] the outer source.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/hostile.h"
#include "tests/bpf/packet_l4.h"

enum {
	L3 = PACKET_ETH,
	IP_HEADER = 20,
	KEY = -(int)sizeof(struct bpf_tunnel_key),
};

#define STRANGER_IP "192.168.64.66"

struct mode {
	struct datapath dp;
	int tunnelled_fd; /* dp's program behind the prefix */
};

static struct mode bpf, legacy, masquerading;
static struct mode *const modes[] = { &bpf, &legacy };
static unsigned int vxlan, lxc1;

#define LOAD_CB(reg, index)                                                                    \
	{                                                                                      \
		BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (reg), .src_reg = 6,                     \
					   .off = offsetof(struct __sk_buff, cb) + 4 * (index) \
	}
#define STORE_KEY(reg, field)                                                    \
	{                                                                        \
		BPF_STX | BPF_MEM | BPF_W,                                       \
			.dst_reg = 10, .src_reg = (reg),                         \
			.off = KEY + (int)offsetof(struct bpf_tunnel_key, field) \
	}
#define CLEAR_KEY(offset_)                                                      \
	{                                                                       \
		BPF_ST | BPF_MEM | BPF_W, .dst_reg = 10, .off = KEY + (offset_) \
	}

/*
 * What is written as the local address of a key to send is read back as the remote one of a key received. Kernels
 * before 6.1 know no such field and refuse the size of a key that has it: there every packet is from 0.0.0.0.
 */
static bool source_is_told;

enum {
	OLD_KEY_SIZE = offsetof(struct bpf_tunnel_key, local_ipv4),
	SIZE_INSN = 16, /* where receive_from_tunnel sets the size */
};

static struct bpf_insn receive_from_tunnel[] = {
	CLEAR_KEY(4),
	CLEAR_KEY(8),
	CLEAR_KEY(12),
	CLEAR_KEY(16),
	CLEAR_KEY(20),
	CLEAR_KEY(24),
	CLEAR_KEY(32),
	CLEAR_KEY(36),
	CLEAR_KEY(40),
	LOAD_CB(1, 0),
	STORE_KEY(1, tunnel_id),
	LOAD_CB(1, 1),
	STORE_KEY(1, local_ipv4),
	{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
	{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 },
	{ BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = KEY },
	[SIZE_INSN] = { BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3,
			.imm = sizeof(struct bpf_tunnel_key) },
	{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4, .imm = 0 },
	{ BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_set_tunnel_key },
};

static struct packet inner(const char *dst)
{
	struct packet p;

	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = "02:00:00:00:0b:01",
					     .smac = "02:00:0a:e9:41:07",
					     .src = REMOTE_POD_IP,
					     .dst = dst,
					     .payload = 64 });
	return p;
}

/* 0.0.0.0 is a node exactly where `addr` is one. */
static void pretend_source(const struct mode *mode, uint32_t addr)
{
	int fd = bpf_object__find_map_fd_by_name(mode->dp.object, "hr_nodes4");
	const uint32_t nowhere = 0;
	struct hr_node node;

	assert_true(fd >= 0);
	bpf_map_delete_elem(fd, &nowhere);
	if (!bpf_map_lookup_elem(fd, &addr, &node))
		assert_int_equal(bpf_map_update_elem(fd, &nowhere, &node, BPF_ANY), 0);
}

static void expect_from(const struct mode *mode, const char *node, uint32_t identity,
			const struct packet *p, enum hr_reason reason, const struct packet *out)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(node, &addr), 0);
	if (!source_is_told)
		pretend_source(mode, addr);
	expect_verdict(&mode->dp,
		       &(struct input){ .packet = p,
					.ifindex = vxlan,
					.cb = { identity, ntohl(addr) },
					.prog_fd = mode->tunnelled_fd },
		       reason, out);
}

static void expect(const struct mode *mode, const struct packet *p, enum hr_reason reason,
		   const struct packet *out)
{
	expect_from(mode, NODE2_IP, POD_B_IDENTITY, p, reason, out);
}

static void expect_both(const struct packet *p, enum hr_reason reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		expect(modes[i], p, reason, NULL);
}

static void a_packet_that_came_through_no_tunnel_is_dropped(void **state)
{
	struct packet p = inner(POD_A_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		expect_verdict(&modes[i]->dp, &(struct input){ .packet = &p, .ifindex = vxlan },
			       REASON_NO_TUNNEL_KEY, NULL);
}

static void a_known_nodes_packet_to_a_local_pod_goes_straight_to_it_for_one_hop(void **state)
{
	(void)state;
	for (unsigned int ttl = 2; ttl <= 255; ttl++) {
		struct packet in = inner(POD_A_IP), out;

		packet_set_ttl(&in, (uint8_t)ttl);
		out = in;
		packet_set_macs(&out, POD_A_MAC, POD_A_NODE_MAC);
		packet_set_ttl(&out, (uint8_t)(ttl - 1));
		expect(&bpf, &in, REASON_TO_POD_PEER, &out);
	}
}

static void a_tunnelled_packet_at_its_last_hop_is_left_to_the_stack(void **state)
{
	struct packet p = inner(POD_A_IP);

	(void)state;
	packet_set_ttl(&p, 1);
	expect(&bpf, &p, REASON_TTL_EXPIRED, NULL);
	packet_set_ttl(&p, 0);
	expect(&bpf, &p, REASON_TTL_EXPIRED, NULL);
}

static void in_legacy_mode_the_stack_takes_it_to_the_pod(void **state)
{
	struct packet p = inner(POD_A_IP);

	(void)state;
	expect(&legacy, &p, REASON_TO_STACK, NULL);
	packet_set_ttl(&p, 1);
	expect(&legacy, &p, REASON_TO_STACK, NULL);
}

static void addresses_of_the_node_are_reached_through_its_stack(void **state)
{
	struct packet router = inner(ROUTER_IP), node = inner(NODE_IP);

	(void)state;
	packet_set_ttl(&router, 1);
	expect_both(&router, REASON_TO_HOST);
	expect_both(&node, REASON_TO_HOST);
}

static void the_tunnel_is_no_way_through_this_node(void **state)
{
	static const char *const destinations[] = { OUTSIDE_IP,	 REMOTE_POD_IP,	   GATEWAY_IP,
						    NODE2_IP,	 "10.233.64.200",  "224.0.0.251",
						    "127.0.0.1", "255.255.255.255" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = inner(destinations[i]);

		expect_both(&p, REASON_UNROUTABLE);
	}
}

static void a_host_that_is_no_known_node_cannot_tunnel_to_us(void **state)
{
	static const char *const strangers[] = { STRANGER_IP, NODE_IP, REMOTE_POD_IP, "0.0.0.0" };
	struct packet p = inner(POD_A_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes) * ARRAY_SIZE(strangers); i++)
		expect_from(modes[i % 2], strangers[i / 2], POD_B_IDENTITY, &p, REASON_UNKNOWN_NODE,
			    NULL);
}

static void nobody_else_is_this_host(void **state)
{
	struct packet p = inner(POD_A_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		expect_from(modes[i], NODE2_IP, HR_ID_HOST, &p, REASON_INVALID_IDENTITY, NULL);
		/* An unknown node is told nothing about identities. */
		expect_from(modes[i], STRANGER_IP, HR_ID_HOST, &p, REASON_UNKNOWN_NODE, NULL);
	}
}

static void another_node_is_a_remote_node(void **state)
{
	struct packet p = inner(ROUTER_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		expect_from(modes[i], NODE2_IP, HR_ID_REMOTE_NODE, &p, REASON_TO_HOST, NULL);
}

static void what_is_not_ipv4_is_dropped(void **state)
{
	static const uint16_t types[] = { 0x86dd, 0x0806, 0x8100, 0x88cc };
	struct packet p = inner(POD_A_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		packet_set_u16(&p, 12, types[i]);
		expect_both(&p, REASON_UNKNOWN_L3);
	}
}

static void a_malformed_packet_is_dropped(void **state)
{
	struct packet p = inner(POD_A_IP);

	(void)state;
	for (p.len = L3; p.len < L3 + IP_HEADER + 64; p.len++)
		expect_both(&p, REASON_INVALID);
	packet_set_u8(&p, L3, 0x44);
	expect_both(&p, REASON_INVALID);
}

static void hostile_packets_reach_a_pod_only_where_a_router_forwards_them(void **state)
{
	static const enum hr_reason reasons[] = { [HOSTILE_PLAIN] = REASON_TO_POD_PEER,
						  [HOSTILE_OPTIONS] = REASON_IP_OPTIONS,
						  [HOSTILE_EXPIRED] = REASON_TTL_EXPIRED,
						  [HOSTILE_INVALID] = REASON_INVALID };
	const struct ipv4_spec between = { .src = REMOTE_POD_IP, .dst = POD_A_IP };

	(void)state;
	for (size_t i = 0; i < hostile_count; i++) {
		const struct hostile *h = &hostiles[i];
		bool is_invalid = h->kind == HOSTILE_INVALID;
		struct packet in, out;

		print_message("# %s\n", h->name);
		hostile_packet(h, &between, &in);
		out = in;
		if (h->kind == HOSTILE_PLAIN) {
			packet_set_macs(&out, POD_A_MAC, POD_A_NODE_MAC);
			hostile_hop(h, &out);
		}
		expect(&bpf, &in, reasons[h->kind], &out);
		expect(&legacy, &in, is_invalid ? REASON_INVALID : REASON_TO_STACK, NULL);
	}
}

static size_t flows(const struct mode *mode)
{
	int fd = datapath_map(&mode->dp, "hr_nat4");
	struct hr_nat_key key, *from = NULL;
	size_t count = 0;

	while (!bpf_map_get_next_key(fd, from, &key)) {
		from = &key;
		count++;
	}
	return count;
}

static void expect_at_pod(uint32_t identity, const struct l4_spec *flow, size_t entries)
{
	struct packet in, out;

	packet_l4(&in, flow);
	out = in;
	packet_set_macs(&out, POD_A_MAC, POD_A_NODE_MAC);
	packet_set_ttl(&out, 63);
	expect_from(&masquerading, NODE2_IP, identity, &in, REASON_TO_POD_PEER, &out);
	assert_int_equal(flows(&masquerading), entries);
}

static void a_flow_of_another_node_is_entered_because_its_answers_leave_by_the_nic(void **state)
{
	struct l4_spec flow = { .protocol = IPPROTO_TCP,
				.src = NODE2_IP,
				.dst = POD_A_IP,
				.sport = 40000,
				.dport = 8080,
				.tcp_flags = SYN };
	struct hr_nat_key answer;
	struct hr_nat entry;

	(void)state;
	expect_at_pod(POD_B_IDENTITY, &flow, 0);
	expect_at_pod(HR_ID_REMOTE_NODE, &flow, 1);
	answer = (struct hr_nat_key){ .sport = htons(8080),
				      .dport = htons(40000),
				      .protocol = IPPROTO_TCP,
				      .direction = HR_NAT_EGRESS };
	assert_int_equal(parse_ipv4(POD_A_IP, &answer.saddr), 0);
	assert_int_equal(parse_ipv4(NODE2_IP, &answer.daddr), 0);
	assert_int_equal(
		bpf_map_lookup_elem(datapath_map(&masquerading.dp, "hr_nat4"), &answer, &entry), 0);
	assert_true(entry.flags & HR_NAT_INBOUND);
	/* From an address that is answered through the tunnel. */
	flow.src = "10.233.65.1";
	expect_at_pod(HR_ID_REMOTE_NODE, &flow, 1);
}

static void an_object_holds_only_the_maps_it_uses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_true(datapath_has_map(&modes[i]->dp, "hr_nodes4"));
		assert_false(datapath_has_map(&modes[i]->dp, "hr_ipcache4"));
		assert_false(datapath_has_map(&modes[i]->dp, "hr_frontends4"));
	}
	/* With host routing come services from outside, whose answers arrive here. */
	assert_true(datapath_has_map(&bpf.dp, "hr_nat4"));
	assert_false(datapath_has_map(&legacy.dp, "hr_nat4"));
}

/* Runs the prefix alone, on a packet that nobody sees. */
static bool kernel_takes_the_whole_key(void)
{
	const struct bpf_insn exit_insn = { BPF_JMP | BPF_EXIT };
	struct bpf_insn insns[ARRAY_SIZE(receive_from_tunnel) + 2] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
	};
	struct packet p = inner(POD_A_IP);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p.data, .data_size_in = (uint32_t)p.len);
	_cleanup_close_ int fd = -1;

	memcpy(insns + 1, receive_from_tunnel, sizeof(receive_from_tunnel));
	insns[ARRAY_SIZE(insns) - 1] = exit_insn;
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "key", "Dual BSD/GPL", insns, ARRAY_SIZE(insns),
			   NULL);
	assert_true(fd >= 0);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	return !opts.retval;
}

static void mode_open(struct mode *mode, enum bundle bundle)
{
	datapath_open(&mode->dp, bundle, HOOK_FROM_OVERLAY);
	mode->tunnelled_fd =
		datapath_prefixed(&mode->dp, receive_from_tunnel, ARRAY_SIZE(receive_from_tunnel));
	datapath_add_endpoint(&mode->dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(&mode->dp, ROUTER_IP, 0, HR_ID_HOST, NULL, NULL);
	datapath_add_endpoint(&mode->dp, NODE_IP, 0, HR_ID_HOST, NULL, NULL);
	datapath_add_node(&mode->dp, NODE2_IP);
}

static int set_up(void **state)
{
	(void)state;
	vxlan = harness_veth("vxlan", "02:00:00:00:00:fe");
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	source_is_told = kernel_takes_the_whole_key();
	if (!source_is_told)
		receive_from_tunnel[SIZE_INSN].imm = OLD_KEY_SIZE;
	mode_open(&bpf, BUNDLE_BPF);
	mode_open(&legacy, BUNDLE_LEGACY);
	mode_open(&masquerading, BUNDLE_MASQ_BPF);
	return 0;
}

static void mode_close(struct mode *mode)
{
	datapath_close(&mode->dp);
	close(mode->tunnelled_fd);
}

static int tear_down(void **state)
{
	(void)state;
	mode_close(&bpf);
	mode_close(&legacy);
	mode_close(&masquerading);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_that_came_through_no_tunnel_is_dropped),
		cmocka_unit_test(
			a_known_nodes_packet_to_a_local_pod_goes_straight_to_it_for_one_hop),
		cmocka_unit_test(a_tunnelled_packet_at_its_last_hop_is_left_to_the_stack),
		cmocka_unit_test(in_legacy_mode_the_stack_takes_it_to_the_pod),
		cmocka_unit_test(addresses_of_the_node_are_reached_through_its_stack),
		cmocka_unit_test(the_tunnel_is_no_way_through_this_node),
		cmocka_unit_test(a_host_that_is_no_known_node_cannot_tunnel_to_us),
		cmocka_unit_test(nobody_else_is_this_host),
		cmocka_unit_test(another_node_is_a_remote_node),
		cmocka_unit_test(what_is_not_ipv4_is_dropped),
		cmocka_unit_test(a_malformed_packet_is_dropped),
		cmocka_unit_test(hostile_packets_reach_a_pod_only_where_a_router_forwards_them),
		cmocka_unit_test(
			a_flow_of_another_node_is_entered_because_its_answers_leave_by_the_nic),
		cmocka_unit_test(an_object_holds_only_the_maps_it_uses),
	};

	return harness_main(tests, set_up, tear_down);
}
