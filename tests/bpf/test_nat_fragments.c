// SPDX-License-Identifier: BSD-2-Clause
/* Fragments of masqueraded flows: only the first has ports, and only it has an L4 header to rewrite. */
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/nat.h"

#define PIECE 512
#define PIECES 3

static struct nat_node *const nodes[] = { &vxlan, &legacy };

static const struct l4_spec flows[] = {
	{ .protocol = IPPROTO_UDP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1025,
	  .dport = 53,
	  .id = 7,
	  .payload = PIECES * PIECE - 8 - 3 },
	{ .protocol = IPPROTO_ICMP,
	  .icmp_type = ICMP_TYPE_ECHO,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1026,
	  .id = 7,
	  .options = 2,
	  .payload = PIECES * PIECE - 8 - 3 },
	{ .protocol = IPPROTO_TCP,
	  .src = POD_A_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 1027,
	  .dport = 80,
	  .id = 7,
	  .payload = PIECES * PIECE - 20 - 3 },
};

static struct packet piece(const struct l4_spec *whole, size_t number)
{
	size_t len = number < PIECES - 1 ? PIECE : PIECE - 3;
	struct packet datagram, p;

	packet_l4(&datagram, whole);
	packet_fragment(&p, &datagram, number * PIECE, len);
	return p;
}

static void a_datagram_in_pieces_is_masqueraded_whole_and_answered_in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(flows); i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		const struct l4_spec *in = &flows[i / ARRAY_SIZE(nodes)];
		struct l4_spec out = nat_send_anew(node, in), answer = nat_answer(&out);
		struct l4_spec delivered = nat_answer(in);

		for (size_t n = 0; n < PIECES; n++) {
			struct packet before = piece(in, n), after = piece(&out, n);

			nat_send_packet(node, &before, REASON_MASQUERADED, &after);
		}
		for (size_t n = 0; n < PIECES; n++) {
			struct packet before = piece(&answer, n), after = piece(&delivered, n);

			nat_receive_packet_for_pod(node, &before, &after);
		}
	}
}

static void a_later_piece_before_the_first_does_not_leave_nor_reach_the_pod(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		struct l4_spec out = nat_send_anew(&vxlan, &flows[i]), answer = nat_answer(&out);
		struct packet sent = piece(&flows[i], 1), arriving = piece(&answer, 1);

		nat_send_packet(&vxlan, &sent, REASON_FRAG_NOT_FOUND, NULL);
		nat_receive_packet(&vxlan, &arriving, NULL);
	}
}

static void later_pieces_say_nothing_about_a_tcp_flow(void **state)
{
	struct l4_spec in = flows[2], out;
	struct hr_nat_key key;

	(void)state;
	in.tcp_flags = SYN;
	out = nat_send_anew(&vxlan, &in);
	for (size_t n = 0; n < PIECES; n++) {
		struct packet before = piece(&in, n), after = piece(&out, n);

		nat_send_packet(&vxlan, &before, REASON_MASQUERADED, &after);
	}
	key = nat_key(&in, HR_NAT_EGRESS);
	assert_int_equal(nat_get(&vxlan, &key).flags, 0);
}

static void pieces_of_two_datagrams_are_told_apart(void **state)
{
	struct l4_spec a = flows[0], b = flows[0], out_a, out_b;
	struct packet first_a, first_b, next_a, next_b, left;

	(void)state;
	b.id = 8;
	b.sport = 1030;
	out_a = nat_send_anew(&vxlan, &a);
	out_b = nat_send_anew(&vxlan, &b);
	first_a = piece(&a, 0);
	left = piece(&out_a, 0);
	nat_send_packet(&vxlan, &first_a, REASON_MASQUERADED, &left);
	next_b = piece(&b, 1);
	nat_send_packet(&vxlan, &next_b, REASON_FRAG_NOT_FOUND, NULL);
	first_b = piece(&b, 0);
	left = piece(&out_b, 0);
	nat_send_packet(&vxlan, &first_b, REASON_MASQUERADED, &left);
	next_a = piece(&a, 1);
	left = piece(&out_a, 1);
	nat_send_packet(&vxlan, &next_a, REASON_MASQUERADED, &left);
}

