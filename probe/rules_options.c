// SPDX-License-Identifier: BSD-2-Clause
/* Rules about values and combinations of options: what the agent refuses before it looks at kernel or node. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/map_sizes.h"
#include "probe/verdict_rules.h"

#define CT_SIZE_MIN 1024
#define CT_SIZE_MAX (1 << 24)
#define NAT_SIZE_DEFAULT 524288
#define NANOSECONDS 1000000000LL

static const char *text_of(const struct rule_ctx *c, enum option_id option)
{
	return option_text(c->opts, option);
}

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

static enum tri is_outside(const struct rule_ctx *c, enum option_id option, int64_t min,
			   int64_t max)
{
	int64_t value = option_int(c->opts, option);

	if (value >= min && value <= max)
		return ANSWER_NO;
	rule_detail(c, "%s: %lld", option_defs[option].name, (long long)value);
	return ANSWER_YES;
}

static enum tri is_bad_cidr(const struct rule_ctx *c, enum option_id option, int family)
{
	const char *text = text_of(c, option);

	if (!*text || rule_is_cidr(text, family))
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", text);
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
	const char *text = text_of(c, OPT_DATAPATH_MODE);

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

	return is_not_in_any_case(c, text_of(c, OPT_ALLOW_LOCALHOST), values);
}

enum tri rule_test_MONITOR_AGGREGATION(const struct rule_ctx *c)
{
	static const char *const levels[] = { "",	 "none", "disabled", "0",      "lowest",
					      "1",	 "low",	 "2",	     "medium", "3",
					      "maximum", "max",	 "4",	     NULL };

	return is_not_in_any_case(c, text_of(c, OPT_MONITOR_AGGREGATION), levels);
}

enum tri rule_test_TCP_FLAGS(const struct rule_ctx *c)
{
	const char *rest = text_of(c, OPT_MONITOR_AGGREGATION_FLAGS);
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

	return is_not_in_any_case(c, text_of(c, OPT_ENABLE_POLICY), values);
}

/* NaN is neither below 0 nor above 1: the agent takes it, and sizes nothing dynamically. */
enum tri rule_test_DYNAMIC_RATIO(const struct rule_ctx *c)
{
	double ratio = option_float(c->opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO);

	if (!(ratio < 0.0 || ratio > 1.0))
		return ANSWER_NO;
	rule_detail(c, "%s", text_of(c, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO));
	return ANSWER_YES;
}

enum tri rule_test_IPV4_CIDR(const struct rule_ctx *c)
{
	if (is_bad_cidr(c, OPT_NATIVE_ROUTING_CIDR, AF_INET) == ANSWER_YES)
		return ANSWER_YES;
	return is_bad_cidr(c, OPT_IPV4_NATIVE_ROUTING_CIDR, AF_INET);
}

enum tri rule_test_IPV6_CIDR(const struct rule_ctx *c)
{
	return is_bad_cidr(c, OPT_IPV6_NATIVE_ROUTING_CIDR, AF_INET6);
}

enum tri rule_test_SOCKET_LB_PROTOS(const struct rule_ctx *c)
{
	static const char *const protos[] = { "tcp", "udp", NULL };
	const char *rest = text_of(c, OPT_HOST_REACHABLE_SERVICES_PROTOS);
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
	rule_detail(c, "\"%s\"", text_of(c, OPT_NODE_PORT_RANGE));
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
		    !strcmp(text_of(c, now), text_of(c, former)))
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
	const char *rest = text_of(c, OPT_VLAN_BPF_BYPASS);
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

enum tri rule_test_EXCLUDE_LOCAL_ADDRESS(const struct rule_ctx *c)
{
	const char *rest = text_of(c, OPT_EXCLUDE_LOCAL_ADDRESS);
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS, word, sizeof(word))) {
		if (rule_is_cidr(word, AF_INET) || rule_is_cidr(word, AF_INET6))
			continue;
		rule_detail(c, "\"%s\"", word);
		return ANSWER_YES;
	}
	return ANSWER_NO;
}

/* Words of a list, all of which fit; more than any count when one does not. */
static size_t count_fitting(const struct rule_ctx *c, enum option_id option,
			    bool (*fits)(const char *))
{
	const char *rest = text_of(c, option);
	char word[64];
	size_t n = 0;

	for (; rule_next_word(&rest, RULE_BLANKS, word, sizeof(word)); n++) {
		if (fits(word))
			continue;
		rule_detail(c, "%s: \"%s\"", option_defs[option].name, word);
		return SIZE_MAX;
	}
	return n;
}

static bool is_ip4(const char *text)
{
	uint32_t ip;

	return !parse_ipv4(text, &ip);
}

static bool is_cidr4(const char *text)
{
	return rule_is_cidr(text, AF_INET);
}

