// SPDX-License-Identifier: BSD-2-Clause
/* from_container: what becomes of an IPv4 packet that a pod sends, in each mode. ARP: test_arp.c. */
#include <linux/in.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"

enum {
	L3 = PACKET_ETH,
	IP_TOTAL_OFFSET = L3 + 2,
	IP_HEADER = 20,
};

static struct datapath bpf, legacy, native;
static struct datapath
	device; /* as bpf, for what is encapsulated: test_vxlan.c has the programs' own way */
static unsigned int lxc1, lxc2;

static struct datapath *const all_modes[BUNDLE_ROUTING__COUNT] = {
	[BUNDLE_BPF] = &bpf,
	[BUNDLE_LEGACY] = &legacy,
	[BUNDLE_NATIVE] = &native,
};

static struct packet from_pod(const char *dst)
{
	struct packet p;

	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .smac = POD_A_MAC,
					     .src = POD_A_IP,
					     .dst = dst,
					     .payload = 64 });
	return p;
}

static void expect(const struct datapath *dp, const struct packet *p, enum hr_reason reason,
		   const struct packet *out)
{
	expect_verdict(dp, &(struct input){ .packet = p, .ifindex = lxc1 }, reason, out);
}

static void expect_everywhere(const struct packet *p, enum hr_reason reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_modes); i++)
		expect(all_modes[i], p, reason, NULL);
}

/* One hop less, and pod B's frame. */
static struct packet to_pod_b(const struct packet *in)
{
	struct packet out = *in;

	packet_set_macs(&out, POD_B_MAC, POD_B_NODE_MAC);
	packet_set_ttl(&out, in->data[L3 + 8] - 1);
	return out;
}

static void expect_delivery(const struct packet *in)
{
	struct packet out = to_pod_b(in);

	expect(&bpf, in, REASON_TO_POD_PEER, &out);
}

static void a_packet_to_a_local_pod_loses_one_hop_and_gets_that_pods_macs(void **state)
{
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	expect_delivery(&p);
}

static void a_packet_with_two_hops_left_arrives_with_one(void **state)
{
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	packet_set_ttl(&p, 2);
	expect_delivery(&p);
}

static void a_packet_at_its_last_hop_is_left_to_the_stack_untouched(void **state)
{
	static const char *const destinations[] = { POD_B_IP, OUTSIDE_IP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_pod(destinations[i]);

		packet_set_ttl(&p, 1);
		expect(&bpf, &p, REASON_TTL_EXPIRED, NULL);
		packet_set_ttl(&p, 0);
		expect(&bpf, &p, REASON_TTL_EXPIRED, NULL);
	}
}

static void the_checksum_is_right_wherever_the_sum_carries(void **state)
{
	static const uint16_t checksums[] = { 0x0000, 0x0001, 0x00ff, 0x0100, 0x7fff, 0xfdff,
					      0xfe00, 0xfeff, 0xff00, 0xff01, 0xfffd, 0xfffe };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(checksums); i++) {
		struct packet p = from_pod(POD_B_IP);

		packet_force_checksum(&p, checksums[i]);
		expect_delivery(&p);
	}
}

static void every_ttl_is_decremented_with_a_right_checksum(void **state)
{
	(void)state;
	for (unsigned int ttl = 2; ttl <= 255; ttl++) {
		struct packet p = from_pod(POD_B_IP);

		packet_set_ttl(&p, (uint8_t)ttl);
		expect_delivery(&p);
	}
}

static void fragments_are_delivered_like_whole_packets(void **state)
{
	static const uint16_t fields[] = { 0x2000, 0x2001, 0x1fff, 0x4000 };
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
						     .src = POD_A_IP,
						     .dst = POD_B_IP,
						     .fragment = fields[i],
						     .payload = 8 });
		expect_delivery(&p);
	}
}

static void bytes_behind_the_packet_are_padding(void **state)
{
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	p.len += 6;
	expect_delivery(&p);
}

