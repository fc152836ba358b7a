// SPDX-License-Identifier: BSD-2-Clause
/* Rules about values and combinations of options: what the agent refuses before it looks at kernel or node. */
#include <string.h>

#include "common/cleanup.h"
#include "probe/verdict_rules.h"

#define NANOSECONDS 1000000000LL

/* Matches when the value is none of the list, and names it. */
static enum tri is_not_in(const struct rule_ctx *c, const char *text, const char *const *values)
{
	if (rule_text_is_in(text, values))
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", text);
	return ANSWER_YES;
}

static bool equals_any_case(const char *text, const char *const *values)
{
	for (; *values; values++)
		if (!strcasecmp(text, *values))
			return true;
	return false;
}

static enum tri is_not_in_any_case(const struct rule_ctx *c, const char *text,
				   const char *const *values)
{
	if (equals_any_case(text, values))
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", text);
	return ANSWER_YES;
}

enum tri rule_is_outside(const struct rule_ctx *c, enum option_id option, int64_t min, int64_t max)
{
	int64_t value = option_int(c->opts, option);

	if (value >= min && value <= max)
		return ANSWER_NO;
	rule_detail(c, "%s: %lld", option_defs[option].name, (long long)value);
	return ANSWER_YES;
}

enum tri rule_test_DATAPATH_MODE(const struct rule_ctx *c)
{
	static const struct {
		const char *name;
		enum cilium_release since, until;
	} modes[] = {
		{ "veth", CILIUM_1_9, CILIUM_1_19 },	   { "lb-only", CILIUM_1_9, CILIUM_1_17 },
		{ "ipvlan", CILIUM_1_9, CILIUM_1_11 },	   { "netkit", CILIUM_1_16, CILIUM_1_19 },
		{ "netkit-l2", CILIUM_1_16, CILIUM_1_19 },
	};
	const char *text = rule_text(c, OPT_DATAPATH_MODE);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(text, modes[i].name) && c->release >= modes[i].since &&
		    c->release <= modes[i].until)
			return ANSWER_NO;
	rule_detail(c, "\"%s\"", text);
	return ANSWER_YES;
}

enum tri rule_test_NO_FAMILY(const struct rule_ctx *c)
{
	return tri_of(!c->ipv4 && !c->ipv6);
}

enum tri rule_test_ALLOW_LOCALHOST(const struct rule_ctx *c)
{
	static const char *const values[] = { "auto", "always", "policy", NULL };

	return is_not_in_any_case(c, rule_text(c, OPT_ALLOW_LOCALHOST), values);
}

enum tri rule_test_MONITOR_AGGREGATION(const struct rule_ctx *c)
{
	const char *text = rule_text(c, OPT_MONITOR_AGGREGATION);
	unsigned int level;

	if (rule_monitor_level(text, &level))
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", text);
	return ANSWER_YES;
}

enum tri rule_test_TCP_FLAGS(const struct rule_ctx *c)
{
	const char *rest = rule_text(c, OPT_MONITOR_AGGREGATION_FLAGS);
	unsigned int bits = 0;
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS, word, sizeof(word))) {
		if (rule_tcp_flag(word, &bits))
			continue;
		rule_detail(c, "\"%s\"", word);
		return ANSWER_YES;
	}
	return ANSWER_NO;
}

enum tri rule_test_POLICY(const struct rule_ctx *c)
{
	static const char *const values[] = { "default", "always", "never", NULL };

	return is_not_in_any_case(c, rule_text(c, OPT_ENABLE_POLICY), values);
}

enum tri rule_test_SOCKET_LB_PROTOS(const struct rule_ctx *c)
{
	static const char *const protos[] = { "tcp", "udp", NULL };
	const char *rest = rule_text(c, OPT_HOST_REACHABLE_SERVICES_PROTOS);
	bool is_empty = true;
	char word[64];

	if (!c->socket_lb_wanted)
		return ANSWER_NO;
	for (; rule_next_word(&rest, RULE_BLANKS ",", word, sizeof(word)); is_empty = false) {
		if (equals_any_case(word, protos))
			continue;
		rule_detail(c, "\"%s\"", word);
		return ANSWER_YES;
	}
	return tri_of(is_empty);
}

/* An empty list keeps the default; rules_read_options() leaves 0..0 for what is malformed. */
enum tri rule_test_NODE_PORT_RANGE(const struct rule_ctx *c)
{
	if (c->node_port_min < c->node_port_max)
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", rule_text(c, OPT_NODE_PORT_RANGE));
	return ANSWER_YES;
}

