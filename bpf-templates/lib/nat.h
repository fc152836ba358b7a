/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of translated flows: two entries for each, one for either direction, that are kept alike. The kernel
 * may evict one of them; the next packet that finds the other makes it again. Translates no packet.
 */
#ifndef HR_BPF_NAT_H
#define HR_BPF_NAT_H

#include "l4.h"
#include "maps.h"
#include "nat_rewrite.h"

/*
 * Above the NodePorts, up to the last port, and at least two; without the tunnel's, because what arrives there is
 * taken for a tunnel packet.
 */
#define NAT_PORT_MIN (NODEPORT_PORT_MAX < 65534 ? NODEPORT_PORT_MAX + 1 : 65534)
#define NAT_HAS_TUNNEL_PORT (TUNNEL_PORT >= NAT_PORT_MIN)
#define NAT_PORTS (65536 - NAT_PORT_MIN - NAT_HAS_TUNNEL_PORT)

#define NAT_TRIES 128

#define NAT_CLOSED (HR_NAT_CLOSED_EGRESS | HR_NAT_CLOSED_INGRESS)

/*
 * Low half: seconds of CLOCK_MONOTONIC; high half: the tick at which they were read. To read the clock for every
 * packet costs as much as a look into a map, and 5.10 has no coarse one.
 */
static __u64 nat_clock;

static __always_inline __u32 nat_now(void)
{
	__u64 tick = bpf_jiffies64() << 32, clock = nat_clock;

	if ((clock ^ tick) >> 32) {
		clock = tick | (__u32)(bpf_ktime_get_ns() / 1000000000);
		nat_clock = clock;
	}
	return (__u32)clock;
}

static __always_inline struct hr_nat *nat_find(const struct hr_nat_key *key, __u32 now)
{
	struct hr_nat *half = nat_lookup(key);

	return half && half->expires > now ? half : NULL;
}

static __always_inline bool nat_port_in_range(__be16 port)
{
	return bpf_ntohs(port) >= NAT_PORT_MIN && port != bpf_htons(TUNNEL_PORT);
}

/* Do flows of pods and of the node itself share these ports? Of ICMP echo all ids count. */
static __always_inline bool nat_is_contended(const struct hr_nat_key *key, __be16 port)
{
	return key->protocol == IPPROTO_ICMP || nat_port_in_range(port);
}

/* A reset ends both directions; a new handshake after the end of one begins anew. */
static __always_inline __u8 nat_tcp_flags(__u8 flags, __u8 tcp, bool egress)
{
	if (tcp_is_first(tcp) && (flags & NAT_CLOSED) == NAT_CLOSED)
		flags &= ~(NAT_CLOSED | HR_NAT_SEEN_NON_SYN);
	if (!(tcp & TCP_SYN))
		flags |= HR_NAT_SEEN_NON_SYN;
	if (tcp & TCP_RST)
		flags |= NAT_CLOSED;
	else if (tcp & TCP_FIN)
		flags |= egress ? HR_NAT_CLOSED_EGRESS : HR_NAT_CLOSED_INGRESS;
	return flags;
}

static __always_inline __u32 nat_lifetime(__u8 protocol, __u8 flags)
{
	if (protocol != IPPROTO_TCP)
		return CT_CONNECTION_LIFETIME_NONTCP;
	if ((flags & NAT_CLOSED) == NAT_CLOSED)
		return CT_CLOSE_TIMEOUT;
	return flags & HR_NAT_SEEN_NON_SYN ? CT_CONNECTION_LIFETIME_TCP : CT_SYN_TIMEOUT;
}

/* What a packet makes of a flow's state. Writes only what changes: other CPUs read the entry. */
static __always_inline void nat_note(struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	bool egress = l4->key.direction == HR_NAT_EGRESS;
	__u8 flags = half->flags;
	__u32 expires;

	if (l4->key.protocol == IPPROTO_TCP && l4_has_header(l4))
		flags = nat_tcp_flags(flags, l4->tcp_flags, egress);
	expires = now + nat_lifetime(l4->key.protocol, flags);
	if (half->flags != flags)
		half->flags = flags;
	if (half->expires != expires)
		half->expires = expires;
}

/* Has a packet been noted in this second? */
static __always_inline bool nat_is_fresh(const struct hr_nat *half, __u8 protocol, __u32 now)
{
	return half->expires == now + nat_lifetime(protocol, half->flags);
}

/* The key of a flow's other half, by one half. */
static __always_inline struct hr_nat_key nat_twin_key(const struct hr_nat_key *key,
						      const struct nat_end *end)
{
	if (key->direction == HR_NAT_EGRESS)
		return (struct hr_nat_key){ .saddr = key->daddr,
					    .daddr = end->addr,
					    .sport = key->dport,
					    .dport = end->port,
					    .protocol = key->protocol,
					    .direction = HR_NAT_INGRESS };
	return (struct hr_nat_key){ .saddr = end->addr,
				    .daddr = key->saddr,
				    .sport = end->port,
				    .dport = key->sport,
				    .protocol = key->protocol,
				    .direction = HR_NAT_EGRESS };
}

