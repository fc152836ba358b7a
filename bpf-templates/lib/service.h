/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which backend takes a connection to a service. Translates nothing. */
#ifndef HR_BPF_SERVICE_H
#define HR_BPF_SERVICE_H

#include "abi.h"
#include "maps.h"

static __always_inline const struct hr_frontend *frontend_lookup(const struct hr_frontend_key *key)
{
	return bpf_map_lookup_elem(&hr_frontends4, key);
}

/* May a flow stay with this backend? */
static __always_inline bool backend_serves(const struct hr_backend_key *key)
{
	return bpf_map_lookup_elem(&hr_backends4, key);
}

/* Backend number slot of a set; NULL when the set was replaced in between. */
static __always_inline const struct hr_slot *slot_lookup(__u64 set, __u32 slot)
{
	struct hr_slot_key key = { .set = set, .slot = slot };

	return bpf_map_lookup_elem(&hr_slots4, &key);
}

static __u32 service_turn;

/*
 * A number below count, spread as evenly as taking turns does, whatever else takes turns in between: the fractions
 * of the multiples of the golden ratio (a Weyl sequence), in 32 bits.
 */
static __always_inline __u32 service_next_slot(__u32 count)
{
	__u32 turn = service_turn++ * 0x9e3779b1;

	return (__u32)((__u64)turn * count >> 32);
}

#endif
