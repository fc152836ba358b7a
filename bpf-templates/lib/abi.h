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

/* Key of the LPM tries. */
struct hr_prefix4 {
	__u32 len; /* 0..32 */
	__be32 addr;
};

/* A prefix that is reached through another node. Map hr_ipcache4 (LPM trie), key struct hr_prefix4. */
struct hr_ipcache {
	__be32 tunnel_endpoint; /* node IP to encapsulate to */
	__u32 identity;
	/*
	 * NIC whose own network the node is on, so that the node is its own next hop; 0: only the routing table
	 * knows the way there.
	 */
	__u32 ifindex;
};

/* A node that may tunnel to us. Map hr_nodes4, key __be32 node IP. */
struct hr_node {
	__u32 identity;
	__u32 pad;
};

/*
 * Masquerade: one entry for each direction of a flow that leaves the node, both in map hr_nat4 (LRU hash). Either
 * alone is enough to make the other again, because the kernel may evict one without the other.
 * The map's hash reads a key in words: a program that writes them whole does not wait for its own stores.
 */
struct hr_nat_key {
	__be32 saddr, daddr; /* as on the wire where the entry is looked up, before translation */
	union {
		struct {
			/* ICMP echo: the id, in sport of a request and dport of a reply; else 0 */
			__be16 sport, dport;
		};
		__u32 ports;
	};
	union {
		struct {
			__u8 protocol;
			__u8 direction; /* HR_NAT_EGRESS: out of a NIC; HR_NAT_INGRESS: into one; or HR_NAT_CLAIM */
			__u16 pad;
		};
		__u32 kind;
	};
};

enum hr_nat_direction {
	HR_NAT_EGRESS,
	HR_NAT_INGRESS,
	HR_NAT_CLAIM, /* no flow: a CPU is about to delete the HR_NAT_INGRESS entry of this key */
};

struct hr_nat {
	__be32 addr; /* egress: what the source becomes; ingress: what the destination becomes */
	__be16 port;
	__u8 flags; /* HR_NAT_*, the same in both entries of a flow */
	__u8 tick; /* low byte of the kernel's tick in which a packet found both entries in order */
	__u32 expires; /* seconds of CLOCK_MONOTONIC; refreshed in both entries by packets of either direction */
	__u32 created; /* ditto */
};

#define HR_NAT_HOST 0x1 /* a flow of the node itself; its port changes if a pod has that one */
#define HR_NAT_INBOUND \
	0x2 /* opened from outside to the pod's own address; replies are not translated; no ingress half */
#define HR_NAT_SEEN_NON_SYN 0x4 /* TCP: beyond its first packet */
#define HR_NAT_CLOSED_EGRESS 0x8 /* TCP: FIN or RST seen in that direction */
#define HR_NAT_CLOSED_INGRESS 0x10
#define HR_NAT_SERVICE \
	0x20 /* ingress: client to frontend, which becomes a backend; egress: its answers */
#define HR_NAT_FORWARD 0x40 /* egress: client to a backend elsewhere, with this node's address */

/*
 * The ports of a fragmented datagram, which only its first fragment has. Map hr_frags4 (LRU hash), key as on the
 * wire where the fragments are seen.
 */
struct hr_frag_key {
	__be32 saddr, daddr;
	__be16 id;
	__u8 protocol;
	__u8 pad;
};

struct hr_frag {
	__be16 sport, dport; /* ICMP echo: the id, and the type as a plain number */
};

/* A NIC of the datapath. Map hr_devices4, key __u32 ifindex. */
struct hr_device {
	__be32 masquerade; /* address that pods' packets get when they leave by it */
};

/* Destinations that pods reach with their own addresses (ip-masq-agent). Map hr_ipmasq4, key struct hr_prefix4. */
struct hr_ipmasq {
	__u32 pad; /* membership is all it says */
};

#define HR_IPMASQ_MAX 16384 /* of them; fixed in Cilium */

/*
 * Services. A frontend is what clients connect to; a set is the backends that it stands for. The id of a set is made
 * of its service's name and its contents: no two services share one, and a service that changes gets another set, which
 * is entered whole before the frontend names it, so that no connection sees half of one.
 */

/* Map hr_frontends4 (hash). */
struct hr_frontend_key {
	__be32 addr; /* HR_FRONTEND_ANY: each address of a node */
	__be16 port;
	__u8 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 pad;
};

#define HR_FRONTEND_ANY 0

/* Where a connection comes from. They differ in backends where a traffic policy is Local. */
enum hr_scope {
	HR_SCOPE_EXTERNAL, /* outside of the cluster: by a NIC */
	HR_SCOPE_INTERNAL, /* pods and nodes */
	HR_SCOPE__COUNT,
};

struct hr_frontend {
	__u64 sets[HR_SCOPE__COUNT];
	__u16 counts[HR_SCOPE__COUNT]; /* of backends in the set; 0: nobody answers */
	__u16 flags; /* HR_FRONTEND_* */
	__u16 pad;
	__u32 affinity; /* seconds for which a client keeps its backend; 0: it does not */
	__u32 pad2;
};

