// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * from_container: everything a pod sends, at tc ingress of the host side of its veth. One program for all
 * pods, which tells them apart by source address and interface. Fails closed.
 */
#include "node_config.h"

#define USE_IPCACHE
#define USE_POD_SERVICES
#include "lib/maps.h"

#include <linux/if_packet.h>

#include "lib/arp.h"
#include "lib/deliver.h"
#include "lib/encap.h"
#include "lib/fib.h"
#include "lib/mtu.h"
#include "lib/pod_service.h"
#include "lib/refusal.h"
#include "lib/verdict.h"

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline enum hr_reason
container_forward(struct __sk_buff *ctx, struct ipv4_frame *frame, const struct hr_endpoint *src)
{
	const struct hr_endpoint *dst = endpoint_lookup(frame->ip->daddr);
	const struct hr_ipcache *remote;

	if (dst && dst->flags & HR_ENDPOINT_HOST)
		return REASON_TO_HOST;
	if (dst)
		return deliver_peer(frame, dst);
	if (ipv4_has_options(frame->ip))
		return REASON_IP_OPTIONS;
	remote = ipcache_lookup(frame->ip->daddr);
	if (!remote || !remote->tunnel_endpoint)
		return fib_forward(ctx, frame);
	event_debug(ctx, HR_DEBUG_REMOTE, bpf_ntohl(remote->tunnel_endpoint), remote->identity,
		    remote->ifindex);
	if (wire_len(ctx, frame) > node_tunnel_mtu)
		return REASON_FRAG_NEEDED;
	return encap(ctx, frame, remote, src->identity);
}

static __always_inline enum hr_reason container_ipv4(struct __sk_buff *ctx)
{
	const struct hr_endpoint *src;
	struct ipv4_frame frame;
	enum hr_reason reason;

	if (!ipv4_parse(ctx, &frame))
		return REASON_INVALID;
	src = endpoint_lookup(frame.ip->saddr);
	if (!src || src->ifindex != ctx->ifindex) /* the node's own addresses have ifindex 0 */
		return REASON_INVALID_SOURCE;
	if (ctx->pkt_type == PACKET_OTHERHOST)
		return REASON_INVALID;
	if (ctx->pkt_type != PACKET_HOST) /* nobody routes a broadcast */
		return REASON_TO_STACK;
	if (ENABLE_PER_PACKET_LB) {
		reason = pod_balance(ctx);
		if (reason != REASON_TO_SERVICE && reason != REASON_TO_STACK)
			return refused(ctx, reason);
		if (!ipv4_parse(ctx, &frame))
			return REASON_WRITE_ERROR;
	}
	if (!ENABLE_HOST_ROUTING)
		return REASON_TO_STACK;
	return container_forward(ctx, &frame, src);
}

static __always_inline enum hr_reason container_egress(struct __sk_buff *ctx)
{
	switch (packet_protocol(ctx)) {
	case bpf_htons(ETH_P_IP):
		return container_ipv4(ctx);
	case bpf_htons(ETH_P_ARP):
		return arp_respond(ctx);
	default:
		return REASON_UNKNOWN_L3;
	}
}

SEC("tc")
int from_container(struct __sk_buff *ctx)
{
	ctx->queue_mapping = 0; /* the pod's receive queue is no hint for our transmit queue */
	return verdict(ctx, HOOK_FROM_CONTAINER, container_egress(ctx));
}
