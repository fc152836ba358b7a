/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Node facts as a file, so that a verdict or an audit needs no node: JSON of the schema "hostroute.node/1".
 * What is absent or null is unknown. Only `schema` is required. Keys that the schema does not have are warnings.
 *
 *   schema        "hostroute.node/1"
 *   node_ip       "10.0.0.1"; an IPv6 one is that of a node without an IPv4 one
 *   pod_cidr      "10.233.64.0/24"   pod_cidr6       "fd01::/96"
 *   mem_total     bytes          possible_cpus   number
 *   devices       absent: nobody looked; [ { name, ifindex (both required), kind ("" or absent: a NIC),
 *                 mac ("02:00:00:00:00:01"; absent: an L3 device), mac_len (where it is not 6), mtu,
 *                 flags: of "up", "loopback", "slave"; master: ifindex,
 *                 ip4, ip4_site, ip6: addresses of global (ip4, ip6) or narrower scope, "10.0.0.1" or
 *                 "10.0.0.1/24" (the length is not kept),
 *                 default_route, unicast_route: of "ipv4", "ipv6" (facts.h says which routes count),
 *                 forwarding: bool and rp_filter: number (of use only together) } ]
 *   sysctl        { name: text }: net.ipv4.ip_local_port_range and .ip_local_reserved_ports (of use only
 *                 together), and the names of facts_sysctl.def
 *   kernel        { release, base: "all" (what is not named is there) or "none" (is unknown; default),
 *                 missing_helpers: [[program type, helper]], missing_attach, missing_maps, missing_programs:
 *                 [name]; "eperm" in missing_attach is every one of them; no_lru, no_lpm (map types),
 *                 no_large_insn (programs over 4096 instructions), no_xfrm_output_mask: true when
 *                 missing; features: { name as in reports: "yes", "no", "unknown", or
 *                 { value, errno, note } } }
 *   audit         { rules: [ { family ("ipv4", "ipv6"), priority, table, selector } ], rule_total,
 *                 tables: [ { family, table, routes } ], local_addresses: [ { device, address } ],
 *                 nftables: [ { family, table, name, hook, rules } ], chain_total,
 *                 xtables: [ { family, name, rules } ], owners: of "kube-proxy", "istio", "cilium", "talos",
 *                 lockdown, capabilities: of "net_admin", "sys_admin", "bpf",
 *                 cgroup2: path or "" (not mounted), bpffs_mounts: number (known together),
 *                 cilium_pins: number, memlock: bytes or -1 (unlimited) }
 */
#ifndef HR_PROBE_FACTS_JSON_H
#define HR_PROBE_FACTS_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/facts.h"
#include "probe/facts_audit.h"
#include "probe/features.h"

#define FACTS_JSON_SCHEMA "hostroute.node/1"
#define FACTS_JSON_MAX_BYTES (4u << 20)

struct node_record {
	struct node_facts facts;
	struct audit_facts audit; /* is_looked_at says whether there are any */
	bool has_kernel;
	struct features features; /* valid when has_kernel; every source is "file" */
};

/* Reads a file ("-": stdin). 0, or a negative errno after one log line; *out is then not to be used. */
int facts_json_read(const char *path, struct node_record *out);

/* Reads text; name stands for the file in messages. */
int facts_json_parse(const char *text, size_t len, const char *name, struct node_record *out);

/* The text of a record, closed by a newline; features only when has_kernel. The caller frees *out. 0 or -ENOMEM. */
int facts_json_write(const struct node_record *record, char **out);

#endif
