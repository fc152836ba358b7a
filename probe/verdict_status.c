// SPDX-License-Identifier: BSD-2-Clause
/* The verdict in the words of `cilium status`. Prints from the struct, decides nothing. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "config/snat_exclusion.h"
#include "probe/verdict.h"

#define REFUSED_TEXT "Unavailable (the agent would refuse this config)"

static void finish(struct buf *b, char *out, size_t size)
{
	snprintf(out, size, "%s", b->err || !b->data ? "" : b->data);
}

static bool is_private(uint32_t ip4)
{
	uint32_t ip = ntohl(ip4);

	return ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8;
}

/* Public before private, then the smallest. */
static bool is_better(uint32_t ip4, uint32_t than)
{
	if (!than || is_private(ip4) != is_private(than))
		return !than || is_private(than);
	return ntohl(ip4) < ntohl(than);
}

/* One device's NodePort address: the node IP if it has it, else the best of its widest scope. */
static uint32_t device_ip4(const struct fact_device *dev, uint32_t node_ip)
{
	size_t count = dev->ip4_global ? dev->ip4_global : dev->ip4_count;
	uint32_t best = 0;

	for (size_t i = 0; i < dev->ip4_count; i++)
		if (dev->ip4[i] == node_ip)
			return node_ip;
	for (size_t i = 0; i < count; i++)
		if (is_better(dev->ip4[i], best))
			best = dev->ip4[i];
	return best;
}

/* A device without an address borrows one. */
static uint32_t nodeport_ip4(const struct fact_device *dev, const struct node_facts *facts)
{
	uint32_t best = device_ip4(dev, facts->node_ip);

	if (best || facts_device_of_ip(facts, facts->node_ip))
		return best ? best : facts->node_ip;
	for (size_t i = 0; i < facts->device_count; i++) {
		uint32_t ip4 = device_ip4(&facts->devices[i], facts->node_ip);

		if (ip4 && is_better(ip4, best))
			best = ip4;
	}
	return best;
}

static const uint8_t *nodeport_ip6(const struct fact_device *dev, const struct node_facts *facts)
{
	if (dev->ip6_count)
		return dev->ip6[0];
	for (size_t i = 0; i < facts->device_count; i++)
		if (facts->devices[i].ip6_count)
			return facts->devices[i].ip6[0];
	return NULL;
}

static void add_addresses(struct buf *b, const struct fact_device *dev, const struct options *opts,
			  const struct node_facts *facts)
{
	uint32_t ip4 = option_bool(opts, OPT_ENABLE_IPV4) ? nodeport_ip4(dev, facts) : 0;
	const uint8_t *ip6 = option_bool(opts, OPT_ENABLE_IPV6) ? nodeport_ip6(dev, facts) : NULL;
	char text[INET6_ADDRSTRLEN];

	if (ip4)
		buf_printf(b, " %s", ipv4_text(ip4, text));
	if (ip6 && inet_ntop(AF_INET6, ip6, text, sizeof(text)))
		buf_printf(b, " %s", text);
}

/* From 1.15 on every address a device has, of both families. */
static void add_all_addresses(struct buf *b, const struct fact_device *dev)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < dev->ip4_count; i++)
		buf_printf(b, " %s", ipv4_text(dev->ip4[i], text));
	for (size_t i = 0; i < dev->ip6_count; i++)
		if (inet_ntop(AF_INET6, dev->ip6[i], text, sizeof(text)))
			buf_printf(b, " %s", text);
}

static void add_kpr_devices(struct buf *b, const struct verdict *v, const struct options *opts,
			    const struct node_facts *facts)
{
	bool by_wireguard = v->release == CILIUM_1_14 && option_bool(opts, OPT_ENABLE_WIREGUARD);
	const char *separator = " [";

	for (size_t i = 0; i < v->device_count; i++) {
		buf_printf(b, "%s%s", separator, v->devices[i]->name);
		if (v->release >= CILIUM_1_15)
			add_all_addresses(b, v->devices[i]);
		else if (v->nodeport || by_wireguard)
			add_addresses(b, v->devices[i], opts, facts);
		if (v->devices[i] == v->direct_routing_device)
			buf_puts(b, " (Direct Routing)");
		separator = ", ";
	}
	if (v->unknown_device[0])
		buf_printf(b, "%s%s", separator, v->unknown_device);
	if (v->device_count || v->unknown_device[0])
		buf_puts(b, "]");
}

/* 1.14 and 1.15 list the devices of what false has switched on. */
static bool is_without_devices(const struct verdict *v)
{
	return !strcmp(v->kpr, "Disabled") ||
	       (!strcmp(v->kpr, "False") && v->release >= CILIUM_1_16);
}

