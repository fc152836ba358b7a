/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Services at the socket: which backend a destination becomes, and back. Knows addresses and ports, not whether the
 * socket is of IPv4 or holds an IPv4-mapped address. Where anything fails the destination stays as it is.
 */
#ifndef HR_BPF_SOCK_H
#define HR_BPF_SOCK_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "node.h"
#include "service.h"

#define NANOSECONDS_PER_SECOND 1000000000ULL

enum sock_call {
	SOCK_CONNECT,
	SOCK_SENDMSG, /* on a socket that is not connected: UDP */
};

static __always_inline bool sock_is_host(void *ctx)
{
	__u64 host = (__u64)node_netns_high << 32 | node_netns_low;

	return bpf_get_netns_cookie(ctx) == (host ? host : bpf_get_netns_cookie(NULL));
}

static __always_inline bool protocol_is_served(__u32 protocol)
{
	return (ENABLE_SOCKET_LB_TCP && protocol == IPPROTO_TCP) ||
	       (ENABLE_SOCKET_LB_UDP && protocol == IPPROTO_UDP);
}

/* The namespace's own addresses; 0.0.0.0 is one as a destination, too. */
static __always_inline bool is_loopback(__be32 addr)
{
	return !addr || (addr & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000);
}

static __always_inline bool is_own_address(__be32 addr)
{
	const struct hr_endpoint *endpoint = endpoint_lookup(addr);

	return endpoint && endpoint->flags & HR_ENDPOINT_HOST;
}

static __always_inline bool is_node_port(__be16 port)
{
	return bpf_ntohs(port) >= NODEPORT_PORT_MIN && bpf_ntohs(port) <= NODEPORT_PORT_MAX;
}

/* Other nodes serve the same NodePorts, but not the same HostPorts. */
static __always_inline bool names_a_node(void *ctx, const struct hr_frontend_key *key)
{
	if (is_loopback(key->addr))
		return sock_is_host(ctx);
	return is_own_address(key->addr) || (is_node_port(key->port) && node_is_known(key->addr));
}

/* The frontend that *key stands for, and its own key. */
static __always_inline const struct hr_frontend *sock_frontend(void *ctx,
							       struct hr_frontend_key *key)
{
	const struct hr_frontend *frontend;

	if (key->addr != HR_FRONTEND_ANY) {
		frontend = frontend_lookup(key);
		if (frontend)
			return frontend;
	}
	if (!names_a_node(ctx, key))
		return NULL;
	key->addr = HR_FRONTEND_ANY;
	return frontend_lookup(key);
}

static __always_inline __u32 seconds_now(void)
{
	return (__u32)(bpf_ktime_get_ns() / NANOSECONDS_PER_SECOND);
}

/* The backend that the client has, if it may keep it. */
static __always_inline bool sock_affinity_find(const struct hr_affinity_key *client, __u32 timeout,
					       struct hr_slot *out, __u32 now)
{
	struct hr_affinity_match_key match = { .frontend = client->frontend };
	struct hr_affinity *kept = affinity_lookup(client);

	if (!kept || now - kept->used >= timeout)
		return false;
	match.backend = kept->backend;
	if (!affinity_allows(&match))
		return false;
	kept->used = now;
	*out = match.backend;
	return true;
}

/* Datagrams of one socket go to one backend while the set stays as it is. */
static __always_inline const struct hr_slot *
sock_slot(struct bpf_sock_addr *ctx, const struct hr_frontend *frontend, enum sock_call call)
{
	__u32 count = frontend->counts[HR_SCOPE_INTERNAL];

	if (!count)
		return NULL;
	return slot_lookup(frontend->sets[HR_SCOPE_INTERNAL],
			   call == SOCK_SENDMSG ? bpf_get_socket_cookie(ctx) % count
						: service_next_slot(count));
}

/* One more look where the set was replaced while we looked. False when there is no backend. */
static __always_inline bool sock_next(struct bpf_sock_addr *ctx, const struct hr_frontend_key *key,
				      const struct hr_frontend *frontend, enum sock_call call,
				      struct hr_slot *out)
{
	const struct hr_slot *slot;

#pragma clang loop unroll(disable)
	for (int round = 0; round < 2 && frontend; round++) {
		slot = sock_slot(ctx, frontend, call);
		if (slot) {
			*out = *slot;
			return true;
		}
		frontend = frontend_lookup(key);
	}
	return false;
}

