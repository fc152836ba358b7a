// SPDX-License-Identifier: BSD-2-Clause
/* rtnetlink dumps into node facts, and what the same dumps say to the audit. */
#include "probe/facts_netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/devices.h"
#include "probe/facts_audit.h"
#include "probe/netlink.h"

#define DUMP_ATTEMPTS 5 /* a dump that the kernel marks as interrupted by a change is repeated */

/* The agent's netlink library takes an address of zeros for none, and so calls such a device L3. */
static void take_mac(const struct nlattr *attr, struct fact_device *dev)
{
	const uint8_t *mac = attr ? mnl_attr_get_payload(attr) : NULL;
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;
	bool is_zero = true;

	for (size_t i = 0; i < len; i++)
		is_zero = is_zero && !mac[i];
	if (is_zero)
		return;
	dev->mac_len = (unsigned int)len;
	if (len == sizeof(dev->mac))
		memcpy(dev->mac, mac, len);
}

static bool take_kind(const struct nlattr *linkinfo, struct fact_device *dev)
{
	struct netlink_attrs attrs;

	return netlink_nested(linkinfo, &attrs) &&
	       netlink_string(attrs.by_type[IFLA_INFO_KIND], dev->kind, sizeof(dev->kind));
}

/* IFLA_INET_CONF is an array of 32 bit values, by IPV4_DEVCONF_*, from 1 on. */
static bool take_conf4(const struct nlattr *af_spec, struct fact_device *dev)
{
	uint32_t values[IPV4_DEVCONF_RP_FILTER];
	struct netlink_attrs families, inet;
	const struct nlattr *conf;

	if (!netlink_nested(af_spec, &families) ||
	    !netlink_nested(families.by_type[AF_INET], &inet))
		return false;
	conf = inet.by_type[IFLA_INET_CONF];
	if (!conf || mnl_attr_get_payload_len(conf) < sizeof(values))
		return true;
	memcpy(values, mnl_attr_get_payload(conf), sizeof(values));
	dev->has_conf4 = true;
	dev->forwarding4 = values[IPV4_DEVCONF_FORWARDING - 1];
	dev->rp_filter4 = (uint8_t)values[IPV4_DEVCONF_RP_FILTER - 1];
	return true;
}

/*
 * A node with hundreds of pods has more interfaces than fit. Those that are certainly no uplinks give way,
 * whatever the order in which the kernel lists them.
 */
static struct fact_device *device_slot(struct node_facts *facts, const struct fact_device *dev)
{
	for (size_t i = 0; i < facts->device_count; i++)
		if (facts->devices[i].ifindex == dev->ifindex)
			return &facts->devices[i];
	if (facts->device_count < FACTS_MAX_DEVICES)
		return &facts->devices[facts->device_count++];
	for (size_t i = FACTS_MAX_DEVICES; i-- > 0;)
		if (device_name_is_excluded(facts->devices[i].name))
			return &facts->devices[i];
	return NULL;
}

static int take_link(const struct nlmsghdr *nlh, struct facts_reader *reader)
{
	struct fact_device dev = { 0 }, *slot;
	struct ifinfomsg ifi;
	struct netlink_attrs attrs;

	if (!netlink_attrs(nlh, sizeof(ifi), &attrs))
		return netlink_bad_message();
	memcpy(&ifi, mnl_nlmsg_get_payload(nlh), sizeof(ifi));
	if (ifi.ifi_index <= 0 ||
	    !netlink_string(attrs.by_type[IFLA_IFNAME], dev.name, sizeof(dev.name)) ||
	    !dev.name[0] || !netlink_bytes(attrs.by_type[IFLA_MTU], &dev.mtu, sizeof(dev.mtu)) ||
	    !netlink_bytes(attrs.by_type[IFLA_MASTER], &dev.master, sizeof(dev.master)) ||
	    !take_kind(attrs.by_type[IFLA_LINKINFO], &dev) ||
	    !take_conf4(attrs.by_type[IFLA_AF_SPEC], &dev))
		return netlink_bad_message();
	take_mac(attrs.by_type[IFLA_ADDRESS], &dev);
	dev.ifindex = (unsigned int)ifi.ifi_index;
	dev.is_up = ifi.ifi_flags & IFF_UP;
	dev.is_loopback = ifi.ifi_flags & IFF_LOOPBACK;
	dev.is_slave = ifi.ifi_flags & IFF_SLAVE;

	slot = device_slot(reader->facts, &dev);
	if (slot) {
		*slot = dev;
	} else if (!device_name_is_excluded(dev.name)) {
		errno = EOVERFLOW;
		return MNL_CB_ERROR;
	}
	return MNL_CB_OK;
}

