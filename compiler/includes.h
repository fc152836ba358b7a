/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files a compiler read, as it says itself (-MD), and what is in them now: what tells whether an old
 * object is still the right one. Also counts files that do not exist but would be read in place of
 * another if they did.
 */
#ifndef HR_COMPILER_INCLUDES_H
#define HR_COMPILER_INCLUDES_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/buf.h"
#include "common/digest.h"

#define INCLUDES_MAX 1024 /* paths of one list */

/*
 * Digests of files that were asked for before: each is read once in a run, and in later runs only when it
 * is another file or was written to since.
 */
struct include_memo {
	struct include_digest *items; /* owned */
	size_t count;
	bool is_changed; /* some had to be read */
	struct timespec
		since; /* when this run began; CLOCK_REALTIME_COARSE, as file systems stamp */
};

/* known: what include_memo_text() gave an earlier run, or NULL; it is torn up here. */
void include_memo_init(struct include_memo *memo, char *known);

/* Appends what the next run may know. False when that is nothing new. */
bool include_memo_text(const struct include_memo *memo, struct buf *out);

/*
 * Reads a dependency file in make's format, of a target without blanks, and appends the paths it names to
 * *list, one per line, each after the places that would have been searched before it. Relative ones are
 * relative to the templates; those below header_dir (generated, part of the key in another way) are left out.
 * 0, or a negative errno (-EINVAL: no such file, or too many paths); nothing logged.
 */
int includes_read(const char *path, const char *header_dir, struct buf *list);

/*
 * Appends one line per path of a list: its digest, or "absent", and the path. 0, or a negative errno for a
 * file that is there and cannot be read, or a path that cannot be one.
 */
int includes_fingerprint(struct include_memo *memo, const char *templates, const char *list,
			 struct buf *out);

/* Was any of them changed since this run began? Then nobody knows which contents the compiler has seen. */
bool includes_changed(const struct include_memo *memo, const char *templates, const char *list);

void include_memo_fini(struct include_memo *memo);

#endif
