/* SPDX-License-Identifier: BSD-2-Clause */
/* node_config.h, the one generated header: every macro of macros.def, each with its reason. */
#ifndef HR_COMPILER_HEADER_H
#define HR_COMPILER_HEADER_H

#include "compiler/macros.h"

#define HEADER_FILE "node_config.h"

/*
 * Text of the header; the caller frees *out. Depends on values, keys, and the base name, line and column
 * of each key's origin, and on nothing else. 0 or -ENOMEM.
 */
int header_render(const struct options *opts, const struct verdict *verdict,
		  const struct macro_values *values, char **out);

#endif