static void a_super_packet_longer_than_its_length_field_is_delivered(void **state)
{
	struct packet p = from_pod(POD_B_IP), out;

	(void)state;
	packet_set_u16(&p, IP_TOTAL_OFFSET, 0);
	packet_set_ttl(&p, 64);
	out = to_pod_b(&p);
	expect_verdict(&bpf, &(struct input){ .packet = &p, .ifindex = lxc1, .gso_size = 1448 },
		       REASON_TO_POD_PEER, &out);
	expect(&bpf, &p, REASON_INVALID, NULL);
}

static void addresses_of_the_node_are_reached_through_its_stack(void **state)
{
	struct packet router = from_pod(ROUTER_IP), node = from_pod(NODE_IP);

	(void)state;
	packet_set_ttl(&node, 1);
	expect(&bpf, &router, REASON_TO_HOST, NULL);
	expect(&bpf, &node, REASON_TO_HOST, NULL);
	expect(&native, &router, REASON_TO_HOST, NULL);
}

static void a_remote_pod_is_reached_by_tunnel_and_that_is_no_hop(void **state)
{
	struct packet p = from_pod(REMOTE_POD_IP);

	(void)state;
	expect(&device, &p, REASON_TO_OVERLAY, NULL);
	packet_set_ttl(&p, 1);
	expect(&device, &p, REASON_TO_OVERLAY, NULL);
}

static void expect_network(const struct datapath *dp, const struct packet *in)
{
	struct packet out = *in;

	packet_set_ttl(&out, in->data[L3 + 8] - 1);
	expect(dp, in, REASON_TO_NETWORK, &out);
}

static void a_prefix_without_tunnel_endpoint_is_routed(void **state)
{
	struct packet p = from_pod("10.233.66.7");

	(void)state;
	datapath_add_prefix(&bpf, "10.233.66.0/24", NODE2_IP, HR_ID_WORLD);
	datapath_add_prefix(&bpf, "10.233.66.7/32", NULL, HR_ID_WORLD);
	expect_network(&bpf, &p);
	datapath_add_prefix(&device, "10.233.66.0/24", NODE2_IP, HR_ID_WORLD);
	p = from_pod("10.233.66.8");
	expect(&device, &p, REASON_TO_OVERLAY, NULL);
}

static void without_a_tunnel_remote_pods_are_routed_and_there_is_no_ipcache(void **state)
{
	struct packet p = from_pod(REMOTE_POD_IP);

	(void)state;
	assert_false(datapath_has_map(&native, "hr_ipcache4"));
	assert_false(datapath_has_map(&native, "hr_nodes4"));
	assert_true(datapath_has_map(&bpf, "hr_ipcache4"));
	assert_false(datapath_has_map(&bpf, "hr_nodes4"));
	expect_network(&native, &p);
}

static void the_outside_is_reached_by_the_routing_table(void **state)
{
	/* By a gateway that is resolved, an on-link neighbour that is not, and an IPv6 next hop. */
	static const char *const destinations[] = { OUTSIDE_IP, "192.168.64.77", "192.0.2.7" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_pod(destinations[i]);

		expect_network(&bpf, &p);
		packet_set_ttl(&p, 2);
		expect_network(&bpf, &p);
	}
}

static void what_the_routing_table_does_not_forward_is_left_to_the_stack(void **state)
{
	/* blackhole, unreachable, prohibit; addresses of the node that no map knows; out where it came in */
	static const char *const destinations[] = { "198.51.100.1", "198.51.101.1",
						    "198.51.102.1", "172.16.0.1",
						    "127.0.0.1",    "192.168.64.255",
						    "198.51.103.1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_pod(destinations[i]);

		expect(&bpf, &p, REASON_FIB_UNRESOLVED, NULL);
		expect(&native, &p, REASON_FIB_UNRESOLVED, NULL);
	}
}

static void a_node_that_does_not_forward_leaves_it_to_its_stack(void **state)
{
	struct packet p = from_pod(OUTSIDE_IP);

	(void)state;
	harness_sysctl("/proc/sys/net/ipv4/conf/lxc1/forwarding", "0");
	expect(&bpf, &p, REASON_FIB_UNRESOLVED, NULL);
	harness_sysctl("/proc/sys/net/ipv4/conf/lxc1/forwarding", "1");
	expect_network(&bpf, &p);
}

