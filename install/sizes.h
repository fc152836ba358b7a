/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes of maps that the memory of the node decides, so that one bundle serves nodes of any memory. Pure.
 *
 * Source: config/map_sizes.h has the formula, the manifest's map_sizes its inputs.
 */
#ifndef HR_INSTALL_SIZES_H
#define HR_INSTALL_SIZES_H

#include "compiler/manifest.h"
#include "config/map_sizes.h"

/*
 * Gives hr_nat4 and hr_sockets4, in every object, the entries that a node with that memory and those CPUs has for them. A size that a
 * key has fixed stays, and so does one that depends on what is not known of the node.
 */
void sizes_fit(struct manifest *manifest, const struct map_memory *memory);

#endif
