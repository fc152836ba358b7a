/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tells the flows of two addresses apart: ports, or the id of an ICMP echo. */
#ifndef HR_BPF_L4_H
#define HR_BPF_L4_H

#include <linux/in.h>

#include "abi.h"
#include "ipv4.h"
#include "maps.h"

/* linux/icmp.h drags in the C library. */
#define ICMP_ECHOREPLY 0
#define ICMP_DEST_UNREACH 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12

#define TCP_CHECK_OFFSET 16
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

enum l4_kind {
	L4_FLOW, /* TCP, UDP or ICMP echo: the key is complete */
	L4_ICMP_ERROR, /* quotes the packet that it is about */
	L4_ICMP_OTHER,
	L4_UNKNOWN, /* a protocol whose flows cannot be told apart */
	L4_TRUNCATED,
	L4_FRAGMENT_LOST, /* a later fragment, whose first one was not seen */
	L4_FRAGMENT, /* any fragment, when fragments are not tracked */
};

struct l4 {
	struct hr_nat_key key; /* as on the wire */
	__u32 offset; /* of the L4 header in the frame */
	__u32 end; /* of the IP packet in the frame: what is behind it is padding */
	__u16 ip_check;
	__be16 ip_id;
	__u8 tcp_flags; /* 0 unless TCP with its header */
	__u8 icmp_type;
	__be16 frag_off; /* as in the IP header: as flags they would double the verifier's work */
};

/* The first bytes that every known L4 header has. */
union l4_head {
	__u32 ports; /* both of UDP and TCP */
	struct {
		__be16 source, dest;
		__be16 length, check;
	} udp; /* TCP begins with its ports too */
	struct {
		__u8 type, code;
		__be16 check;
		__be16 id, sequence;
	} icmp;
};

_Static_assert(sizeof(union l4_head) == 8, "what an ICMP error quotes at least");

static __always_inline __u32 nat_kind(__u8 protocol, enum hr_nat_direction direction)
{
	return (struct hr_nat_key){ .protocol = protocol, .direction = direction }.kind;
}

static __always_inline enum l4_kind l4_icmp(const union l4_head *head, struct hr_nat_key *key)
{
	switch (head->icmp.type) {
	case ICMP_ECHO:
		key->sport = head->icmp.id;
		return L4_FLOW;
	case ICMP_ECHOREPLY:
		key->dport = head->icmp.id;
		return L4_FLOW;
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return L4_ICMP_ERROR;
	default:
		return L4_ICMP_OTHER;
	}
}

/* Fills the ports of a key that has addresses and protocol. */
static __always_inline enum l4_kind l4_ports(const union l4_head *head, struct hr_nat_key *key)
{
	if (key->protocol == IPPROTO_ICMP)
		return l4_icmp(head, key);
	key->ports = head->ports;
	return L4_FLOW;
}

static __always_inline bool l4_is_known(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMP;
}

/* False for a later fragment, in which only the addresses can change. */
static __always_inline bool l4_has_header(const struct l4 *l4)
{
	return !ipv4_is_later_fragment(l4->frag_off);
}

static __always_inline bool tcp_is_first(__u8 flags)
{
	return (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static __always_inline struct hr_frag_key l4_fragment_key(const struct l4 *l4)
{
	return (struct hr_frag_key){ .saddr = l4->key.saddr,
				     .daddr = l4->key.daddr,
				     .id = l4->ip_id,
				     .protocol = l4->key.protocol };
}

static __always_inline enum l4_kind l4_later_fragment(struct l4 *l4)
{
	struct hr_frag_key key = l4_fragment_key(l4);
	const struct hr_frag *ports = fragment_lookup(&key);
	union l4_head head = { 0 };

	if (!ports)
		return L4_FRAGMENT_LOST;
	head.udp.source = ports->sport;
	head.udp.dest = ports->dport;
	if (l4->key.protocol == IPPROTO_ICMP)
		head = (union l4_head){ .icmp.type = ports->dport, .icmp.id = ports->sport };
	l4->icmp_type = head.icmp.type;
	return l4_ports(&head, &l4->key);
}

/* Lets the later fragments of a first one find its ports. */
static __always_inline void l4_remember_fragment(const struct l4 *l4)
{
	struct hr_frag ports = { .sport = l4->key.sport, .dport = l4->key.dport };
	struct hr_frag_key key = l4_fragment_key(l4);

	if (l4->key.protocol == IPPROTO_ICMP) /* one of them is the id, the other 0 */
		ports = (struct hr_frag){ .sport = ports.sport | ports.dport,
					  .dport = l4->icmp_type };
	if (ENABLE_IPV4_FRAGMENTS && ipv4_is_first_fragment(l4->frag_off))
		fragment_store(&key, &ports);
}

/* What is read of an L4 header: of TCP up to the flags, of others their first bytes. */
struct l4_start {
	union l4_head head;
	__u8 unread[5];
	__u8 tcp_flags;
}
__attribute__((aligned(8))); /* the machine's concern; a packet's real alignment is the kernel's */

_Static_assert(offsetof(struct l4_start, tcp_flags) == 13, "TCP flags of RFC 9293");

/* In place where it is in the linear part and no IP options are before it, else by helper. */
static __always_inline enum l4_kind l4_read(struct __sk_buff *ctx, const struct ipv4_frame *frame,
					    struct l4 *l4)
{
	const struct l4_start *start = (void *)(frame->ip + 1);
	__u32 size = l4->key.protocol == IPPROTO_TCP ? sizeof(*start) : sizeof(start->head);
	struct l4_start copy;

	if (l4->offset + size > l4->end)
		return L4_TRUNCATED;
	if (ipv4_has_options(frame->ip) || (void *)(start + 1) > frame->end) {
		copy = (struct l4_start){ 0 };
		if (bpf_skb_load_bytes(ctx, l4->offset, &copy, size))
			return L4_TRUNCATED;
		start = &copy;
	}
	if (l4->key.protocol == IPPROTO_TCP)
		l4->tcp_flags = start->tcp_flags;
	l4->icmp_type = start->head.icmp.type;
	return l4_ports(&start->head, &l4->key);
}

/* The packet's key, for a lookup in that direction; complete when the kind is L4_FLOW. */
static __noinline enum l4_kind l4_parse(struct __sk_buff *ctx, const struct ipv4_frame *frame,
					enum hr_nat_direction direction, struct l4 *l4)
{
	const struct iphdr *ip = frame->ip;

	*l4 = (struct l4){
		.key = { .saddr = ip->saddr,
			 .daddr = ip->daddr,
			 .kind = nat_kind(ip->protocol, direction) },
		.offset = ETH_HLEN + ip->ihl * 4,
		.end = ETH_HLEN + ipv4_len(ctx, ip, ETH_HLEN),
		.ip_check = ip->check,
		.ip_id = ip->id,
		.frag_off = ip->frag_off,
	};
	if (!l4_is_known(ip->protocol))
		return L4_UNKNOWN;
	if (!ENABLE_IPV4_FRAGMENTS && ipv4_is_fragment(ip->frag_off))
		return L4_FRAGMENT;
	if (ipv4_is_later_fragment(ip->frag_off))
		return l4_later_fragment(l4);
	return l4_read(ctx, frame, l4);
}

/* The key of the packets that answer this one. */
static __always_inline struct hr_nat_key l4_answer(const struct hr_nat_key *key,
						   enum hr_nat_direction direction)
{
	return (struct hr_nat_key){ .saddr = key->daddr,
				    .daddr = key->saddr,
				    .ports = key->ports << 16 | key->ports >> 16,
				    .kind = nat_kind(key->protocol, direction) };
}

#endif
