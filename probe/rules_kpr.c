// SPDX-License-Identifier: BSD-2-Clause
/* Rules about the kube-proxy replacement: what it was asked for, and whether kernel and sysctls allow it. */
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "config/maglev.h"
#include "probe/verdict_rules.h"

static enum tri if_strict(const struct rule_ctx *c, enum tri matched)
{
	return is_probe(c) ? ANSWER_NO : matched;
}

static enum tri if_probe(const struct rule_ctx *c, enum tri matched)
{
	return is_probe(c) ? matched : ANSWER_NO;
}

/* For options that only count with NodePort. */
static enum tri if_nodeport(const struct rule_ctx *c, bool matched)
{
	return tri_and(c->nodeport, tri_of(matched));
}

static bool is_dsr(const struct rule_ctx *c)
{
	return !strcmp(c->lb_mode, "dsr");
}

/* For options that 1.18 checks on its own, and older releases with NodePort only. */
static enum tri if_lb_checked(const struct rule_ctx *c, bool matched)
{
	return is_since(c, CILIUM_1_18) ? tri_of(matched) : if_nodeport(c, matched);
}

enum tri rule_test_KPR_MODE(const struct rule_ctx *c)
{
	rule_detail(c, "\"%s\"", option_text(c->opts, OPT_KUBE_PROXY_REPLACEMENT));
	return tri_of(!c->kpr_is_valid);
}

enum tri rule_test_LEGACY_FORCED(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_HOST_LEGACY_ROUTING));
}

enum tri rule_test_KPR_DISABLED(const struct rule_ctx *c)
{
	return tri_of(c->kpr == KPR_DISABLED);
}

enum tri rule_test_KPR_FALSE(const struct rule_ctx *c)
{
	return tri_of(c->kpr == KPR_FALSE);
}

enum tri rule_test_IPSEC_NODEPORT(const struct rule_ctx *c)
{
	return if_strict(c, if_nodeport(c, is_on(c, OPT_ENABLE_IPSEC)));
}

enum tri rule_test_IPSEC_NODEPORT_PROBE(const struct rule_ctx *c)
{
	return if_probe(c, if_nodeport(c, is_on(c, OPT_ENABLE_IPSEC)));
}

enum tri rule_test_LB_MODE(const struct rule_ctx *c)
{
	static const char *const modes[] = { "snat", "dsr", "hybrid", NULL };

	rule_detail(c, "\"%s\"", c->lb_mode);
	return if_lb_checked(c, !rule_text_is_in(c->lb_mode, modes));
}

/* 1.19 asks for a method it knows whatever the mode, and no longer what goes with hybrid. */
enum tri rule_test_DSR_DISPATCH(const struct rule_ctx *c)
{
	static const char *const dsr[] = { "opt", "ipip", NULL };
	const char *dispatch = option_text(c->opts, OPT_BPF_LB_DSR_DISPATCH);
	bool is_hybrid = !strcmp(c->lb_mode, "hybrid");

	rule_detail(c, "\"%s\" with %s", dispatch, c->lb_mode);
	if (is_since(c, CILIUM_1_14) && !strcmp(dispatch, "geneve"))
		return ANSWER_NO;
	if (is_since(c, CILIUM_1_19))
		return tri_of(!rule_text_is_in(dispatch, dsr));
	return if_lb_checked(c, (is_dsr(c) && !rule_text_is_in(dispatch, dsr)) ||
					(is_hybrid && strcmp(dispatch, "opt")));
}

enum tri rule_test_DSR_XLATE(const struct rule_ctx *c)
{
	static const char *const values[] = { "frontend", "backend", NULL };
	const char *xlate = option_text(c->opts, OPT_BPF_LB_DSR_L4_XLATE);

	rule_detail(c, "\"%s\"", xlate);
	return if_nodeport(c, is_dsr(c) && !rule_text_is_in(xlate, values));
}

/* A prefix of no length would be no source address at all. */
static bool is_bad_source(const char *text, int family)
{
	const char *slash = strchr(text, '/');
	uint64_t len;

	return *text && (!rule_is_cidr(text, family) || parse_uint(slash + 1, 128, &len) || !len);
}

