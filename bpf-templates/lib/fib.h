/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Out of the node by its own routing table, past its IP stack. Whatever the table does not simply forward
 * is left to the stack, which has an answer for it (an ICMP error, a local socket, a fragment). The lookup knows the
 * device's MTU, a learned one, and a route's own where it is locked.
 */
#ifndef HR_BPF_FIB_H
#define HR_BPF_FIB_H

#include "abi.h"
#include "event.h"
#include "mtu.h"

#define AF_INET 2 /* sys/socket.h is the C library's */

/* The next hop as the lookup left it: family and address, which may be IPv6 for an IPv4 route. */
static __always_inline struct bpf_redir_neigh fib_next_hop(const struct bpf_fib_lookup *fib)
{
	struct bpf_redir_neigh next = { .nh_family = fib->family };

	__builtin_memcpy(next.ipv6_nh, fib->ipv6_dst, sizeof(next.ipv6_nh));
	return next;
}

static __always_inline enum hr_reason fib_send(struct ipv4_frame *frame,
					       const struct bpf_fib_lookup *fib)
{
	struct bpf_redir_neigh next = fib_next_hop(fib);

	if (ipv4_ttl_expires(frame->ip))
		return REASON_TTL_EXPIRED;
	ipv4_ttl_decrement(frame->ip);
	bpf_redirect_neigh(fib->ifindex, &next, sizeof(next), 0);
	return REASON_TO_NETWORK;
}

/* What the routing table says of the packet, from that source: a BPF_FIB_LKUP_RET_*. */
static __always_inline long fib_ask(struct __sk_buff *ctx, const struct ipv4_frame *frame,
				    __be32 source, struct bpf_fib_lookup *fib)
{
	*fib = (struct bpf_fib_lookup){
		.family = AF_INET,
		.l4_protocol = frame->ip->protocol,
		.tot_len = wire_len(ctx, frame),
		.ifindex = ctx->ifindex,
		.tos = frame->ip->tos,
		.ipv4_src = source,
		.ipv4_dst = frame->ip->daddr,
	};
	return bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
}

/* Of what does not fit the lookup names no device: once more, without a length. */
static __always_inline void fib_ask_device(struct __sk_buff *ctx, struct bpf_fib_lookup *fib)
{
	fib->tot_len = 0;
	bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
}

/* TO_NETWORK when it says to forward, else why the stack has to see the packet. */
static __always_inline enum hr_reason fib_reason(long result)
{
	switch (result) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH: /* redirect_neigh resolves it */
		return REASON_TO_NETWORK;
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return REASON_FRAG_NEEDED;
	default:
		return REASON_FIB_UNRESOLVED;
	}
}

static __always_inline enum hr_reason fib_forward(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	struct bpf_fib_lookup fib;
	enum hr_reason reason;
	long result;

	if (ipv4_is_special(frame->ip->daddr))
		return REASON_TO_STACK;
	result = fib_ask(ctx, frame, frame->ip->saddr, &fib);
	event_debug(ctx, HR_DEBUG_FIB, (__u32)result, fib.ifindex, fib.tot_len);
	reason = fib_reason(result);
	if (reason != REASON_TO_NETWORK)
		return reason;
	/* Back where it came from: the stack may tell the sender of a better way. */
	return fib.ifindex == ctx->ifindex ? REASON_FIB_UNRESOLVED : fib_send(frame, &fib);
}

#endif
