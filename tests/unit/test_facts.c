// SPDX-License-Identifier: BSD-2-Clause
/* Node facts: rtnetlink messages, good and hostile, into devices, addresses and routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "probe/facts_netlink.h"
#include "tests/unit/netlink_message.h"

static struct node_facts facts;
static struct facts_reader reader;

static int reset(void **state)
{
	(void)state;
	facts = (struct node_facts){ 0 };
	reader = (struct facts_reader){ .facts = &facts };
	return 0;
}

static struct nlmsghdr *link_message(int ifindex, const char *name, unsigned int flags)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex, .ifi_flags = flags };
	struct nlmsghdr *nlh = message(RTM_NEWLINK, &ifi, sizeof(ifi));

	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nlh;
}

static struct nlmsghdr *addr_message(int ifindex, uint8_t family, uint8_t scope)
{
	struct ifaddrmsg ifa = { .ifa_family = family,
				 .ifa_scope = scope,
				 .ifa_index = (unsigned int)ifindex };

	return message(RTM_NEWADDR, &ifa, sizeof(ifa));
}

static struct nlmsghdr *route_message(int ifindex, const char *dst, uint8_t len, uint8_t table)
{
	struct rtmsg rtm = { .rtm_family = AF_INET, .rtm_dst_len = len, .rtm_table = table };
	struct nlmsghdr *nlh = message(RTM_NEWROUTE, &rtm, sizeof(rtm));

	mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)ifindex);
	if (dst)
		mnl_attr_put_u32(nlh, RTA_DST, inet_addr(dst));
	return nlh;
}

static void take(const struct nlmsghdr *nlh)
{
	assert_int_equal(facts_netlink_message(nlh, &reader), MNL_CB_OK);
}

static void refuse(const struct nlmsghdr *nlh)
{
	errno = 0;
	assert_int_equal(facts_netlink_message(nlh, &reader), MNL_CB_ERROR);
	assert_int_equal(errno, EBADMSG);
}

static struct fact_device *eth0(void)
{
	take(link_message(2, "eth0", IFF_UP));
	return &facts.devices[0];
}

static void a_link_has_name_kind_mac_mtu_and_master(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
	struct nlmsghdr *nlh = link_message(5, "veth7", IFF_UP | IFF_SLAVE);
	const struct fact_device *dev = &facts.devices[0];
	struct nlattr *info;

	(void)state;
	mnl_attr_put_u32(nlh, IFLA_MTU, 1400);
	mnl_attr_put_u32(nlh, IFLA_MASTER, 9);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(nlh, info);
	take(nlh);
	assert_int_equal(facts.device_count, 1);
	assert_string_equal(dev->name, "veth7");
	assert_string_equal(dev->kind, "veth");
	assert_int_equal(dev->ifindex, 5);
	assert_int_equal(dev->mtu, 1400);
	assert_int_equal(dev->master, 9);
	assert_int_equal(dev->mac_len, 6);
	assert_memory_equal(dev->mac, mac, 6);
	assert_true(dev->is_up && dev->is_slave && !dev->is_loopback);
}

static void a_mac_of_zeros_is_no_mac(void **state)
{
	struct nlmsghdr *nlh = link_message(1, "lo", IFF_LOOPBACK);

	(void)state;
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, (const uint8_t[6]){ 0 });
	take(nlh);
	assert_int_equal(facts.devices[0].mac_len, 0);
	assert_true(facts.devices[0].is_loopback);
}

static void a_mac_of_another_length_is_a_mac_without_bytes(void **state)
{
	struct nlmsghdr *nlh = link_message(3, "sit9", 0);

	(void)state;
	mnl_attr_put(nlh, IFLA_ADDRESS, 4, "\1\2\3\4");
	take(nlh);
	assert_int_equal(facts.devices[0].mac_len, 4);
}

static void a_link_told_twice_is_one_device(void **state)
{
	(void)state;
	eth0();
	take(link_message(2, "renamed", 0));
	assert_int_equal(facts.device_count, 1);
	assert_string_equal(facts.devices[0].name, "renamed");
}

static void a_message_shorter_than_its_header_is_refused(void **state)
{
	struct nlmsghdr *nlh = link_message(2, "eth0", 0);

	(void)state;
	nlh->nlmsg_len = NLMSG_HDRLEN + 4;
	refuse(nlh);
	nlh->nlmsg_len = 3;
	refuse(nlh);
	assert_int_equal(facts.device_count, 0);
}

static void a_link_without_name_or_with_a_long_one_is_refused(void **state)
{
	(void)state;
	refuse(link_message(2, NULL, 0));
	refuse(link_message(2, "sixteen-letters-", 0));
	refuse(link_message(0, "eth0", 0));
}

static void attributes_of_a_wrong_size_are_refused(void **state)
{
	struct nlmsghdr *nlh = link_message(2, "eth0", 0);

	(void)state;
	mnl_attr_put_u16(nlh, IFLA_MTU, 1500);
	refuse(nlh);
	eth0();
	nlh = addr_message(2, AF_INET, 0);
	mnl_attr_put(nlh, IFA_LOCAL, 3, "\1\2\3");
	refuse(nlh);
	nlh = addr_message(2, AF_INET6, 0);
	mnl_attr_put(nlh, IFA_ADDRESS, 4, "\1\2\3\4");
	refuse(nlh);
	nlh = route_message(2, NULL, 24, RT_TABLE_MAIN);
	mnl_attr_put(nlh, RTA_DST, 16, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20");
	refuse(nlh);
}

static void an_attribute_that_leaves_its_message_is_not_read(void **state)
{
	struct nlmsghdr *nlh = link_message(2, "eth0", 0);
	struct nlattr *mtu = mnl_nlmsg_get_payload_tail(nlh);

	(void)state;
	mnl_attr_put_u32(nlh, IFLA_MTU, 1500);
	mtu->nla_len = 4000;
	take(nlh);
	assert_int_equal(facts.devices[0].mtu, 0);
}

static void a_kind_without_end_is_cut_at_the_attribute(void **state)
{
	struct nlmsghdr *nlh = link_message(2, "eth0", 0);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

	(void)state;
	mnl_attr_put(nlh, IFLA_INFO_KIND, 4, "veth");
	mnl_attr_nest_end(nlh, info);
	take(nlh);
	assert_string_equal(facts.devices[0].kind, "veth");
}

static void global_addresses_come_before_site_addresses_and_others_are_left_out(void **state)
{
	static const struct {
		const char *ip;
		uint8_t scope;
	} addrs[] = { { "10.0.0.9", RT_SCOPE_SITE },
		      { "10.0.0.1", RT_SCOPE_UNIVERSE },
		      { "169.254.0.1", RT_SCOPE_LINK },
		      { "127.0.0.1", RT_SCOPE_HOST },
		      { "10.0.0.2", RT_SCOPE_UNIVERSE } };
	struct fact_device *dev = eth0();

	(void)state;
	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		struct nlmsghdr *nlh = addr_message(2, AF_INET, addrs[i].scope);

		mnl_attr_put_u32(nlh, IFA_LOCAL, inet_addr(addrs[i].ip));
		take(nlh);
	}
	assert_int_equal(dev->ip4_count, 3);
	assert_int_equal(dev->ip4_global, 2);
	assert_int_equal(dev->ip4[0], inet_addr("10.0.0.1"));
	assert_int_equal(dev->ip4[1], inet_addr("10.0.0.2"));
	assert_int_equal(dev->ip4[2], inet_addr("10.0.0.9"));
	assert_ptr_equal(facts_device_of_ip(&facts, inet_addr("10.0.0.9")), dev);
	assert_null(facts_device_of_ip(&facts, inet_addr("169.254.0.1")));
}

static void the_local_end_of_a_point_to_point_link_counts(void **state)
{
	struct fact_device *dev = eth0();
	struct nlmsghdr *nlh = addr_message(2, AF_INET, RT_SCOPE_UNIVERSE);

	(void)state;
	mnl_attr_put_u32(nlh, IFA_ADDRESS, inet_addr("10.0.0.2"));
	mnl_attr_put_u32(nlh, IFA_LOCAL, inet_addr("10.0.0.1"));
	take(nlh);
	assert_int_equal(dev->ip4[0], inet_addr("10.0.0.1"));
}

static void more_addresses_than_fit_are_dropped(void **state)
{
	struct fact_device *dev = eth0();

	(void)state;
	for (uint32_t i = 1; i < FACTS_MAX_ADDRS + 9; i++) {
		struct nlmsghdr *nlh = addr_message(2, AF_INET, RT_SCOPE_UNIVERSE);

		mnl_attr_put_u32(nlh, IFA_LOCAL, htonl(0x0a000000 + i));
		take(nlh);
	}
	assert_int_equal(dev->ip4_count, FACTS_MAX_ADDRS);
}

static void routes_of_every_table_but_local_count(void **state)
{
	struct fact_device *dev = eth0();

	(void)state;
	take(route_message(2, "10.0.0.0", 24, RT_TABLE_LOCAL));
	assert_int_equal(dev->has_unicast_route, 0);
	take(route_message(2, "10.0.0.0", 24, 100));
	assert_int_equal(dev->has_unicast_route, FACT_IPV4);
	assert_int_equal(dev->has_default_route, 0);
}

static void link_local_multicast_and_loopback_routes_are_not_global(void **state)
{
	struct fact_device *dev = eth0();

	(void)state;
	take(route_message(2, "169.254.0.0", 16, RT_TABLE_MAIN));
	take(route_message(2, "224.0.0.0", 4, RT_TABLE_MAIN));
	take(route_message(2, "127.0.0.0", 8, RT_TABLE_MAIN));
	assert_int_equal(dev->has_unicast_route, 0);
}

static void a_default_route_is_a_unicast_route_too(void **state)
{
	struct fact_device *dev = eth0();

	(void)state;
	take(route_message(2, NULL, 0, RT_TABLE_MAIN));
	assert_int_equal(dev->has_default_route, FACT_IPV4);
	assert_int_equal(dev->has_unicast_route, FACT_IPV4);
	assert_ptr_equal(reader.default_device, dev);
}

static void the_default_route_with_the_lowest_metric_leads(void **state)
{
	struct nlmsghdr *nlh;

	(void)state;
	eth0();
	take(link_message(3, "eth1", IFF_UP));
	nlh = route_message(2, NULL, 0, RT_TABLE_MAIN);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 200);
	take(nlh);
	nlh = route_message(3, NULL, 0, RT_TABLE_MAIN);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 100);
	take(nlh);
	assert_string_equal(reader.default_device->name, "eth1");
	take(route_message(2, NULL, 0, 100));
	assert_string_equal(reader.default_device->name, "eth1");
}

static void a_route_of_an_unknown_device_is_passed_over(void **state)
{
	(void)state;
	take(route_message(77, NULL, 0, RT_TABLE_MAIN));
	assert_null(reader.default_device);
}

static void an_uplink_finds_room_among_hundreds_of_pods(void **state)
{
	char name[IFNAMSIZ];

	(void)state;
	for (int i = 0; i < FACTS_MAX_DEVICES + 100; i++) {
		snprintf(name, sizeof(name), "lxc%d", i);
		take(link_message(i + 1, name, 0));
	}
	take(link_message(9999, "eth0", 0));
	assert_int_equal(facts.device_count, FACTS_MAX_DEVICES);
	assert_non_null(facts_device_by_name(&facts, "eth0"));
	assert_non_null(facts_device_by_index(&facts, 9999));
}

static void more_uplinks_than_fit_are_an_error(void **state)
{
	char name[IFNAMSIZ];

	(void)state;
	for (int i = 0; i < FACTS_MAX_DEVICES; i++) {
		snprintf(name, sizeof(name), "eth%d", i);
		take(link_message(i + 1, name, 0));
	}
	assert_int_equal(facts_netlink_message(link_message(9999, "one-more", 0), &reader),
			 MNL_CB_ERROR);
	assert_int_equal(errno, EOVERFLOW);
}

static void the_running_node_has_a_loopback(void **state)
{
	const struct fact_device *lo;

	(void)state;
	assert_int_equal(facts_read_live(&facts), 0);
	assert_true(facts.devices_known);
	lo = facts_device_by_name(&facts, "lo");
	assert_non_null(lo);
	assert_true(lo->is_loopback);
	assert_int_equal(lo->mac_len, 0);
	if (facts.has_ip_local_port_range)
		assert_true(facts.ip_local_port_range[0] <= facts.ip_local_port_range[1]);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_link_has_name_kind_mac_mtu_and_master),
		TEST(a_mac_of_zeros_is_no_mac),
		TEST(a_mac_of_another_length_is_a_mac_without_bytes),
		TEST(a_link_told_twice_is_one_device),
		TEST(a_message_shorter_than_its_header_is_refused),
		TEST(a_link_without_name_or_with_a_long_one_is_refused),
		TEST(attributes_of_a_wrong_size_are_refused),
		TEST(an_attribute_that_leaves_its_message_is_not_read),
		TEST(a_kind_without_end_is_cut_at_the_attribute),
		TEST(global_addresses_come_before_site_addresses_and_others_are_left_out),
		TEST(the_local_end_of_a_point_to_point_link_counts),
		TEST(more_addresses_than_fit_are_dropped),
		TEST(routes_of_every_table_but_local_count),
		TEST(link_local_multicast_and_loopback_routes_are_not_global),
		TEST(a_default_route_is_a_unicast_route_too),
		TEST(the_default_route_with_the_lowest_metric_leads),
		TEST(a_route_of_an_unknown_device_is_passed_over),
		TEST(an_uplink_finds_room_among_hundreds_of_pods),
		TEST(more_uplinks_than_fit_are_an_error),
		TEST(the_running_node_has_a_loopback),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
