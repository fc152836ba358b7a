/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way of packets of services that only pass through this node: from a client to a backend elsewhere, and back.
 * They have their destination already.
 */
#ifndef HR_BPF_SERVICE_PATH_H
#define HR_BPF_SERVICE_PATH_H

#include "fib.h"
#include "nat_icmp.h"
#include "verdict.h"

/* Functions of their own, because one program has more than one use for them. */
static __noinline bool service_refresh(struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	return nat_refresh(half, l4, now);
}

static __noinline int service_rewrite(struct __sk_buff *ctx, struct l4 *l4,
				      const struct nat_end *to)
{
	return nat_rewrite(ctx, l4, to);
}

/* An ICMP error gets its quote and its own end from the same translation. 0, or negative with the packet half done. */
static __always_inline int service_rewrite_error(struct __sk_buff *ctx, struct l4 *l4,
						 const struct icmp_quote *quote,
						 const struct hr_nat *half)
{
	struct nat_end to = nat_target(half);

	if (icmp_quote_rewrite(ctx, l4, quote, &to))
		return -1;
	to.port = 0;
	return service_rewrite(ctx, l4, &to);
}

/* TO_SERVICE, or why the packet is the stack's: because of its header, or of what the routing table says. */
static __always_inline enum hr_reason service_hop(const struct ipv4_frame *frame)
{
	if (ipv4_has_options(frame->ip))
		return REASON_IP_OPTIONS;
	return ipv4_ttl_expires(frame->ip) ? REASON_TTL_EXPIRED : REASON_TO_SERVICE;
}

/* Routes may depend on the source: it is the one that the packet is about to get. */
static __always_inline enum hr_reason service_way(struct __sk_buff *ctx,
						  const struct ipv4_frame *frame, __be32 source,
						  struct bpf_fib_lookup *fib)
{
	enum hr_reason reason = fib_reason(fib_ask(ctx, frame, source, fib));

	return reason == REASON_TO_NETWORK ? REASON_TO_SERVICE : reason;
}

/* The source of a backend's answer: what its client has asked. False when it is the answer to nothing. */
static __always_inline bool service_frontend(const struct l4 *l4, struct nat_end *end, __u32 now)
{
	struct hr_nat *half = nat_find(&l4->key, now);

	if (!half || !(half->flags & HR_NAT_SERVICE))
		return false;
	*end = nat_target(half);
	return service_refresh(half, l4, now);
}

/* Gives the packet its source, and takes its hop. False with the packet half done. */
static __always_inline bool service_leave(struct __sk_buff *ctx, struct l4 *l4,
					  const struct nat_end *source, struct ipv4_frame *frame)
{
	if (service_rewrite(ctx, l4, source) || !ipv4_reload(ctx, frame))
		return false;
	ipv4_ttl_decrement(frame->ip);
	return true;
}

/* Back out of the NIC it came by as well: one that forwards for others. */
static __always_inline enum hr_reason service_send(const struct bpf_fib_lookup *fib)
{
	struct bpf_redir_neigh next = fib_next_hop(fib);

	bpf_redirect_neigh(fib->ifindex, &next, sizeof(next), 0);
	return REASON_TO_SERVICE;
}

/* As verdict(), and to_netdev leaves a packet as it is that is on its way. */
static __always_inline int service_verdict(struct __sk_buff *ctx, enum hr_hook hook,
					   enum hr_reason reason)
{
	int action = verdict(ctx, hook, reason);

	if (ENABLE_NODEPORT && reason == REASON_TO_SERVICE)
		ctx->mark = HR_MARK_TRANSLATED;
	return action;
}

#endif
