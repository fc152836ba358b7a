// SPDX-License-Identifier: BSD-2-Clause
/* Sizes and seeds of Maglev's tables. Source: ../shared/reference/cilium-config.md D. */
#include "config/maglev.h"

#include <string.h>

#include "common/cleanup.h"

#define SEED_DIGITS 16
#define SEED_BYTES (4 * HR_MAGLEV_SEEDS)

bool maglev_size_is_valid(int64_t size)
{
	static const int primes[] = {
		251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071
	};

	for (size_t i = 0; i < ARRAY_SIZE(primes); i++) {
		if (size == primes[i])
			return true;
	}
	return false;
}

bool maglev_seed_parse(const char *text, uint32_t out[HR_MAGLEV_SEEDS])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t four = 0;
	size_t bytes = 0;

	memset(out, 0, sizeof(*out) * HR_MAGLEV_SEEDS);
	if (strlen(text) != SEED_DIGITS || strspn(text, digits) != SEED_DIGITS)
		return false;
	for (size_t i = 0; i < SEED_DIGITS; i++) {
		four = four << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
		/* Four digits are three bytes. */
		for (int shift = 16; i % 4 == 3 && shift >= 0; shift -= 8, bytes++)
			out[bytes / 4] |= (four >> shift & 0xff) << 8 * (bytes % 4);
	}
	_Static_assert(SEED_DIGITS / 4 * 3 == SEED_BYTES, "the digits are the words");
	return true;
}
