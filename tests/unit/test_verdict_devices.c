// SPDX-License-Identifier: BSD-2-Clause
/* What each release makes of the devices of a node: which are selected, which is the direct routing device. */
#include <arpa/inet.h>

#include "probe/devices.h"
#include "tests/unit/verdict_fixture.h"

static void native_at(enum cilium_release release)
{
	capable_at(release);
	if (release < CILIUM_1_14)
		set("tunnel", "disabled");
	else
		set("routing-mode", "native");
	set(release < CILIUM_1_11 ? "native-routing-cidr" : "ipv4-native-routing-cidr",
	    "10.0.0.0/8");
}

static void expect(enum verdict_mode mode, const char *rule)
{
	decide();
	assert_string_equal(verdict_mode_name(v.mode), verdict_mode_name(mode));
	if (rule)
		assert_string_equal(rule_defs[v.findings[0].rule].name, rule);
}

static void expect_devices(const char *wanted, const char *direct)
{
	char text[256] = "";

	for (size_t i = 0; i < v.device_count; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", v.devices[i]->name);
	}
	assert_string_equal(text, wanted);
	assert_string_equal(v.direct_routing_device ? v.direct_routing_device->name : "", direct);
}

static void up_to_1_14_the_named_direct_routing_device_joins_an_explicit_list(void **state)
{
	(void)state;
	for (enum cilium_release release = CILIUM_1_11; release <= CILIUM_1_14; release++) {
		native_at(release);
		add_device("eth1", "10.1.0.1");
		set("devices", "eth0");
		set("direct-routing-device", "eth1");
		expect(VERDICT_BPF, NULL);
		expect_devices("eth0 eth1", "eth1");
	}
}

static void up_to_1_14_it_joins_even_where_detection_leaves_it_out(void **state)
{
	(void)state;
	native_at(CILIUM_1_12);
	snprintf(add_device("br0", "10.1.0.1")->kind, 16, "bridge");
	set("direct-routing-device", "br0");
	expect(VERDICT_BPF, NULL);
	expect_devices("br0 eth0", "br0");
}

static void in_a_tunnel_of_1_12_it_does_not_join(void **state)
{
	(void)state;
	add_device("eth1", "10.1.0.1");
	set("devices", "eth0");
	set("direct-routing-device", "eth1");
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0", "");
}

static void one_that_does_not_exist_costs_probe_nodeport_only(void **state)
{
	(void)state;
	native_at(CILIUM_1_12);
	set("direct-routing-device", "nope0");
	expect(VERDICT_REFUSED, "HR-NODEPORT-ADDRESS");
	set("kube-proxy-replacement", "probe");
	expect(VERDICT_LEGACY, "HR-NODEPORT-ADDRESS-OFF");
	set("kube-proxy-replacement", "partial");
	expect(VERDICT_LEGACY, "HR-NODEPORT-UNSET");
}

static void a_direct_routing_wildcard_without_a_match_fails_in_a_tunnel_too(void **state)
{
	(void)state;
	set("direct-routing-device", "wl+");
	expect(VERDICT_REFUSED, "HR-DIRECT-ROUTING-DEVICE");
	set("direct-routing-device", "eth+");
	expect(VERDICT_BPF, NULL);
	capable_at(CILIUM_1_15);
	set("direct-routing-device", "wl+");
	expect(VERDICT_REFUSED, "HR-DIRECT-DEVICE");
	capable_at(CILIUM_1_17);
	set("direct-routing-device", "wl+");
	expect(VERDICT_BPF, NULL);
}

static void up_to_1_11_a_tunnel_has_a_direct_routing_device(void **state)
{
	(void)state;
	capable_at(CILIUM_1_11);
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0", "eth0");
	facts.node_ip ^= 1;
	expect(VERDICT_REFUSED, "HR-NODE-IP-DEVICE");
	capable_at(CILIUM_1_12);
	facts.node_ip ^= 1;
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0", "");
}

