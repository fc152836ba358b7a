// SPDX-License-Identifier: BSD-2-Clause
/* Device selection: which of a node's devices the 1.12 agent would attach to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/devices.h"

static struct node_facts facts;

static struct fact_device *add_device(const char *name, const char *kind, const char *ip4)
{
	struct fact_device *dev = &facts.devices[facts.device_count++];

	*dev = (struct fact_device){ .ifindex = (unsigned int)facts.device_count, .mac_len = 6 };
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	snprintf(dev->kind, sizeof(dev->kind), "%s", kind);
	if (!ip4)
		return dev;
	assert_int_equal(parse_ipv4(ip4, &dev->ip4[0]), 0);
	dev->ip4_count = dev->ip4_global = 1;
	dev->has_unicast_route = FACT_IPV4;
	return dev;
}

/* eth1 before eth0: selection has to sort. */
static int two_nics(void **state)
{
	(void)state;
	facts = (struct node_facts){ .devices_known = true };
	add_device("eth1", "", "10.1.0.1");
	add_device("eth0", "", "10.0.0.1")->has_default_route = FACT_IPV4;
	assert_int_equal(parse_ipv4("10.0.0.1", &facts.node_ip), 0);
	return 0;
}

static void expect(const struct device_request *request, const char *wanted)
{
	struct device_list list;
	char text[256] = "";

	devices_select(request, &facts, &list);
	for (size_t i = 0; i < list.count; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", list.items[i]->name);
	}
	assert_string_equal(text, wanted);
}

static struct device_list selected(const struct device_request *request)
{
	struct device_list list;

	devices_select(request, &facts, &list);
	return list;
}

static void detection_takes_every_device_with_a_global_route_in_order_of_names(void **state)
{
	(void)state;
	add_device("eth2", "", NULL);
	expect(&(struct device_request){ 0 }, "eth0 eth1");
}