enum tri rule_test_RSS_CIDR(const struct rule_ctx *c)
{
	const char *source4 = option_text(c->opts, OPT_BPF_LB_RSS_IPV4_SRC_CIDR);
	const char *source6 = option_text(c->opts, OPT_BPF_LB_RSS_IPV6_SRC_CIDR);
	bool is_bad = is_bad_source(source4, AF_INET) || is_bad_source(source6, AF_INET6);
	bool is_ipip = is_dsr(c) && !strcmp(option_text(c->opts, OPT_BPF_LB_DSR_DISPATCH), "ipip");

	rule_detail(c, "%s%s%s", source4, *source4 && *source6 ? " and " : "", source6);
	return if_nodeport(c, is_bad || ((*source4 || *source6) && !is_ipip));
}

enum tri rule_test_LB_ALGORITHM(const struct rule_ctx *c)
{
	static const char *const values[] = { "random", "maglev", NULL };

	rule_detail(c, "\"%s\"", c->lb_algorithm);
	return if_lb_checked(c, !rule_text_is_in(c->lb_algorithm, values));
}

enum tri rule_test_LB_ACCELERATION(const struct rule_ctx *c)
{
	static const char *const values[] = { "disabled", "native", "testing-only", NULL };

	if (is_since(c, CILIUM_1_15) && !strcmp(c->lb_acceleration, "best-effort"))
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", c->lb_acceleration);
	return if_lb_checked(c, !rule_text_is_in(c->lb_acceleration, values));
}

enum tri rule_test_MAGLEV_SIZE(const struct rule_ctx *c)
{
	int64_t size = option_int(c->opts, OPT_BPF_LB_MAGLEV_TABLE_SIZE);

	if (maglev_size_is_valid(size))
		return ANSWER_NO;
	rule_detail(c, "%lld", (long long)size);
	return if_nodeport(c, !strcmp(c->lb_algorithm, "maglev"));
}

enum tri rule_test_MAGLEV_SEED(const struct rule_ctx *c)
{
	uint32_t seed[HR_MAGLEV_SEEDS];
	bool is_valid = maglev_seed_parse(option_text(c->opts, OPT_BPF_LB_MAGLEV_HASH_SEED), seed);

	return if_nodeport(c, !strcmp(c->lb_algorithm, "maglev") && !is_valid);
}

enum tri rule_test_XDP_TUNNEL(const struct rule_ctx *c)
{
	return if_nodeport(c, c->tunnel && strcmp(c->lb_acceleration, "disabled"));
}

enum tri rule_test_DSR_TUNNEL(const struct rule_ctx *c)
{
	return if_nodeport(c, c->tunnel && strcmp(c->lb_mode, "snat"));
}

/* Geneve carries the service's address in its options; from 1.15 on that is a tunnel without tunnel routing. */
enum tri rule_test_DSR_TUNNEL_REFUSED(const struct rule_ctx *c)
{
	const char *dispatch = option_text(c->opts, OPT_BPF_LB_DSR_DISPATCH);
	bool is_protocol = !strcmp(c->tunnel_protocol, "geneve");
	bool is_dispatch = !strcmp(dispatch, "geneve");
	bool clashes = c->tunnel ? !is_protocol || !is_dispatch : is_dispatch && !is_protocol;

	rule_detail(c, "%s with dispatch %s", c->tunnel_protocol, dispatch);
	if (!c->tunnel && !is_since(c, CILIUM_1_15))
		return ANSWER_NO;
	return if_nodeport(c, is_dsr_or_hybrid(c) && clashes);
}

/* Up to 1.16 for lb-only, and what a tunnel forbids comes first. */
enum tri rule_test_DSR_IPIP(const struct rule_ctx *c)
{
	bool is_ipip = !strcmp(option_text(c->opts, OPT_BPF_LB_DSR_DISPATCH), "ipip");
	bool is_accelerated = strcmp(c->lb_acceleration, "disabled");

	if (is_since(c, CILIUM_1_17))
		return if_nodeport(c, is_dsr_or_hybrid(c) && is_ipip && !is_accelerated);
	return if_nodeport(c,
			   is_dsr(c) && is_ipip && !c->tunnel && !(c->lb_only && is_accelerated));
}

/* Where each service may choose its mode, both must be there. */
enum tri rule_test_MODE_ANNOTATION(const struct rule_ctx *c)
{
	bool is_ipip = !strcmp(option_text(c->opts, OPT_BPF_LB_DSR_DISPATCH), "ipip");

