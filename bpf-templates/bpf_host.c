// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * from_host: what the node itself, or its stack in legacy mode, sends to pods here and elsewhere, at tc
 * egress of hr_host; nothing but pods is reached through that device, so the rest is dropped.
 * from_netdev: what arrives at a NIC, at its tc ingress. Takes packets for local pods out of the stack's
 * way and leaves everything else alone: fails open.
 * to_netdev: what leaves by a NIC, at its tc egress: pods get an address of the node. Fails open as well.
 */
#include "node_config.h"

#define USE_IPCACHE
#define USE_MASQUERADE
#define USE_DEVICES
#define USE_DECAP
#define USE_NODEPORT
#include "lib/maps.h"

#include <linux/if_packet.h>

#include "lib/decap.h"
#include "lib/deliver.h"
#include "lib/dsr.h"
#include "lib/encap.h"
#include "lib/inbound.h"
#include "lib/masquerade.h"
#include "lib/service_answer.h"
#include "lib/unmasquerade.h"
#include "lib/verdict.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* A pod's packet keeps its identity on the way through the stack. */
static __always_inline __u32 host_identity(__be32 source)
{
	const struct hr_endpoint *ep = endpoint_lookup(source);

	return ep && !(ep->flags & HR_ENDPOINT_HOST) ? ep->identity : LOCAL_NODE_ID;
}

static __always_inline enum hr_reason host_egress(struct __sk_buff *ctx)
{
	const struct hr_ipcache *remote;
	const struct hr_endpoint *dst;
	struct ipv4_frame frame;

	if (packet_protocol(ctx) != bpf_htons(ETH_P_IP))
		return REASON_UNKNOWN_L3;
	if (!ipv4_parse(ctx, &frame))
		return REASON_INVALID;
	dst = endpoint_lookup(frame.ip->daddr);
	if (dst && dst->flags & HR_ENDPOINT_HOST)
		return REASON_UNROUTABLE;
	if (dst)
		return service_enters_pod(ctx, &frame) ? deliver(&frame, dst) : REASON_WRITE_ERROR;
	remote = ipcache_lookup(frame.ip->daddr);
	if (!remote || !remote->tunnel_endpoint)
		return REASON_UNROUTABLE;
	return encap(ctx, &frame, remote, host_identity(frame.ip->saddr));
}

/* TO_POD_PEER and the pod that is to get the packet, whose headers are *frame by then; or why none does. */
static __always_inline enum hr_reason netdev_target(struct __sk_buff *ctx, struct ipv4_frame *frame,
						    const struct hr_endpoint **pod)
{
	const struct hr_endpoint *dst;

	if (ENABLE_VXLAN_BPF && frame->ip->daddr == node_ip && frame->ip->protocol == IPPROTO_UDP) {
		dst = decap_target(ctx);
		*pod = dst;
		if (dst && vxlan_pop(ctx))
			return REASON_TO_HOST; /* the device may still open it */
		if (!ipv4_reload(ctx, frame))
			return REASON_TO_STACK;
		if (dst)
			return REASON_TO_POD_PEER;
	}
	if (ENABLE_DSR && !dsr_arrives(ctx, frame))
		return REASON_WRITE_ERROR;
	dst = endpoint_lookup(frame->ip->daddr);
	*pod = dst;
	if (dst && !(dst->flags & HR_ENDPOINT_HOST)) {
		if (ENABLE_MASQUERADE)
			masquerade_admit(ctx, frame);
		return REASON_TO_POD_PEER;
	}
	if (ENABLE_NODEPORT || (ENABLE_MASQUERADE && dst))
		return unmasquerade(ctx, frame, pod);
	return dst ? REASON_TO_HOST : REASON_TO_STACK;
}

static __always_inline enum hr_reason netdev_ingress(struct __sk_buff *ctx)
{
	const struct hr_endpoint *pod;
	struct ipv4_frame frame;
	enum hr_reason reason;

	if (!ENABLE_HOST_ROUTING && !ENABLE_MASQUERADE && !ENABLE_NODEPORT)
		return REASON_TO_STACK;
	/* A promiscuous NIC also sees what is meant for others. */
	if (packet_protocol(ctx) != bpf_htons(ETH_P_IP) || ctx->pkt_type != PACKET_HOST)
		return REASON_TO_STACK;
	if (!ipv4_parse(ctx, &frame))
		return REASON_TO_STACK;
	reason = netdev_target(ctx, &frame, &pod);
	if (reason != REASON_TO_POD_PEER)
		return reason;
	if (!ENABLE_HOST_ROUTING)
		return REASON_TO_STACK;
	return service_enters_pod(ctx, &frame) ? deliver_peer(&frame, pod) : REASON_WRITE_ERROR;
}

SEC("tc")
int from_host(struct __sk_buff *ctx)
{
	return verdict(ctx, HOOK_FROM_HOST, host_egress(ctx));
}

SEC("tc")
int from_netdev(struct __sk_buff *ctx)
{
	return service_verdict(ctx, HOOK_FROM_NETDEV, netdev_ingress(ctx));
}

SEC("tc")
int to_netdev(struct __sk_buff *ctx)
{
	enum hr_reason reason = REASON_TO_WIRE;
	__be32 original = 0;

	if (ENABLE_MASQUERADE || ENABLE_NODEPORT)
		reason = masquerade(ctx, &original);
	return verdict_of(ctx, HOOK_TO_NETDEV, reason, original);
}
