/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that can be known to go wrong is found out here, before anything is touched. Reads only; each
 * function logs one line that says what to do about it, and returns 0 or a negative errno.
 */
#ifndef HR_INSTALL_PREFLIGHT_H
#define HR_INSTALL_PREFLIGHT_H

#include "compiler/manifest.h"
#include "install/goal.h"
#include "install/node.h"
#include "install/paths.h"
#include "install/record.h"
#include "install/rtnl.h"
#include "install/state.h"
#include "install/steps.h"
#include "probe/devices.h"
#include "probe/facts.h"

/* CAP_NET_ADMIN and CAP_BPF, or root. */
int preflight_privileges(void);

/* Privileges, and a bpf filesystem at --bpffs. */
int preflight_process(const struct install_paths *paths);

/* No agent owns this node. */
int preflight_owner(struct rtnl *nl);

/* The maps that we fill have the layout we know. An input error: the bundle is of another version. */
int preflight_tables(const struct manifest *manifest);

/* The running kernel answers yes to every need of every object. */
int preflight_needs(const struct manifest *manifest);

/*
 * The interfaces that the goal is about: pods' interfaces exist and are veths, names of ours are free or ours,
 * NICs exist and have MACs.
 */
int preflight_interfaces(const struct goal *goal, const struct node *node,
			 const struct record *record);

/* The name of our nftables table is free or ours, where the goal wants one. */
int preflight_nft(const struct goal *goal, const struct node *node, const struct record *record);

/* The kernel takes the nftables table that the plan is going to write. */
int preflight_plan(const struct steps *plan);

/* No route of somebody else is where a route of ours goes. */
int preflight_routes(const struct goal *goal, const struct node *node, struct rtnl *nl);

#endif
