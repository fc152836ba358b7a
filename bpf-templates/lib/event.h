/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events for `hrinstall monitor`: what becomes of packets, and with DEBUG what lookups answered. Called only where
 * somebody listens; never changes or delays a packet: an event that finds no room is counted as lost.
 */
#ifndef HR_BPF_EVENT_H
#define HR_BPF_EVENT_H

#include <stddef.h>
#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "abi.h"
#include "maps.h"
#include "packet.h"
#include "vxlan.h"

#define MONITOR_MERGES 3 /* level from which the events of a flow are merged: medium */
#define NANOSECONDS 1000000000ULL
#define TCP_FLAGS_OFFSET 13

struct event_record {
	struct hr_event head;
	__u8 packet[TRACE_PAYLOAD_LEN];
};

/* The flow that an event is about: of the pods, also where the packet has a tunnel's header by now. */
struct event_flow {
	__be32 saddr, daddr; /* 0: not IPv4 */
	__u8 tcp_flags;
};

static __always_inline void event_lost(void)
{
	__u64 *lost = bpf_map_lookup_elem(&hr_events_lost, &(__u32){ 0 });

	if (lost)
		*lost += 1;
}

/* Reads copies: the packet may end anywhere, and after a push nothing of it need be linear. */
static __always_inline bool event_read(struct __sk_buff *ctx, __u32 at, void *out, __u32 len)
{
	return !bpf_skb_load_bytes(ctx, at, out, len);
}

/* What an event reads of a packet; of aligned parts, because they are on the stack. */
struct event_headers {
	__u16 pad;
	struct ethhdr eth;
	struct iphdr ip;
};

static __always_inline bool event_ipv4(struct __sk_buff *ctx, __u32 at, struct event_headers *out)
{
	return event_read(ctx, at, &out->eth, ETH_HLEN + sizeof(out->ip)) &&
	       out->eth.h_proto == bpf_htons(ETH_P_IP);
}

/* Is it a datagram of the tunnel, which programs make without IP options? */
static __always_inline bool event_is_tunnelled(struct __sk_buff *ctx, const struct iphdr *ip)
{
	struct udphdr udp;

	return TUNNEL_MODE && ip->protocol == IPPROTO_UDP && ip->ihl * 4 == sizeof(*ip) &&
	       event_read(ctx, ETH_HLEN + sizeof(*ip), &udp, sizeof(udp)) &&
	       udp.dest == bpf_htons(TUNNEL_PORT);
}

static __always_inline void event_flow_read(struct __sk_buff *ctx, enum hr_reason reason,
					    struct event_flow *out)
{
	struct event_headers headers;
	const struct iphdr *ip = &headers.ip;
	__u32 at = 0;

	if (!event_ipv4(ctx, at, &headers))
		return;
	if (reason == REASON_TO_OVERLAY && event_is_tunnelled(ctx, ip)) {
		at = VXLAN_ROOM;
		if (!event_ipv4(ctx, at, &headers))
			return;
	}
	out->saddr = ip->saddr;
	out->daddr = ip->daddr;
	if (ip->protocol == IPPROTO_TCP && !ipv4_is_later_fragment(ip->frag_off))
		event_read(ctx, at + ETH_HLEN + ip->ihl * 4 + TCP_FLAGS_OFFSET, &out->tcp_flags,
			   sizeof(out->tcp_flags));
}

/*
 * First packet of a flow and direction, a TCP flag that was not seen in it, or nothing told for an interval? CPUs
 * remember on their own, and flows that share a slot take it from each other: both only tell more.
 */
