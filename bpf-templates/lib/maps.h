/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps and how to look into them. The one file with #if on config macros: a map that only dead code
 * uses would stay in the object. An entry file defines USE_IPCACHE and USE_NODES before it includes this
 * for the maps it needs beyond endpoints and metrics; without them the accessors do not exist.
 */
#ifndef HR_BPF_MAPS_H
#define HR_BPF_MAPS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

#define HASH_FLAGS (PREALLOCATE_MAPS ? 0 : BPF_F_NO_PREALLOC)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENDPOINTS_MAP_SIZE);
	__uint(map_flags, HASH_FLAGS);
	__type(key, __be32);
	__type(value, struct hr_endpoint);
} hr_endpoints4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HR_METRIC_SLOTS);
	__type(key, __u32);
	__type(value, struct hr_metric);
} hr_metrics SEC(".maps");

static __always_inline const struct hr_endpoint *endpoint_lookup(__be32 addr)
{
	return bpf_map_lookup_elem(&hr_endpoints4, &addr);
}

#ifdef USE_IPCACHE
#if TUNNEL_MODE
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, IPCACHE_MAP_SIZE);
	__uint(map_flags, BPF_F_NO_PREALLOC); /* an LPM trie takes no other */
	__type(key, struct hr_prefix4);
	__type(value, struct hr_ipcache);
} hr_ipcache4 SEC(".maps");

static __always_inline const struct hr_ipcache *ipcache_lookup(__be32 addr)
{
	struct hr_prefix4 key = { .len = 32, .addr = addr };

	return bpf_map_lookup_elem(&hr_ipcache4, &key);
}
#else
static __always_inline const struct hr_ipcache *ipcache_lookup(__be32 addr)
{
	(void)addr;
	return NULL;
}
#endif
#endif

#ifdef USE_NODES
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NODES_MAP_SIZE);
	__uint(map_flags, HASH_FLAGS);
	__type(key, __be32);
	__type(value, struct hr_node);
} hr_nodes4 SEC(".maps");

static __always_inline bool node_is_known(__be32 addr)
{
	return bpf_map_lookup_elem(&hr_nodes4, &addr);
}
#endif

#endif
