// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every packet of hostile.h through from_container, from_netdev and from_host, in every mode: forwarded with exact
 * bytes, left to the stack or dropped untouched, for the right reason. from_overlay: test_overlay.c.
 */
#include "common/cleanup.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/hostile.h"

static struct datapath dps[BUNDLE__COUNT];
static unsigned int lxc1, lxc2, nic1, nic2;

/* nic2's network, with an MTU of 1400 */
#define NARROW_IP "198.51.104.7"

static const struct ipv4_spec to_pod_b = {
	.dmac = POD_A_NODE_MAC,
	.smac = POD_A_MAC,
	.src = POD_A_IP,
	.dst = POD_B_IP,
};

/* What a program does with each kind. */
struct way {
	enum hr_reason reasons[4];
	bool is_hop; /* a plain packet loses one */
	bool to_pod; /* and gets the pod's MACs */
};

static const struct way fast = {
	{ [HOSTILE_PLAIN] = REASON_TO_POD_PEER,
	  [HOSTILE_OPTIONS] = REASON_IP_OPTIONS,
	  [HOSTILE_EXPIRED] = REASON_TTL_EXPIRED,
	  [HOSTILE_INVALID] = REASON_INVALID },
	true,
	true,
};

static const struct way routed = {
	{ [HOSTILE_PLAIN] = REASON_TO_NETWORK,
	  [HOSTILE_OPTIONS] = REASON_IP_OPTIONS,
	  [HOSTILE_EXPIRED] = REASON_TTL_EXPIRED,
	  [HOSTILE_INVALID] = REASON_INVALID },
	true,
	false,
};

/* A NIC fails open. */
static const struct way fast_nic = {
	{ [HOSTILE_PLAIN] = REASON_TO_POD_PEER,
	  [HOSTILE_OPTIONS] = REASON_IP_OPTIONS,
	  [HOSTILE_EXPIRED] = REASON_TTL_EXPIRED,
	  [HOSTILE_INVALID] = REASON_TO_STACK },
	true,
	true,
};

static const struct way legacy = {
	{ REASON_TO_STACK, REASON_TO_STACK, REASON_TO_STACK, [HOSTILE_INVALID] = REASON_INVALID },
	false,
	false,
};

static const struct way legacy_nic = {
	{ REASON_TO_STACK, REASON_TO_STACK, REASON_TO_STACK, REASON_TO_STACK },
	false,
	false,
};

/* The stack has counted the hop and judged the options. */
static const struct way host = {
	{ REASON_TO_POD, REASON_TO_POD, REASON_TO_POD, [HOSTILE_INVALID] = REASON_INVALID },
	false,
	true,
};

static void check(const struct datapath *dp, unsigned int ifindex, const struct ipv4_spec *between,
		  const struct way *way)
{
	for (size_t i = 0; i < hostile_count; i++) {
		const struct hostile *h = &hostiles[i];
		enum hr_reason reason = way->reasons[h->kind];
		struct packet in, out;

		print_message("# %s\n", h->name);
		hostile_packet(h, between, &in);
		out = in;
		if (way->to_pod && (reason == REASON_TO_POD || reason == REASON_TO_POD_PEER))
			packet_set_macs(&out, POD_B_MAC, POD_B_NODE_MAC);
		if (way->is_hop && h->kind == HOSTILE_PLAIN)
			hostile_hop(h, &out);
		expect_verdict(dp, &(struct input){ .packet = &in, .ifindex = ifindex }, reason,
			       &out);
	}
}

static void open_all(enum hr_hook hook)
{
	for (enum bundle bundle = 0; bundle < BUNDLE__COUNT; bundle++) {
		struct datapath *dp = &dps[bundle];

		datapath_open(dp, bundle, hook);
		datapath_add_endpoint(dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC,
				      POD_A_NODE_MAC);
		datapath_add_endpoint(dp, POD_B_IP, lxc2, POD_B_IDENTITY, POD_B_MAC,
				      POD_B_NODE_MAC);
		if (datapath_has_map(dp, "hr_ipcache4"))
			datapath_add_prefix(dp, NODE2_PODS, NODE2_IP, HR_ID_WORLD);
	}
}

static int close_all(void **state)
{
	(void)state;
	for (enum bundle bundle = 0; bundle < BUNDLE__COUNT; bundle++)
		datapath_close(&dps[bundle]);
	return 0;
}

static int open_container(void **state)
{
	(void)state;
	open_all(HOOK_FROM_CONTAINER);
	return 0;
}

static int open_netdev(void **state)
{
	(void)state;
	open_all(HOOK_FROM_NETDEV);
	return 0;
}

