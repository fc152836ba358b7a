// SPDX-License-Identifier: BSD-2-Clause
/* to_netdev and from_netdev: whose packets are masqueraded, and every byte of those that are. */
#include <arpa/inet.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "tests/bpf/nat.h"

static struct nat_node *const nodes[] = { &vxlan, &legacy, &native };

static const struct l4_spec flows[] = {
	{ .protocol = IPPROTO_TCP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 40000,
	  .dport = 80 },
	{ .protocol = IPPROTO_UDP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 40001,
	  .dport = 53 },
	{ .protocol = IPPROTO_ICMP,
	  .icmp_type = ICMP_TYPE_ECHO,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 40002 },
};

static void a_flow_keeps_its_port_gets_the_nodes_address_and_is_answered(void **state)
{
	static const size_t payloads[] = { 0, 1, 2, 63, 1200 };
	static const uint8_t options[] = { 0, 1, 10 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(flows) * ARRAY_SIZE(payloads); i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		struct l4_spec out, in = flows[i / ARRAY_SIZE(nodes) % ARRAY_SIZE(flows)];

		in.payload = payloads[i / ARRAY_SIZE(nodes) / ARRAY_SIZE(flows)];
		in.options = options[i % ARRAY_SIZE(options)];
		out = nat_from(&in, NODE_IP, in.sport);
		for (int round = 0; round < 2; round++) {
			struct l4_spec answer = nat_answer(&out), delivered = nat_answer(&in);

			nat_send(node, &in, REASON_MASQUERADED, &out);
			nat_receive_for_pod(node, &answer, &delivered);
		}
		assert_int_equal(nat_count(node), 2);
		nat_forget(node);
	}
}

static void a_port_below_the_range_becomes_one_of_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		struct l4_spec in = nat_from(&flows[i], POD_A_IP, 1025),
			       delivered = nat_answer(&in);
		struct l4_spec out = nat_send_anew(&vxlan, &in), answer = nat_answer(&out);

		assert_in_range(out.sport, NAT_FIRST_PORT, 65535);
		nat_send(&vxlan, &in, REASON_MASQUERADED, &out);
		nat_receive_for_pod(&vxlan, &answer, &delivered);
		nat_forget(&vxlan);
	}
}

static void what_belongs_inside_or_to_nobody_here_leaves_as_it_is(void **state)
{
	static const struct {
		const char *src, *dst;
	} pairs[] = {
		{ POD_A_IP, REMOTE_POD_IP }, /* in the exclusion CIDR */
		{ "10.233.64.200", OUTSIDE_IP }, /* no pod */
		{ GATEWAY_IP, OUTSIDE_IP }, /* forwarded */
		{ ROUTER_IP, OUTSIDE_IP }, /* the node by another address */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs) * ARRAY_SIZE(flows) * ARRAY_SIZE(nodes); i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		struct l4_spec in = flows[i / ARRAY_SIZE(nodes) % ARRAY_SIZE(flows)];

		in.src = pairs[i / ARRAY_SIZE(nodes) / ARRAY_SIZE(flows)].src;
		in.dst = pairs[i / ARRAY_SIZE(nodes) / ARRAY_SIZE(flows)].dst;
		nat_send(node, &in, REASON_TO_WIRE, NULL);
		assert_int_equal(nat_count(node), 0);
	}
}

static void another_node_sees_the_nodes_address_where_it_does_not_know_the_pods(void **state)
{
	struct l4_spec in = nat_to(&flows[0], NODE2_IP, 6443), out = nat_from(&in, NODE_IP, 40000);

	(void)state;
	nat_send(&vxlan, &in, REASON_MASQUERADED, &out);
	nat_send(&legacy, &in, REASON_MASQUERADED, &out);
	nat_send(&native, &in, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&native), 0);
}

static void add_exemption(const struct nat_node *node, const char *cidr)
{
	struct hr_ipmasq value = { 0 };
	struct hr_prefix4 key;
	struct cidr4 prefix;

	assert_int_equal(parse_cidr4(cidr, &prefix), 0);
	key = (struct hr_prefix4){ .len = prefix.len, .addr = prefix.addr };
	assert_int_equal(bpf_map_update_elem(datapath_map(&node->out, "hr_ipmasq4"), &key, &value,
					     BPF_ANY),
			 0);
}

