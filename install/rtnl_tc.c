// SPDX-License-Identifier: BSD-2-Clause
/* rtnetlink questions about tc: is there a clsact qdisc, which filters are on it. Changes nothing. */
#include "install/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "install/rtnl_talk.h"

#define CLSACT_HANDLE TC_H_MAKE(TC_H_CLSACT, 0)

struct filter_side {
	unsigned int ifindex;
	uint32_t parent;
};

static void read_bpf_options(const struct nlattr *options, struct rtnl_filter *filter)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, options)
	{
		if (mnl_attr_get_type(attr) == TCA_BPF_ID)
			rtnl_attr_u32(attr, &filter->prog_id);
	}
}

static int read_filter(const struct nlmsghdr *reply, void *ctx)
{
	const struct tcmsg *info = mnl_nlmsg_get_payload(reply);
	struct rtnl_filter filter = {
		.handle = info->tcm_handle,
		.priority = (uint16_t)(TC_H_MAJ(info->tcm_info) >> 16),
		.protocol = ntohs((uint16_t)TC_H_MIN(info->tcm_info)),
	};
	const struct nlattr *attr, *options = NULL;

	mnl_attr_for_each(attr, reply, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case TCA_KIND:
			rtnl_attr_string(attr, filter.kind, sizeof(filter.kind));
			break;
		case TCA_CHAIN:
			rtnl_attr_u32(attr, &filter.chain);
			break;
		case TCA_OPTIONS:
			options = attr;
			break;
		}
	}
	if (options && !strcmp(filter.kind, "bpf"))
		read_bpf_options(options, &filter);
	return rtnl_array_add(ctx, &filter);
}

static int dump_filters(struct rtnl *nl, const void *ctx, struct rtnl_array *array)
{
	const struct filter_side *side = ctx;
	struct tcmsg *info;
	struct nlmsghdr *msg =
		rtnl_request(nl, RTM_GETTFILTER, NLM_F_DUMP, sizeof(*info), (void **)&info);

	info->tcm_ifindex = (int)side->ifindex;
	info->tcm_parent = side->parent;
	return rtnl_talk(nl, msg, RTM_NEWTFILTER, sizeof(*info), read_filter, array);
}

int rtnl_clsact_has(struct rtnl *nl, unsigned int ifindex)
{
	struct tcmsg *info;
	struct nlmsghdr *msg = rtnl_request(nl, RTM_GETQDISC, 0, sizeof(*info), (void **)&info);
	int err;

	info->tcm_ifindex = (int)ifindex;
	info->tcm_parent = TC_H_CLSACT;
	info->tcm_handle = CLSACT_HANDLE;
	mnl_attr_put_strz(msg, TCA_KIND, "clsact");
	err = rtnl_command(nl, msg);
	/* -EINVAL: something else is in its place, "ingress" or, after a deletion, the empty qdisc. */
	if (err == -ENOENT || err == -EINVAL)
		return 0;
	return err ? err : 1;
}

int rtnl_filter_list(struct rtnl *nl, unsigned int ifindex, uint32_t side, struct rtnl_filter **out,
		     size_t *count)
{
	struct filter_side ctx = {
		.ifindex = ifindex,
		.parent = TC_H_MAKE(TC_H_CLSACT, side),
	};

	return rtnl_dump(nl, dump_filters, &ctx, sizeof(**out), (void **)out, count);
}
