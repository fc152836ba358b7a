// SPDX-License-Identifier: BSD-2-Clause
/* The agent's view of its options before any rule: effective families, masquerading, services, ports. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/govalue.h"
#include "probe/verdict_rules.h"

static const struct {
	const char *name;
	enum kpr_mode mode;
	enum cilium_release since, until;
} kpr_values[] = {
	{ "strict", KPR_STRICT, CILIUM_1_9, CILIUM_1_15 },
	{ "probe", KPR_PROBE, CILIUM_1_9, CILIUM_1_12 },
	{ "partial", KPR_PARTIAL, CILIUM_1_9, CILIUM_1_15 },
	{ "disabled", KPR_DISABLED, CILIUM_1_9, CILIUM_1_15 },
	{ "true", KPR_TRUE, CILIUM_1_14, CILIUM_1_18 },
	{ "false", KPR_FALSE, CILIUM_1_14, CILIUM_1_18 },
};

/*
 * A boolean from 1.19 on; what no release knows is taken for full, which is what it was meant to
 * be.
 */
static void read_kpr_mode(struct rule_ctx *c)
{
	const char *text = rule_text(c, OPT_KUBE_PROXY_REPLACEMENT);
	bool value = false;

	c->kpr = is_since(c, CILIUM_1_14) ? KPR_TRUE : KPR_STRICT;
	if (is_since(c, CILIUM_1_19)) {
		c->kpr_is_valid = !go_parse_bool(text, &value);
		c->kpr = c->kpr_is_valid && !value ? KPR_FALSE : KPR_TRUE;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kpr_values); i++) {
		if (strcmp(text, kpr_values[i].name) || c->release < kpr_values[i].since ||
		    c->release > kpr_values[i].until)
			continue;
		c->kpr = kpr_values[i].mode;
		c->kpr_is_valid = true;
	}
}

static void read_kpr(struct rule_ctx *c)
{
	read_kpr_mode(c);
	if (c->lb_only) {
		c->kpr = is_since(c, CILIUM_1_14) ? KPR_FALSE : KPR_PARTIAL;
		c->kpr_is_valid = true;
	}
	c->kpr_full = c->kpr == KPR_STRICT || c->kpr == KPR_PROBE || c->kpr == KPR_TRUE;
	c->kpr_by_switches = c->kpr == KPR_PARTIAL || c->kpr == KPR_FALSE;
}

/* The former name wins where only it is set, from 1.18 on always. */
static const char *lb_value(const struct rule_ctx *c, enum option_id now, enum option_id former)
{
	bool use_former = option_is_set(c->opts, former) &&
			  (is_since(c, CILIUM_1_18) || !option_is_set(c->opts, now));

	return rule_text(c, use_former ? former : now);
}

static void read_node_ports(struct rule_ctx *c)
{
	const char *rest = rule_text(c, OPT_NODE_PORT_RANGE);
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
	const char *rest = rule_text(c, OPT_HOST_REACHABLE_SERVICES_PROTOS);
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS ",", word, sizeof(word)))
		if (!strcasecmp(word, proto))
			return true;
	return false;
}

/* From 1.13 on both protocols come with one switch. */
static bool socket_lb_has(const struct rule_ctx *c, const char *proto)
{
	return is_since(c, CILIUM_1_13) || has_proto(c, proto);
}

static bool is_socket_lb_wanted(const struct rule_ctx *c)
{
	bool by_key = is_since(c, CILIUM_1_12) && is_on(c, OPT_BPF_LB_SOCK);
	bool by_former = !is_since(c, CILIUM_1_13) && is_on(c, OPT_ENABLE_HOST_REACHABLE_SERVICES);

	return by_key || by_former;
}

/* Up to 1.18 by its own key, which 1.19 no longer has; 1.14 and 1.15 add it for Envoy, not with IPsec. */
static bool is_nodeport_switched_on(const struct rule_ctx *c)
{
	bool for_envoy = is_on(c, OPT_ENABLE_ENVOY_CONFIG) && !is_on(c, OPT_ENABLE_IPSEC) &&
			 is_since(c, CILIUM_1_14) && !is_since(c, CILIUM_1_16);

	if (!c->kpr_by_switches || is_since(c, CILIUM_1_19))
		return false;
	return is_on(c, OPT_ENABLE_NODE_PORT) || for_envoy;
}

