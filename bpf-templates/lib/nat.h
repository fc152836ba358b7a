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

/* Flows that are translated for a service, whoever has the addresses. */
#define NAT_SERVICES (HR_NAT_SERVICE | HR_NAT_FORWARD)

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

/* Of the tick that nat_now() was asked in. */
static __always_inline __u8 nat_tick(void)
{
	return (__u8)(nat_clock >> 32);
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
		return flags & NAT_SERVICES ? CT_SERVICE_LIFETIME_NONTCP
					    : CT_CONNECTION_LIFETIME_NONTCP;
	if ((flags & NAT_CLOSED) == NAT_CLOSED)
		return CT_CLOSE_TIMEOUT;
	if (!(flags & HR_NAT_SEEN_NON_SYN))
		return CT_SYN_TIMEOUT;
	return flags & NAT_SERVICES ? CT_SERVICE_LIFETIME_TCP : CT_CONNECTION_LIFETIME_TCP;
}

/* What a packet makes of a flow's state. Writes only what changes: other CPUs read the entry. */
static __noinline void nat_note(struct hr_nat *half, const struct l4 *l4, __u32 now)
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

/* Would nat_note() change nothing? Of TCP only what an established connection sends. */
static __always_inline bool nat_is_noted(const struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	if (l4->key.protocol == IPPROTO_TCP &&
	    (l4->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST) || !(half->flags & HR_NAT_SEEN_NON_SYN)))
		return false;
	return nat_is_fresh(half, l4->key.protocol, now);
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

/* The other half of a flow, which leads to that end. */
static __always_inline struct hr_nat nat_twin(const struct hr_nat *half, const struct nat_end *end)
{
	return (struct hr_nat){ .addr = end->addr,
				.port = end->port,
				.flags = half->flags,
				.expires = half->expires,
				.created = half->created };
}

static __always_inline bool nat_leads_to(const struct hr_nat *half, const struct nat_end *end)
{
	return half->addr == end->addr && half->port == end->port;
}

/* Notes a packet in `half` and makes the other one like it, or anew. False when the other one is another flow's. */
static __noinline bool nat_note_both(struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	struct nat_end own = nat_end_of(&l4->key), target = nat_target(half);
	struct hr_nat_key key = nat_twin_key(&l4->key, &target);
	struct hr_nat *twin = nat_lookup(&key);
	struct hr_nat lost;

	if (twin && !nat_leads_to(twin, &own))
		return false;
	nat_note(half, l4, now);
	half->tick = nat_tick();
	if (!twin) {
		lost = nat_twin(half, &own);
		nat_store(&key, &lost, BPF_NOEXIST);
		return true;
	}
	if (twin->flags != half->flags)
		twin->flags = half->flags;
	if (twin->expires != half->expires)
		twin->expires = half->expires;
	return true;
}

/*
 * Notes a packet in both halves of its flow, of which `half` is the one it found. False when the other half has
 * become another flow's, so that this one is left over from before. The other half costs as much to find as the first:
 * of packets that change nothing, one in a tick looks for it.
 */
static __always_inline bool nat_refresh(struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	if (half->tick == nat_tick() && nat_is_noted(half, l4, now))
		return true;
	return nat_note_both(half, l4, now);
}

#endif