	return if_lb_checked(c, is_on(c, OPT_BPF_LB_MODE_ANNOTATION) &&
					(!strcmp(c->lb_mode, "hybrid") || !is_ipip));
}

static bool is_full_replacement(const struct rule_ctx *c)
{
	if (!c->kpr_by_switches)
		return true;
	return is_on(c, OPT_ENABLE_HOST_PORT) && is_on(c, OPT_ENABLE_EXTERNAL_IPS) &&
	       c->nodeport == ANSWER_YES && c->socket_tcp == ANSWER_YES &&
	       c->socket_udp == ANSWER_YES && c->session_affinity == ANSWER_YES;
}

enum tri rule_test_NOCT_KPR(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_INSTALL_NO_CONNTRACK_IPTABLES_RULES) && c->kpr != KPR_DISABLED &&
		      !is_full_replacement(c));
}

enum tri rule_test_NOCT_MASQ(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_INSTALL_NO_CONNTRACK_IPTABLES_RULES) && c->kpr != KPR_DISABLED &&
		      (c->masq4 || c->masq6) && !is_on(c, OPT_ENABLE_BPF_MASQUERADE));
}

enum tri rule_test_FIB_LOOKUP(const struct rule_ctx *c)
{
	enum tri missing = rule_missing(c, FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP);

	return if_strict(c, tri_and(c->nodeport, missing));
}

enum tri rule_test_FIB_LOOKUP_CLS(const struct rule_ctx *c)
{
	return tri_and(c->nodeport, rule_missing(c, FEATURE_HELPER_SCHED_CLS_FIB_LOOKUP));
}

enum tri rule_test_FIB_LOOKUP_PROBE(const struct rule_ctx *c)
{
	enum tri missing = rule_missing(c, FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP);

	return if_probe(c, tri_and(c->nodeport, missing));
}

/* Is [min, max] inside one entry of a list such as "8080,30000-32767"? */
static bool is_reserved(const char *list, uint16_t min, uint16_t max)
{
	char entry[16];

	while (rule_next_word(&list, ",", entry, sizeof(entry))) {
		char *dash = strchr(entry, '-');
		uint16_t from, to;

		if (dash)
			*dash = '\0';
		if (parse_u16(entry, &from) || parse_u16(dash ? dash + 1 : entry, &to))
			continue;
		if (from <= min && to >= max)
			return true;
	}
	return false;
}

static enum tri ports_clash(const struct rule_ctx *c)
{
	const struct node_facts *facts = c->facts;
	uint16_t min = c->node_port_min, max = c->node_port_max;
	uint16_t from = facts->ip_local_port_range[0], to = facts->ip_local_port_range[1];

	if (!facts->devices_known || !max)
		return ANSWER_NO;
	if (!facts->has_ip_local_port_range) {
		rule_detail(c, "net.ipv4.ip_local_port_range or ip_local_reserved_ports");
		return ANSWER_UNKNOWN;
	}
	if (max < from)
		return ANSWER_NO;
	rule_detail(c, "NodePorts %u-%u %s %u-%u", min, max, min > to ? "lie above" : "overlap",
		    from, to);
	return tri_of(min > to || (!is_reserved(facts->ip_local_reserved_ports, min, max) &&
				   !is_on(c, OPT_ENABLE_AUTO_PROTECT_NODE_PORT_RANGE)));
}

enum tri rule_test_PORT_RANGE(const struct rule_ctx *c)
{
	return if_strict(c, tri_and(c->nodeport, ports_clash(c)));
}

enum tri rule_test_PORT_RANGE_PROBE(const struct rule_ctx *c)
{
	return if_probe(c, tri_and(c->nodeport, ports_clash(c)));
}

enum tri rule_test_RECORDER(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_RECORDER))
		return ANSWER_NO;
	return tri_and(c->nodeport, rule_missing_or_old(c, FEATURE_HELPER_XDP_KTIME_GET_BOOT_NS));
}

/* MKE's containers are told apart by a class of net_cls, which only counts with socket load balancing. */
static enum tri is_mke(const struct rule_ctx *c)
{
	return tri_and(tri_of(is_on(c, OPT_ENABLE_MKE)), tri_or(c->socket_tcp, c->socket_udp));
}

