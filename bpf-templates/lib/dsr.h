/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Direct server return: a backend on another node gets a client's packets with the client's address, and answers it
 * past this node. What the client has asked travels in an IP option, struct hr_dsr. The node of the backend takes it
 * out and remembers the flow as if it had chosen the backend itself; masquerade.h does the rest.
 *
 * Who sends such an option cannot be told by its packet: that has the address of the client. So it is believed only as
 * far as what this node knows of services says the same of such a client. A forged one can do no more than let the
 * answers to its own source address and port come from a service.
 */
#ifndef HR_BPF_DSR_H
#define HR_BPF_DSR_H

#include "nodeport.h"
#include "refusal.h"

union dsr_option {
	struct hr_dsr dsr;
	__be32 words[2];
};

_Static_assert(sizeof(union dsr_option) == sizeof(struct hr_dsr), "two words of the IP header");

#define DSR_IHL ((sizeof(struct iphdr) + sizeof(struct hr_dsr)) / 4)
#define DSR_OFFSET (ETH_HLEN + sizeof(struct iphdr))

/* Super-packets keep the size of their pieces, and what a NIC has verified stays so. */
#define DSR_ROOM (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET)

static __always_inline bool dsr_has_protocol(__u8 protocol)
{
	return protocol == IPPROTO_TCP || (protocol == IPPROTO_UDP && !ENABLE_DSR_HYBRID);
}

/*
 * Writes that the header has the option, or has not. With it, as without it, the words of the header add up to nothing;
 * so the checksum of the whole packet that some NICs bring along stays right.
 */
static __always_inline void dsr_account(struct iphdr *ip, const union dsr_option *option,
					bool has_it)
{
	__be32 *first = (__be32 *)ip, before = *first;
	__u16 size = sizeof(*option);

	ip->ihl = has_it ? DSR_IHL : sizeof(*ip) / 4;
	ip->tot_len = bpf_htons(bpf_ntohs(ip->tot_len) + (has_it ? size : -size));
	ip->check = csum_replace(ip->check, before, *first);
	for (int i = 0; i < 2; i++)
		ip->check = csum_replace(ip->check, has_it ? 0 : option->words[i],
					 has_it ? option->words[i] : 0);
}

static __always_inline union dsr_option dsr_option_of(const struct nat_end *frontend)
{
	return (union dsr_option){ .dsr = { .type = HR_DSR_OPTION,
					    .len = sizeof(union dsr_option),
					    .port = frontend->port,
					    .addr = frontend->addr } };
}

/* Of a packet without options. False when it is as it was, or as long as none can be. */
static __always_inline bool dsr_insert(struct __sk_buff *ctx, struct ipv4_frame *frame,
				       const struct nat_end *frontend)
{
	union dsr_option option = dsr_option_of(frontend);

	if (bpf_ntohs(frame->ip->tot_len) > 0xffff - sizeof(option) ||
	    bpf_skb_adjust_room(ctx, sizeof(option), BPF_ADJ_ROOM_NET, DSR_ROOM) ||
	    bpf_skb_store_bytes(ctx, DSR_OFFSET, &option, sizeof(option), 0) ||
	    !ipv4_parse(ctx, frame))
		return false;
	dsr_account(frame->ip, &option, true);
	return true;
}

/* False with the packet half done. */
static __always_inline bool dsr_remove(struct __sk_buff *ctx, struct ipv4_frame *frame,
				       const union dsr_option *option)
{
	const union dsr_option none = { 0 };

	dsr_account(frame->ip, option, false);
	return !bpf_skb_store_bytes(ctx, DSR_OFFSET, &none, sizeof(none), 0) &&
	       !bpf_skb_adjust_room(ctx, -(int)sizeof(none), BPF_ADJ_ROOM_NET, DSR_ROOM);
}

/*
 * Does the flow go this way? Other nodes have to know the frontend: their maps have each node under one of its
 * addresses. And the answers for a node may never leave it, where it is the one of the backend.
 */
static __always_inline bool dsr_applies(const struct l4 *l4, const struct nat_end *frontend)
{
	struct hr_frontend_key key = { .addr = frontend->addr,
				       .port = frontend->port,
				       .protocol = l4->key.protocol };

	return (frontend->addr == node_ip || frontend_lookup(&key)) &&
	       !node_is_known(l4->key.saddr);
}

/* Later fragments are told by the first one, and of a connection its first packet tells. */
static __always_inline bool dsr_tells(const struct l4 *l4)
{
	return l4_has_header(l4) &&
	       (l4->key.protocol != IPPROTO_TCP || tcp_is_first(l4->tcp_flags));
}

/*
 * May not be cut, and does not fit with its option. One that would fit without it only this node knows to be too long:
 * the client is told what fits, about the packet that it sent. Before Linux 5.12 the lookup leaves the length that it
 * was asked about where later it says the MTU; then 8 bytes less than this packet has are known to fit.
 */
static __always_inline enum hr_reason dsr_too_long(struct __sk_buff *ctx, struct l4 *l4,
						   const struct nat_end *frontend,
						   struct bpf_fib_lookup *fib)
{
	union dsr_option option = dsr_option_of(frontend);
	__u32 mtu = fib->tot_len, len;
	struct ipv4_frame frame;
	enum hr_reason reason;

	if (!ipv4_reload(ctx, &frame) || !dsr_remove(ctx, &frame, &option) ||
	    !ipv4_reload(ctx, &frame))
		return REASON_WRITE_ERROR;
	reason = service_way(ctx, &frame, frame.ip->saddr, fib);
	if (reason != REASON_TO_SERVICE)
		return reason;
	len = wire_len(ctx, &frame);
	l4->key.direction = HR_NAT_INGRESS;
	if (service_rewrite(ctx, l4, frontend))
		return REASON_WRITE_ERROR;
	return refuse(ctx, (mtu < len + sizeof(option) ? mtu : len) - sizeof(option));
}

