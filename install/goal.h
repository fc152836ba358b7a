/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node should look like, computed from bundle, state and the chosen NICs: interfaces with their roles,
 * attach points in the order of attachment, routes, maps. Pure: looks at no kernel, so interfaces have names
 * here and no ifindexes.
 */
#ifndef HR_INSTALL_GOAL_H
#define HR_INSTALL_GOAL_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/manifest.h"
#include "install/attach.h"
#include "install/overlay.h"
#include "install/record.h"
#include "install/rtnl.h"
#include "install/serving.h"
#include "install/state.h"
#include "probe/devices.h"

/* What an interface is to us; bits, so that sysctls.def can name several. */
enum node_role {
	ROLE_HOST = 1 << 0, /* hr_host */
	ROLE_PEER = 1 << 1, /* hr_net */
	ROLE_OVERLAY = 1 << 2, /* the tunnel device */
	ROLE_ENDPOINT = 1 << 3, /* host side of a pod's veth */
	ROLE_DEVICE = 1 << 4, /* NIC */
	ROLE_CGROUP =
		1 << 5, /* no interface: the cgroup of all processes, there when it is mounted */
	ROLES_OWN = ROLE_HOST | ROLE_PEER | ROLE_OVERLAY, /* created by us */
};

enum sysctl_id {
#define SYSCTL(id, ...) SYSCTL_##id,
#include "install/sysctls.def"
#undef SYSCTL
	SYSCTL__COUNT,
};

struct sysctl_def {
	const char *name; /* net.ipv4.conf.<interface>.<name> */
	int value;
	unsigned int roles;
};

extern const struct sysctl_def sysctl_defs[SYSCTL__COUNT];

/* VXLAN, or Geneve without options, over IPv4: 20 IP + 8 UDP + 8 header + 14 inner Ethernet */
#define TUNNEL_OVERHEAD 50

struct goal_interface {
	char name[IFNAMSIZ];
	enum node_role role;
	uint32_t masquerade; /* of a NIC: the address of pods' packets; 0: as they are */
};

struct goal_point {
	struct attach_point point; /* ifindex 0 */
	size_t interface; /* index of the interface */
	uint32_t ip; /* the endpoint's, else 0 */
};

struct goal_route {
	char interface[IFNAMSIZ];
	struct rtnl_route route; /* ifindex 0 where the interface is our own */
};

/* A load-time constant of the programs (bpf-templates/lib/node.h), as record_constant once it is worked out. */
struct goal_constant {
	const char *name; /* static */
	const char *
		device; /* its value is this device's ifindex, 0 where the goal has no such device; or NULL */
	uint32_t value; /* when device is NULL */
};

struct goal {
	const struct manifest *manifest; /* not owned, and neither is the state */
	const struct node_state *state;
	const struct overlay_def *overlay; /* NULL without a tunnel */
	const char *bundle; /* directory */
	const struct ip_masq *ip_masq; /* not owned; NULL: pods are masqueraded wherever they go */
	const char *ip_masq_config; /* file that it comes from; not owned; NULL likewise */
	char bundle_sha256[DIGEST_TEXT_MAX]; /* of its manifest */
	struct serving serving;
	enum attach_mode attach; /* at interfaces: ATTACH_TCX or ATTACH_TC */
	const char *cgroup; /* its directory; not owned; NULL: no program is at one */
	unsigned int mtu; /* of the device with the node IP */
	size_t first_endpoint; /* interface of state->endpoints[0] */
	struct goal_interface
		*interfaces; /* owned; own devices, then endpoints, then NICs, then the cgroup */
	size_t interface_count;
	struct goal_point *points; /* owned */
	size_t point_count;
	struct goal_route *routes; /* owned */
	size_t route_count;
	char *nft; /* owned; the transaction of nft_text(), or NULL */
	const struct object_map
		*maps[NEEDS_MAX_MAPS]; /* of the objects that are loaded; no name twice */
	size_t map_count;
	struct goal_constant constants[RECORD_MAX_CONSTANTS];
	size_t constant_count;
};

/*
 * Fills out from its inputs; goal->bundle, bundle_sha256 and attach are the caller's to set, and cgroup where it is not
 * what the bundle says. node_device
 * carries the node IP; nics are the devices to attach to. 0, or a negative errno after logging what about
 * the bundle makes no sense (a hook on an unknown kind of interface, ...).
 */
int goal_init(struct goal *out, const struct manifest *manifest, const struct node_state *state,
	      const struct fact_device *node_device, const struct device_list *nics);

/* Programs know the node's own sockets by the cookie of their network namespace (0: the kernel's first one). */
void goal_set_netns(struct goal *goal, uint64_t cookie);

/* How a program gets to a point. */
enum attach_mode goal_attach_mode(const struct goal *goal, const struct attach_point *point);

/* The map of that name, or NULL when this bundle has none. */
const struct object_map *goal_find_map(const struct goal *goal, const char *name);

/* Index of an interface, or interface_count. */
size_t goal_find_interface(const struct goal *goal, const char *name);

void goal_fini(struct goal *goal);

#define _cleanup_goal_ __attribute__((cleanup(goal_fini)))

#endif