/* Of six bytes, in one of Go's notations: 02:00:..., 02-00-... or 0200.0000.0001. */
static bool is_mac(const char *text)
{
	size_t digits = 0, len = strlen(text);
	size_t group = text[2] == ':' || text[2] == '-' ? 2 : 4;
	char separator = len > group ? text[group] : ':';

	if (len != (group == 2 ? 17 : 14) || (group == 4 && separator != '.'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (i % (group + 1) == group ? text[i] != separator
					     : !isxdigit((unsigned char)text[i]))
			return false;
		digits += i % (group + 1) != group;
	}
	return digits == 12;
}

enum tri rule_test_VTEP(const struct rule_ctx *c)
{
	size_t endpoints;

	if (!is_on(c, OPT_ENABLE_VTEP))
		return ANSWER_NO;
	endpoints = count_fitting(c, OPT_VTEP_ENDPOINT, is_ip4);
	return tri_of(endpoints > 8 || count_fitting(c, OPT_VTEP_CIDR, is_cidr4) != endpoints ||
		      count_fitting(c, OPT_VTEP_MAC, is_mac) != endpoints);
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
	const char *mode = text_of(c, OPT_IDENTITY_ALLOCATION_MODE);

	return !strcmp(mode, "crd") || (!strcmp(mode, "kvstore") && !*text_of(c, OPT_KVSTORE));
}

enum tri rule_test_IPAM_V2(const struct rule_ctx *c)
{
	bool is_pooled = !strcmp(text_of(c, OPT_IPAM), "cluster-pool-v2beta") ||
			 (is_since(c, CILIUM_1_14) && !strcmp(text_of(c, OPT_IPAM), "multi-pool"));
	bool lacks_crd = c->release == CILIUM_1_14 && !rule_is_identity_mode_crd(c);

	rule_detail(c, "%s", text_of(c, OPT_IPAM));
	return tri_of(is_pooled && (c->tunnel || is_on(c, OPT_ENABLE_IPSEC) || lacks_crd));
}

enum tri rule_test_IPSEC_KEY(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) && !*text_of(c, OPT_IPSEC_KEY_FILE));
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
	return c->tunnel && !strcmp(text_of(c, OPT_UNDERLAY_PROTOCOL), "ipv6");
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

	return is_not_in(c, text_of(c, OPT_TUNNEL), tunnels);
}

enum tri rule_test_TUNNEL_AND_ROUTING_MODE(const struct rule_ctx *c)
{
	return tri_of(*text_of(c, OPT_TUNNEL) && strcmp(text_of(c, OPT_ROUTING_MODE), "tunnel"));
}

enum tri rule_test_ROUTING_MODE(const struct rule_ctx *c)
{
	static const char *const modes[] = { "tunnel", "native", NULL };

	return is_not_in(c, text_of(c, OPT_ROUTING_MODE), modes);
}

/* In 1.14 `tunnel` may also say disabled. */
enum tri rule_test_TUNNEL_PROTOCOL(const struct rule_ctx *c)
{
	static const char *const protocols[] = { "vxlan", "geneve", NULL };

	if (c->release == CILIUM_1_14 && !strcmp(c->tunnel_protocol, "disabled"))
		return is_not_in(c, text_of(c, OPT_TUNNEL_PROTOCOL), protocols);
	return is_not_in(c, c->tunnel_protocol, protocols);
}

enum tri rule_test_TUNNEL_PORT(const struct rule_ctx *c)
{
	return is_outside(c, OPT_TUNNEL_PORT, 0, UINT16_MAX);
}

enum tri rule_test_CLUSTER_ROUTE(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_SINGLE_CLUSTER_ROUTE) && !c->tunnel);
}

enum tri rule_test_CLUSTER_ID(const struct rule_ctx *c)
{
	int64_t max =
		is_since(c, CILIUM_1_15) ? option_int(c->opts, OPT_MAX_CONNECTED_CLUSTERS) : 255;

	return is_outside(c, OPT_CLUSTER_ID, 0, max);
}

enum tri rule_test_CLUSTER_NAME(const struct rule_ctx *c)
{
	return tri_of(option_int(c->opts, OPT_CLUSTER_ID) != 0 &&
		      !strcmp(text_of(c, OPT_CLUSTER_NAME), "default"));
}

enum tri rule_test_CT_SIZE(const struct rule_ctx *c)
{
	if (is_outside(c, OPT_BPF_CT_GLOBAL_TCP_MAX, CT_SIZE_MIN, CT_SIZE_MAX) == ANSWER_YES)
		return ANSWER_YES;
	return is_outside(c, OPT_BPF_CT_GLOBAL_ANY_MAX, CT_SIZE_MIN, CT_SIZE_MAX);
}

enum tri rule_test_NAT_SIZE(const struct rule_ctx *c)
{
	return is_outside(c, OPT_BPF_NAT_GLOBAL_MAX, CT_SIZE_MIN, CT_SIZE_MAX);
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
	return is_outside(c, OPT_BPF_FRAGMENTS_MAP_MAX, 256, 65536);
}

enum tri rule_test_POLICY_MAP_SIZE(const struct rule_ctx *c)
{
	return is_outside(c, OPT_BPF_POLICY_MAP_MAX, 256, 65536);
}

enum tri rule_test_SOCK_REV_SIZE(const struct rule_ctx *c)
{
	if (is_since(c, CILIUM_1_18) && !option_int(c->opts, OPT_BPF_SOCK_REV_MAP_MAX))
		return ANSWER_NO;
	return is_outside(c, OPT_BPF_SOCK_REV_MAP_MAX, CT_SIZE_MIN, CT_SIZE_MAX);
}

