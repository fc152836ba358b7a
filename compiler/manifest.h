/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manifest.json of a bundle, schema "hostroute.bundle/1": what was compiled, from which config, for which
 * hooks, and what each object needs from a kernel. Written by hrcompile, read by hrinstall and hrprobe;
 * both sides go through this struct.
 */
#ifndef HR_COMPILER_MANIFEST_H
#define HR_COMPILER_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "common/parse.h"
#include "config/snat_exclusion.h"
#include "probe/needs.h"
#include "probe/verdict.h"

#define MANIFEST_SCHEMA "hostroute.bundle/1"
#define MANIFEST_FILE "manifest.json"
#define MANIFEST_MAX_BYTES (1u << 20)
#define MANIFEST_MAX_OBJECTS 4
#define MANIFEST_MAX_FILES 16
#define MANIFEST_MAX_HOOKS 24
#define MANIFEST_MAX_OFF 12 /* parts of services */
#define MANIFEST_MAX_GAPS 32
#define MANIFEST_MAX_REASONS 16
#define MANIFEST_MAX_OPTIONS 1024
#define MANIFEST_MAX_DEVICES 32
#define MANIFEST_MAX_EFFECTIVE 32
#define MANIFEST_MAX_MAP_SIZES 16
#define MANIFEST_POD_CIDR "pod-cidr" /* in place of a CIDR: the node's own */
#define MANIFEST_PATH_MAX 4097 /* of a file on the node: one byte more than can be opened */

/* A file of the bundle, the manifest itself excepted. */
struct manifest_file {
	char file[32];
	char sha256[DIGEST_TEXT_MAX];
};

struct manifest_object {
	char file[32]; /* "bpf_lxc.o", beside the manifest */
	char sha256[DIGEST_TEXT_MAX];
	struct object_needs needs; /* programs and maps included */
};

/* A program to attach: `interface` and `direction` as in bpf-templates/lib/hooks.def, lower case. */
struct manifest_hook {
	char program[16];
	char interface[16]; /* endpoint, host, overlay, device, cgroup */
	char direction[16]; /* ingress, egress; at a cgroup connect4, ... */
};

/* Something the config asks for that this datapath does not provide; status must not claim it. */
struct manifest_gap {
	char key[64];
	char value[64];
	char text[160];
};

/* Why the mode is legacy: a rule of probe/rules.def that matched, the first cause first. */
struct manifest_reason {
	char rule[64];
	char text[240];
};

/* All owned. origin: "default" or "file:line:col" without directories. */
struct manifest_option {
	char *key;
	char *value;
	char *origin;
};

/* What is in force where no key alone says it, see compiler/effective.def. */
struct manifest_value {
	char name[32];
	char value[544];
	char why[240];
};

/*
 * Entries of a map as the agent sizes it. Where `from` is "memory", by the formula over the memory of the node (in
 * bytes) and what follows it here; `max` and `total_bytes` in it are MAP_SIZE_MAX_ENTRIES and MAP_SIZE_TOTAL_BYTES.
 */
struct manifest_map_size {
	char name[16]; /* "ct-tcp" */
	char key[48]; /* that fixes the size where it is set */
	char from[8]; /* "key", "default" or "memory" */
	int64_t entries; /* 0: the node's memory decides, and is not known here; null in JSON */
	char formula[160]; /* "" unless from memory, and so are the rest */
	double ratio;
	int64_t scaled, min; /* `entries` and `min` of the formula */
	bool multiple_of_cpus; /* what the formula gives is rounded to the possible CPUs of the node */
};

/* How pods' IPv4 packets leave the cluster. All of it is off in a bundle of an older build. */
struct manifest_masquerade {
	enum masquerade_mode mode; /* MASQUERADE_IPTABLES: by the node's netfilter */
	enum snat_exclusion exclusion;
	struct cidr4 exclusion_cidr; /* with SNAT_EXCLUSION_KEY */
	bool ip_masq_agent;
	char ip_masq_agent_config[MANIFEST_PATH_MAX]; /* the agent's file */
	char address_device[16]; /* whose address all devices use; "": each has one of its own */
	/* Of netfilter alone; none: all interfaces. */
	char egress_interfaces[MANIFEST_MAX_DEVICES][16];
	size_t egress_interface_count;
	bool random_ports;
};

/* A part of the services that was asked for and is off, by a rule of probe/rules.def. */
struct manifest_off {
	char feature[24]; /* a flag of struct manifest_services by its name, "nodeport" */
	char rule[64];
	char reason[240];
};

