// SPDX-License-Identifier: BSD-2-Clause
/* ICMP errors about masqueraded flows, both ways, with what they quote to the last byte. */
#include <arpa/inet.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/nat.h"

#define ROUTER_OUTSIDE "198.51.100.1" /* on the way to the server */
#define IP_HEADER 20

static struct nat_node *const nodes[] = { &vxlan, &legacy };

static const uint8_t types[] = { ICMP_TYPE_UNREACHABLE, ICMP_TYPE_QUENCH, ICMP_TYPE_TIME_EXCEEDED,
				 ICMP_TYPE_PARAMETER };

/* Low ports, so that the quoted port changes with the address. */
static const struct l4_spec flows[] = {
	{ .protocol = IPPROTO_TCP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1025,
	  .dport = 443,
	  .payload = 64 },
	{ .protocol = IPPROTO_UDP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1026,
	  .dport = 53,
	  .payload = 64 },
	{ .protocol = IPPROTO_UDP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1027,
	  .dport = 53,
	  .payload = 64,
	  .no_checksum = true },
	{ .protocol = IPPROTO_ICMP,
	  .icmp_type = ICMP_TYPE_ECHO,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1028,
	  .payload = 64 },
};

static struct packet error(const char *src, const char *dst, uint8_t type,
			   const struct l4_spec *about, size_t quoted)
{
	struct packet cause, p;

	packet_l4(&cause, about);
	packet_icmp_error(&p, &(struct icmp_error_spec){ .src = src,
							 .dst = dst,
							 .type = type,
							 .code = 1,
							 .about = &cause,
							 .quoted = quoted });
	return p;
}

/* A quote that ends in the middle of TCP's checksum: what there is of it stays, since it is of no use. */
static void keep_half_checksum(struct packet *p, const struct packet *before)
{
	const size_t icmp = PACKET_ETH + IP_HEADER, half = icmp + 8 + IP_HEADER + 16;

	if (p->len != half + 1 || p->data[icmp + 8 + 9] != IPPROTO_TCP)
		return;
	packet_set_u8(p, half, before->data[half]);
	packet_set_u16(p, icmp + 2, 0);
	packet_set_u16(p, icmp + 2, packet_checksum(p, icmp, p->len, 0));
}

/* From 8 bytes of L4 on; TCP's checksum is whole with 18. */
static void an_error_from_outside_reaches_the_pod_as_one_about_its_own_packet(void **state)
{
	static const size_t quotes[] = { 8, 9, 16, 17, 18, 20, 40, 72 };

	(void)state;
	for (size_t i = 0;
	     i < ARRAY_SIZE(nodes) * ARRAY_SIZE(flows) * ARRAY_SIZE(quotes) * ARRAY_SIZE(types);
	     i++) {
		size_t quoted = IP_HEADER + quotes[i / 8 % ARRAY_SIZE(quotes)];
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		const struct l4_spec *in = &flows[i / 2 % ARRAY_SIZE(flows)];
		uint8_t type = types[i / 64];
		struct l4_spec out = nat_send_anew(node, in);
		struct packet arriving = error(ROUTER_OUTSIDE, NODE_IP, type, &out, quoted);
		struct packet delivered = error(ROUTER_OUTSIDE, POD_A_IP, type, in, quoted);

		keep_half_checksum(&delivered, &arriving);
		nat_receive_packet_for_pod(node, &arriving, &delivered);
		nat_forget(node);
	}
}

static void a_quote_that_ends_in_padding_tells_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(flows); i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		struct l4_spec out = nat_send_anew(node, &flows[i / ARRAY_SIZE(nodes)]);
		struct packet p = error(ROUTER_OUTSIDE, NODE_IP, ICMP_TYPE_UNREACHABLE, &out, 0);

		packet_set_u16(&p, PACKET_ETH + 2, IP_HEADER + 8 + IP_HEADER + 7);
		packet_set_ttl(&p, 64);
		nat_receive_packet(node, &p, NULL);
	}
}

