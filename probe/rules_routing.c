// SPDX-License-Identifier: BSD-2-Clause
/* The conditions of BPF host routing itself, once the devices are known. */
#include "probe/verdict_rules.h"

/* In 1.14 and 1.15 WireGuard keeps the agent in the chain of conditions below. */
enum tri rule_test_NODEPORT_UNSET(const struct rule_ctx *c)
{
	bool goes_on = is_on(c, OPT_ENABLE_WIREGUARD) && is_since(c, CILIUM_1_14) &&
		       !is_since(c, CILIUM_1_16);

	return tri_of(c->kpr_by_switches && !c->nodeport_wanted && !goes_on);
}

enum tri rule_test_TUNNEL_LEGACY(const struct rule_ctx *c)
{
	return tri_of(c->tunnel);
}

enum tri rule_test_SEVERAL_DEVICES(const struct rule_ctx *c)
{
	rule_detail(c, "%zu devices", c->devices.count);
	return tri_of(c->devices.count > 1);
}

/* Up to 1.15, where NodePort is wanted, IPsec has been dealt with before. */
enum tri rule_test_IPSEC(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) &&
		      (is_since(c, CILIUM_1_16) || !c->nodeport_wanted));
}

enum tri rule_test_IPTABLES_MASQUERADE(const struct rule_ctx *c)
{
	return tri_of((c->masq4 || c->masq6) && !is_on(c, OPT_ENABLE_BPF_MASQUERADE));
}

enum tri rule_test_KPR_NOT_FULL(const struct rule_ctx *c)
{
	return tri_of(c->kpr_by_switches);
}

enum tri rule_test_ENDPOINT_ROUTES(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_ENDPOINT_ROUTES));
}

enum tri rule_test_WIREGUARD(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_WIREGUARD));
}

enum tri rule_test_REDIRECT_HELPERS(const struct rule_ctx *c)
{
	enum tri neigh = rule_missing(c, FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH);

	if (neigh == ANSWER_YES)
		return neigh;
	return tri_or(neigh, rule_missing(c, FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER));
}

static enum tri source_range_missing(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_SVC_SOURCE_RANGE_CHECK))
		return ANSWER_NO;
	return tri_and(c->nodeport, rule_missing(c, FEATURE_MAP_LPM_TRIE));
}

enum tri rule_test_SOURCE_RANGE(const struct rule_ctx *c)
{
	return is_probe(c) ? ANSWER_NO : source_range_missing(c);
}

enum tri rule_test_SOURCE_RANGE_PROBE(const struct rule_ctx *c)
{
	return is_probe(c) ? source_range_missing(c) : ANSWER_NO;
}