/* Clients are network namespaces: a cookie says which. */
static __always_inline bool sock_backend(struct bpf_sock_addr *ctx,
					 const struct hr_frontend_key *key,
					 const struct hr_frontend *frontend, enum sock_call call,
					 struct hr_slot *out)
{
	struct hr_affinity_key client = { .frontend = *key, .is_cookie = 1 };
	__u32 affinity = frontend->affinity;
	struct hr_affinity entry = { 0 };

	if (affinity) {
		client.client = bpf_get_netns_cookie(ctx);
		entry.used = seconds_now();
		if (sock_affinity_find(&client, affinity, out, entry.used))
			return true;
	}
	if (!sock_next(ctx, key, frontend, call, out))
		return false;
	entry.backend = *out;
	if (affinity)
		affinity_store(&client, &entry);
	return true;
}

static __always_inline bool sock_remember(struct bpf_sock_addr *ctx, const struct hr_slot *backend,
					  const struct hr_frontend_key *named)
{
	struct hr_socket_key key = {
		.cookie = bpf_get_socket_cookie(ctx),
		.addr = backend->addr,
		.port = backend->port,
	};
	struct hr_socket value = { .frontend = *named };
	const struct hr_socket *known = socket_lookup(&key);

	/* A socket has one protocol. */
	if (known && known->frontend.addr == named->addr && known->frontend.port == named->port)
		return true;
	return !socket_store(&key, &value);
}

/*
 * Where nobody answers connect() fails at once, as it does where a packet filter rejects: no socket can listen at
 * port 0. What UDP sends is left to those who see packets, as the socket may outlive the lack of backends.
 */
static __always_inline bool sock_refuse(struct hr_slot *peer, __u8 protocol)
{
	if (protocol != IPPROTO_TCP)
		return false;
	*peer = (struct hr_slot){ .addr = bpf_htonl(INADDR_LOOPBACK) };
	return true;
}

/* True: *peer is the backend to go to instead. */
static __always_inline bool sock_to_backend(struct bpf_sock_addr *ctx, enum sock_call call,
					    struct hr_slot *peer)
{
	const struct hr_frontend_key named = {
		.addr = peer->addr,
		.port = peer->port,
		.protocol = (__u8)ctx->protocol,
	};
	struct hr_frontend_key key = named;
	const struct hr_frontend *frontend;
	struct hr_slot backend;

	if (!protocol_is_served(ctx->protocol))
		return false;
	if (ENABLE_SOCKET_LB_HOST_ONLY && !sock_is_host(ctx))
		return false;
	frontend = sock_frontend(ctx, &key);
	if (!frontend)
		return false;
	if (!frontend->counts[HR_SCOPE_INTERNAL])
		return sock_refuse(peer, named.protocol);
	if (!sock_backend(ctx, &key, frontend, call, &backend) ||
	    !sock_remember(ctx, &backend, &named))
		return false;
	*peer = backend;
	return true;
}

static __always_inline bool frontend_exists(const struct hr_frontend_key *named)
{
	struct hr_frontend_key key = *named;

	if (frontend_lookup(&key))
		return true;
	key.addr = HR_FRONTEND_ANY;
	return frontend_lookup(&key);
}

/* True: *peer is what the socket believes to talk to. */
static __always_inline bool sock_from_backend(struct bpf_sock_addr *ctx, struct hr_slot *peer)
{
	const struct hr_socket_key key = {
		.cookie = bpf_get_socket_cookie(ctx),
		.addr = peer->addr,
		.port = peer->port,
	};
	const struct hr_socket *socket = socket_lookup(&key);

	if (!socket)
		return false;
	if (!frontend_exists(&socket->frontend)) {
		socket_delete(&key);
		return false;
	}
	peer->addr = socket->frontend.addr;
	peer->port = socket->frontend.port;
	return true;
}

/* Would a socket of the node at this address take what is meant for a service? */
static __always_inline bool sock_hides_service(struct bpf_sock *ctx, __be32 addr)
{
	struct hr_frontend_key key = {
		.addr = addr,
		.port = bpf_htons((__u16)ctx->src_port),
		.protocol = (__u8)ctx->protocol,
	};
	const struct hr_frontend *frontend;

	if (!protocol_is_served(ctx->protocol) || !sock_is_host(ctx))
		return false;
	frontend = sock_frontend(ctx, &key);
	return frontend && !(frontend->flags & HR_FRONTEND_INTERNAL);
}

#endif
