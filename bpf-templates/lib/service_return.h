/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a backend answers through the tunnel to the node by which its client came, nodeport.h. */
#ifndef HR_BPF_SERVICE_RETURN_H
#define HR_BPF_SERVICE_RETURN_H

#include "nat_icmp.h"
#include "service_path.h"

static __always_inline enum hr_reason service_back(struct __sk_buff *ctx, struct l4 *l4, __u32 now)
{
	struct bpf_fib_lookup fib;
	struct ipv4_frame frame;
	enum hr_reason reason;
	struct nat_end source;

	if (!ipv4_reload(ctx, &frame))
		return REASON_WRITE_ERROR;
	reason = service_hop(&frame);
	if (reason != REASON_TO_SERVICE)
		return reason;
	if (!service_frontend(l4, &source, now))
		return REASON_NAT_NO_MAPPING;
	reason = service_way(ctx, &frame, source.addr, &fib);
	if (reason != REASON_TO_SERVICE)
		return reason;
	return service_leave(ctx, l4, &source, &frame) ? service_send(&fib) : REASON_WRITE_ERROR;
}

/*
 * An error about what this node has forwarded: for the client, by the stack. Where it leaves it gets its other end, as
 * those do that come by a NIC (masquerade.h).
 */
static __noinline enum hr_reason service_error_back(struct __sk_buff *ctx, struct l4 *l4, __u32 now)
{
	struct icmp_quote quote;
	struct hr_nat *half = icmp_quote_flow(ctx, l4, &quote, now);

	if (!half || !(half->flags & HR_NAT_FORWARD) || quote.key.daddr != l4->key.daddr)
		return REASON_TO_HOST;
	return service_rewrite_error(ctx, l4, &quote, half) ? REASON_WRITE_ERROR : REASON_TO_STACK;
}

/* For an address of the node: on to the client whose packet this node has forwarded, or the node's own. */
static __always_inline enum hr_reason service_return(struct __sk_buff *ctx,
						     const struct ipv4_frame *frame)
{
	__u32 now = nat_now();
	struct nat_end client;
	struct hr_nat *half;
	enum l4_kind kind;
	struct l4 l4;

	kind = l4_parse(ctx, frame, HR_NAT_INGRESS, &l4);
	if (kind == L4_ICMP_ERROR)
		return service_error_back(ctx, &l4, now);
	if (kind != L4_FLOW || !nat_port_in_range(l4.key.dport))
		return REASON_TO_HOST;
	half = nat_find(&l4.key, now);
	if (!half || !(half->flags & HR_NAT_FORWARD))
		return REASON_TO_HOST;
	client = nat_target(half);
	service_refresh(half, &l4, now);
	l4_remember_fragment(&l4);
	if (service_rewrite(ctx, &l4, &client))
		return REASON_WRITE_ERROR;
	l4_turn(&l4, &client);
	return service_back(ctx, &l4, now);
}

#endif
