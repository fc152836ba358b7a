// SPDX-License-Identifier: BSD-2-Clause
/*
 * from_netdev where it takes the VXLAN header off: what it opens, and that everything else stays as it is, for the
 * vxlan device and from_overlay behind it.
 */
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/packet_l4.h"
#include "tests/bpf/vxlan.h"

#define OWN_OTHER_IP "192.168.64.7" /* of this node too, but not its address in the cluster */
#define STRANGER_IP "192.168.64.66"
#define NODE2_MAC "02:00:00:00:00:09"
#define SENDER_MAC "02:00:0a:e9:41:07"

enum {
	IDENTITY = 4713,
	PAYLOAD = 40,
};

static struct datapath bpf, device, legacy, masq;
static struct datapath *const those_that_open[] = { &bpf, &masq };
static struct datapath *const those_that_do_not[] = { &device, &legacy };
static unsigned int nic, lxc1;

static struct packet inner(const char *dst, uint8_t protocol)
{
	struct packet p;

	packet_l4(&p, &(struct l4_spec){ .src = REMOTE_POD_IP,
					 .dst = dst,
					 .protocol = protocol,
					 .sport = 80,
					 .dport = 40000,
					 .payload = PAYLOAD });
	packet_set_macs(&p, "02:00:00:00:0b:01", SENDER_MAC);
	return p;
}

static struct packet tunnelled(const struct packet *inside, const char *src, uint32_t vni)
{
	struct packet p;

	packet_vxlan(
		&p,
		&(struct vxlan_spec){
			.src = src, .dst = NODE_IP, .sport = 50000, .vni = vni, .inner = inside });
	packet_set_macs(&p, NIC_MAC, NODE2_MAC);
	return p;
}

static struct packet good(void)
{
	struct packet p = inner(POD_A_IP, IPPROTO_TCP);

	return tunnelled(&p, NODE2_IP, IDENTITY);
}

static struct packet delivered(const struct packet *inside)
{
	struct packet out = *inside;

	packet_set_macs(&out, POD_A_MAC, POD_A_NODE_MAC);
	packet_set_ttl(&out, inside->data[PACKET_ETH + 8] - 1);
	return out;
}

static void expect(const struct datapath *dp, const struct packet *p, uint32_t gso_size,
		   enum hr_reason reason, const struct packet *out)
{
	expect_verdict(dp, &(struct input){ .packet = p, .ifindex = nic, .gso_size = gso_size },
		       reason, out);
}

static void expect_left(const struct packet *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(those_that_open); i++)
		expect(those_that_open[i], p, 0, REASON_TO_HOST, NULL);
}

static void a_known_nodes_packet_for_a_pod_is_opened_and_delivered(void **state)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(protocols) * ARRAY_SIZE(those_that_open); i++) {
		struct packet in = inner(POD_A_IP, protocols[i % ARRAY_SIZE(protocols)]);
		struct packet p = tunnelled(&in, NODE2_IP, IDENTITY), out = delivered(&in);

		expect(those_that_open[i / ARRAY_SIZE(protocols)], &p, 0, REASON_TO_POD_PEER, &out);
	}
}

static void where_the_device_does_it_the_node_gets_it(void **state)
{
	struct packet p = good();

	(void)state;
	expect(&device, &p, 0, REASON_TO_HOST, NULL);
	assert_false(datapath_has_map(&device, "hr_nodes4"));
	/* In legacy mode this program is not even attached. */
	expect(&legacy, &p, 0, REASON_TO_STACK, NULL);
}

/* test_run makes super-packets of no type, from which the helper takes nothing: real ones are the lab's. */
static void what_the_header_cannot_be_taken_off_is_left(void **state)
{
	struct packet p = good();

	(void)state;
	expect(&bpf, &p, 20, REASON_TO_HOST, NULL);
}

static void ethernet_padding_behind_the_inner_packet_stays(void **state)
{
	struct packet in = inner(POD_A_IP, IPPROTO_UDP), p, out;

	(void)state;
	in.len += 6;
	p = tunnelled(&in, NODE2_IP, IDENTITY);
	out = delivered(&in);
	expect(&bpf, &p, 0, REASON_TO_POD_PEER, &out);
}

static void who_is_no_node_is_left_to_be_refused(void **state)
{
	struct packet in = inner(POD_A_IP, IPPROTO_TCP);
	struct packet p = tunnelled(&in, STRANGER_IP, IDENTITY);

	(void)state;
	expect_left(&p);
}

/* Their answers go by the NIC and need an entry that from_overlay makes; host is what nobody may claim. */
static void what_the_nodes_themselves_send_is_left(void **state)
{
	static const uint32_t identities[] = { HR_ID_HOST, HR_ID_REMOTE_NODE };
	struct packet in = inner(POD_A_IP, IPPROTO_TCP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++) {
		struct packet p = tunnelled(&in, NODE2_IP, identities[i]);

		expect_left(&p);
	}
}

static void what_is_for_no_pod_here_is_left(void **state)
{
	static const char *const destinations[] = { ROUTER_IP, NODE_IP, "10.233.64.200",
						    OUTSIDE_IP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct packet in = inner(destinations[i], IPPROTO_TCP);
		struct packet p = tunnelled(&in, NODE2_IP, IDENTITY);

		expect_left(&p);
	}
}

