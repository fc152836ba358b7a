/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps and how to look into them. The one file with #if on config macros: a map that only dead code
 * uses would stay in the object. An entry file defines USE_IPCACHE, USE_NODES, USE_DECAP, USE_MASQUERADE,
 * USE_DEVICES, USE_NODEPORT, USE_POD_SERVICES, USE_SERVICES and USE_SOCKETS before it includes this for the maps it
 * needs beyond endpoints and metrics; without them the accessors do not exist.
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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hr_monitor);
} hr_monitor SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENTS_RING_SIZE);
} hr_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hr_events_lost SEC(".maps");

static __always_inline bool monitor_listens(void)
{
	const struct hr_monitor *monitor = bpf_map_lookup_elem(&hr_monitor, &(__u32){ 0 });

	return monitor && monitor->listens;
}

#if MONITOR_AGGREGATION >= 3
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FLOWS_MAP_SIZE);
	__type(key, __u32);
	__type(value, struct hr_flow);
} hr_flows SEC(".maps");

static __always_inline struct hr_flow *flow_slot(__u32 key)
{
	__u32 slot = key % FLOWS_MAP_SIZE;

	return bpf_map_lookup_elem(&hr_flows, &slot);
}
#else
static __always_inline struct hr_flow *flow_slot(__u32 key)
{
	(void)key;
	return NULL;
}
#endif

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

/* Masquerading has a question about nodes only where pods reach them without it, direct server return always has. */
#if defined(USE_NODES) || (defined(USE_NODEPORT) && ENABLE_DSR) || \
	(defined(USE_DECAP) && ENABLE_VXLAN_BPF) ||                \
	(defined(USE_MASQUERADE) && ENABLE_MASQUERADE && !MASQUERADE_REMOTE_NODES)
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
#elif defined(USE_MASQUERADE) || defined(USE_DECAP)
static __always_inline bool node_is_known(__be32 addr)
{
	(void)addr;
	return false;
}
#endif

/* Flows that are translated: masqueraded ones, those of services from outside, and those of pods to services. */
#if defined(USE_POD_SERVICES)
#define HAS_NAT ENABLE_PER_PACKET_LB
#elif defined(USE_NODEPORT)
#define HAS_NAT (ENABLE_MASQUERADE || ENABLE_NODEPORT || ENABLE_PER_PACKET_LB)
#elif defined(USE_MASQUERADE)
#define HAS_NAT \
	(ENABLE_MASQUERADE || ENABLE_NODEPORT || (ENABLE_PER_PACKET_LB && ENABLE_HOST_ROUTING))
#endif

#ifdef HAS_NAT
#if HAS_NAT
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SNAT_MAPPING_IPV4_SIZE);
	__type(key, struct hr_nat_key);
	__type(value, struct hr_nat);
} hr_nat4 SEC(".maps");

static __always_inline struct hr_nat *nat_lookup(const struct hr_nat_key *key)
{
	return bpf_map_lookup_elem(&hr_nat4, key);
}

static __always_inline int nat_store(const struct hr_nat_key *key, const struct hr_nat *value,
				     __u64 flags)
{
	return (int)bpf_map_update_elem(&hr_nat4, key, value, flags);
}

static __always_inline void nat_delete(const struct hr_nat_key *key)
{
	bpf_map_delete_elem(&hr_nat4, key);
}
#else
static __always_inline struct hr_nat *nat_lookup(const struct hr_nat_key *key)
{
	(void)key;
	return NULL;
}

static __always_inline int nat_store(const struct hr_nat_key *key, const struct hr_nat *value,
				     __u64 flags)
{
	(void)key, (void)value, (void)flags;
	return 0;
}

static __always_inline void nat_delete(const struct hr_nat_key *key)
{
	(void)key;
}
#endif

#if HAS_NAT && ENABLE_IPV4_FRAGMENTS
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CILIUM_IPV4_FRAG_MAP_MAX_ENTRIES);
	__type(key, struct hr_frag_key);
	__type(value, struct hr_frag);
} hr_frags4 SEC(".maps");

