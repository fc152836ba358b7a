/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long a packet is where nobody behind us checks: to be compared with an MTU before it is sent. */
#ifndef HR_BPF_MTU_H
#define HR_BPF_MTU_H

#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "ipv4.h"

/* TCP header length, or 0 when it is not where it should be. */
static __always_inline __u32 tcp_header_len(const struct ipv4_frame *frame)
{
	struct tcphdr *tcp = (void *)frame->ip + frame->ip->ihl * 4;

	return (void *)(tcp + 1) <= frame->end ? tcp->doff * 4 : 0;
}

/*
 * Not what the IP header says: bytes behind the packet leave as well. A GSO super-packet is cut only behind us, so
 * its pieces count.
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

#endif
