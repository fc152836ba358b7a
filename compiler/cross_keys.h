/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of a config that do nothing, or something else, because of other keys: the table cross_keys.def. Decides,
 * prints nothing.
 */
#ifndef HR_COMPILER_CROSS_KEYS_H
#define HR_COMPILER_CROSS_KEYS_H

#include <stddef.h>

#include "common/diag.h"
#include "probe/verdict.h"

struct cross_key_def {
	enum option_id option;
	enum diag_severity severity;
	const char *text; /* "has no effect: enable-ipv6 is off" */
};

#define CROSS_KEYS_MAX 24

/*
 * Writes the rows that hold for a config into out, of CROSS_KEYS_MAX, and returns their number. The verdict is the
 * one on opts, of any mode.
 */
size_t cross_keys_list(const struct options *opts, const struct verdict *verdict,
		       const struct cross_key_def *out[CROSS_KEYS_MAX]);

#endif
