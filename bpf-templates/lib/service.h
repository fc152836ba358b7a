/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which backend takes a connection to a service. Translates nothing. */
#ifndef HR_BPF_SERVICE_H
#define HR_BPF_SERVICE_H

#include "abi.h"
#include "maps.h"

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
