// SPDX-License-Identifier: BSD-2-Clause
/* Devices and their addresses, as the releases list them behind the mode of the replacement. */
#include "probe/kpr_line.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/parse.h"

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

static void add_addresses(struct buf *b, const struct fact_device *dev, unsigned int families,
			  const struct node_facts *facts)
{
	uint32_t ip4 = families & FACT_IPV4 ? nodeport_ip4(dev, facts) : 0;
	const uint8_t *ip6 = families & FACT_IPV6 ? nodeport_ip6(dev, facts) : NULL;
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

/* 1.14 and 1.15 list the devices of what false has switched on. */
static bool is_without_devices(const struct kpr_line *line)
{
	return !strcmp(line->kpr, "Disabled") ||
	       (!strcmp(line->kpr, "False") && line->release >= CILIUM_1_16);
}

void kpr_devices(struct buf *b, const struct kpr_line *line, const struct node_facts *facts)
{
	bool has_unknown = line->unknown_device && *line->unknown_device;
	const char *separator = " [";

	if (is_without_devices(line))
		return;
	for (size_t i = 0; i < line->device_count; i++) {
		buf_printf(b, "%s%s", separator, line->devices[i]->name);
		if (line->release >= CILIUM_1_15)
			add_all_addresses(b, line->devices[i]);
		else if (line->has_addresses)
			add_addresses(b, line->devices[i], line->families, facts);
		if (line->devices[i] == line->direct)
			buf_puts(b, " (Direct Routing)");
		separator = ", ";
	}
	if (has_unknown)
		buf_printf(b, "%s%s", separator, line->unknown_device);
	if (line->device_count || has_unknown)
		buf_puts(b, "]");
}
