// SPDX-License-Identifier: BSD-2-Clause
/* Ports of masqueraded flows: which ones they get when others have theirs, and what happens when none is left. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/nat.h"

#define PORTS (65536 - NAT_FIRST_PORT)
#define SMALL_RANGE 64
#define SMALL_FIRST_PORT (65536 - SMALL_RANGE)
#define SMALL_TUNNEL_PORT 65480 /* one of them, for no flow */

static struct nat_node node, small;

static const struct l4_spec pod_a = { .protocol = IPPROTO_TCP,
				      .src = POD_A_IP,
				      .dst = OUTSIDE_IP,
				      .sport = 40000,
				      .dport = 443,
				      .tcp_flags = SYN };

/* The reverse entry of somebody else for this port towards the server. */
static struct hr_nat_key taken(const struct l4_spec *flow, uint16_t port)
{
	struct l4_spec out = nat_from(flow, NODE_IP, port), answer = nat_answer(&out);

	return nat_key(&answer, HR_NAT_INGRESS);
}

static void take(const struct nat_node *on, const struct l4_spec *flow, uint16_t port, int seconds)
{
	struct hr_nat_key key = taken(flow, port);
	struct hr_nat entry = { .addr = htonl(0x0ae94008), /* 10.233.64.8 */
				.port = htons(port),
				.expires = nat_now() + (uint32_t)seconds };

	nat_put(on, &key, &entry);
}

static void two_pods_with_one_port_to_one_server_get_two(void **state)
{
	struct l4_spec b = nat_from(&pod_a, POD_B_IP, pod_a.sport);
	struct l4_spec out_a = nat_from(&pod_a, NODE_IP, pod_a.sport), out_b;
	struct l4_spec answer = nat_answer(&out_a), to_a = nat_answer(&pod_a);

	(void)state;
	nat_send(&node, &pod_a, REASON_MASQUERADED, &out_a);
	out_b = nat_send_anew(&node, &b);
	assert_in_range(out_b.sport, NAT_FIRST_PORT, 65535);
	assert_int_not_equal(out_b.sport, out_a.sport);
	nat_send(&node, &pod_a, REASON_MASQUERADED, &out_a);
	nat_receive_for_pod(&node, &answer, &to_a);
}

static void two_pods_with_one_port_to_two_servers_both_keep_it(void **state)
{
	struct l4_spec b = nat_from(&pod_a, POD_B_IP, pod_a.sport);
	struct l4_spec out_a = nat_from(&pod_a, NODE_IP, pod_a.sport), out_b;

	(void)state;
	b.dport = 80;
	out_b = nat_from(&b, NODE_IP, b.sport);
	nat_send(&node, &pod_a, REASON_MASQUERADED, &out_a);
	nat_send(&node, &b, REASON_MASQUERADED, &out_b);
}

static void the_last_port_is_one_of_the_range_and_the_one_below_the_first_is_not(void **state)
{
	struct l4_spec last = nat_from(&pod_a, POD_A_IP, 65535), first = pod_a, below = pod_a, out;

	(void)state;
	out = nat_from(&last, NODE_IP, 65535);
	nat_send(&node, &last, REASON_MASQUERADED, &out);
	first.sport = NAT_FIRST_PORT;
	out = nat_from(&first, NODE_IP, NAT_FIRST_PORT);
	nat_send(&node, &first, REASON_MASQUERADED, &out);
	below.sport = NAT_FIRST_PORT - 1;
	out = nat_send_anew(&node, &below);
	assert_in_range(out.sport, NAT_FIRST_PORT, 65535);
}

/* With one port after the other taken, one flow sees its candidates in turn. */
static void one_flow_tries_different_ports_all_over_the_range(void **state)
{
	struct l4_spec flow = nat_from(&pod_a, POD_A_IP, 1000);
	static bool seen[65536];
	uint16_t lowest = 65535, highest = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < NAT_TRIES; i++) {
		struct hr_nat_key key = nat_key(&flow, HR_NAT_EGRESS);
		uint16_t port = nat_send_anew(&node, &flow).sport;

		assert_in_range(port, NAT_FIRST_PORT, 65535);
		assert_false(seen[port]);
		seen[port] = true;
		lowest = port < lowest ? port : lowest;
		highest = port > highest ? port : highest;
		nat_drop(&node, &key);
		take(&node, &flow, port, 100);
	}
	assert_true(lowest < NAT_FIRST_PORT + PORTS / 8 && highest > 65535 - PORTS / 8);
	nat_send(&node, &flow, REASON_NAT_NO_MAPPING, NULL);
	assert_int_equal(nat_count(&node), NAT_TRIES);
}

