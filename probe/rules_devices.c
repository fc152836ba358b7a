// SPDX-License-Identifier: BSD-2-Clause
/* Device selection as each release does it, and the rules about the node's devices. */
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

static void read_device_names(struct rule_ctx *c)
{
	const char *separators = is_since(c, CILIUM_1_16) ? RULE_BLANKS "," : RULE_BLANKS;
	const char *rest = option_text(c->opts, OPT_DEVICES);
	char *out = c->names_text, *end = out + sizeof(c->names_text);

	while (c->request.name_count < ARRAY_SIZE(c->names) && end - out > IFNAMSIZ &&
	       rule_next_word(&rest, separators, out, (size_t)(end - out))) {
		c->names[c->request.name_count++] = out;
		out += strlen(out) + 1;
	}
	c->request.names = c->names;
}

/* From 1.15 on direct-routing-device may be a list, with commas. */
static bool is_requested(const struct rule_ctx *c, const struct fact_device *dev)
{
	const char *rest = requested_direct_device(c);
	char word[64];

	if (!is_since(c, CILIUM_1_15))
		return device_name_matches(rest, dev->name);
	while (rule_next_word(&rest, ",", word, sizeof(word)))
		if (device_name_matches(word, dev->name))
			return true;
	return false;
}

static const struct fact_device *find_requested_device(const struct rule_ctx *c)
{
	for (size_t i = 0; *requested_direct_device(c) && i < c->devices.count; i++)
		if (is_requested(c, c->devices.items[i]))
			return c->devices.items[i];
	return NULL;
}

static bool is_selected(const struct rule_ctx *c, const struct fact_device *dev)
{
	for (size_t i = 0; i < c->devices.count; i++)
		if (c->devices.items[i] == dev)
			return true;
	return false;
}

/*
 * From 1.15 on one of the selected devices: the only one, the named one, the one with the node IP.
 */
static const struct fact_device *choose_direct_device(const struct rule_ctx *c)
{
	const struct fact_device *named = find_requested_device(c);
	bool is_name_binding = *requested_direct_device(c) && !is_since(c, CILIUM_1_17);

	if (c->direct_routing == ANSWER_NO || is_name_binding)
		return c->direct_routing == ANSWER_NO ? NULL : named;
	if (c->devices.count == 1)
		return c->devices.items[0];
	if (!named)
		named = facts_node_ip_device(c->facts);
	return named && is_selected(c, named) ? named : NULL;
}

/*
 * Up to 1.14 the named device, or that of the node IP, has joined the selection, whatever it is. Up to 1.10 an
 * only device is the one.
 */
static const struct fact_device *find_direct_device(const struct rule_ctx *c)
{
	const struct fact_device *named = find_requested_device(c);

	if (is_since(c, CILIUM_1_15))
		return choose_direct_device(c);
	if (named || *requested_direct_device(c) || c->direct_routing == ANSWER_NO)
		return named;
	if (!is_since(c, CILIUM_1_11) && c->devices.count == 1)
		return c->devices.items[0];
	return devices_of_node_ip(c->facts);
}

/*
 * Who wants one: NodePort up to 1.11; NodePort and host routing in 1.12 and 1.13, not in a tunnel; in 1.14
 * there too, and WireGuard; from 1.17 on always.
 */
static enum tri is_direct_routing_wanted(const struct rule_ctx *c)
{
	enum tri wanted = tri_or(c->nodeport, tri_not(c->legacy));

	if (!is_since(c, CILIUM_1_12))
		return c->nodeport;
	if (is_since(c, CILIUM_1_17))
		return ANSWER_YES;
	if (is_since(c, CILIUM_1_14))
		return tri_or(wanted, tri_of(is_on(c, OPT_ENABLE_WIREGUARD)));
	return tri_and(tri_of(!c->tunnel), wanted);
}

static enum tri are_devices_required(const struct rule_ctx *c)
{
	bool wireguard = is_since(c, CILIUM_1_14) && is_on(c, OPT_ENABLE_WIREGUARD);
	bool late = is_since(c, CILIUM_1_19) && (is_on(c, OPT_ENABLE_IPSEC) || c->bpf_masq_wanted);

