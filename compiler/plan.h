/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a ConfigMap makes of the datapath: the verdict on a capable kernel, what is out of scope, and the
 * macros that follow. Knows nothing of templates, clang or files.
 */
#ifndef HR_COMPILER_PLAN_H
#define HR_COMPILER_PLAN_H

#include "common/diag.h"
#include "compiler/macros.h"
#include "compiler/manifest.h"
#include "compiler/scope.h"
#include "compiler/target.h"
#include "config/configmap.h"
#include "probe/facts.h"
#include "probe/verdict.h"

struct plan {
	struct target target; /* the verdict's pointers point in here */
	struct verdict verdict;
	struct scope scope;
	struct macro_values macros; /* valid after success */
};

/*
 * For a ConfigMap that was read with errors, so that all of them are told at once: errors for the keys it
 * sets that ask for what this datapath cannot do.
 */
void plan_check_set(const struct configmap *cm, const struct target *target,
		    struct diag_list *diags);

/*
 * Decides from a ConfigMap that was read without errors, for a target, which *out copies (it must outlive *out if it
 * has a kernel on disk). Complaints go to diags: errors for what the agent would refuse, for what cannot be decided
 * for this target, and for what this datapath cannot do, with this target or at all (except that probe mode does with
 * less where a target lacks what services need); warnings for gaps, for legacy host routing that was not
 * asked for and for everything else the agent would downgrade; notes for keys that have no effect. 0, or -EINVAL
 * when there were errors.
 */
int plan_make(const struct configmap *cm, const struct target *target, enum vxlan_by vxlan,
	      struct plan *out, struct diag_list *diags);

/*
 * The next name of a list of interfaces, from *text on; *text is at the name then, which is not closed by a NUL. False
 * when there is none. In `devices` blanks separate, in others commas too.
 */
bool interface_word(enum option_id id, const char **text, size_t *len);

/*
 * Fills what a manifest says about the config: release, mode and reasons, tunnel, devices, gaps, hooks, values in
 * force, map sizes, options and their digest. 0 or -ENOMEM; *out is for manifest_fini() either way.
 */
int plan_describe(const struct configmap *cm, const struct plan *plan, struct manifest *out);

#endif
