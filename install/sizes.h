/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes of maps that the memory of the node decides, so that one bundle serves nodes of any memory. Pure.
 *
 * Source: config/map_sizes.h has the formula, the manifest's map_sizes its inputs.
 */
#ifndef HR_INSTALL_SIZES_H
#define HR_INSTALL_SIZES_H

#include <stdint.h>

#include "compiler/manifest.h"

/*
 * Gives hr_nat4, in every object, the entries that a node of that much memory (MemTotal, bytes) has for it; a
 * size that a key has fixed stays. With bpf-distributed-lru nothing is rounded: our map has one common LRU.
 */
void sizes_fit(struct manifest *manifest, uint64_t memory);

#endif
