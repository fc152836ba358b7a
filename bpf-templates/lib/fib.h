/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Out of the node by its own routing table, past its IP stack. Whatever the table does not simply forward
 * is left to the stack, which has an answer for it (an ICMP error, a local socket, a fragment).
 */
#ifndef HR_BPF_FIB_H
#define HR_BPF_FIB_H

#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "abi.h"
#include "ipv4.h"

#define AF_INET 2 /* sys/socket.h is the C library's */

/* TCP header length, or 0 when it is not where it should be. */
static __always_inline __u32 tcp_header_len(const struct ipv4_frame *frame)
{
	struct tcphdr *tcp = (void *)frame->ip + frame->ip->ihl * 4;

	return (void *)(tcp + 1) <= frame->end ? tcp->doff * 4 : 0;
}

/*
 * Length of what leaves, for the route's MTU, which nobody behind us checks. Not what the IP header says: bytes
 * behind the packet leave as well. A GSO super-packet is cut only behind us.
 */
static __always_inline __u16 wire_len(const struct __sk_buff *ctx, const struct ipv4_frame *frame)
{
	__u32 len = ctx->len - ETH_HLEN;

	if (!ctx->gso_size)
		return len < 0xffff ? len : 0xffff;
	len = frame->ip->ihl * 4 + ctx->gso_size;
	len += frame->ip->protocol == IPPROTO_TCP ? tcp_header_len(frame) : sizeof(struct udphdr);
	return len < 0xffff ? len : 0xffff;
}

/* The next hop as the lookup left it: family and address, which may be IPv6 for an IPv4 route. */
static __always_inline enum hr_reason fib_send(struct ipv4_frame *frame,
					       const struct bpf_fib_lookup *fib)
{
	struct bpf_redir_neigh next = { .nh_family = fib->family };

	if (ipv4_ttl_expires(frame->ip))
		return REASON_TTL_EXPIRED;
	ipv4_ttl_decrement(frame->ip);
	__builtin_memcpy(next.ipv6_nh, fib->ipv6_dst, sizeof(next.ipv6_nh));
	bpf_redirect_neigh(fib->ifindex, &next, sizeof(next), 0);
	return REASON_TO_NETWORK;
}

static __always_inline enum hr_reason fib_forward(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	struct bpf_fib_lookup fib = {
		.family = AF_INET,
		.l4_protocol = frame->ip->protocol,
		.tot_len = wire_len(ctx, frame),
		.ifindex = ctx->ifindex,
		.tos = frame->ip->tos,
		.ipv4_src = frame->ip->saddr,
		.ipv4_dst = frame->ip->daddr,
	};

	if (ipv4_is_special(frame->ip->daddr))
		return REASON_TO_STACK;
	switch (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH: /* redirect_neigh resolves it */
		/* Back where it came from: the stack may tell the sender of a better way. */
		return fib.ifindex == ctx->ifindex ? REASON_FIB_UNRESOLVED : fib_send(frame, &fib);
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return REASON_FRAG_NEEDED;
	default:
		return REASON_FIB_UNRESOLVED;
	}
}

#endif