static struct fact_device *device_of_index(struct node_facts *facts, unsigned int ifindex)
{
	return (struct fact_device *)facts_device_by_index(facts, ifindex);
}

static void add_ip4(struct fact_device *dev, uint32_t ip4, bool is_global)
{
	size_t at = is_global ? dev->ip4_global : dev->ip4_count;

	if (dev->ip4_count == FACTS_MAX_ADDRS)
		return;
	memmove(&dev->ip4[at + 1], &dev->ip4[at], (dev->ip4_count - at) * sizeof(dev->ip4[0]));
	dev->ip4[at] = ip4;
	dev->ip4_count++;
	if (is_global)
		dev->ip4_global++;
}

static int take_addr(const struct nlmsghdr *nlh, struct facts_reader *reader)
{
	struct fact_device *dev;
	struct ifaddrmsg ifa;
	struct netlink_attrs attrs;
	uint8_t ip6[16] = { 0 };
	uint32_t ip4 = 0;

	if (!netlink_attrs(nlh, sizeof(ifa), &attrs))
		return netlink_bad_message();
	memcpy(&ifa, mnl_nlmsg_get_payload(nlh), sizeof(ifa));
	dev = device_of_index(reader->facts, ifa.ifa_index);
	if (!dev)
		return MNL_CB_OK;
	if (ifa.ifa_family == AF_INET) {
		/* On a point-to-point link IFA_ADDRESS is the other end. */
		if (!netlink_bytes(attrs.by_type[IFA_ADDRESS], &ip4, sizeof(ip4)) ||
		    !netlink_bytes(attrs.by_type[IFA_LOCAL], &ip4, sizeof(ip4)))
			return netlink_bad_message();
		if (ip4 && reader->audit)
			facts_audit_note_local(reader->audit, ifa.ifa_index, ip4);
		if (ip4 && ifa.ifa_scope <= RT_SCOPE_SITE)
			add_ip4(dev, ip4, ifa.ifa_scope == RT_SCOPE_UNIVERSE);
	} else if (ifa.ifa_family == AF_INET6 && ifa.ifa_scope == RT_SCOPE_UNIVERSE) {
		if (!attrs.by_type[IFA_ADDRESS] ||
		    !netlink_bytes(attrs.by_type[IFA_ADDRESS], ip6, sizeof(ip6)))
			return netlink_bad_message();
		if (dev->ip6_count < FACTS_MAX_ADDRS)
			memcpy(dev->ip6[dev->ip6_count++], ip6, sizeof(ip6));
	}
	return MNL_CB_OK;
}

static bool is_global_unicast4(const uint8_t ip[4])
{
	return memcmp(ip, (const uint8_t[4]){ 0 }, 4) && ip[0] != 127 && ip[0] < 224 &&
	       !(ip[0] == 169 && ip[1] == 254);
}

static bool is_global_unicast6(const uint8_t ip[16])
{
	const struct in6_addr *addr = (const struct in6_addr *)ip;

	return !IN6_IS_ADDR_UNSPECIFIED(addr) && !IN6_IS_ADDR_LOOPBACK(addr) &&
	       !IN6_IS_ADDR_MULTICAST(addr) && !IN6_IS_ADDR_LINKLOCAL(addr);
}

/* Follows the best IPv4 default route of the main table, for the guess at the node IP. */
static void note_default_route(struct facts_reader *reader, const struct fact_device *dev,
			       uint32_t table, uint32_t metric)
{
	if (table != RT_TABLE_MAIN)
		return;
	if (reader->default_device && reader->default_metric <= metric)
		return;
	reader->default_device = dev;
	reader->default_metric = metric;
}