static __always_inline const struct hr_frag *fragment_lookup(const struct hr_frag_key *key)
{
	return bpf_map_lookup_elem(&hr_frags4, key);
}

static __always_inline void fragment_store(const struct hr_frag_key *key,
					   const struct hr_frag *value)
{
	bpf_map_update_elem(&hr_frags4, key, value, BPF_ANY);
}
#else
static __always_inline const struct hr_frag *fragment_lookup(const struct hr_frag_key *key)
{
	(void)key;
	return NULL;
}

static __always_inline void fragment_store(const struct hr_frag_key *key,
					   const struct hr_frag *value)
{
	(void)key, (void)value;
}
#endif

#endif

#ifdef USE_MASQUERADE
#if ENABLE_MASQUERADE && ENABLE_IP_MASQ_AGENT
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, IP_MASQ_MAP_SIZE);
	__uint(map_flags, BPF_F_NO_PREALLOC); /* an LPM trie takes no other */
	__type(key, struct hr_prefix4);
	__type(value, struct hr_ipmasq);
} hr_ipmasq4 SEC(".maps");

static __always_inline bool ipmasq_has(__be32 addr)
{
	struct hr_prefix4 key = { .len = 32, .addr = addr };

	return bpf_map_lookup_elem(&hr_ipmasq4, &key);
}
#else
static __always_inline bool ipmasq_has(__be32 addr)
{
	(void)addr;
	return false;
}
#endif
#endif

#ifdef USE_DEVICES
#if ENABLE_MASQUERADE
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEVICES_MAP_SIZE);
	__uint(map_flags, HASH_FLAGS);
	__type(key, __u32);
	__type(value, struct hr_device);
} hr_devices4 SEC(".maps");

static __always_inline const struct hr_device *device_lookup(__u32 ifindex)
{
	return bpf_map_lookup_elem(&hr_devices4, &ifindex);
}
#else
static __always_inline const struct hr_device *device_lookup(__u32 ifindex)
{
	(void)ifindex;
	return NULL;
}
#endif
#endif

/* Sockets have them always: without services there is no program for them. */
#if defined(USE_SERVICES)
#define HAS_SERVICES 1
#elif defined(USE_POD_SERVICES)
#define HAS_SERVICES ENABLE_PER_PACKET_LB
#elif defined(USE_NODEPORT)
#define HAS_SERVICES ENABLE_NODEPORT
#endif

#ifdef HAS_SERVICES
#if HAS_SERVICES
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CILIUM_LB_SERVICE_MAP_MAX_ENTRIES);
	__uint(map_flags, HASH_FLAGS);
	__type(key, struct hr_frontend_key);
	__type(value, struct hr_frontend);
} hr_frontends4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CILIUM_LB_SERVICE_MAP_MAX_ENTRIES);
	__uint(map_flags, HASH_FLAGS);
	__type(key, struct hr_slot_key);
	__type(value, struct hr_slot);
} hr_slots4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CILIUM_LB_BACKENDS_MAP_MAX_ENTRIES);
	__uint(map_flags, HASH_FLAGS);
	__type(key, struct hr_backend_key);
	__type(value, struct hr_backend);
} hr_backends4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CILIUM_LB_AFFINITY_MAP_MAX_ENTRIES);
	__type(key, struct hr_affinity_key);
	__type(value, struct hr_affinity);
} hr_affinity4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CILIUM_LB_AFFINITY_MAP_MAX_ENTRIES);
	__uint(map_flags, HASH_FLAGS);
	__type(key, struct hr_affinity_match_key);
	__type(value, struct hr_affinity_match);
} hr_aff_match4 SEC(".maps");

static __always_inline const struct hr_frontend *frontend_lookup(const struct hr_frontend_key *key)
{
	return bpf_map_lookup_elem(&hr_frontends4, key);
}

/* Backend number slot of a set; NULL when the set was replaced in between. */
static __always_inline const struct hr_slot *slot_lookup(__u64 set, __u32 slot)
{
	struct hr_slot_key key = { .set = set, .slot = slot };

	return bpf_map_lookup_elem(&hr_slots4, &key);
}

