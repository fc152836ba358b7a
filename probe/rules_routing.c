// SPDX-License-Identifier: BSD-2-Clause
/* Rules from device selection on: the node's devices, the host-routing conditions, BPF masquerade. */
#include <string.h>

#include "common/cleanup.h"
#include "probe/verdict_rules.h"

static const char *requested_direct_device(const struct rule_ctx *c)
{
	return option_text(c->opts, OPT_DIRECT_ROUTING_DEVICE);
}

static bool is_wildcard(const char *name)
{
	size_t len = strlen(name);

	return len && name[len - 1] == '+';
}

static bool name_matches(const char *wanted, const char *name)
{
	if (is_wildcard(wanted))
		return !strncmp(wanted, name, strlen(wanted) - 1);
	return !strcmp(wanted, name);
}

static void read_device_names(struct rule_ctx *c)
{
	const char *rest = option_text(c->opts, OPT_DEVICES);
	char *out = c->names_text, *end = out + sizeof(c->names_text);

	while (c->request.name_count < ARRAY_SIZE(c->names) && end - out > IFNAMSIZ &&
	       rule_next_word(&rest, RULE_BLANKS, out, (size_t)(end - out))) {
		c->names[c->request.name_count++] = out;
		out += strlen(out) + 1;
	}
	c->request.names = c->names;
}

static const struct fact_device *find_direct_device(const struct rule_ctx *c)
{
	const char *wanted = requested_direct_device(c);

	for (size_t i = 0; *wanted && i < c->devices.count; i++)
		if (name_matches(wanted, c->devices.items[i]->name))
			return c->devices.items[i];
	if (*wanted || c->direct_routing == ANSWER_NO)
		return NULL;
	return facts_device_of_ip(c->facts, c->facts->node_ip);
}

/*
 * What NodePort or host routing want may be unknown here; then the devices are selected as if they wanted it,
 * and the rules about failures stay unknown.
 */
void rules_select_devices(struct rule_ctx *c)
{
	enum tri no_change_head =
		tri_not(c->features->items[FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD].value);

	c->devices_required = tri_or(tri_or(c->nodeport, c->bandwidth),
				     tri_of(is_on(c, OPT_ENABLE_HOST_FIREWALL)));
	c->direct_routing = tri_and(tri_of(!c->tunnel), tri_or(c->nodeport, tri_not(c->legacy)));
	c->l3_skipped = tri_and(no_change_head, tri_not(c->legacy));
	if (!c->facts->devices_known)
		return;
	read_device_names(c);
	if (!c->request.name_count && tri_or(c->devices_required, c->direct_routing) == ANSWER_NO)
		return;
	c->request.families = (c->ipv4 ? FACT_IPV4 : 0) | (c->ipv6 ? FACT_IPV6 : 0);
	c->request.native_routing = c->direct_routing != ANSWER_NO;
	c->request.direct_routing_device = requested_direct_device(c);
	devices_select(&c->request, c->facts, &c->with_l3);
	c->request.skip_l3 = true;
	devices_select(&c->request, c->facts, &c->without_l3);
	c->devices = c->l3_skipped == ANSWER_YES ? c->without_l3 : c->with_l3;
	c->direct_routing_device = find_direct_device(c);
	c->bandwidth = tri_and(c->bandwidth, tri_of(c->devices.count > 0));
}

/* The agent ignores a wildcard without a match as long as another entry gives it a name. */
static enum tri wildcard_fails(const struct rule_ctx *c)
{
	struct device_request named = c->request;
	struct device_list list;

	if (!c->request.name_count || !is_wildcard(c->devices.missing))
		return ANSWER_NO;
	named.native_routing = false;
	devices_select(&named, c->facts, &list);
	rule_detail(c, "%s", c->devices.missing);
	return tri_of(!list.count);
}

static enum tri direct_device_fails(const struct rule_ctx *c)
{
	rule_detail(c, "%s", requested_direct_device(c));
	if (!c->facts->devices_known || !*requested_direct_device(c) || c->direct_routing_device)
		return ANSWER_NO;
	return c->direct_routing;
}

static enum tri node_ip_fails(const struct rule_ctx *c)
{
	char ip[IPV4_TEXT_MAX];

	if (!c->devices.no_node_ip_device)
		return ANSWER_NO;
	if (c->facts->node_ip) {
		rule_detail(c, "%s", ipv4_text(c->facts->node_ip, ip));
		return c->direct_routing;
	}
	rule_detail(c, "the node IP");
	return tri_and(c->direct_routing, ANSWER_UNKNOWN);
}

