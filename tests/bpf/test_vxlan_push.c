// SPDX-License-Identifier: BSD-2-Clause
/* from_container and from_host where the programs put the VXLAN header on: every byte of the outer packet. */
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/packet_l4.h"
#include "tests/bpf/vxlan.h"

#define FAR_PODS "10.233.66.0/24" /* of a node behind a router */
#define FAR_POD_IP "10.233.66.7"
#define FAR_NODE_IP "198.51.100.9"
#define LOST_PODS "10.233.67.0/24" /* of a node that no route leads to */
#define LOST_POD_IP "10.233.67.7"
#define LOST_NODE_IP "172.31.0.9"

enum {
	IDENTITY_HOST = 6,
	SOURCE_PORT_MIN = 49152,
	TUNNEL_MTU = 1450,
};

static struct datapath container, host;
static unsigned int lxc1, nic, hr_host;
static uint16_t source_port; /* of the packet that was settled last */

static struct packet from_pod(const char *dst, uint16_t sport)
{
	struct packet p;

	packet_l4(&p, &(struct l4_spec){ .src = POD_A_IP,
					 .dst = dst,
					 .protocol = IPPROTO_TCP,
					 .sport = sport,
					 .dport = 80,
					 .payload = 40 });
	packet_set_macs(&p, POD_A_NODE_MAC, POD_A_MAC);
	return p;
}

/* The identification is random and the source port a hash; the checksum is computed anew. */
static void settle(struct packet *expected, const uint8_t *got)
{
	uint8_t ttl = expected->data[OUTER_IP + 8];

	memcpy(expected->data + OUTER_IP + 4, got + OUTER_IP + 4, 2);
	memcpy(expected->data + OUTER_UDP, got + OUTER_UDP, 2);
	packet_set_ttl(expected, ttl);
	source_port = (uint16_t)(got[OUTER_UDP] << 8 | got[OUTER_UDP + 1]);
	assert_true(source_port >= SOURCE_PORT_MIN);
}

static struct packet wrapped(const struct packet *inner, const char *node, uint32_t identity)
{
	struct packet out;

	packet_vxlan(&out, &(struct vxlan_spec){
				   .src = NODE_IP, .dst = node, .vni = identity, .inner = inner });
	return out;
}

static void expect_push(const struct packet *p, const struct packet *out)
{
	expect_verdict(&container,
		       &(struct input){ .packet = p, .ifindex = lxc1, .settle = settle },
		       REASON_TO_OVERLAY, out);
}

static void a_packet_for_a_remote_pod_leaves_whole_inside_vxlan(void **state)
{
	struct packet p = from_pod(REMOTE_POD_IP, 40000);
	struct packet out = wrapped(&p, NODE2_IP, POD_A_IDENTITY);

	(void)state;
	expect_push(&p, &out);
}

static void the_tunnel_is_no_hop(void **state)
{
	static const uint8_t ttls[] = { 1, 0, 255 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ttls); i++) {
		struct packet p = from_pod(REMOTE_POD_IP, 40000), out;

		packet_set_ttl(&p, ttls[i]);
		out = wrapped(&p, NODE2_IP, POD_A_IDENTITY);
		expect_push(&p, &out);
	}
}

static void a_node_behind_a_router_is_found_by_the_routing_table(void **state)
{
	struct packet p = from_pod(FAR_POD_IP, 40000);
	struct packet out = wrapped(&p, FAR_NODE_IP, POD_A_IDENTITY);

	(void)state;
	expect_push(&p, &out);
}

static void what_has_no_route_is_left_to_the_vxlan_device_as_it_is(void **state)
{
	struct packet p = from_pod(LOST_POD_IP, 40000);

	(void)state;
	expect_verdict(&container, &(struct input){ .packet = &p, .ifindex = lxc1 },
		       REASON_TO_OVERLAY, NULL);
}

static void congestion_marks_are_carried_outside_as_rfc_6040_says(void **state)
{
	static const struct {
		uint8_t inner, outer;
	} cases[] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 2 }, { 0xb8, 0 }, { 0xba, 2 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = from_pod(REMOTE_POD_IP, 40000), out;

		packet_set_u8(&p, PACKET_ETH + 1, cases[i].inner);
		packet_set_ttl(&p, 64);
		packet_vxlan(&out, &(struct vxlan_spec){ .src = NODE_IP,
							 .dst = NODE2_IP,
							 .tos = cases[i].outer,
							 .vni = POD_A_IDENTITY,
							 .inner = &p });
		expect_push(&p, &out);
	}
}

static uint16_t port_of(uint16_t sport)
{
	struct packet p = from_pod(REMOTE_POD_IP, sport);
	struct packet out = wrapped(&p, NODE2_IP, POD_A_IDENTITY);

	expect_push(&p, &out);
	return source_port;
}