/* The small range: each flow would find the last free port of it. */
static void as_many_flows_as_ports_get_one_each_and_the_next_none(void **state)
{
	static bool given[65536];
	struct l4_spec flow = pod_a;

	(void)state;
	memset(given, 0, sizeof(given));
	for (flow.sport = 1; flow.sport < SMALL_RANGE; flow.sport++) {
		uint16_t port = nat_send_anew(&small, &flow).sport;

		assert_in_range(port, SMALL_FIRST_PORT, 65535);
		assert_int_not_equal(port, SMALL_TUNNEL_PORT);
		assert_false(given[port]);
		given[port] = true;
	}
	nat_send(&small, &flow, REASON_NAT_NO_MAPPING, NULL);
	assert_int_equal(nat_count(&small), 2 * (SMALL_RANGE - 1));
	flow.dst = "203.0.113.8"; /* another server's ports are not this one's */
	nat_send_anew(&small, &flow);
}

static void a_pods_flow_from_the_tunnels_port_gets_another(void **state)
{
	struct l4_spec flow = nat_from(&pod_a, POD_A_IP, SMALL_TUNNEL_PORT), delivered, answer, out;

	(void)state;
	flow.protocol = IPPROTO_UDP;
	out = nat_send_anew(&small, &flow);
	assert_in_range(out.sport, SMALL_FIRST_PORT, 65535);
	assert_int_not_equal(out.sport, SMALL_TUNNEL_PORT);
	answer = nat_answer(&out);
	delivered = nat_answer(&flow);
	nat_receive_for_pod(&small, &answer, &delivered);
}

static void a_flow_without_a_port_is_dropped_until_one_expires_or_goes(void **state)
{
	struct l4_spec flow = nat_from(&pod_a, POD_A_IP, 65500),
		       out = nat_from(&flow, NODE_IP, 65500);
	struct hr_nat_key key = taken(&flow, 65500), egress = nat_key(&flow, HR_NAT_EGRESS);

	(void)state;
	for (uint32_t port = SMALL_FIRST_PORT; port <= 65535; port++)
		take(&small, &flow, (uint16_t)port, 100);
	nat_send(&small, &flow, REASON_NAT_NO_MAPPING, NULL);
	assert_int_equal(nat_count(&small), SMALL_RANGE);
	nat_set_expiry(&small, &key, -1);
	nat_send(&small, &flow, REASON_MASQUERADED, &out);
	assert_int_equal(nat_get(&small, &key).addr, egress.saddr);
	nat_drop(&small, &egress);
	nat_drop(&small, &key);
	nat_send(&small, &flow, REASON_MASQUERADED, &out);
}

static void an_expired_flow_that_lost_its_port_gets_another(void **state)
{
	struct l4_spec b = nat_from(&pod_a, POD_B_IP, pod_a.sport), out_a, out_b;
	struct hr_nat_key egress = nat_key(&pod_a, HR_NAT_EGRESS);
	struct hr_nat_key ingress = taken(&pod_a, pod_a.sport);

	(void)state;
	out_a = nat_from(&pod_a, NODE_IP, pod_a.sport);
	nat_send(&node, &pod_a, REASON_MASQUERADED, &out_a);
	nat_set_expiry(&node, &egress, -1);
	nat_set_expiry(&node, &ingress, -1);
	out_b = nat_from(&b, NODE_IP, pod_a.sport);
	nat_send(&node, &b, REASON_MASQUERADED, &out_b);
	out_a = nat_send_anew(&node, &pod_a);
	assert_int_not_equal(out_a.sport, pod_a.sport);
	nat_send(&node, &b, REASON_MASQUERADED, &out_b);
}