void verdict_status_kpr(const struct verdict *v, const struct options *opts,
			const struct node_facts *facts, char *out, size_t size)
{
	_cleanup_buf_ struct buf b = { 0 };

	if (v->mode == VERDICT_REFUSED)
		buf_puts(&b, REFUSED_TEXT);
	else if (v->mode == VERDICT_UNDETERMINED)
		buf_printf(&b, "Undetermined (%s requested)", v->kpr);
	else
		buf_puts(&b, v->kpr);
	if (v->mode == VERDICT_LEGACY && !v->nodeport_known)
		buf_puts(&b, " (NodePort undetermined)");
	else if ((v->mode == VERDICT_BPF || v->mode == VERDICT_LEGACY) && !is_without_devices(v))
		add_kpr_devices(&b, v, opts, facts);
	finish(&b, out, size);
}

const char *verdict_status_routing_key(enum cilium_release release)
{
	return release >= CILIUM_1_16 ? "Routing" : "Host Routing";
}

void verdict_status_routing(const struct verdict *v, char *out, size_t size)
{
	const char *text = v->mode == VERDICT_REFUSED	     ? REFUSED_TEXT
			   : v->mode == VERDICT_UNDETERMINED ? "Undetermined"
							     : verdict_mode_name(v->mode);

	if (v->release < CILIUM_1_16 || v->mode == VERDICT_REFUSED)
		snprintf(out, size, "%s", text);
	else if (v->tunnel)
		snprintf(out, size, "Network: Tunnel [%s] Host: %s", v->tunnel_protocol, text);
	else
		snprintf(out, size, "Network: Native Host: %s", text);
}

static void add_names(struct buf *b, const struct verdict *v)
{
	buf_puts(b, " [");
	for (size_t i = 0; i < v->device_count; i++)
		buf_printf(b, "%s%s", i ? ", " : "", v->devices[i]->name);
	buf_puts(b, "]");
}

static void add_bpf_masquerade(struct buf *b, const struct verdict *v, const struct options *opts,
			       const struct node_facts *facts)
{
	const char *cidr6 = option_text(opts, OPT_IPV6_NATIVE_ROUTING_CIDR);
	const char *cidr = native_routing_cidr(opts);
	char pod_cidr[CIDR4_TEXT_MAX];

	buf_puts(b, option_bool(opts, OPT_ENABLE_IP_MASQ_AGENT) ? "BPF (ip-masq-agent)" : "BPF");
	if (facts->devices_known)
		add_names(b, v);
	if (!option_bool(opts, OPT_ENABLE_IPV4))
		cidr = "";
	else if (!*cidr && facts->has_pod_cidr)
		cidr = cidr4_text(facts->pod_cidr, pod_cidr);
	if (*cidr)
		buf_printf(b, " %s", cidr);
	if (!*cidr6)
		cidr6 = facts->pod_cidr6;
	if (v->release >= CILIUM_1_18 && option_bool(opts, OPT_ENABLE_IPV6) && *cidr6)
		buf_printf(b, " %s", cidr6);
}

/* What is masqueraded by whom, or a word for why that cannot be said. */
static const char *masquerade_word(const struct verdict *v)
{
	if (v->mode == VERDICT_REFUSED)
		return REFUSED_TEXT;
	if (v->masquerade == MASQUERADE_OFF)
		return "Disabled";
	if (v->mode == VERDICT_UNDETERMINED || v->masquerade == MASQUERADE_UNKNOWN)
		return "Undetermined";
	return NULL;
}

void verdict_status_masquerade(const struct verdict *v, const struct options *opts,
			       const struct node_facts *facts, char *out, size_t size)
{
	_cleanup_buf_ struct buf b = { 0 };
	const char *word = masquerade_word(v);

	if (word) {
		snprintf(out, size, "%s", word);
		return;
	}
	if (v->masquerade == MASQUERADE_BPF)
		add_bpf_masquerade(&b, v, opts, facts);
	else
		buf_puts(&b, "IPTables");
	buf_printf(&b, " [IPv4: %s, IPv6: %s]", v->masquerade_ipv4 ? "Enabled" : "Disabled",
		   v->masquerade_ipv6 ? "Enabled" : "Disabled");
	finish(&b, out, size);
}

static void add_bandwidth(struct buf *b, const struct verdict *v, bool bbr)
{
	buf_printf(b, "EDT with BPF [%s]", bbr ? "BBR" : "CUBIC");
	add_names(b, v);
}

void verdict_status_bandwidth(const struct verdict *v, const struct options *opts, char *out,
			      size_t size)
{
	_cleanup_buf_ struct buf b = { 0 };

	if (v->mode == VERDICT_REFUSED)
		buf_puts(&b, REFUSED_TEXT);
	else if (v->state.bandwidth_manager == ANSWER_UNKNOWN)
		buf_puts(&b, "Undetermined");
	else if (v->state.bandwidth_manager == ANSWER_NO)
		buf_puts(&b, "Disabled");
	else
		add_bandwidth(&b, v, option_bool(opts, OPT_ENABLE_BBR));
	finish(&b, out, size);
}
