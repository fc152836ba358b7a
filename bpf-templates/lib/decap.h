/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What other nodes tunnel to pods of this one, taken at the NIC: only what is plain and certain. The rest is the
 * vxlan device's and from_overlay's, who verify, reassemble, refuse and count it.
 */
#ifndef HR_BPF_DECAP_H
#define HR_BPF_DECAP_H

#include "maps.h"
#include "node.h"
#include "vxlan.h"

/* Another node's own packets need an entry for their answers (inbound.h), which from_overlay makes. */
static __always_inline bool decap_takes_sender(const struct vxlan_frame *frame)
{
	__u32 identity = vxlan_identity(frame);

	return identity != HR_ID_HOST && identity != HR_ID_REMOTE_NODE &&
	       node_is_known(frame->outer->ip.saddr);
}

/*
 * UDP super-packets would be dropped without a trace behind us: taking the header off leaves them marked as
 * tunnelled (kernels 6.1 to 6.18). Congestion seen on the way must be carried over to the inner packet.
 */
static __always_inline bool decap_takes_packet(const struct __sk_buff *ctx,
					       const struct vxlan_frame *frame)
{
	const struct iphdr *ip = frame->inner.ip;

	return (frame->outer->ip.tos & ECN_MASK) != ECN_CE &&
	       !(ctx->gso_size && ip->protocol == IPPROTO_UDP) &&
	       ipv4_is_sane(ctx, ip, ETH_HLEN + VXLAN_ROOM) && !ipv4_has_options(ip) &&
	       !ipv4_ttl_expires(ip);
}

/* The pod that gets what is inside; NULL when it is not for us to open. Moves data. */
static __always_inline const struct hr_endpoint *decap_target(struct __sk_buff *ctx)
{
	const struct hr_endpoint *dst;
	struct vxlan_frame frame;

	if (!vxlan_open(ctx, &frame) || !decap_takes_packet(ctx, &frame) ||
	    !decap_takes_sender(&frame))
		return NULL;
	dst = endpoint_lookup(frame.inner.ip->daddr);
	return dst && !(dst->flags & HR_ENDPOINT_HOST) ? dst : NULL;
}

#endif
