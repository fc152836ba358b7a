// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the datapath's programs are measured against: the least that a forwarding program has to do, nothing at all,
 * and nothing but a change of the packet's length. Two run the program in slot 0: `tunnelled` gives a packet the tunnel
 * key it would have behind a VXLAN device, `restored` its length and first headers as they were before the last run.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf-templates/lib/abi.h"
#include "tests/bench/frame.h"

#define REMOTE_IDENTITY 4712 /* a pod's; a reserved one would be refused */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65535);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __be32);
	__type(value, struct hr_endpoint);
} bench_pods SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} bench_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_frame);
} bench_frames SEC(".maps");

const volatile __u32 bench_tunnel_remote; /* host byte order, as in a tunnel key */

SEC("tc")
int empty(struct __sk_buff *ctx)
{
	(void)ctx;
	return TC_ACT_OK;
}

SEC("tc")
int control(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct hr_endpoint *pod;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	pod = bpf_map_lookup_elem(&bench_pods, &ip->daddr);
	if (!pod)
		return TC_ACT_OK;
	__builtin_memcpy(eth->h_dest, pod->mac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, pod->node_mac, ETH_ALEN);
	return (int)bpf_redirect(pod->ifindex, 0);
}

SEC("tc")
int tunnelled(struct __sk_buff *ctx)
{
	/* What is written as the local address of a key to send is read back as the remote one. */
	struct bpf_tunnel_key key = { .tunnel_id = REMOTE_IDENTITY,
				      .local_ipv4 = bench_tunnel_remote };

	bpf_skb_set_tunnel_key(ctx, &key, sizeof(key), 0);
	bpf_tail_call(ctx, &bench_calls, 0);
	return TC_ACT_SHOT;
}

static __always_inline long resize(struct __sk_buff *ctx, int by)
{
	return bpf_skb_adjust_room(ctx, by, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
}

SEC("tc")
int grown(struct __sk_buff *ctx)
{
	return resize(ctx, VXLAN_ROOM) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc")
int shrunk(struct __sk_buff *ctx)
{
	return resize(ctx, -VXLAN_ROOM) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc")
int restored(struct __sk_buff *ctx)
{
	__u32 slot = 0;
	struct bench_frame *frame = bpf_map_lookup_elem(&bench_frames, &slot);

	if (!frame)
		return TC_ACT_SHOT;
	if (frame->len != ctx->len)
		resize(ctx, (int)frame->len - (int)ctx->len);
	bpf_skb_store_bytes(ctx, ETH_HLEN, frame->headers, sizeof(frame->headers), 0);
	bpf_tail_call(ctx, &bench_calls, 0);
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
