// SPDX-License-Identifier: BSD-2-Clause
/* Reads parts of the kube-proxy replacement off a verdict. */
#include "probe/service_parts.h"

#include <string.h>

#include "common/cleanup.h"

static const char *const names[] = {
	[SERVICE_NODEPORT] = "nodeport",
	[SERVICE_EXTERNAL_IPS] = "external_ips",
	[SERVICE_HOST_PORT] = "host_port",
	[SERVICE_SOURCE_RANGES] = "source_ranges",
	[SERVICE_SOCKET_LB_TCP] = "socket_lb_tcp",
	[SERVICE_SOCKET_LB_UDP] = "socket_lb_udp",
	[SERVICE_SOCKET_LB_HOST_ONLY] = "socket_lb_host_only",
	[SERVICE_SESSION_AFFINITY] = "session_affinity",
	[SERVICE_BIND_PROTECTION] = "bind_protection",
	[SERVICE_TERMINATING_ENDPOINTS] = "terminating_endpoints",
};
_Static_assert(ARRAY_SIZE(names) == SERVICE_PART__COUNT, "name every part");

const char *service_part_name(enum service_part part)
{
	return part < SERVICE_PART__COUNT ? names[part] : "";
}

#define PART(name) (1u << SERVICE_##name)
#define NODEPORT_PARTS (PART(NODEPORT) | PART(EXTERNAL_IPS) | PART(HOST_PORT) | PART(SOURCE_RANGES))
#define SOCKET_PARTS (PART(SOCKET_LB_TCP) | PART(SOCKET_LB_UDP) | PART(SOCKET_LB_HOST_ONLY))

bool service_rule_is_own(enum rule_id rule)
{
	return rule == RULE_OWN_NODEPORT || rule == RULE_OWN_SOCKET_LB;
}

/* The parts that a rule takes away, where it matches. */
static unsigned int parts_of(enum rule_id rule)
{
	switch (rule) {
	case RULE_OWN_NODEPORT:
		return NODEPORT_PARTS;
	case RULE_OWN_SOCKET_LB:
		return SOCKET_PARTS;
	case RULE_SOCKET_LB_TCP_PROBE:
		return PART(SOCKET_LB_TCP);
	case RULE_SOCKET_LB_UDP_PROBE:
		return PART(SOCKET_LB_UDP);
	case RULE_MKE_PROBE:
		return SOCKET_PARTS;
	case RULE_SOCKET_LB_HOSTNS:
		return PART(SOCKET_LB_HOST_ONLY);
	case RULE_SESSION_AFFINITY_PROBE:
		return PART(SESSION_AFFINITY);
	case RULE_SOURCE_RANGE_PROBE:
		return PART(SOURCE_RANGES);
	default:
		return rule_defs[rule].effect == EFFECT_NODEPORT_OFF ? NODEPORT_PARTS : 0;
	}
}

bool service_rule_lessens(enum rule_id rule)
{
	return parts_of(rule) != 0;
}

static bool key_is_on(const struct options *opts, enum option_id option)
{
	return option_exists(option, opts->release) && option_bool(opts, option);
}

/* Every node has the check from the release on that has no key for it any more. */
static bool checks_ranges(const struct options *opts)
{
	return !option_exists(OPT_ENABLE_SVC_SOURCE_RANGE_CHECK, opts->release) ||
	       option_bool(opts, OPT_ENABLE_SVC_SOURCE_RANGE_CHECK);
}

/* What is asked for of NodePort and what goes with it, given that NodePort itself is. */
static unsigned int wanted_with_nodeport(const struct options *opts, const struct verdict *v)
{
	bool is_full =
		!strcmp(v->kpr, "Strict") || !strcmp(v->kpr, "Probe") || !strcmp(v->kpr, "True");
	unsigned int parts = PART(NODEPORT);

	if (is_full || key_is_on(opts, OPT_ENABLE_EXTERNAL_IPS))
		parts |= PART(EXTERNAL_IPS);
	if (is_full || key_is_on(opts, OPT_ENABLE_HOST_PORT))
		parts |= PART(HOST_PORT);
	return parts | (checks_ranges(opts) ? PART(SOURCE_RANGES) : 0);
}

