/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions behind steps.def: each does, or undoes, one step on the running node, and logs its failure. */
#ifndef HR_INSTALL_ACTIONS_H
#define HR_INSTALL_ACTIONS_H

#include "install/goal.h"
#include "install/loader.h"
#include "install/paths.h"
#include "install/rtnl.h"
#include "install/steps.h"

#define ENV_MAX_KEPT 64

/* What steps share. Owned by whoever runs them; begins as zeros and ends with step_env_fini(). */
struct step_env {
	const struct install_paths *paths;
	struct rtnl *nl;
	const struct goal *goal; /* for STEP_LOAD; else NULL */
	struct loaded loaded; /* result of STEP_LOAD; empty: what is pinned is used */
	/* Programs that were replaced, held until the run is over so that it can be undone. One program is on
	 * every pod's interface, so these are few. */
	struct {
		uint32_t id;
		int fd;
	} kept[ENV_MAX_KEPT];
	size_t kept_count;
};

extern const struct step_ops step_ops[STEP__COUNT];

/* Closes what the steps loaded and kept; the socket stays the caller's. */
void step_env_fini(struct step_env *env);

#define _cleanup_step_env_ __attribute__((cleanup(step_env_fini)))

#endif
