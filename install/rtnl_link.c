// SPDX-License-Identifier: BSD-2-Clause
/* rtnetlink requests about interfaces: look one up, create the kinds hrinstall has, up, delete. */
#include "install/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#include "install/rtnl_talk.h"

#define ETHERNET_ADDRESS_BYTES 6

/* Writes IFLA_IFNAME; false for a name that the kernel would cut. */
static bool put_name(struct nlmsghdr *msg, const char *name)
{
	if (!*name || strlen(name) >= IFNAMSIZ)
		return false;
	mnl_attr_put_strz(msg, IFLA_IFNAME, name);
	return true;
}

static void read_vxlan(const struct nlattr *data, struct rtnl_link *link)
{
	const struct nlattr *attr;
	uint16_t port;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_VXLAN_PORT:
			if (rtnl_attr_u16(attr, &port))
				link->tunnel_port = ntohs(port);
			break;
		case IFLA_VXLAN_COLLECT_METADATA:
			link->is_external =
				mnl_attr_get_payload_len(attr) == 1 && mnl_attr_get_u8(attr);
			break;
		}
	}
}

static void read_geneve(const struct nlattr *data, struct rtnl_link *link)
{
	const struct nlattr *attr;
	uint16_t port;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_GENEVE_PORT:
			if (rtnl_attr_u16(attr, &port))
				link->tunnel_port = ntohs(port);
			break;
		case IFLA_GENEVE_COLLECT_METADATA: /* a flag, without a value */
			link->is_external = true;
			break;
		}
	}
}

static void read_kind(const struct nlattr *info, struct rtnl_link *link)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			rtnl_attr_string(attr, link->kind, sizeof(link->kind));
		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			data = attr;
	}
	if (data && !strcmp(link->kind, "vxlan"))
		read_vxlan(data, link);
	if (data && !strcmp(link->kind, "geneve"))
		read_geneve(data, link);
}

static void read_address(const struct nlattr *attr, struct rtnl_link *link)
{
	link->mac_len = mnl_attr_get_payload_len(attr);
	if (link->mac_len == ETHERNET_ADDRESS_BYTES)
		memcpy(link->mac, mnl_attr_get_payload(attr), ETHERNET_ADDRESS_BYTES);
}

static void read_attribute(const struct nlattr *attr, struct rtnl_link *link)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		rtnl_attr_string(attr, link->name, sizeof(link->name));
		break;
	case IFLA_MTU:
		rtnl_attr_u32(attr, &link->mtu);
		break;
	case IFLA_ADDRESS:
		read_address(attr, link);
		break;
	case IFLA_LINKINFO:
		read_kind(attr, link);
		break;
	}
}

static int read_link(const struct nlmsghdr *reply, void *ctx)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(reply);
	struct rtnl_link *link = ctx;
	const struct nlattr *attr;

	*link = (struct rtnl_link){
		.ifindex = (unsigned int)info->ifi_index,
		.is_up = info->ifi_flags & IFF_UP,
		.is_noarp = info->ifi_flags & IFF_NOARP,
	};
	mnl_attr_for_each(attr, reply, sizeof(*info)) read_attribute(attr, link);
	return *link->name && info->ifi_index > 0 ? 0 : -EBADMSG;
}

static int get_link(struct rtnl *nl, struct nlmsghdr *msg, struct rtnl_link *out)
{
	struct rtnl_link link = { 0 };
	int err;

	mnl_attr_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	msg->nlmsg_flags |= NLM_F_ACK;
	err = rtnl_talk(nl, msg, RTM_NEWLINK, sizeof(struct ifinfomsg), read_link, &link);
	if (err)
		return err;
	if (!link.ifindex)
		return -EBADMSG;
	*out = link;
	return 0;
}

