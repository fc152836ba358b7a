/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of the kube-proxy replacement there are, and what has turned off the others: what the mode and the keys of
 * the config ask for, less what the kernel or the node lacks. hrprobe's report, the header and the manifest all read
 * this one decision. The table of needs is rules.def.
 * Source: ../shared/reference/cilium-config.md D.
 */
#ifndef HR_PROBE_SERVICE_PARTS_H
#define HR_PROBE_SERVICE_PARTS_H

#include "probe/verdict.h"

enum service_part {
	SERVICE_NODEPORT, /* and LoadBalancers */
	SERVICE_EXTERNAL_IPS,
	SERVICE_HOST_PORT,
	SERVICE_SOURCE_RANGES,
	SERVICE_SOCKET_LB_TCP,
	SERVICE_SOCKET_LB_UDP,
	SERVICE_SOCKET_LB_HOST_ONLY,
	SERVICE_SESSION_AFFINITY,
	SERVICE_BIND_PROTECTION,
	SERVICE_TERMINATING_ENDPOINTS,
	SERVICE_PART__COUNT,
};

struct service_parts {
	bool on[SERVICE_PART__COUNT];
	/* The rule that turned it off; RULE__COUNT where it is on, was not asked for, or only falls with another. */
	enum rule_id off_by[SERVICE_PART__COUNT];
};

/* What is unknown is off, and off by no rule: the verdict says what is unknown. */
void service_parts_decide(const struct options *opts, const struct verdict *verdict,
			  struct service_parts *out);

const char *service_part_name(enum service_part part); /* "nodeport", as the manifest has it */

/* Is the rule about hostroute's programs, and not about the agent's? */
bool service_rule_is_own(enum rule_id rule);

/* Does it turn a part off, where it matches? */
bool service_rule_lessens(enum rule_id rule);

#endif
