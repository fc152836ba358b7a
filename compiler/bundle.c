// SPDX-License-Identifier: BSD-2-Clause
/* Staging, syncing and renaming of a bundle directory. Knows of its contents only how to tell it is ours. */
#include "compiler/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "compiler/bundle_same.h"
#include "compiler/manifest.h"

#define HOLDER_MARK ".tmp."
#define LOCK_FILE "lock"
#define REPLACED_MAX_BYTES (8u << 20) /* of the file that tells a directory of ours */

/* The schema of any version: an older bundle may be replaced. */
const struct bundle_kind bundle_of_one = { "bundle", MANIFEST_FILE, "hostroute.bundle/" };

/* 1, 0 or a negative errno. */
static int dir_is_empty(const char *path)
{
	_cleanup_(closedir) DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!name_is_dot(entry->d_name))
			return 0;
	}
	return 1;
}

static bool names_schema(const char *text, const struct bundle_kind *kind)
{
	return text && !strncmp(text, kind->schema, strlen(kind->schema));
}

/* As we write it, the schema comes first: no need to read on. */
static bool starts_with_schema(const char *text, const struct bundle_kind *kind)
{
	int end = 0;

	sscanf(text, " { \"schema\" : \"%n", &end);
	return end > 0 && names_schema(text + end, kind);
}

static bool is_ours(const char *dir, const struct bundle_kind *kind)
{
	_cleanup_free_ char *data = NULL;
	_cleanup_(json) json_t *root = NULL;
	char path[PATH_MAX];
	size_t len;

	if (path_format(path, sizeof(path), "%s/%s", dir, kind->file) ||
	    file_read(path, REPLACED_MAX_BYTES, &data, &len))
		return false;
	if (starts_with_schema(data, kind))
		return true;
	root = json_loadb(data, len, 0, NULL);
	return names_schema(json_string_value(json_object_get(root, "schema")), kind);
}

/* *exists: there is a bundle to be exchanged. */
static int check_final(const struct bundle *b, bool *exists)
{
	const char *path = b->final;
	struct stat st;
	int empty;

	*exists = false;
	if (lstat(path, &st) < 0) {
		int err = -errno;

		return err == -ENOENT ? 0 : log_err(err, "write %s %s", b->kind->noun, path);
	}
	if (!S_ISDIR(st.st_mode))
		return log_fail(-EEXIST, "%s exists and is not a directory; give another --output",
				path);
	empty = dir_is_empty(path);
	if (empty < 0)
		return log_err(empty, "look into %s", path);
	if (!empty && !is_ours(path, b->kind))
		return log_fail(-EEXIST,
				"%s exists and is not a %s; empty it or give another --output",
				path, b->kind->noun);
	*exists = true;
	return 0;
}

static int set_final(const char *out, struct bundle *b)
{
	size_t len = strlen(out);

	while (len > 1 && out[len - 1] == '/')
		len--;
	return path_format(b->final, sizeof(b->final), "%.*s", (int)len, out);
}

/*
 * Creates the lock of a holder, already locked when it appears under its name: a holder with a lock that
 * can be had is nobody's.
 */
static int take_lock(const char *holder, int *out)
{
	char fresh[PATH_MAX], path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	int err;

	err = path_format(path, sizeof(path), "%s/" LOCK_FILE, holder);
	err = err ?: path_format(fresh, sizeof(fresh), "%s/" LOCK_FILE ".new", holder);
	if (err)
		return err;
	fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || rename(fresh, path) < 0)
		return -errno;
	*out = TAKE_FD(fd);
	return 0;
}

static int make_stage(struct bundle *b)
{
	char holder[PATH_MAX], stage[PATH_MAX];
	int err;

	err = path_format(holder, sizeof(holder), "%s" HOLDER_MARK "XXXXXX", b->final);
	if (!err && !mkdtemp(holder))
		err = -errno;
	if (err)
		return err;
	memcpy(b->holder, holder, sizeof(holder));
	err = take_lock(holder, &b->lock_fd);
	err = err ?: path_format(stage, sizeof(stage), "%s/bundle", holder);
	if (!err && (mkdir(stage, 0700) < 0 || !realpath(stage, b->stage)))
		err = -errno;
	return err;
}

/* Removes one holder if its lock can be had. */
static void remove_stale(const char *holder)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int err;

	err = path_format(path, sizeof(path), "%s/" LOCK_FILE, holder);
	if (err)
		return;
	fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	err = dir_remove(holder);
	if (err)
		log_warn("cannot remove %s: %s", holder, errno_text(err));
	else
		log_debug("%s: left by a run that was killed, removed", holder);
}

