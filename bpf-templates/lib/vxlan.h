/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VXLAN (RFC 7348) over IPv4, pushed and popped in front of an Ethernet frame without a device. Knows nothing
 * of who is where; the sender brings the addresses, the receiver's conditions are in decap.h.
 */
#ifndef HR_BPF_VXLAN_H
#define HR_BPF_VXLAN_H

#include <linux/in.h>
#include <linux/udp.h>

#include "ipv4.h"

#define VXLAN_HAS_VNI bpf_htonl(0x08000000) /* the one flag of RFC 7348 */
#define VXLAN_TTL 64
/* Source ports, of the range that RFC 7348 recommends. */
#define VXLAN_PORT_MIN 49152
#define VXLAN_PORT_BITS 14

struct vxlan_header {
	__be32 flags;
	__be32 vni; /* identifier in the upper 24 bits */
};

/* What goes between the Ethernet header of the wire and the inner frame. */
struct vxlan_outer {
	struct iphdr ip;
	struct udphdr udp;
	struct vxlan_header vxlan;
};

#define VXLAN_ROOM (sizeof(struct vxlan_outer) + ETH_HLEN)

_Static_assert(VXLAN_ROOM == 50, "TUNNEL_OVERHEAD of user space");

/* Notification of congestion, RFC 3168. */
#define ECN_MASK 3
#define ECN_ECT_0 2
#define ECN_CE 3

/* What the outer header says of congestion: as RFC 6040, normal mode. */
static __always_inline __u8 vxlan_ecn(__u8 inner_tos)
{
	__u8 ecn = inner_tos & ECN_MASK;

	return ecn == ECN_CE ? ECN_ECT_0 : ecn;
}

/*
 * Tells flows apart, so that a network with several ways, or a NIC with several queues, can: the kernel's hash
 * where the packet has one, which sockets give, else one of addresses and ports. Not bpf_get_hash_recalc(), which
 * dissects the packet all over.
 */
static __always_inline __u32 vxlan_flow_hash(const struct __sk_buff *ctx,
					     const struct ipv4_frame *frame)
{
	const __be32 *ports = (void *)(frame->ip + 1);
	__u64 hash = ctx->hash;

	if (hash)
		return hash;
	hash = frame->ip->saddr ^ ((__u64)frame->ip->daddr << 16) ^ frame->ip->protocol;
	if (!ipv4_is_fragment(frame->ip->frag_off) && (void *)(ports + 1) <= frame->end)
		hash ^= (__u64)*ports << 24;
	return (hash * 0x9e3779b97f4a7c15ULL) >> 32;
}

static __always_inline void vxlan_checksum(struct iphdr *ip)
{
	const __u16 *word = (const void *)ip;
	__u32 sum = 0;

	ip->check = 0;
	for (int i = 0; i < (int)sizeof(*ip) / 2; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~(sum + (sum >> 16));
}

/* A super-packet is longer than the fields can say; they are written anew for each piece. */
static __always_inline __be16 vxlan_length(__u32 len)
{
	return len > 0xffff ? 0 : bpf_htons(len);
}

/* Room for the headers, in a way that knows of them when it cuts super-packets. 0 or a negative errno. */
static __always_inline long vxlan_make_room(struct __sk_buff *ctx)
{
	const __u64 flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP |
			    BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN) | BPF_F_ADJ_ROOM_FIXED_GSO;
	long err;

	/* For NICs that know VXLAN; since 5.14. An unknown flag is refused before anything is done. */
	err = bpf_skb_adjust_room(ctx, VXLAN_ROOM, BPF_ADJ_ROOM_MAC,
				  flags | BPF_F_ADJ_ROOM_ENCAP_L2_ETH);
	if (!err)
		return 0;
	return bpf_skb_adjust_room(ctx, VXLAN_ROOM, BPF_ADJ_ROOM_MAC, flags);
}

/*
 * Wraps the packet of a parsed frame, which is gone after. The outer MACs are left to who sends it. 0, or negative
 * with the packet as it was.
 */