static void the_ip_masq_agents_destinations_see_the_pods_address(void **state)
{
	struct l4_spec exempt = nat_to(&flows[1], "198.51.100.9", 53);

	(void)state;
	assert_false(datapath_has_map(&vxlan.out, "hr_ipmasq4"));
	add_exemption(&native, "198.51.100.0/24");
	nat_send(&native, &exempt, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&native), 0);
	exempt.dst = "198.51.101.9";
	nat_send(&native, &exempt, REASON_MASQUERADED,
		 &(struct l4_spec){ .protocol = IPPROTO_UDP,
				    .src = NODE_IP,
				    .dst = "198.51.101.9",
				    .sport = 40001,
				    .dport = 53 });
}

static void a_pods_forged_tunnel_packet_does_not_get_the_nodes_address(void **state)
{
	struct l4_spec forged = nat_to(&flows[1], NODE2_IP, 8472);

	(void)state;
	nat_send(&vxlan, &forged, REASON_ENCAP_PROHIBITED, NULL);
	nat_send(&legacy, &forged, REASON_ENCAP_PROHIBITED, NULL);
	assert_int_equal(nat_count(&vxlan), 0);
	nat_send(&native, &forged, REASON_TO_WIRE, NULL); /* no tunnel there */
}

static void the_nodes_own_encapsulation_passes_and_holds_no_port(void **state)
{
	struct l4_spec outer = { .protocol = IPPROTO_UDP,
				 .src = NODE_IP,
				 .dst = NODE2_IP,
				 .sport = 40000,
				 .dport = 8472,
				 .payload = 100 };

	(void)state;
	nat_send(&vxlan, &outer, REASON_TO_WIRE, NULL);
	nat_send(&legacy, &outer, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&vxlan), 0);
	/* Without a tunnel it is nothing special, nor is another port. */
	nat_send(&native, &outer, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&native), 2);
	outer.src = POD_A_IP;
	outer.dst = OUTSIDE_IP;
	outer.dport = 8473;
	nat_send(&vxlan, &outer, REASON_MASQUERADED,
		 &(struct l4_spec){ .protocol = IPPROTO_UDP,
				    .src = NODE_IP,
				    .dst = OUTSIDE_IP,
				    .sport = 40000,
				    .dport = 8473,
				    .payload = 100 });
}

static void a_nic_without_an_address_lets_everything_pass(void **state)
{
	struct hr_device none = { 0 }, device = { 0 };
	int fd = datapath_map(&vxlan.out, "hr_devices4");

	(void)state;
	assert_int_equal(bpf_map_lookup_elem(fd, &vxlan.nic, &device), 0);
	assert_int_equal(bpf_map_update_elem(fd, &vxlan.nic, &none, BPF_ANY), 0);
	nat_send(&vxlan, &flows[0], REASON_TO_WIRE, NULL);
	assert_int_equal(bpf_map_delete_elem(fd, &vxlan.nic), 0);
	nat_send(&vxlan, &flows[0], REASON_TO_WIRE, NULL);
	assert_int_equal(bpf_map_update_elem(fd, &vxlan.nic, &device, BPF_ANY), 0);
}

static void what_is_not_ipv4_or_malformed_passes(void **state)
{
	static const uint16_t types[] = { 0x86dd, 0x0806, 0x8100, 0x88cc };
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		packet_l4(&p, &flows[0]);
		packet_set_u16(&p, 12, types[i]);
		nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
	}
	packet_l4(&p, &flows[0]);
	for (p.len = PACKET_ETH; p.len < PACKET_ETH + 40; p.len++)
		nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
}

