/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors about translated flows. Such an error quotes the packet that caused it as it was on the other side
 * of the translation, and its receiver recognises its own packet only when the quote is translated back.
 */
#ifndef HR_BPF_NAT_ICMP_H
#define HR_BPF_NAT_ICMP_H

#include "nat.h"

struct icmp_quote {
	/* Of the packets that answer the quoted one, looked up in the direction of the error. */
	struct hr_nat_key key;
	__u32 offset; /* of the quoted IP header in the frame */
	struct quoted_headers {
		struct iphdr ip;
		union l4_head l4;
	} headers;
};

static __always_inline __u32 quote_l4_offset(const struct icmp_quote *quote)
{
	return quote->offset + quote->headers.ip.ihl * 4;
}

/* Of the error, behind its own header. */
static __always_inline bool quote_load(struct __sk_buff *ctx, const struct l4 *l4, __u32 offset,
				       void *to, __u32 size)
{
	return offset + size <= l4->end && !bpf_skb_load_bytes(ctx, offset, to, size);
}

/* False when nothing in the quote tells which flow the error is about. */
static __always_inline bool icmp_quote_read(struct __sk_buff *ctx, const struct l4 *l4,
					    struct icmp_quote *quote)
{
	struct iphdr *ip = &quote->headers.ip;
	struct hr_nat_key key;

	quote->offset = l4->offset + sizeof(union l4_head);
	if (!quote_load(ctx, l4, quote->offset, ip, sizeof(*ip)))
		return false;
	if (ip->version != 4 || ip->ihl < 5 || ipv4_is_later_fragment(ip->frag_off) ||
	    !l4_is_known(ip->protocol))
		return false;
	if (!quote_load(ctx, l4, quote_l4_offset(quote), &quote->headers.l4,
			sizeof(quote->headers.l4)))
		return false;
	key = (struct hr_nat_key){ .saddr = ip->saddr,
				   .daddr = ip->daddr,
				   .protocol = ip->protocol };
	if (l4_ports(&quote->headers.l4, &key) != L4_FLOW)
		return false;
	quote->key = l4_answer(&key, l4->key.direction);
	return true;
}

/* The quote's end that is translated is the other one: of a packet that went out, the source. */
static __always_inline void quote_set_ipv4(struct icmp_quote *quote, __be32 from, __be32 to)
{
	bool is_source = quote->key.direction == HR_NAT_INGRESS;
	struct iphdr *ip = &quote->headers.ip;

	ip->check = csum_replace(ip->check, from, to);
	ip->saddr = is_source ? to : ip->saddr;
	ip->daddr = is_source ? ip->daddr : to;
}

static __always_inline __u16 quote_csum(__u16 check, const struct nat_end *from,
					const struct nat_end *to)
{
	return csum_replace(csum_replace(check, from->addr, to->addr), from->port, to->port);
}

static __always_inline void quote_set_l4(struct icmp_quote *quote, const struct nat_end *from,
					 const struct nat_end *to)
{
	bool is_source = quote->key.direction == HR_NAT_INGRESS;
	union l4_head *l4 = &quote->headers.l4;

	if (quote->key.protocol == IPPROTO_ICMP) {
		l4->icmp.check = csum_replace(l4->icmp.check, from->port, to->port);
		l4->icmp.id = to->port;
		return;
	}
	l4->udp.source = is_source ? to->port : l4->udp.source;
	l4->udp.dest = is_source ? l4->udp.dest : to->port;
	if (quote->key.protocol == IPPROTO_UDP && l4->udp.check) /* 0 is none */
		l4->udp.check = quote_csum(l4->udp.check, from, to) ?: 0xffff;
}

/* TCP's checksum is beyond the 8 bytes that a quote has at least. */
static __always_inline int quote_fix_tcp(struct __sk_buff *ctx, const struct l4 *l4,
					 const struct icmp_quote *quote, __u32 check_offset,
					 const struct nat_end *from, const struct nat_end *to)
{
	__u32 offset = quote_l4_offset(quote) + TCP_CHECK_OFFSET;
	__u16 old, new;

	if (quote->key.protocol != IPPROTO_TCP || !quote_load(ctx, l4, offset, &old, sizeof(old)))
		return 0;
	new = quote_csum(old, from, to);
	if (bpf_l4_csum_replace(ctx, check_offset, old, new, sizeof(new)))
		return -1;
	return (int)bpf_skb_store_bytes(ctx, offset, &new, sizeof(new), 0);
}

/* The ICMP checksum covers the quote, whose parts may make up for each other or not. */
static __always_inline int quote_write(struct __sk_buff *ctx, const struct icmp_quote *quote,
				       const struct quoted_headers *before, __u32 check_offset)
{
	__s64 diff = bpf_csum_diff((__be32 *)before, sizeof(*before), (__be32 *)&quote->headers,
				   sizeof(quote->headers), 0);

	if (diff < 0 || bpf_l4_csum_replace(ctx, check_offset, 0, (__u64)diff, 0))
		return -1;
	if (bpf_skb_store_bytes(ctx, quote->offset, &quote->headers.ip, sizeof(quote->headers.ip),
				0))
		return -1;
	return (int)bpf_skb_store_bytes(ctx, quote_l4_offset(quote), &quote->headers.l4,
					sizeof(quote->headers.l4), 0);
}

/* Makes the quote one of the flow's other side. 0, or negative with the packet half done. */
static __always_inline int icmp_quote_change(struct __sk_buff *ctx, const struct l4 *l4,
					     struct icmp_quote *quote, const struct nat_end *to)
{
	__u32 check_offset = l4->offset + offsetof(union l4_head, icmp.check);
	struct nat_end from = nat_end_of(&quote->key);
	struct quoted_headers before = quote->headers;

	quote_set_ipv4(quote, from.addr, to->addr);
	quote_set_l4(quote, &from, to);
	if (quote_write(ctx, quote, &before, check_offset))
		return -1;
	return quote_fix_tcp(ctx, l4, quote, check_offset, &from, to);
}

/* The same, and of the error's own address. */
static __always_inline int icmp_quote_rewrite(struct __sk_buff *ctx, const struct l4 *l4,
					      struct icmp_quote *quote, const struct nat_end *to)
{
	struct nat_end outer = nat_end_of(&l4->key);

	return icmp_quote_change(ctx, l4, quote, to) ? -1 : rewrite_ends(ctx, l4, &outer, to);
}

/* The flow that an error is about; NULL when there is none. */
static __always_inline struct hr_nat *icmp_quote_flow(struct __sk_buff *ctx, const struct l4 *l4,
						      struct icmp_quote *quote, __u32 now)
{
	return icmp_quote_read(ctx, l4, quote) ? nat_find(&quote->key, now) : NULL;
}

#endif