	return tri_or(tri_or(c->nodeport, c->bandwidth),
		      tri_of(wireguard || late || is_on(c, OPT_ENABLE_HOST_FIREWALL)));
}

/*
 * 1.15 attaches to devices that somebody named, or that something requires; host routing does not.
 */
static bool are_devices_in_use(const struct rule_ctx *c)
{
	return c->release != CILIUM_1_15 || c->devices_required != ANSWER_NO ||
	       c->request.name_count;
}

static bool are_devices_wanted(const struct rule_ctx *c)
{
	return is_since(c, CILIUM_1_15) || c->request.name_count ||
	       tri_or(c->devices_required, c->direct_routing) != ANSWER_NO;
}

static void read_request(struct rule_ctx *c)
{
	read_device_names(c);
	c->request.families = (c->ipv4 ? FACT_IPV4 : 0) | (c->ipv6 ? FACT_IPV6 : 0);
	c->request.native_routing = !is_since(c, CILIUM_1_15) && c->direct_routing != ANSWER_NO;
	c->request.by_default_route = !is_since(c, CILIUM_1_11);
	c->request.needs_address = is_since(c, CILIUM_1_15);
	c->request.direct_routing_device = requested_direct_device(c);
}

/*
 * What NodePort or host routing want may be unknown here; then the devices are selected as if they wanted it,
 * and the rules about failures stay unknown.
 */
void rules_select_devices(struct rule_ctx *c)
{
	enum tri no_change_head =
		tri_not(c->features->items[FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD].value);

	c->devices_required = are_devices_required(c);
	c->direct_routing = is_direct_routing_wanted(c);
	c->l3_skipped = tri_and(no_change_head, tri_not(c->legacy));
	read_request(c);
	c->devices_in_use = are_devices_in_use(c);
	if (!c->facts->devices_known)
		return;
	if (!are_devices_wanted(c))
		return;
	devices_select(&c->request, c->facts, &c->with_l3);
	c->request.skip_l3 = true;
	devices_select(&c->request, c->facts, &c->without_l3);
	c->devices = c->l3_skipped == ANSWER_YES ? c->without_l3 : c->with_l3;
	if (c->devices_in_use)
		c->direct_routing_device = find_direct_device(c);
	c->bandwidth = tri_and(c->bandwidth, tri_of(c->devices.count > 0));
}

/* From 1.16 on it encrypts on the devices, where something requires those. */
enum tri rule_test_IPSEC_INTERFACE(const struct rule_ctx *c)
{
	unsigned int families = (c->ipv4 ? FACT_IPV4 : 0) | (c->ipv6 ? FACT_IPV6 : 0);
	bool is_needed = is_on(c, OPT_ENABLE_IPSEC) && !c->tunnel &&
			 !*option_text(c->opts, OPT_ENCRYPT_INTERFACE) &&
			 strcmp(option_text(c->opts, OPT_IPAM), "eni");

	if (!is_needed || !families || !c->facts->devices_known)
		return ANSWER_NO;
	if (is_since(c, CILIUM_1_16) && are_devices_required(c) == ANSWER_YES)
		return ANSWER_NO;
	return tri_of(!devices_of_default_route(c->facts, families));
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

/* A wildcard is replaced by the first device it means, in a tunnel too; any other name is taken on trust. */
static enum tri direct_device_fails(const struct rule_ctx *c)
{
	const char *wanted = requested_direct_device(c);

	if (!c->facts->devices_known || !is_wildcard(wanted) || !is_since(c, CILIUM_1_12))
		return ANSWER_NO;
	rule_detail(c, "%s", wanted);
	return tri_of(!devices_find(c->facts, wanted));
}

static enum tri node_ip_fails(const struct rule_ctx *c)
{
	char ip[FACTS_IP_TEXT_MAX];

