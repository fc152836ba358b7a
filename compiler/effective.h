/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in force, as a manifest says it: the values of the table effective.def, which several keys, the release
 * and the target make together, and the sizes of the maps.
 */
#ifndef HR_COMPILER_EFFECTIVE_H
#define HR_COMPILER_EFFECTIVE_H

#include "compiler/macros.h"
#include "compiler/manifest.h"
#include "config/map_sizes.h"
#include "probe/verdict.h"

/* Fills out->effective. The verdict is BPF or legacy; tunnel and devices of out are filled already. */
void effective_describe(const struct options *opts, const struct verdict *verdict,
			const struct macro_values *macros, struct manifest *out);

/* Fills out->map_sizes: entries, or where the memory of the nodes decides and is not known, the formula. */
void effective_describe_sizes(const struct options *opts, const struct map_memory *memory,
			      struct manifest *out);

#endif