static void a_pods_packet_that_is_cut_short_does_not_leave(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		size_t whole = flows[i].protocol == IPPROTO_TCP ? 14 : 8;

		for (size_t len = 0; len <= whole; len++) {
			struct packet p, out;
			struct l4_spec after = nat_from(&flows[i], NODE_IP, flows[i].sport);

			packet_l4(&p, &flows[i]);
			packet_l4(&out, &after);
			p.len = out.len = PACKET_ETH + 20 + len;
			packet_set_u16(&p, PACKET_ETH + 2, (uint16_t)(20 + len));
			packet_set_ttl(&p, 64);
			if (len < whole)
				nat_send_packet(&vxlan, &p, REASON_INVALID, NULL);
		}
	}
	assert_int_equal(nat_count(&vxlan), 0);
}

/* Ethernet pads short frames with what nobody has written as a header. */
static void padding_is_no_header(void **state)
{
	static const size_t tcp_header = 14, other_header = 8;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows) * ARRAY_SIZE(nodes); i++) {
		const struct nat_node *node = nodes[i / ARRAY_SIZE(flows)];
		const struct l4_spec *flow = &flows[i % ARRAY_SIZE(flows)];
		struct l4_spec arriving = nat_answer(flow);
		struct packet sent, received;

		arriving.dst = NODE_IP;
		nat_send(node, flow, REASON_MASQUERADED,
			 &(struct l4_spec){ .protocol = flow->protocol,
					    .icmp_type = flow->icmp_type,
					    .src = NODE_IP,
					    .dst = flow->dst,
					    .sport = flow->sport,
					    .dport = flow->dport });
		packet_l4(&sent, flow);
		packet_l4(&received, &arriving);
		for (size_t len = 0;
		     len < (flow->protocol == IPPROTO_TCP ? tcp_header : other_header); len++) {
			packet_set_u16(&sent, PACKET_ETH + 2, (uint16_t)(20 + len));
			packet_set_u16(&received, PACKET_ETH + 2, (uint16_t)(20 + len));
			packet_set_ttl(&sent, 64);
			packet_set_ttl(&received, 64);
			nat_send_packet(node, &sent, REASON_INVALID, NULL);
			nat_receive_packet(node, &received, NULL);
		}
	}
}

static void other_protocols_of_pods_leave_with_their_addresses(void **state)
{
	static const uint8_t protocols[] = { 4, 47, 50, 132 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct l4_spec in = flows[0];

		in.protocol = protocols[i];
		in.payload = 40;
		nat_send(&vxlan, &in, REASON_TO_WIRE, NULL);
	}
}

static void a_pods_icmp_that_cannot_be_answered_is_dropped_and_an_echo_reply_passes(void **state)
{
	struct l4_spec in = flows[2];

	(void)state;
	in.icmp_type = ICMP_TYPE_TIMESTAMP;
	nat_send(&vxlan, &in, REASON_NAT_UNSUPP_PROTO, NULL);
	in.icmp_type = ICMP_TYPE_ECHO_REPLY;
	nat_send(&vxlan, &in, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&vxlan), 0);
}

static void a_udp_checksum_of_zero_stays_zero(void **state)
{
	struct l4_spec in = flows[1], out;

	(void)state;
	in.no_checksum = true;
	out = nat_from(&in, NODE_IP, in.sport);
	nat_send(&vxlan, &in, REASON_MASQUERADED, &out);
	nat_receive_for_pod(&vxlan,
			    &(struct l4_spec){ .protocol = IPPROTO_UDP,
					       .src = OUTSIDE_IP,
					       .dst = NODE_IP,
					       .sport = 53,
					       .dport = 40001,
					       .no_checksum = true },
			    &(struct l4_spec){ .protocol = IPPROTO_UDP,
					       .src = OUTSIDE_IP,
					       .dst = POD_A_IP,
					       .sport = 53,
					       .dport = 40001,
					       .no_checksum = true });
}

/* RFC 768: 0 would mean that there is none. */
static void a_udp_checksum_that_comes_out_as_zero_is_written_as_all_ones(void **state)
{
	struct l4_spec in = flows[1], out;
	struct packet p;

	(void)state;
	in.payload = 2;
	do {
		in.first++;
		out = nat_from(&in, NODE_IP, in.sport);
		packet_l4(&p, &out);
	} while (p.data[40] != 0xff || p.data[41] != 0xff);
	nat_send(&vxlan, &in, REASON_MASQUERADED, &out);
}

