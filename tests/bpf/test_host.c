// SPDX-License-Identifier: BSD-2-Clause
/* from_host (what the node's stack sends into the pod network) and from_netdev (what a NIC receives). */
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"

enum {
	L3 = PACKET_ETH,
	IP_HEADER = 20,
};

static struct datapath host_bpf, host_legacy, host_native;
static struct datapath net_bpf, net_legacy, net_native;
static unsigned int hr_host, nic, lxc1, lxc2;

static struct datapath *const hosts[BUNDLE_ROUTING__COUNT] = {
	[BUNDLE_BPF] = &host_bpf,
	[BUNDLE_LEGACY] = &host_legacy,
	[BUNDLE_NATIVE] = &host_native,
};
static struct datapath *const nets[BUNDLE_ROUTING__COUNT] = {
	[BUNDLE_BPF] = &net_bpf,
	[BUNDLE_LEGACY] = &net_legacy,
	[BUNDLE_NATIVE] = &net_native,
};

static struct packet ipv4(const char *dmac, const char *src, const char *dst)
{
	struct packet p;

	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = dmac,
					     .smac = "02:00:00:00:00:ff",
					     .src = src,
					     .dst = dst,
					     .payload = 64 });
	return p;
}

static struct packet from_stack(const char *src, const char *dst)
{
	return ipv4("02:00:00:00:00:ff", src, dst);
}

static struct packet from_wire(const char *dst)
{
	return ipv4(NIC_MAC, OUTSIDE_IP, dst);
}

static void expect_host(const struct datapath *dp, const struct packet *p, enum hr_reason reason,
			const struct packet *out)
{
	expect_verdict(dp, &(struct input){ .packet = p, .ifindex = hr_host }, reason, out);
}

static void expect_net(const struct datapath *dp, const struct packet *p, enum hr_reason reason,
		       const struct packet *out)
{
	expect_verdict(dp, &(struct input){ .packet = p, .ifindex = nic }, reason, out);
}

static void expect_hosts(const struct packet *p, enum hr_reason reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		expect_host(hosts[i], p, reason, NULL);
}

static void expect_nets(const struct packet *p, enum hr_reason reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(nets); i++)
		expect_net(nets[i], p, reason, NULL);
}

static void the_stacks_packet_to_a_pod_gets_its_macs_and_keeps_its_ttl(void **state)
{
	static const uint8_t ttls[] = { 64, 1, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts) * ARRAY_SIZE(ttls); i++) {
		struct packet in = from_stack(ROUTER_IP, POD_B_IP), out;

		packet_set_ttl(&in, ttls[i % ARRAY_SIZE(ttls)]);
		out = in;
		packet_set_macs(&out, POD_B_MAC, POD_B_NODE_MAC);
		expect_host(hosts[i / ARRAY_SIZE(ttls)], &in, REASON_TO_POD, &out);
	}
}

static void the_stacks_packet_to_a_remote_pod_is_encapsulated(void **state)
{
	/* The node's own, and one that a pod sent through the stack. */
	struct packet own = from_stack(ROUTER_IP, REMOTE_POD_IP);
	struct packet pods = from_stack(POD_A_IP, REMOTE_POD_IP);

	(void)state;
	expect_host(&host_bpf, &own, REASON_TO_OVERLAY, NULL);
	expect_host(&host_legacy, &own, REASON_TO_OVERLAY, NULL);
	expect_host(&host_legacy, &pods, REASON_TO_OVERLAY, NULL);
}

static void without_a_tunnel_there_is_no_way_to_a_remote_pod_by_this_device(void **state)
{
	struct packet p = from_stack(ROUTER_IP, REMOTE_POD_IP);

	(void)state;
	assert_false(datapath_has_map(&host_native, "hr_ipcache4"));
	assert_true(datapath_has_map(&host_bpf, "hr_ipcache4"));
	expect_host(&host_native, &p, REASON_UNROUTABLE, NULL);
}

static void nothing_but_pods_is_reached_from_the_pod_networks_device(void **state)
{
	/* No pod any more; an address of the node; the outside; multicast; a prefix without a tunnel */
	static const char *const destinations[] = { "10.233.64.200", NODE_IP,	    ROUTER_IP,
						    OUTSIDE_IP,	     "224.0.0.251", "10.233.66.7" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_stack(ROUTER_IP, destinations[i]);

		expect_hosts(&p, REASON_UNROUTABLE);
	}
}

static void what_is_not_ipv4_does_not_enter_the_pod_network(void **state)
{
	static const uint16_t types[] = { 0x86dd, 0x0806, 0x8100, 0x88cc };
	struct packet p = from_stack(ROUTER_IP, POD_B_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		packet_set_u16(&p, 12, types[i]);
		expect_hosts(&p, REASON_UNKNOWN_L3);
	}
}

static void a_malformed_packet_does_not_enter_the_pod_network(void **state)
{
	struct packet p = from_stack(ROUTER_IP, POD_B_IP);

	(void)state;
	for (p.len = L3; p.len < L3 + IP_HEADER + 64; p.len++)
		expect_hosts(&p, REASON_INVALID);
	packet_set_u8(&p, L3, 0x65);
	expect_hosts(&p, REASON_INVALID);
}

static void a_nics_packet_to_a_local_pod_goes_straight_to_it_for_one_hop(void **state)
{
	(void)state;
	for (unsigned int ttl = 2; ttl <= 255; ttl++) {
		struct packet in = from_wire(POD_B_IP), out;

		packet_set_ttl(&in, (uint8_t)ttl);
		out = in;
		packet_set_macs(&out, POD_B_MAC, POD_B_NODE_MAC);
		packet_set_ttl(&out, (uint8_t)(ttl - 1));
		expect_net(&net_bpf, &in, REASON_TO_POD_PEER, &out);
		expect_net(&net_native, &in, REASON_TO_POD_PEER, &out);
	}
}

