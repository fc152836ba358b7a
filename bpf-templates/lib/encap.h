/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * To another node. ENABLE_VXLAN_BPF: the header is put on here and the packet leaves by the NIC, past the host's
 * stack. Else, and where only the stack knows the way, the vxlan device does both.
 */
#ifndef HR_BPF_ENCAP_H
#define HR_BPF_ENCAP_H

#include "abi.h"
#include "fib.h"
#include "node.h"
#include "tunnel_key.h"
#include "vxlan.h"

/* The tunnel key says whereto, the device does the rest. */
static __always_inline enum hr_reason encap_device(struct __sk_buff *ctx, __be32 node,
						   __u32 identity)
{
	if (tunnel_key_set(ctx, node, identity))
		return REASON_NO_TUNNEL_KEY;
	bpf_redirect(node_overlay_ifindex, 0);
	return REASON_TO_OVERLAY;
}

struct next_hop {
	__u32 ifindex;
	struct bpf_redir_neigh neigh;
};

/* A node on a NIC's own network is its own next hop; to others the routing table knows it. */
static __always_inline bool encap_next_hop(struct __sk_buff *ctx, const struct ipv4_frame *frame,
					   const struct hr_ipcache *remote, struct next_hop *out)
{
	struct bpf_fib_lookup fib = {
		.family = AF_INET,
		.l4_protocol = IPPROTO_UDP,
		.tot_len = wire_len(ctx, frame) + VXLAN_ROOM,
		.ifindex = ctx->ifindex,
		.ipv4_src = node_ip,
		.ipv4_dst = remote->tunnel_endpoint,
	};

	if (remote->ifindex) {
		out->ifindex = remote->ifindex;
		out->neigh = (struct bpf_redir_neigh){ .nh_family = AF_INET,
						       .ipv4_nh = remote->tunnel_endpoint };
		return true;
	}
	switch (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		break;
	default:
		return false;
	}
	out->ifindex = fib.ifindex;
	out->neigh = fib_next_hop(&fib);
	return true;
}

/* Not a hop: TTL and MACs of the inner packet stay as they are. */
static __always_inline enum hr_reason encap(struct __sk_buff *ctx, const struct ipv4_frame *frame,
					    const struct hr_ipcache *remote, __u32 identity)
{
	struct next_hop next;

	if (!ENABLE_VXLAN_BPF || !encap_next_hop(ctx, frame, remote, &next) ||
	    vxlan_push(ctx, frame, node_ip, remote->tunnel_endpoint, identity))
		return encap_device(ctx, remote->tunnel_endpoint, identity);
	bpf_redirect_neigh(next.ifindex, &next.neigh, sizeof(next.neigh), 0);
	return REASON_TO_OVERLAY;
}

#endif