static void detection_skips_names_of_container_interfaces(void **state)
{
	static const char *const names[] = { "cilium_host", "lo",      "lxc1234",
					     "cni0",	    "docker0", "hr_net" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_device(names[i], "", "10.9.0.1");
	expect(&(struct device_request){ 0 }, "eth0 eth1");
}

static void detection_skips_bridges_and_loopbacks(void **state)
{
	(void)state;
	add_device("br0", "bridge", "10.2.0.1");
	add_device("ovs0", "openvswitch", "10.3.0.1");
	add_device("dummylo", "", "10.4.0.1")->is_loopback = true;
	expect(&(struct device_request){ 0 }, "eth0 eth1");
}

static void detection_skips_the_ports_of_bridges_bonds_and_teams(void **state)
{
	static const char *const masters[] = { "bridge", "openvswitch", "bond", "team" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(masters); i++) {
		unsigned int master = add_device("master", masters[i], NULL)->ifindex;

		add_device("port", "", "10.5.0.1")->master = master;
	}
	add_device("slave", "", "10.6.0.1")->is_slave = true;
	expect(&(struct device_request){ 0 }, "eth0 eth1");
}

static void detection_takes_the_ports_of_a_vrf(void **state)
{
	unsigned int vrf = add_device("red", "vrf", NULL)->ifindex;

	(void)state;
	add_device("eth7", "", "10.5.0.1")->master = vrf;
	expect(&(struct device_request){ 0 }, "eth0 eth1 eth7");
}

static void detection_takes_a_veth_only_with_a_default_route(void **state)
{
	struct fact_device *veth = add_device("enp0s2", "veth", "10.2.0.1");

	(void)state;
	expect(&(struct device_request){ 0 }, "eth0 eth1");
	veth->has_default_route = FACT_IPV4;
	expect(&(struct device_request){ 0 }, "enp0s2 eth0 eth1");
}

static void detection_looks_at_the_routes_of_the_families_in_use(void **state)
{
	add_device("six0", "", NULL)->has_unicast_route = FACT_IPV6;
	(void)state;
	expect(&(struct device_request){ .families = FACT_IPV4 }, "eth0 eth1");
	expect(&(struct device_request){ .families = FACT_IPV6 }, "six0");
	expect(&(struct device_request){ 0 }, "eth0 eth1 six0");
}

static void a_device_without_mac_is_skipped_in_detection_on_request(void **state)
{
	(void)state;
	add_device("tun0", "tun", "10.8.0.1")->mac_len = 0;
	expect(&(struct device_request){ 0 }, "eth0 eth1 tun0");
	expect(&(struct device_request){ .skip_l3 = true }, "eth0 eth1");
}

static void a_device_without_mac_stays_when_it_is_named(void **state)
{
	static const char *const names[] = { "tun+" };

	(void)state;
	add_device("tun0", "tun", "10.8.0.1")->mac_len = 0;
	expect(&(struct device_request){ .names = names, .name_count = 1, .skip_l3 = true },
	       "tun0");
}

static void names_select_past_every_exclusion_and_without_duplicates(void **state)
{
	static const char *const names[] = { "lxc0", "br0", "lxc0", "eth+", "eth0" };

	(void)state;
	add_device("lxc0", "veth", NULL);
	add_device("br0", "bridge", NULL);
	expect(&(struct device_request){ .names = names, .name_count = ARRAY_SIZE(names) },
	       "br0 eth0 eth1 lxc0");
}

static void a_name_without_a_device_is_reported(void **state)
{
	static const char *const names[] = { "eth0", "eth0,eth1", "nope0" };
	struct device_request request = { .names = names, .name_count = ARRAY_SIZE(names) };

	(void)state;
	expect(&request, "eth0");
	assert_string_equal(selected(&request).missing, "eth0,eth1");
}

static void a_wildcard_without_a_device_is_reported(void **state)
{
	static const char *const names[] = { "wl+" };
	struct device_request request = { .names = names, .name_count = 1 };

	(void)state;
	expect(&request, "");
	assert_string_equal(selected(&request).missing, "wl+");
}

static void nothing_is_missing_when_every_name_matches(void **state)
{
	static const char *const names[] = { "eth+", "eth0" };

	(void)state;
	assert_string_equal(
		selected(&(struct device_request){ .names = names, .name_count = 2 }).missing, "");
}

static void native_routing_adds_the_device_of_the_node_ip_past_every_exclusion(void **state)
{
	static const char *const names[] = { "eth1" };
	struct device_request request = { .native_routing = true };

	(void)state;
	snprintf(facts.devices[1].name, IFNAMSIZ, "lxc0");
	expect(&request, "eth1 lxc0");
	snprintf(facts.devices[1].name, IFNAMSIZ, "br0");
	snprintf(facts.devices[1].kind, sizeof(facts.devices[1].kind), "bridge");
	request.names = names;
	request.name_count = 1;
	expect(&request, "br0 eth1");
}

static void a_named_direct_routing_device_keeps_the_node_ip_device_out(void **state)
{
	static const char *const names[] = { "eth1" };

	(void)state;
	expect(&(struct device_request){ .names = names,
					 .name_count = 1,
					 .native_routing = true,
					 .direct_routing_device = "eth1" },
	       "eth1");
}

static void native_routing_reports_that_no_device_has_the_node_ip(void **state)
{
	struct device_request request = { .native_routing = true };

	(void)state;
	assert_false(selected(&request).no_node_ip_device);
	assert_int_equal(parse_ipv4("10.9.9.9", &facts.node_ip), 0);
	assert_true(selected(&request).no_node_ip_device);
	facts.node_ip = 0;
	assert_true(selected(&request).no_node_ip_device);
}

static void a_node_ip_nobody_named_is_on_the_only_device_with_addresses(void **state)
{
	(void)state;
	facts.node_ip = 0;
	assert_null(devices_of_node_ip(&facts));
	facts.device_count = 1;
	assert_ptr_equal(devices_of_node_ip(&facts), &facts.devices[0]);
	facts.devices[0].ip4_count = facts.devices[0].ip6_count = 0;
	assert_null(devices_of_node_ip(&facts));
}

static void a_device_without_an_address_is_left_out_where_one_is_needed(void **state)
{
	const char *const names[] = { "eth0", "eth+" };
	struct device_request request = { .names = names, .name_count = 2, .needs_address = true };

	(void)state;
	for (size_t i = 0; i < facts.device_count; i++)
		if (!strcmp(facts.devices[i].name, "eth0"))
			facts.devices[i].ip4_count = facts.devices[i].ip6_count = 0;
	expect(&request, "eth1");
	request.name_count = 0;
	expect(&request, "eth1");
	request.needs_address = false;
	expect(&request, "eth0 eth1");
}

static void a_tunnel_does_not_ask_for_the_node_ip(void **state)
{
	(void)state;
	facts.node_ip = 0;
	assert_false(selected(&(struct device_request){ 0 }).no_node_ip_device);
}

#define TEST(name) cmocka_unit_test_setup(name, two_nics)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(detection_takes_every_device_with_a_global_route_in_order_of_names),
		TEST(detection_skips_names_of_container_interfaces),
		TEST(detection_skips_bridges_and_loopbacks),
		TEST(detection_skips_the_ports_of_bridges_bonds_and_teams),
		TEST(detection_takes_the_ports_of_a_vrf),
		TEST(detection_takes_a_veth_only_with_a_default_route),
		TEST(detection_looks_at_the_routes_of_the_families_in_use),
		TEST(a_device_without_mac_is_skipped_in_detection_on_request),
		TEST(a_device_without_mac_stays_when_it_is_named),
		TEST(names_select_past_every_exclusion_and_without_duplicates),
		TEST(a_name_without_a_device_is_reported),
		TEST(a_wildcard_without_a_device_is_reported),
		TEST(nothing_is_missing_when_every_name_matches),
		TEST(native_routing_adds_the_device_of_the_node_ip_past_every_exclusion),
		TEST(a_named_direct_routing_device_keeps_the_node_ip_device_out),
		TEST(native_routing_reports_that_no_device_has_the_node_ip),
		TEST(a_node_ip_nobody_named_is_on_the_only_device_with_addresses),
		TEST(a_device_without_an_address_is_left_out_where_one_is_needed),
		TEST(a_tunnel_does_not_ask_for_the_node_ip),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