static void a_nics_packet_at_its_last_hop_is_left_to_the_stack(void **state)
{
	struct packet p = from_wire(POD_B_IP);

	(void)state;
	packet_set_ttl(&p, 1);
	expect_net(&net_bpf, &p, REASON_TTL_EXPIRED, NULL);
	packet_set_ttl(&p, 0);
	expect_net(&net_bpf, &p, REASON_TTL_EXPIRED, NULL);
}

static void a_nics_packet_to_the_node_or_through_it_is_left_to_the_stack(void **state)
{
	static const char *const destinations[] = { OUTSIDE_IP, REMOTE_POD_IP, "10.233.64.200",
						    "224.0.0.251", "255.255.255.255" };
	struct packet p = from_wire(NODE_IP);

	(void)state;
	expect_net(&net_bpf, &p, REASON_TO_HOST, NULL);
	expect_net(&net_native, &p, REASON_TO_HOST, NULL);
	expect_net(&net_legacy, &p, REASON_TO_STACK, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		p = from_wire(destinations[i]);
		expect_nets(&p, REASON_TO_STACK);
	}
}

static void a_frame_for_another_machine_is_not_stolen_for_a_pod(void **state)
{
	static const char *const macs[] = { "02:00:00:00:00:99", BROADCAST_MAC,
					    "01:00:5e:00:00:fb" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
		struct packet p = ipv4(macs[i], OUTSIDE_IP, POD_B_IP);

		expect_nets(&p, REASON_TO_STACK);
	}
}

static void a_nic_fails_open_for_other_protocols_and_malformed_packets(void **state)
{
	static const uint16_t types[] = { 0x86dd, 0x0806, 0x8100, 0x88cc };
	struct packet p = from_wire(POD_B_IP);

	(void)state;
	for (p.len = L3; p.len < L3 + IP_HEADER + 64; p.len++)
		expect_nets(&p, REASON_TO_STACK);
	packet_set_u8(&p, L3, 0x44);
	expect_nets(&p, REASON_TO_STACK);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		p = from_wire(POD_B_IP);
		packet_set_u16(&p, 12, types[i]);
		expect_nets(&p, REASON_TO_STACK);
	}
}

static void a_vlans_packet_belongs_to_the_vlans_device(void **state)
{
	static const struct bpf_insn push_tag[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0x0081 }, /* 0x8100, swapped */
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 7 },
		{ BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push },
	};
	struct packet p = from_wire(POD_B_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nets); i++) {
		_cleanup_close_ int fd = datapath_prefixed(nets[i], push_tag, ARRAY_SIZE(push_tag));

		expect_verdict(nets[i],
			       &(struct input){ .packet = &p, .ifindex = nic, .prog_fd = fd },
			       REASON_TO_STACK, NULL);
	}
}

static void legacy_mode_leaves_a_nics_packets_to_the_stack(void **state)
{
	struct packet p = from_wire(POD_B_IP);

	(void)state;
	expect_net(&net_legacy, &p, REASON_TO_STACK, NULL);
}

static void fill(const struct datapath *dp)
{
	datapath_add_endpoint(dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(dp, POD_B_IP, lxc2, POD_B_IDENTITY, POD_B_MAC, POD_B_NODE_MAC);
	datapath_add_endpoint(dp, ROUTER_IP, 0, HR_ID_HOST, NULL, NULL);
	datapath_add_endpoint(dp, NODE_IP, 0, HR_ID_HOST, NULL, NULL);
	if (!datapath_has_map(dp, "hr_ipcache4"))
		return;
	datapath_add_prefix(dp, NODE2_PODS, NODE2_IP, HR_ID_WORLD);
	datapath_add_prefix(dp, "10.233.66.0/24", NULL, HR_ID_WORLD);
}

static int set_up(void **state)
{
	(void)state;
	hr_host = harness_veth("hr_host", "02:00:00:00:00:ff");
	nic = harness_veth("nic", NIC_MAC);
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	lxc2 = harness_veth("lxc2", POD_B_NODE_MAC);
	datapath_open_all(hosts, HOOK_FROM_HOST);
	datapath_open_all(nets, HOOK_FROM_NETDEV);
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		fill(hosts[i]);
		fill(nets[i]);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	datapath_close_all(hosts);
	datapath_close_all(nets);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stacks_packet_to_a_pod_gets_its_macs_and_keeps_its_ttl),
		cmocka_unit_test(the_stacks_packet_to_a_remote_pod_is_encapsulated),
		cmocka_unit_test(without_a_tunnel_there_is_no_way_to_a_remote_pod_by_this_device),
		cmocka_unit_test(nothing_but_pods_is_reached_from_the_pod_networks_device),
		cmocka_unit_test(what_is_not_ipv4_does_not_enter_the_pod_network),
		cmocka_unit_test(a_malformed_packet_does_not_enter_the_pod_network),
		cmocka_unit_test(a_nics_packet_to_a_local_pod_goes_straight_to_it_for_one_hop),
		cmocka_unit_test(a_nics_packet_at_its_last_hop_is_left_to_the_stack),
		cmocka_unit_test(a_nics_packet_to_the_node_or_through_it_is_left_to_the_stack),
		cmocka_unit_test(a_frame_for_another_machine_is_not_stolen_for_a_pod),
		cmocka_unit_test(a_nic_fails_open_for_other_protocols_and_malformed_packets),
		cmocka_unit_test(a_vlans_packet_belongs_to_the_vlans_device),
		cmocka_unit_test(legacy_mode_leaves_a_nics_packets_to_the_stack),
	};

	return harness_main(tests, set_up, tear_down);
}