/* RFC 768: 0 would mean that there is none. */
static void a_quoted_udp_checksum_that_comes_out_as_zero_is_all_ones(void **state)
{
	struct l4_spec in = flows[1], out;
	struct packet p, arriving, delivered;

	(void)state;
	do {
		in.first++;
		packet_l4(&p, &in);
	} while (p.data[40] != 0xff || p.data[41] != 0xff);
	out = nat_send_anew(&vxlan, &in);
	arriving = error(ROUTER_OUTSIDE, NODE_IP, ICMP_TYPE_UNREACHABLE, &out, 0);
	delivered = error(ROUTER_OUTSIDE, POD_A_IP, ICMP_TYPE_UNREACHABLE, &in, 0);
	nat_receive_packet_for_pod(&vxlan, &arriving, &delivered);
}

static void an_error_about_a_packet_with_options_is_translated_too(void **state)
{
	struct l4_spec in = flows[0], out;
	struct packet arriving, delivered;

	(void)state;
	in.options = 3;
	out = nat_send_anew(&vxlan, &in);
	arriving = error(ROUTER_OUTSIDE, NODE_IP, 11, &out, 0);
	delivered = error(ROUTER_OUTSIDE, POD_A_IP, 11, &in, 0);
	nat_receive_packet_for_pod(&vxlan, &arriving, &delivered);
}

static void a_quote_that_is_cut_short_or_about_nothing_of_ours_is_the_nodes(void **state)
{
	struct l4_spec out = nat_send_anew(&vxlan, &flows[0]), other = out;
	struct packet p;

	(void)state;
	for (size_t quoted = 1; quoted < IP_HEADER + 8; quoted++) {
		p = error(ROUTER_OUTSIDE, NODE_IP, ICMP_TYPE_UNREACHABLE, &out, quoted);
		nat_receive_packet(&vxlan, &p, NULL);
	}
	other.dport++;
	p = error(ROUTER_OUTSIDE, NODE_IP, ICMP_TYPE_UNREACHABLE, &other, 0);
	nat_receive_packet(&vxlan, &p, NULL);
	/* To another address of the node than the quoted packet came from. */
	p = error(ROUTER_OUTSIDE, ROUTER_IP, ICMP_TYPE_UNREACHABLE, &out, 0);
	nat_receive_packet(&vxlan, &p, NULL);
	other = out;
	other.protocol = 47;
	p = error(ROUTER_OUTSIDE, NODE_IP, ICMP_TYPE_UNREACHABLE, &other, 0);
	nat_receive_packet(&vxlan, &p, NULL);
}

static void a_quote_that_is_no_first_part_of_an_ipv4_packet_is_the_nodes(void **state)
{
	static const struct {
		size_t offset; /* in the quoted IP header */
		uint8_t value;
	} changes[] = { { 0, 0x65 }, { 0, 0x44 }, { 7, 1 } };
	struct l4_spec out = nat_send_anew(&vxlan, &flows[1]);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct packet p = error(ROUTER_OUTSIDE, NODE_IP, 3, &out, 0);

		packet_set_u8(&p, PACKET_ETH + IP_HEADER + 8 + changes[i].offset, changes[i].value);
		nat_receive_packet(&vxlan, &p, NULL);
	}
}

/* What the pod got, it quotes. */
static void a_pods_error_leaves_as_the_nodes_about_what_the_node_got(void **state)
{
	static const size_t quotes[] = { 8, 16, 17, 18, 20, 72 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(flows) * ARRAY_SIZE(quotes); i++) {
		size_t quoted = IP_HEADER + quotes[i / 8];
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		const struct l4_spec *in = &flows[i / 2 % ARRAY_SIZE(flows)];
		struct l4_spec out = nat_send_anew(node, in);
		struct l4_spec answer = nat_answer(&out), seen = nat_answer(in);
		struct packet sent = error(POD_A_IP, OUTSIDE_IP, 3, &seen, quoted);
		struct packet left = error(NODE_IP, OUTSIDE_IP, 3, &answer, quoted);

		keep_half_checksum(&left, &sent);
		nat_send_packet(node, &sent, REASON_MASQUERADED, &left);
		/* The stack's, about a packet that it could not deliver to the pod. */
		sent = error(NODE_IP, OUTSIDE_IP, 3, &seen, quoted);
		nat_send_packet(node, &sent, REASON_MASQUERADED, &left);
		nat_forget(node);
	}
}

