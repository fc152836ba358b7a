/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets to services: the backend that a flow gets, and keeps. What is remembered of a flow is a pair of entries
 * in the table of translated flows (nat.h). Rewrites no packet.
 */
#ifndef HR_BPF_LB_H
#define HR_BPF_LB_H

#include "maglev.h"
#include "nat.h"
#include "service.h"

/* The backend that a client has, if it may keep it. */
static __always_inline bool affinity_find(const struct hr_affinity_key *client, __u32 timeout,
					  struct hr_slot *out, __u32 now)
{
	struct hr_affinity *kept = affinity_lookup(client);
	struct hr_affinity_match_key match = { .frontend = client->frontend };

	if (!kept || now - kept->used >= timeout)
		return false;
	match.backend = kept->backend;
	if (!affinity_allows(&match))
		return false;
	kept->used = now;
	*out = kept->backend;
	return true;
}

/* Do flows from there have their backends by Maglev's tables? */
static __always_inline bool has_maglev(enum hr_scope scope)
{
	return ENABLE_MAGLEV && scope == HR_SCOPE_EXTERNAL;
}

/* One more look where the set was replaced while we looked. False when there is no backend. */
static __always_inline bool backend_next(const struct hr_nat_key *flow,
					 const struct hr_frontend_key *key, enum hr_scope scope,
					 struct hr_slot *out)
{
	const struct hr_frontend *frontend;
	const struct hr_slot *slot;
	__u32 number;

#pragma clang loop unroll(disable)
	for (int round = 0; round < 2; round++) {
		frontend = frontend_lookup(key);
		if (!frontend || !frontend->counts[scope])
			return false;
		number = service_next_slot(frontend->counts[scope]);
		if (has_maglev(scope) && frontend->counts[scope] > 1 &&
		    !maglev_slot(flow, key, frontend->sets[scope], &number) && !round)
			continue;
		slot = slot_lookup(frontend->sets[scope], number);
		if (slot) {
			*out = *slot;
			return true;
		}
	}
	return false;
}

/* The backend for a new flow. False when there is none. */
static __always_inline bool backend_select(const struct hr_nat_key *flow,
					   const struct hr_frontend_key *key,
					   const struct hr_frontend *frontend, enum hr_scope scope,
					   struct hr_slot *out, __u32 now)
{
	struct hr_affinity_key kept = { .frontend = *key, .client = flow->saddr };
	struct hr_affinity entry = { .used = now };

	if (frontend->affinity && frontend->counts[scope] &&
	    affinity_find(&kept, frontend->affinity, out, now))
		return true;
	if (!backend_next(flow, key, scope, out))
		return false;
	if (frontend->affinity) {
		entry.backend = *out;
		affinity_store(&kept, &entry);
	}
	return true;
}

/*
 * A connection stays where it is. A new one, and what is none, goes to who serves; the latter is looked at once a
 * second.
 */
static __always_inline bool service_stays(const struct hr_nat *half, const struct l4 *l4, __u32 now)
{
	struct hr_backend_key backend = { .addr = half->addr,
					  .port = half->port,
					  .protocol = l4->key.protocol };

	if (l4->key.protocol != IPPROTO_TCP)
		return nat_is_fresh(half, l4->key.protocol, now) || backend_serves(&backend);
	if (!tcp_is_first(l4->tcp_flags))
		return true;
	return (half->flags & NAT_CLOSED) != NAT_CLOSED && backend_serves(&backend);
}

/* Enters a flow, in the place of one that had the same ends. */
static __always_inline bool service_enter(const struct l4 *l4, const struct nat_end *backend,
					  __u32 now)
{
	struct hr_nat entry = { .addr = backend->addr,
				.port = backend->port,
				.flags = HR_NAT_SERVICE,
				.created = now };
	struct hr_nat_key key = nat_twin_key(&l4->key, backend);
	struct nat_end frontend = nat_end_of(&l4->key);

	nat_note(&entry, l4, now);
	if (nat_store(&l4->key, &entry, BPF_ANY))
		return false;
	entry = nat_twin(&entry, &frontend);
	return !nat_store(&key, &entry, BPF_ANY);
}

/* Whom a packet asks; NULL when that is no service. The node's own addresses are those of HR_FRONTEND_ANY, too. */
static __always_inline const struct hr_frontend *frontend_find(const struct l4 *l4, bool is_own,
							       struct hr_frontend_key *key)
{
	const struct hr_frontend *frontend;

	*key = (struct hr_frontend_key){ .addr = l4->key.daddr,
					 .port = l4->key.dport,
					 .protocol = l4->key.protocol };
	frontend = frontend_lookup(key);
	if (frontend || !is_own)
		return frontend;
	key->addr = HR_FRONTEND_ANY;
	return frontend_lookup(key);
}

/*
 * A flow that is not known: TO_SERVICE and its backend, or why it goes nowhere. Where the node itself has the address,
 * its stack answers for a service without backends: TO_STACK.
 */
static __always_inline enum hr_reason service_begin(const struct l4 *l4,
						    const struct hr_frontend_key *key,
						    const struct hr_frontend *frontend,
						    enum hr_scope scope, bool is_own,
						    struct nat_end *backend, __u32 now)
{
	struct hr_slot slot = { 0 };

	if (!backend_select(&l4->key, key, frontend, scope, &slot, now))
		return is_own ? REASON_TO_STACK : REASON_NO_BACKEND;
	*backend = (struct nat_end){ .addr = slot.addr, .port = slot.port };
	return service_enter(l4, backend, now) ? REASON_TO_SERVICE : REASON_NAT_NO_MAPPING;
}

#endif
