/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few rtnetlink requests hrinstall needs, by libmnl. Every function makes one request (or one dump) on
 * a socket of the current network namespace and returns 0 or the kernel's negative errno; none of them logs.
 */
#ifndef HR_INSTALL_RTNL_H
#define HR_INSTALL_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/parse.h"

struct rtnl; /* an open socket */

int rtnl_open(struct rtnl **out);
void rtnl_close(struct rtnl *nl);

struct rtnl_link {
	char name[IFNAMSIZ];
	char kind[16]; /* "veth", "vxlan", ... or "" */
	unsigned int ifindex;
	unsigned int mtu;
	unsigned int mac_len;
	uint8_t mac[6];
	bool is_up;
	bool is_noarp;
	uint16_t tunnel_port; /* host byte order; 0 unless kind is vxlan or geneve */
	bool is_external; /* such a tunnel in collect_md mode */
};

/* -ENODEV when there is no such interface; -EINVAL for a name that none can have. */
int rtnl_link_get(struct rtnl *nl, const char *name, struct rtnl_link *out);
int rtnl_link_get_by_index(struct rtnl *nl, unsigned int ifindex, struct rtnl_link *out);

/*
 * veth pair, both ends NOARP, with random MACs chosen by the kernel, down. mtu 0 = the kernel's default.
 * -EEXIST when either name is taken.
 */
int rtnl_link_add_veth(struct rtnl *nl, const char *name, const char *peer, unsigned int mtu);

/*
 * vxlan in external (collect_md) mode on a UDP port (host byte order), learning nothing, down. mtu 0 = the
 * kernel's default. -EEXIST when the name is taken, or another vxlan device has collect_md on that port.
 */
int rtnl_link_add_vxlan(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu);

/*
 * geneve in external (collect_md) mode on a UDP port (host byte order), down. mtu 0 = the kernel's default; some
 * kernels do not take another one at creation. -EEXIST when the name is taken, -EPERM when another geneve device has
 * collect_md on that port, -EOPNOTSUPP when the kernel has no geneve.
 */
int rtnl_link_add_geneve(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu);

int rtnl_link_set_up(struct rtnl *nl, unsigned int ifindex);

/* -EINVAL when the device does not take that MTU. */
int rtnl_link_set_mtu(struct rtnl *nl, unsigned int ifindex, unsigned int mtu);

/* Takes both ends of a veth pair. -ENODEV when it is gone already. */
int rtnl_link_del(struct rtnl *nl, unsigned int ifindex);

/*
 * An IPv4 /32 address of scope link, so that the kernel never picks it as the source of traffic that
 * leaves by another device. -EEXIST when it is there.
 */
int rtnl_addr_add(struct rtnl *nl, unsigned int ifindex, uint32_t addr);

/* True (1), false (0) or a negative errno. */
int rtnl_addr_has(struct rtnl *nl, unsigned int ifindex, uint32_t addr);

/* An IPv4 unicast route of the main table. gateway, src and mtu 0 = not given. */
struct rtnl_route {
	struct cidr4 dst;
	uint32_t gateway;
	unsigned int ifindex; /* output interface */
	uint32_t src; /* preferred source; the address must be on this node */
	unsigned int mtu; /* locked metric not set: a plain `mtu N` */
	uint8_t protocol; /* RTPROT_*; ours is RTNL_PROTO_HOSTROUTE */
};

#define RTNL_PROTO_HOSTROUTE 114 /* not assigned in rtnetlink.h or iproute2's rt_protos */

/*
 * -EEXIST when a route to dst with the same metric exists, whoever owns it. Scope follows from the gateway:
 * link without, global with one. -ENETUNREACH: the gateway is not on link, or the interface is down.
 */
int rtnl_route_add(struct rtnl *nl, const struct rtnl_route *route);

/*
 * Deletes the route with this dst, protocol, gateway, interface and source; never one of another protocol.
 * -ESRCH when there is none.
 */
int rtnl_route_del(struct rtnl *nl, const struct rtnl_route *route);

/* All routes of ours (by protocol) in the main table; the caller frees *out (NULL when there are none). */
int rtnl_route_list(struct rtnl *nl, struct rtnl_route **out, size_t *count);

/*
 * Is there a route to exactly dst in the main table that is not ours, of whatever type and metric? 1, 0 or a
 * negative errno.
 */
int rtnl_route_has_foreign(struct rtnl *nl, struct cidr4 dst);

/* How the node would send to an address. */
struct rtnl_hop {
	unsigned int ifindex;
	bool is_on_link; /* the address is its own next hop */
};

/* Asks the kernel's routes and rules. -ENETUNREACH also for an address that nothing is sent to: the node's own, ... */
int rtnl_route_get(struct rtnl *nl, uint32_t addr, struct rtnl_hop *out);

/* A tc filter of one side of a clsact qdisc. */
struct rtnl_filter {
	uint32_t handle; /* 0: the head of a priority, shown before its filters */
	uint32_t chain; /* 0: the one that packets enter */
	uint16_t priority;
	uint16_t protocol; /* ETH_P_*, host byte order */
	char kind[16]; /* "bpf", "flower", ... */
	uint32_t prog_id; /* kind bpf, else 0 */
};

/* Does the interface have a clsact qdisc? 1, 0, or a negative errno (-ENODEV: no such interface). */
int rtnl_clsact_has(struct rtnl *nl, unsigned int ifindex);

/*
 * Filters of the clsact side TC_H_MIN_INGRESS or TC_H_MIN_EGRESS (linux/pkt_sched.h); none when there is no
 * qdisc or no interface. The caller frees *out (NULL when there are none).
 */
int rtnl_filter_list(struct rtnl *nl, unsigned int ifindex, uint32_t side, struct rtnl_filter **out,
		     size_t *count);

#define _cleanup_rtnl_ __attribute__((cleanup(cleanup_rtnl)))
static inline void cleanup_rtnl(struct rtnl **nl)
{
	if (*nl)
		rtnl_close(*nl);
}

#endif