enum tri rule_test_LB_ALIASES(const struct rule_ctx *c)
{
	static const enum option_id pairs[][2] = {
		{ OPT_BPF_LB_MODE, OPT_NODE_PORT_MODE },
		{ OPT_BPF_LB_ALGORITHM, OPT_NODE_PORT_ALGORITHM },
		{ OPT_BPF_LB_ACCELERATION, OPT_NODE_PORT_ACCELERATION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		enum option_id now = pairs[i][0], former = pairs[i][1];

		if (!option_is_set(c->opts, now) || !option_is_set(c->opts, former) ||
		    !strcmp(rule_text(c, now), rule_text(c, former)))
			continue;
		rule_detail(c, "%s and %s", option_defs[now].name, option_defs[former].name);
		return ANSWER_YES;
	}
	return ANSWER_NO;
}

enum tri rule_test_LEASE_TTL(const struct rule_ctx *c)
{
	int64_t ttl = option_int(c->opts, OPT_KVSTORE_LEASE_TTL);

	return tri_of(ttl < 25 * NANOSECONDS || ttl > 86400 * NANOSECONDS);
}

enum tri rule_test_VLAN_BYPASS(const struct rule_ctx *c)
{
	const char *rest = rule_text(c, OPT_VLAN_BPF_BYPASS);
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS, word, sizeof(word))) {
		const char *digits = *word == '+' || *word == '-' ? word + 1 : word;

		if (*digits && strspn(digits, "0123456789") == strlen(digits))
			continue;
		rule_detail(c, "\"%s\"", word);
		return ANSWER_YES;
	}
	return ANSWER_NO;
}

enum tri rule_test_MASQ_IPV6(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_BPF_MASQUERADE) && c->masq6);
}

enum tri rule_test_MASQ_IPV6_HOST_FIREWALL(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_BPF_MASQUERADE) && c->masq6 &&
		      is_on(c, OPT_ENABLE_HOST_FIREWALL));
}

/* Without a kvstore the mode of that name is CRD. */
bool rule_is_identity_mode_crd(const struct rule_ctx *c)
{
	const char *mode = rule_text(c, OPT_IDENTITY_ALLOCATION_MODE);

	return !strcmp(mode, "crd") || (!strcmp(mode, "kvstore") && !*rule_text(c, OPT_KVSTORE));
}

enum tri rule_test_IPAM_V2(const struct rule_ctx *c)
{
	bool is_pooled =
		!strcmp(rule_text(c, OPT_IPAM), "cluster-pool-v2beta") ||
		(is_since(c, CILIUM_1_14) && !strcmp(rule_text(c, OPT_IPAM), "multi-pool"));
	bool lacks_crd = c->release == CILIUM_1_14 && !rule_is_identity_mode_crd(c);

	rule_detail(c, "%s", rule_text(c, OPT_IPAM));
	return tri_of(is_pooled && (c->tunnel || is_on(c, OPT_ENABLE_IPSEC) || lacks_crd));
}

enum tri rule_test_IPSEC_KEY(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) && !*rule_text(c, OPT_IPSEC_KEY_FILE));
}

enum tri rule_test_IPSEC_XFRM(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_IPSEC) || !c->tunnel)
		return ANSWER_NO;
	return rule_missing_or_old(c, FEATURE_XFRM_OUTPUT_MASK);
}

enum tri rule_test_IPSEC_L7(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) && c->l7_proxy &&
		      !is_on(c, OPT_DNSPROXY_ENABLE_TRANSPARENT_MODE) &&
		      !is_on(c, OPT_DNSPROXY_INSECURE_SKIP_TRANSPARENT_MODE_CHECK));
}

enum tri rule_test_IPSEC_IPV4(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) && !c->ipv4);
}

enum tri rule_test_IPSEC_HOST_FIREWALL(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) && is_on(c, OPT_ENABLE_HOST_FIREWALL));
}

enum tri rule_test_WIREGUARD_IPSEC(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_WIREGUARD) && is_on(c, OPT_ENABLE_IPSEC));
}

enum tri rule_test_WIREGUARD_L7(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_WIREGUARD) && c->l7_proxy);
}

static bool is_underlay_ipv6(const struct rule_ctx *c)
{
	return c->tunnel && !strcmp(rule_text(c, OPT_UNDERLAY_PROTOCOL), "ipv6");
}

enum tri rule_test_WIREGUARD_UNDERLAY(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_WIREGUARD) && is_underlay_ipv6(c));
}

enum tri rule_test_XDP_UNDERLAY(const struct rule_ctx *c)
{
	return tri_and(c->nodeport,
		       tri_of(strcmp(c->lb_acceleration, "disabled") && is_underlay_ipv6(c)));
}

enum tri rule_test_L7_IPTABLES(const struct rule_ctx *c)
{
	return tri_of(c->l7_proxy && !is_on(c, OPT_INSTALL_IPTABLES_RULES));
}

enum tri rule_test_AUTO_DIRECT_TUNNEL(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_AUTO_DIRECT_NODE_ROUTES) && c->tunnel);
}

enum tri rule_test_HOST_FIREWALL_ROUTES(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_HOST_FIREWALL) && is_on(c, OPT_ENABLE_ENDPOINT_ROUTES) &&
		      !is_on(c, OPT_ENABLE_REMOTE_NODE_IDENTITY));
}

enum tri rule_test_NOCT_TUNNEL(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_INSTALL_NO_CONNTRACK_IPTABLES_RULES) && c->tunnel);
}