static enum tri lacks_mke_helpers(const struct rule_ctx *c)
{
	enum tri wanted = is_mke(c);

	if (wanted == ANSWER_NO)
		return ANSWER_NO;
	return tri_and(wanted, rule_missing(c, FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE));
}

enum tri rule_test_MKE(const struct rule_ctx *c)
{
	return if_strict(c, lacks_mke_helpers(c));
}

enum tri rule_test_MKE_PROBE(const struct rule_ctx *c)
{
	return if_probe(c, lacks_mke_helpers(c));
}

/* A path that the config gives is taken on trust. */
enum tri rule_test_MKE_CGROUP(const struct rule_ctx *c)
{
	enum tri wanted = tri_and(is_mke(c), c->nodeport);

	if (*option_text(c->opts, OPT_MKE_CGROUP_MOUNT) || !c->facts->devices_known)
		return ANSWER_NO;
	rule_detail(c, "mke-cgroup-mount is not set");
	return tri_and(wanted, ANSWER_UNKNOWN);
}

/* A hook that exists per family is only asked for in the families that are on. */
static enum tri hook_missing(const struct rule_ctx *c, enum feature_id hook4, enum feature_id hook6)
{
	enum tri missing4 = c->ipv4 ? rule_missing(c, hook4) : ANSWER_NO;

	if (missing4 == ANSWER_YES || !c->ipv6)
		return missing4;
	return tri_or(missing4, rule_missing(c, hook6));
}

static enum tri tcp_missing(const struct rule_ctx *c)
{
	return tri_and(c->socket_tcp,
		       hook_missing(c, FEATURE_ATTACH_CONNECT4, FEATURE_ATTACH_CONNECT6));
}

static enum tri udp_missing(const struct rule_ctx *c)
{
	return tri_and(c->socket_udp,
		       hook_missing(c, FEATURE_ATTACH_RECVMSG4, FEATURE_ATTACH_RECVMSG6));
}

enum tri rule_test_SOCKET_LB_TCP(const struct rule_ctx *c)
{
	return if_strict(c, tcp_missing(c));
}

enum tri rule_test_SOCKET_LB_TCP_PROBE(const struct rule_ctx *c)
{
	return if_probe(c, tcp_missing(c));
}

enum tri rule_test_SOCKET_LB_UDP(const struct rule_ctx *c)
{
	return if_strict(c, udp_missing(c));
}

enum tri rule_test_SOCKET_LB_UDP_PROBE(const struct rule_ctx *c)
{
	return if_probe(c, udp_missing(c));
}

enum tri rule_test_SESSION_AFFINITY(const struct rule_ctx *c)
{
	enum tri missing = tri_and(c->session_affinity, rule_missing(c, FEATURE_MAP_LRU_HASH));

	return c->kpr == KPR_DISABLED ? ANSWER_NO : if_strict(c, missing);
}

enum tri rule_test_SESSION_AFFINITY_PROBE(const struct rule_ctx *c)
{
	enum tri missing = tri_and(c->session_affinity, rule_missing(c, FEATURE_MAP_LRU_HASH));

	return c->kpr == KPR_DISABLED ? missing : if_probe(c, missing);
}

enum tri rule_test_AFFINITY_NETNS(const struct rule_ctx *c)
{
	enum tri socket_lb = tri_or(c->socket_tcp, c->socket_udp), missing;

	missing = rule_missing(c, FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE);
	if (missing != ANSWER_YES)
		missing = tri_or(missing, rule_missing(c, FEATURE_HELPER_SOCK_NETNS_COOKIE));
	return tri_and(missing, tri_and(c->session_affinity, socket_lb));
}

/* The agent sees to it only where there are sockets to leave alone. */
enum tri rule_test_SOCKET_LB_HOSTNS(const struct rule_ctx *c)
{
	enum tri socket_lb = tri_or(c->socket_tcp, c->socket_udp);

	if (!option_exists(OPT_BPF_LB_SOCK_HOSTNS_ONLY, c->release) ||
	    !is_on(c, OPT_BPF_LB_SOCK_HOSTNS_ONLY))
		return ANSWER_NO;
	return tri_and(socket_lb, rule_missing(c, FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE));
}

enum tri rule_test_BANDWIDTH_IPSEC(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_BANDWIDTH_MANAGER) && is_on(c, OPT_ENABLE_IPSEC));
}
