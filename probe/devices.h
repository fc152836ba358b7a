/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which devices the datapath attaches to, as the agents select them: the `devices` option, or
 * every device with a global unicast route outside the local table, less the excluded kinds.
 * hrprobe predicts with it and hrinstall acts on it, so that both mean the same devices.
 *
 * Source: ../shared/reference/cilium-config.md C "Device selection (1.12)", L 13 to 17, M 1.17.13 1 to 6; for
 * 1.10 and 1.11 the agents' device detection itself.
 */
#ifndef HR_PROBE_DEVICES_H
#define HR_PROBE_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/facts.h"

struct device_request {
	const char *const *names; /* the `devices` option: exact names or "prefix+"; not owned */
	size_t name_count; /* 0: detect */
	unsigned int families; /* whose routes detection looks at, FACT_IPV4 | FACT_IPV6; 0: both */
	/*
	 * Up to 1.14: a direct routing device is wanted. It joins the others, past every exclusion and past an
	 * explicit list: the named one, else the one of the node IP.
	 */
	bool native_routing;
	bool by_default_route; /* up to 1.10: detection looks for the default route and the node IP only */
	bool needs_address; /* from 1.15 on: a device without any address is left out, even a named one */
	bool skip_l3; /* detection leaves out devices without a MAC */
	const char *direct_routing_device; /* the option's value; NULL or "" when not set */
};

struct device_list {
	const struct fact_device *items[FACTS_MAX_DEVICES]; /* point into facts */
	size_t count;
	char missing[64]; /* a requested name or wildcard that matches nothing; "" when all do */
	bool no_node_ip_device; /* the device of the node IP should have joined, but there is none */
	bool no_direct_device; /* nor is there the named direct routing device; it is not in `missing` */
};

/*
 * Selects. The list is sorted by name, as the agent's is, and has no duplicates. A name that matches
 * nothing does not stop the others from being listed.
 */
void devices_select(const struct device_request *request, const struct node_facts *facts,
		    struct device_list *out);

/*
 * The device that carries the node IP, or NULL. A node IP that nobody named can only be on the one device
 * that has addresses, if there is but one.
 */
const struct fact_device *devices_of_node_ip(const struct node_facts *facts);

/*
 * The device of the default route in each of the families (FACT_IPV4, FACT_IPV6 or both), or NULL: a family has
 * none, or there are several devices.
 */
const struct fact_device *devices_of_default_route(const struct node_facts *facts,
						   unsigned int families);

/* The first device, by name, that an exact name or "prefix+" means, whatever it is, or NULL. */
const struct fact_device *devices_find(const struct node_facts *facts, const char *wanted);
bool device_name_matches(const char *wanted, const char *name);

/* True for names this project or an agent creates (hr_*, cilium_*, lxc*, ...): never selected by detection. */
bool device_name_is_excluded(const char *name);

#endif
