// SPDX-License-Identifier: BSD-2-Clause
/* The words of `cilium status`, and what stands there when there is nothing to claim. */
#include "tests/unit/verdict_fixture.h"

static void line_is(void (*print)(char *, size_t), const char *wanted)
{
	char line[256];

	print(line, sizeof(line));
	assert_string_equal(line, wanted);
}

static void kpr(char *out, size_t size)
{
	verdict_status_kpr(&v, &opts, &facts, out, size);
}

static void routing(char *out, size_t size)
{
	verdict_status_routing(&v, out, size);
}

static void masquerading(char *out, size_t size)
{
	verdict_status_masquerade(&v, &opts, &facts, out, size);
}

static void the_lines_are_those_of_cilium_status(void **state)
{
	(void)state;
	set("kube-proxy-replacement", "probe");
	decide();
	line_is(kpr, "Probe [eth0 10.0.0.1]");
	line_is(routing, "BPF");
	line_is(masquerading, "BPF [eth0] 10.233.64.0/24 [IPv4: Enabled, IPv6: Disabled]");
}

static void the_native_routing_cidr_goes_before_the_pod_cidr(void **state)
{
	(void)state;
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	set("enable-ip-masq-agent", "true");
	decide();
	line_is(masquerading,
		"BPF (ip-masq-agent) [eth0] 10.0.0.0/8 [IPv4: Enabled, IPv6: Disabled]");
}

static void an_unknown_pod_cidr_is_left_out(void **state)
{
	(void)state;
	facts.has_pod_cidr = false;
	decide();
	line_is(masquerading, "BPF [eth0] [IPv4: Enabled, IPv6: Disabled]");
}

static void from_1_18_on_the_ipv6_cidr_follows_where_ipv6_is_on(void **state)
{
	(void)state;
	capable_at(CILIUM_1_18);
	set("enable-ipv6", "true");
	assert_int_equal(facts_read_cidr6("fd01:0::/96", facts.pod_cidr6), 0);
	decide();
	line_is(masquerading, "BPF [eth0] 10.233.64.0/24 fd01::/96 [IPv4: Enabled, IPv6: Enabled]");
	set("ipv6-native-routing-cidr", "fd00::/8");
	set("enable-ipv6-masquerade", "false");
	decide();
	line_is(masquerading, "BPF [eth0] 10.233.64.0/24 fd00::/8 [IPv4: Enabled, IPv6: Disabled]");
	set("enable-ipv6", "false");
	decide();
	line_is(masquerading, "BPF [eth0] 10.233.64.0/24 [IPv4: Enabled, IPv6: Disabled]");
	capable_at(CILIUM_1_17);
	set("enable-ipv6", "true");
	facts_read_cidr6("fd01::/96", facts.pod_cidr6);
	decide();
	line_is(masquerading, "BPF [eth0] 10.233.64.0/24 [IPv4: Enabled, IPv6: Enabled]");
}

static void undetermined_lines_claim_nothing(void **state)
{
	(void)state;
	know_nothing_of_the_kernel();
	decide();
	line_is(kpr, "Undetermined (Strict requested)");
	line_is(routing, "Undetermined");
	line_is(masquerading, "Undetermined");
}

static void refused_lines_claim_nothing(void **state)
{
	(void)state;
	set("tunnel", "gre");
	decide();
	line_is(kpr, "Unavailable (the agent would refuse this config)");
	line_is(routing, "Unavailable (the agent would refuse this config)");
	line_is(masquerading, "Unavailable (the agent would refuse this config)");
}

static void forced_legacy_on_an_unknown_kernel_leaves_the_rest_open(void **state)
{
	(void)state;
	set("enable-host-legacy-routing", "true");
	set("kube-proxy-replacement", "probe");
	know_nothing_of_the_kernel();
	decide();
	line_is(kpr, "Probe (NodePort undetermined)");
	line_is(routing, "Legacy");
	line_is(masquerading, "Undetermined");
}

static void the_node_ip_is_the_nodeport_address_even_beside_a_public_one(void **state)
{
	struct fact_device *dev = &facts.devices[0];

	(void)state;
	assert_int_equal(parse_ipv4("8.8.8.8", &dev->ip4[1]), 0);
	dev->ip4_count = dev->ip4_global = 2;
	decide();
	line_is(kpr, "Strict [eth0 10.0.0.1]");
}

static void another_device_shows_its_public_or_else_smallest_address(void **state)
{
	struct fact_device *dev = add_device("eth1", "10.9.0.2");

	(void)state;
	assert_int_equal(parse_ipv4("10.9.0.1", &dev->ip4[1]), 0);
	dev->ip4_count = dev->ip4_global = 2;
	decide();
	line_is(kpr, "Strict [eth0 10.0.0.1, eth1 10.9.0.1]");
	assert_int_equal(parse_ipv4("8.8.8.8", &dev->ip4[1]), 0);
	decide();
	line_is(kpr, "Strict [eth0 10.0.0.1, eth1 8.8.8.8]");
}

static void a_device_without_an_address_borrows_the_node_ip(void **state)
{
	(void)state;
	add_device("eth1", "10.9.0.2")->ip4_count = 0;
	facts.devices[1].ip4_global = 0;
	decide();
	line_is(kpr, "Strict [eth0 10.0.0.1, eth1 10.0.0.1]");
}

static void a_short_buffer_cuts_the_line(void **state)
{
	char line[8];

	(void)state;
	decide();
	verdict_status_kpr(&v, &opts, &facts, line, sizeof(line));
	assert_string_equal(line, "Strict ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_lines_are_those_of_cilium_status),
		TEST(the_native_routing_cidr_goes_before_the_pod_cidr),
		TEST(an_unknown_pod_cidr_is_left_out),
		TEST(from_1_18_on_the_ipv6_cidr_follows_where_ipv6_is_on),
		TEST(undetermined_lines_claim_nothing),
		TEST(refused_lines_claim_nothing),
		TEST(forced_legacy_on_an_unknown_kernel_leaves_the_rest_open),
		TEST(the_node_ip_is_the_nodeport_address_even_beside_a_public_one),
		TEST(another_device_shows_its_public_or_else_smallest_address),
		TEST(a_device_without_an_address_borrows_the_node_ip),
		TEST(a_short_buffer_cuts_the_line),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
