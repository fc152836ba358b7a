// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Services at the socket, at the cgroup of all processes of a node: connect() and sendmsg() go to a backend, and
 * what a socket hears is from the address that it asked. The ...6 programs do the same for IPv4-mapped addresses on
 * sockets of IPv6; a datagram to such an address passes sendmsg4. Fail open: a call is never refused here but bind()
 * to a port of a service.
 */
#include "node_config.h"

#define USE_NODES
#define USE_SERVICES
#define USE_SOCKETS
#include "lib/maps.h"

#include "lib/sock.h"

#define SYS_PROCEED 1
#define SYS_REJECT 0

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline struct hr_slot peer4(const struct bpf_sock_addr *ctx)
{
	return (struct hr_slot){ .addr = ctx->user_ip4, .port = (__be16)ctx->user_port };
}

static __always_inline void peer4_set(struct bpf_sock_addr *ctx, const struct hr_slot *peer)
{
	ctx->user_ip4 = peer->addr;
	ctx->user_port = peer->port;
}

static __always_inline bool is_mapped(__u32 word0, __u32 word1, __u32 word2)
{
	return !word0 && !word1 && word2 == bpf_htonl(0xffff);
}

static __always_inline bool peer6_is_ipv4(const struct bpf_sock_addr *ctx)
{
	return is_mapped(ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2]);
}

static __always_inline struct hr_slot peer6(const struct bpf_sock_addr *ctx)
{
	return (struct hr_slot){ .addr = ctx->user_ip6[3], .port = (__be16)ctx->user_port };
}

static __always_inline void peer6_set(struct bpf_sock_addr *ctx, const struct hr_slot *peer)
{
	ctx->user_ip6[3] = peer->addr;
	ctx->user_port = peer->port;
}

static __always_inline int forward4(struct bpf_sock_addr *ctx, enum sock_call call)
{
	struct hr_slot peer = peer4(ctx);

	if (sock_to_backend(ctx, call, &peer))
		peer4_set(ctx, &peer);
	return SYS_PROCEED;
}

static __always_inline int reverse4(struct bpf_sock_addr *ctx)
{
	struct hr_slot peer = peer4(ctx);

	if (sock_from_backend(ctx, &peer))
		peer4_set(ctx, &peer);
	return SYS_PROCEED;
}

static __always_inline int reverse6(struct bpf_sock_addr *ctx)
{
	struct hr_slot peer = peer6(ctx);

	if (peer6_is_ipv4(ctx) && sock_from_backend(ctx, &peer))
		peer6_set(ctx, &peer);
	return SYS_PROCEED;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	return forward4(ctx, SOCK_CONNECT);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct hr_slot peer = peer6(ctx);

	if (peer6_is_ipv4(ctx) && sock_to_backend(ctx, SOCK_CONNECT, &peer))
		peer6_set(ctx, &peer);
	return SYS_PROCEED;
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return forward4(ctx, SOCK_SENDMSG);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	return reverse4(ctx);
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
	return reverse6(ctx);
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	return reverse4(ctx);
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
	return reverse6(ctx);
}

SEC("cgroup/post_bind4")
int post_bind4(struct bpf_sock *ctx)
{
	return sock_hides_service(ctx, ctx->src_ip4) ? SYS_REJECT : SYS_PROCEED;
}

/* A socket at :: takes what comes by IPv4, too. */
SEC("cgroup/post_bind6")
int post_bind6(struct bpf_sock *ctx)
{
	const __u32 word0 = ctx->src_ip6[0], word1 = ctx->src_ip6[1], word2 = ctx->src_ip6[2];
	const __be32 addr = ctx->src_ip6[3];

	if (!is_mapped(word0, word1, word2) && (word0 || word1 || word2 || addr))
		return SYS_PROCEED;
	return sock_hides_service(ctx, addr) ? SYS_REJECT : SYS_PROCEED;
}