	if (!c->devices.no_node_ip_device)
		return ANSWER_NO;
	if (facts_has_node_ip(c->facts)) {
		rule_detail(c, "%s", facts_node_ip_text(c->facts, ip));
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

/* Without a node IP nobody can say which of several devices has it. */
static enum tri lacks_direct_device(const struct rule_ctx *c)
{
	if (!c->facts->devices_known || !c->devices_in_use || c->direct_routing_device)
		return ANSWER_NO;
	rule_detail(c, "%s", requested_direct_device(c));
	if (facts_has_node_ip(c->facts) || c->devices.count < 2)
		return c->direct_routing;
	rule_detail(c, "the node IP");
	return tri_and(c->direct_routing, ANSWER_UNKNOWN);
}

/* The bandwidth manager does not require one. */
static enum tri is_direct_device_required(const struct rule_ctx *c)
{
	bool by_key = is_on(c, OPT_ENABLE_HOST_FIREWALL) || is_on(c, OPT_ENABLE_WIREGUARD) ||
		      is_on(c, OPT_ENABLE_HIGH_SCALE_IPCACHE) ||
		      (is_since(c, CILIUM_1_19) && is_on(c, OPT_ENABLE_IPSEC));

	return tri_or(c->nodeport, tri_of(by_key));
}

enum tri rule_test_DIRECT_DEVICE(const struct rule_ctx *c)
{
	return tri_and(is_direct_device_required(c), lacks_direct_device(c));
}

enum tri rule_test_DIRECT_DEVICE_OFF(const struct rule_ctx *c)
{
	return tri_and(tri_not(is_direct_device_required(c)), lacks_direct_device(c));
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
	const char *source = option_text(c->opts, OPT_BPF_LB_DEV_IP_ADDR_INHERIT);
	const struct node_facts *facts = c->facts;
	size_t ip4 = 0, ip6 = 0;

	if (!facts->devices_known)
		return ANSWER_NO;
	if (*source && !facts_device_by_name(facts, source)) {
		rule_detail(c, "%s", source);
		return ANSWER_YES;
	}
	if (c->devices.missing[0] && !is_wildcard(c->devices.missing)) {
		rule_detail(c, "%s", c->devices.missing);
		return ANSWER_YES;
	}
	if (c->devices.no_direct_device) {
		rule_detail(c, "%s", requested_direct_device(c));
		return c->direct_routing;
	}
	for (size_t i = 0; i < facts->device_count; i++) {
		ip4 += facts->devices[i].ip4_count;
		ip6 += facts->devices[i].ip6_count;
	}
	rule_detail(c, "no %s address", c->ipv4 && !ip4 ? "IPv4" : "IPv6");
	return tri_of(c->devices.count && ((c->ipv4 && !ip4) || (c->ipv6 && !ip6)));
}

/* In 1.14 WireGuard asks for what NodePort asks for. */
static enum tri is_attaching(const struct rule_ctx *c)
{
	return tri_or(c->nodeport,
		      tri_of(c->release == CILIUM_1_14 && is_on(c, OPT_ENABLE_WIREGUARD)));
}

enum tri rule_test_NODEPORT_ADDRESS(const struct rule_ctx *c)
{
	return is_probe(c) ? ANSWER_NO : tri_and(is_attaching(c), address_fails(c));
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

enum tri rule_test_DEVICE_NAME(const struct rule_ctx *c)
{
	for (size_t i = 0; i < c->devices.count; i++) {
		if (!strpbrk(c->devices.items[i]->name, "=;"))
			continue;
		rule_detail(c, "%s", c->devices.items[i]->name);
		return is_attaching(c);
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
		return is_attaching(c);
	}
	return ANSWER_NO;
}

/* From 1.15 on the index only travels in a map where bpf_fib_lookup() does not return it, up to 5.9. */
enum tri rule_test_DEVICE_IFINDEX_OLD(const struct rule_ctx *c)
{
	enum tri too_large = rule_test_DEVICE_IFINDEX(c);

	if (too_large == ANSWER_NO)
		return ANSWER_NO;
	return tri_and(too_large, rule_missing(c, FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER));
}