static int open_host(void **state)
{
	(void)state;
	open_all(HOOK_FROM_HOST);
	return 0;
}

static void a_pods_packets_to_a_local_pod(void **state)
{
	(void)state;
	check(&dps[BUNDLE_BPF], lxc1, &to_pod_b, &fast);
	check(&dps[BUNDLE_NATIVE], lxc1, &to_pod_b, &fast);
	check(&dps[BUNDLE_LEGACY], lxc1, &to_pod_b, &legacy);
}

static void a_pods_packets_to_the_outside(void **state)
{
	struct ipv4_spec outside = to_pod_b;

	(void)state;
	outside.dst = OUTSIDE_IP;
	check(&dps[BUNDLE_BPF], lxc1, &outside, &routed);
	check(&dps[BUNDLE_NATIVE], lxc1, &outside, &routed);
	check(&dps[BUNDLE_LEGACY], lxc1, &outside, &legacy);
}

/* Nor does a tunnel carry them past the stack. */
static void a_pods_packets_with_options_to_a_remote_pod_are_left_to_the_stack(void **state)
{
	struct ipv4_spec remote = to_pod_b;

	(void)state;
	remote.dst = REMOTE_POD_IP;
	for (size_t i = 0; i < hostile_count; i++) {
		struct packet p;

		if (hostiles[i].kind != HOSTILE_OPTIONS)
			continue;
		hostile_packet(&hostiles[i], &remote, &p);
		expect_verdict(&dps[BUNDLE_BPF], &(struct input){ .packet = &p, .ifindex = lxc1 },
			       REASON_IP_OPTIONS, NULL);
	}
}

static void a_nics_packets_to_a_local_pod(void **state)
{
	struct ipv4_spec outside = to_pod_b;

	(void)state;
	outside.dmac = NIC_MAC;
	outside.src = OUTSIDE_IP;
	check(&dps[BUNDLE_BPF], nic1, &outside, &fast_nic);
	check(&dps[BUNDLE_NATIVE], nic1, &outside, &fast_nic);
	check(&dps[BUNDLE_LEGACY], nic1, &outside, &legacy_nic);
}

static void the_stacks_packets_to_a_local_pod(void **state)
{
	(void)state;
	for (enum bundle bundle = 0; bundle < BUNDLE__COUNT; bundle++)
		check(&dps[bundle], nic1, &to_pod_b, &host);
}

/* What leaves is the frame, whatever the header says of its length. */
static void a_frame_larger_than_the_mtu_is_not_sent_for_a_packet_that_says_it_is_small(void **state)
{
	struct packet p;

	(void)state;
	packet_ipv4(&p, &(struct ipv4_spec){ .dmac = POD_A_NODE_MAC,
					     .src = POD_A_IP,
					     .dst = NARROW_IP,
					     .payload = 1381 });
	packet_set_u16(&p, PACKET_ETH + 2, 100);
	packet_set_ttl(&p, 64);
	expect_verdict(&dps[BUNDLE_BPF], &(struct input){ .packet = &p, .ifindex = lxc1 },
		       REASON_FRAG_NEEDED, NULL);
}

static int set_up(void **state)
{
	(void)state;
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	lxc2 = harness_veth("lxc2", POD_B_NODE_MAC);
	nic1 = harness_veth("nic1", NIC_MAC);
	nic2 = harness_veth("nic2", "02:00:00:00:01:08");
	harness_sysctl("/proc/sys/net/ipv4/ip_forward", "1");
	harness_ip("address add " NODE_IP "/24 dev nic1");
	harness_ip("neigh add " GATEWAY_IP " lladdr 02:00:00:00:00:01 nud permanent dev nic1");
	harness_ip("route add default via " GATEWAY_IP);
	harness_ip("link set nic2 mtu 1400");
	harness_ip("route add 198.51.104.0/24 dev nic2");
	return 0;
}

#define test_of(hook, test) cmocka_unit_test_setup_teardown(test, open_##hook, close_all)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test_of(container, a_pods_packets_to_a_local_pod),
		test_of(container, a_pods_packets_to_the_outside),
		test_of(container,
			a_pods_packets_with_options_to_a_remote_pod_are_left_to_the_stack),
		test_of(container,
			a_frame_larger_than_the_mtu_is_not_sent_for_a_packet_that_says_it_is_small),
		test_of(netdev, a_nics_packets_to_a_local_pod),
		test_of(host, the_stacks_packets_to_a_local_pod),
	};

	return harness_main(tests, set_up, NULL);
}