static __always_inline bool event_is_news(enum hr_hook hook, __u32 hash,
					  const struct event_flow *flow, __u64 now)
{
	/* The kernel's hash is that of both directions. */
	__u32 key = (hash ^ flow->saddr ^ hook) * 0x9e3779b1; /* golden ratio, to spread */
	__u32 flags = flow->tcp_flags & CT_REPORT_FLAGS;
	struct hr_flow *slot;

	if (MONITOR_AGGREGATION < MONITOR_MERGES)
		return true;
	slot = flow_slot(key >> 8);
	if (!slot)
		return true;
	if (slot->key == key) {
		if (!(flags & ~slot->tcp_flags) &&
		    now - slot->reported < CT_REPORT_INTERVAL * NANOSECONDS)
			return false;
		flags |= slot->tcp_flags;
	}
	*slot = (struct hr_flow){ .reported = now, .key = key, .tcp_flags = flags };
	return true;
}

static __always_inline __u32 event_identity(__be32 addr)
{
	const struct hr_endpoint *ep = addr ? endpoint_lookup(addr) : NULL;

	if (!ep)
		return 0;
	return ep->flags & HR_ENDPOINT_HOST ? HR_ID_HOST : ep->identity;
}

/* No packet is empty; one that were would be read beyond its end, which fails. */
static __always_inline void event_capture(struct __sk_buff *ctx, struct event_record *record)
{
	__u32 last = ctx->len - 1;

	if (last > TRACE_PAYLOAD_LEN - 1)
		last = TRACE_PAYLOAD_LEN - 1;
	/* verifier: 5.10 sees a size of zero ("invalid access to memory") unless the one is added to a bounded last. */
	asm volatile("" : "+r"(last));
	if (event_read(ctx, 0, record->packet, last + 1))
		record->head.captured = (__u16)(last + 1);
}

/*
 * `original` is the source that a masqueraded packet had before, else 0. A function of its own: off the path of a node
 * where nobody listens, and verified apart.
 */
static __noinline void event_packet(struct __sk_buff *ctx, enum hr_hook hook, enum hr_reason reason,
				    bool is_drop, __be32 original)
{
	__u32 hash = bpf_get_hash_recalc(ctx);
	__u64 now = bpf_ktime_get_ns();
	struct event_flow flow = { 0 };
	struct event_record *record;

	if (is_drop ? !DROP_NOTIFY : !TRACE_NOTIFY)
		return;
	event_flow_read(ctx, reason, &flow);
	if (!is_drop && !event_is_news(hook, hash, &flow, now))
		return;
	record = bpf_ringbuf_reserve(&hr_events, sizeof(*record), 0);
	if (!record) {
		event_lost();
		return;
	}
	record->head = (struct hr_event){
		.time = now,
		.version = HR_EVENT_VERSION,
		.type = is_drop ? HR_EVENT_DROP : HR_EVENT_TRACE,
		.hook = (__u8)hook,
		.reason = (__u8)reason,
		.ifindex = ctx->ifindex,
		.hash = hash,
		.source = event_identity(original ?: flow.saddr),
		.destination = event_identity(flow.daddr),
		.len = ctx->len,
		.values = { original },
	};
	event_capture(ctx, record);
	bpf_ringbuf_submit(record, 0);
}

/* Of from_container, the one program that looks for ways. */
static __noinline void event_debug_emit(struct __sk_buff *ctx, enum hr_debug what, __u32 a, __u32 b,
					__u32 c)
{
	struct hr_event *event = bpf_ringbuf_reserve(&hr_events, sizeof(*event), 0);

	if (!event) {
		event_lost();
		return;
	}
	*event = (struct hr_event){
		.time = bpf_ktime_get_ns(),
		.version = HR_EVENT_VERSION,
		.type = HR_EVENT_DEBUG,
		.hook = HOOK_FROM_CONTAINER,
		.reason = (__u8)what,
		.ifindex = ctx->ifindex,
		.hash = ctx->hash,
		.len = ctx->len,
		.values = { a, b, c },
	};
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void event_debug(struct __sk_buff *ctx, enum hr_debug what, __u32 a, __u32 b,
					__u32 c)
{
	if (DEBUG && monitor_listens())
		event_debug_emit(ctx, what, a, b, c);
}

#endif