/* One half evicted, its port then given away, the other half still live. */
static void a_half_that_is_left_from_before_does_not_take_anothers_port(void **state)
{
	struct l4_spec b = nat_from(&pod_a, POD_B_IP, pod_a.sport), out_a, out_b;
	struct hr_nat_key ingress = taken(&pod_a, pod_a.sport);

	(void)state;
	out_a = nat_from(&pod_a, NODE_IP, pod_a.sport);
	nat_send(&node, &pod_a, REASON_MASQUERADED, &out_a);
	nat_drop(&node, &ingress);
	out_b = nat_from(&b, NODE_IP, pod_a.sport);
	nat_send(&node, &b, REASON_MASQUERADED, &out_b);
	out_a = nat_send_anew(&node, &pod_a);
	assert_int_not_equal(out_a.sport, pod_a.sport);
	nat_send(&node, &b, REASON_MASQUERADED, &out_b);
}

/* The other pod has ended by then, and its port, which this one wanted first, is free. */
static void a_connection_that_lost_its_way_out_keeps_its_port(void **state)
{
	struct l4_spec b = nat_from(&pod_a, POD_B_IP, pod_a.sport);
	struct l4_spec out_a = nat_from(&pod_a, NODE_IP, pod_a.sport), out_b;
	struct hr_nat_key egress_a = nat_key(&pod_a, HR_NAT_EGRESS);
	struct hr_nat_key egress_b = nat_key(&b, HR_NAT_EGRESS);
	struct hr_nat_key ingress_a = taken(&pod_a, pod_a.sport);

	(void)state;
	nat_send(&node, &pod_a, REASON_MASQUERADED, &out_a);
	out_b = nat_send_anew(&node, &b);
	nat_drop(&node, &egress_a);
	nat_drop(&node, &ingress_a);
	nat_drop(&node, &egress_b);
	b.tcp_flags = out_b.tcp_flags = ACK;
	nat_send(&node, &b, REASON_MASQUERADED, &out_b);
}

static void echo_ids_are_chosen_as_ports_are(void **state)
{
	struct l4_spec a = { .protocol = IPPROTO_ICMP,
			     .icmp_type = ICMP_TYPE_ECHO,
			     .src = POD_A_IP,
			     .dst = OUTSIDE_IP,
			     .sport = 50000 };
	struct l4_spec b = nat_from(&a, POD_B_IP, 50000), out;

	(void)state;
	out = nat_from(&a, NODE_IP, 50000);
	nat_send(&node, &a, REASON_MASQUERADED, &out);
	out = nat_send_anew(&node, &b);
	assert_in_range(out.sport, NAT_FIRST_PORT, 65535);
	assert_int_not_equal(out.sport, 50000);
	a.sport = 0;
	out = nat_send_anew(&node, &a);
	assert_in_range(out.sport, NAT_FIRST_PORT, 65535);
}

static int set_up(void **state)
{
	(void)state;
	nat_add_devices();
	nat_open(&node, BUNDLE_MASQ_BPF);
	nat_open(&small, BUNDLE_MASQ_PORTS);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		NAT_TEST(two_pods_with_one_port_to_one_server_get_two),
		NAT_TEST(two_pods_with_one_port_to_two_servers_both_keep_it),
		NAT_TEST(the_last_port_is_one_of_the_range_and_the_one_below_the_first_is_not),
		NAT_TEST(one_flow_tries_different_ports_all_over_the_range),
		NAT_TEST(as_many_flows_as_ports_get_one_each_and_the_next_none),
		NAT_TEST(a_pods_flow_from_the_tunnels_port_gets_another),
		NAT_TEST(a_flow_without_a_port_is_dropped_until_one_expires_or_goes),
		NAT_TEST(an_expired_flow_that_lost_its_port_gets_another),
		NAT_TEST(a_half_that_is_left_from_before_does_not_take_anothers_port),
		NAT_TEST(a_connection_that_lost_its_way_out_keeps_its_port),
		NAT_TEST(echo_ids_are_chosen_as_ports_are),
	};

	return harness_main(tests, set_up, nat_close_all);
}