static __always_inline long vxlan_push(struct __sk_buff *ctx, const struct ipv4_frame *frame,
				       __be32 from, __be32 to, __u32 identity)
{
	__u32 hash = vxlan_flow_hash(ctx, frame);
	__u8 ecn = vxlan_ecn(frame->ip->tos);
	struct vxlan_outer *outer;
	struct ethhdr *eth;
	struct cursor cur;
	long err;

	err = vxlan_make_room(ctx);
	if (err)
		return err;
	if (!cursor_load(ctx, &cur, ETH_HLEN + VXLAN_ROOM))
		return -1; /* verifier: the helper has made the room in the linear part */
	eth = cursor_take(&cur, ETH_HLEN);
	outer = cursor_take(&cur, sizeof(*outer));
	outer->ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(outer->ip) / 4,
		.tos = ecn,
		.tot_len = vxlan_length(ctx->len - ETH_HLEN),
		.id = bpf_get_prandom_u32(), /* it may be fragmented on the way, as from a vxlan device */
		.ttl = VXLAN_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = from,
		.daddr = to,
	};
	vxlan_checksum(&outer->ip);
	outer->udp = (struct udphdr){
		.source = bpf_htons(VXLAN_PORT_MIN + (hash >> (32 - VXLAN_PORT_BITS))),
		.dest = bpf_htons(TUNNEL_PORT),
		.len = vxlan_length(ctx->len - ETH_HLEN - sizeof(outer->ip)),
	};
	outer->vxlan =
		(struct vxlan_header){ .flags = VXLAN_HAS_VNI, .vni = bpf_htonl(identity << 8) };
	*(struct ethhdr *)cursor_take(&cur, ETH_HLEN) = *eth;
	return 0;
}

/* The headers of a frame that vxlan_open() found to be VXLAN with an IPv4 packet inside. */
struct vxlan_frame {
	struct vxlan_outer *outer;
	struct ipv4_frame inner;
};

static __always_inline __u32 vxlan_identity(const struct vxlan_frame *frame)
{
	return bpf_ntohl(frame->outer->vxlan.vni) >> 8;
}

/*
 * Is this plain VXLAN, as vxlan_push() makes it: no IP options, no fragment, no UDP checksum that somebody would have
 * to verify, no extension, an Ethernet frame with IPv4 inside? Moves data: headers found before are gone.
 */
static __always_inline bool vxlan_open(struct __sk_buff *ctx, struct vxlan_frame *out)
{
	struct cursor cur;
	const struct iphdr *ip;

	/* verifier: "invalid access to packet" (6.18), where clang kept ctx->data_end of an earlier look, as 32 bits. */
	barrier();
	if (!cursor_open(ctx, &cur, ETH_HLEN + VXLAN_ROOM + sizeof(struct iphdr)))
		return false;
	cursor_take(&cur, ETH_HLEN);
	out->outer = cursor_take(&cur, sizeof(*out->outer));
	out->inner = (struct ipv4_frame){ .eth = cursor_take(&cur, ETH_HLEN),
					  .ip = cursor_take(&cur, sizeof(struct iphdr)),
					  .end = cur.end };
	ip = &out->outer->ip;
	return ip->ihl == sizeof(*ip) / 4 && !ipv4_is_fragment(ip->frag_off) &&
	       out->outer->udp.dest == bpf_htons(TUNNEL_PORT) && !out->outer->udp.check &&
	       out->outer->vxlan.flags == VXLAN_HAS_VNI &&
	       !(bpf_ntohl(out->outer->vxlan.vni) & 0xff) &&
	       out->inner.eth->h_proto == bpf_htons(ETH_P_IP);
}

/* Takes away what vxlan_push() made room for. 0, or a negative errno with the packet as it was. */
static __always_inline long vxlan_pop(struct __sk_buff *ctx)
{
	return bpf_skb_adjust_room(ctx, -(int)VXLAN_ROOM, BPF_ADJ_ROOM_MAC,
				   BPF_F_ADJ_ROOM_FIXED_GSO);
}

#endif
