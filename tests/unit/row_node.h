/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel and the node of a row of ../shared/fixtures/verdicts as a node-facts file (probe/facts_json.h). The
 * rows' README says what they leave out: pod CIDR, connected routes, default sysctls, two CPUs.
 */
#ifndef HR_TESTS_ROW_NODE_H
#define HR_TESTS_ROW_NODE_H

#include <jansson.h>
#include <string.h>

#include "probe/facts_json.h"

/* What rows say of a kernel is what the file says of one, but for the name of the base. */
static inline json_t *row_kernel(const json_t *row)
{
	json_t *out = json_copy(json_object_get(row, "kernel"));

	json_object_set_new(out, "base", json_string("all"));
	return out;
}

static inline json_t *row_device(const json_t *device, size_t ifindex)
{
	const char *kind = json_string_value(json_object_get(device, "kind"));
	bool is_l3 = !strcmp(kind, "l3"), is_nic = is_l3 || !strcmp(kind, "ethernet");
	json_t *ip4 = json_object_get(device, "ip4"), *ip6 = json_object_get(device, "ip6");
	json_t *families = json_array();
	json_t *out = json_pack("{s:O, s:I, s:s, s:O, s:O}", "name",
				json_object_get(device, "name"), "ifindex", (json_int_t)ifindex,
				"kind", is_nic ? "" : kind, "ip4", ip4, "ip6", ip6);

	if (!is_l3)
		json_object_set_new(out, "mac", json_string("02:00:00:00:00:01"));
	if (json_array_size(ip4))
		json_array_append_new(families, json_string("ipv4"));
	if (json_array_size(ip6))
		json_array_append_new(families, json_string("ipv6"));
	json_object_set(out, "unicast_route", families);
	if (json_is_true(json_object_get(device, "default_route")))
		json_object_set(out, "default_route", families);
	json_decref(families);
	return out;
}

static inline json_t *row_sysctls(const json_t *row)
{
	json_t *out = json_pack("{s:s, s:s}", "net.ipv4.ip_local_port_range", "32768 60999",
				"net.ipv4.ip_local_reserved_ports", "");

	json_object_update(out, json_object_get(row, "sysctl"));
	return out;
}

static inline json_t *row_node(const json_t *row)
{
	json_t *devices = json_array(), *device;
	size_t i;

	json_array_foreach(json_object_get(row, "devices"), i, device)
		json_array_append_new(devices, row_device(device, i + 2));
	return json_pack("{s:s, s:O, s:s, s:O, s:i, s:o, s:o, s:o}", "schema", FACTS_JSON_SCHEMA,
			 "node_ip", json_object_get(row, "node_ip"), "pod_cidr", "10.233.64.0/24",
			 "mem_total", json_object_get(row, "mem_total"), "possible_cpus", 2,
			 "devices", devices, "sysctl", row_sysctls(row), "kernel", row_kernel(row));
}

#endif
