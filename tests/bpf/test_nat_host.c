// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who else uses the addresses: the node itself, whose flows hold their ports, and those outside who open flows to
 * a pod's own address, through the NIC or, being nodes, through the tunnel.
 */
#include <arpa/inet.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/nat.h"

static struct nat_node *const nodes[] = { &vxlan, &legacy, &native };

static const struct l4_spec own[] = {
	{ .protocol = IPPROTO_TCP, .src = NODE_IP, .dst = OUTSIDE_IP, .sport = 40000, .dport = 80 },
	{ .protocol = IPPROTO_UDP, .src = NODE_IP, .dst = OUTSIDE_IP, .sport = 40001, .dport = 53 },
	{ .protocol = IPPROTO_ICMP,
	  .icmp_type = ICMP_TYPE_ECHO,
	  .src = NODE_IP,
	  .dst = OUTSIDE_IP,
	  .sport = 40002 },
};

static void a_flow_of_the_node_leaves_as_it_is_and_holds_its_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(own); i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		const struct l4_spec *flow = &own[i / ARRAY_SIZE(nodes)];
		struct l4_spec answer = nat_answer(flow);
		struct l4_spec pod = nat_from(flow, POD_A_IP, flow->sport), out;
		struct hr_nat_key key = nat_key(flow, HR_NAT_EGRESS);

		nat_send(node, flow, REASON_TO_WIRE, NULL);
		assert_int_equal(nat_get(node, &key).flags & HR_NAT_HOST, HR_NAT_HOST);
		assert_int_equal(nat_count(node), 2);
		nat_receive(node, &answer, NULL);
		out = nat_send_anew(node, &pod);
		assert_int_not_equal(out.sport, flow->sport);
		nat_receive(node, &answer, NULL);
		nat_forget(node);
	}
}

static void a_flow_of_the_node_gives_way_to_a_pod_that_has_its_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		struct l4_spec pod = nat_from(&own[i], POD_A_IP, own[i].sport), out, answer;
		struct l4_spec to_pod = nat_answer(&pod), to_node = nat_answer(&own[i]);

		nat_send(&vxlan, &pod, REASON_MASQUERADED, &own[i]);
		out = nat_send_anew(&vxlan, &own[i]);
		assert_int_not_equal(out.sport, own[i].sport);
		answer = nat_answer(&out);
		nat_receive(&vxlan, &answer, &to_node);
		nat_receive_for_pod(&vxlan, &to_node, &to_pod);
	}
}

static void an_error_about_a_flow_of_the_node_is_the_nodes(void **state)
{
	struct l4_spec pod = nat_from(&own[1], POD_A_IP, own[1].sport), out;
	struct packet cause, arriving, translated;

	(void)state;
	nat_send(&vxlan, &own[0], REASON_TO_WIRE, NULL);
	packet_l4(&cause, &own[0]);
	packet_icmp_error(&arriving,
			  &(struct icmp_error_spec){
				  .src = OUTSIDE_IP, .dst = NODE_IP, .type = 3, .about = &cause });
	nat_receive_packet(&vxlan, &arriving, NULL);
	/* And when it had to give way: with the port that the node knows. */
	nat_send(&vxlan, &pod, REASON_MASQUERADED, &own[1]);
	out = nat_send_anew(&vxlan, &own[1]);
	packet_l4(&cause, &out);
	packet_icmp_error(&arriving,
			  &(struct icmp_error_spec){
				  .src = OUTSIDE_IP, .dst = NODE_IP, .type = 3, .about = &cause });
	packet_l4(&cause, &own[1]);
	packet_icmp_error(&translated,
			  &(struct icmp_error_spec){
				  .src = OUTSIDE_IP, .dst = NODE_IP, .type = 3, .about = &cause });
	nat_receive_packet(&vxlan, &arriving, &translated);
}

static void a_port_of_the_node_that_no_pod_can_get_is_not_held(void **state)
{
	struct l4_spec low = nat_from(&own[0], NODE_IP, NAT_FIRST_PORT - 1), ping = own[2];
	struct l4_spec inside = nat_to(&own[0], REMOTE_POD_IP, 80), other = own[0];

	(void)state;
	nat_send(&vxlan, &low, REASON_TO_WIRE, NULL);
	nat_send(&vxlan, &inside, REASON_TO_WIRE, NULL);
	other.src = ROUTER_IP;
	nat_send(&vxlan, &other, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&vxlan), 0);
	ping.sport = 77;
	nat_send(&vxlan, &ping, REASON_TO_WIRE, NULL);
	assert_int_equal(nat_count(&vxlan), 2);
}

static void what_the_node_sends_without_ports_passes(void **state)
{
	struct l4_spec in = own[2];

	(void)state;
	in.icmp_type = ICMP_TYPE_ECHO_REPLY;
	nat_send(&vxlan, &in, REASON_TO_WIRE, NULL);
	in.icmp_type = ICMP_TYPE_TIMESTAMP;
	nat_send(&vxlan, &in, REASON_TO_WIRE, NULL);
	in.protocol = 47;
	in.payload = 30;
	nat_send(&vxlan, &in, REASON_TO_WIRE, NULL);
}