static __always_inline struct nat_end nat_target(const struct hr_nat *half)
{
	return (struct nat_end){ .addr = half->addr, .port = half->port };
}

static __always_inline struct hr_nat nat_with_end(struct hr_nat half, const struct nat_end *end)
{
	half.addr = end->addr;
	half.port = end->port;
	return half;
}

static __always_inline bool nat_leads_to(const struct hr_nat *half, const struct nat_end *end)
{
	return half->addr == end->addr && half->port == end->port;
}

/*
 * Notes a packet in both halves of its flow, of which `half` is the one it found. False when the other half has
 * become another flow's, so that this one is left over from before.
 */
static __always_inline bool nat_refresh(struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	struct nat_end own = nat_end_of(&l4->key), target = nat_target(half);
	struct hr_nat_key key = nat_twin_key(&l4->key, &target);
	struct hr_nat *twin = nat_lookup(&key);
	struct hr_nat lost;

	if (twin && !nat_leads_to(twin, &own))
		return false;
	nat_note(half, l4, now);
	if (!twin) {
		lost = nat_with_end(*half, &own);
		nat_store(&key, &lost, BPF_NOEXIST);
		return true;
	}
	if (twin->flags != half->flags)
		twin->flags = half->flags;
	if (twin->expires != half->expires)
		twin->expires = half->expires;
	return true;
}

/* Mixes all bits of a key: multiply and fold, twice. */
static __always_inline __u32 nat_hash(const struct hr_nat_key *key)
{
	__u64 hash = ((__u64)key->saddr << 32 | key->daddr) * 0x9e3779b97f4a7c15ULL;

	hash ^= hash >> 32;
	hash += (__u64)key->sport << 24 | (__u64)key->dport << 8 | key->protocol;
	hash *= 0xd6e8feb86659fd93ULL;
	return (__u32)(hash >> 32);
}

/* Primes. Volatile, or clang moves them to a section of their own, which this one's BTF does not know. */
static const volatile __u32 nat_strides[8] = { 1101904333, 1523545981, 1536484109, 1964747209,
					       1799369821, 2106134243, 1751902367, 1973166469 };

/*
 * The port to try in the given round: all NAT_PORTS of them come before one comes again, because a stride is a
 * prime greater than their number, and flows that meet at one port part again with other strides.
 */
static __always_inline __be16 nat_candidate(__u32 hash, __u32 round)
{
	__u64 position = hash + (__u64)round * nat_strides[hash % 8];
	__u32 port = NAT_PORT_MIN + position % NAT_PORTS;

	return bpf_htons(NAT_HAS_TUNNEL_PORT && port >= TUNNEL_PORT ? port + 1 : port);
}

/*
 * A reverse entry that the flow may take: one that is missing or has run out, or, as *held, one that it has already.
 * The loop only looks: whatever else was in it the verifier would go through NAT_TRIES times for each way here.
 */
static __always_inline bool nat_find_port(struct hr_nat_key *key, const struct nat_end *own,
					  __u32 hash, __u32 now, struct hr_nat **held)
{
	__be16 first = key->dport;

	for (__u32 round = 0; round < NAT_TRIES; round++) {
		key->dport = round || !first ? nat_candidate(hash, round) : first;
		*held = nat_lookup(key);
		if (!*held || (*held)->expires <= now || nat_leads_to(*held, own))
			return true;
	}
	return false;
}

/* Enters the flow of *entry there; or, if it is there, makes *entry what is remembered of it. */
static __always_inline int nat_take(const struct hr_nat_key *key, const struct hr_nat *held,
				    struct hr_nat *entry, __u32 now)
{
	if (held && held->expires > now) {
		*entry = *held;
		return 0;
	}
	if (held)
		nat_delete(key);
	return nat_store(key, entry, BPF_NOEXIST);
}

/*
 * Finds a port of end->addr for the flow of an outgoing packet and enters both halves, with the given flags.
 * end->port is tried first, unless 0, and is what was found then. False when none is free, or another CPU has
 * just taken it.
 */
static __always_inline bool nat_create(const struct l4 *l4, struct nat_end *end, __u8 flags,
				       __u32 now)
{
	struct nat_end own = nat_end_of(&l4->key);
	struct hr_nat entry = {
		.addr = own.addr, .port = own.port, .flags = flags, .created = now, .expires = now
	};
	struct hr_nat_key key = nat_twin_key(&l4->key, end);
	struct hr_nat *held;

	if (!nat_find_port(&key, &own, nat_hash(&l4->key), now, &held))
		return false;
	nat_note(&entry, l4, now);
	if (nat_take(&key, held, &entry, now))
		return false;
	end->port = key.dport;
	entry = nat_with_end(entry, end);
	nat_note(&entry, l4, now);
	if (!nat_store(&l4->key, &entry, BPF_ANY))
		return true;
	nat_delete(&key);
	return false;
}

#endif