static void multicast_broadcast_and_this_network_are_never_routed(void **state)
{
	static const char *const destinations[] = { "0.0.0.0",	   "0.1.2.3",
						    "224.0.0.251", "239.255.255.250",
						    "240.0.0.1",   "255.255.255.255" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_pod(destinations[i]);

		expect(&bpf, &p, REASON_TO_STACK, NULL);
	}
}

/* 198.51.104.0/24 leaves by a device with an MTU of 1400. */
static struct packet sized(size_t ip_len, uint8_t protocol)
{
	struct packet p;

	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .src = POD_A_IP,
					     .dst = "198.51.104.7",
					     .protocol = protocol,
					     .payload = ip_len - IP_HEADER });
	return p;
}

static void a_packet_larger_than_the_routes_mtu_is_left_to_the_stack(void **state)
{
	struct packet p = sized(1400, IPPROTO_UDP);

	(void)state;
	expect_network(&bpf, &p);
	p = sized(1401, IPPROTO_UDP);
	expect(&bpf, &p, REASON_FRAG_NEEDED, NULL);
}

static void expect_segments(const struct packet *p, uint32_t gso_size, enum hr_reason reason)
{
	struct packet out = *p;

	if (reason == REASON_TO_NETWORK)
		packet_set_ttl(&out, 63);
	expect_verdict(&bpf, &(struct input){ .packet = p, .ifindex = lxc1, .gso_size = gso_size },
		       reason, &out);
}

static void a_packet_larger_than_the_tunnel_takes_is_left_to_the_stack(void **state)
{
	struct packet p;

	(void)state;
	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .src = POD_A_IP,
					     .dst = REMOTE_POD_IP,
					     .payload = 1430 });
	expect(&device, &p, REASON_TO_OVERLAY, NULL);
	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .src = POD_A_IP,
					     .dst = REMOTE_POD_IP,
					     .payload = 1431 });
	expect(&device, &p, REASON_FRAG_NEEDED, NULL);
}

static void of_a_super_packet_the_segments_must_fit_the_mtu(void **state)
{
	struct packet tcp = sized(1900, IPPROTO_TCP), udp = sized(1900, IPPROTO_UDP);

	(void)state;
	packet_set_u8(&tcp, L3 + IP_HEADER + 12, 0x80); /* 32 bytes of TCP header */
	expect_segments(&tcp, 1348, REASON_TO_NETWORK);
	expect_segments(&tcp, 1349, REASON_FRAG_NEEDED);
	expect_segments(&tcp, 65535, REASON_FRAG_NEEDED);
	expect_segments(&udp, 1372, REASON_TO_NETWORK);
	expect_segments(&udp, 1373, REASON_FRAG_NEEDED);
}

static void a_source_that_is_not_the_pods_own_is_dropped(void **state)
{
	static const char *const sources[] = { POD_B_IP, ROUTER_IP, NODE_IP, OUTSIDE_IP,
					       "0.0.0.0" };
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
						     .src = sources[i],
						     .dst = POD_B_IP,
						     .payload = 8 });
		expect_everywhere(&p, REASON_INVALID_SOURCE);
	}
}

static void the_right_source_on_another_pods_interface_is_dropped(void **state)
{
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_modes); i++)
		expect_verdict(all_modes[i], &(struct input){ .packet = &p, .ifindex = lxc2 },
			       REASON_INVALID_SOURCE, NULL);
}

static void a_frame_cut_short_anywhere_in_the_ip_packet_is_dropped(void **state)
{
	struct packet p;

	(void)state;
	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .src = POD_A_IP,
					     .dst = POD_B_IP,
					     .payload = 20 });
	for (p.len = L3; p.len < L3 + IP_HEADER + 20; p.len++)
		expect_everywhere(&p, REASON_INVALID);
	expect_delivery(&p);
}

static void a_header_that_contradicts_itself_is_dropped(void **state)
{
	static const uint8_t first_bytes[] = { 0x00, 0x44, 0x40, 0x55, 0x65, 0xf5 };
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(first_bytes); i++) {
		packet_set_u8(&p, L3, first_bytes[i]);
		expect_everywhere(&p, REASON_INVALID);
	}
	p = from_pod(POD_B_IP);
	for (uint16_t total = 0; total < IP_HEADER; total++) {
		packet_set_u16(&p, IP_TOTAL_OFFSET, total);
		expect_everywhere(&p, REASON_INVALID);
	}
	packet_set_u16(&p, IP_TOTAL_OFFSET, (uint16_t)(p.len - L3 + 1));
	expect_everywhere(&p, REASON_INVALID);
	packet_set_u16(&p, IP_TOTAL_OFFSET, 0xffff);
	expect_everywhere(&p, REASON_INVALID);
}