/*
 * On to the backend, whom the packet of *l4 has for its destination by now. All that is sent to a service is seen here
 * and nothing that it answers, so a client's end of a connection is the end of both directions. The packet has its
 * final addresses: where the stack has to see it, the stack may take it on as well.
 */
static __always_inline enum hr_reason dsr_send(struct __sk_buff *ctx, struct l4 *l4,
					       const struct nat_end *frontend)
{
	struct bpf_fib_lookup fib;
	struct ipv4_frame frame;
	enum hr_reason reason;

	if (!ipv4_parse(ctx, &frame))
		return REASON_WRITE_ERROR;
	reason = service_hop(&frame);
	if (reason != REASON_TO_SERVICE)
		return reason;
	if (dsr_tells(l4) && !dsr_insert(ctx, &frame, frontend))
		return REASON_WRITE_ERROR;
	reason = service_way(ctx, &frame, frame.ip->saddr, &fib);
	if (reason == REASON_FRAG_NEEDED && dsr_tells(l4) && ipv4_may_not_fragment(frame.ip))
		return dsr_too_long(ctx, l4, frontend, &fib);
	if (reason != REASON_TO_SERVICE)
		return reason;
	ipv4_ttl_decrement(frame.ip);
	return service_send(&fib);
}

/* As nodeport_forward() of a packet to a service; TO_STACK when it is as it was, and goes by that one. */
static __noinline enum hr_reason dsr_forward(struct __sk_buff *ctx, struct l4 *l4)
{
	struct l4 answer = *l4;
	struct nat_end frontend;

	if (!dsr_has_protocol(l4->key.protocol))
		return REASON_TO_STACK;
	answer.key = l4_answer(&l4->key, HR_NAT_EGRESS);
	if (!service_frontend(&answer, &frontend, nat_now()))
		return REASON_NAT_NO_MAPPING;
	return dsr_applies(l4, &frontend) ? dsr_send(ctx, l4, &frontend) : REASON_TO_STACK;
}

/* Directly, or by this node. */
static __always_inline enum hr_reason dsr_or_nodeport_forward(struct __sk_buff *ctx, struct l4 *l4,
							      bool is_answer)
{
	enum hr_reason reason = REASON_TO_STACK;

	if (ENABLE_DSR && !is_answer)
		reason = dsr_forward(ctx, l4);
	return reason == REASON_TO_STACK ? nodeport_forward(ctx, l4, is_answer) : reason;
}

static __always_inline bool dsr_read(struct __sk_buff *ctx, const struct ipv4_frame *frame,
				     union dsr_option *option)
{
	return frame->ip->ihl == DSR_IHL && dsr_has_protocol(frame->ip->protocol) &&
	       !bpf_skb_load_bytes(ctx, DSR_OFFSET, option, sizeof(*option)) &&
	       option->dsr.type == HR_DSR_OPTION && option->dsr.len == sizeof(*option);
}

/* Is there such a service, here or at another node, for such a client, and this backend for any? */
static __always_inline bool dsr_is_believed(const struct l4 *asked, const struct l4 *l4)
{
	struct hr_backend_key backend = { .addr = l4->key.daddr,
					  .port = l4->key.dport,
					  .protocol = l4->key.protocol };
	const struct hr_frontend *frontend;
	struct hr_frontend_key key;

	if (asked->key.daddr == HR_FRONTEND_ANY) /* in maps only */
		return false;
	frontend = frontend_find(asked, node_is_known(asked->key.daddr), &key);
	return frontend && nodeport_admit(&key, frontend, asked->key.saddr) == REASON_TO_SERVICE &&
	       (!l4_has_header(l4) || backend_serves(&backend));
}

/* The flow as the client knows it, *asked, has this backend. */
static __always_inline bool dsr_remember(const struct l4 *asked, const struct nat_end *backend)
{
	__u32 now = nat_now();
	struct hr_nat *half = nat_find(&asked->key, now);

	serve_excluded(asked->key.saddr);
	if (half && half->flags & HR_NAT_SERVICE && nat_leads_to(half, backend) &&
	    service_refresh(half, asked, now))
		return true;
	return service_enter(asked, backend, now);
}

/*
 * A packet for somebody of this node, whose option goes if it is believed; one that is not is the stack's to judge. Of
 * fragments that were made on the way all have it. False when the packet cannot go on.
 */
static __noinline bool dsr_receive(struct __sk_buff *ctx)
{
	union dsr_option option;
	struct ipv4_frame frame;
	struct nat_end backend;
	struct l4 l4, asked;
	enum l4_kind kind;

	if (!ipv4_parse(ctx, &frame))
		return false;
	if (!dsr_read(ctx, &frame, &option) || !endpoint_lookup(frame.ip->daddr))
		return true;
	kind = l4_parse(ctx, &frame, HR_NAT_INGRESS, &l4);
	if (l4_has_header(&l4) && (kind != L4_FLOW || !dsr_tells(&l4)))
		return true;
	backend = nat_end_of(&l4.key);
	asked = l4;
	asked.key.daddr = option.dsr.addr;
	asked.key.dport = option.dsr.port;
	if (!dsr_is_believed(&asked, &l4))
		return true;
	if (l4_has_header(&l4) && !dsr_remember(&asked, &backend))
		return true;
	return dsr_remove(ctx, &frame, &option);
}

/* What netdev_ingress() begins with. */
static __always_inline bool dsr_arrives(struct __sk_buff *ctx, struct ipv4_frame *frame)
{
	return frame->ip->ihl != DSR_IHL || (dsr_receive(ctx) && ipv4_parse(ctx, frame));
}

#endif