static void pieces_to_where_pods_are_known_pass_in_any_order(void **state)
{
	struct l4_spec in = nat_to(&flows[0], REMOTE_POD_IP, 53);
	struct packet p = piece(&in, 1);

	(void)state;
	nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
	nat_send_packet(&native, &p, REASON_TO_WIRE, NULL);
}

static void pieces_of_an_echo_reply_pass_as_the_whole_does(void **state)
{
	struct l4_spec reply = flows[1];

	(void)state;
	reply.icmp_type = ICMP_TYPE_ECHO_REPLY;
	for (size_t n = 0; n < PIECES; n++) {
		struct packet p = piece(&reply, n);

		nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
	}
}

/* Its id says nothing, and with its flow evicted nothing else does either. */
static void a_later_piece_of_an_echo_with_id_0_is_still_of_a_request(void **state)
{
	struct l4_spec request = flows[1], reply;
	struct packet first, later, left;

	(void)state;
	request.sport = 0;
	reply = request;
	reply.icmp_type = ICMP_TYPE_ECHO_REPLY;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		struct hr_nat_key key = nat_key(&request, HR_NAT_EGRESS);
		struct l4_spec out = nat_send_anew(nodes[i], &request);

		first = piece(&request, 0);
		left = piece(&out, 0);
		nat_send_packet(nodes[i], &first, REASON_MASQUERADED, &left);
		nat_drop(nodes[i], &key);
		later = piece(&request, 1);
		left = piece(&out, 1);
		nat_send_packet(nodes[i], &later, REASON_MASQUERADED, &left);
		nat_forget(nodes[i]);
		first = piece(&reply, 0);
		later = piece(&reply, 1);
		nat_send_packet(nodes[i], &first, REASON_TO_WIRE, NULL);
		nat_send_packet(nodes[i], &later, REASON_TO_WIRE, NULL);
		assert_int_equal(nat_count(nodes[i]), 0);
	}
}

static void pieces_of_an_answer_to_a_pods_own_address_keep_it(void **state)
{
	struct l4_spec request = nat_answer(&flows[0]), answer = flows[0];

	(void)state;
	request.payload = 10;
	nat_receive_for_pod(&vxlan, &request, &request);
	for (size_t n = 0; n < PIECES; n++) {
		struct packet p = piece(&answer, n);

		nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
	}
}

static void the_nodes_own_pieces_pass(void **state)
{
	struct l4_spec own = nat_from(&flows[0], NODE_IP, 40000);

	(void)state;
	for (size_t n = PIECES; n-- > 0;) {
		struct packet p = piece(&own, n);

		nat_send_packet(&vxlan, &p, REASON_TO_WIRE, NULL);
		nat_send_packet(&native, &p, REASON_TO_WIRE, NULL);
	}
}

static void without_tracking_no_piece_of_a_pod_leaves(void **state)
{
	struct l4_spec answer = nat_answer(&flows[0]);

	(void)state;
	assert_false(datapath_has_map(&native.out, "hr_frags4"));
	answer.dst = NODE_IP;
	for (size_t n = 0; n < PIECES; n++) {
		struct packet sent = piece(&flows[0], n), arriving = piece(&answer, n);

		nat_send_packet(&native, &sent, REASON_FRAG_NOSUPPORT, NULL);
		nat_receive_packet(&native, &arriving, NULL);
	}
	assert_int_equal(nat_count(&native), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NAT_TEST(a_datagram_in_pieces_is_masqueraded_whole_and_answered_in_pieces),
		NAT_TEST(a_later_piece_before_the_first_does_not_leave_nor_reach_the_pod),
		NAT_TEST(later_pieces_say_nothing_about_a_tcp_flow),
		NAT_TEST(pieces_of_two_datagrams_are_told_apart),
		NAT_TEST(pieces_to_where_pods_are_known_pass_in_any_order),
		NAT_TEST(pieces_of_an_echo_reply_pass_as_the_whole_does),
		NAT_TEST(a_later_piece_of_an_echo_with_id_0_is_still_of_a_request),
		NAT_TEST(pieces_of_an_answer_to_a_pods_own_address_keep_it),
		NAT_TEST(the_nodes_own_pieces_pass),
		NAT_TEST(without_tracking_no_piece_of_a_pod_leaves),
	};

	return harness_main(tests, nat_open_modes, nat_close_all);
}