#define HR_FRONTEND_INTERNAL 0x1 /* a ClusterIP: nobody outside may use it */
#define HR_FRONTEND_SOURCE_RANGES 0x2 /* outside, only who is in hr_src_ranges4 may */

/* One backend of a set. Map hr_slots4 (hash); slots 0 to count - 1. */
struct hr_slot_key {
	__u64 set;
	__u32 slot;
	__u32 pad;
};

struct hr_slot {
	__be32 addr;
	__be16 port;
	__u16 pad;
};

/*
 * Where bpf-lb-algorithm is maglev, the tables from which flows from outside take their backends: those of the sets of
 * more than one backend that are asked for from there. A table has an entry, the slot of a backend, for each number
 * below bpf-lb-maglev-table-size, and is in pieces of HR_MAGLEV_PIECE of them, each of which with its key and what the
 * kernel needs fits into a page. Map hr_maglev4 (hash).
 */
#define HR_MAGLEV_PIECE 2000

struct hr_maglev_key {
	__u64 set;
	__u32 piece; /* number of its first entry / HR_MAGLEV_PIECE */
	__u32 variant; /* hr_maglev_variant(): tables of another size or seed are other tables */
};

struct hr_maglev {
	__u16 slots[HR_MAGLEV_PIECE]; /* 0 beyond the table's end */
};

#define HR_MAGLEV_SEEDS 3 /* words of bpf-lb-maglev-hash-seed */

/* One word more to a hash: MurmurHash3's step, and its end. */
static inline __attribute__((always_inline)) __u32 hr_hash_add(__u32 hash, __u32 word)
{
	word *= 0xcc9e2d51;
	word = (word << 15 | word >> 17) * 0x1b873593;
	hash ^= word;
	return (hash << 13 | hash >> 19) * 5 + 0xe6546b64;
}

static inline __attribute__((always_inline)) __u32 hr_hash_end(__u32 hash)
{
	hash = (hash ^ hash >> 16) * 0x85ebca6b;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}

static inline __attribute__((always_inline)) __u32
hr_maglev_variant(__u32 size, const __u32 seed[HR_MAGLEV_SEEDS])
{
	__u32 hash = hr_hash_add(size, seed[0]);

	hash = hr_hash_add(hash, seed[1]);
	return hr_hash_end(hr_hash_add(hash, seed[2]));
}

/*
 * Who still serves: backends of any set, and those that are terminating, which keep the connections that they have.
 * Map hr_backends4 (hash).
 */
