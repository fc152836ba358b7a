/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What leaves by a NIC: packets of pods get the address of the NIC, packets of the node itself hold their ports
 * against them. What is neither passes as it is.
 */
#ifndef HR_BPF_MASQUERADE_H
#define HR_BPF_MASQUERADE_H

#include <linux/udp.h>

#include "exempt.h"
#include "nat.h"
#include "nat_icmp.h"
#include "nat_ports.h"

/*
 * The node's own encapsulation: there is nothing to hold a port for, because no pod can have this one. Who has made it
 * has put its headers into the linear part, without IP options.
 */
static __always_inline bool is_tunnelled(const struct ipv4_frame *frame)
{
	const struct udphdr *udp = (void *)(frame->ip + 1);

	return TUNNEL_MODE && frame->ip->saddr == node_ip && frame->ip->protocol == IPPROTO_UDP &&
	       !ipv4_has_options(frame->ip) && !ipv4_is_later_fragment(frame->ip->frag_off) &&
	       (void *)(udp + 1) <= frame->end && udp->dest == bpf_htons(TUNNEL_PORT);
}

/* By nodeport.h, which has sent it here. */
static __always_inline bool is_translated(const struct __sk_buff *ctx)
{
	return ENABLE_NODEPORT && (ctx->mark & HR_MARK_MASK) == HR_MARK_TRANSLATED;
}

/* The reason for which a pod's packet is refused that belongs to no flow, or is passed. */
static __always_inline enum hr_reason without_flow(enum l4_kind kind)
{
	switch (kind) {
	case L4_FRAGMENT_LOST:
		return REASON_FRAG_NOT_FOUND;
	case L4_FRAGMENT:
		return REASON_FRAG_NOSUPPORT;
	case L4_TRUNCATED:
		return REASON_INVALID;
	case L4_ICMP_OTHER:
		return REASON_NAT_UNSUPP_PROTO;
	default:
		return REASON_TO_WIRE;
	}
}

/*
 * Other nodes believe what a node tunnels to them. A pod that wrote such a packet itself would get the node's address
 * for it, and could say to be anybody inside.
 */
static __always_inline bool is_forged_tunnel(const struct l4 *l4)
{
	return TUNNEL_MODE && l4->key.protocol == IPPROTO_UDP &&
	       l4->key.dport == bpf_htons(TUNNEL_PORT);
}

static __always_inline bool is_masqueraded(const struct hr_nat_key *key)
{
	return ENABLE_MASQUERADE && masquerade_is_wanted(key->saddr, key->daddr);
}

static __always_inline bool is_echo_reply(const struct l4 *l4)
{
	return l4->key.protocol == IPPROTO_ICMP && l4->icmp_type == ICMP_ECHOREPLY;
}

/*
 * The first packet of a flow, or what has none: MASQUERADED and the source it gets, or the reason to let it go
 * as it is or not at all.
 */
static __always_inline enum hr_reason masquerade_begin(const struct l4 *l4, enum l4_kind kind,
						       struct nat_end *end, __u32 now)
{
	bool is_own = l4->key.saddr == end->addr;

	if (is_own &&
	    (kind != L4_FLOW || !l4_has_header(l4) || !nat_is_contended(&l4->key, l4->key.sport)))
		return REASON_TO_WIRE;
	if (!is_own && !is_masqueraded(&l4->key))
		return REASON_TO_WIRE;
	if (kind != L4_FLOW)
		return without_flow(kind);
	if (!is_own && is_forged_tunnel(l4))
		return REASON_ENCAP_PROHIBITED;
	l4_remember_fragment(l4);
	if (is_echo_reply(l4))
		return REASON_TO_WIRE;
	if (is_own || nat_port_in_range(l4->key.sport))
		end->port = l4->key.sport;
	if (nat_create(l4, end, is_own ? HR_NAT_HOST : 0, now))
		return REASON_MASQUERADED;
	return REASON_NAT_NO_MAPPING;
}

/* What pods get that leave by this NIC; 0: nothing. Where they keep theirs, what the node itself has. */
static __always_inline __be32 masquerade_address(__u32 ifindex)
{
	if (!ENABLE_MASQUERADE)
		return node_ip;
	const struct hr_device *device = device_lookup(ifindex);

	return device ? device->masquerade : 0;
}

/*
 * A packet of a known flow: MASQUERADED and its source, or TO_WIRE for an answer. False when the flow has to begin
 * anew: its other half is gone to another one, or its address from the NIC, which is asked once a second.
 */