enum tri rule_test_DEVICE_WILDCARD(const struct rule_ctx *c)
{
	return tri_and(c->devices_required, wildcard_fails(c));
}

enum tri rule_test_DIRECT_ROUTING_DEVICE(const struct rule_ctx *c)
{
	return tri_and(c->devices_required, direct_device_fails(c));
}

enum tri rule_test_NODE_IP_DEVICE(const struct rule_ctx *c)
{
	return tri_and(c->devices_required, node_ip_fails(c));
}

/* Without a feature that needs devices the same failures only cost host routing. */
enum tri rule_test_DEVICE_DETECTION(const struct rule_ctx *c)
{
	enum tri fails = wildcard_fails(c);

	if (fails == ANSWER_NO)
		fails = direct_device_fails(c);
	if (fails == ANSWER_NO)
		fails = node_ip_fails(c);
	return tri_and(tri_not(c->devices_required), fails);
}

static const struct fact_device *first_l3(const struct device_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i]->mac_len)
			return list->items[i];
	return NULL;
}

enum tri rule_test_L3_SKIPPED(const struct rule_ctx *c)
{
	const struct fact_device *dev = first_l3(&c->with_l3);

	if (!dev || c->with_l3.count == c->without_l3.count)
		return ANSWER_NO;
	rule_detail(c, "%s", dev->name);
	return c->l3_skipped;
}

/* A device without an address borrows one of another device: only a node without any has none. */
static enum tri address_fails(const struct rule_ctx *c)
{
	const struct node_facts *facts = c->facts;
	size_t ip4 = 0, ip6 = 0;

	if (!facts->devices_known)
		return ANSWER_NO;
	if (c->devices.missing[0] && !is_wildcard(c->devices.missing)) {
		rule_detail(c, "%s", c->devices.missing);
		return ANSWER_YES;
	}
	for (size_t i = 0; i < facts->device_count; i++) {
		ip4 += facts->devices[i].ip4_count;
		ip6 += facts->devices[i].ip6_count;
	}
	rule_detail(c, "no %s address", c->ipv4 && !ip4 ? "IPv4" : "IPv6");
	return tri_of(c->devices.count && ((c->ipv4 && !ip4) || (c->ipv6 && !ip6)));
}

enum tri rule_test_NODEPORT_ADDRESS(const struct rule_ctx *c)
{
	return is_probe(c) ? ANSWER_NO : tri_and(c->nodeport, address_fails(c));
}

enum tri rule_test_NODEPORT_ADDRESS_PROBE(const struct rule_ctx *c)
{
	return is_probe(c) ? tri_and(c->nodeport, address_fails(c)) : ANSWER_NO;
}

enum tri rule_test_HOST_FIREWALL_DEVICES(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_HOST_FIREWALL) && c->facts->devices_known &&
		      !c->devices.count);
}

static bool is_nodeport_wanted(const struct rule_ctx *c)
{
	if (c->kpr == KPR_PARTIAL)
		return c->lb_only || is_on(c, OPT_ENABLE_NODE_PORT);
	return c->kpr != KPR_DISABLED;
}

enum tri rule_test_NODEPORT_UNSET(const struct rule_ctx *c)
{
	return tri_of(c->kpr == KPR_PARTIAL && !is_nodeport_wanted(c));
}

/* Where NodePort is wanted, IPsec has been dealt with before. */
enum tri rule_test_IPSEC(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_IPSEC) && !is_nodeport_wanted(c));
}

enum tri rule_test_IPTABLES_MASQUERADE(const struct rule_ctx *c)
{
	return tri_of((c->masq4 || c->masq6) && !is_on(c, OPT_ENABLE_BPF_MASQUERADE));
}

enum tri rule_test_ENDPOINT_ROUTES(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_ENDPOINT_ROUTES));
}

enum tri rule_test_L3_DEVICE(const struct rule_ctx *c)
{
	const struct fact_device *kept = first_l3(&c->with_l3);
	const struct fact_device *forced = first_l3(&c->without_l3);

	if (!kept)
		return ANSWER_NO;
	rule_detail(c, "%s", forced ? forced->name : kept->name);
	if (forced)
		return ANSWER_YES;
	if (c->l3_skipped == ANSWER_UNKNOWN)
		rule_detail(c, "%s, depending on %s", kept->name,
			    feature_defs[FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD].name);
	return tri_not(c->l3_skipped);
}

enum tri rule_test_WIREGUARD(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_WIREGUARD));
}

enum tri rule_test_REDIRECT_HELPERS(const struct rule_ctx *c)
{
	enum tri neigh = rule_missing(c, FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH);

