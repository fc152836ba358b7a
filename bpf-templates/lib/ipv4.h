/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The IPv4 header: what a router checks before it believes it, and the one thing a router changes. */
#ifndef HR_BPF_IPV4_H
#define HR_BPF_IPV4_H

#include "packet.h"

struct ipv4_frame {
	struct ethhdr *eth;
	struct iphdr *ip;
	void *end; /* of the packet's linear part */
};

/* Of the whole packet, header included; BIG TCP's is longer than its field can say. */
static __always_inline __u32 ipv4_len(const struct __sk_buff *ctx, const struct iphdr *ip,
				      __u32 before)
{
	__u32 total = bpf_ntohs(ip->tot_len);

	return !total && ctx->gso_size ? ctx->len - before : total;
}

/*
 * Version, header length and total length against the packet, `before` bytes of which are in front. The header
 * checksum is left to whoever receives the packet: the TTL update keeps a wrong one wrong.
 */
static __always_inline bool ipv4_is_sane(const struct __sk_buff *ctx, const struct iphdr *ip,
					 __u32 before)
{
	__u32 available = ctx->len - before;
	__u32 total = ipv4_len(ctx, ip, before);
	__u32 header = ip->ihl * 4;

	if (ip->version != 4 || header < sizeof(*ip))
		return false;
	return header <= total && total <= available;
}

static __always_inline void ipv4_take(struct cursor *cur, struct ipv4_frame *frame)
{
	frame->eth = cursor_take(cur, ETH_HLEN);
	frame->ip = cursor_take(cur, sizeof(struct iphdr));
	frame->end = cur->end;
}

/* Finds the headers; false when the packet is no well-formed IPv4. */
static __always_inline bool ipv4_parse(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	struct cursor cur;

	if (!cursor_open(ctx, &cur, ETH_HLEN + sizeof(struct iphdr)))
		return false;
	ipv4_take(&cur, frame);
	return ipv4_is_sane(ctx, frame->ip, ETH_HLEN);
}

/* Finds them again after a helper has moved data; false, which does not happen, satisfies the verifier. */
static __always_inline bool ipv4_reload(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	struct cursor cur;

	if (!cursor_load(ctx, &cur, ETH_HLEN + sizeof(struct iphdr)))
		return false;
	ipv4_take(&cur, frame);
	return true;
}

static __always_inline bool ipv4_ttl_expires(const struct iphdr *ip)
{
	return ip->ttl <= 1;
}

/*
 * A hop records itself in some options and refuses others: a source route says where the packet is to go, whatever
 * its destination, and nodes take none (accept_source_route). Both are the stack's knowledge. Their lengths may lie;
 * nothing here reads them.
 */
static __always_inline bool ipv4_has_options(const struct iphdr *ip)
{
	return ip->ihl > sizeof(*ip) / 4;
}

/* RFC 1624 for "one less in the high byte": add 0x0100 to the complement, carry around. */
static __always_inline void ipv4_ttl_decrement(struct iphdr *ip)
{
	__u32 check = ip->check + bpf_htons(0x0100);

	ip->check = check + (check >= 0xffff);
	ip->ttl--;
}

/* linux/ip.h leaves these to the kernel's own headers. */
#define IPV4_DONT_FRAGMENT 0x4000
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff

static __always_inline bool ipv4_is_fragment(__be16 frag_off)
{
	return frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET);
}

static __always_inline bool ipv4_may_not_fragment(const struct iphdr *ip)
{
	return ip->frag_off & bpf_htons(IPV4_DONT_FRAGMENT);
}

static __always_inline bool ipv4_is_later_fragment(__be16 frag_off)
{
	return frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET);
}

static __always_inline bool ipv4_is_first_fragment(__be16 frag_off)
{
	return (frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) ==
	       bpf_htons(IPV4_MORE_FRAGMENTS);
}

/* "This network", multicast, reserved, broadcast: routes are not asked about these. */
static __always_inline bool ipv4_is_special(__be32 addr)
{
	__u32 first = bpf_ntohl(addr) >> 24;

	return first == 0 || first >= 224;
}

#endif
