// SPDX-License-Identifier: BSD-2-Clause
/* Devices, addresses and routes made in a private network namespace, and looked at with ip(8). */
#include "install/rtnl.h"

#include "tests/bpf/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/pkt_sched.h>

#include "common/cleanup.h"

static struct rtnl *nl;

static uint32_t ip4(const char *text)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(text, &addr), 0);
	return addr;
}

static struct cidr4 cidr(const char *text)
{
	struct cidr4 out;

	assert_int_equal(parse_cidr4(text, &out), 0);
	return out;
}

static struct rtnl_link get(const char *name)
{
	struct rtnl_link link;

	assert_int_equal(rtnl_link_get(nl, name, &link), 0);
	return link;
}

static bool ip_shows(const char *needle, const char *what, const char *verb, const char *arg)
{
	char out[SANDBOX_OUTPUT_MAX];

	assert_int_equal(sandbox_output(out, "ip", "-d", what, verb, arg), 0);
	if (strstr(out, needle))
		return true;
	print_message("# no \"%s\" in:\n# %s\n", needle, out);
	return false;
}

/* hr_host/hr_net, up, hr_host with 10.1.0.1. */
static struct rtnl_link host_leg(void)
{
	assert_int_equal(rtnl_link_add_veth(nl, "hr_host", "hr_net", 0), 0);
	assert_int_equal(rtnl_link_set_up(nl, get("hr_host").ifindex), 0);
	assert_int_equal(rtnl_link_set_up(nl, get("hr_net").ifindex), 0);
	assert_int_equal(rtnl_addr_add(nl, get("hr_host").ifindex, ip4("10.1.0.1")), 0);
	return get("hr_host");
}

static int setup(void **state)
{
	if (sandbox_setup(state))
		return -1;
	return rtnl_open(&nl);
}

static int teardown(void **state)
{
	(void)state;
	rtnl_close(nl);
	nl = NULL;
	return 0;
}

static void a_veth_pair_is_created_down_with_noarp_on_both_ends(void **state)
{
	static const char *const names[] = { "hr_host", "hr_net" };

	(void)state;
	assert_int_equal(rtnl_link_add_veth(nl, names[0], names[1], 1450), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct rtnl_link link = get(names[i]);

		assert_string_equal(link.name, names[i]);
		assert_string_equal(link.kind, "veth");
		assert_int_equal(link.ifindex, if_nametoindex(names[i]));
		assert_int_equal(link.mtu, 1450);
		assert_int_equal(link.mac_len, 6);
		assert_false(link.is_up);
		assert_true(link.is_noarp);
		assert_true(ip_shows("NOARP", "link", "show", names[i]));
	}
	assert_memory_not_equal(get("hr_host").mac, get("hr_net").mac, 6);
}

static void a_vxlan_device_is_external_and_learns_nothing(void **state)
{
	struct rtnl_link link;

	(void)state;
	assert_int_equal(rtnl_link_add_vxlan(nl, "hr_vxlan", 8472, 1500), 0);
	link = get("hr_vxlan");
	assert_string_equal(link.kind, "vxlan");
	assert_int_equal(link.tunnel_port, 8472);
	assert_true(link.is_external);
	assert_false(link.is_up);
	assert_int_equal(link.mtu, 1500);
	assert_true(ip_shows("vxlan external", "link", "show", "hr_vxlan"));
	assert_true(ip_shows("dstport 8472", "link", "show", "hr_vxlan"));
	assert_true(ip_shows("nolearning", "link", "show", "hr_vxlan"));
}

static void an_ordinary_vxlan_device_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(sandbox_run("ip", "link", "add", "vx0", "type", "vxlan", "id", "7",
				     "dstport", "4789"),
			 0);
	assert_false(get("vx0").is_external);
	assert_int_equal(get("vx0").tunnel_port, 4789);
}

static void a_taken_name_is_eexist(void **state)
{
	(void)state;
	assert_int_equal(rtnl_link_add_veth(nl, "a", "b", 0), 0);
	assert_int_equal(rtnl_link_add_veth(nl, "a", "c", 0), -EEXIST);
	assert_int_equal(rtnl_link_add_veth(nl, "c", "b", 0), -EEXIST);
	assert_int_equal(if_nametoindex("c"), 0);
	assert_int_equal(rtnl_link_add_vxlan(nl, "a", 8472, 0), -EEXIST);
}

static void a_link_that_is_not_there_is_enodev(void **state)
{
	struct rtnl_link link;

	(void)state;
	assert_int_equal(rtnl_link_get(nl, "nothing", &link), -ENODEV);
	assert_int_equal(rtnl_link_get_by_index(nl, 4711, &link), -ENODEV);
	assert_int_equal(rtnl_link_get_by_index(nl, 0, &link), -ENODEV);
	assert_int_equal(rtnl_link_set_up(nl, 4711), -ENODEV);
	assert_int_equal(rtnl_link_del(nl, 4711), -ENODEV);
	assert_int_equal(rtnl_link_del(nl, 0), -ENODEV);
}