enum tri rule_test_LB_MAP_SIZE(const struct rule_ctx *c)
{
	static const enum option_id overrides[] = {
		OPT_BPF_LB_SERVICE_MAP_MAX,	 OPT_BPF_LB_SERVICE_BACKEND_MAP_MAX,
		OPT_BPF_LB_REV_NAT_MAP_MAX,	 OPT_BPF_LB_AFFINITY_MAP_MAX,
		OPT_BPF_LB_SOURCE_RANGE_MAP_MAX, OPT_BPF_LB_MAGLEV_MAP_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(overrides); i++)
		if (is_outside(c, overrides[i], 0, INT64_MAX) == ANSWER_YES)
			return ANSWER_YES;
	return is_outside(c, OPT_BPF_LB_MAP_MAX, 1, INT64_MAX);
}

enum tri rule_test_DISTRIBUTED_LRU(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_BPF_DISTRIBUTED_LRU) &&
		      !(option_float(c->opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO) > 0.0));
}

/* From 1.15 on the ip-masq-agent's list takes the place of the CIDR. */
static bool is_cidr_needed(const struct rule_ctx *c)
{
	return !c->tunnel && !(is_since(c, CILIUM_1_15) && is_on(c, OPT_ENABLE_IP_MASQ_AGENT));
}

enum tri rule_test_IPV4_NATIVE_CIDR(const struct rule_ctx *c)
{
	static const char *const exempt[] = { "eni", "alibabacloud", NULL };
	bool is_set =
		*text_of(c, OPT_IPV4_NATIVE_ROUTING_CIDR) || *text_of(c, OPT_NATIVE_ROUTING_CIDR);

	return tri_of(is_cidr_needed(c) && c->masq4 && !is_set &&
		      !rule_text_is_in(text_of(c, OPT_IPAM), exempt));
}

enum tri rule_test_IPV6_NATIVE_CIDR(const struct rule_ctx *c)
{
	return tri_of(is_cidr_needed(c) && c->masq6 && !*text_of(c, OPT_IPV6_NATIVE_ROUTING_CIDR));
}

enum tri rule_test_ENI_IPV6(const struct rule_ctx *c)
{
	return tri_of(c->ipv6 && !strcmp(text_of(c, OPT_IPAM), "eni"));
}

enum tri rule_test_DELEGATED_PLUGIN(const struct rule_ctx *c)
{
	return tri_of(!strcmp(text_of(c, OPT_IPAM), "delegated-plugin") &&
		      ((c->ipv4 && !*text_of(c, OPT_LOCAL_ROUTER_IPV4)) ||
		       (c->ipv6 && !*text_of(c, OPT_LOCAL_ROUTER_IPV6))));
}

enum tri rule_test_LOCAL_ROUTER(const struct rule_ctx *c)
{
	bool is_set = *text_of(c, OPT_LOCAL_ROUTER_IPV4) || *text_of(c, OPT_LOCAL_ROUTER_IPV6);

	return tri_of(is_set && (c->tunnel || !is_on(c, OPT_ENABLE_ENDPOINT_ROUTES) ||
				 is_on(c, OPT_ENABLE_IPSEC)));
}

enum tri rule_test_IDENTITY_MODE(const struct rule_ctx *c)
{
	static const char *const modes[] = { "kvstore", "crd", NULL };
	static const char *const both[] = { "doublewrite-readkvstore", "doublewrite-readcrd",
					    NULL };

	if (is_since(c, CILIUM_1_17) &&
	    rule_text_is_in(text_of(c, OPT_IDENTITY_ALLOCATION_MODE), both))
		return ANSWER_NO;
	return is_not_in(c, text_of(c, OPT_IDENTITY_ALLOCATION_MODE), modes);
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
			     !strcmp(text_of(c, OPT_BPF_LB_DSR_DISPATCH), "geneve");
	bool fits = !c->tunnel && !c->ipv6 && !is_on(c, OPT_ENABLE_IPSEC) &&
		    !is_on(c, OPT_ENABLE_IPV4_EGRESS_GATEWAY) &&
		    is_on(c, OPT_ENABLE_WELL_KNOWN_IDENTITIES);

	if (!is_on(c, OPT_ENABLE_HIGH_SCALE_IPCACHE))
		return ANSWER_NO;
	return tri_or(tri_of(!fits), tri_and(c->nodeport, tri_of(!is_dsr_geneve)));
}

enum tri rule_test_CNI_CONF(const struct rule_ctx *c)
{
	return tri_of(*text_of(c, OPT_WRITE_CNI_CONF_WHEN_READY) &&
		      !*text_of(c, OPT_READ_CNI_CONF));
}

enum tri rule_test_NETKIT_TPROXY(const struct rule_ctx *c)
{
	static const char *const netkit[] = { "netkit", "netkit-l2", NULL };

	return tri_of(is_on(c, OPT_ENABLE_BPF_TPROXY) &&
		      rule_text_is_in(text_of(c, OPT_DATAPATH_MODE), netkit));
}
