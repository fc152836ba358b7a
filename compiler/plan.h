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
#include "config/configmap.h"
#include "probe/facts.h"
#include "probe/verdict.h"

#define PLAN_CILIUM_VERSION "1.12" /* the rule set of probe/rules.def */

/* True for PLAN_CILIUM_VERSION and its patch releases ("1.12.3"). */
bool plan_knows_version(const char *version);

struct plan {
	struct node_facts facts; /* nobody looked at a node; the verdict's pointers point in here */
	struct verdict verdict;
	struct scope scope;
	struct macro_values macros; /* valid after success */
};

/*
 * For a ConfigMap that was read with errors, so that all of them are told at once: errors for the keys it
 * sets that ask for what this datapath cannot do.
 */
void plan_check_set(const struct configmap *cm, struct diag_list *diags);

/*
 * Decides from a ConfigMap that was read without errors. Complaints go to diags: errors for what the agent
 * would refuse and what this datapath cannot do, warnings for gaps and for legacy host routing that was not
 * asked for. 0, or -EINVAL when there were errors.
 */
int plan_make(const struct configmap *cm, struct plan *out, struct diag_list *diags);

/*
 * Fills what a manifest says about the config: mode and reasons, tunnel, devices, gaps, hooks, options and
 * their digest. 0 or -ENOMEM; *out is for manifest_fini() either way.
 */
int plan_describe(const struct configmap *cm, const struct plan *plan, struct manifest *out);

#endif
