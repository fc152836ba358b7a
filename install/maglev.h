/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maglev's tables: for each number below a prime the backend that flows with that hash get. Of one set of backends all
 * nodes with the same size and seed make the same table, backends have shares that are about equal, and one that comes
 * or goes moves few flows of others. Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
 * Balancer", NSDI 2016, 3.4. Pure.
 */
#ifndef HR_INSTALL_MAGLEV_H
#define HR_INSTALL_MAGLEV_H

#include <stddef.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"
#include "compiler/manifest.h"

struct maglev {
	uint32_t size; /* entries of a table, a prime; 0: there are no tables */
	uint32_t seed[HR_MAGLEV_SEEDS];
};

/* What a bundle asks for. A size or seed that no agent takes is none: no tables. */
struct maglev maglev_of(const struct manifest_services *services);

/* Pieces of a table, as hr_maglev4 has it. */
uint32_t maglev_pieces(const struct maglev *m);

/*
 * Fills table[] (room for whole pieces; zeros behind the end) with numbers of slots[]. At least one backend, fewer than
 * UINT16_MAX, in any order: which backend an entry has does not depend on it. One that is there twice counts once; of
 * more backends than entries some have none. 0 or -ENOMEM.
 */
int maglev_fill(const struct maglev *m, const struct hr_slot *slots, size_t count,
		struct hr_maglev *table);

#endif
