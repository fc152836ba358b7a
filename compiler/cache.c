// SPDX-License-Identifier: BSD-2-Clause
/* Entries are files named by their key: one line with the digest of key and rest, then the rest. */
#include "compiler/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

#define MAGIC "hostroute.cache/2 "
#define HEAD_BYTES (sizeof(MAGIC) - 1 + DIGEST_TEXT_MAX - 1 + 1)
#define TEMPORARY "tmp."
#define TEMPORARY_TTL_S 3600 /* nobody writes one entry for as long as that */
#define USE_GRAIN_S 3600
#define SYSTEM_CACHE "/var/cache/hostroute"
#define HEX "0123456789abcdef"

static int default_path(char *out, size_t size)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	/* Both must be absolute: a cache that depends on the working directory is none. */
	if (xdg && *xdg == '/')
		return path_format(out, size, "%s/hostroute", xdg);
	if (home && *home == '/')
		return path_format(out, size, "%s/.cache/hostroute", home);
	return geteuid() == 0 ? path_format(out, size, SYSTEM_CACHE) : -ENOENT;
}

/* NULL when what is behind fd is ours alone to write. */
static const char *distrust(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return "cannot be looked at";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "belongs to another user";
	return st.st_mode & 0022 ? "may be written by others" : NULL;
}

static int make_private(const char *path)
{
	int err = dir_make_parents(path);

	if (!err && mkdir(path, 0700) < 0 && errno != EEXIST)
		err = -errno;
	return err;
}

void cache_none(struct cache *out)
{
	*out = (struct cache){ .dir_fd = -1, .limits = CACHE_LIMITS };
}

void cache_open(const char *asked, struct cache *out)
{
	_cleanup_close_ int fd = -1;
	const char *why;
	int err;

	cache_none(out);
	err = asked ? path_format(out->path, sizeof(out->path), "%s", asked)
		    : default_path(out->path, sizeof(out->path));
	if (err) {
		log_debug("no cache: neither XDG_CACHE_HOME nor HOME says where");
		return;
	}
	err = make_private(out->path);
	fd = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		log_warn("cache %s: %s; working without (--cache DIR names another)", out->path,
			 errno_text(err ?: -errno));
		return;
	}
	why = distrust(fd);
	if (why)
		log_warn("cache %s: %s; working without (--cache DIR names another)", out->path,
			 why);
	else
		out->dir_fd = TAKE_FD(fd);
}

/* The key is in it, so that an entry under another's name (a restored backup, a file system check) is a miss too. */
static void digest_entry(const char *key, const void *data, size_t len, char out[DIGEST_TEXT_MAX])
{
	char both[2 * DIGEST_TEXT_MAX], contents[DIGEST_TEXT_MAX];

	digest_data(data, len, contents);
	snprintf(both, sizeof(both), "%s %s", key, contents);
	digest_data(both, strlen(both), out);
}

static bool is_intact(const char *key, const char *data, size_t len)
{
	char digest[DIGEST_TEXT_MAX];

	if (len < HEAD_BYTES || memcmp(data, MAGIC, sizeof(MAGIC) - 1) ||
	    data[HEAD_BYTES - 1] != '\n')
		return false;
	digest_entry(key, data + HEAD_BYTES, len - HEAD_BYTES, digest);
	return !memcmp(data + sizeof(MAGIC) - 1, digest, DIGEST_TEXT_MAX - 1);
}

/* O_NONBLOCK: what was put there instead of an entry may be a pipe. */
static int read_entry(const struct cache *cache, const char *key, char **data, size_t *len)
{
	_cleanup_close_ int fd =
		openat(cache->dir_fd, key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || distrust(fd))
		return -EPERM;
	/* The age of an entry is the time since it was last of use, to the hour: stamps cost writes. */
	if (st.st_mtim.tv_sec + USE_GRAIN_S < time(NULL))
		futimens(fd, NULL);
	return file_read_fd(fd, HEAD_BYTES + CACHE_MAX_ENTRY_BYTES, data, len);
}

int cache_get(struct cache *cache, const char key[DIGEST_TEXT_MAX], char **data, size_t *len)
{
	_cleanup_free_ char *entry = NULL;
	size_t entry_len;
	int err;

	if (cache->dir_fd < 0)
		return -ENOENT;
	err = read_entry(cache, key, &entry, &entry_len);
	if (!err && !is_intact(key, entry, entry_len))
		err = -EBADMSG;
	if (err) {
		if (err != -ENOENT)
			log_debug("cache entry %s/%s: %s", cache->path, key, errno_text(err));
		return -ENOENT;
	}
	*len = entry_len - HEAD_BYTES;
	memmove(entry, entry + HEAD_BYTES, *len + 1);
	*data = TAKE_PTR(entry);
	return 0;
}

