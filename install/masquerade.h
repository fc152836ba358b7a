/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which address of the node pods' packets get when they leave by a NIC, and where they keep their own. Pure: looks at
 * facts, not at the kernel.
 *
 * Source: ../shared/reference/cilium-config.md E, "Masquerade IP" and order of decision, 4.
 */
#ifndef HR_INSTALL_MASQUERADE_H
#define HR_INSTALL_MASQUERADE_H

#include "install/goal.h"
#include "probe/facts.h"

/*
 * Of the addresses of a device: those of global scope, else those of site scope, else those of any device. Among
 * them public addresses come before private ones, then the node IP before the others, then the smallest. Network
 * byte order; 0 when the node has none at all.
 */
uint32_t masquerade_address(const struct node_facts *facts, const struct fact_device *device);

/* What pods reach with their own addresses because a CIDR says so, in manifest or state; NULL for nothing. */
const struct cidr4 *masquerade_exclusion(const struct manifest *manifest,
					 const struct node_state *state);

/*
 * Fills in the masquerade addresses of the goal's NICs where the bundle masquerades in BPF. 0, or a negative errno
 * after logging what is missing.
 */
int masquerade_choose(const struct node_facts *facts, struct goal *goal);

#endif
