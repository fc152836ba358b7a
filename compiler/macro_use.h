/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects a macro may change: those whose sources, with what they include of the templates, mention it. What
 * does change is known only when both are built (`hrcompile --diff`).
 */
#ifndef HR_COMPILER_MACRO_USE_H
#define HR_COMPILER_MACRO_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "bpf-templates/lib/abi.h"
#include "compiler/macros.h"

struct macro_use {
	const char *objects[HOOK__COUNT]; /* "bpf_lxc", static, in the order of the hooks */
	size_t count;
};

/* templates: as templates_find() gives it. 0, or a negative errno after logging one line. */
int macro_use_read(const char *templates, enum macro_id macro, struct macro_use *out);

#endif
