/* SPDX-License-Identifier: BSD-2-Clause */
/* What bpf-lb-maglev-table-size and bpf-lb-maglev-hash-seed may be. */
#ifndef HR_CONFIG_MAGLEV_H
#define HR_CONFIG_MAGLEV_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"

#define MAGLEV_SIZE_DEFAULT 16381

/* One of the primes that the agent knows. */
bool maglev_size_is_valid(int64_t size);

/*
 * 12 bytes in base64: 16 digits without padding. As words whose first byte is the lowest, so that they are the same
 * numbers on any machine. False, and zeros, when the text is something else.
 */
bool maglev_seed_parse(const char *text, uint32_t out[HR_MAGLEV_SEEDS]);

#endif