static void a_pods_error_about_no_flow_does_not_leave_the_nodes_does(void **state)
{
	struct l4_spec out = nat_send_anew(&vxlan, &flows[1]), seen = nat_answer(&flows[1]);
	struct l4_spec other = seen;
	struct packet p;

	(void)state;
	(void)out;
	other.sport++;
	p = error(POD_A_IP, OUTSIDE_IP, 3, &other, 0);
	nat_send_packet(&vxlan, &p, REASON_NAT_NO_MAPPING, NULL);
	p = error(NODE_IP, OUTSIDE_IP, 3, &other, 0);
	nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
	p = error(POD_A_IP, OUTSIDE_IP, 3, &seen, IP_HEADER + 7);
	nat_send_packet(&vxlan, &p, REASON_NAT_NO_MAPPING, NULL);
	/* About another pod's packet. */
	p = error(POD_B_IP, OUTSIDE_IP, 3, &seen, 0);
	nat_send_packet(&vxlan, &p, REASON_NAT_NO_MAPPING, NULL);
	/* To where pods are known. */
	p = error(POD_A_IP, REMOTE_POD_IP, 3, &other, 0);
	nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
}

static void a_pods_error_about_a_flow_to_its_own_address_keeps_that_address(void **state)
{
	struct l4_spec request = nat_answer(&flows[1]), delivered = request;
	struct packet p;

	(void)state;
	nat_receive_for_pod(&vxlan, &request, &delivered);
	p = error(POD_A_IP, OUTSIDE_IP, 3, &request, 0);
	nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
}

static void errors_keep_no_flow_alive(void **state)
{
	struct l4_spec out = nat_send_anew(&vxlan, &flows[1]), answer = nat_answer(&out);
	struct hr_nat_key key = nat_key(&answer, HR_NAT_INGRESS);
	struct packet arriving = error(ROUTER_OUTSIDE, NODE_IP, 3, &out, 0);
	struct packet delivered = error(ROUTER_OUTSIDE, POD_A_IP, 3, &flows[1], 0);
	uint32_t expires;

	(void)state;
	nat_set_expiry(&vxlan, &key, 7);
	expires = nat_get(&vxlan, &key).expires;
	nat_receive_packet_for_pod(&vxlan, &arriving, &delivered);
	assert_int_equal(nat_get(&vxlan, &key).expires, expires);
	nat_set_expiry(&vxlan, &key, -1);
	nat_receive_packet(&vxlan, &arriving, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NAT_TEST(an_error_from_outside_reaches_the_pod_as_one_about_its_own_packet),
		NAT_TEST(a_quote_that_ends_in_padding_tells_nothing),
		NAT_TEST(a_quoted_udp_checksum_that_comes_out_as_zero_is_all_ones),
		NAT_TEST(an_error_about_a_packet_with_options_is_translated_too),
		NAT_TEST(a_quote_that_is_cut_short_or_about_nothing_of_ours_is_the_nodes),
		NAT_TEST(a_quote_that_is_no_first_part_of_an_ipv4_packet_is_the_nodes),
		NAT_TEST(a_pods_error_leaves_as_the_nodes_about_what_the_node_got),
		NAT_TEST(a_pods_error_about_no_flow_does_not_leave_the_nodes_does),
		NAT_TEST(a_pods_error_about_a_flow_to_its_own_address_keeps_that_address),
		NAT_TEST(errors_keep_no_flow_alive),
	};

	return harness_main(tests, nat_open_modes, nat_close_all);
}
