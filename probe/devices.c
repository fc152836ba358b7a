// SPDX-License-Identifier: BSD-2-Clause
/*
 * Device selection of the agents. Decides from facts only; whether a gap is fatal is the verdict's
 * business.
 */
#include "probe/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* The agent's, then ours. "lo" covers every name that begins so, which the agent means too. */
static const char *const excluded_prefixes[] = { "cilium_", "lo", "lxc", "cni", "docker", "hr_" };

static bool has_prefix(const char *text, const char *prefix, size_t len)
{
	return !strncmp(text, prefix, len);
}

static bool is_listed(const struct device_list *list, const struct fact_device *dev)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == dev)
			return true;
	return false;
}

static void add(struct device_list *list, const struct fact_device *dev)
{
	if (!is_listed(list, dev))
		list->items[list->count++] = dev;
}

static void note_missing(struct device_list *list, const char *name)
{
	if (!list->missing[0])
		snprintf(list->missing, sizeof(list->missing), "%s", name);
}

static bool is_usable(const struct fact_device *dev, const struct device_request *request)
{
	return !request->needs_address || dev->ip4_count || dev->ip6_count;
}

static void add_named(const char *name, const struct device_request *request,
		      const struct node_facts *facts, struct device_list *out)
{
	size_t len = strlen(name), before = out->count;

	if (!len || name[len - 1] != '+') {
		const struct fact_device *dev = facts_device_by_name(facts, name);

		if (dev && is_usable(dev, request))
			add(out, dev);
		else
			note_missing(out, name);
		return;
	}
	for (size_t i = 0; i < facts->device_count; i++)
		if (has_prefix(facts->devices[i].name, name, len - 1) &&
		    is_usable(&facts->devices[i], request))
			add(out, &facts->devices[i]);
	if (out->count == before)
		note_missing(out, name);
}

static bool is_bridge(const char *kind)
{
	return !strcmp(kind, "bridge") || !strcmp(kind, "openvswitch");
}

static bool is_port(const struct fact_device *dev, const struct node_facts *facts)
{
	const struct fact_device *master =
		dev->master ? facts_device_by_index(facts, dev->master) : NULL;

	return master && (is_bridge(master->kind) || !strcmp(master->kind, "bond") ||
			  !strcmp(master->kind, "team"));
}

static bool is_detected(const struct fact_device *dev, const struct node_facts *facts,
			const struct device_request *request)
{
	unsigned int families = request->families ? request->families : FACT_IPV4 | FACT_IPV6;

	if (!(dev->has_unicast_route & families) || device_name_is_excluded(dev->name))
		return false;
	if (dev->is_slave || dev->is_loopback || (request->skip_l3 && !dev->mac_len) ||
	    !is_usable(dev, request))
		return false;
	if (!strcmp(dev->kind, "veth") && !(dev->has_default_route & families))
		return false;
	return !is_bridge(dev->kind) && !is_port(dev, facts);
}

static int by_name(const void *a, const void *b)
{
	const struct fact_device *const *one = a, *const *other = b;

	return strcmp((*one)->name, (*other)->name);
}

static bool is_direct_device_named(const struct device_request *request)
{
	return request->direct_routing_device && request->direct_routing_device[0];
}

/* Up to 1.10 the only device of a list is the direct routing device, whatever the node IP. */
static bool needs_node_ip_device(const struct device_request *request,
				 const struct device_list *list)
{
	return !request->by_default_route || list->count != 1;
}

static void add_direct_device(const struct device_request *request, const struct node_facts *facts,
			      struct device_list *out)
{
	bool is_named = is_direct_device_named(request);
	const struct fact_device *dev;

	if (!request->native_routing || (!is_named && !needs_node_ip_device(request, out)))
		return;
	dev = is_named ? devices_find(facts, request->direct_routing_device)
		       : devices_of_node_ip(facts);
	if (dev && !(request->by_default_route && request->skip_l3 && !dev->mac_len))
		add(out, dev);
	out->no_direct_device = !dev && is_named;
	out->no_node_ip_device = !dev && !is_named;
}

/* The one device that all default routes of a family use, or NULL. */
static const struct fact_device *default_route_of(const struct node_facts *facts,
						  unsigned int family)
{
	const struct fact_device *found = NULL;

	for (size_t i = 0; i < facts->device_count; i++) {
		if (!(facts->devices[i].has_default_route & family))
			continue;
		if (found)
			return NULL;
		found = &facts->devices[i];
	}
	return found;
}

const struct fact_device *devices_of_default_route(const struct node_facts *facts,
						   unsigned int families)
{
	const struct fact_device *ip4 = default_route_of(facts, FACT_IPV4);
	const struct fact_device *ip6 = default_route_of(facts, FACT_IPV6);

	if (families == FACT_IPV4)
		return ip4;
	return families == FACT_IPV6 || ip4 == ip6 ? ip6 : NULL;
}

static void detect_by_default_route(const struct device_request *request,
				    const struct node_facts *facts, struct device_list *out)
{
	unsigned int families = request->families ? request->families : FACT_IPV4 | FACT_IPV6;
	const struct fact_device *const both[] = { devices_of_default_route(facts, families),
						   devices_of_node_ip(facts) };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		if (both[i] && !(request->skip_l3 && !both[i]->mac_len))
			add(out, both[i]);
}

bool device_name_matches(const char *wanted, const char *name)
{
	size_t len = strlen(wanted);

	if (len && wanted[len - 1] == '+')
		return has_prefix(name, wanted, len - 1);
	return !strcmp(wanted, name);
}

const struct fact_device *devices_find(const struct node_facts *facts, const char *wanted)
{
	const struct fact_device *first = NULL;

	for (size_t i = 0; i < facts->device_count; i++) {
		const struct fact_device *dev = &facts->devices[i];

		if (device_name_matches(wanted, dev->name) &&
		    (!first || strcmp(dev->name, first->name) < 0))
			first = dev;
	}
	return first;
}

const struct fact_device *devices_of_node_ip(const struct node_facts *facts)
{
	const struct fact_device *only = NULL;

	if (facts_has_node_ip(facts))
		return facts_node_ip_device(facts);
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct fact_device *dev = &facts->devices[i];

		if (dev->is_loopback || !(dev->ip4_count || dev->ip6_count))
			continue;
		if (only)
			return NULL;
		only = dev;
	}
	return only;
}

bool device_name_is_excluded(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(excluded_prefixes); i++)
		if (has_prefix(name, excluded_prefixes[i], strlen(excluded_prefixes[i])))
			return true;
	return false;
}

static void detect(const struct device_request *request, const struct node_facts *facts,
		   struct device_list *out)
{
	for (size_t i = 0; i < facts->device_count; i++)
		if (is_detected(&facts->devices[i], facts, request))
			add(out, &facts->devices[i]);
}

void devices_select(const struct device_request *request, const struct node_facts *facts,
		    struct device_list *out)
{
	*out = (struct device_list){ 0 };
	for (size_t i = 0; i < request->name_count; i++)
		add_named(request->names[i], request, facts, out);
	if (!request->name_count && request->by_default_route)
		detect_by_default_route(request, facts, out);
	else if (!request->name_count)
		detect(request, facts, out);
	add_direct_device(request, facts, out);
	qsort(out->items, out->count, sizeof(out->items[0]), by_name);
}
