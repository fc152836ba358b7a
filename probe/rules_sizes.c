// SPDX-License-Identifier: BSD-2-Clause
/* Rules about the sizes of the agent's BPF maps, given or led to by the memory of the node. */
#include <string.h>

#include "common/cleanup.h"
#include "config/map_sizes.h"
#include "probe/verdict_rules.h"

#define CT_SIZE_MIN 1024
#define CT_SIZE_MAX (1 << 24)
#define NAT_SIZE_DEFAULT 524288

/* NaN is neither below 0 nor above 1: the agent takes it, and sizes nothing dynamically. */
enum tri rule_test_DYNAMIC_RATIO(const struct rule_ctx *c)
{
	double ratio = option_float(c->opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO);

	if (!(ratio < 0.0 || ratio > 1.0))
		return ANSWER_NO;
	rule_detail(c, "%s", rule_text(c, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO));
	return ANSWER_YES;
}

enum tri rule_test_CT_SIZE(const struct rule_ctx *c)
{
	if (rule_is_outside(c, OPT_BPF_CT_GLOBAL_TCP_MAX, CT_SIZE_MIN, CT_SIZE_MAX) == ANSWER_YES)
		return ANSWER_YES;
	return rule_is_outside(c, OPT_BPF_CT_GLOBAL_ANY_MAX, CT_SIZE_MIN, CT_SIZE_MAX);
}

enum tri rule_test_NAT_SIZE(const struct rule_ctx *c)
{
	return rule_is_outside(c, OPT_BPF_NAT_GLOBAL_MAX, CT_SIZE_MIN, CT_SIZE_MAX);
}

/*
 * The default size is reduced instead. With dynamic sizing the conntrack sizes depend on the
 * node's memory: where that is not among the facts, nothing is claimed.
 */
enum tri rule_test_NAT_OVER_CT(const struct rule_ctx *c)
{
	struct map_memory memory = { c->facts->mem_total, c->facts->possible_cpus };
	int64_t nat = option_int(c->opts, OPT_BPF_NAT_GLOBAL_MAX), ct;
	struct map_sizes sizes;

	map_sizes_read(c->opts, &memory, &sizes);
	if (!option_is_set(c->opts, OPT_BPF_NAT_GLOBAL_MAX) || nat == NAT_SIZE_DEFAULT ||
	    !sizes.ct_tcp || !sizes.ct_any)
		return ANSWER_NO;
	if (__builtin_add_overflow(sizes.ct_tcp, sizes.ct_any, &ct))
		return ANSWER_NO;
	return tri_of(nat > ct);
}

enum tri rule_test_FRAGMENTS_SIZE(const struct rule_ctx *c)
{
	return rule_is_outside(c, OPT_BPF_FRAGMENTS_MAP_MAX, 256, 65536);
}

enum tri rule_test_POLICY_MAP_SIZE(const struct rule_ctx *c)
{
	return rule_is_outside(c, OPT_BPF_POLICY_MAP_MAX, 256, 65536);
}

enum tri rule_test_SOCK_REV_SIZE(const struct rule_ctx *c)
{
	if (is_since(c, CILIUM_1_18) && !option_int(c->opts, OPT_BPF_SOCK_REV_MAP_MAX))
		return ANSWER_NO;
	return rule_is_outside(c, OPT_BPF_SOCK_REV_MAP_MAX, CT_SIZE_MIN, CT_SIZE_MAX);
}

enum tri rule_test_LB_MAP_SIZE(const struct rule_ctx *c)
{
	static const enum option_id overrides[] = {
		OPT_BPF_LB_SERVICE_MAP_MAX,	 OPT_BPF_LB_SERVICE_BACKEND_MAP_MAX,
		OPT_BPF_LB_REV_NAT_MAP_MAX,	 OPT_BPF_LB_AFFINITY_MAP_MAX,
		OPT_BPF_LB_SOURCE_RANGE_MAP_MAX, OPT_BPF_LB_MAGLEV_MAP_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(overrides); i++)
		if (rule_is_outside(c, overrides[i], 0, INT64_MAX) == ANSWER_YES)
			return ANSWER_YES;
	return rule_is_outside(c, OPT_BPF_LB_MAP_MAX, 1, INT64_MAX);
}

enum tri rule_test_DISTRIBUTED_LRU(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_BPF_DISTRIBUTED_LRU) &&
		      !(option_float(c->opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO) > 0.0));
}
