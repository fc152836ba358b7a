/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a NIC receives for an address of the node, when it answers a flow that left by masquerade.h. */
#ifndef HR_BPF_UNMASQUERADE_H
#define HR_BPF_UNMASQUERADE_H

#include "nat.h"
#include "nat_icmp.h"

/* The endpoint that a flow belongs to; NULL when its pod is gone. */
static __always_inline const struct hr_endpoint *flow_owner(const struct hr_nat *half)
{
	const struct hr_endpoint *ep = endpoint_lookup(half->addr);
	__u16 role = half->flags & HR_NAT_HOST ? HR_ENDPOINT_HOST : 0;

	return ep && (ep->flags & HR_ENDPOINT_HOST) == role ? ep : NULL;
}

/* The quote of an error is from a packet that we sent, so its source is where the error goes. */
static __always_inline int reverse_error(struct __sk_buff *ctx, const struct l4 *l4, __u32 now,
					 const struct hr_endpoint **dst)
{
	struct icmp_quote quote = { 0 };
	struct hr_nat *half = icmp_quote_flow(ctx, l4, &quote, now);
	const struct hr_endpoint *owner;
	struct nat_end end;

	if (!half || quote.key.daddr != l4->key.daddr)
		return 0;
	owner = flow_owner(half);
	if (!owner)
		return 0;
	*dst = owner;
	end = nat_target(half);
	return icmp_quote_rewrite(ctx, l4, &quote, &end);
}

static __always_inline int reverse_flow(struct __sk_buff *ctx, const struct l4 *l4, __u32 now,
					const struct hr_endpoint **dst)
{
	struct hr_nat *half = nat_find(&l4->key, now);
	const struct hr_endpoint *owner;
	struct nat_end end;

	owner = half ? flow_owner(half) : NULL;
	if (!owner)
		return 0;
	*dst = owner;
	nat_refresh(half, l4, now); /* a flow that has moved to another port just runs out */
	l4_remember_fragment(l4);
	end = nat_target(half);
	return nat_rewrite(ctx, l4, &end);
}

/*
 * Gives what arrives for an address of the node to whom it is the answer, and makes *dst that. What answers to
 * nobody stays as it is, for the node. 0, or negative with the packet half done; frame is gone.
 */
static __always_inline int masquerade_reverse(struct __sk_buff *ctx, const struct ipv4_frame *frame,
					      const struct hr_endpoint **dst)
{
	__u32 now = nat_now();
	enum l4_kind kind;
	struct l4 l4;

	kind = l4_parse(ctx, frame, HR_NAT_INGRESS, &l4);
	if (kind == L4_ICMP_ERROR)
		return reverse_error(ctx, &l4, now, dst);
	if (kind != L4_FLOW || !nat_is_contended(&l4.key, l4.key.dport))
		return 0;
	return reverse_flow(ctx, &l4, now, dst);
}

#endif