static void an_impossible_name_is_einval(void **state)
{
	struct rtnl_link link;

	(void)state;
	assert_int_equal(rtnl_link_get(nl, "", &link), -EINVAL);
	assert_int_equal(rtnl_link_get(nl, "sixteen_bytes_xx", &link), -EINVAL);
	assert_int_equal(rtnl_link_add_veth(nl, "a", "sixteen_bytes_xx", 0), -EINVAL);
	assert_int_equal(rtnl_link_add_vxlan(nl, "a/b", 8472, 0), -EINVAL);
}

static void a_link_is_found_by_index_too(void **state)
{
	struct rtnl_link link;

	(void)state;
	assert_int_equal(rtnl_link_get_by_index(nl, 1, &link), 0);
	assert_string_equal(link.name, "lo");
	assert_string_equal(link.kind, "");
	assert_true(link.is_up);
}

static void setting_up_changes_no_other_flag(void **state)
{
	(void)state;
	assert_int_equal(rtnl_link_add_veth(nl, "hr_host", "hr_net", 0), 0);
	assert_int_equal(rtnl_link_set_up(nl, get("hr_host").ifindex), 0);
	assert_true(get("hr_host").is_up);
	assert_true(get("hr_host").is_noarp);
	assert_false(get("hr_net").is_up);
}

static void deleting_one_end_takes_the_pair(void **state)
{
	(void)state;
	assert_int_equal(rtnl_link_add_veth(nl, "hr_host", "hr_net", 0), 0);
	assert_int_equal(rtnl_link_del(nl, get("hr_host").ifindex), 0);
	assert_int_equal(if_nametoindex("hr_host"), 0);
	assert_int_equal(if_nametoindex("hr_net"), 0);
}

static void an_address_is_a_host_prefix_of_scope_link(void **state)
{
	unsigned int ifindex;

	(void)state;
	assert_int_equal(rtnl_link_add_veth(nl, "hr_host", "hr_net", 0), 0);
	ifindex = get("hr_host").ifindex;
	assert_int_equal(rtnl_addr_has(nl, ifindex, ip4("10.1.0.1")), 0);
	assert_int_equal(rtnl_addr_add(nl, ifindex, ip4("10.1.0.1")), 0);
	assert_int_equal(rtnl_addr_has(nl, ifindex, ip4("10.1.0.1")), 1);
	assert_int_equal(rtnl_addr_has(nl, ifindex, ip4("10.1.0.2")), 0);
	assert_int_equal(rtnl_addr_has(nl, get("hr_net").ifindex, ip4("10.1.0.1")), 0);
	assert_int_equal(rtnl_addr_add(nl, ifindex, ip4("10.1.0.1")), -EEXIST);
	assert_true(ip_shows("10.1.0.1/32 scope link", "addr", "show", "hr_host"));
}

static void the_addresses_of_a_missing_link_are_enodev(void **state)
{
	(void)state;
	assert_int_equal(rtnl_addr_has(nl, 4711, ip4("10.1.0.1")), -ENODEV);
	assert_int_equal(rtnl_addr_add(nl, 4711, ip4("10.1.0.1")), -ENODEV);
}

static void a_device_route_has_its_source_mtu_and_protocol(void **state)
{
	struct rtnl_route route = {
		.dst = cidr("10.2.0.0/24"),
		.ifindex = host_leg().ifindex,
		.src = ip4("10.1.0.1"),
		.mtu = 1400,
		.protocol = RTNL_PROTO_HOSTROUTE,
	};

	(void)state;
	assert_int_equal(rtnl_route_add(nl, &route), 0);
	assert_true(ip_shows(
		"unicast 10.2.0.0/24 dev hr_host proto 114 scope link src 10.1.0.1 mtu 1400",
		"route", "show", "10.2.0.0/24"));
	assert_int_equal(rtnl_route_add(nl, &route), -EEXIST);
	assert_int_equal(rtnl_route_del(nl, &route), 0);
	assert_int_equal(rtnl_route_del(nl, &route), -ESRCH);
}

