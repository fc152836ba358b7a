/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a new flow gets a port of the node, while other CPUs look for theirs. */
#ifndef HR_BPF_NAT_PORTS_H
#define HR_BPF_NAT_PORTS_H

#include "nat.h"

#define NAT_TRIES 128

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

/* Beside the flags of a flow: one that has begun before. */
#define NAT_GOES_ON 0x10000

/* A flow's own port first, unless 0. */
static __always_inline __be16 nat_port_of_round(__be16 own, __u32 hash, __u32 round)
{
	return round || !own ? nat_candidate(hash, round) : own;
}

static __always_inline __u64 nat_pack(struct nat_end end)
{
	return (__u64)end.addr << 32 | end.port;
}

static __always_inline struct nat_end nat_unpack(__u64 packed)
{
	return (struct nat_end){ .addr = packed >> 32, .port = packed };
}

/*
 * Puts *entry where one has run out. Who does so claims its key first, and looks again: else two CPUs could find the
 * old one, and the second delete what the first has put there since.
 */
static __always_inline bool nat_replace(const struct hr_nat_key *key, const struct hr_nat *entry,
					__u32 now)
{
	struct hr_nat_key claim = *key;
	const struct hr_nat *held;

	claim.direction = HR_NAT_CLAIM;
	if (nat_store(&claim, entry, BPF_NOEXIST))
		return false;
	held = nat_lookup(key);
	if (held && held->expires <= now)
		nat_delete(key);
	nat_delete(&claim);
	return !nat_store(key, entry, BPF_NOEXIST);
}

/* The port at which the answers of the flow of `own` arrive; 0: none of NAT_TRIES. key->dport is its own, unless 0. */
static __noinline __be16 nat_known_port(struct hr_nat_key *key, const struct nat_end *own,
					__u32 hash, __u32 now)
{
	__be16 first = key->dport;

	for (__u32 round = 0; round < NAT_TRIES; round++) {
		const struct hr_nat *held;

		key->dport = nat_port_of_round(first, hash, round);
		held = nat_find(key, now);
		if (held && nat_leads_to(held, own))
			return key->dport;
	}
	return 0;
}

/*
 * Enters the answers of a flow of `pod` to `remote`, ends as nat_pack() has them, at a port of `node`: its own first,
 * unless 0. A port is free whose entry is missing, has run out, or is the flow's already, which then stays as it is.
 * Between look and store another CPU can be faster; then the next. A flow that goes on, and has lost its way out only,
 * is looked for first: what was taken when it began may be free by now. The port, or 0: none of NAT_TRIES.
 * verifier: global, so that it is verified once for any arguments, not NAT_TRIES rounds for each way here.
 */
__noinline __u32 nat_reserve(__u64 pod, __u64 remote, __u64 node, __u32 protocol_flags, __u32 now)
{
	struct nat_end own = nat_unpack(pod), far = nat_unpack(remote), near = nat_unpack(node);
	__u8 protocol = protocol_flags, flags = protocol_flags >> 8;
	struct hr_nat_key key = { .saddr = own.addr,
				  .daddr = far.addr,
				  .sport = own.port,
				  .dport = far.port,
				  .protocol = protocol,
				  .direction = HR_NAT_EGRESS };
	struct hr_nat entry = { .addr = own.addr,
				.port = own.port,
				.flags = flags,
				.expires = now + nat_lifetime(protocol, flags),
				.created = now };
	__u32 hash = nat_hash(&key);

	key = nat_twin_key(&key, &near);
	if (protocol_flags & NAT_GOES_ON) {
		__be16 known = nat_known_port(&key, &own, hash, now);

		if (known)
			return known;
	}
	for (__u32 round = 0; round < NAT_TRIES; round++) {
		const struct hr_nat *held;

		key.dport = nat_port_of_round(near.port, hash, round);
		held = nat_lookup(&key);
		if (held && held->expires > now) {
			if (nat_leads_to(held, &own))
				return key.dport;
			continue;
		}
		if (held ? nat_replace(&key, &entry, now) : !nat_store(&key, &entry, BPF_NOEXIST))
			return key.dport;
	}
	return 0;
}

/* Of datagrams nobody can tell. */
static __always_inline bool nat_goes_on(const struct l4 *l4)
{
	return l4->key.protocol == IPPROTO_TCP && l4_has_header(l4) && !(l4->tcp_flags & TCP_SYN);
}

/*
 * Finds a port of end->addr for the flow of an outgoing packet and enters both halves, with the given flags.
 * end->port is tried first, unless 0, and is what was found then. False when none is free, or the table takes no
 * entry.
 */
static __always_inline bool nat_create(const struct l4 *l4, struct nat_end *end, __u8 flags,
				       __u32 now)
{
	struct nat_end own = { .addr = l4->key.saddr, .port = l4->key.sport };
	struct nat_end remote = { .addr = l4->key.daddr, .port = l4->key.dport };
	struct hr_nat_key key = l4_answer(&l4->key, HR_NAT_INGRESS);
	struct hr_nat *half, entry;

	end->port = nat_reserve(
		nat_pack(own), nat_pack(remote), nat_pack(*end),
		l4->key.protocol | (__u32)flags << 8 | (nat_goes_on(l4) ? NAT_GOES_ON : 0), now);
	key.daddr = end->addr;
	key.dport = end->port;
	half = end->port ? nat_lookup(&key) : NULL;
	if (!half)
		return false;
	nat_note(half, l4, now);
	entry = nat_twin(half, end);
	if (!nat_store(&l4->key, &entry, BPF_ANY))
		return true;
	nat_delete(&key);
	return false;
}

#endif
