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
	uint16_t vxlan_port; /* host byte order; 0 unless kind is vxlan */
	bool vxlan_external; /* collect_md */
};

/* -ENODEV when there is no such interface. */
int rtnl_link_get(struct rtnl *nl, const char *name, struct rtnl_link *out);
int rtnl_link_get_by_index(struct rtnl *nl, unsigned int ifindex, struct rtnl_link *out);

/* veth pair, both ends NOARP, with random MACs chosen by the kernel, down. */
int rtnl_link_add_veth(struct rtnl *nl, const char *name, const char *peer, unsigned int mtu);

/* vxlan in external (collect_md) mode on a UDP port (host byte order), down. */
int rtnl_link_add_vxlan(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu);

int rtnl_link_set_up(struct rtnl *nl, unsigned int ifindex);
int rtnl_link_del(struct rtnl *nl, unsigned int ifindex);

/* An IPv4 /32 address, scope link or global. -EEXIST when it is there. */
int rtnl_addr_add(struct rtnl *nl, unsigned int ifindex, uint32_t addr);

/* True (1), false (0) or a negative errno. */
int rtnl_addr_has(struct rtnl *nl, unsigned int ifindex, uint32_t addr);

/* An IPv4 unicast route of the main table. gateway, src and mtu 0 = not given. */
struct rtnl_route {
	struct cidr4 dst;
	uint32_t gateway;
	unsigned int ifindex; /* output interface */
	uint32_t src; /* preferred source */
	unsigned int mtu; /* locked metric not set: a plain `mtu N` */
	uint8_t protocol; /* RTPROT_*; ours is RTNL_PROTO_HOSTROUTE */
};

#define RTNL_PROTO_HOSTROUTE 114 /* not assigned in rtnetlink.h or iproute2's rt_protos */

/* -EEXIST when a route to dst with the same metric exists, whoever owns it. Scope follows from the gateway. */
int rtnl_route_add(struct rtnl *nl, const struct rtnl_route *route);
int rtnl_route_del(struct rtnl *nl, const struct rtnl_route *route);

/* All routes of ours (by protocol) in the main table; the caller frees *out. */
int rtnl_route_list(struct rtnl *nl, struct rtnl_route **out, size_t *count);

#define _cleanup_rtnl_ __attribute__((cleanup(cleanup_rtnl)))
static inline void cleanup_rtnl(struct rtnl **nl)
{
	if (*nl)
		rtnl_close(*nl);
}

#endif