/* What the agent would have on. */
static unsigned int agents_parts(const struct options *opts, const struct verdict *v)
{
	const struct verdict_state *state = &v->state;
	bool has_socket_lb = v->socket_lb_tcp || v->socket_lb_udp;
	bool has_check = state->source_range_check == ANSWER_YES ||
			 !option_exists(OPT_ENABLE_SVC_SOURCE_RANGE_CHECK, opts->release);
	unsigned int parts = 0;

	if (v->nodeport)
		parts |= PART(NODEPORT) | (has_check ? PART(SOURCE_RANGES) : 0);
	if (state->external_ips == ANSWER_YES)
		parts |= PART(EXTERNAL_IPS);
	if (state->host_port == ANSWER_YES)
		parts |= PART(HOST_PORT);
	if (v->socket_lb_tcp)
		parts |= PART(SOCKET_LB_TCP);
	if (v->socket_lb_udp)
		parts |= PART(SOCKET_LB_UDP);
	if (has_socket_lb && key_is_on(opts, OPT_BPF_LB_SOCK_HOSTNS_ONLY))
		parts |= PART(SOCKET_LB_HOST_ONLY);
	if (state->session_affinity == ANSWER_YES)
		parts |= PART(SESSION_AFFINITY);
	return parts;
}

/* What the parts on would lose by a rule, or have lost by it already. */
static unsigned int lost_parts(const struct options *opts, const struct verdict *v,
			       enum rule_id rule, unsigned int had)
{
	unsigned int parts = parts_of(rule);

	if (service_rule_is_own(rule) || rule == RULE_SOCKET_LB_HOSTNS)
		return parts & had;
	if (parts == NODEPORT_PARTS)
		return parts & wanted_with_nodeport(opts, v);
	if (parts == SOCKET_PARTS && !key_is_on(opts, OPT_BPF_LB_SOCK_HOSTNS_ONLY))
		parts &= ~PART(SOCKET_LB_HOST_ONLY);
	return parts;
}

static void turn_off(struct service_parts *out, unsigned int parts, enum rule_id rule)
{
	for (enum service_part part = 0; part < SERVICE_PART__COUNT; part++) {
		if (!(parts & 1u << part))
			continue;
		out->on[part] = false;
		if (out->off_by[part] == RULE__COUNT)
			out->off_by[part] = rule;
	}
}

/* In probe mode kube-proxy may be there, which holds the ports; and it is the sockets' programs that refuse. */
static bool protects_ports(const struct options *opts, const struct verdict *v,
			   const struct service_parts *parts)
{
	return parts->on[SERVICE_NODEPORT] &&
	       (parts->on[SERVICE_SOCKET_LB_TCP] || parts->on[SERVICE_SOCKET_LB_UDP]) &&
	       option_bool(opts, OPT_NODE_PORT_BIND_PROTECTION) && strcmp(v->kpr, "Probe") != 0;
}

void service_parts_decide(const struct options *opts, const struct verdict *verdict,
			  struct service_parts *out)
{
	unsigned int had = agents_parts(opts, verdict);

	*out = (struct service_parts){ 0 };
	for (enum service_part part = 0; part < SERVICE_PART__COUNT; part++) {
		out->on[part] = had & 1u << part;
		out->off_by[part] = RULE__COUNT;
	}
	for (size_t i = 0; i < verdict->count; i++) {
		const struct finding *f = &verdict->findings[i];

		if (f->matched == ANSWER_YES)
			turn_off(out, lost_parts(opts, verdict, f->rule, had), f->rule);
	}
	out->on[SERVICE_BIND_PROTECTION] = protects_ports(opts, verdict, out);
	out->on[SERVICE_TERMINATING_ENDPOINTS] =
		opts->release >= CILIUM_1_11 &&
		option_bool(opts, OPT_ENABLE_K8S_TERMINATING_ENDPOINT);
}
