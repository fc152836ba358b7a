/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The last step to a pod of this node: the frame as the pod expects it from its gateway, then into the pod.
 */
#ifndef HR_BPF_DELIVER_H
#define HR_BPF_DELIVER_H

#include <stddef.h>

#include "abi.h"
#include "ipv4.h"

_Static_assert(offsetof(struct hr_endpoint, mac) % 8 == 0 &&
		       offsetof(struct hr_endpoint, node_mac) ==
			       offsetof(struct hr_endpoint, mac) + ETH_ALEN,
	       "an endpoint's MACs lie as h_dest and h_source do");

/* Both addresses in two stores; the packet's real alignment is the kernel's concern, not the machine's. */
static __always_inline void eth_address(struct ethhdr *eth, const struct hr_endpoint *ep)
{
	__builtin_memcpy(__builtin_assume_aligned(eth, 8), __builtin_assume_aligned(ep->mac, 8),
			 2 * ETH_ALEN);
}

/* One hop, straight into the pod's network namespace; for tc ingress only, with skb->pkt_type PACKET_HOST. */
static __always_inline enum hr_reason deliver_peer(struct ipv4_frame *frame,
						   const struct hr_endpoint *ep)
{
	if (ipv4_has_options(frame->ip))
		return REASON_IP_OPTIONS;
	if (ipv4_ttl_expires(frame->ip))
		return REASON_TTL_EXPIRED;
	ipv4_ttl_decrement(frame->ip);
	eth_address(frame->eth, ep);
	bpf_redirect_peer(ep->ifindex, 0);
	return REASON_TO_POD_PEER;
}

/* From the host stack, which has counted the hop: out of the host-side interface. */
static __always_inline enum hr_reason deliver(struct ipv4_frame *frame,
					      const struct hr_endpoint *ep)
{
	eth_address(frame->eth, ep);
	bpf_redirect(ep->ifindex, 0);
	return REASON_TO_POD;
}

#endif
