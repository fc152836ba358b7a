/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall status`: what is really loaded and attached, asked from the kernel and held against the record.
 * status_read() fills a plain struct; status_print.c prints it, as text or as JSON, schema "hostroute.status/1":
 *
 *   installed, complete     is there a record; did the run that wrote it end
 *   bundle_sha256           of the manifest that was applied, "" when nothing is installed
 *   host_routing            "bpf", "legacy", "incomplete" or "not-installed"
 *   kube_proxy_replacement  "probe", "strict", "partial", "true", "false" when all of it is loaded, "incomplete" or
 *                           "disabled": what is loaded, never what was asked for
 *   services                { nodeport, socket_lb_tcp, socket_lb_udp } that are loaded, and turned_off: what the
 *                           bundle was to have and has not, [{ feature, rule, reason }]
 *   masquerading            "bpf", "iptables" where our nftables table does it, "disabled", or "incomplete": not all
 *                           NICs that should
 *   masquerade              { devices: [ { name, address } ] that do it in BPF, exclusion (a CIDR or ""), ip_masq_agent }
 *   nft_table               "none", "in-place", "missing" or "changed"
 *   drift, maps_missing     how many things are not as recorded; is a pinned map gone
 *   node_drift              [ text ]: devices that are down, sysctls and routes that are not as they were applied
 *   not_provided            [ { key, value, text } ], the manifest's gaps
 *   programs                [ { interface, direction, program, state, foreign (other programs there) } ], and
 *                           where ours is attached also attach ("tcx", "tc", "link"), id, tag, insns
 *   maps                    [ { name, type, entries, max_entries } ]
 *   counters                [ { program, direction ("egress", "ingress": as a pod sees it), reason, kind, text, packets,
 *                           bytes } ], those that are not 0
 *   events_lost             events that found no room for `hrinstall monitor` since its maps were made
 */
#ifndef HR_INSTALL_STATUS_H
#define HR_INSTALL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"
#include "install/maps.h"
#include "install/record.h"
#include "install/request.h"

enum point_state {
	POINT_IN_PLACE,
	POINT_INTERFACE_GONE,
	POINT_MISSING, /* none of our programs is attached */
	POINT_OTHER, /* a program of ours with another tag than recorded */
	POINT_CROWDED, /* ours is in place, and so are more programs of others than when it was attached */
	POINT_STATE__COUNT,
};

struct status_point {
	const struct record_point *recorded; /* points into the record */
	enum point_state state;
	struct attach_status attached; /* valid unless the interface is gone */
	struct program_info program; /* valid when something of ours is attached */
};

/* Our nftables table against the record. */
enum nft_state {
	NFT_NONE, /* there should be none */
	NFT_IN_PLACE,
	NFT_MISSING,
	NFT_CHANGED, /* by somebody else */
	NFT_STATE__COUNT,
};

struct status_map {
	struct object_map info;
	size_t entries;
};

/* An exit of a hook that was taken at least once. */
struct status_counter {
	enum hr_hook hook;
	enum hr_reason reason;
	struct hr_metric sum; /* of all CPUs */
};

/* Something beside programs, maps and nftables that is not as recorded. */
struct status_drift {
	char text[128]; /* "hr_host is down" */
};

/* What the datapath as a whole amounts to. */
enum status_routing {
	ROUTING_NOT_INSTALLED,
	ROUTING_INCOMPLETE, /* not every program is in place */
	ROUTING_LEGACY,
	ROUTING_BPF,
	ROUTING__COUNT,
};

/* Masquerading in BPF as it is loaded. */
struct status_masquerade {
	struct {
		const char *name; /* points into the record */
		uint32_t address; /* that pods' packets get */
	} nics[MANIFEST_MAX_DEVICES]; /* those that masquerade */
	size_t count;
	size_t wanted; /* NICs that should */
	char exclusion
		[CIDR4_TEXT_MAX]; /* what pods reach with their own addresses; "" for nothing */
	bool ip_masq_agent; /* and what its map has */
};

/* Services in BPF as they are loaded. */
struct status_services {
	bool nodeport; /* at all NICs */
	bool socket_lb_tcp, socket_lb_udp;
	char devices[512]; /* " [enp0s2 192.168.64.8]", NICs as `cilium status` lists them; or "" */
};

struct status {
	bool is_installed; /* there is a record */
	struct record record;
	enum status_routing routing;
	struct status_point *points; /* owned; as record.points */
	size_t in_place; /* points whose program is attached */
	struct status_masquerade masquerade;
	struct status_services services;
	struct status_map *maps; /* owned; what is pinned */
	size_t map_count;
	bool maps_missing; /* installed, but hr_endpoints4 or hr_metrics is not pinned */
	struct status_counter counters[HR_METRIC_SLOTS];
	size_t counter_count;
	enum nft_state nft;
	struct status_drift *node_drift; /* owned */
	size_t node_drift_count;
	uint64_t events_lost; /* that found no room for a monitor */
	size_t drift; /* how many things are not as recorded */
};

/* 0, or a negative errno after logging one line. *out is for status_fini() either way. */
int status_read(const struct install_paths *paths, struct status *out);

/*
 * Text, with verbose also "KubeProxyReplacement Details:", JSON, or the exposition format of Prometheus (0.0.4):
 *   hostroute_packets_total, hostroute_bytes_total {program, direction, reason, kind}   direction: as a pod sees it
 *   hostroute_map_entries, hostroute_map_max_entries {map, type}   hashes and tries
 *   hostroute_programs_expected, hostroute_programs_in_place
 *   hostroute_host_routing_info {mode}, hostroute_masquerading_info {mode},
 *   hostroute_kube_proxy_replacement_info {mode}, hostroute_build_info {version, bundle}
 *   hostroute_drift, hostroute_installed, hostroute_events_lost_total
 */
int status_print(const struct status *status, enum cli_format format, bool verbose);

/* Reads and prints. EXIT_STATUS_OK, _DRIFT, _ABSENT or _ENVIRONMENT. */
int status_run(const struct install_request *request);

void status_fini(struct status *status);

#define _cleanup_status_ __attribute__((cleanup(status_fini)))

/* Names of reasons.def: for status_print.c and status_prometheus.c. */
struct status_reason {
	const char *name, *kind, *text;
};

extern const struct status_reason status_reasons[REASON__COUNT];

/* The stable word for host_routing. */
const char *status_routing_name(enum status_routing routing);

/* The text of that format; the caller frees *out. 0 or -ENOMEM. */
int status_prometheus(const struct status *status, char **out);

#endif