static void up_to_1_10_only_the_default_route_and_the_node_ip_are_looked_at(void **state)
{
	(void)state;
	capable_at(CILIUM_1_10);
	add_device("eth1", "10.1.0.1");
	add_device("eth2", "10.2.0.1")->has_default_route = FACT_IPV4;
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0 eth2", "eth0");
	facts.devices[1].has_default_route = FACT_IPV4; /* two of them: neither counts */
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0", "eth0");
	capable_at(CILIUM_1_11);
	add_device("eth1", "10.1.0.1");
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0 eth1", "eth0");
}

static void up_to_1_10_an_only_device_needs_no_node_ip(void **state)
{
	(void)state;
	native_at(CILIUM_1_10);
	set("devices", "eth0");
	facts.node_ip ^= 1;
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0", "eth0");
	add_device("eth1", "10.1.0.1");
	set("devices", "eth0 eth1");
	expect(VERDICT_REFUSED, "HR-NODE-IP-DEVICE");
}

static void from_1_15_on_the_direct_routing_device_may_be_a_list_with_commas(void **state)
{
	(void)state;
	native_at(CILIUM_1_15);
	add_device("eth1", "10.1.0.1");
	set("direct-routing-device", "nope0,eth1");
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0 eth1", "eth1");
}

static void a_device_of_1_15_that_is_named_is_used_without_anybody_requiring_it(void **state)
{
	(void)state;
	capable_at(CILIUM_1_15);
	set("kube-proxy-replacement", "false");
	set("enable-bpf-masquerade", "false");
	expect(VERDICT_LEGACY, "HR-NODEPORT-UNSET");
	assert_false(v.devices_in_use);
	set("devices", "eth0");
	expect(VERDICT_LEGACY, "HR-NODEPORT-UNSET");
	assert_true(v.devices_in_use);
	set("devices", "wl+");
	expect(VERDICT_LEGACY, "HR-DIRECT-DEVICE-OFF");
}

static void what_requires_a_direct_routing_device_is_refused_without_one(void **state)
{
	static const char *const keys[] = { "enable-node-port", "enable-wireguard",
					    "enable-host-firewall" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		capable_at(CILIUM_1_17);
		set("kube-proxy-replacement", "false");
		set("enable-bpf-masquerade", "false");
		facts.device_count = 0;
		expect(VERDICT_LEGACY, "HR-DIRECT-DEVICE-OFF");
		set(keys[i], "true");
		expect(VERDICT_REFUSED, "HR-DIRECT-DEVICE");
	}
}

static void wireguard_requires_devices_from_1_14_on(void **state)
{
	(void)state;
	native_at(CILIUM_1_14);
	set("kube-proxy-replacement", "false");
	set("enable-wireguard", "true");
	facts.node_ip ^= 1;
	expect(VERDICT_REFUSED, "HR-NODE-IP-DEVICE");
	set("enable-wireguard", "false");
	expect(VERDICT_LEGACY, "HR-DEVICE-DETECTION");
}

static void a_large_ifindex_is_only_a_matter_of_old_kernels_from_1_15_on(void **state)
{
	(void)state;
	capable_at(CILIUM_1_15);
	facts.devices[0].ifindex = 70000;
	expect(VERDICT_BPF, NULL);
	answer(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, ANSWER_NO);
	expect(VERDICT_REFUSED, "HR-DEVICE-IFINDEX");
	capable_at(CILIUM_1_14);
	facts.devices[0].ifindex = 70000;
	expect(VERDICT_REFUSED, "HR-DEVICE-IFINDEX");
}

static void an_address_of_a_device_that_does_not_exist_cannot_be_inherited(void **state)
{
	(void)state;
	set("bpf-lb-dev-ip-addr-inherit", "eth9");
	expect(VERDICT_REFUSED, "HR-NODEPORT-ADDRESS");
	set("bpf-lb-dev-ip-addr-inherit", "eth0");
	expect(VERDICT_BPF, NULL);
}

