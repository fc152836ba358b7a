/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Access to the bytes of a packet: a cursor is opened on as many bytes as a parser needs, and headers are
 * taken from it in order. Header pointers end with the next helper that may move data (pull, adjust_room).
 */
#ifndef HR_BPF_PACKET_H
#define HR_BPF_PACKET_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct cursor {
	void *pos;
	void *end;
};

static __always_inline bool cursor_load(struct __sk_buff *ctx, struct cursor *cur, __u32 bytes)
{
	cur->pos = (void *)(long)ctx->data;
	cur->end = (void *)(long)ctx->data_end;
	return cur->pos + bytes <= cur->end;
}

/*
 * A cursor at the Ethernet header with the first `bytes` in the packet's linear part, where a NIC or the
 * vxlan device may not have put them. False when the packet is shorter.
 */
static __always_inline bool cursor_open(struct __sk_buff *ctx, struct cursor *cur, __u32 bytes)
{
	if (cursor_load(ctx, cur, bytes))
		return true;
	return !bpf_skb_pull_data(ctx, bytes) && cursor_load(ctx, cur, bytes);
}

/* The next header. The bytes are within what cursor_open() was asked for. */
static __always_inline void *cursor_take(struct cursor *cur, __u32 bytes)
{
	void *header = cur->pos;

	cur->pos += bytes;
	return header;
}

/*
 * The L3 protocol as the kernel understood it, network order; 0 for a frame with a VLAN tag, whatever it
 * carries: the tag may be in the skb only, and forwarding would let it hop into another network.
 */
static __always_inline __be16 packet_protocol(const struct __sk_buff *ctx)
{
	return ctx->vlan_present ? 0 : ctx->protocol;
}

#endif