static void options_that_reach_past_the_packet_are_dropped(void **state)
{
	struct packet p;

	(void)state;
	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .src = POD_A_IP,
					     .dst = POD_B_IP,
					     .payload = 8 });
	packet_set_u8(&p, L3, 0x48);
	expect_everywhere(&p, REASON_INVALID);
}

static void a_packet_for_another_mac_address_is_dropped(void **state)
{
	static const char *const destinations[] = { POD_B_IP, ROUTER_IP, REMOTE_POD_IP, OUTSIDE_IP,
						    "224.0.0.251" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_pod(destinations[i]);

		packet_set_macs(&p, POD_B_MAC, POD_A_MAC);
		expect_everywhere(&p, REASON_INVALID);
	}
}

/* Which routes none, but takes it where it is for an address of the node. */
static void a_packet_for_all_mac_addresses_is_left_to_the_stack(void **state)
{
	static const char *const macs[] = { BROADCAST_MAC, "01:00:5e:00:00:fb" };
	static const char *const destinations[] = { POD_B_IP,	ROUTER_IP,     REMOTE_POD_IP,
						    OUTSIDE_IP, "224.0.0.251", "255.255.255.255" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations) * ARRAY_SIZE(macs); i++) {
		struct packet p = from_pod(destinations[i / ARRAY_SIZE(macs)]);

		packet_set_macs(&p, macs[i % ARRAY_SIZE(macs)], POD_A_MAC);
		expect_everywhere(&p, REASON_TO_STACK);
	}
}

static void protocols_other_than_ipv4_and_arp_are_dropped(void **state)
{
	static const uint16_t types[] = { 0x86dd, 0x8100, 0x88a8, 0x8847, 0x88cc, 0x8863, 0x0005 };
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		packet_set_u16(&p, 12, types[i]);
		expect_everywhere(&p, REASON_UNKNOWN_L3);
	}
}

static void a_vlan_tag_kept_beside_the_frame_does_not_slip_through(void **state)
{
	static const struct bpf_insn push_tag[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0x0081 }, /* 0x8100, swapped */
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 7 },
		{ BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push },
	};
	struct packet p = from_pod(POD_B_IP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_modes); i++) {
		_cleanup_close_ int fd =
			datapath_prefixed(all_modes[i], push_tag, ARRAY_SIZE(push_tag));

		expect_verdict(all_modes[i],
			       &(struct input){ .packet = &p, .ifindex = lxc1, .prog_fd = fd },
			       REASON_UNKNOWN_L3, NULL);
	}
}

static void legacy_mode_leaves_every_honest_packet_to_the_stack(void **state)
{
	static const char *const destinations[] = { POD_B_IP,	    ROUTER_IP,	  NODE_IP,
						    REMOTE_POD_IP,  OUTSIDE_IP,	  "198.51.100.1",
						    "198.51.104.7", "224.0.0.251" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet p = from_pod(destinations[i]);

		expect(&legacy, &p, REASON_TO_STACK, NULL);
		packet_set_ttl(&p, 1);
		expect(&legacy, &p, REASON_TO_STACK, NULL);
	}
}

