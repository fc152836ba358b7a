/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of this node as the datapath knows them: read from the pinned map, never remembered. */
#ifndef HR_INSTALL_ENDPOINT_MAP_H
#define HR_INSTALL_ENDPOINT_MAP_H

#include <stddef.h>

#include "install/paths.h"
#include "install/rtnl.h"
#include "install/state.h"

/*
 * All pods in hr_endpoints4, sorted by address; the node's own addresses are left out. interface is "" when
 * the interface is gone; names are not known here. The caller frees *out (NULL when there are none). -ENOENT
 * when nothing is pinned (not logged), else a negative errno after logging one line.
 */
int endpoint_map_read(const struct install_paths *paths, struct rtnl *nl, struct endpoint **out,
		      size_t *count);

#endif
