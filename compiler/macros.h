/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The macros that specialise the datapath, and what each is worth under a config: the table macros.def.
 * Values are plain integers; how they are written down is header.h's business.
 */
#ifndef HR_COMPILER_MACROS_H
#define HR_COMPILER_MACROS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/options.h"
#include "probe/service_parts.h"
#include "probe/verdict.h"

enum macro_id {
#define MACRO(name, ...) MACRO_##name,
#include "compiler/macros.def"
#undef MACRO
	MACRO__COUNT,
};

#define MACRO_MAX_OPTIONS 4

struct macro_def {
	const char *name;
	const char *text; /* what the value means */
	/* Options that the value comes from, closed by OPT__COUNT; none when it is the same for all. */
	enum option_id options[MACRO_MAX_OPTIONS];
};

extern const struct macro_def macro_defs[MACRO__COUNT];

struct macro_values {
#define MACRO(name, ...) uint32_t name;
#include "compiler/macros.def"
#undef MACRO
};

/* Who puts VXLAN headers on and takes them off (--vxlan). Counts only with BPF host routing over VXLAN. */
enum vxlan_by {
	VXLAN_BY_DEFAULT, /* the programs */
	VXLAN_BY_BPF, /* the same, asked for */
	VXLAN_BY_DEVICE,
};

/* Works out every macro. The verdict is that on opts, VERDICT_BPF or VERDICT_LEGACY. */
void macros_evaluate(const struct options *opts, const struct verdict *verdict, enum vxlan_by vxlan,
		     struct macro_values *out);

/* One value by its id. */
uint32_t macro_value(const struct macro_values *values, enum macro_id id);

/* Do backends answer clients past the node that was asked? Not in a tunnel, where our programs cannot. */
bool returns_directly(const struct verdict *verdict, const struct service_parts *parts);

/* Do flows from outside get their backends by Maglev's tables? */
bool chooses_by_maglev(const struct verdict *verdict, const struct service_parts *parts);

/* The UDP port that is encapsulated to; 0 without a tunnel. */
uint16_t tunnel_port(const struct options *opts, const struct verdict *verdict);

/* Do other nodes know this host by an identity of nodes (6), not as their own host (1)? */
bool has_remote_node_identity(const struct options *opts);

#endif
