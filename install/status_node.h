/* SPDX-License-Identifier: BSD-2-Clause */
/* What apply made of the node beside programs and maps: devices, sysctls and routes. For status.c. */
#ifndef HR_INSTALL_STATUS_NODE_H
#define HR_INSTALL_STATUS_NODE_H

#include "install/rtnl.h"
#include "install/status.h"

/*
 * Adds to s->node_drift, by s->record, what apply would set right again. An interface that is gone is left out: its points
 * say so. 0, or a negative errno after logging one line.
 */
int status_node_read(struct rtnl *nl, struct status *s);

#endif