static void another_address_of_this_node_is_no_tunnels_end(void **state)
{
	struct packet in = inner(POD_A_IP, IPPROTO_TCP), p;

	(void)state;
	packet_vxlan(&p, &(struct vxlan_spec){ .src = NODE2_IP,
					       .dst = OWN_OTHER_IP,
					       .sport = 50000,
					       .vni = IDENTITY,
					       .inner = &in });
	packet_set_macs(&p, NIC_MAC, NODE2_MAC);
	expect_left(&p);
}

/* One byte of a good packet that makes it something the device must look at. */
static void what_is_not_plain_is_left(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} changes[] = {
		{ OUTER_IP + 1, 3 }, /* congestion was experienced */
		{ OUTER_IP + 6, 0x20 }, /* more fragments */
		{ OUTER_IP + 7, 1 }, /* a later fragment */
		{ OUTER_IP + 9, IPPROTO_TCP },
		{ OUTER_UDP + 3, 0x17 }, /* port 8471 */
		{ OUTER_UDP + 6, 1 }, /* a UDP checksum */
		{ OUTER_VXLAN, 0 }, /* no identifier */
		{ OUTER_VXLAN, 0x0c }, /* a flag of an extension */
		{ OUTER_VXLAN + 3, 1 },
		{ OUTER_VXLAN + 7, 1 },
		{ INNER_ETH + 12, 0x86 }, /* not IPv4 */
		{ INNER_IP, 0x46 }, /* IP options */
		{ INNER_IP, 0x44 },
		{ INNER_IP, 0x65 }, /* version 6 */
		{ INNER_IP + 2, 1 }, /* longer than the frame */
		{ INNER_IP + 3, 19 }, /* shorter than its header */
		{ INNER_IP + 8, 1 }, /* its last hop */
		{ INNER_IP + 8, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct packet p = good();

		packet_set_u8(&p, changes[i].offset, changes[i].value);
		if (changes[i].offset < OUTER_UDP)
			packet_set_ttl(&p, 64); /* the header checksum again */
		expect_left(&p);
	}
}

static void outer_ip_options_are_left(void **state)
{
	struct packet plain = good(), p;

	(void)state;
	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = NIC_MAC,
					     .src = NODE2_IP,
					     .dst = NODE_IP,
					     .options = 1,
					     .payload = plain.len - OUTER_UDP });
	memcpy(p.data + OUTER_UDP + 4, plain.data + OUTER_UDP, plain.len - OUTER_UDP);
	expect_left(&p);
}

static void a_packet_cut_short_anywhere_is_left(void **state)
{
	const struct packet whole = good();

	(void)state;
	for (size_t len = OUTER_UDP; len < whole.len; len++) {
		struct packet p = whole;

		p.len = len;
		packet_set_u16(&p, OUTER_IP + 2, (uint16_t)(len - PACKET_ETH));
		packet_set_ttl(&p, 64);
		expect(&bpf, &p, 0, REASON_TO_HOST, NULL);
	}
}

static void fill(const struct datapath *dp)
{
	datapath_add_endpoint(dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(dp, NODE_IP, 0, 0, NULL, NULL);
	datapath_add_endpoint(dp, OWN_OTHER_IP, 0, 0, NULL, NULL);
	datapath_add_endpoint(dp, ROUTER_IP, 0, 0, NULL, NULL);
	if (datapath_has_map(dp, "hr_nodes4"))
		datapath_add_node(dp, NODE2_IP);
}

static int set_up(void **state)
{
	(void)state;
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	nic = harness_veth("nic", NIC_MAC);
	datapath_open(&bpf, BUNDLE_BPF, HOOK_FROM_NETDEV);
	datapath_open(&masq, BUNDLE_MASQ_BPF, HOOK_FROM_NETDEV);
	datapath_open(&device, BUNDLE_DEVICE, HOOK_FROM_NETDEV);
	datapath_open(&legacy, BUNDLE_LEGACY, HOOK_FROM_NETDEV);
	for (size_t i = 0; i < ARRAY_SIZE(those_that_open); i++)
		fill(those_that_open[i]);
	for (size_t i = 0; i < ARRAY_SIZE(those_that_do_not); i++)
		fill(those_that_do_not[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(those_that_open); i++)
		datapath_close(those_that_open[i]);
	for (size_t i = 0; i < ARRAY_SIZE(those_that_do_not); i++)
		datapath_close(those_that_do_not[i]);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_nodes_packet_for_a_pod_is_opened_and_delivered),
		cmocka_unit_test(where_the_device_does_it_the_node_gets_it),
		cmocka_unit_test(what_the_header_cannot_be_taken_off_is_left),
		cmocka_unit_test(ethernet_padding_behind_the_inner_packet_stays),
		cmocka_unit_test(who_is_no_node_is_left_to_be_refused),
		cmocka_unit_test(what_the_nodes_themselves_send_is_left),
		cmocka_unit_test(what_is_for_no_pod_here_is_left),
		cmocka_unit_test(another_address_of_this_node_is_no_tunnels_end),
		cmocka_unit_test(what_is_not_plain_is_left),
		cmocka_unit_test(outer_ip_options_are_left),
		cmocka_unit_test(a_packet_cut_short_anywhere_is_left),
	};

	return harness_main(tests, set_up, tear_down);
}