/* A request to create a device: everything up to the attributes of its kind. */
static struct nlmsghdr *new_link(struct rtnl *nl, unsigned int flags, unsigned int mtu)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
					    sizeof(*info), (void **)&info);

	info->ifi_flags = info->ifi_change = flags;
	if (mtu)
		mnl_attr_put_u32(msg, IFLA_MTU, mtu);
	return msg;
}

int rtnl_link_get(struct rtnl *nl, const char *name, struct rtnl_link *out)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_GETLINK, 0, sizeof(*info), (void **)&info);

	return put_name(msg, name) ? get_link(nl, msg, out) : -EINVAL;
}

int rtnl_link_get_by_index(struct rtnl *nl, unsigned int ifindex, struct rtnl_link *out)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_GETLINK, 0, sizeof(*info), (void **)&info);

	info->ifi_index = (int)ifindex;
	return ifindex ? get_link(nl, msg, out) : -ENODEV;
}

int rtnl_link_add_veth(struct rtnl *nl, const char *name, const char *peer, unsigned int mtu)
{
	struct nlmsghdr *msg = new_link(nl, IFF_NOARP, mtu);
	struct nlattr *info, *data, *peer_info;
	struct ifinfomsg *peer_header;

	if (!put_name(msg, name))
		return -EINVAL;
	info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	peer_info = mnl_attr_nest_start(msg, VETH_INFO_PEER);
	peer_header = mnl_nlmsg_put_extra_header(msg, sizeof(*peer_header));
	peer_header->ifi_flags = peer_header->ifi_change = IFF_NOARP;
	if (!put_name(msg, peer))
		return -EINVAL;
	if (mtu)
		mnl_attr_put_u32(msg, IFLA_MTU, mtu);
	mnl_attr_nest_end(msg, peer_info);
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, info);
	return rtnl_command(nl, msg);
}

int rtnl_link_add_vxlan(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu)
{
	struct nlmsghdr *msg = new_link(nl, 0, mtu);
	struct nlattr *info, *data;

	if (!put_name(msg, name))
		return -EINVAL;
	info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	mnl_attr_put_u32(msg, IFLA_VXLAN_ID, 0);
	mnl_attr_put_u8(msg, IFLA_VXLAN_COLLECT_METADATA, 1);
	mnl_attr_put_u8(msg, IFLA_VXLAN_LEARNING, 0);
	mnl_attr_put_u16(msg, IFLA_VXLAN_PORT, htons(port));
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, info);
	return rtnl_command(nl, msg);
}

int rtnl_link_add_geneve(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu)
{
	struct nlmsghdr *msg = new_link(nl, 0, mtu);
	struct nlattr *info, *data;

	if (!put_name(msg, name))
		return -EINVAL;
	info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, "geneve");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	mnl_attr_put(msg, IFLA_GENEVE_COLLECT_METADATA, 0, NULL);
	mnl_attr_put_u16(msg, IFLA_GENEVE_PORT, htons(port));
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, info);
	return rtnl_command(nl, msg);
}

int rtnl_link_set_up(struct rtnl *nl, unsigned int ifindex)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_NEWLINK, 0, sizeof(*info), (void **)&info);

	info->ifi_index = (int)ifindex;
	info->ifi_flags = info->ifi_change = IFF_UP;
	return ifindex ? rtnl_command(nl, msg) : -ENODEV;
}

int rtnl_link_set_mtu(struct rtnl *nl, unsigned int ifindex, unsigned int mtu)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_NEWLINK, 0, sizeof(*info), (void **)&info);

	info->ifi_index = (int)ifindex;
	mnl_attr_put_u32(msg, IFLA_MTU, mtu);
	return ifindex ? rtnl_command(nl, msg) : -ENODEV;
}

int rtnl_link_del(struct rtnl *nl, unsigned int ifindex)
{
	struct ifinfomsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_DELLINK, 0, sizeof(*info), (void **)&info);

	info->ifi_index = (int)ifindex;
	/* Index 0 would let the kernel choose by other attributes, or by group. */
	return ifindex ? rtnl_command(nl, msg) : -ENODEV;
}