/* Routes with several next hops have no RTA_OIF: the agent's device detection does not see them either. */
static int take_route(const struct nlmsghdr *nlh, struct facts_reader *reader)
{
	uint32_t table, ifindex = 0, metric = 0;
	_Alignas(struct in6_addr) uint8_t dst[16] = { 0 };
	struct fact_device *dev;
	unsigned int family;
	struct netlink_attrs attrs;
	struct rtmsg rtm;

	if (!netlink_attrs(nlh, sizeof(rtm), &attrs))
		return netlink_bad_message();
	memcpy(&rtm, mnl_nlmsg_get_payload(nlh), sizeof(rtm));
	if (rtm.rtm_family != AF_INET && rtm.rtm_family != AF_INET6)
		return MNL_CB_OK;
	table = rtm.rtm_table;
	if (!netlink_bytes(attrs.by_type[RTA_TABLE], &table, sizeof(table)) ||
	    !netlink_bytes(attrs.by_type[RTA_OIF], &ifindex, sizeof(ifindex)) ||
	    !netlink_bytes(attrs.by_type[RTA_PRIORITY], &metric, sizeof(metric)) ||
	    !netlink_bytes(attrs.by_type[RTA_DST], dst, rtm.rtm_family == AF_INET ? 4 : 16))
		return netlink_bad_message();
	family = rtm.rtm_family == AF_INET ? FACT_IPV4 : FACT_IPV6;
	if (reader->audit && rtm.rtm_type == RTN_UNICAST && !(rtm.rtm_flags & RTM_F_CLONED))
		facts_audit_note_route(reader->audit, family, table);
	dev = device_of_index(reader->facts, ifindex);
	if (!dev || table == RT_TABLE_LOCAL || rtm.rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;

	if (!rtm.rtm_dst_len) {
		dev->has_default_route |= family;
		dev->has_unicast_route |= family;
		if (family == FACT_IPV4)
			note_default_route(reader, dev, table, metric);
	} else if (family == FACT_IPV4 ? is_global_unicast4(dst) : is_global_unicast6(dst)) {
		dev->has_unicast_route |= family;
	}
	return MNL_CB_OK;
}

/* A socket per attempt: what is left of an interrupted dump must not be taken for the next one. */
static int read_once(struct facts_reader *reader)
{
	static const struct {
		uint16_t type;
		uint8_t family;
	} dumps[] = {
		{ RTM_GETLINK, AF_UNSPEC },
		{ RTM_GETADDR, AF_UNSPEC },
		{ RTM_GETROUTE, AF_INET },
		{ RTM_GETROUTE, AF_INET6 },
	};
	_cleanup_(mnl_socket) struct mnl_socket *nl = NULL;
	int err;

	err = netlink_open(NETLINK_ROUTE, &nl);
	for (size_t i = 0; !err && i < ARRAY_SIZE(dumps); i++) {
		/* All request headers begin with the family; the kernel takes the short form of each. */
		const struct rtgenmsg request = { .rtgen_family = dumps[i].family };

		err = netlink_dump(nl, dumps[i].type, &request, sizeof(request),
				   facts_netlink_message, reader);
	}
	return err;
}

int facts_netlink_message(const struct nlmsghdr *nlh, void *reader)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		return take_link(nlh, reader);
	case RTM_NEWADDR:
		return take_addr(nlh, reader);
	case RTM_NEWROUTE:
		return take_route(nlh, reader);
	default:
		return MNL_CB_OK;
	}
}

int facts_netlink_read(struct facts_reader *reader)
{
	int err = -EINTR;

	for (int i = 0; err == -EINTR && i < DUMP_ATTEMPTS; i++) {
		reader->facts->device_count = 0;
		reader->default_device = NULL;
		if (reader->audit)
			reader->audit->table_count = reader->audit->local_count = 0;
		err = read_once(reader);
	}
	if (reader->audit)
		reader->audit->has_tables = reader->audit->has_locals = !err;
	return err;
}
