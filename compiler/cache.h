/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded directory of results that cost much to make, by key. Every entry carries the digest of its
 * key and contents and appears by rename, so a torn, damaged or half-written one is a miss, however many processes
 * share the directory and whenever they are killed. A cache that cannot be used is a warning, never a
 * failure. Knows nothing of what it keeps.
 */
#ifndef HR_COMPILER_CACHE_H
#define HR_COMPILER_CACHE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/digest.h"

#define CACHE_MAX_ENTRY_BYTES (8u << 20)

/* Beyond either, the entries that were not used for longest go. */
struct cache_limits {
	size_t entries;
	size_t bytes;
};

#define CACHE_LIMITS ((struct cache_limits){ .entries = 2048, .bytes = 64u << 20 })

struct cache {
	int dir_fd; /* -1: none, every cache_get() misses */
	struct cache_limits limits;
	bool is_written; /* something was put, so that limits may be exceeded */
	bool is_broken; /* a write failed, which was said; no more are tried */
	char path[PATH_MAX];
};

/*
 * Opens, and creates, `asked`; NULL: hostroute in $XDG_CACHE_HOME or ~/.cache; for root without a home
 * /var/cache/hostroute. A directory that is not ours or root's, or that others may write, is not used:
 * who can write a cache decides what runs in the kernel. *out is for cache_close() whatever happened.
 */
void cache_open(const char *asked, struct cache *out);

/* A cache that is empty and stays so. */
void cache_none(struct cache *out);

/*
 * Finds an entry; the caller frees *data, which ends in a NUL that *len does not count. 0, or -ENOENT also
 * for an entry that cannot be read or is not as it was put.
 */
int cache_get(struct cache *cache, const char key[DIGEST_TEXT_MAX], char **data, size_t *len);

/* Adds or replaces an entry. */
void cache_put(struct cache *cache, const char key[DIGEST_TEXT_MAX], const void *data, size_t len);

/* Makes room if something was put, and closes. */
void cache_close(struct cache *cache);

#define _cleanup_cache_ __attribute__((cleanup(cache_close)))

#endif
