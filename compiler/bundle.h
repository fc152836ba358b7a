/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bundle directory that appears whole or not at all: written beside its final place, synced, and
 * renamed over what was there. Who is killed half-way leaves "<out>.tmp.XXXXXX"; the next one for the same
 * place finds the lock in it free and removes it.
 */
#ifndef HR_COMPILER_BUNDLE_H
#define HR_COMPILER_BUNDLE_H

#include <limits.h>

/* What a directory must hold to be replaced: a file of ours, of a schema of any version. */
struct bundle_kind {
	const char *noun; /* "bundle" */
	const char *file; /* JSON with a `schema` */
	const char *schema; /* how that begins */
};

extern const struct bundle_kind bundle_of_one; /* a bundle: manifest.json */

struct bundle {
	const struct bundle_kind *kind;
	char final[PATH_MAX]; /* where it will be, without trailing slashes */
	char holder[PATH_MAX]; /* directory of stage and lock; "" when there is nothing to remove */
	char stage[PATH_MAX]; /* where it is written: absolute, because clang runs elsewhere */
	int lock_fd; /* the lock of the holder, as long as this process lives; -1: none */
};

/*
 * Creates "<out>.tmp.XXXXXX" (and missing parents) and removes those of processes that are gone. Refuses when
 * <out> is something that must not be replaced: no directory, or one with files in it and not of this kind
 * (-EEXIST). Logs. After success, bundle_commit() or bundle_abort() must follow.
 */
int bundle_begin(const char *out, const struct bundle_kind *kind, struct bundle *b);

/*
 * Syncs the stage and puts it in place: exchanged with an existing bundle, which is then removed, whatever
 * else it holds. Files get mode 0644 and directories 0755, whatever the umask. On failure the old bundle
 * is untouched and the stage is still there. Logs.
 * A bundle that has the same files already stays and gets the present time; nothing is synced then.
 * A file system that cannot exchange directories (-EINVAL) is an error that says so, not a reason to move
 * the old one away first: killed in between, that would leave no bundle at all.
 */
int bundle_commit(struct bundle *b);

/* Removes the stage, if there is one. */
void bundle_abort(struct bundle *b);

#endif
