/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel and node that a bundle is for: what `hrprobe --format json` reported of it, what
 * `hrprobe --record-node-facts` recorded, or a kernel on disk. The decisions take it as a parameter.
 */
#ifndef HR_COMPILER_TARGET_H
#define HR_COMPILER_TARGET_H

#include "probe/facts.h"
#include "probe/features.h"
#include "probe/needs.h"
#include "probe/offline.h"

/* As on the command line; all borrowed. Zeroed: no target was named. */
struct target_request {
	const char *file; /* --target: hostroute.report/1 or hostroute.node/1; "-" for stdin */
	struct offline_request kernel; /* --kernel, --kconfig, --btf, --root, --release */
};

struct target {
	char name[256]; /* for people: the file as given; "" for the assumed one */
	struct features features;
	struct node_facts facts; /* devices only where a node was looked at */
	/* Owned; answers about objects come from its files. NULL unless a kernel on disk was named. */
	struct offline *offline;
};

/* A kernel with every feature, and nobody looked at a node. */
void target_assume(struct target *out);

/* Does the request name a target, or a kernel on disk? */
bool target_is_named(const struct target_request *request);
bool target_kernel_is_named(const struct target_request *request);

/*
 * Reads what was named; target_assume() when nothing is. With both a file and a kernel, the node is the file's
 * and the kernel the other one. 0, or a negative errno after one log line (-EINVAL also for a file that says
 * nothing of a kernel when none is named). *out is for target_fini() either way.
 */
int target_read(const struct target_request *request, struct target *out);

/*
 * Has the target what an object needs? Of a report only what hrprobe asked for is known, the rest is unknown.
 * A copy of a target answers too, as long as the one that was read lives.
 */
struct answer target_need(const struct target *target, const struct need *need);

/*
 * Has it everything that an object needs? Each need that is missing is logged as an error that names it, and since
 * which kernel there is one; each that is not known as a warning. 0, or -EOPNOTSUPP when one is missing.
 */
int target_check_object(const struct target *target, const char *file,
			const struct object_needs *needs);

void target_fini(struct target *target);

#define _cleanup_target_ __attribute__((cleanup(target_fini)))

#endif
