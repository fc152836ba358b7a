/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the datapath and user space share: map keys and values, the slots of the metrics array, reserved
 * identities. Plain structs with explicit padding; sizes are asserted here, on both sides.
 * Includes nothing but fixed-size types, so that both clang -target bpf and gcc take it.
 */
#ifndef HR_BPF_ABI_H
#define HR_BPF_ABI_H

#include <linux/types.h>

/* A pod on this node, or one of the node's own addresses. Map hr_endpoints4, key __be32 address. */
struct hr_endpoint {
	__u32 ifindex; /* host side of the pod's veth; 0 with HR_ENDPOINT_HOST */
	__u32 identity; /* security identity; travels as VNI */
	__u8 mac[6]; /* of the pod's own interface */
	__u8 node_mac[6]; /* of the host side, which the pod believes to be its gateway */
	__u16 flags; /* HR_ENDPOINT_* */
	__u16 pad;
};

#define HR_ENDPOINT_HOST 0x1 /* an address of the node itself: up the stack */

/* A prefix that is reached through another node. Map hr_ipcache4 (LPM trie). */
struct hr_ipcache_key {
	__u32 len; /* 0..32 */
	__be32 addr;
};

struct hr_ipcache {
	__be32 tunnel_endpoint; /* node IP to encapsulate to */
	__u32 identity;
};

/* A node that may tunnel to us. Map hr_nodes4, key __be32 node IP. */
struct hr_node {
	__u32 identity;
	__u32 pad;
};

/* One slot per hook and reason, per CPU. Map hr_metrics, index hr_metric_slot(). */
struct hr_metric {
	__u64 packets;
	__u64 bytes; /* skb->len, so GSO super-packets count whole */
};

enum hr_hook {
#define HOOK(id, ...) HOOK_##id,
#include "hooks.def"
#undef HOOK
	HOOK__COUNT,
};

enum hr_reason {
#define REASON(id, ...) REASON_##id,
#include "reasons.def"
#undef REASON
	REASON__COUNT,
};

#define HR_METRIC_SLOTS (HOOK__COUNT * REASON__COUNT)

static inline __attribute__((always_inline)) __u32 hr_metric_slot(enum hr_hook hook,
								  enum hr_reason reason)
{
	return (__u32)hook * REASON__COUNT + (__u32)reason;
}

/* Reserved identities, Cilium's numbers. */
enum hr_identity {
	HR_ID_HOST = 1,
	HR_ID_WORLD = 2,
	HR_ID_UNMANAGED = 3,
	HR_ID_HEALTH = 4,
	HR_ID_INIT = 5,
	HR_ID_REMOTE_NODE = 6,
};

_Static_assert(sizeof(struct hr_endpoint) == 24, "layout of hr_endpoints4 values");
_Static_assert(sizeof(struct hr_ipcache_key) == 8, "layout of hr_ipcache4 keys");
_Static_assert(sizeof(struct hr_ipcache) == 8, "layout of hr_ipcache4 values");
_Static_assert(sizeof(struct hr_node) == 8, "layout of hr_nodes4 values");
_Static_assert(sizeof(struct hr_metric) == 16, "layout of hr_metrics values");

#endif
