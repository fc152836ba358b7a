// SPDX-License-Identifier: BSD-2-Clause
/* Predicates of the node audit about devices, addresses, routing policy and netfilter. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "probe/audit_checks.h"

/* Tables and priority of an agent's own rules: they come and go with it. */
#define AGENT_TABLE_TO_PROXY 2004
#define AGENT_TABLE_FROM_PROXY 2005
#define AGENT_LOCAL_PRIORITY 100

#define TALOS_HOST_DNS 0xa9fe746c /* 169.254.116.108 */
#define DEFAULT_POD_MTU 1500

static bool is_agents_table(uint32_t table)
{
	return table == AGENT_TABLE_TO_PROXY || table == AGENT_TABLE_FROM_PROXY;
}

static bool is_agents_rule(const struct fact_rule *rule)
{
	return is_agents_table(rule->table) ||
	       (rule->table == RT_TABLE_LOCAL && rule->priority == AGENT_LOCAL_PRIORITY);
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_datapaths_own(const struct fact_device *dev)
{
	return has_prefix(dev->name, "cilium_") || has_prefix(dev->name, "hr_") ||
	       has_prefix(dev->name, "lxc");
}

static enum tri find_rules(struct audit_context *c, bool by_mark)
{
	const struct audit_facts *audit = c->in->audit;
	bool found = false;

	if (!audit->has_rules)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < audit->rule_count; i++) {
		const struct fact_rule *rule = &audit->rules[i];

		if (is_agents_rule(rule) || !strstr(rule->selector, "fwmark") == by_mark)
			continue;
		audit_detail(c, "%u: %s lookup %u", rule->priority, rule->selector, rule->table);
		found = true;
	}
	if (found && audit->rule_total > audit->rule_count)
		audit_detail(c, "and more: %zu rules in all", audit->rule_total);
	return audit_answer(found);
}

enum tri audit_rules_by_mark(struct audit_context *c)
{
	return find_rules(c, true);
}

enum tri audit_rules_other(struct audit_context *c)
{
	return find_rules(c, false);
}

enum tri audit_route_tables(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;
	bool found = false;

	if (!audit->has_tables)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < audit->table_count; i++) {
		if (is_agents_table(audit->tables[i].table))
			continue;
		audit_detail(c, "table %u: %u %s", audit->tables[i].table, audit->tables[i].routes,
			     audit->tables[i].family == FACT_IPV4 ? "IPv4" : "IPv6");
		found = true;
	}
	return audit_answer(found);
}

static bool is_link_local(uint32_t ip4)
{
	return ntohl(ip4) >> 16 == 0xa9fe;
}

static void name_local(struct audit_context *c, const struct fact_local *local)
{
	const struct fact_device *dev = facts_device_by_index(c->in->facts, local->ifindex);
	char text[IPV4_TEXT_MAX];

	audit_detail(c, "%s on %s", ipv4_text(local->ip4, text), dev ? dev->name : "a device");
}

/* The node IP has a finding of its own, and so has an IPVS kube-proxy, whose device holds every service. */
static bool is_unmanaged(const struct audit_context *c, const struct fact_local *local)
{
	const struct fact_device *dev = facts_device_by_index(c->in->facts, local->ifindex);

	return dev && !audit_is_selected(c, dev) && !is_datapaths_own(dev) &&
	       !is_link_local(local->ip4) && local->ip4 != c->in->facts->node_ip &&
	       strcmp(dev->name, "kube-ipvs0") != 0;
}

enum tri audit_local_addresses(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;
	bool found = false;

	for (size_t i = 0; i < audit->local_count; i++) {
		if (!is_unmanaged(c, &audit->locals[i]))
			continue;
		name_local(c, &audit->locals[i]);
		found = true;
	}
	return audit->has_locals ? audit_answer(found) : ANSWER_UNKNOWN;
}

enum tri audit_link_local(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;
	bool found = false;

	for (size_t i = 0; i < audit->local_count; i++) {
		if (!is_link_local(audit->locals[i].ip4) ||
		    ntohl(audit->locals[i].ip4) == TALOS_HOST_DNS)
			continue;
		name_local(c, &audit->locals[i]);
		found = true;
	}
	return audit->has_locals ? audit_answer(found) : ANSWER_UNKNOWN;
}

enum tri audit_talos_dns(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;

	for (size_t i = 0; i < audit->local_count; i++) {
		if (ntohl(audit->locals[i].ip4) != TALOS_HOST_DNS)
			continue;
		name_local(c, &audit->locals[i]);
		return ANSWER_YES;
	}
	return audit->has_locals ? ANSWER_NO : ANSWER_UNKNOWN;
}

/* What was seen is there, even where another source is unknown. */
static enum tri has_owner(const struct audit_facts *audit, enum fact_netfilter_owner owner)
{
	if (audit->owners & owner)
		return ANSWER_YES;
	return audit->has_nftables && audit->has_xtables ? ANSWER_NO : ANSWER_UNKNOWN;
}