/* lb-only is a load balancer without pods: it implies everything a load balancer needs. */
static void read_services(struct rule_ctx *c)
{
	bool wants_all, wants_socket;

	read_kpr(c);
	wants_all = c->kpr_full || c->lb_only;
	wants_socket = c->kpr_by_switches && c->socket_lb_wanted;
	c->nodeport_wanted = wants_all || is_nodeport_switched_on(c);
	c->nodeport = tri_of(c->nodeport_wanted);
	c->socket_tcp = tri_of(wants_all || (wants_socket && socket_lb_has(c, "tcp")));
	c->socket_udp = tri_of(wants_all || (wants_socket && socket_lb_has(c, "udp")));
	c->session_affinity = tri_of(c->kpr_full || is_since(c, CILIUM_1_18) ||
				     is_on(c, OPT_ENABLE_SESSION_AFFINITY));
	c->lb_mode = lb_value(c, OPT_BPF_LB_MODE, OPT_NODE_PORT_MODE);
	c->lb_algorithm = lb_value(c, OPT_BPF_LB_ALGORITHM, OPT_NODE_PORT_ALGORITHM);
	c->lb_acceleration = lb_value(c, OPT_BPF_LB_ACCELERATION, OPT_NODE_PORT_ACCELERATION);
	read_node_ports(c);
}

/*
 * `tunnel` up to 1.13, routing-mode and tunnel-protocol from 1.15 on; 1.14 has both, and `tunnel`
 * wins.
 */
static void read_routing(struct rule_ctx *c)
{
	const char *tunnel = rule_text(c, OPT_TUNNEL);
	bool by_tunnel = !is_since(c, CILIUM_1_14) || (c->release == CILIUM_1_14 && *tunnel);

	c->tunnel_protocol = by_tunnel ? tunnel : rule_text(c, OPT_TUNNEL_PROTOCOL);
	if (by_tunnel && !*tunnel)
		c->tunnel_protocol = "vxlan";
	if (by_tunnel)
		c->tunnel = strcmp(tunnel, "disabled");
	else
		c->tunnel = strcmp(rule_text(c, OPT_ROUTING_MODE), "native");
	c->tunnel = c->tunnel && !c->lb_only;
}

/* 1.9 has one key for both families. */
static bool is_masquerading(const struct rule_ctx *c, enum option_id of_family)
{
	return !c->lb_only && is_on(c, is_since(c, CILIUM_1_10) ? of_family : OPT_MASQUERADE);
}

/* In BPF up to 1.13 for IPv4 only. */
static void read_masquerade(struct rule_ctx *c)
{
	c->masq4 = c->ipv4 && is_masquerading(c, OPT_ENABLE_IPV4_MASQUERADE);
	c->masq6 = c->ipv6 && is_masquerading(c, OPT_ENABLE_IPV6_MASQUERADE);
	c->bpf_masq_wanted = is_on(c, OPT_ENABLE_BPF_MASQUERADE) &&
			     (c->masq4 || (c->masq6 && is_since(c, CILIUM_1_14)));
	c->bpf_masq = tri_of(c->bpf_masq_wanted);
}

void rules_read_options(struct rule_ctx *c)
{
	c->release = c->opts->release;
	c->lb_only =
		!strcmp(rule_text(c, OPT_DATAPATH_MODE), "lb-only") && !is_since(c, CILIUM_1_18);
	c->ipv4 = is_on(c, OPT_ENABLE_IPV4);
	c->ipv6 = is_on(c, OPT_ENABLE_IPV6);
	c->l7_proxy = !c->lb_only && is_on(c, OPT_ENABLE_L7_PROXY);
	c->socket_lb_wanted = is_socket_lb_wanted(c);
	c->refused = ANSWER_NO;
	c->legacy = ANSWER_NO;
	c->bandwidth = tri_of(is_on(c, OPT_ENABLE_BANDWIDTH_MANAGER));
	read_routing(c);
	read_masquerade(c);
	read_services(c);
}