struct hr_backend_key {
	__be32 addr;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

struct hr_backend {
	__u32 services; /* that have it: user space counts, so that one can go without a look at all others */
	__u32 terminating; /* of them, where it is */
};

/* The backend that a client keeps. Map hr_affinity4 (LRU hash). */
struct hr_affinity_key {
	struct hr_frontend_key frontend;
	__u64 client; /* address, or cookie of the network namespace of a socket */
	__u32 is_cookie;
	__u32 pad;
};

struct hr_affinity {
	struct hr_slot backend;
	__u32 used; /* seconds of CLOCK_MONOTONIC */
	__u32 pad;
};

/* A backend that clients of a frontend with affinity may keep. Map hr_aff_match4 (hash). */
struct hr_affinity_match_key {
	struct hr_frontend_key frontend;
	struct hr_slot backend;
};

struct hr_affinity_match {
	__u32 pad; /* membership is all it says */
};

/* Who may use a frontend with HR_FRONTEND_SOURCE_RANGES. Map hr_src_ranges4 (LPM trie). */
struct hr_source_range_key {
	__u32 len; /* HR_SOURCE_RANGE_LEN and 0..32 of addr */
	struct hr_frontend_key frontend;
	__be32 addr;
};

#define HR_SOURCE_RANGE_LEN (8 * sizeof(struct hr_frontend_key))

struct hr_source_range {
	__u32 pad; /* membership is all it says */
};

/* What a socket believes to talk to, by what it talks to. Map hr_sockets4 (LRU hash). */
struct hr_socket_key {
	__u64 cookie; /* of the socket */
	__be32 addr; /* the backend's */
	__be16 port;
	__u16 pad;
};

struct hr_socket {
	struct hr_frontend_key
		frontend; /* as the client named it: a node's own address, not HR_FRONTEND_ANY */
};

/*
 * Direct server return: what a client has asked, as an IP option between the node that was asked and that of the
 * backend; the first one of the header. In Cilium's place and with its type, but our own wire format: port and address
 * are in network byte order, those of Cilium are in the byte order of its machine. Nodes of both do not understand each
 * other.
 */
struct hr_dsr {
	__u8 type; /* HR_DSR_OPTION */
	__u8 len; /* of this struct */
	__be16 port;
	__be32 addr;
};

#define HR_DSR_OPTION 0x9a /* copied into fragments, class 0, number 26 */

/* As node_snat_exclusion_addr, with mask 0: no destination. */
#define NODE_SNAT_EXCLUSION_NONE 0xffffffff

/*
 * In skb->mark, as Cilium has it: the programs have given the packet its addresses, those at its way out leave them.
 */
#define HR_MARK_MASK 0xf00
#define HR_MARK_TRANSLATED 0x300

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

/*
 * Events, for one listener at a time. hr_monitor (array of one) says whether there is one; without it the
 * programs do nothing more. hr_events (ring buffer) has one record per event: struct hr_event, then
 * `captured` bytes of the packet as it left the program. hr_events_lost (per-CPU array of one __u64) counts the
 * events that found the ring full.
 */
struct hr_monitor {
	__u32 listens; /* 1: somebody reads hr_events */
};

enum hr_event_type {
	HR_EVENT_DROP,
	HR_EVENT_TRACE, /* forwarded, or left to the stack */
	HR_EVENT_DEBUG, /* what a lookup answered; no packet */
	HR_EVENT__COUNT,
};

#define HR_EVENT_VERSION 1
#define HR_EVENT_VALUES 3

struct hr_event {
	__u64 time; /* ns of CLOCK_MONOTONIC */
	__u8 version; /* HR_EVENT_VERSION */
	__u8 type; /* HR_EVENT_* */
	__u8 hook; /* enum hr_hook */
	__u8 reason; /* enum hr_reason; of a debug event: enum hr_debug */
	__u32 ifindex; /* of the interface that the program is at */
	__u32 hash; /* of the flow, as the kernel computes it: the same in both directions */
	__u32 source; /* identity of the sender when it is a pod or address of this node; else 0 */
	__u32 destination; /* ditto, of the receiver */
	__u32 len; /* of the packet */
	__u16 captured; /* bytes of it that follow */
	__u16 pad;
	/* Of a debug event, see debugs.def; of a packet that was masqueraded, the first is its __be32 source before; else 0. */
	__u32 values[HR_EVENT_VALUES];
};

enum hr_debug {
#define DEBUG_EVENT(id, ...) HR_DEBUG_##id,
#include "debugs.def"
#undef DEBUG_EVENT
	HR_DEBUG__COUNT,
};

/* What was last told of a flow in one direction at one hook. Map hr_flows (per-CPU array), slot by hash. */
struct hr_flow {
	__u64 reported; /* ns of CLOCK_MONOTONIC; 0: never */
	__u32 key; /* the whole hash: another flow takes the slot over */
	__u32 tcp_flags; /* of CT_REPORT_FLAGS, those that were seen */
};

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
_Static_assert(sizeof(struct hr_prefix4) == 8, "layout of LPM trie keys");
_Static_assert(sizeof(struct hr_ipcache) == 12, "layout of hr_ipcache4 values");
_Static_assert(sizeof(struct hr_node) == 8, "layout of hr_nodes4 values");
_Static_assert(sizeof(struct hr_nat_key) == 16, "layout of hr_nat4 keys");
_Static_assert(sizeof(struct hr_nat) == 16, "layout of hr_nat4 values");
_Static_assert(sizeof(struct hr_frag_key) == 12, "layout of hr_frags4 keys");
_Static_assert(sizeof(struct hr_frag) == 4, "layout of hr_frags4 values");
_Static_assert(sizeof(struct hr_device) == 4, "layout of hr_devices4 values");
_Static_assert(sizeof(struct hr_ipmasq) == 4, "layout of hr_ipmasq4 values");
_Static_assert(sizeof(struct hr_frontend_key) == 8, "layout of hr_frontends4 keys");
_Static_assert(sizeof(struct hr_frontend) == 32, "layout of hr_frontends4 values");
_Static_assert(sizeof(struct hr_slot_key) == 16, "layout of hr_slots4 keys");
_Static_assert(sizeof(struct hr_slot) == 8, "layout of hr_slots4 values");
_Static_assert(sizeof(struct hr_maglev_key) == 16, "layout of hr_maglev4 keys");
_Static_assert(sizeof(struct hr_maglev) == 4000, "layout of hr_maglev4 values");
_Static_assert(sizeof(struct hr_backend_key) == 8, "layout of hr_backends4 keys");
_Static_assert(sizeof(struct hr_backend) == 8, "layout of hr_backends4 values");
_Static_assert(sizeof(struct hr_affinity_key) == 24, "layout of hr_affinity4 keys");
_Static_assert(sizeof(struct hr_affinity) == 16, "layout of hr_affinity4 values");
_Static_assert(sizeof(struct hr_affinity_match_key) == 16, "layout of hr_aff_match4 keys");
_Static_assert(sizeof(struct hr_source_range_key) == 16, "layout of hr_src_ranges4 keys");
_Static_assert(sizeof(struct hr_socket_key) == 16, "layout of hr_sockets4 keys");
_Static_assert(sizeof(struct hr_socket) == 8, "layout of hr_sockets4 values");
_Static_assert(sizeof(struct hr_dsr) == 8, "the IP option on the wire");
_Static_assert(sizeof(struct hr_metric) == 16, "layout of hr_metrics values");
_Static_assert(sizeof(struct hr_monitor) == 4, "layout of hr_monitor values");
_Static_assert(sizeof(struct hr_event) == 48, "layout of hr_events records");
_Static_assert(sizeof(struct hr_flow) == 16, "layout of hr_flows values");

#endif
