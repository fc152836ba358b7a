// SPDX-License-Identifier: BSD-2-Clause
/* rtnetlink requests about IPv4 addresses and routes. */
#include "install/rtnl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "install/rtnl_talk.h"

#define HOST_PREFIX 32

struct address_search {
	unsigned int ifindex;
	uint32_t addr;
	bool found;
};

static int match_address(const struct nlmsghdr *reply, void *ctx)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(reply);
	struct address_search *search = ctx;
	const struct nlattr *attr;
	uint32_t addr;

	if (info->ifa_family != AF_INET || info->ifa_index != search->ifindex)
		return 0;
	mnl_attr_for_each(attr, reply, sizeof(*info))
	{
		if (mnl_attr_get_type(attr) == IFA_LOCAL && rtnl_attr_u32(attr, &addr) &&
		    addr == search->addr)
			search->found = true;
	}
	return 0;
}

static struct nlmsghdr *put_route(struct rtnl *nl, uint16_t type, uint16_t flags, uint8_t scope,
				  const struct rtnl_route *route)
{
	struct rtmsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, type, flags, sizeof(*info), (void **)&info);

	*info = (struct rtmsg){
		.rtm_family = AF_INET,
		.rtm_dst_len = route->dst.len,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = route->protocol,
		.rtm_scope = scope,
		.rtm_type = RTN_UNICAST,
	};
	if (route->dst.len)
		mnl_attr_put_u32(msg, RTA_DST, route->dst.addr);
	if (route->gateway)
		mnl_attr_put_u32(msg, RTA_GATEWAY, route->gateway);
	if (route->src)
		mnl_attr_put_u32(msg, RTA_PREFSRC, route->src);
	mnl_attr_put_u32(msg, RTA_OIF, route->ifindex);
	return msg;
}

static void put_mtu(struct nlmsghdr *msg, unsigned int mtu)
{
	struct nlattr *metrics = mnl_attr_nest_start(msg, RTA_METRICS);

	mnl_attr_put_u32(msg, RTAX_MTU, mtu);
	mnl_attr_nest_end(msg, metrics);
}

static bool route_is_complete(const struct rtnl_route *route)
{
	/* Protocol 0 in a deletion would match routes of any owner. */
	return route->protocol && route->ifindex && route->dst.len <= HOST_PREFIX;
}

static void read_metrics(const struct nlattr *metrics, struct rtnl_route *route)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, metrics)
	{
		if (mnl_attr_get_type(attr) == RTAX_MTU)
			rtnl_attr_u32(attr, &route->mtu);
	}
}

static void read_route_attribute(const struct nlattr *attr, struct rtnl_route *route,
				 uint32_t *table)
{
	switch (mnl_attr_get_type(attr)) {
	case RTA_TABLE:
		rtnl_attr_u32(attr, table);
		break;
	case RTA_DST:
		rtnl_attr_u32(attr, &route->dst.addr);
		break;
	case RTA_GATEWAY:
		rtnl_attr_u32(attr, &route->gateway);
		break;
	case RTA_OIF:
		rtnl_attr_u32(attr, &route->ifindex);
		break;
	case RTA_PREFSRC:
		rtnl_attr_u32(attr, &route->src);
		break;
	case RTA_METRICS:
		read_metrics(attr, route);
		break;
	}
}

static int read_route(const struct nlmsghdr *reply, void *ctx)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(reply);
	struct rtnl_route route = { .protocol = info->rtm_protocol };
	uint32_t table = info->rtm_table;
	const struct nlattr *attr;

	if (info->rtm_family != AF_INET || info->rtm_type != RTN_UNICAST ||
	    info->rtm_protocol != RTNL_PROTO_HOSTROUTE || info->rtm_flags & RTM_F_CLONED)
		return 0;
	if (info->rtm_dst_len > HOST_PREFIX)
		return -EBADMSG;
	route.dst.len = info->rtm_dst_len;
	mnl_attr_for_each(attr, reply, sizeof(*info)) read_route_attribute(attr, &route, &table);
	return table == RT_TABLE_MAIN ? rtnl_array_add(ctx, &route) : 0;
}

static int dump_routes(struct rtnl *nl, const void *ctx, struct rtnl_array *array)
{
	struct rtmsg *info;
	struct nlmsghdr *msg =
		rtnl_request(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*info), (void **)&info);

	(void)ctx;
	info->rtm_family = AF_INET;
	info->rtm_protocol = RTNL_PROTO_HOSTROUTE;
	return rtnl_talk(nl, msg, RTM_NEWROUTE, sizeof(*info), read_route, array);
}

struct foreign_search {
	struct cidr4 dst;
	bool found;
};