static void what_answers_to_nobody_is_the_nodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows) * ARRAY_SIZE(nodes); i++) {
		struct l4_spec in = nat_answer(&flows[i % ARRAY_SIZE(flows)]);

		in.dst = NODE_IP;
		nat_receive(nodes[i / ARRAY_SIZE(flows)], &in, NULL);
	}
}

static void a_flow_whose_pod_is_gone_answers_to_nobody(void **state)
{
	struct l4_spec out = nat_from(&flows[0], NODE_IP, 40000), answer = nat_answer(&out);
	int fd = datapath_map(&vxlan.out, "hr_endpoints4");
	struct hr_nat_key key = nat_key(&flows[0], HR_NAT_EGRESS);

	(void)state;
	nat_send(&vxlan, &flows[0], REASON_MASQUERADED, &out);
	assert_int_equal(bpf_map_delete_elem(fd, &key.saddr), 0);
	nat_receive(&vxlan, &answer, NULL);
	datapath_add_endpoint(&vxlan.out, POD_A_IP, vxlan.lxc1, POD_A_IDENTITY, POD_A_MAC,
			      POD_A_NODE_MAC);
}

/* Entries that no program makes: of a port below the range, and of a pod whose address became the node's. */
static void an_entry_that_cannot_be_leads_nowhere(void **state)
{
	struct l4_spec ssh = { .protocol = IPPROTO_TCP,
			       .src = OUTSIDE_IP,
			       .dst = NODE_IP,
			       .sport = 40000,
			       .dport = 22 };
	struct l4_spec high = nat_to(&ssh, NODE_IP, 40000);
	struct hr_nat_key key = nat_key(&ssh, HR_NAT_INGRESS);
	struct hr_nat entry = { .port = htons(1), .expires = nat_now() + 100 };

	(void)state;
	assert_int_equal(parse_ipv4(POD_A_IP, &entry.addr), 0);
	nat_put(&vxlan, &key, &entry);
	nat_receive(&vxlan, &ssh, NULL);
	assert_int_equal(parse_ipv4(ROUTER_IP, &entry.addr), 0);
	key = nat_key(&high, HR_NAT_INGRESS);
	nat_put(&vxlan, &key, &entry);
	nat_receive(&vxlan, &high, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NAT_TEST(a_flow_keeps_its_port_gets_the_nodes_address_and_is_answered),
		NAT_TEST(a_port_below_the_range_becomes_one_of_it),
		NAT_TEST(what_belongs_inside_or_to_nobody_here_leaves_as_it_is),
		NAT_TEST(another_node_sees_the_nodes_address_where_it_does_not_know_the_pods),
		NAT_TEST(the_ip_masq_agents_destinations_see_the_pods_address),
		NAT_TEST(a_pods_forged_tunnel_packet_does_not_get_the_nodes_address),
		NAT_TEST(the_nodes_own_encapsulation_passes_and_holds_no_port),
		NAT_TEST(a_nic_without_an_address_lets_everything_pass),
		NAT_TEST(what_is_not_ipv4_or_malformed_passes),
		NAT_TEST(a_pods_packet_that_is_cut_short_does_not_leave),
		NAT_TEST(padding_is_no_header),
		NAT_TEST(other_protocols_of_pods_leave_with_their_addresses),
		NAT_TEST(a_pods_icmp_that_cannot_be_answered_is_dropped_and_an_echo_reply_passes),
		NAT_TEST(a_udp_checksum_of_zero_stays_zero),
		NAT_TEST(a_udp_checksum_that_comes_out_as_zero_is_written_as_all_ones),
		NAT_TEST(what_answers_to_nobody_is_the_nodes),
		NAT_TEST(a_flow_whose_pod_is_gone_answers_to_nobody),
		NAT_TEST(an_entry_that_cannot_be_leads_nowhere),
	};

	return harness_main(tests, nat_open_modes, nat_close_all);
}
