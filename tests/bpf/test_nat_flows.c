// SPDX-License-Identifier: BSD-2-Clause
/* How long flows are remembered, and how one half of a flow makes the other again. */
#include <arpa/inet.h>

#include "common/cleanup.h"
#include "tests/bpf/nat.h"

/* tests/bpf/configs/masq-ports.yaml */
#define LIFETIME_TCP 3000
#define LIFETIME_SYN 150
#define LIFETIME_CLOSE 20
#define LIFETIME_OTHER 90

static struct nat_node node;

static const struct l4_spec udp = {
	.protocol = IPPROTO_UDP, .src = POD_A_IP, .dst = OUTSIDE_IP, .sport = 65500, .dport = 53
};
static const struct l4_spec echo = { .protocol = IPPROTO_ICMP,
				     .icmp_type = ICMP_TYPE_ECHO,
				     .src = POD_A_IP,
				     .dst = OUTSIDE_IP,
				     .sport = 65501 };
static const struct l4_spec tcp = {
	.protocol = IPPROTO_TCP, .src = POD_A_IP, .dst = OUTSIDE_IP, .sport = 65502, .dport = 443
};

struct halves {
	struct hr_nat_key egress, ingress;
};

static struct halves halves(const struct l4_spec *flow)
{
	struct l4_spec out = nat_from(flow, NODE_IP, flow->sport), answer = nat_answer(&out);

	return (struct halves){ nat_key(flow, HR_NAT_EGRESS), nat_key(&answer, HR_NAT_INGRESS) };
}

static void leave(const struct l4_spec *flow, uint8_t flags)
{
	struct l4_spec in = *flow, out;

	in.tcp_flags = flags;
	out = nat_from(&in, NODE_IP, in.sport);
	nat_send(&node, &in, REASON_MASQUERADED, &out);
}

static void arrive(const struct l4_spec *flow, uint8_t flags)
{
	struct l4_spec in = *flow, out, answer, delivered;

	in.tcp_flags = flags;
	out = nat_from(&in, NODE_IP, in.sport);
	answer = nat_answer(&out);
	delivered = nat_answer(&in);
	nat_receive_for_pod(&node, &answer, &delivered);
}

/* Both halves say the same. */
static void expect(const struct l4_spec *flow, uint8_t flags, uint32_t lifetime)
{
	struct halves keys = halves(flow);
	struct hr_nat out = nat_get(&node, &keys.egress), in = nat_get(&node, &keys.ingress);

	expect_lifetime(&node, &keys.egress, lifetime);
	assert_int_equal(out.expires, in.expires);
	assert_int_equal(out.created, in.created);
	assert_int_equal(out.flags, flags);
	assert_int_equal(in.flags, flags);
	assert_int_equal(out.addr, keys.ingress.daddr);
	assert_int_equal(out.port, keys.ingress.dport);
	assert_int_equal(in.addr, keys.egress.saddr);
	assert_int_equal(in.port, keys.egress.sport);
}

static void age(const struct l4_spec *flow, int seconds)
{
	struct halves keys = halves(flow);

	nat_set_expiry(&node, &keys.egress, seconds);
	nat_set_expiry(&node, &keys.ingress, seconds);
}

static void a_packet_either_way_keeps_a_datagram_flow_alive(void **state)
{
	static const struct l4_spec *const flows[] = { &udp, &echo };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		leave(flows[i], 0);
		expect(flows[i], 0, LIFETIME_OTHER);
		age(flows[i], 5);
		arrive(flows[i], 0);
		expect(flows[i], 0, LIFETIME_OTHER);
		age(flows[i], 5);
		leave(flows[i], 0);
		expect(flows[i], 0, LIFETIME_OTHER);
	}
}

static void a_handshake_makes_a_tcp_flow_long_lived(void **state)
{
	(void)state;
	leave(&tcp, SYN);
	expect(&tcp, 0, LIFETIME_SYN);
	arrive(&tcp, SYN | ACK);
	expect(&tcp, 0, LIFETIME_SYN);
	leave(&tcp, ACK);
	expect(&tcp, HR_NAT_SEEN_NON_SYN, LIFETIME_TCP);
}

static void a_tcp_flow_ends_with_both_directions(void **state)
{
	uint8_t seen = HR_NAT_SEEN_NON_SYN;

	(void)state;
	leave(&tcp, SYN);
	leave(&tcp, ACK);
	leave(&tcp, FIN | ACK);
	expect(&tcp, seen | HR_NAT_CLOSED_EGRESS, LIFETIME_TCP);
	arrive(&tcp, ACK);
	expect(&tcp, seen | HR_NAT_CLOSED_EGRESS, LIFETIME_TCP);
	arrive(&tcp, FIN | ACK);
	seen |= HR_NAT_CLOSED_EGRESS | HR_NAT_CLOSED_INGRESS;
	expect(&tcp, seen, LIFETIME_CLOSE);
	leave(&tcp, ACK);
	expect(&tcp, seen, LIFETIME_CLOSE);
	/* And the next with the same ports begins as the first did. */
	leave(&tcp, SYN);
	expect(&tcp, 0, LIFETIME_SYN);
}