static int match_foreign(const struct nlmsghdr *reply, void *ctx)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(reply);
	struct rtnl_route route = { 0 };
	struct foreign_search *search = ctx;
	uint32_t table = info->rtm_table;
	const struct nlattr *attr;

	if (info->rtm_family != AF_INET || info->rtm_protocol == RTNL_PROTO_HOSTROUTE ||
	    info->rtm_dst_len != search->dst.len || info->rtm_flags & RTM_F_CLONED)
		return 0;
	mnl_attr_for_each(attr, reply, sizeof(*info)) read_route_attribute(attr, &route, &table);
	if (table == RT_TABLE_MAIN && route.dst.addr == search->dst.addr)
		search->found = true;
	return 0;
}

int rtnl_route_has_foreign(struct rtnl *nl, struct cidr4 dst)
{
	struct foreign_search search = { .dst = dst };
	struct rtmsg *info;
	struct nlmsghdr *msg =
		rtnl_request(nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*info), (void **)&info);
	int err;

	info->rtm_family = AF_INET;
	err = rtnl_talk(nl, msg, RTM_NEWROUTE, sizeof(*info), match_foreign, &search);
	return search.found ? 1 : err;
}

static int read_hop(const struct nlmsghdr *reply, void *ctx)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(reply);
	struct rtnl_hop *hop = ctx;
	const struct nlattr *attr;

	if (info->rtm_type != RTN_UNICAST)
		return -ENETUNREACH;
	hop->is_on_link = true;
	mnl_attr_for_each(attr, reply, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			rtnl_attr_u32(attr, &hop->ifindex);
			break;
		case RTA_GATEWAY:
		case RTA_VIA: /* of another address family */
			hop->is_on_link = false;
			break;
		}
	}
	return hop->ifindex ? 0 : -ENETUNREACH;
}

int rtnl_route_get(struct rtnl *nl, uint32_t addr, struct rtnl_hop *out)
{
	struct rtmsg *info;
	struct nlmsghdr *msg =
		rtnl_request(nl, RTM_GETROUTE, NLM_F_ACK, sizeof(*info), (void **)&info);

	*out = (struct rtnl_hop){ 0 };
	info->rtm_family = AF_INET;
	info->rtm_dst_len = HOST_PREFIX;
	mnl_attr_put_u32(msg, RTA_DST, addr);
	return rtnl_talk(nl, msg, RTM_NEWROUTE, sizeof(*info), read_hop, out);
}

int rtnl_addr_add(struct rtnl *nl, unsigned int ifindex, uint32_t addr)
{
	struct ifaddrmsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
					    sizeof(*info), (void **)&info);

	*info = (struct ifaddrmsg){
		.ifa_family = AF_INET,
		.ifa_prefixlen = HOST_PREFIX,
		.ifa_scope = RT_SCOPE_LINK,
		.ifa_index = ifindex,
	};
	mnl_attr_put_u32(msg, IFA_LOCAL, addr);
	mnl_attr_put_u32(msg, IFA_ADDRESS, addr);
	return rtnl_command(nl, msg);
}

int rtnl_addr_has(struct rtnl *nl, unsigned int ifindex, uint32_t addr)
{
	struct address_search search = { .ifindex = ifindex, .addr = addr };
	struct ifaddrmsg *info;
	struct nlmsghdr *msg =
		rtnl_request(nl, RTM_GETADDR, NLM_F_DUMP, sizeof(*info), (void **)&info);
	int err;

	info->ifa_family = AF_INET;
	info->ifa_index = ifindex;
	err = rtnl_talk(nl, msg, RTM_NEWADDR, sizeof(*info), match_address, &search);
	/* A dump that changed meanwhile may have shown the address nevertheless. */
	if (search.found)
		return 1;
	return err;
}

int rtnl_route_add(struct rtnl *nl, const struct rtnl_route *route)
{
	uint8_t scope = route->gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	struct nlmsghdr *msg;

	if (!route_is_complete(route))
		return -EINVAL;
	msg = put_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, scope, route);
	if (route->mtu)
		put_mtu(msg, route->mtu);
	return rtnl_command(nl, msg);
}

int rtnl_route_del(struct rtnl *nl, const struct rtnl_route *route)
{
	if (!route_is_complete(route))
		return -EINVAL;
	return rtnl_command(nl, put_route(nl, RTM_DELROUTE, 0, RT_SCOPE_NOWHERE, route));
}

int rtnl_route_list(struct rtnl *nl, struct rtnl_route **out, size_t *count)
{
	return rtnl_dump(nl, dump_routes, NULL, sizeof(**out), (void **)out, count);
}