static __always_inline bool masquerade_continue(const struct l4 *l4, __u32 ifindex,
						struct nat_end *end, __u32 now,
						enum hr_reason *reason)
{
	struct hr_nat *half = nat_find(&l4->key, now);

	if (!half)
		return false;
	if (half->flags & HR_NAT_INBOUND) {
		*reason = REASON_TO_WIRE;
		nat_note(half, l4, now);
	} else {
		*reason = REASON_MASQUERADED;
		*end = nat_target(half);
		if (!(half->flags & NAT_SERVICES) && !nat_is_fresh(half, l4->key.protocol, now) &&
		    masquerade_address(ifindex) != end->addr)
			return false;
		if (!nat_refresh(half, l4, now))
			return false;
	}
	l4_remember_fragment(l4);
	return true;
}

/* May who sends an error speak about that flow? Of pods of this node only the one that got the packet. */
static __always_inline bool error_is_credible(const struct icmp_quote *quote, const struct l4 *l4,
					      const struct hr_nat *half)
{
	return quote->key.saddr == l4->key.saddr ||
	       (ENABLE_NODEPORT && half->flags & HR_NAT_SERVICE && !endpoint_lookup(l4->key.saddr));
}

/*
 * An ICMP error about a packet that was translated on its way in: from the pod that got it, from the node's stack on
 * behalf of a pod, or from where a backend is to a client. MASQUERADED and the source it gets, with its quote
 * rewritten.
 */
static __always_inline enum hr_reason masquerade_error(struct __sk_buff *ctx, const struct l4 *l4,
						       struct nat_end *end, __u32 now)
{
	__be32 address = masquerade_address(ctx->ifindex);
	bool is_own = l4->key.saddr == address;
	struct icmp_quote quote;
	struct hr_nat *half;

	half = icmp_quote_flow(ctx, l4, &quote, now);
	if (!half || (!is_own && !error_is_credible(&quote, l4, half)))
		return is_own || !address || is_excluded(l4->key.daddr) || !is_masqueraded(&l4->key)
			       ? REASON_TO_WIRE
			       : REASON_NAT_NO_MAPPING;
	if (half->flags & HR_NAT_INBOUND)
		return REASON_TO_WIRE;
	*end = nat_target(half);
	if (icmp_quote_rewrite(ctx, l4, &quote, end))
		return REASON_WRITE_ERROR;
	end->port = 0;
	return REASON_MASQUERADED;
}

/* What belongs to no known flow. */
static __always_inline enum hr_reason masquerade_stranger(struct __sk_buff *ctx,
							  const struct l4 *l4, enum l4_kind kind,
							  struct nat_end *end, __u32 now)
{
	*end = (struct nat_end){ .addr = masquerade_address(ctx->ifindex) };
	if (!end->addr || is_excluded(l4->key.daddr))
		return REASON_TO_WIRE;
	return masquerade_begin(l4, kind, end, now);
}

/*
 * Everything that leaves by a NIC. A NIC without a masquerade address lets all of it pass: hrinstall attaches
 * before it knows all addresses, and to drop would cut off the node itself, while a pod that leaves with its own
 * address merely gets no answer. *original is the source that went, untouched where none did.
 */
static __always_inline enum hr_reason masquerade(struct __sk_buff *ctx, __be32 *original)
{
	struct ipv4_frame frame;
	enum hr_reason reason;
	struct nat_end end;
	enum l4_kind kind;
	struct l4 l4;
	__u32 now;

	if (packet_protocol(ctx) != bpf_htons(ETH_P_IP) || !ipv4_parse(ctx, &frame))
		return REASON_TO_WIRE;
	if (is_tunnelled(&frame) || is_translated(ctx))
		return REASON_TO_WIRE;
	if (is_excluded(frame.ip->daddr) && !serves_excluded)
		return REASON_TO_WIRE;
	kind = l4_parse(ctx, &frame, HR_NAT_EGRESS, &l4);
	now = nat_now();
	if (kind == L4_ICMP_ERROR)
		reason = masquerade_error(ctx, &l4, &end, now);
	else if (kind != L4_FLOW || !masquerade_continue(&l4, ctx->ifindex, &end, now, &reason))
		reason = masquerade_stranger(ctx, &l4, kind, &end, now);
	if (reason != REASON_MASQUERADED)
		return reason;
	if (kind == L4_FLOW && l4.key.saddr == end.addr && l4.key.sport == end.port)
		return REASON_TO_WIRE;
	*original = l4.key.saddr;
	return nat_rewrite(ctx, &l4, &end) ? REASON_WRITE_ERROR : REASON_MASQUERADED;
}

#endif