static void a_flow_keeps_its_source_port_and_others_have_others(void **state)
{
	enum { FLOWS = 64 };
	uint16_t ports[FLOWS];
	size_t same = 0;

	(void)state;
	assert_int_equal(port_of(40000), port_of(40000));
	for (uint16_t i = 0; i < FLOWS; i++) {
		ports[i] = port_of((uint16_t)(40000 + i));
		for (uint16_t k = 0; k < i; k++)
			same += ports[k] == ports[i];
	}
	assert_true(same < 4);
}

static void fragments_of_one_datagram_share_a_source_port(void **state)
{
	struct packet whole, first, last, out;
	uint16_t port;

	(void)state;
	packet_l4(&whole, &(struct l4_spec){ .src = POD_A_IP,
					     .dst = REMOTE_POD_IP,
					     .protocol = IPPROTO_UDP,
					     .sport = 4000,
					     .dport = 53,
					     .payload = 40 });
	packet_set_macs(&whole, POD_A_NODE_MAC, POD_A_MAC);
	packet_fragment(&first, &whole, 0, 24);
	packet_fragment(&last, &whole, 24, 24);
	out = wrapped(&first, NODE2_IP, POD_A_IDENTITY);
	expect_push(&first, &out);
	port = source_port;
	out = wrapped(&last, NODE2_IP, POD_A_IDENTITY);
	expect_push(&last, &out);
	assert_int_equal(source_port, port);
}

static void what_does_not_fit_the_tunnel_is_left_to_the_stack(void **state)
{
	struct packet p, out;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
						     .src = POD_A_IP,
						     .dst = REMOTE_POD_IP,
						     .payload = TUNNEL_MTU - 20 + more });
		out = wrapped(&p, NODE2_IP, POD_A_IDENTITY);
		if (!more)
			expect_push(&p, &out);
		else
			expect_verdict(&container, &(struct input){ .packet = &p, .ifindex = lxc1 },
				       REASON_FRAG_NEEDED, NULL);
	}
}

static void the_nodes_own_packets_say_that_a_node_sent_them(void **state)
{
	static const struct {
		const char *src;
		uint32_t identity;
	} cases[] = { { ROUTER_IP, IDENTITY_HOST }, { POD_A_IP, POD_A_IDENTITY } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p, out;

		packet_ipv4(&p, &(struct ipv4_spec){ .dmac = "02:00:00:00:0b:01",
						     .smac = "02:00:00:00:0b:02",
						     .src = cases[i].src,
						     .dst = REMOTE_POD_IP,
						     .payload = 64 });
		out = wrapped(&p, NODE2_IP, cases[i].identity);
		expect_verdict(
			&host,
			&(struct input){ .packet = &p, .ifindex = hr_host, .settle = settle },
			REASON_TO_OVERLAY, &out);
	}
}

static void fill(const struct datapath *dp)
{
	datapath_add_endpoint(dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_neighbour(dp, NODE2_PODS, NODE2_IP, nic);
	datapath_add_prefix(dp, FAR_PODS, FAR_NODE_IP, 0);
	datapath_add_prefix(dp, LOST_PODS, LOST_NODE_IP, 0);
}

static int set_up(void **state)
{
	(void)state;
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	hr_host = harness_veth("hr_host", POD_B_NODE_MAC);
	nic = harness_veth("nic", NIC_MAC);
	harness_ip("addr add " NODE_IP "/24 dev nic");
	harness_ip("route add 198.51.100.0/24 via " GATEWAY_IP);
	harness_sysctl("/proc/sys/net/ipv4/conf/all/forwarding", "1");
	datapath_open(&container, BUNDLE_BPF, HOOK_FROM_CONTAINER);
	datapath_open(&host, BUNDLE_BPF, HOOK_FROM_HOST);
	fill(&container);
	fill(&host);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	datapath_close(&container);
	datapath_close(&host);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_for_a_remote_pod_leaves_whole_inside_vxlan),
		cmocka_unit_test(the_tunnel_is_no_hop),
		cmocka_unit_test(a_node_behind_a_router_is_found_by_the_routing_table),
		cmocka_unit_test(what_has_no_route_is_left_to_the_vxlan_device_as_it_is),
		cmocka_unit_test(congestion_marks_are_carried_outside_as_rfc_6040_says),
		cmocka_unit_test(a_flow_keeps_its_source_port_and_others_have_others),
		cmocka_unit_test(fragments_of_one_datagram_share_a_source_port),
		cmocka_unit_test(what_does_not_fit_the_tunnel_is_left_to_the_stack),
		cmocka_unit_test(the_nodes_own_packets_say_that_a_node_sent_them),
	};

	return harness_main(tests, set_up, tear_down);
}