enum tri audit_istio(struct audit_context *c)
{
	return has_owner(c->in->audit, FACT_OWNER_ISTIO);
}

enum tri audit_kube_proxy(struct audit_context *c)
{
	if (facts_device_by_name(c->in->facts, "kube-ipvs0")) {
		audit_detail(c, "IPVS mode: device kube-ipvs0");
		return ANSWER_YES;
	}
	return has_owner(c->in->audit, FACT_OWNER_KUBE_PROXY);
}

enum tri audit_node_ip_device(struct audit_context *c)
{
	const struct node_facts *facts = c->in->facts;
	const struct fact_device *dev;
	char text[IPV4_TEXT_MAX];

	if (!facts->devices_known || !facts->node_ip)
		return ANSWER_UNKNOWN;
	dev = facts_device_of_ip(facts, facts->node_ip);
	if (dev && audit_is_selected(c, dev))
		return ANSWER_NO;
	audit_detail(c, "%s is on %s", ipv4_text(facts->node_ip, text),
		     dev ? dev->name : "no device");
	return ANSWER_YES;
}

enum tri audit_several_devices(struct audit_context *c)
{
	if (!c->in->facts->devices_known)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; c->devices.count > 1 && i < c->devices.count; i++)
		audit_detail(c, "%s", c->devices.items[i]->name);
	return audit_answer(c->devices.count > 1);
}

enum tri audit_l3_devices(struct audit_context *c)
{
	const struct node_facts *facts = c->in->facts;
	bool found = false;

	for (size_t i = 0; i < facts->device_count; i++) {
		const struct fact_device *dev = &facts->devices[i];

		if (dev->mac_len || dev->is_loopback || is_datapaths_own(dev) ||
		    !(dev->has_unicast_route || audit_is_selected(c, dev)))
			continue;
		audit_detail(c, "%s", dev->name);
		found = true;
	}
	return facts->devices_known ? audit_answer(found) : ANSWER_UNKNOWN;
}

static unsigned int pod_mtu(const struct options *options)
{
	int64_t mtu = options ? option_int(options, OPT_MTU) : 0;

	return mtu > 0 && mtu < UINT16_MAX ? (unsigned int)mtu : DEFAULT_POD_MTU;
}

enum tri audit_small_mtu(struct audit_context *c)
{
	const struct node_facts *facts = c->in->facts;
	unsigned int limit = pod_mtu(c->in->options);
	bool found = false;

	for (size_t i = 0; i < facts->device_count; i++) {
		const struct fact_device *dev = &facts->devices[i];

		if (!dev->mtu || dev->mtu >= limit || is_datapaths_own(dev) ||
		    !(dev->has_unicast_route || audit_is_selected(c, dev)))
			continue;
		audit_detail(c, "%s: %u of %u", dev->name, dev->mtu, limit);
		found = true;
	}
	return facts->devices_known ? audit_answer(found) : ANSWER_UNKNOWN;
}

enum tri audit_nft_chains(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;
	bool found = false;

	if (!audit->has_nftables)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < audit->chain_count; i++) {
		const struct fact_chain *chain = &audit->chains[i];

		if (fact_owner_of(chain->table) == FACT_OWNER_KUBE_PROXY)
			continue;
		audit_detail(c, "%s %s %s: %u", chain->family, chain->table, chain->name,
			     chain->rules);
		found = true;
	}
	return audit_answer(found);
}

enum tri audit_xtables(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;

	if (!audit->has_xtables)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < audit->xtable_count; i++)
		audit_detail(c, "%s %s: %u", audit->xtables[i].family == FACT_IPV4 ? "ip" : "ip6",
			     audit->xtables[i].name, audit->xtables[i].rules);
	return audit_answer(audit->xtable_count);
}

enum tri audit_cilium(struct audit_context *c)
{
	const struct node_facts *facts = c->in->facts;
	const struct fact_number *pins = &c->in->audit->cilium_pins;
	bool found = false;

	for (size_t i = 0; i < facts->device_count; i++) {
		if (!has_prefix(facts->devices[i].name, "cilium_"))
			continue;
		audit_detail(c, "%s", facts->devices[i].name);
		found = true;
	}
	if (pins->known && pins->value > 0)
		audit_detail(c, "%lld pins", (long long)pins->value);
	if (found || (pins->known && pins->value > 0))
		return ANSWER_YES;
	return facts->devices_known && pins->known ? ANSWER_NO : ANSWER_UNKNOWN;
}

enum tri audit_netkit(struct audit_context *c)
{
	const struct node_facts *facts = c->in->facts;

	for (size_t i = 0; i < facts->device_count; i++) {
		if (strcmp(facts->devices[i].kind, "netkit") != 0)
			continue;
		audit_detail(c, "%s", facts->devices[i].name);
		return ANSWER_YES;
	}
	return facts->devices_known ? ANSWER_NO : ANSWER_UNKNOWN;
}