static void a_gateway_route_is_global(void **state)
{
	unsigned int ifindex = host_leg().ifindex;
	struct rtnl_route link = {
		.dst = cidr("10.9.0.0/24"),
		.ifindex = ifindex,
		.protocol = RTNL_PROTO_HOSTROUTE,
	};
	struct rtnl_route route = {
		.dst = cidr("10.3.0.0/24"),
		.gateway = ip4("10.9.0.7"),
		.ifindex = ifindex,
		.protocol = RTNL_PROTO_HOSTROUTE,
	};

	(void)state;
	assert_int_equal(rtnl_route_add(nl, &route), -ENETUNREACH);
	assert_int_equal(rtnl_route_add(nl, &link), 0);
	assert_int_equal(rtnl_route_add(nl, &route), 0);
	assert_true(ip_shows("10.3.0.0/24 via 10.9.0.7 dev hr_host proto 114 scope global", "route",
			     "show", "10.3.0.0/24"));
	assert_int_equal(rtnl_route_del(nl, &route), 0);
}

static void assert_same_route(const struct rtnl_route *got, const struct rtnl_route *want)
{
	assert_int_equal(got->dst.addr, want->dst.addr);
	assert_int_equal(got->dst.len, want->dst.len);
	assert_int_equal(got->gateway, want->gateway);
	assert_int_equal(got->ifindex, want->ifindex);
	assert_int_equal(got->src, want->src);
	assert_int_equal(got->mtu, want->mtu);
	assert_int_equal(got->protocol, want->protocol);
}