static void a_flow_to_a_pods_own_address_is_answered_from_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(own); i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		struct l4_spec answer = nat_from(&own[i / ARRAY_SIZE(nodes)], POD_A_IP, 8080);
		struct l4_spec request = nat_answer(&answer);
		struct hr_nat_key key;

		request.tcp_flags = SYN;
		if (answer.protocol == IPPROTO_ICMP) { /* the other way round */
			answer.icmp_type = ICMP_TYPE_ECHO_REPLY;
			request.icmp_type = ICMP_TYPE_ECHO;
		}
		key = nat_key(&answer, HR_NAT_EGRESS);
		nat_receive_for_pod(node, &request, &request);
		assert_int_equal(nat_count(node), 1);
		assert_int_equal(nat_get(node, &key).flags & HR_NAT_INBOUND, HR_NAT_INBOUND);
		nat_set_expiry(node, &key, 3);
		nat_send(node, &answer, REASON_TO_WIRE, NULL);
		assert_true(nat_get(node, &key).expires > nat_now() + 3);
		nat_set_expiry(node, &key, 3);
		nat_receive_for_pod(node, &request, &request);
		assert_true(nat_get(node, &key).expires > nat_now() + 3);
		assert_int_equal(nat_count(node), 1);
		nat_forget(node);
	}
}

static void of_tcp_only_its_first_packet_opens_a_flow_to_a_pods_own_address(void **state)
{
	static const uint8_t others[] = { ACK, SYN | ACK, RST, FIN | ACK, RST | ACK };
	struct l4_spec answer = nat_from(&own[0], POD_A_IP, 8080), request = nat_answer(&answer);
	struct hr_nat_key key = nat_key(&answer, HR_NAT_EGRESS);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		for (size_t n = 0; n < ARRAY_SIZE(others); n++) {
			request.tcp_flags = others[n];
			nat_receive_for_pod(nodes[i], &request, &request);
			assert_int_equal(nat_count(nodes[i]), 0);
		}
		request.tcp_flags = SYN;
		nat_receive_for_pod(nodes[i], &request, &request);
		request.tcp_flags = ACK;
		nat_receive_for_pod(nodes[i], &request, &request);
		assert_int_equal(nat_get(nodes[i], &key).flags,
				 HR_NAT_INBOUND | HR_NAT_SEEN_NON_SYN);
	}
}

static void a_flow_from_inside_the_cluster_costs_no_entry(void **state)
{
	struct l4_spec request = { .protocol = IPPROTO_TCP,
				   .src = REMOTE_POD_IP,
				   .dst = POD_A_IP,
				   .sport = 40000,
				   .dport = 8080,
				   .tcp_flags = SYN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		nat_receive_for_pod(nodes[i], &request, &request);
		assert_int_equal(nat_count(nodes[i]), 0);
	}
	/* Nor one whose answer would not be masqueraded anyhow. */
	request.src = NODE2_IP;
	nat_receive_for_pod(&native, &request, &request);
	assert_int_equal(nat_count(&native), 0);
	nat_receive_for_pod(&vxlan, &request, &request);
	assert_int_equal(nat_count(&vxlan), 1);
}

static void an_answer_to_a_masqueraded_flow_opens_none(void **state)
{
	struct l4_spec pod = nat_from(&own[0], POD_A_IP, 40000), direct = nat_answer(&pod);
	struct hr_nat_key key = nat_key(&pod, HR_NAT_EGRESS);

	(void)state;
	nat_send(&vxlan, &pod, REASON_MASQUERADED, &own[0]);
	nat_receive_for_pod(&vxlan, &direct, &direct);
	assert_int_equal(nat_get(&vxlan, &key).flags & HR_NAT_INBOUND, 0);
	nat_send(&vxlan, &pod, REASON_MASQUERADED, &own[0]);
}

static void an_inbound_flow_that_ran_out_is_one_of_the_pod(void **state)
{
	struct l4_spec answer = nat_from(&own[0], POD_A_IP, 40000), request = nat_answer(&answer);
	struct hr_nat_key key = nat_key(&answer, HR_NAT_EGRESS);

	(void)state;
	request.tcp_flags = SYN;
	nat_receive_for_pod(&vxlan, &request, &request);
	nat_set_expiry(&vxlan, &key, -1);
	nat_send(&vxlan, &answer, REASON_MASQUERADED, &own[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NAT_TEST(a_flow_of_the_node_leaves_as_it_is_and_holds_its_port),
		NAT_TEST(a_flow_of_the_node_gives_way_to_a_pod_that_has_its_port),
		NAT_TEST(an_error_about_a_flow_of_the_node_is_the_nodes),
		NAT_TEST(a_port_of_the_node_that_no_pod_can_get_is_not_held),
		NAT_TEST(what_the_node_sends_without_ports_passes),
		NAT_TEST(a_flow_to_a_pods_own_address_is_answered_from_it),
		NAT_TEST(of_tcp_only_its_first_packet_opens_a_flow_to_a_pods_own_address),
		NAT_TEST(a_flow_from_inside_the_cluster_costs_no_entry),
		NAT_TEST(an_answer_to_a_masqueraded_flow_opens_none),
		NAT_TEST(an_inbound_flow_that_ran_out_is_one_of_the_pod),
	};

	return harness_main(tests, nat_open_modes, nat_close_all);
}