/* A name that no other writer has: theirs differ in process or in time. */
static int temporary_open(const struct cache *cache, char name[64])
{
	struct timespec now;
	int fd;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(name, 64, TEMPORARY "%d.%lld.%ld", (int)getpid(), (long long)now.tv_sec,
		 now.tv_nsec);
	fd = openat(cache->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	return fd < 0 ? -errno : fd;
}

static int write_entry(const struct cache *cache, const char *key, const struct buf *b)
{
	_cleanup_close_ int fd = -1;
	char name[64];
	int err;

	if (b->err)
		return b->err;
	fd = temporary_open(cache, name);
	if (fd < 0)
		return fd;
	err = file_write_fd(fd, b->data, b->len);
	if (!err && renameat(cache->dir_fd, name, cache->dir_fd, key) < 0)
		err = -errno;
	if (err)
		unlinkat(cache->dir_fd, name, 0);
	return err;
}

void cache_put(struct cache *cache, const char key[DIGEST_TEXT_MAX], const void *data, size_t len)
{
	_cleanup_buf_ struct buf b = { 0 };
	char digest[DIGEST_TEXT_MAX];
	int err;

	if (cache->dir_fd < 0 || cache->is_broken || len > CACHE_MAX_ENTRY_BYTES)
		return;
	digest_entry(key, data, len, digest);
	buf_printf(&b, MAGIC "%s\n", digest);
	buf_append(&b, data, len);
	err = write_entry(cache, key, &b);
	cache->is_written = true;
	cache->is_broken = err != 0;
	if (err)
		log_warn("cache %s: %s; new results are not kept", cache->path, errno_text(err));
}

struct entry {
	char name[DIGEST_TEXT_MAX];
	struct timespec used;
	size_t bytes;
};

struct entry_list {
	struct entry *items; /* owned */
	size_t count, bytes;
};

/* Only names that we give: the directory may hold somebody's thesis. */
static bool is_entry_name(const char *name)
{
	return strspn(name, HEX) == DIGEST_TEXT_MAX - 1 && !name[DIGEST_TEXT_MAX - 1];
}

static int entry_list_add(struct entry_list *list, const char *name, const struct stat *st)
{
	struct entry *items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count] = (struct entry){ .used = st->st_mtim, .bytes = (size_t)st->st_size };
	memcpy(items[list->count].name, name, DIGEST_TEXT_MAX);
	list->count++;
	list->bytes += (size_t)st->st_size;
	return 0;
}

static void sweep_temporary(const struct cache *cache, const char *name, const struct stat *st)
{
	if (!strncmp(name, TEMPORARY, strlen(TEMPORARY)) &&
	    st->st_mtim.tv_sec + TEMPORARY_TTL_S < time(NULL))
		unlinkat(cache->dir_fd, name, 0);
}

static int entry_list_read(const struct cache *cache, struct entry_list *out)
{
	_cleanup_close_ int fd = openat(cache->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closedir) DIR *dir = NULL;
	const struct dirent *item;
	struct stat st;
	int err = 0;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	fd = -1; /* dir's now */
	while (!err && (item = readdir(dir))) {
		if (fstatat(cache->dir_fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (is_entry_name(item->d_name))
			err = entry_list_add(out, item->d_name, &st);
		else
			sweep_temporary(cache, item->d_name, &st);
	}
	return err;
}

static int by_age(const void *a, const void *b)
{
	const struct timespec *x = &((const struct entry *)a)->used;
	const struct timespec *y = &((const struct entry *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

/* Others may do the same meanwhile: an entry that is gone already is as good. */
static void make_room(const struct cache *cache)
{
	struct entry_list list = { 0 };
	_cleanup_free_ struct entry *items = NULL;
	int err = entry_list_read(cache, &list);

	items = list.items;
	if (err) {
		log_debug("cache %s: %s", cache->path, errno_text(err));
		return;
	}
	if (list.count)
		qsort(items, list.count, sizeof(*items), by_age);
	for (size_t i = 0; i < list.count; i++) {
		if (list.count - i <= cache->limits.entries && list.bytes <= cache->limits.bytes)
			return;
		unlinkat(cache->dir_fd, items[i].name, 0);
		list.bytes -= items[i].bytes;
	}
}

void cache_close(struct cache *cache)
{
	if (cache->dir_fd >= 0 && cache->is_written)
		make_room(cache);
	if (cache->dir_fd >= 0)
		close(cache->dir_fd);
	cache_none(cache);
}