static void a_route_list_holds_ours_as_they_were_added(void **state)
{
	struct rtnl_route first = {
		.dst = cidr("10.2.0.0/24"),
		.ifindex = host_leg().ifindex,
		.src = ip4("10.1.0.1"),
		.mtu = 1400,
		.protocol = RTNL_PROTO_HOSTROUTE,
	};
	struct rtnl_route second = {
		.dst = cidr("10.3.0.0/16"),
		.gateway = ip4("10.2.0.7"),
		.ifindex = first.ifindex,
		.protocol = RTNL_PROTO_HOSTROUTE,
	};
	_cleanup_free_ struct rtnl_route *routes = NULL;
	size_t count;

	(void)state;
	assert_int_equal(rtnl_route_list(nl, &routes, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(rtnl_route_add(nl, &first), 0);
	assert_int_equal(rtnl_route_add(nl, &second), 0);
	assert_int_equal(sandbox_run("ip", "route", "add", "10.4.0.0/24", "dev", "hr_host"), 0);
	assert_int_equal(sandbox_run("ip", "route", "add", "10.5.0.0/24", "dev", "hr_host", "proto",
				     "114", "table", "77"),
			 0);
	assert_int_equal(rtnl_route_list(nl, &routes, &count), 0);
	assert_int_equal(count, 2);
	assert_same_route(&routes[0], &first);
	assert_same_route(&routes[1], &second);
}

static void a_route_of_another_owner_is_not_deleted(void **state)
{
	struct rtnl_route route = {
		.dst = cidr("10.4.0.0/24"),
		.ifindex = host_leg().ifindex,
		.protocol = RTNL_PROTO_HOSTROUTE,
	};

	(void)state;
	assert_int_equal(sandbox_run("ip", "route", "add", "10.4.0.0/24", "dev", "hr_host"), 0);
	assert_int_equal(rtnl_route_add(nl, &route), -EEXIST);
	assert_int_equal(rtnl_route_del(nl, &route), -ESRCH);
	route.protocol = 0;
	assert_int_equal(rtnl_route_del(nl, &route), -EINVAL);
	assert_true(ip_shows("10.4.0.0/24", "route", "show", "10.4.0.0/24"));
}

static void a_dump_of_many_messages_is_whole(void **state)
{
	unsigned int ifindex = host_leg().ifindex;
	_cleanup_free_ struct rtnl_route *routes = NULL;
	size_t count;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		struct rtnl_route route = {
			.dst = { .addr = htonl(0x0b000000 + (i << 8)), .len = 24 },
			.ifindex = ifindex,
			.protocol = RTNL_PROTO_HOSTROUTE,
		};

		assert_int_equal(rtnl_route_add(nl, &route), 0);
	}
	assert_int_equal(rtnl_route_list(nl, &routes, &count), 0);
	assert_int_equal(count, 3000);
}

/* hr_host with 10.1.0.1/24, hr_net with 10.2.0.1/24. */
static void two_networks(void)
{
	host_leg();
	assert_int_equal(sandbox_run("ip", "addr", "add", "10.1.0.1/24", "dev", "hr_host"), 0);
	assert_int_equal(sandbox_run("ip", "addr", "add", "10.2.0.1/24", "dev", "hr_net"), 0);
}

static void the_way_to_a_neighbour_is_by_the_device_of_its_network(void **state)
{
	struct rtnl_hop hop;

	(void)state;
	two_networks();
	assert_int_equal(rtnl_route_get(nl, ip4("10.2.0.9"), &hop), 0);
	assert_int_equal(hop.ifindex, get("hr_net").ifindex);
	assert_true(hop.is_on_link);
}

static void what_is_behind_a_router_is_not_on_link(void **state)
{
	struct rtnl_hop hop;

	(void)state;
	two_networks();
	assert_int_equal(sandbox_run("ip", "route", "add", "10.3.0.0/16", "via", "10.1.0.7"), 0);
	assert_int_equal(rtnl_route_get(nl, ip4("10.3.4.5"), &hop), 0);
	assert_int_equal(hop.ifindex, get("hr_host").ifindex);
	assert_false(hop.is_on_link);
}

static void no_way_leads_to_what_no_route_names_or_is_our_own(void **state)
{
	struct rtnl_hop hop;

	(void)state;
	two_networks();
	assert_int_equal(rtnl_route_get(nl, ip4("10.9.0.1"), &hop), -ENETUNREACH);
	assert_int_equal(rtnl_route_get(nl, ip4("10.1.0.1"), &hop), -ENETUNREACH);
	assert_int_equal(rtnl_route_get(nl, ip4("10.1.0.255"), &hop), -ENETUNREACH);
	assert_int_equal(sandbox_run("ip", "route", "add", "unreachable", "10.5.0.0/16"), 0);
	assert_int_equal(rtnl_route_get(nl, ip4("10.5.0.1"), &hop), -EHOSTUNREACH);
}

static void a_clsact_qdisc_is_seen_and_an_ingress_qdisc_is_not_one(void **state)
{
	(void)state;
	assert_int_equal(rtnl_clsact_has(nl, 1), 0);
	assert_int_equal(sandbox_run("tc", "qdisc", "add", "dev", "lo", "clsact"), 0);
	assert_int_equal(rtnl_clsact_has(nl, 1), 1);
	assert_int_equal(sandbox_run("tc", "qdisc", "del", "dev", "lo", "clsact"), 0);
	assert_int_equal(rtnl_clsact_has(nl, 1), 0);
	assert_int_equal(sandbox_run("tc", "qdisc", "add", "dev", "lo", "ingress"), 0);
	assert_int_equal(rtnl_clsact_has(nl, 1), 0);
	assert_int_equal(rtnl_clsact_has(nl, 4711), -ENODEV);
}

static void filters_are_listed_per_side_with_kind_and_priority(void **state)
{
	_cleanup_free_ struct rtnl_filter *filters = NULL, *egress = NULL;
	size_t count, last;

	(void)state;
	assert_int_equal(sandbox_run("tc", "qdisc", "add", "dev", "lo", "clsact"), 0);
	if (sandbox_run("tc", "filter", "add", "dev", "lo", "ingress", "prio", "5", "protocol",
			"ip", "u32", "match", "u32", "0", "0", "flowid", "1:1"))
		sandbox_skip("no u32 classifier");
	assert_int_equal(rtnl_filter_list(nl, 1, TC_H_MIN_INGRESS, &filters, &count), 0);
	assert_true(count >= 1);
	last = count - 1;
	assert_string_equal(filters[last].kind, "u32");
	assert_int_equal(filters[last].priority, 5);
	assert_int_equal(filters[last].protocol, 0x0800);
	assert_int_not_equal(filters[last].handle, 0);
	assert_int_equal(filters[last].prog_id, 0);
	assert_int_equal(rtnl_filter_list(nl, 1, TC_H_MIN_EGRESS, &egress, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(rtnl_filter_list(nl, 4711, TC_H_MIN_EGRESS, &egress, &count), 0);
	assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_veth_pair_is_created_down_with_noarp_on_both_ends),
		TEST(a_vxlan_device_is_external_and_learns_nothing),
		TEST(an_ordinary_vxlan_device_is_told_apart),
		TEST(a_taken_name_is_eexist),
		TEST(a_link_that_is_not_there_is_enodev),
		TEST(an_impossible_name_is_einval),
		TEST(a_link_is_found_by_index_too),
		TEST(setting_up_changes_no_other_flag),
		TEST(deleting_one_end_takes_the_pair),
		TEST(an_address_is_a_host_prefix_of_scope_link),
		TEST(the_addresses_of_a_missing_link_are_enodev),
		TEST(a_device_route_has_its_source_mtu_and_protocol),
		TEST(a_gateway_route_is_global),
		TEST(a_route_list_holds_ours_as_they_were_added),
		TEST(a_route_of_another_owner_is_not_deleted),
		TEST(a_dump_of_many_messages_is_whole),
		TEST(the_way_to_a_neighbour_is_by_the_device_of_its_network),
		TEST(what_is_behind_a_router_is_not_on_link),
		TEST(no_way_leads_to_what_no_route_names_or_is_our_own),
		TEST(a_clsact_qdisc_is_seen_and_an_ingress_qdisc_is_not_one),
		TEST(filters_are_listed_per_side_with_kind_and_priority),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!sandbox_is_possible(&status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
