/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a NIC receives for an address of the node, or for none that is a pod's: the answer to a flow that left by
 * masquerade.h, a packet for a service, or neither.
 */
#ifndef HR_BPF_UNMASQUERADE_H
#define HR_BPF_UNMASQUERADE_H

#include "dsr.h"
#include "ipv4.h"
#include "nat.h"
#include "nat_icmp.h"
#include "nodeport.h"
#include "refusal.h"
#include "service_answer.h"

/* The endpoint that a flow's packets are for; NULL when it is elsewhere. False when its pod is gone. */
static __always_inline bool flow_owner(const struct hr_nat *half, const struct hr_endpoint **owner)
{
	__u16 role = half->flags & HR_NAT_HOST ? HR_ENDPOINT_HOST : 0;

	*owner = endpoint_lookup(half->addr);
	if (half->flags & NAT_SERVICES)
		return true;
	return *owner && ((*owner)->flags & HR_ENDPOINT_HOST) == role;
}

/*
 * An error about the answer of a backend elsewhere, to which this node is the client. Its own source stays: it is
 * forwarded by the stack, which takes nothing from outside that has an address of the node.
 */
static __noinline int forward_error(struct __sk_buff *ctx, const struct l4 *l4, __u32 now)
{
	struct icmp_quote quote;
	struct hr_nat *half = icmp_quote_flow(ctx, l4, &quote, now);
	struct nat_end end;

	if (!half || !(half->flags & HR_NAT_FORWARD))
		return 0;
	end = nat_target(half);
	return icmp_quote_rewrite(ctx, l4, &quote, &end);
}

/*
 * The quote of an error is from a packet that we sent, so its source is where the error goes: NULL for what is
 * elsewhere. What a client hears of its request gets its other end on its way out, masquerade.h.
 */
static __noinline int reverse_error(struct __sk_buff *ctx, struct l4 *l4, __u32 now,
				    const struct hr_endpoint **dst)
{
	struct icmp_quote quote;
	struct hr_nat *half = icmp_quote_flow(ctx, l4, &quote, now);
	const struct hr_endpoint *owner;

	if (!half || quote.key.daddr != l4->key.daddr || !flow_owner(half, &owner))
		return 0;
	*dst = owner;
	if (service_rewrite_error(ctx, l4, &quote, half))
		return -1;
	if (!ENABLE_NODEPORT || owner || !(half->flags & HR_NAT_SERVICE))
		return 0;
	l4->key.direction = HR_NAT_EGRESS;
	return forward_error(ctx, l4, now);
}

/* A flow of a pod that has moved to another port just runs out; one to a service gets its backend anew. */
static __always_inline bool flow_continues(struct hr_nat *half, const struct l4 *l4, __u32 now,
					   const struct hr_endpoint **owner)
{
	bool is_service = half->flags & HR_NAT_SERVICE;

	if (!(half->flags & NAT_SERVICES) && !nat_is_contended(&l4->key, l4->key.dport))
		return false;
	if (!flow_owner(half, owner) || (is_service && !service_stays(half, l4, now)))
		return false;
	return service_refresh(half, l4, now) || !is_service;
}

/* TO_SERVICE when the packet has another destination now, whose endpoint is *dst; TO_STACK when it is as it was. */
static __always_inline enum hr_reason reverse_flow(struct __sk_buff *ctx, struct l4 *l4, __u32 now,
						   const struct hr_endpoint **dst, __u8 *flags)
{
	struct hr_nat *half = nat_find(&l4->key, now);
	const struct hr_endpoint *owner;
	enum hr_reason reason;
	struct nat_end end;

	if (half && flow_continues(half, l4, now, &owner)) {
		end = nat_target(half);
		*flags = half->flags;
	} else {
		reason = ENABLE_NODEPORT ? nodeport_begin(l4, *dst, &end, now) : REASON_TO_STACK;
		if (reason != REASON_TO_SERVICE)
			return reason;
		owner = endpoint_lookup(end.addr);
		*flags = HR_NAT_SERVICE;
	}
	if (*flags & HR_NAT_SERVICE)
		serve_excluded(l4->key.saddr);
	*dst = owner;
	l4_remember_fragment(l4);
	if (service_rewrite(ctx, l4, &end))
		return REASON_WRITE_ERROR;
	l4_turn(l4, &end);
	return REASON_TO_SERVICE;
}

/* Packets of flows to ports that no flow has need no look. */
static __always_inline bool may_reverse(const struct l4 *l4)
{
	return ENABLE_NODEPORT || nat_is_contended(&l4->key, l4->key.dport);
}

/*
 * What is the node's own, *dst, or of nobody here, NULL, goes to whom it is for: TO_POD_PEER, and *dst is a pod and
 * *frame its packet; or what else becomes of it.
 */
static __always_inline enum hr_reason unmasquerade(struct __sk_buff *ctx, struct ipv4_frame *frame,
						   const struct hr_endpoint **dst)
{
	const enum hr_reason untouched = *dst ? REASON_TO_HOST : REASON_TO_STACK;
	enum hr_reason reason = REASON_TO_STACK;
	__u32 now = nat_now();
	enum l4_kind kind;
	__u8 flags = 0;
	struct l4 l4;

	kind = l4_parse(ctx, frame, HR_NAT_INGRESS, &l4);
	if (kind == L4_ICMP_ERROR && (*dst || ENABLE_NODEPORT)) {
		if (reverse_error(ctx, &l4, now, dst))
			return REASON_WRITE_ERROR;
	} else {
		if (kind == L4_FLOW && may_reverse(&l4))
			reason = reverse_flow(ctx, &l4, now, dst, &flags);
		if (reason != REASON_TO_SERVICE)
			return reason == REASON_TO_STACK ? untouched : refused(ctx, reason);
		if (ENABLE_NODEPORT && !*dst)
			return dsr_or_nodeport_forward(ctx, &l4, flags & HR_NAT_FORWARD);
	}
	if (!*dst)
		return REASON_TO_STACK;
	if ((*dst)->flags & HR_ENDPOINT_HOST)
		return untouched;
	return ipv4_reload(ctx, frame) ? REASON_TO_POD_PEER : REASON_WRITE_ERROR;
}

#endif
