// SPDX-License-Identifier: BSD-2-Clause
/* BPF masquerade, and what builds on it or comes after it: ip-masq-agent, egress gateway, SCTP, BBR. */
#include "probe/verdict_rules.h"

enum tri rule_test_MASQ_OFF(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_BPF_MASQUERADE) && !c->bpf_masq_wanted);
}

enum tri rule_test_MASQ_NODEPORT(const struct rule_ctx *c)
{
	return tri_and(tri_of(c->bpf_masq_wanted), tri_not(c->nodeport));
}

enum tri rule_test_MASQ_REMOTE_NODE(const struct rule_ctx *c)
{
	return tri_of(c->bpf_masq_wanted && !is_on(c, OPT_ENABLE_REMOTE_NODE_IDENTITY));
}

enum tri rule_test_MASQ_EGRESS_INTERFACES(const struct rule_ctx *c)
{
	return tri_of(c->bpf_masq_wanted &&
		      *option_text(c->opts, OPT_EGRESS_MASQUERADE_INTERFACES));
}

enum tri rule_test_MASQ_ROUTE_SOURCE(const struct rule_ctx *c)
{
	return tri_of(c->bpf_masq_wanted && is_on(c, OPT_ENABLE_MASQUERADE_TO_ROUTE_SOURCE));
}

enum tri rule_test_MASQ_REMOTE_NODES(const struct rule_ctx *c)
{
	return tri_and(tri_of(is_on(c, OPT_ENABLE_REMOTE_NODE_MASQUERADE)), tri_not(c->bpf_masq));
}

/* With kube-proxy-replacement=disabled socket LB is off for the reason that is reported already. */
enum tri rule_test_MASQ_SOCKET_LB(const struct rule_ctx *c)
{
	if (!c->bpf_masq_wanted || !c->tunnel || c->kpr == KPR_DISABLED)
		return ANSWER_NO;
	if (c->socket_tcp == ANSWER_UNKNOWN)
		rule_missing(c, FEATURE_ATTACH_CONNECT4);
	else if (c->socket_udp == ANSWER_UNKNOWN)
		rule_missing(c, FEATURE_ATTACH_RECVMSG4);
	return tri_not(tri_and(c->socket_tcp, c->socket_udp));
}

enum tri rule_test_SCTP(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_SCTP))
		return ANSWER_NO;
	return rule_missing_or_old(c, FEATURE_LARGE_PROGRAM);
}

enum tri rule_test_MASQ_IPVLAN(const struct rule_ctx *c)
{
	bool is_ipvlan = !strcmp(option_text(c->opts, OPT_DATAPATH_MODE), "ipvlan");

	return tri_and(c->bpf_masq, tri_of(is_ipvlan));
}

enum tri rule_test_MASQ_DERIVE(const struct rule_ctx *c)
{
	const char *source = option_text(c->opts, OPT_DERIVE_MASQUERADE_IP_ADDR_FROM_DEVICE);

	if (!*source || !c->facts->devices_known || facts_device_by_name(c->facts, source))
		return ANSWER_NO;
	rule_detail(c, "%s", source);
	return c->bpf_masq;
}

enum tri rule_test_IP_MASQ_AGENT(const struct rule_ctx *c)
{
	return tri_and(tri_of(is_on(c, OPT_ENABLE_IP_MASQ_AGENT)), tri_not(c->bpf_masq));
}

enum tri rule_test_IP_MASQ_LPM(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_IP_MASQ_AGENT))
		return ANSWER_NO;
	return rule_missing(c, FEATURE_MAP_LPM_TRIE);
}

/* One key or the other, by release; the one a release does not have is off. */
static bool is_egress_gateway_on(const struct rule_ctx *c)
{
	return is_on(c, OPT_ENABLE_EGRESS_GATEWAY) || is_on(c, OPT_ENABLE_IPV4_EGRESS_GATEWAY);
}

/*
 * From 1.14 on a component of its own looks at the keys, before anything is downgraded; 1.14 is content with
 * masquerading of either family.
 */
static enum tri lacks_bpf_masquerade(const struct rule_ctx *c)
{
	bool any_family = c->release == CILIUM_1_14 || is_since(c, CILIUM_1_19);

	if (!is_since(c, CILIUM_1_14))
		return tri_not(c->bpf_masq);
	return tri_of(!c->bpf_masq_wanted || !(c->masq4 || any_family));
}

enum tri rule_test_EGRESS_GATEWAY(const struct rule_ctx *c)
{
	bool lacks_identity =
		!is_since(c, CILIUM_1_16) && !is_on(c, OPT_ENABLE_REMOTE_NODE_IDENTITY);

	if (!is_egress_gateway_on(c))
		return ANSWER_NO;
	return tri_or(lacks_bpf_masquerade(c), tri_of(lacks_identity));
}

/* Endpoint slices do not carry what the gateway's policies select by; it is asked from 1.16 on. */
enum tri rule_test_EGRESS_GATEWAY_IDENTITY(const struct rule_ctx *c)
{
	bool has_slices = is_since(c, CILIUM_1_16) && is_on(c, OPT_ENABLE_CILIUM_ENDPOINT_SLICE);

	return tri_of(is_egress_gateway_on(c) && (has_slices || !rule_is_identity_mode_crd(c)));
}

enum tri rule_test_EGRESS_GATEWAY_KERNEL(const struct rule_ctx *c)
{
	if (!is_egress_gateway_on(c))
		return ANSWER_NO;
	return rule_missing_or_old(c, FEATURE_LARGE_PROGRAM);
}

/* From 1.15 on it is asked before the agent decides: only the user's key counts. */
enum tri rule_test_BBR_LEGACY(const struct rule_ctx *c)
{
	enum tri is_legacy = c->legacy;

	if (is_since(c, CILIUM_1_15))
		is_legacy = tri_of(is_on(c, OPT_ENABLE_HOST_LEGACY_ROUTING));
	if (is_since(c, CILIUM_1_18) && is_on(c, OPT_ENABLE_BBR_HOSTNS_ONLY))
		return ANSWER_NO;
	return tri_and(tri_of(is_on(c, OPT_ENABLE_BBR)), tri_and(c->bandwidth, is_legacy));
}

enum tri rule_test_BBR_KERNEL(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_BBR))
		return ANSWER_NO;
	return tri_and(c->bandwidth,
		       rule_missing_or_old(c, FEATURE_HELPER_SCHED_CLS_SKB_SET_TSTAMP));
}
