/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One end of a packet replaced: the source of one that leaves, the destination of one that arrives. Helpers keep
 * the L4 checksum right whether it is complete, left to the NIC, or verified by it. They move data: header
 * pointers end here.
 */
#ifndef HR_BPF_NAT_REWRITE_H
#define HR_BPF_NAT_REWRITE_H

#include "csum.h"
#include "l4.h"

/* The IP header from its checksum on, and the ports that follow it if it has no options. */
struct ipv4_ends {
	__u16 check;
	__be32 saddr, daddr;
	__be16 sport, dport;
} __attribute__((packed));

#define IPV4_ENDS_OFFSET (ETH_HLEN + offsetof(struct iphdr, check))

_Static_assert(offsetof(struct ipv4_ends, sport) ==
		       sizeof(struct iphdr) - offsetof(struct iphdr, check),
	       "the checksum and both addresses are neighbours");

/* The end of a flow that is translated, and what it becomes. */
struct nat_end {
	__be32 addr;
	__be16 port;
};

static __always_inline struct nat_end nat_end_of(const struct hr_nat_key *key)
{
	if (key->direction == HR_NAT_EGRESS)
		return (struct nat_end){ .addr = key->saddr, .port = key->sport };
	return (struct nat_end){ .addr = key->daddr, .port = key->dport };
}

/* Are the ports where struct ipv4_ends has them? */
static __always_inline bool ports_adjoin(const struct l4 *l4)
{
	return l4->offset == ETH_HLEN + sizeof(struct iphdr) && l4->key.protocol != IPPROTO_ICMP &&
	       l4_has_header(l4);
}

/* Keeps *l4's checksum of the header, for who rewrites the other end next. */
static __always_inline int rewrite_ends(struct __sk_buff *ctx, struct l4 *l4,
					const struct nat_end *from, const struct nat_end *to)
{
	bool is_source = l4->key.direction == HR_NAT_EGRESS;
	struct ipv4_ends ends = {
		.check = csum_replace(l4->ip_check, from->addr, to->addr),
		.saddr = is_source ? to->addr : l4->key.saddr,
		.daddr = is_source ? l4->key.daddr : to->addr,
		.sport = is_source ? to->port : l4->key.sport,
		.dport = is_source ? l4->key.dport : to->port,
	};

	l4->ip_check = ends.check;
	return (int)bpf_skb_store_bytes(
		ctx, IPV4_ENDS_OFFSET, &ends,
		ports_adjoin(l4) ? sizeof(ends) : offsetof(struct ipv4_ends, sport), 0);
}

/* Where port or id of one end is, and the checksum, of an L4 header at that offset. */
static __always_inline __u32 port_offset(__u8 protocol, bool is_source, __u32 offset)
{
	if (protocol == IPPROTO_ICMP)
		return offset + offsetof(union l4_head, icmp.id);
	return offset + (is_source ? offsetof(union l4_head, udp.source)
				   : offsetof(union l4_head, udp.dest));
}

static __always_inline __u32 check_offset(__u8 protocol, __u32 offset)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return offset + TCP_CHECK_OFFSET;
	case IPPROTO_UDP:
		return offset + offsetof(union l4_head, udp.check);
	default:
		return offset + offsetof(union l4_head, icmp.check);
	}
}

static __always_inline int rewrite_l4(struct __sk_buff *ctx, const struct l4 *l4,
				      const struct nat_end *from, const struct nat_end *to)
{
	__u64 flags = l4->key.protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	__u32 check = check_offset(l4->key.protocol, l4->offset);

	if (l4->key.protocol != IPPROTO_ICMP && from->addr != to->addr &&
	    bpf_l4_csum_replace(ctx, check, from->addr, to->addr,
				flags | BPF_F_PSEUDO_HDR | sizeof(to->addr)))
		return -1;
	if (from->port == to->port)
		return 0;
	if (bpf_l4_csum_replace(ctx, check, from->port, to->port, flags | sizeof(to->port)))
		return -1;
	if (ports_adjoin(l4))
		return 0;
	return (int)bpf_skb_store_bytes(
		ctx, port_offset(l4->key.protocol, l4->key.direction == HR_NAT_EGRESS, l4->offset),
		&to->port, sizeof(to->port), 0);
}

/* Replaces that end of the packet that its key's direction says. 0, or negative with the packet half done. */
static __always_inline int nat_rewrite(struct __sk_buff *ctx, struct l4 *l4,
				       const struct nat_end *to)
{
	struct nat_end from = nat_end_of(&l4->key);

	if (l4_has_header(l4) && rewrite_l4(ctx, l4, &from, to))
		return -1;
	return rewrite_ends(ctx, l4, &from, to);
}

/* Of a packet that nat_rewrite() gave that destination: what it is now, to be looked up on its way out. */
static __always_inline void l4_turn(struct l4 *l4, const struct nat_end *to)
{
	l4->key.daddr = to->addr;
	l4->key.dport = to->port;
	l4->key.direction = HR_NAT_EGRESS;
}

#endif