static void fill(const struct datapath *dp)
{
	datapath_add_endpoint(dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(dp, POD_B_IP, lxc2, POD_B_IDENTITY, POD_B_MAC, POD_B_NODE_MAC);
	datapath_add_endpoint(dp, ROUTER_IP, 0, HR_ID_HOST, NULL, NULL);
	datapath_add_endpoint(dp, NODE_IP, 0, HR_ID_HOST, NULL, NULL);
	if (datapath_has_map(dp, "hr_ipcache4"))
		datapath_add_prefix(dp, NODE2_PODS, NODE2_IP, HR_ID_WORLD);
}

static void make_node(void)
{
	static const char *const commands[] = {
		"address add " NODE_IP "/24 dev nic1",
		"address add 172.16.0.1/24 dev nic2",
		"link set nic2 mtu 1400",
		("neigh add " GATEWAY_IP " lladdr 02:00:00:00:00:01 nud permanent dev nic1"),
		"route add default via " GATEWAY_IP,
		"route add 192.0.2.0/24 via inet6 fe80::1 dev nic1",
		"route add blackhole 198.51.100.0/24",
		"route add unreachable 198.51.101.0/24",
		"route add prohibit 198.51.102.0/24",
		"route add 198.51.103.0/24 dev lxc1",
		"route add 198.51.104.0/24 dev nic2",
	};

	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	lxc2 = harness_veth("lxc2", POD_B_NODE_MAC);
	harness_veth("nic1", NIC_MAC);
	harness_veth("nic2", "02:00:00:00:01:08");
	harness_sysctl("/proc/sys/net/ipv4/ip_forward", "1");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		harness_ip(commands[i]);
}

static int set_up(void **state)
{
	(void)state;
	make_node();
	datapath_open_all(all_modes, HOOK_FROM_CONTAINER);
	datapath_open(&device, BUNDLE_DEVICE, HOOK_FROM_CONTAINER);
	fill(&device);
	for (size_t i = 0; i < ARRAY_SIZE(all_modes); i++)
		fill(all_modes[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	datapath_close_all(all_modes);
	datapath_close(&device);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_to_a_local_pod_loses_one_hop_and_gets_that_pods_macs),
		cmocka_unit_test(a_packet_with_two_hops_left_arrives_with_one),
		cmocka_unit_test(a_packet_at_its_last_hop_is_left_to_the_stack_untouched),
		cmocka_unit_test(the_checksum_is_right_wherever_the_sum_carries),
		cmocka_unit_test(every_ttl_is_decremented_with_a_right_checksum),
		cmocka_unit_test(fragments_are_delivered_like_whole_packets),
		cmocka_unit_test(bytes_behind_the_packet_are_padding),
		cmocka_unit_test(a_super_packet_longer_than_its_length_field_is_delivered),
		cmocka_unit_test(addresses_of_the_node_are_reached_through_its_stack),
		cmocka_unit_test(a_remote_pod_is_reached_by_tunnel_and_that_is_no_hop),
		cmocka_unit_test(a_prefix_without_tunnel_endpoint_is_routed),
		cmocka_unit_test(without_a_tunnel_remote_pods_are_routed_and_there_is_no_ipcache),
		cmocka_unit_test(the_outside_is_reached_by_the_routing_table),
		cmocka_unit_test(what_the_routing_table_does_not_forward_is_left_to_the_stack),
		cmocka_unit_test(a_node_that_does_not_forward_leaves_it_to_its_stack),
		cmocka_unit_test(multicast_broadcast_and_this_network_are_never_routed),
		cmocka_unit_test(a_packet_larger_than_the_routes_mtu_is_left_to_the_stack),
		cmocka_unit_test(a_packet_larger_than_the_tunnel_takes_is_left_to_the_stack),
		cmocka_unit_test(of_a_super_packet_the_segments_must_fit_the_mtu),
		cmocka_unit_test(a_source_that_is_not_the_pods_own_is_dropped),
		cmocka_unit_test(the_right_source_on_another_pods_interface_is_dropped),
		cmocka_unit_test(a_frame_cut_short_anywhere_in_the_ip_packet_is_dropped),
		cmocka_unit_test(a_header_that_contradicts_itself_is_dropped),
		cmocka_unit_test(options_that_reach_past_the_packet_are_dropped),
		cmocka_unit_test(a_packet_for_another_mac_address_is_dropped),
		cmocka_unit_test(a_packet_for_all_mac_addresses_is_left_to_the_stack),
		cmocka_unit_test(protocols_other_than_ipv4_and_arp_are_dropped),
		cmocka_unit_test(a_vlan_tag_kept_beside_the_frame_does_not_slip_through),
		cmocka_unit_test(legacy_mode_leaves_every_honest_packet_to_the_stack),
	};

	return harness_main(tests, set_up, tear_down);
}
