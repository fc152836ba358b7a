/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many entries an agent gives its maps: from the keys, or from the node's memory where
 * bpf-map-dynamic-size-ratio says so and the key of a map is not set.
 *
 * Source: ../shared/reference/cilium-config.md F, L 1 and L 2.
 */
#ifndef HR_CONFIG_MAP_SIZES_H
#define HR_CONFIG_MAP_SIZES_H

#include <stdint.h>

#include "config/options.h"

/* What the sizes depend on beside the config. */
struct map_memory {
	uint64_t bytes; /* MemTotal of the node; 0 when unknown */
	unsigned int cpus; /* possible CPUs; 0 when unknown; bpf-distributed-lru rounds to them */
};

/* Entries. 0 where the size depends on what map_memory does not know. */
struct map_sizes {
	int64_t ct_tcp, ct_any; /* conntrack, of either family */
	int64_t nat;
	int64_t neigh; /* NodePort neighbours */
	int64_t sock_rev;
	int64_t policy; /* of one endpoint */
	int64_t lb; /* services, and every service map without a size of its own */
	int64_t fragments;
};

/* Sizes as the agent of opts->release would set them; opts must be such that it starts. */
void map_sizes_read(const struct options *opts, const struct map_memory *memory,
		    struct map_sizes *out);

#endif
