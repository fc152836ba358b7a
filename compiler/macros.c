// SPDX-License-Identifier: BSD-2-Clause
/* Evaluates macros.def. */
#include "compiler/macros.h"

#include <string.h>

#include "bpf-templates/lib/abi.h"

const struct macro_def macro_defs[MACRO__COUNT] = {
#define MACRO(name_, value, text_, ...) \
	[MACRO_##name_] = { .name = #name_, .text = text_, .options = { __VA_ARGS__ } },
#include "compiler/macros.def"
#undef MACRO
};

/* A key up to 1.15, and then what every node has. */
bool has_remote_node_identity(const struct options *opts)
{
	return !option_exists(OPT_ENABLE_REMOTE_NODE_IDENTITY, opts->release) ||
	       option_bool(opts, OPT_ENABLE_REMOTE_NODE_IDENTITY);
}

void macros_evaluate(const struct options *opts, const struct verdict *verdict,
		     struct macro_values *out)
{
	*out = (struct macro_values){
#define MACRO(name, value, ...) .name = (uint32_t)(value),
#include "compiler/macros.def"
#undef MACRO
	};
}

uint32_t macro_value(const struct macro_values *values, enum macro_id id)
{
	const uint32_t all[MACRO__COUNT] = {
#define MACRO(name, ...) [MACRO_##name] = values->name,
#include "compiler/macros.def"
#undef MACRO
	};

	return all[id];
}