enum tri rule_test_NOCT_IPV4(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_INSTALL_NO_CONNTRACK_IPTABLES_RULES) && !c->ipv4);
}

enum tri rule_test_TUNNEL(const struct rule_ctx *c)
{
	static const char *const tunnels[] = { "", "vxlan", "geneve", "disabled", NULL };

	return is_not_in(c, rule_text(c, OPT_TUNNEL), tunnels);
}

enum tri rule_test_TUNNEL_AND_ROUTING_MODE(const struct rule_ctx *c)
{
	return tri_of(*rule_text(c, OPT_TUNNEL) &&
		      strcmp(rule_text(c, OPT_ROUTING_MODE), "tunnel"));
}

enum tri rule_test_ROUTING_MODE(const struct rule_ctx *c)
{
	static const char *const modes[] = { "tunnel", "native", NULL };

	return is_not_in(c, rule_text(c, OPT_ROUTING_MODE), modes);
}

/* In 1.14 `tunnel` may also say disabled. */
enum tri rule_test_TUNNEL_PROTOCOL(const struct rule_ctx *c)
{
	static const char *const protocols[] = { "vxlan", "geneve", NULL };

	if (c->release == CILIUM_1_14 && !strcmp(c->tunnel_protocol, "disabled"))
		return is_not_in(c, rule_text(c, OPT_TUNNEL_PROTOCOL), protocols);
	return is_not_in(c, c->tunnel_protocol, protocols);
}

enum tri rule_test_TUNNEL_PORT(const struct rule_ctx *c)
{
	return rule_is_outside(c, OPT_TUNNEL_PORT, 0, UINT16_MAX);
}

enum tri rule_test_CLUSTER_ROUTE(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_SINGLE_CLUSTER_ROUTE) && !c->tunnel);
}

enum tri rule_test_CLUSTER_ID(const struct rule_ctx *c)
{
	int64_t max =
		is_since(c, CILIUM_1_15) ? option_int(c->opts, OPT_MAX_CONNECTED_CLUSTERS) : 255;

	return rule_is_outside(c, OPT_CLUSTER_ID, 0, max);
}

enum tri rule_test_CLUSTER_NAME(const struct rule_ctx *c)
{
	return tri_of(option_int(c->opts, OPT_CLUSTER_ID) != 0 &&
		      !strcmp(rule_text(c, OPT_CLUSTER_NAME), "default"));
}

enum tri rule_test_ENI_IPV6(const struct rule_ctx *c)
{
	return tri_of(c->ipv6 && !strcmp(rule_text(c, OPT_IPAM), "eni"));
}

enum tri rule_test_IDENTITY_MODE(const struct rule_ctx *c)
{
	static const char *const modes[] = { "kvstore", "crd", NULL };
	static const char *const both[] = { "doublewrite-readkvstore", "doublewrite-readcrd",
					    NULL };

	if (is_since(c, CILIUM_1_17) &&
	    rule_text_is_in(rule_text(c, OPT_IDENTITY_ALLOCATION_MODE), both))
		return ANSWER_NO;
	return is_not_in(c, rule_text(c, OPT_IDENTITY_ALLOCATION_MODE), modes);
}

enum tri rule_test_NDP_IPV6(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPV6_NDP) && !c->ipv6);
}

enum tri rule_test_SRV6_IPV6(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_SRV6) && !c->ipv6);
}

/* What it needs of the load balancer is asked with NodePort only; `hybrid` is not enough. */
enum tri rule_test_HIGH_SCALE_IPCACHE(const struct rule_ctx *c)
{
	bool is_dsr_geneve = !strcmp(c->lb_mode, "dsr") &&
			     !strcmp(rule_text(c, OPT_BPF_LB_DSR_DISPATCH), "geneve");
	bool fits = !c->tunnel && !c->ipv6 && !is_on(c, OPT_ENABLE_IPSEC) &&
		    !is_on(c, OPT_ENABLE_IPV4_EGRESS_GATEWAY) &&
		    is_on(c, OPT_ENABLE_WELL_KNOWN_IDENTITIES);

	if (!is_on(c, OPT_ENABLE_HIGH_SCALE_IPCACHE))
		return ANSWER_NO;
	return tri_or(tri_of(!fits), tri_and(c->nodeport, tri_of(!is_dsr_geneve)));
}

enum tri rule_test_CNI_CONF(const struct rule_ctx *c)
{
	return tri_of(*rule_text(c, OPT_WRITE_CNI_CONF_WHEN_READY) &&
		      !*rule_text(c, OPT_READ_CNI_CONF));
}

enum tri rule_test_NETKIT_TPROXY(const struct rule_ctx *c)
{
	static const char *const netkit[] = { "netkit", "netkit-l2", NULL };

	return tri_of(is_on(c, OPT_ENABLE_BPF_TPROXY) &&
		      rule_text_is_in(rule_text(c, OPT_DATAPATH_MODE), netkit));
}
