/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* To another node by way of the vxlan device: the tunnel key says whereto, the device does the rest. */
#ifndef HR_BPF_ENCAP_H
#define HR_BPF_ENCAP_H

#include "abi.h"
#include "node.h"
#include "tunnel_key.h"

/* Not a hop: TTL and MACs of the inner packet stay as they are. */
static __always_inline enum hr_reason encap(struct __sk_buff *ctx, __be32 node, __u32 identity)
{
	if (tunnel_key_set(ctx, node, identity))
		return REASON_NO_TUNNEL_KEY;
	bpf_redirect(node_vxlan_ifindex, 0);
	return REASON_TO_OVERLAY;
}

#endif
