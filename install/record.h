/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What we changed on this node, and what it was before: <run>/record.json, schema "hostroute.record/1", for
 * the node, and beside it a directory with one small file per endpoint, so that adding a pod costs the same
 * however many there are. record.json names that directory: a new one becomes valid with the rename of
 * record.json, all at once.
 * Written before the first change with everything that is about to be created or changed, so that whatever
 * a run leaves behind when it is killed can be found by record and kernel together; written again at its end.
 *
 * It lives outside bpffs because it must outlive unmounted pins, and under /run because nothing of it is
 * true after a reboot.
 */
#ifndef HR_INSTALL_RECORD_H
#define HR_INSTALL_RECORD_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "common/parse.h"
#include "compiler/manifest.h"
#include "install/attach.h"
#include "install/paths.h"

#define RECORD_SCHEMA "hostroute.record/1"
#define RECORD_MAX_BYTES (16u << 20) /* STATE_MAX_ENDPOINTS pods in one text need 4 MiB */
#define RECORD_MAX_ENDPOINT_BYTES (64u << 10)
#define RECORD_MAX_DEVICES 3
#define RECORD_MAX_CONSTANTS 16
#define RECORD_MAX_PROGRAMS 32

/* net.ipv4.conf.<interface>.<name> */
struct record_sysctl {
	char interface[IFNAMSIZ]; /* or "all" */
	unsigned int ifindex; /* 0 for "all": not an interface that can be replaced by a namesake */
	char name[24];
	int old, set; /* restored to old, if it still is what we set */
};

/* A program that we attach. */
struct record_point {
	struct attach_point point;
	bool created_clsact; /* the clsact qdisc on the interface is of our making */
	unsigned int foreign; /* programs of others on that side when we were done */
	uint32_t ip; /* the endpoint's address; 0 for other interfaces */
};

struct record_program {
	char name[16];
	char tag[17]; /* the kernel's, 16 hex digits */
};

/* A load-time constant (.rodata) as it was set. */
struct record_constant {
	char name[32];
	uint32_t value;
};

/* Our nftables table. */
struct record_nft {
	char written[DIGEST_TEXT_MAX]; /* of the transaction that made it; "" when there is none */
	char listed[DIGEST_TEXT_MAX]; /* of what nft_list() said afterwards */
};

/* The cgroup that programs are at. */
struct record_cgroup {
	char dir[PATH_SIZE]; /* "" when there are none */
	bool mounted; /* by us */
	unsigned int made; /* directories that we created for it, from the end of its path */
};

struct record {
	bool complete; /* false: a run began and did not end */
	char endpoints[24]; /* directory of the endpoints' files, as read; "" when there is none */
	char bpffs[PATH_SIZE]; /* --bpffs: where the pins are */
	char bundle_sha256[DIGEST_TEXT_MAX]; /* of manifest.json */
	bool host_routing; /* BPF host routing; false: legacy */
	enum attach_mode attach; /* ATTACH_TCX or ATTACH_TC */
	uint32_t node_ip, router_ip;
	struct cidr4 pod_cidr;
	char ip_masq_config[PATH_SIZE]; /* the ip-masq-agent's file; "" without it */
	char cilium_version[16]; /* whose terms the status uses; "" in a record of an older build */
	struct manifest_services services; /* of the bundle */
	struct manifest_gap gaps[MANIFEST_MAX_GAPS];
	size_t gap_count;
	char devices[RECORD_MAX_DEVICES][IFNAMSIZ]; /* created by us */
	size_t device_count;
	struct record_constant constants[RECORD_MAX_CONSTANTS];
	size_t constant_count;
	struct record_program programs[RECORD_MAX_PROGRAMS];
	size_t program_count;
	struct record_nft nft;
	char routes
		[DIGEST_TEXT_MAX]; /* of ours, by route_digest(); "" in a record of an older build */
	struct record_cgroup cgroup;
	struct record_sysctl *sysctls; /* owned */
	size_t sysctl_count;
	struct record_point *points; /* owned; in the order of attachment */
	size_t point_count;
};

/*
 * 0, -ENOENT when there is none (not logged), or another negative errno after logging one line. A record that
 * was made with another --bpffs is -EXDEV: its pins would be overlooked.
 */
int record_read(const struct install_paths *paths, struct record *out);

/* As record_read(), but of the endpoints only those with this interface (or NULL) or this address. */
int record_read_endpoint(const struct install_paths *paths, const char *interface, uint32_t ip,
			 struct record *out);

/* Replaces all of the old record, or nothing; logs. */
int record_write(const struct install_paths *paths, const struct record *record);

/*
 * Writes the endpoints that are in record, removes those that are in before only, and leaves alone what is in
 * neither. Both come from one record_read_endpoint(). Each endpoint's file is replaced at once; logs.
 */
int record_write_endpoint(const struct install_paths *paths, const struct record *record,
			  const struct record *before);

/* Removes all of it; success when there is none. Logs. */
int record_remove(const struct install_paths *paths);

/* By address, interface index and name, for comparing records that were made in different order. */
void record_sort(struct record *record);

/* As one JSON text, endpoints included, stable order; the caller frees *out. 0 or -ENOMEM. */
int record_format(const struct record *record, char **out);

/* From JSON text of len bytes; *why gets a static text or the parser's message. 0 or -EINVAL, -ENOMEM. */
int record_parse(const char *text, size_t len, struct record *out, char *why, size_t why_size);

/* Deep copy. 0 or -ENOMEM. */
int record_copy(const struct record *from, struct record *out);

/* Append. 0 or -ENOMEM. */
int record_add_sysctl(struct record *record, const struct record_sysctl *sysctl);
int record_add_point(struct record *record, const struct record_point *point);

/* Everything of one interface goes. */
void record_forget_interface(struct record *record, const char *interface);

/*
 * Adds what `before` has and `record` has not: points, sysctls, devices and qdiscs that a run is about to take
 * away are still there until it has. 0 or -ENOMEM.
 */
int record_merge(struct record *record, const struct record *before);

bool record_has_nft(const struct record *record);

/* NULL when it is not in there. ifindex 0 matches any. */
const struct record_sysctl *record_find_sysctl(const struct record *record, const char *interface,
					       unsigned int ifindex, const char *name);
const struct record_point *record_find_point(const struct record *record, const char *interface,
					     enum attach_direction direction);
const struct record_program *record_find_program(const struct record *record, const char *name);
bool record_has_device(const struct record *record, const char *name);

void record_fini(struct record *record);

#define _cleanup_record_ __attribute__((cleanup(record_fini)))

#endif