/* May a flow stay with this backend? */
static __always_inline bool backend_serves(const struct hr_backend_key *key)
{
	return bpf_map_lookup_elem(&hr_backends4, key);
}

static __always_inline struct hr_affinity *affinity_lookup(const struct hr_affinity_key *key)
{
	return bpf_map_lookup_elem(&hr_affinity4, key);
}

static __always_inline void affinity_store(const struct hr_affinity_key *key,
					   const struct hr_affinity *value)
{
	bpf_map_update_elem(&hr_affinity4, key, value, BPF_ANY);
}

static __always_inline bool affinity_allows(const struct hr_affinity_match_key *key)
{
	return bpf_map_lookup_elem(&hr_aff_match4, key);
}
#else
static __always_inline const struct hr_frontend *frontend_lookup(const struct hr_frontend_key *key)
{
	(void)key;
	return NULL;
}

static __always_inline const struct hr_slot *slot_lookup(__u64 set, __u32 slot)
{
	(void)set, (void)slot;
	return NULL;
}

static __always_inline bool backend_serves(const struct hr_backend_key *key)
{
	(void)key;
	return false;
}

static __always_inline struct hr_affinity *affinity_lookup(const struct hr_affinity_key *key)
{
	(void)key;
	return NULL;
}

static __always_inline void affinity_store(const struct hr_affinity_key *key,
					   const struct hr_affinity *value)
{
	(void)key, (void)value;
}

static __always_inline bool affinity_allows(const struct hr_affinity_match_key *key)
{
	(void)key;
	return false;
}
#endif
#endif

/* Only who is outside is asked where from. */
#ifdef USE_NODEPORT
#if ENABLE_NODEPORT
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, CILIUM_LB_SOURCE_RANGE_MAP_MAX_ENTRIES);
	__uint(map_flags, BPF_F_NO_PREALLOC); /* an LPM trie takes no other */
	__type(key, struct hr_source_range_key);
	__type(value, struct hr_source_range);
} hr_src_ranges4 SEC(".maps");

static __always_inline bool source_range_has(const struct hr_frontend_key *frontend, __be32 client)
{
	struct hr_source_range_key key = { .len = HR_SOURCE_RANGE_LEN + 32,
					   .frontend = *frontend,
					   .addr = client };

	return bpf_map_lookup_elem(&hr_src_ranges4, &key);
}
#else
static __always_inline bool source_range_has(const struct hr_frontend_key *frontend, __be32 client)
{
	(void)frontend, (void)client;
	return false;
}
#endif
#endif

/* Who is outside is the only one who gets a backend by its table. */
#if defined(USE_NODEPORT) && ENABLE_MAGLEV
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAGLEV_MAP_SIZE);
	__uint(map_flags,
	       BPF_F_NO_PREALLOC); /* a table is large, and there are not as many as there may be */
	__type(key, struct hr_maglev_key);
	__type(value, struct hr_maglev);
} hr_maglev4 SEC(".maps");

static __always_inline const struct hr_maglev *maglev_lookup(const struct hr_maglev_key *key)
{
	return bpf_map_lookup_elem(&hr_maglev4, key);
}
#else
static __always_inline const struct hr_maglev *maglev_lookup(const struct hr_maglev_key *key)
{
	(void)key;
	return NULL;
}
#endif

#ifdef USE_SOCKETS
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LB4_REVERSE_NAT_SK_MAP_SIZE);
	__type(key, struct hr_socket_key);
	__type(value, struct hr_socket);
} hr_sockets4 SEC(".maps");

static __always_inline const struct hr_socket *socket_lookup(const struct hr_socket_key *key)
{
	return bpf_map_lookup_elem(&hr_sockets4, key);
}

static __always_inline int socket_store(const struct hr_socket_key *key,
					const struct hr_socket *value)
{
	return (int)bpf_map_update_elem(&hr_sockets4, key, value, BPF_ANY);
}

static __always_inline void socket_delete(const struct hr_socket_key *key)
{
	bpf_map_delete_elem(&hr_sockets4, key);
}
#endif

#endif
