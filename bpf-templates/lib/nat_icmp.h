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
	__u32 offset, l4_offset; /* of the quoted headers in the frame */
	bool has_check; /* whether the quote is long enough for the L4 checksum, and has one */
};

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
	struct hr_nat_key key;
	union l4_head head;
	struct iphdr ip;

	quote->offset = l4->offset + sizeof(union l4_head);
	if (!quote_load(ctx, l4, quote->offset, &ip, sizeof(ip)))
		return false;
	if (ip.version != 4 || ip.ihl < 5 || ipv4_is_later_fragment(ip.frag_off) ||
	    !l4_is_known(ip.protocol))
		return false;
	quote->l4_offset = quote->offset + ip.ihl * 4;
	if (!quote_load(ctx, l4, quote->l4_offset, &head, sizeof(head)))
		return false;
	key = (struct hr_nat_key){ .saddr = ip.saddr, .daddr = ip.daddr, .protocol = ip.protocol };
	if (l4_ports(&head, &key) != L4_FLOW)
		return false;
	quote->key = l4_answer(&key, l4->key.direction);
	quote->has_check = ip.protocol == IPPROTO_TCP
				   ? quote->l4_offset + TCP_CHECK_OFFSET + sizeof(__u16) <= l4->end
				   : ip.protocol == IPPROTO_ICMP || head.udp.check; /* 0 is none */
	return true;
}

/* The quote's end that is translated is the other one: of a packet that went out, the source. */
static __always_inline int quote_set(struct __sk_buff *ctx, const struct icmp_quote *quote,
				     const struct nat_end *from, const struct nat_end *to)
{
	bool is_source = quote->key.direction == HR_NAT_INGRESS;
	__u32 addr = quote->offset +
		     (is_source ? offsetof(struct iphdr, saddr) : offsetof(struct iphdr, daddr));

	if (bpf_l3_csum_replace(ctx, quote->offset + offsetof(struct iphdr, check), from->addr,
				to->addr, sizeof(to->addr)) ||
	    bpf_skb_store_bytes(ctx, addr, &to->addr, sizeof(to->addr), 0))
		return -1;
	return (int)bpf_skb_store_bytes(
		ctx, port_offset(quote->key.protocol, is_source, quote->l4_offset), &to->port,
		sizeof(to->port), 0);
}

/*
 * The checksum of the error covers the quote, where a port and its change in a checksum make up for each other, and
 * so do an address and its change in that of the IP header. What is left is the address in the quoted L4 checksum, or
 * the port without one.
 */
static __always_inline int quote_fix_checks(struct __sk_buff *ctx, const struct l4 *l4,
					    const struct icmp_quote *quote,
					    const struct nat_end *from, const struct nat_end *to)
{
	__u64 flags = quote->key.protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	__u32 own = check_offset(IPPROTO_ICMP, l4->offset);
	__u32 check = check_offset(quote->key.protocol, quote->l4_offset);

	if (!quote->has_check)
		return (int)bpf_l4_csum_replace(ctx, own, from->port, to->port, sizeof(to->port));
	if (bpf_l4_csum_replace(ctx, check, from->port, to->port, flags | sizeof(to->port)))
		return -1;
	if (quote->key.protocol == IPPROTO_ICMP)
		return 0;
	if (bpf_l4_csum_replace(ctx, check, from->addr, to->addr, flags | sizeof(to->addr)))
		return -1;
	return (int)bpf_l4_csum_replace(ctx, own, to->addr, from->addr, sizeof(to->addr));
}

/*
 * Makes what the error quotes a packet of the flow's other side; whose address the error itself gets is left to its
 * own rewriting. 0, or negative with the packet half done.
 */
static __always_inline int icmp_quote_rewrite(struct __sk_buff *ctx, const struct l4 *l4,
					      const struct icmp_quote *quote,
					      const struct nat_end *to)
{
	struct nat_end from = nat_end_of(&quote->key);

	return quote_set(ctx, quote, &from, to) ?: quote_fix_checks(ctx, l4, quote, &from, to);
}

/* The flow that an error is about; NULL when there is none. */
static __always_inline struct hr_nat *icmp_quote_flow(struct __sk_buff *ctx, const struct l4 *l4,
						      struct icmp_quote *quote, __u32 now)
{
	return icmp_quote_read(ctx, l4, quote) ? nat_find(&quote->key, now) : NULL;
}

#endif
