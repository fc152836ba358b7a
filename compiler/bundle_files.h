/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a bundle beside its manifest: listed with their digests when it is made, compared with that
 * list when it is used. The digest of the whole bundle is that of manifest.json, which holds the list.
 */
#ifndef HR_COMPILER_BUNDLE_FILES_H
#define HR_COMPILER_BUNDLE_FILES_H

#include <stddef.h>

#include "compiler/manifest.h"

#define BUNDLE_FILE_NAME_MAX 64
#define BUNDLE_MAX_STRANGERS 16 /* files that no manifest lists, of which so many are named */

enum bundle_file_state {
	BUNDLE_FILE_GOOD,
	BUNDLE_FILE_CORRUPTED, /* another sha256 than the manifest's */
	BUNDLE_FILE_MISSING,
	BUNDLE_FILE_UNREADABLE, /* err says why */
	BUNDLE_FILE_STRANGE, /* not in the manifest */
	BUNDLE_FILE_STATE__COUNT,
};

struct bundle_file {
	char name[BUNDLE_FILE_NAME_MAX]; /* cut when longer, control characters shown as '.' */
	enum bundle_file_state state;
	int err; /* negative errno of reading it, or 0 */
};

/* In the manifest's order, strangers last and sorted. */
struct bundle_survey {
	struct bundle_file files[MANIFEST_MAX_FILES + BUNDLE_MAX_STRANGERS];
	size_t count;
	size_t bad; /* of them corrupted, missing or unreadable */
	size_t strange; /* all of them, also those that found no place */
};

/*
 * Fills m->files from what dir holds: every file but the manifest, sorted by name; the digests of objects
 * are those of m->objects. 0, or a negative errno after logging one line (-E2BIG: more than MANIFEST_MAX_FILES).
 */
int bundle_files_list(const char *dir, struct manifest *m);

/*
 * Compares dir with its manifest. A manifest of before files were listed answers for its objects only, and calls
 * nothing strange. 0 whatever was found, or the negative errno of listing dir after logging it.
 */
int bundle_files_check(const char *dir, const struct manifest *m, struct bundle_survey *out);

/* "good", "corrupted", "missing", "unreadable", "not in the manifest". */
const char *bundle_file_state_name(enum bundle_file_state state);

#endif
