// SPDX-License-Identifier: BSD-2-Clause
/* The agent's view of its options before any rule: effective families, masquerading, services, ports. */
#include <stdio.h>
#include <string.h>

#include "probe/verdict_rules.h"

static const char *text_of(const struct rule_ctx *c, enum option_id option)
{
	return option_text(c->opts, option);
}

static enum kpr_mode read_kpr(const char *text)
{
	static const char *const names[KPR__COUNT] = {
		[KPR_STRICT] = "strict",
		[KPR_PROBE] = "probe",
		[KPR_PARTIAL] = "partial",
		[KPR_DISABLED] = "disabled",
	};

	for (enum kpr_mode mode = 0; mode < KPR__COUNT; mode++)
		if (!strcmp(text, names[mode]))
			return mode;
	return KPR_STRICT;
}

/* The former name wins where only it is set. */
static const char *lb_value(const struct rule_ctx *c, enum option_id now, enum option_id former)
{
	bool use_former = option_is_set(c->opts, former) && !option_is_set(c->opts, now);

	return text_of(c, use_former ? former : now);
}

static void read_node_ports(struct rule_ctx *c)
{
	const char *rest = text_of(c, OPT_NODE_PORT_RANGE);
	char first[8], last[8], more[8];
	uint16_t min, max;

	c->node_port_min = 30000;
	c->node_port_max = 32767;
	if (!rule_next_word(&rest, RULE_BLANKS ",", first, sizeof(first)))
		return;
	if (rule_next_word(&rest, RULE_BLANKS ",", last, sizeof(last)) &&
	    !rule_next_word(&rest, RULE_BLANKS ",", more, sizeof(more)) &&
	    !parse_u16(first, &min) && !parse_u16(last, &max)) {
		c->node_port_min = min;
		c->node_port_max = max;
	} else {
		c->node_port_min = c->node_port_max = 0;
	}
}

static bool has_proto(const struct rule_ctx *c, const char *proto)
{
	const char *rest = text_of(c, OPT_HOST_REACHABLE_SERVICES_PROTOS);
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS ",", word, sizeof(word)))
		if (!strcasecmp(word, proto))
			return true;
	return false;
}

/* lb-only is a load balancer without pods: it implies partial with everything a load balancer needs. */
static void read_services(struct rule_ctx *c)
{
	bool wants_all, wants_socket;

	c->kpr = c->lb_only ? KPR_PARTIAL : read_kpr(text_of(c, OPT_KUBE_PROXY_REPLACEMENT));
	wants_all = c->kpr == KPR_STRICT || c->kpr == KPR_PROBE || c->lb_only;
	wants_socket = c->kpr == KPR_PARTIAL && c->socket_lb_wanted;
	c->nodeport =
		tri_of(wants_all || (c->kpr == KPR_PARTIAL && is_on(c, OPT_ENABLE_NODE_PORT)));
	c->socket_tcp = tri_of(wants_all || (wants_socket && has_proto(c, "tcp")));
	c->socket_udp = tri_of(wants_all || (wants_socket && has_proto(c, "udp")));
	c->session_affinity =
		tri_of((wants_all && !c->lb_only) || is_on(c, OPT_ENABLE_SESSION_AFFINITY));
	c->lb_mode = lb_value(c, OPT_BPF_LB_MODE, OPT_NODE_PORT_MODE);
	c->lb_algorithm = lb_value(c, OPT_BPF_LB_ALGORITHM, OPT_NODE_PORT_ALGORITHM);
	c->lb_acceleration = lb_value(c, OPT_BPF_LB_ACCELERATION, OPT_NODE_PORT_ACCELERATION);
	read_node_ports(c);
}

void rules_read_options(struct rule_ctx *c)
{
	c->lb_only = !strcmp(text_of(c, OPT_DATAPATH_MODE), "lb-only");
	c->tunnel = !c->lb_only && strcmp(text_of(c, OPT_TUNNEL), "disabled");
	c->ipv4 = is_on(c, OPT_ENABLE_IPV4);
	c->ipv6 = is_on(c, OPT_ENABLE_IPV6);
	c->l7_proxy = !c->lb_only && is_on(c, OPT_ENABLE_L7_PROXY);
	c->masq4 = !c->lb_only && c->ipv4 && is_on(c, OPT_ENABLE_IPV4_MASQUERADE);
	c->masq6 = !c->lb_only && c->ipv6 && is_on(c, OPT_ENABLE_IPV6_MASQUERADE);
	c->socket_lb_wanted =
		is_on(c, OPT_BPF_LB_SOCK) || is_on(c, OPT_ENABLE_HOST_REACHABLE_SERVICES);
	c->refused = ANSWER_NO;
	c->legacy = ANSWER_NO;
	c->bandwidth = tri_of(is_on(c, OPT_ENABLE_BANDWIDTH_MANAGER));
	c->bpf_masq = tri_of(c->masq4 && is_on(c, OPT_ENABLE_BPF_MASQUERADE));
	read_services(c);
}
