/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The features of a kernel that does not run, from its BTF, release, configuration and modules.
 *
 * What BTF does not name is a no. What it names is a yes; for the few helpers that a program type may call
 * later than they exist, where the release is at least the mainline one that allows it, else unknown:
 * vendors backport. Large programs have no name in BTF and follow the release in the same way. For the same reason a release alone, without BTF, decides nothing. A configuration without an option that a feature needs makes it a no;
 * when there is no configuration, a function in BTF proves the option. What only a running kernel can
 * tell (lockdown, privileges, the verifier's mind) does not show here.
 */
#ifndef HR_PROBE_FEATURES_OFFLINE_H
#define HR_PROBE_FEATURES_OFFLINE_H

#include "probe/features.h"
#include "probe/image.h"
#include "probe/kconfig.h"
#include "probe/modules.h"

/* What there is of a kernel; all of it borrowed. */
struct offline_target {
	const char *release; /* "" when unknown */
	enum answer_source release_source;
	const struct kernel_image *btf; /* whose enums and witnesses are valid; NULL without BTF */
	const struct kconfig *kconfig; /* NULL without one */
	const struct modules *modules; /* NULL without a root */
};

/* Answers all of features.def. syscalls is 0. Never fails. */
void features_offline(const struct offline_target *target, struct features *out);

/* Is an option there, built in or as a module that is shipped? */
struct answer offline_need(const struct offline_target *target, enum kconfig_need need);

/*
 * One program type, helper or map type that need not be in the table. A helper without a row there is
 * unknown where BTF names it: whether a program type may call it stands in no file.
 */
struct answer offline_prog_type(const struct offline_target *target, unsigned int prog_type);
struct answer offline_helper(const struct offline_target *target, unsigned int prog_type,
			     unsigned int helper);
struct answer offline_map_type(const struct offline_target *target, unsigned int map_type);

#endif