static void a_reset_ends_a_tcp_flow_from_either_side(void **state)
{
	const uint8_t ended = HR_NAT_SEEN_NON_SYN | HR_NAT_CLOSED_EGRESS | HR_NAT_CLOSED_INGRESS;

	(void)state;
	leave(&tcp, SYN);
	arrive(&tcp, RST | ACK);
	expect(&tcp, ended, LIFETIME_CLOSE);
	nat_forget(&node);
	leave(&tcp, ACK);
	leave(&tcp, RST);
	expect(&tcp, ended, LIFETIME_CLOSE);
}

/* An answer without its half could be anybody's. */
static void either_half_makes_the_other_again(void **state)
{
	static const struct l4_spec *const flows[] = { &udp, &echo, &tcp };
	static const struct {
		bool loses_egress, is_answer;
	} cases[] = { { false, false }, { true, false }, { true, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(flows); i++) {
		const struct l4_spec *flow = flows[i / ARRAY_SIZE(cases)];
		bool is_tcp = flow->protocol == IPPROTO_TCP;
		struct halves keys = halves(flow);
		size_t c = i % ARRAY_SIZE(cases);

		leave(flow, ACK);
		nat_drop(&node, cases[c].loses_egress ? &keys.egress : &keys.ingress);
		if (cases[c].is_answer)
			arrive(flow, ACK);
		else
			leave(flow, ACK);
		expect(flow, is_tcp ? HR_NAT_SEEN_NON_SYN : 0,
		       is_tcp ? LIFETIME_TCP : LIFETIME_OTHER);
		nat_forget(&node);
	}
}

/* Its port is not its own, so that it cannot be found by the pod's. */
static void a_flow_with_another_port_finds_it_again_by_the_answers(void **state)
{
	struct l4_spec b = nat_from(&udp, POD_B_IP, udp.sport), in = udp, out, answer, delivered;
	struct hr_nat_key egress = nat_key(&udp, HR_NAT_EGRESS);

	(void)state;
	out = nat_from(&b, NODE_IP, b.sport);
	nat_send(&node, &b, REASON_MASQUERADED, &out);
	out = nat_send_anew(&node, &in);
	answer = nat_answer(&out);
	delivered = nat_answer(&in);
	nat_drop(&node, &egress);
	nat_receive_for_pod(&node, &answer, &delivered);
	nat_send(&node, &in, REASON_MASQUERADED, &out);
	nat_drop(&node, &egress);
	nat_send(&node, &in, REASON_MASQUERADED, &out);
}

static void an_expired_flow_takes_no_answers(void **state)
{
	struct l4_spec out = nat_from(&udp, NODE_IP, udp.sport), answer = nat_answer(&out);

	(void)state;
	leave(&udp, 0);
	age(&udp, 0);
	nat_receive(&node, &answer, NULL);
	leave(&udp, 0);
	expect(&udp, 0, LIFETIME_OTHER);
	arrive(&udp, 0);
}

/* What gc deletes is what the programs do not use any more. */
static void a_flow_in_its_last_second_lives(void **state)
{
	(void)state;
	leave(&udp, 0);
	age(&udp, 2);
	arrive(&udp, 0);
	expect(&udp, 0, LIFETIME_OTHER);
}

static void the_nics_new_address_is_that_of_new_packets(void **state)
{
	struct hr_device device = { .masquerade = htonl(0xc0a84007) }; /* 192.168.64.7 */
	struct l4_spec out = nat_from(&udp, "192.168.64.7", udp.sport);
	int fd = datapath_map(&node.out, "hr_devices4");
	struct hr_device before;

	(void)state;
	leave(&udp, 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &node.nic, &before), 0);
	assert_int_equal(bpf_map_update_elem(fd, &node.nic, &device, BPF_ANY), 0);
	age(&udp, 5); /* the NIC is asked once a second */
	nat_send(&node, &udp, REASON_MASQUERADED, &out);
	assert_int_equal(bpf_map_update_elem(fd, &node.nic, &before, BPF_ANY), 0);
}

static int set_up(void **state)
{
	(void)state;
	nat_add_devices();
	nat_open(&node, BUNDLE_MASQ_PORTS);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NAT_TEST(a_packet_either_way_keeps_a_datagram_flow_alive),
		NAT_TEST(a_handshake_makes_a_tcp_flow_long_lived),
		NAT_TEST(a_tcp_flow_ends_with_both_directions),
		NAT_TEST(a_reset_ends_a_tcp_flow_from_either_side),
		NAT_TEST(either_half_makes_the_other_again),
		NAT_TEST(a_flow_with_another_port_finds_it_again_by_the_answers),
		NAT_TEST(an_expired_flow_takes_no_answers),
		NAT_TEST(a_flow_in_its_last_second_lives),
		NAT_TEST(the_nics_new_address_is_that_of_new_packets),
	};

	return harness_main(tests, set_up, nat_close_all);
}
