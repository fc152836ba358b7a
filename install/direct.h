/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways to other nodes for auto-direct-node-routes: by the device on whose network each of them is. */
#ifndef HR_INSTALL_DIRECT_H
#define HR_INSTALL_DIRECT_H

#include "compiler/manifest.h"
#include "install/rtnl.h"
#include "install/state.h"
#include "probe/devices.h"

/*
 * Fills device and ifindex of every remote node by asking the kernel's routes; leaves them alone where the bundle wants
 * no such routes. A node that is on none of this node's networks is an error, or with direct-routing-skip-unreachable a
 * warning, and has no device then. nics: what the datapath is attached to; another device is warned about. 0, or a
 * negative errno after logging which node.
 */
int direct_resolve(const struct manifest *manifest, struct rtnl *nl, const struct device_list *nics,
		   struct node_state *state);

#endif
