// SPDX-License-Identifier: BSD-2-Clause
/* What the options amount to once every rule was walked: what an agent would say of its own state. */
#include <ctype.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/verdict_rules.h"

#define VXLAN_PORT 8472
#define GENEVE_PORT 6081

static const struct {
	const char *name;
	unsigned int bits;
} tcp_flags[] = {
	{ "none", 0x00 }, { "all", 0xff }, { "fin", 0x01 }, { "syn", 0x02 }, { "rst", 0x04 },
	{ "psh", 0x08 },  { "ack", 0x10 }, { "urg", 0x20 }, { "ece", 0x40 }, { "cwr", 0x80 },
};

static const struct {
	const char *name;
	unsigned int level;
} monitor_levels[] = {
	{ "", 0 },    { "none", 0 },	{ "disabled", 0 }, { "0", 0 },	    { "lowest", 1 },
	{ "1", 1 },   { "low", 2 },	{ "2", 2 },	   { "medium", 3 }, { "3", 3 },
	{ "max", 4 }, { "maximum", 4 }, { "4", 4 },
};

bool rule_monitor_level(const char *text, unsigned int *level)
{
	for (size_t i = 0; i < ARRAY_SIZE(monitor_levels); i++) {
		if (strcasecmp(text, monitor_levels[i].name))
			continue;
		*level = monitor_levels[i].level;
		return true;
	}
	return false;
}

bool rule_tcp_flag(const char *word, unsigned int *bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(tcp_flags); i++) {
		if (strcasecmp(word, tcp_flags[i].name))
			continue;
		*bits |= tcp_flags[i].bits;
		return true;
	}
	return false;
}

static unsigned int monitor_flags(const struct rule_ctx *c)
{
	const char *rest = option_text(c->opts, OPT_MONITOR_AGGREGATION_FLAGS);
	unsigned int bits = 0;
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS, word, sizeof(word)))
		rule_tcp_flag(word, &bits);
	return bits;
}

static unsigned int monitor_level(const struct rule_ctx *c)
{
	unsigned int level = 0;

	rule_monitor_level(option_text(c->opts, OPT_MONITOR_AGGREGATION), &level);
	return level;
}

/* One of the groups of debug-verbose; `debug` alone is the agent's own. */
static bool debugs_datapath(const struct rule_ctx *c)
{
	const char *rest = option_text(c->opts, OPT_DEBUG_VERBOSE);
	bool found = false;
	char word[64];

	while (!found && rule_next_word(&rest, RULE_BLANKS, word, sizeof(word)))
		found = !strcmp(word, "datapath");
	return found;
}

/* Asked for by its own key, or by a full replacement; nothing of it works without NodePort. */
static enum tri with_nodeport(const struct rule_ctx *c, bool is_wanted)
{
	return tri_and(c->nodeport, tri_of(is_wanted));
}

static enum tri host_port(const struct rule_ctx *c)
{
	return with_nodeport(c, c->kpr_full || (!c->lb_only && is_on(c, OPT_ENABLE_HOST_PORT)));
}

static enum tri external_ips(const struct rule_ctx *c)
{
	return with_nodeport(c, c->kpr_full || c->lb_only || is_on(c, OPT_ENABLE_EXTERNAL_IPS));
}

/*
 * WireGuard keeps the NodePort code, and the check with it, in 1.14 and 1.15. What becomes of the check in
 * releases without the key is not known.
 */
static enum tri source_range_check(const struct rule_ctx *c)
{
	bool by_wireguard = c->kpr_by_switches && is_on(c, OPT_ENABLE_WIREGUARD) &&
			    is_since(c, CILIUM_1_14) && !is_since(c, CILIUM_1_16);
	enum tri lpm = is_probe(c) ? c->features->items[FEATURE_MAP_LPM_TRIE].value : ANSWER_YES;

