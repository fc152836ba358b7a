/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maglev: the backend of a flow by a hash of who asks whom, so that whichever node is asked, and whatever it has
 * forgotten, chooses the same. install/maglev.h makes the tables.
 */
#ifndef HR_BPF_MAGLEV_H
#define HR_BPF_MAGLEV_H

#include "l4.h"
#include "maps.h"

static const __u32 maglev_seed[HR_MAGLEV_SEEDS] = { LB_MAGLEV_SEED_0, LB_MAGLEV_SEED_1,
						    LB_MAGLEV_SEED_2 };

/* The frontend by its own name: a node port is the same one on any node. */
static __always_inline __u32 maglev_hash(const struct hr_nat_key *flow,
					 const struct hr_frontend_key *frontend)
{
	__u32 hash = hr_hash_add(maglev_seed[0], flow->saddr);

	hash = hr_hash_add(hash ^ maglev_seed[1], (__u32)flow->sport << 16 | frontend->port);
	hash = hr_hash_add(hash ^ maglev_seed[2], frontend->addr);
	return hr_hash_end(hr_hash_add(hash, frontend->protocol));
}

/* False when the set has no table. */
static __always_inline bool maglev_slot(const struct hr_nat_key *flow,
					const struct hr_frontend_key *frontend, __u64 set,
					__u32 *slot)
{
	__u32 entry = maglev_hash(flow, frontend) % LB_MAGLEV_LUT_SIZE;
	struct hr_maglev_key key = { .set = set,
				     .piece = entry / HR_MAGLEV_PIECE,
				     .variant =
					     hr_maglev_variant(LB_MAGLEV_LUT_SIZE, maglev_seed) };
	const struct hr_maglev *piece = maglev_lookup(&key);

	if (!piece)
		return false;
	entry %= HR_MAGLEV_PIECE;
	/* verifier: knows nothing of a remainder, and the compiler would leave the check out. */
	asm volatile("" : "+r"(entry));
	if (entry >= HR_MAGLEV_PIECE)
		return false;
	*slot = piece->slots[entry];
	return true;
}

#endif
