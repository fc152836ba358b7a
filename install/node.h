/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node does look like, as far as a goal is concerned: asked from the kernel, never remembered.
 * Only reads.
 */
#ifndef HR_INSTALL_NODE_H
#define HR_INSTALL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "install/goal.h"
#include "install/maps.h"
#include "install/paths.h"
#include "install/rtnl.h"
#include "install/tables.h"

struct node_interface {
	bool exists; /* of the cgroup: it is mounted */
	struct rtnl_link link; /* when it exists */
	int sysctls[SYSCTL__COUNT]; /* those of its role */
};

struct node_map {
	bool is_pinned;
	bool is_compatible; /* with the goal's */
};

struct node_program {
	bool is_pinned;
	struct program_info info;
};

struct node {
	struct node_interface *interfaces; /* owned; as goal->interfaces */
	struct attach_status *points; /* owned; as goal->points */
	unsigned int cgroup_dirs_missing; /* parts of the cgroup's path */
	bool has_router_address; /* hr_host has the state's router-ip */
	int all_rp_filter; /* net.ipv4.conf.all.rp_filter */
	unsigned int *
		remote_nics; /* owned; of state->remotes: the NIC of ours whose network it is on, or 0 */
	struct rtnl_route *routes; /* owned; those with our protocol */
	size_t route_count;
	char *nft; /* owned; our nftables table by nft_list(), NULL when there is none or the goal wants none */
	struct node_map maps[NEEDS_MAX_MAPS]; /* as goal->maps */
	struct node_program programs[MANIFEST_MAX_HOOKS]; /* as manifest->hooks */
	struct table tables[TABLE__COUNT]; /* owned; empty unless pinned and compatible */
	char (*map_pins)[64]; /* owned; whatever is pinned in our directory */
	size_t map_pin_count;
	char (*program_pins)[64]; /* owned */
	size_t program_pin_count;
	bool has_dirs; /* the pin directories are there */
};

/* 0, or a negative errno after logging one line. *out is for node_fini() either way. */
int node_read(const struct goal *goal, const struct install_paths *paths, struct rtnl *nl,
	      struct node *out);

void node_fini(struct node *node);

#define _cleanup_node_ __attribute__((cleanup(node_fini)))

#endif
