// SPDX-License-Identifier: BSD-2-Clause
/* from_container: which ARP packets of a pod are answered, and how. The same in every mode. */
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"

enum {
	REQUEST = 1,
	REPLY = 2,
};

static struct datapath bpf, legacy, native;
static unsigned int lxc1, lxc2;

static struct datapath *const all_modes[BUNDLE_ROUTING__COUNT] = {
	[BUNDLE_BPF] = &bpf,
	[BUNDLE_LEGACY] = &legacy,
	[BUNDLE_NATIVE] = &native,
};

static const struct arp_spec pod_asks_for_gateway = {
	.dmac = BROADCAST_MAC,
	.smac = POD_A_MAC,
	.op = REQUEST,
	.sha = POD_A_MAC,
	.spa = POD_A_IP,
	.tpa = ROUTER_IP,
};

static void expect(const struct packet *p, unsigned int ifindex, enum hr_reason reason,
		   const struct packet *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_modes); i++)
		expect_verdict(all_modes[i], &(struct input){ .packet = p, .ifindex = ifindex },
			       reason, out);
}

static void expect_answer(const struct arp_spec *request)
{
	struct packet in, out;

	packet_arp(&in, request);
	packet_arp(&out, &(struct arp_spec){ .dmac = request->sha,
					     .smac = POD_A_NODE_MAC,
					     .op = REPLY,
					     .sha = POD_A_NODE_MAC,
					     .spa = request->tpa,
					     .tha = request->sha,
					     .tpa = request->spa });
	expect(&in, lxc1, REASON_ARP_REPLY, &out);
}

static void expect_silence(const struct arp_spec *spec, unsigned int ifindex)
{
	struct packet in;

	packet_arp(&in, spec);
	expect(&in, ifindex, REASON_ARP_UNWANTED, NULL);
}

static void any_address_but_its_own_is_answered_with_the_host_sides_mac(void **state)
{
	static const char *const targets[] = { ROUTER_IP, NODE_IP, POD_B_IP, OUTSIDE_IP,
					       "255.255.255.255" };
	struct arp_spec request = pod_asks_for_gateway;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		request.tpa = targets[i];
		expect_answer(&request);
	}
}

static void a_renewal_sent_to_our_mac_is_answered(void **state)
{
	struct arp_spec request = pod_asks_for_gateway;

	(void)state;
	request.dmac = POD_A_NODE_MAC;
	request.tha = POD_A_NODE_MAC;
	expect_answer(&request);
}

static void a_request_padded_to_the_ethernet_minimum_is_answered(void **state)
{
	struct packet in, out;

	(void)state;
	packet_arp(&in, &pod_asks_for_gateway);
	packet_arp(&out, &(struct arp_spec){ .dmac = POD_A_MAC,
					     .smac = POD_A_NODE_MAC,
					     .op = REPLY,
					     .sha = POD_A_NODE_MAC,
					     .spa = ROUTER_IP,
					     .tha = POD_A_MAC,
					     .tpa = POD_A_IP });
	in.len = out.len = 60;
	expect(&in, lxc1, REASON_ARP_REPLY, &out);
}

static void duplicate_address_detection_hears_nothing(void **state)
{
	struct arp_spec probe = pod_asks_for_gateway, own = pod_asks_for_gateway;

	(void)state;
	probe.spa = "0.0.0.0";
	probe.tpa = POD_A_IP;
	expect_silence(&probe, lxc1);
	own.tpa = POD_A_IP;
	expect_silence(&own, lxc1);
}

static void an_announcement_hears_nothing(void **state)
{
	struct arp_spec reply = pod_asks_for_gateway;

	(void)state;
	reply.op = REPLY;
	reply.tha = BROADCAST_MAC;
	reply.tpa = POD_A_IP;
	expect_silence(&reply, lxc1);
}

static void operations_other_than_request_are_dropped(void **state)
{
	static const uint16_t operations[] = { 0, REPLY, 3, 8, 256, 0xffff };
	struct arp_spec spec = pod_asks_for_gateway;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		spec.op = operations[i];
		expect_silence(&spec, lxc1);
	}
}