/*
 * How the bundle serves Services. What the config asks for beyond that is among the gaps. All of it is off in a bundle
 * of an older build.
 */
struct manifest_services {
	char kpr[16]; /* the replacement of kube-proxy as `cilium status` names it: "Probe" */
	bool nodeport; /* NodePorts and LoadBalancers */
	uint16_t nodeport_min, nodeport_max; /* host byte order */
	bool external_ips, host_port;
	bool session_affinity;
	bool source_ranges; /* of external and load balancer addresses */
	bool source_ranges_everywhere; /* of all kinds; bpf-lb-source-range-all-types */
	bool cluster_ip_outside; /* bpf-lb-external-clusterip */
	bool terminating_endpoints; /* keep their connections */
	bool bind_protection; /* of NodePorts */
	bool socket_lb_tcp, socket_lb_udp;
	bool socket_lb_host_only; /* pods' sockets are left alone */
	bool direct_routing; /* one NIC is the direct routing device */
	char direct_routing_device[16]; /* that one, or "prefix+"; "": the NIC of the node IP */
	char mode[8]; /* "snat", "dsr", "hybrid" */
	char algorithm[8]; /* "random", "maglev" */
	uint32_t maglev_size; /* entries of a table */
	char maglev_seed[32]; /* 12 bytes in base64 */
	char cgroup_root[MANIFEST_PATH_MAX]; /* whose sockets are translated */
	struct manifest_off turned_off[MANIFEST_MAX_OFF];
	size_t off_count;
};

struct manifest {
	char tool_version[16];
	char compiler[64]; /* "clang 14.0.6" */
	char templates_sha256[DIGEST_TEXT_MAX];
	char config_sha256[DIGEST_TEXT_MAX]; /* of the effective options, sorted */
	char cilium_version[16]; /* rule set the config was judged by */
	char cilium_version_reason[256]; /* why that one; "" in a bundle of an older build */
	char target_kernel[72]; /* release of the kernel it was made for; "" when for any */

	bool host_routing; /* BPF host routing; false: legacy */
	struct manifest_reason reasons[MANIFEST_MAX_REASONS]; /* none with BPF host routing */
	size_t reason_count;
	bool tunnel;
	char tunnel_protocol[16]; /* "vxlan", "geneve"; "" when !tunnel */
	uint16_t tunnel_port; /* host byte order */
	bool auto_direct_node_routes;
	struct manifest_masquerade masquerade;
	struct manifest_services services;
	char devices[MANIFEST_MAX_DEVICES][16]; /* the `devices` key; none: detect on the node */
	size_t device_count;

	struct manifest_option *options; /* owned; every effective option, sorted by key */
	size_t option_count;
	struct manifest_gap gaps[MANIFEST_MAX_GAPS];
	size_t gap_count;
	struct manifest_value
		effective[MANIFEST_MAX_EFFECTIVE]; /* none in a bundle of an older build */
	size_t effective_count;
	struct manifest_map_size map_sizes[MANIFEST_MAX_MAP_SIZES]; /* ditto */
	size_t map_size_count;
	struct manifest_hook hooks[MANIFEST_MAX_HOOKS];
	size_t hook_count;
	struct manifest_object *objects; /* owned, at most MANIFEST_MAX_OBJECTS */
	size_t object_count;
	struct manifest_file
		files[MANIFEST_MAX_FILES]; /* none in bundles of before they were listed */
	size_t file_count;
};

/* JSON text, stable key order, closed by a newline; the caller frees *out. 0 or -ENOMEM. */
int manifest_write(const struct manifest *m, char **out);

/*
 * Reads and checks DIR/manifest.json: schema, types, sizes, no paths in file names. Does not look at the
 * objects. 0, or a negative errno after logging one line. *out is for manifest_fini() either way.
 */
int manifest_read(const char *dir, struct manifest *out);

/* As manifest_read() for a text in memory; path is for messages. len excludes any NUL. */
int manifest_parse(const char *path, const char *text, size_t len, struct manifest *out);

/*
 * Checks every file of the bundle against its sha256. 0, or a negative errno (-EBADMSG: corrupted) after logging
 * one line that names the file. Files that the manifest does not list are warned about.
 */
int manifest_check_objects(const char *dir, const struct manifest *m);

/* Text of an effective option as the config spells it; "" when it is empty or no key of the release. */
const char *manifest_option(const struct manifest *m, const char *key);

/* A boolean one; false when it is no key of the release. */
bool manifest_option_is_on(const struct manifest *m, const char *key);

void manifest_fini(struct manifest *m);

#define _cleanup_manifest_ __attribute__((cleanup(manifest_fini)))

#endif
