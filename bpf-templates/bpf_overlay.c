// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * from_overlay: what other nodes tunnel to us, decapsulated, at tc ingress of the tunnel device. Only for pods and
 * addresses of this node, and only from nodes we know: the tunnel is not a way to route through us.
 */
#include "node_config.h"

#define USE_NODES
#define USE_MASQUERADE
#include "lib/maps.h"

#include <linux/if_packet.h>

#include "lib/deliver.h"
#include "lib/inbound.h"
#include "lib/service_answer.h"
#include "lib/service_return.h"
#include "lib/tunnel_key.h"
#include "lib/verdict.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* The inner frame is addressed to nobody's MAC in particular, so the kernel took it for another host's. */
static __always_inline void accept_frame(struct __sk_buff *ctx)
{
	bpf_skb_change_type(ctx, PACKET_HOST);
}

/* A pod answers another node's own addresses by the NIC, not by the tunnel. */
static __always_inline bool is_from_node(__u32 identity)
{
	return identity == HR_ID_REMOTE_NODE || identity == HR_ID_HOST;
}

static __always_inline enum hr_reason overlay_ipv4(struct __sk_buff *ctx, __u32 identity)
{
	const struct hr_endpoint *dst;
	struct ipv4_frame frame;

	if (!ipv4_parse(ctx, &frame))
		return REASON_INVALID;
	dst = endpoint_lookup(frame.ip->daddr);
	if (!dst)
		return REASON_UNROUTABLE;
	accept_frame(ctx);
	if (dst->flags & HR_ENDPOINT_HOST)
		return ENABLE_NODEPORT ? service_return(ctx, &frame) : REASON_TO_HOST;
	if (ENABLE_MASQUERADE && is_from_node(identity))
		masquerade_admit(ctx, &frame);
	if (!ENABLE_HOST_ROUTING)
		return REASON_TO_STACK;
	return service_enters_pod(ctx, &frame) ? deliver_peer(&frame, dst) : REASON_WRITE_ERROR;
}

static __always_inline enum hr_reason overlay_ingress(struct __sk_buff *ctx)
{
	struct bpf_tunnel_key key;

	if (tunnel_key_get(ctx, &key))
		return REASON_NO_TUNNEL_KEY;
	if (!node_is_known(bpf_htonl(key.remote_ipv4)))
		return REASON_UNKNOWN_NODE;
	if (LOCAL_NODE_ID != HR_ID_HOST && key.tunnel_id == HR_ID_HOST)
		return REASON_INVALID_IDENTITY;
	if (packet_protocol(ctx) != bpf_htons(ETH_P_IP))
		return REASON_UNKNOWN_L3;
	return overlay_ipv4(ctx, key.tunnel_id);
}

SEC("tc")
int from_overlay(struct __sk_buff *ctx)
{
	return service_verdict(ctx, HOOK_FROM_OVERLAY, overlay_ingress(ctx));
}