	if (!option_exists(OPT_ENABLE_SVC_SOURCE_RANGE_CHECK, c->release))
		return ANSWER_UNKNOWN;
	if (!is_on(c, OPT_ENABLE_SVC_SOURCE_RANGE_CHECK))
		return ANSWER_NO;
	return tri_and(tri_or(c->nodeport, tri_of(by_wireguard)), lpm);
}

static enum tri fragment_tracking(const struct rule_ctx *c)
{
	if (!c->ipv4 || !is_on(c, OPT_ENABLE_IPV4_FRAGMENT_TRACKING))
		return ANSWER_NO;
	return c->features->items[FEATURE_MAP_LRU_HASH].value;
}

/* Up to 1.13 direct server return gives way to a tunnel, silently; then it is refused. */
static const char *nodeport_mode(const struct rule_ctx *c)
{
	bool gives_way = !is_since(c, CILIUM_1_14) && c->tunnel && c->nodeport == ANSWER_YES;

	return gives_way ? "snat" : c->lb_mode;
}

/* From 1.15 on also what only some packets need sets the tunnel up. */
static bool has_tunnel(const struct rule_ctx *c)
{
	bool by_dsr = is_dsr_or_hybrid(c) &&
		      !strcmp(option_text(c->opts, OPT_BPF_LB_DSR_DISPATCH), "geneve");

	if (!is_since(c, CILIUM_1_15))
		return c->tunnel || c->release == CILIUM_1_14;
	return c->tunnel || tri_and(c->nodeport, tri_of(by_dsr)) == ANSWER_YES ||
	       is_on(c, OPT_ENABLE_EGRESS_GATEWAY) || is_on(c, OPT_ENABLE_IPV4_EGRESS_GATEWAY);
}

/* The port is chosen before the protocol's default is: up to 1.13 by the text of the key alone. */
static unsigned int tunnel_port(const struct rule_ctx *c)
{
	const char *key = option_text(c->opts, OPT_TUNNEL);
	int64_t port = option_int(c->opts, OPT_TUNNEL_PORT);
	bool is_native_known = c->release == CILIUM_1_13 && !strcmp(key, "disabled");

	if (is_since(c, CILIUM_1_15) && !has_tunnel(c))
		return 0;
	if (port > 0)
		return (unsigned int)port;
	if (!is_since(c, CILIUM_1_14) && strcmp(key, "geneve") && strcmp(key, "vxlan") &&
	    !is_native_known)
		return 0;
	return !strcmp(c->tunnel_protocol, "geneve") ? GENEVE_PORT : VXLAN_PORT;
}

/* kvstore without a kvstore falls back. */
static const char *identity_mode(const struct rule_ctx *c)
{
	return *option_text(c->opts, OPT_KVSTORE)
		       ? option_text(c->opts, OPT_IDENTITY_ALLOCATION_MODE)
		       : "crd";
}

void rules_fill_state(const struct rule_ctx *c, struct verdict_state *out)
{
	*out = (struct verdict_state){
		.bandwidth_manager = c->bandwidth,
		.external_ips = external_ips(c),
		.host_port = host_port(c),
		.session_affinity = c->session_affinity,
		.source_range_check = source_range_check(c),
		.fragment_tracking = fragment_tracking(c),
		.devices_required = c->devices_required,
		.direct_routing = c->direct_routing,
		.nodeport_mode = nodeport_mode(c),
		.lb_algorithm = c->lb_algorithm,
		.tunnel_protocol = has_tunnel(c) ? c->tunnel_protocol : "",
		.tunnel_port = tunnel_port(c),
		.nodeport_min = c->node_port_min,
		.nodeport_max = c->node_port_max,
		.monitor_flags = monitor_flags(c),
		.monitor_level = monitor_level(c),
		.identity_mode = identity_mode(c),
		.debug = is_on(c, OPT_DEBUG),
		.debug_datapath = debugs_datapath(c),
		.ipsec = is_on(c, OPT_ENABLE_IPSEC),
		.wireguard = is_on(c, OPT_ENABLE_WIREGUARD),
	};
}
