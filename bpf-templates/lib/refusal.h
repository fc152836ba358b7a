/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * "Nobody listens there", or "too long": a packet becomes the ICMP port unreachable, or fragmentation needed, to its
 * sender (RFC 792; RFC 1812 section 4.3), from the address that was asked, and goes back the way it came. The stack
 * could not do it: it has no such address, and knows of no option that makes a packet longer (dsr.h).
 */
#ifndef HR_BPF_REFUSAL_H
#define HR_BPF_REFUSAL_H

#include "csum.h"
#include "l4.h"

#define ICMP_PORT_UNREACH 3
#define ICMP_FRAG_NEEDED 4 /* with the MTU where others have a sequence number, RFC 1191 */

/* Those of the whole node in the kernel, net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst. */
#define REFUSALS_PER_SECOND 1000
#define REFUSALS_AT_ONCE 50

#define REFUSAL_TTL 64
#define REFUSAL_TOS 0xc0 /* internetwork control, as routers have it; the rest is the sender's */
#define REFUSAL_TOS_KEPT 0x1c

/* What is put before the packet. */
struct refusal {
	struct iphdr ip;
	union l4_head icmp;
};

/* What remains of it. All of a TCP header: the kernel may have yet to write a checksum there. */
struct refused {
	struct iphdr ip;
	union {
		union l4_head udp;
		__be32 tcp[5];
	};
};

/* When all that may be sent at once may be again, ns of CLOCK_MONOTONIC. CPUs that race for it send a few more. */
static __u64 refusals_full;

static __always_inline bool refusal_is_due(void)
{
	const __u64 interval = 1000000000 / REFUSALS_PER_SECOND;
	__u64 now = bpf_ktime_get_ns(), full = refusals_full > now ? refusals_full : now;

	if (full + interval > now + REFUSALS_AT_ONCE * interval)
		return false;
	refusals_full = full + interval;
	return true;
}

/* Bytes of the L4 header that remain; 0 when the packet may not be answered, or cannot be. */
static __always_inline __u32 refused_load(struct __sk_buff *ctx, struct refused *out)
{
	const struct iphdr *ip = &out->ip;
	__u32 len;

	if (bpf_skb_load_bytes(ctx, ETH_HLEN, &out->ip, sizeof(out->ip)))
		return 0;
	if (ipv4_has_options(ip) || ipv4_is_later_fragment(ip->frag_off) ||
	    ipv4_is_special(ip->saddr))
		return 0;
	len = ip->protocol == IPPROTO_TCP ? sizeof(out->tcp) : sizeof(out->udp);
	if (bpf_ntohs(ip->tot_len) < sizeof(*ip) + len ||
	    bpf_skb_load_bytes(ctx, ETH_HLEN + sizeof(*ip), out->tcp, len))
		return 0;
	return len;
}

static __always_inline __u32 refusal_sum(const void *from, __u32 len)
{
	return bpf_csum_diff(NULL, 0, (__be32 *)from, len, 0);
}

/* The sum of the pseudo header, which is all that the field says where the checksum is yet to be written. */
static __always_inline __u16 refused_pseudo(const struct iphdr *ip)
{
	const __be32 pseudo[] = { ip->saddr, ip->daddr,
				  bpf_htonl(ip->protocol << 16 |
					    (bpf_ntohs(ip->tot_len) - sizeof(*ip))) };

	return ~csum_fold(refusal_sum(pseudo, sizeof(pseudo)));
}

/*
 * What the L4 header adds to a sum when the packet is on the wire. A checksum that is written on the way out makes up
 * for all that it covers, but for what the field says before: so what the field is for does not matter then.
 */
static __always_inline __u32 refused_sum(const struct refused *quote, __u32 len)
{
	__u16 check = len == sizeof(quote->tcp) ? ((const __u16 *)quote->tcp)[TCP_CHECK_OFFSET / 2]
						: quote->udp.udp.check;

	return check == refused_pseudo(&quote->ip) ? (__u16)~check : refusal_sum(quote->tcp, len);
}

/* The IP header of the quote adds nothing: its own checksum has seen to that. */
static __always_inline struct refusal refusal_of(const struct refused *quote, __u32 len)
{
	struct refusal head = {
		.ip = { .version = 4,
			.ihl = sizeof(head.ip) / 4,
			.tos = REFUSAL_TOS | (quote->ip.tos & REFUSAL_TOS_KEPT),
			.tot_len = bpf_htons(sizeof(head) + sizeof(quote->ip) + len),
			.frag_off = bpf_htons(IPV4_DONT_FRAGMENT),
			.ttl = REFUSAL_TTL,
			.protocol = IPPROTO_ICMP,
			.saddr = quote->ip.daddr,
			.daddr = quote->ip.saddr },
		.icmp.icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_PORT_UNREACH },
	};

	head.ip.check = csum_fold(refusal_sum(&head.ip, sizeof(head.ip)));
	head.icmp.icmp.check = csum_replace(csum_fold(refused_sum(quote, len)), 0,
					    bpf_htons(ICMP_DEST_UNREACH << 8 | ICMP_PORT_UNREACH));
	return head;
}

/* Not that nobody listens, but that the packet is too long. */
static __always_inline void refusal_name_mtu(struct refusal *head, __u16 mtu)
{
	__u32 more = bpf_htons(ICMP_FRAG_NEEDED - ICMP_PORT_UNREACH) + bpf_htons(mtu);

	head->icmp.icmp.code = ICMP_FRAG_NEEDED;
	head->icmp.icmp.sequence = bpf_htons(mtu);
	head->icmp.icmp.check = csum_replace(head->icmp.icmp.check, 0, more);
}

static __always_inline bool refusal_turn(struct __sk_buff *ctx)
{
	__u8 sender[ETH_ALEN];
	struct ethhdr *eth;
	struct cursor cur;

	if (!cursor_open(ctx, &cur, ETH_HLEN))
		return false;
	eth = cursor_take(&cur, ETH_HLEN);
	__builtin_memcpy(sender, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, sender, ETH_ALEN);
	return true;
}

/* With an MTU the packet is too long. REFUSED; NO_BACKEND when there is no answer; or WRITE_ERROR. */
static __noinline enum hr_reason refuse(struct __sk_buff *ctx, __u16 mtu)
{
	struct refused quote = { 0 };
	struct refusal head;
	__u32 len = refused_load(ctx, &quote);

	if (!len || !refusal_is_due())
		return REASON_NO_BACKEND;
	head = refusal_of(&quote, len);
	if (mtu)
		refusal_name_mtu(&head, mtu);
	if (bpf_skb_change_tail(ctx, ETH_HLEN + sizeof(quote.ip) + len, 0) ||
	    bpf_skb_adjust_room(ctx, sizeof(head), BPF_ADJ_ROOM_MAC, 0) ||
	    bpf_skb_store_bytes(ctx, ETH_HLEN, &head, sizeof(head), BPF_F_RECOMPUTE_CSUM) ||
	    !refusal_turn(ctx))
		return REASON_WRITE_ERROR;
	bpf_redirect(ctx->ifindex, 0);
	return REASON_REFUSED;
}

/* What becomes of a packet that goes nowhere for that reason. */
static __always_inline enum hr_reason refused(struct __sk_buff *ctx, enum hr_reason reason)
{
	return SERVICE_NO_BACKEND_RESPONSE && reason == REASON_NO_BACKEND ? refuse(ctx, 0) : reason;
}

#endif
