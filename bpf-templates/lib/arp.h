/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pod's only neighbour is its gateway, so every address but its own is answered with the MAC of the
 * host side of its interface. Nothing else that a pod says in ARP is of use to the node.
 */
#ifndef HR_BPF_ARP_H
#define HR_BPF_ARP_H

#include "abi.h"
#include "maps.h"
#include "packet.h"

/* linux/if_arp.h drags in the C library. */
#define ARPHRD_ETHER 1
#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2

/* RFC 826 for Ethernet and IPv4: behind a 14-byte Ethernet header, so 2 is all the alignment there is. */
struct arp_ipv4 {
	__be16 hrd, pro;
	__u8 hln, pln;
	__be16 op;
	__u8 sha[ETH_ALEN];
	__be32 spa;
	__u8 tha[ETH_ALEN];
	__be32 tpa;
} __attribute__((packed, aligned(2)));

_Static_assert(sizeof(struct arp_ipv4) == 28, "ARP packet of RFC 826");

static __always_inline bool mac_equal(const __u8 *a, const __u8 *b)
{
	__u8 difference = 0;

	for (int i = 0; i < ETH_ALEN; i++)
		difference |= a[i] ^ b[i];
	return !difference;
}

static __always_inline bool mac_is_broadcast(const __u8 *mac)
{
	return (mac[0] & mac[1] & mac[2] & mac[3] & mac[4] & mac[5]) == 0xff;
}

static __always_inline bool arp_is_request(const struct arp_ipv4 *arp)
{
	return arp->hrd == bpf_htons(ARPHRD_ETHER) && arp->pro == bpf_htons(ETH_P_IP) &&
	       arp->hln == ETH_ALEN && arp->pln == sizeof(__be32) &&
	       arp->op == bpf_htons(ARPOP_REQUEST);
}

/* The request becomes the reply. */
static __always_inline void arp_answer(struct ethhdr *eth, struct arp_ipv4 *arp,
				       const __u8 *our_mac)
{
	__be32 asked = arp->tpa;

	__builtin_memcpy(eth->h_dest, arp->sha, ETH_ALEN);
	__builtin_memcpy(eth->h_source, our_mac, ETH_ALEN);
	arp->op = bpf_htons(ARPOP_REPLY);
	__builtin_memcpy(arp->tha, arp->sha, ETH_ALEN);
	arp->tpa = arp->spa;
	__builtin_memcpy(arp->sha, our_mac, ETH_ALEN);
	arp->spa = asked;
}

static __always_inline enum hr_reason arp_respond(struct __sk_buff *ctx)
{
	const struct hr_endpoint *ep;
	struct arp_ipv4 *arp;
	struct ethhdr *eth;
	struct cursor cur;

	if (!cursor_open(ctx, &cur, ETH_HLEN + sizeof(*arp)))
		return REASON_INVALID;
	eth = cursor_take(&cur, ETH_HLEN);
	arp = cursor_take(&cur, sizeof(*arp));
	/* A pod that asks for its own address checks for duplicates: silence means there are none. */
	if (!arp_is_request(arp) || arp->tpa == arp->spa)
		return REASON_ARP_UNWANTED;
	ep = endpoint_lookup(arp->spa);
	if (!ep || ep->ifindex != ctx->ifindex)
		return REASON_ARP_UNWANTED;
	if (!mac_is_broadcast(eth->h_dest) && !mac_equal(eth->h_dest, ep->node_mac))
		return REASON_ARP_UNWANTED;
	arp_answer(eth, arp, ep->node_mac);
	bpf_redirect(ctx->ifindex, 0);
	return REASON_ARP_REPLY;
}

#endif