/* Looks beside the final place for what killed runs have left. Nothing here is worth an error. */
static void sweep(const struct bundle *b)
{
	char parent[PATH_MAX], path[PATH_MAX];
	_cleanup_(closedir) DIR *dir = NULL;
	const struct dirent *entry;
	const char *slash = strrchr(b->final, '/'), *name = slash ? slash + 1 : b->final;
	size_t len = strlen(name);

	if (path_format(parent, sizeof(parent), "%.*s", slash ? (int)(name - b->final) : 2,
			slash ? b->final : "./"))
		return;
	dir = opendir(parent);
	while (dir && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, name, len) &&
		    !strncmp(entry->d_name + len, HOLDER_MARK, strlen(HOLDER_MARK)) &&
		    !path_format(path, sizeof(path), "%s%s", parent, entry->d_name))
			remove_stale(path);
	}
}

int bundle_begin(const char *out, const struct bundle_kind *kind, struct bundle *b)
{
	bool exists;
	int err;

	*b = (struct bundle){ .kind = kind, .lock_fd = -1 };
	err = set_final(out, b);
	if (err)
		return log_err(err, "write %s %s", kind->noun, out);
	err = check_final(b, &exists);
	if (err)
		return err;
	err = dir_make_parents(b->final);
	if (!err)
		sweep(b);
	err = err ?: make_stage(b);
	if (!err)
		return 0;
	bundle_abort(b);
	return log_err(err, "create a directory beside %s", b->final);
}

static int sync_path(int dir_fd, const char *name)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

/* The same modes for everybody: a bundle is the same wherever and by whomever it was built. */
static int settle_file(int dir_fd, const char *name)
{
	if (fchmodat(dir_fd, name, 0644, 0) < 0)
		return -errno;
	return sync_path(dir_fd, name);
}

/* Every file, then the directory that names them; a fleet's bundles before the fleet. */
static int settle_stage(const char *path)
{
	_cleanup_(closedir) DIR *dir = opendir(path);
	const struct dirent *entry;
	char below[PATH_MAX];
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (name_is_dot(entry->d_name))
			continue;
		err = path_format(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (!err)
			err = entry->d_type == DT_DIR ? settle_stage(below)
						      : settle_file(dirfd(dir), entry->d_name);
	}
	if (!err && (fchmod(dirfd(dir), 0755) < 0 || fsync(dirfd(dir)) < 0))
		err = -errno;
	return err;
}

static int sync_parent(const char *path)
{
	char parent[PATH_MAX];
	int err;

	err = path_format(parent, sizeof(parent), "%s/..", path);
	return err ?: sync_path(AT_FDCWD, parent);
}

/* Did somebody else put or remove something there since check_final()? */
static bool has_moved(int err, bool exists)
{
	return exists ? err == -ENOENT : err == -EEXIST || err == -ENOTEMPTY;
}

static int put_in_place(const struct bundle *b)
{
	bool exists;
	int err, tries = 10;

	do {
		err = check_final(b, &exists);
		if (err)
			return err;
		if (!renameat2(AT_FDCWD, b->stage, AT_FDCWD, b->final,
			       exists ? RENAME_EXCHANGE : 0))
			return 0;
		err = -errno;
	} while (has_moved(err, exists) && --tries);
	if (exists && (err == -EINVAL || err == -ENOSYS))
		return log_fail(
			err,
			"%s: this file system cannot exchange directories, so replacing the "
			"bundle could leave none; remove it first or give another --output",
			b->final);
	return log_err(err, "put %s %s in place", b->kind->noun, b->final);
}

int bundle_commit(struct bundle *b)
{
	int err;

	/* Syncing is most of a warm run, and what is there was synced when it was put there. */
	if (bundle_is_same(b->stage, b->final)) {
		bundle_touch(b->final);
		bundle_abort(b);
		return 0;
	}
	err = settle_stage(b->stage);
	if (err)
		return log_err(err, "write %s %s to disk", b->kind->noun, b->final);
	err = put_in_place(b);
	if (err)
		return err;
	/* From here on the new bundle is there; what remains may go wrong without taking it back. */
	bundle_abort(b);
	err = sync_parent(b->final);
	if (err)
		log_warn("%s: not synced to disk: %s", b->final, errno_text(err));
	return 0;
}

/* The lock is let go last: who finds it free removes the same files. */
void bundle_abort(struct bundle *b)
{
	int err;

	if (!*b->holder)
		return;
	err = dir_remove(b->holder);
	if (err)
		log_warn("cannot remove %s: %s", b->holder, errno_text(err));
	if (b->lock_fd >= 0)
		close(b->lock_fd);
	b->lock_fd = -1;
	b->holder[0] = '\0';
}
