// SPDX-License-Identifier: BSD-2-Clause
/*
 * What hostroute's own programs need of the kernel where the agent's make do without. Notes: they say nothing of what
 * the agent would do, and service_parts.c makes of them what a bundle serves.
 */
#include "common/cleanup.h"
#include "probe/verdict_rules.h"

enum tri rule_test_OWN_NODEPORT(const struct rule_ctx *c)
{
	return tri_and(c->nodeport, rule_missing(c, FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH));
}

enum tri rule_test_OWN_SOCKET_LB(const struct rule_ctx *c)
{
	static const enum feature_id needs[] = {
		FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE,
		FEATURE_HELPER_SOCK_NETNS_COOKIE,
		FEATURE_ATTACH_CONNECT6,
		FEATURE_ATTACH_GETPEERNAME4,
		FEATURE_ATTACH_GETPEERNAME6,
	};
	enum tri missing = ANSWER_NO;

	for (size_t i = 0; missing != ANSWER_YES && i < ARRAY_SIZE(needs); i++)
		missing = tri_or(missing, rule_missing(c, needs[i]));
	return tri_and(tri_or(c->socket_tcp, c->socket_udp), missing);
}
