// SPDX-License-Identifier: BSD-2-Clause
/* What 1.16 and newer want of a kernel before they look at any option. */
#include "common/cleanup.h"
#include "probe/verdict_rules.h"

/* Helpers that only count from a release on. */
static const struct {
	enum feature_id feature;
	enum cilium_release since;
} required[] = {
	{ FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH, CILIUM_1_18 },
	{ FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, CILIUM_1_18 },
	{ FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD, CILIUM_1_18 },
	{ FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_TAIL, CILIUM_1_18 },
	{ FEATURE_HELPER_SCHED_CLS_CSUM_LEVEL, CILIUM_1_18 },
	{ FEATURE_HELPER_SCHED_CLS_JIFFIES64, CILIUM_1_18 },
	{ FEATURE_HELPER_XDP_JIFFIES64, CILIUM_1_18 },
	{ FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE, CILIUM_1_18 },
	{ FEATURE_HELPER_SOCK_ADDR_SOCKET_COOKIE, CILIUM_1_18 },
	{ FEATURE_HELPER_SOCK_NETNS_COOKIE, CILIUM_1_18 },
	{ FEATURE_HELPER_SCHED_CLS_FIB_LOOKUP, CILIUM_1_19 },
};

enum tri rule_test_KERNEL_REQUIREMENT(const struct rule_ctx *c)
{
	enum tri missing = ANSWER_NO;

	for (size_t i = 0; i < ARRAY_SIZE(required) && missing != ANSWER_YES; i++)
		if (is_since(c, required[i].since))
			missing = tri_or(missing, rule_missing(c, required[i].feature));
	return missing;
}

enum tri rule_test_LARGE_PROGRAMS(const struct rule_ctx *c)
{
	return rule_missing_or_old(c, FEATURE_LARGE_PROGRAM);
}