static void a_sender_address_that_is_not_the_pods_hears_nothing(void **state)
{
	static const char *const senders[] = { POD_B_IP, NODE_IP, OUTSIDE_IP, "0.0.0.0" };
	struct arp_spec spec = pod_asks_for_gateway;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		spec.spa = senders[i];
		expect_silence(&spec, lxc1);
	}
}

static void the_pods_address_on_another_pods_interface_hears_nothing(void **state)
{
	(void)state;
	expect_silence(&pod_asks_for_gateway, lxc2);
}

static void a_request_sent_to_someone_elses_mac_hears_nothing(void **state)
{
	static const char *const macs[] = { POD_B_NODE_MAC,	 POD_A_MAC,
					    "00:00:00:00:00:00", "01:00:5e:00:00:01",
					    "ff:ff:ff:ff:ff:fe", "02:00:00:00:0a:00",
					    "03:00:00:00:0a:01" };
	struct arp_spec spec = pod_asks_for_gateway;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
		spec.dmac = macs[i];
		expect_silence(&spec, lxc1);
	}
}

static void arp_for_anything_but_ethernet_and_ipv4_is_dropped(void **state)
{
	static const struct {
		size_t offset;
		uint16_t value;
	} fields[] = {
		{ PACKET_ETH, 6 },	    { PACKET_ETH, 0x0100 },	{ PACKET_ETH + 2, 0x86dd },
		{ PACKET_ETH + 4, 0x0804 }, { PACKET_ETH + 4, 0x0610 }, { PACKET_ETH + 4, 0 },
	};
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		packet_arp(&p, &pod_asks_for_gateway);
		packet_set_u16(&p, fields[i].offset, fields[i].value);
		expect(&p, lxc1, REASON_ARP_UNWANTED, NULL);
	}
}

static void an_arp_packet_cut_short_is_dropped(void **state)
{
	struct packet p;
	size_t whole;

	(void)state;
	packet_arp(&p, &pod_asks_for_gateway);
	whole = p.len;
	for (p.len = PACKET_ETH; p.len < whole; p.len++)
		expect(&p, lxc1, REASON_INVALID, NULL);
}

static int set_up(void **state)
{
	(void)state;
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	lxc2 = harness_veth("lxc2", POD_B_NODE_MAC);
	datapath_open_all(all_modes, HOOK_FROM_CONTAINER);
	for (size_t i = 0; i < ARRAY_SIZE(all_modes); i++) {
		datapath_add_endpoint(all_modes[i], POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC,
				      POD_A_NODE_MAC);
		datapath_add_endpoint(all_modes[i], POD_B_IP, lxc2, POD_B_IDENTITY, POD_B_MAC,
				      POD_B_NODE_MAC);
		datapath_add_endpoint(all_modes[i], NODE_IP, 0, HR_ID_HOST, NULL, NULL);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	datapath_close_all(all_modes);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_address_but_its_own_is_answered_with_the_host_sides_mac),
		cmocka_unit_test(a_renewal_sent_to_our_mac_is_answered),
		cmocka_unit_test(a_request_padded_to_the_ethernet_minimum_is_answered),
		cmocka_unit_test(duplicate_address_detection_hears_nothing),
		cmocka_unit_test(an_announcement_hears_nothing),
		cmocka_unit_test(operations_other_than_request_are_dropped),
		cmocka_unit_test(a_sender_address_that_is_not_the_pods_hears_nothing),
		cmocka_unit_test(the_pods_address_on_another_pods_interface_hears_nothing),
		cmocka_unit_test(a_request_sent_to_someone_elses_mac_hears_nothing),
		cmocka_unit_test(arp_for_anything_but_ethernet_and_ipv4_is_dropped),
		cmocka_unit_test(an_arp_packet_cut_short_is_dropped),
	};

	return harness_main(tests, set_up, tear_down);
}
