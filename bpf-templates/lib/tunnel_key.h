/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tunnel metadata of a packet: what a collect_md vxlan device writes on receive and reads on transmit. */
#ifndef HR_BPF_TUNNEL_KEY_H
#define HR_BPF_TUNNEL_KEY_H

#include <stddef.h>

#include "packet.h"

/*
 * The struct as 5.10 knows it: its helpers answer -EINVAL to a size with later fields, and newer kernels
 * take this size as well.
 */
#define TUNNEL_KEY_SIZE offsetof(struct bpf_tunnel_key, local_ipv4)

#define TUNNEL_TTL 64

/* 0 or a negative errno: the packet came through no tunnel, or one over IPv6. */
static __always_inline int tunnel_key_get(struct __sk_buff *ctx, struct bpf_tunnel_key *key)
{
	return bpf_skb_get_tunnel_key(ctx, key, TUNNEL_KEY_SIZE, 0);
}

static __always_inline int tunnel_key_set(struct __sk_buff *ctx, __be32 node, __u32 identity)
{
	struct bpf_tunnel_key key = {
		.tunnel_id = identity,
		.remote_ipv4 = bpf_ntohl(node),
		.tunnel_ttl = TUNNEL_TTL,
	};

	return bpf_skb_set_tunnel_key(ctx, &key, TUNNEL_KEY_SIZE, BPF_F_ZERO_CSUM_TX);
}

#endif
