/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datapath's programs and where they attach, from the table that the programs themselves are built
 * with (bpf-templates/lib/hooks.def), and which of them a config wants.
 */
#ifndef HR_COMPILER_HOOKS_H
#define HR_COMPILER_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "bpf-templates/lib/abi.h"
#include "compiler/macros.h"

struct hook_def {
	const char *program; /* "from_container": C symbol and BPF program name */
	const char *object; /* "bpf_lxc": <object>.c becomes <object>.o */
	const char *interface; /* endpoint, host, overlay, device, cgroup */
	const char *direction; /* ingress, egress; of a cgroup's: connect4, ... */
	const char *pod_direction; /* ditto, of the packets as a pod sees it */
};

extern const struct hook_def hook_defs[HOOK__COUNT];

bool hook_is_wanted(enum hr_hook hook, const struct macro_values *values);

/*
 * Names of the objects that hold at least one wanted program, in the table's order, each once. Returns
 * how many; the names are static.
 */
size_t hooks_objects(const struct macro_values *values, const char *out[HOOK__COUNT]);

#endif