static void ipsec_without_a_tunnel_wants_the_device_of_the_default_route(void **state)
{
	(void)state;
	native_at(CILIUM_1_17);
	set("kube-proxy-replacement", "false");
	set("enable-bpf-masquerade", "false");
	set("enable-l7-proxy", "false");
	set("enable-ipsec", "true");
	set("ipsec-key-file", "/keys");
	expect(VERDICT_REFUSED, "HR-IPSEC-INTERFACE");
	set("encrypt-interface", "eth0");
	expect(VERDICT_LEGACY, "HR-NODEPORT-UNSET");
	set("encrypt-interface", "");
	facts.devices[0].has_default_route = FACT_IPV4;
	expect(VERDICT_LEGACY, "HR-NODEPORT-UNSET");
	add_device("eth1", "10.1.0.1")->has_default_route = FACT_IPV4;
	expect(VERDICT_REFUSED, "HR-IPSEC-INTERFACE");
	set("kube-proxy-replacement", "true"); /* which requires devices */
	expect(VERDICT_LEGACY, "HR-IPSEC");
}

static void a_default_route_is_that_of_every_family(void **state)
{
	(void)state;
	facts.devices[0].has_default_route = FACT_IPV4;
	assert_non_null(devices_of_default_route(&facts, FACT_IPV4));
	assert_null(devices_of_default_route(&facts, FACT_IPV6));
	assert_null(devices_of_default_route(&facts, FACT_IPV4 | FACT_IPV6));
	add_device("eth1", "10.1.0.1")->has_default_route = FACT_IPV6;
	assert_null(devices_of_default_route(&facts, FACT_IPV4 | FACT_IPV6));
	facts.devices[1].has_default_route = 0;
	facts.devices[0].has_default_route = FACT_IPV4 | FACT_IPV6;
	assert_ptr_equal(devices_of_default_route(&facts, FACT_IPV4 | FACT_IPV6),
			 &facts.devices[0]);
}

static void a_node_without_ipv4_has_an_ipv6_node_ip(void **state)
{
	struct fact_device *dev;

	(void)state;
	native_at(CILIUM_1_14);
	set("enable-ipv4", "false");
	set("enable-ipv6", "true");
	set("ipv6-native-routing-cidr", "fd00::/8");
	for (size_t i = 0; i < 2; i++) {
		dev = i ? add_device("eth1", "0.0.0.0") : &facts.devices[0];
		dev->ip4_count = dev->ip4_global = 0;
		dev->has_unicast_route = FACT_IPV6;
		dev->ip6_count = 1;
		assert_int_equal(inet_pton(AF_INET6, i ? "fd00::2" : "fd00::1", dev->ip6[0]), 1);
	}
	facts.node_ip = 0;
	expect(VERDICT_UNDETERMINED, "HR-NODE-IP-DEVICE");
	facts.has_node_ip6 = true;
	assert_int_equal(inet_pton(AF_INET6, "fd00::2", facts.node_ip6), 1);
	expect(VERDICT_BPF, NULL);
	expect_devices("eth0 eth1", "eth1");
	facts.node_ip6[15] = 3;
	expect(VERDICT_REFUSED, "HR-NODE-IP-DEVICE");
	assert_string_equal(v.findings[0].detail, "fd00::3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(up_to_1_14_the_named_direct_routing_device_joins_an_explicit_list),
		TEST(up_to_1_14_it_joins_even_where_detection_leaves_it_out),
		TEST(in_a_tunnel_of_1_12_it_does_not_join),
		TEST(one_that_does_not_exist_costs_probe_nodeport_only),
		TEST(a_direct_routing_wildcard_without_a_match_fails_in_a_tunnel_too),
		TEST(up_to_1_11_a_tunnel_has_a_direct_routing_device),
		TEST(up_to_1_10_only_the_default_route_and_the_node_ip_are_looked_at),
		TEST(up_to_1_10_an_only_device_needs_no_node_ip),
		TEST(from_1_15_on_the_direct_routing_device_may_be_a_list_with_commas),
		TEST(a_device_of_1_15_that_is_named_is_used_without_anybody_requiring_it),
		TEST(what_requires_a_direct_routing_device_is_refused_without_one),
		TEST(wireguard_requires_devices_from_1_14_on),
		TEST(a_large_ifindex_is_only_a_matter_of_old_kernels_from_1_15_on),
		TEST(an_address_of_a_device_that_does_not_exist_cannot_be_inherited),
		TEST(ipsec_without_a_tunnel_wants_the_device_of_the_default_route),
		TEST(a_default_route_is_that_of_every_family),
		TEST(a_node_without_ipv4_has_an_ipv6_node_ip),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
