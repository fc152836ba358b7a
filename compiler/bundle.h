/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bundle directory that appears whole or not at all: written beside its final place, synced, and
 * renamed over what was there.
 */
#ifndef HR_COMPILER_BUNDLE_H
#define HR_COMPILER_BUNDLE_H

#include <limits.h>

struct bundle {
	char final[PATH_MAX]; /* where it will be, without trailing slashes */
	char stage[PATH_MAX]; /* where it is written; "" when there is nothing to remove */
};

/*
 * Creates "<out>.tmp.XXXXXX" (and missing parents). Refuses when <out> is something that must not be
 * replaced: no directory, or one with files in it and no manifest of ours (-EEXIST). Logs.
 * After success, bundle_commit() or bundle_abort() must follow.
 */
int bundle_begin(const char *out, struct bundle *b);

/*
 * Syncs the stage and puts it in place: exchanged with an existing bundle, which is then removed, whatever
 * else it holds. On failure the old bundle is untouched and the stage is still there. Logs.
 */
int bundle_commit(struct bundle *b);

/* Removes the stage, if there is one. */
void bundle_abort(struct bundle *b);

#endif