	if (neigh == ANSWER_YES)
		return neigh;
	return tri_or(neigh, rule_missing(c, FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER));
}

enum tri rule_test_DEVICE_NAME(const struct rule_ctx *c)
{
	for (size_t i = 0; i < c->devices.count; i++) {
		if (!strpbrk(c->devices.items[i]->name, "=;"))
			continue;
		rule_detail(c, "%s", c->devices.items[i]->name);
		return c->nodeport;
	}
	return ANSWER_NO;
}

enum tri rule_test_DEVICE_IFINDEX(const struct rule_ctx *c)
{
	for (size_t i = 0; i < c->devices.count; i++) {
		if (c->devices.items[i]->ifindex <= UINT16_MAX)
			continue;
		rule_detail(c, "%s has %u", c->devices.items[i]->name,
			    c->devices.items[i]->ifindex);
		return c->nodeport;
	}
	return ANSWER_NO;
}

static enum tri source_range_missing(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_SVC_SOURCE_RANGE_CHECK))
		return ANSWER_NO;
	return tri_and(c->nodeport, rule_missing(c, FEATURE_MAP_LPM_TRIE));
}

enum tri rule_test_SOURCE_RANGE(const struct rule_ctx *c)
{
	return is_probe(c) ? ANSWER_NO : source_range_missing(c);
}

enum tri rule_test_SOURCE_RANGE_PROBE(const struct rule_ctx *c)
{
	return is_probe(c) ? source_range_missing(c) : ANSWER_NO;
}

static bool is_bpf_masq_wanted(const struct rule_ctx *c)
{
	return c->masq4 && is_on(c, OPT_ENABLE_BPF_MASQUERADE);
}

enum tri rule_test_MASQ_OFF(const struct rule_ctx *c)
{
	return tri_of(is_on(c, OPT_ENABLE_BPF_MASQUERADE) && !c->masq4);
}

enum tri rule_test_MASQ_REMOTE_NODE(const struct rule_ctx *c)
{
	return tri_of(is_bpf_masq_wanted(c) && !is_on(c, OPT_ENABLE_REMOTE_NODE_IDENTITY));
}

enum tri rule_test_MASQ_EGRESS_INTERFACES(const struct rule_ctx *c)
{
	return tri_of(is_bpf_masq_wanted(c) &&
		      *option_text(c->opts, OPT_EGRESS_MASQUERADE_INTERFACES));
}

/* With kube-proxy-replacement=disabled socket LB is off for the reason that is reported already. */
enum tri rule_test_MASQ_SOCKET_LB(const struct rule_ctx *c)
{
	if (!is_bpf_masq_wanted(c) || !c->tunnel || c->kpr == KPR_DISABLED)
		return ANSWER_NO;
	if (c->socket_tcp == ANSWER_UNKNOWN)
		rule_missing(c, FEATURE_ATTACH_CONNECT4);
	else if (c->socket_udp == ANSWER_UNKNOWN)
		rule_missing(c, FEATURE_ATTACH_RECVMSG4);
	return tri_not(tri_and(c->socket_tcp, c->socket_udp));
}

enum tri rule_test_IP_MASQ_AGENT(const struct rule_ctx *c)
{
	return tri_and(tri_of(is_on(c, OPT_ENABLE_IP_MASQ_AGENT)), tri_not(c->bpf_masq));
}

enum tri rule_test_IP_MASQ_LPM(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_IP_MASQ_AGENT))
		return ANSWER_NO;
	return rule_missing(c, FEATURE_MAP_LPM_TRIE);
}

enum tri rule_test_EGRESS_GATEWAY(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_IPV4_EGRESS_GATEWAY))
		return ANSWER_NO;
	return tri_or(tri_not(c->bpf_masq), tri_of(!is_on(c, OPT_ENABLE_REMOTE_NODE_IDENTITY)));
}

enum tri rule_test_EGRESS_GATEWAY_KERNEL(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_IPV4_EGRESS_GATEWAY))
		return ANSWER_NO;
	return rule_kernel_before(c, 5, 2);
}

enum tri rule_test_BBR_LEGACY(const struct rule_ctx *c)
{
	return tri_and(tri_of(is_on(c, OPT_ENABLE_BBR)), tri_and(c->bandwidth, c->legacy));
}

enum tri rule_test_BBR_KERNEL(const struct rule_ctx *c)
{
	if (!is_on(c, OPT_ENABLE_BBR))
		return ANSWER_NO;
	return tri_and(c->bandwidth, rule_kernel_before(c, 5, 18));
}
