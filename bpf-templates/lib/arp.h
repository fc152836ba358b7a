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

#define MAC_BROADCAST 0xffffffffffff /* as mac_read() gives it */

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

/* The packet's real alignment is the kernel's concern, not the machine's. */
static __always_inline void mac_copy(void *to, const void *from)
{
	__builtin_memcpy(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(from, 4),
			 ETH_ALEN);
}

/* As a number, to be compared. */
static __always_inline __u64 mac_read(const void *mac)
{
	__u16 tail;
	__u32 head;

	__builtin_memcpy(&head, __builtin_assume_aligned(mac, 4), sizeof(head));
	__builtin_memcpy(&tail, __builtin_assume_aligned(mac + sizeof(head), 2), sizeof(tail));
	return (__u64)head << 16 | tail;
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

	mac_copy(eth->h_dest, arp->sha);
	mac_copy(eth->h_source, our_mac);
	arp->op = bpf_htons(ARPOP_REPLY);
	mac_copy(arp->tha, arp->sha);
	arp->tpa = arp->spa;
	mac_copy(arp->sha, our_mac);
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
	if (mac_read(eth->h_dest) != MAC_BROADCAST &&
	    mac_read(eth->h_dest) != mac_read(ep->node_mac))
		return REASON_ARP_UNWANTED;
	arp_answer(eth, arp, ep->node_mac);
	bpf_redirect(ctx->ifindex, 0);
	return REASON_ARP_REPLY;
}

#endif
