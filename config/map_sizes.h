/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many entries an agent gives its maps: from the keys, or from the node's memory where
 * bpf-map-dynamic-size-ratio says so and the key of a map is not set.
 *
 * Source: ../shared/reference/cilium-config.md F, L 1 and L 2.
 */
#ifndef HR_CONFIG_MAP_SIZES_H
#define HR_CONFIG_MAP_SIZES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/options.h"

#define MAP_SIZE_MAX_ENTRIES (1 << 24) /* of a scaled map */
#define MAP_SIZE_TOTAL_BYTES INT64_C(149422080) /* of all scaled maps at their `entries` */

enum map_size_id {
#define MAP_SIZE(id, ...) MAP_SIZE_##id,
#include "config/map_sizes.def"
#undef MAP_SIZE
	MAP_SIZE__COUNT,
};

struct map_size_def {
	const char *name; /* "ct-tcp" */
	enum option_id option; /* the key that fixes the size */
	int64_t entries,
		min; /* what the ratio scales, and the fewest; 0: the ratio does not count */
};

extern const struct map_size_def map_size_defs[MAP_SIZE__COUNT];

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

/*
 * Does the size follow the node's memory? It is then, before a NAT map is cut to two thirds of the conntrack
 * entries:
 *     min(max(trunc(bytes * ratio) * entries / MAP_SIZE_TOTAL_BYTES, min), MAP_SIZE_MAX_ENTRIES)
 * and with bpf-distributed-lru a multiple of the CPUs.
 */
bool map_size_is_dynamic(const struct options *opts, enum map_size_id id);

/* Bytes of a node's memory that its scaled maps share. Any ratio will do: it is cut to 0..1. */
int64_t map_size_budget(uint64_t bytes, double ratio);

/*
 * Entries of a scaled map out of a budget, within [min, MAP_SIZE_MAX_ENTRIES], and a multiple of step (not 0): the
 * possible CPUs with bpf-distributed-lru, else 1.
 */
int64_t map_size_scaled(int64_t budget, int64_t entries, int64_t min, unsigned int step);

/* Tracking more translations than connections makes no sense: two thirds of them. */
int64_t map_size_capped_nat(int64_t nat, int64_t ct_tcp, int64_t ct_any);

/* One size by its id. */
int64_t map_size_entries(const struct map_sizes *sizes, enum map_size_id id);

#endif
