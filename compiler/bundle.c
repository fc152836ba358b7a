// SPDX-License-Identifier: BSD-2-Clause
/* Staging, syncing and renaming of a bundle directory. Knows of its contents only how to tell it is ours. */
#include "compiler/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "compiler/manifest.h"

#define SCHEMA_NAME "hostroute.bundle/" /* of any version: an older bundle may be replaced */

DEFINE_CLEANUP(closedir, DIR *, closedir)
static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* 1, 0 or a negative errno. */
static int dir_is_empty(const char *path)
{
	_cleanup_(closedir) DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!is_dot(entry->d_name))
			return 0;
	}
	return 1;
}

static bool is_bundle(const char *dir)
{
	_cleanup_free_ char *data = NULL;
	_cleanup_(json) json_t *root = NULL;
	const char *schema;
	char path[PATH_MAX];
	size_t len;

	if (path_format(path, sizeof(path), "%s/" MANIFEST_FILE, dir) ||
	    file_read(path, MANIFEST_MAX_BYTES, &data, &len))
		return false;
	root = json_loadb(data, len, 0, NULL);
	schema = json_string_value(json_object_get(root, "schema"));
	return schema && !strncmp(schema, SCHEMA_NAME, strlen(SCHEMA_NAME));
}

/* *exists: there is a bundle to be exchanged. */
static int check_final(const char *path, bool *exists)
{
	struct stat st;
	int empty;

	*exists = false;
	if (lstat(path, &st) < 0) {
		int err = -errno;

		return err == -ENOENT ? 0 : log_err(err, "write bundle %s", path);
	}
	if (!S_ISDIR(st.st_mode))
		return log_fail(-EEXIST, "%s exists and is not a directory; give another --output",
				path);
	empty = dir_is_empty(path);
	if (empty < 0)
		return log_err(empty, "look into %s", path);
	if (!empty && !is_bundle(path))
		return log_fail(-EEXIST,
				"%s exists and is not a bundle; empty it or give another --output",
				path);
	*exists = true;
	return 0;
}

static int make_parent(const char *path)
{
	char parent[PATH_MAX];
	char *slash;
	int err;

	err = path_format(parent, sizeof(parent), "%s", path);
	if (err)
		return err;
	slash = strrchr(parent, '/');
	if (!slash || slash == parent)
		return 0;
	*slash = '\0';
	return dir_make(parent);
}

static int set_final(const char *out, struct bundle *b)
{
	size_t len = strlen(out);

	while (len > 1 && out[len - 1] == '/')
		len--;
	return path_format(b->final, sizeof(b->final), "%.*s", (int)len, out);
}

static int make_stage(struct bundle *b)
{
	mode_t mask;
	int err;

	err = path_format(b->stage, sizeof(b->stage), "%s.tmp.XXXXXX", b->final);
	if (!err && !mkdtemp(b->stage))
		err = -errno;
	if (err) {
		b->stage[0] = '\0';
		return err;
	}
	mask = umask(0);
	umask(mask);
	return chmod(b->stage, 0755 & ~mask) < 0 ? -errno : 0;
}

int bundle_begin(const char *out, struct bundle *b)
{
	bool exists;
	int err;

	*b = (struct bundle){ 0 };
	err = set_final(out, b);
	if (err)
		return log_err(err, "write bundle %s", out);
	err = check_final(b->final, &exists);
	if (err)
		return err;
	err = make_parent(b->final);
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

/* Every file, then the directory that names them. */
static int sync_stage(const char *path)
{
	_cleanup_(closedir) DIR *dir = opendir(path);
	const struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (!is_dot(entry->d_name))
			err = sync_path(dirfd(dir), entry->d_name);
	}
	if (!err && fsync(dirfd(dir)) < 0)
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

int bundle_commit(struct bundle *b)
{
	bool exists;
	int err;

	err = check_final(b->final, &exists);
	if (err)
		return err;
	err = sync_stage(b->stage);
	if (err)
		return log_err(err, "write bundle %s to disk", b->final);
	if (renameat2(AT_FDCWD, b->stage, AT_FDCWD, b->final, exists ? RENAME_EXCHANGE : 0) < 0) {
		err = -errno;
		return log_err(err, "put bundle %s in place", b->final);
	}
	if (!exists)
		b->stage[0] = '\0';
	/* From here on the new bundle is there; what remains may go wrong without taking it back. */
	bundle_abort(b);
	err = sync_parent(b->final);
	if (err)
		log_warn("%s: not synced to disk: %s", b->final, errno_text(err));
	return 0;
}

void bundle_abort(struct bundle *b)
{
	int err;

	if (!*b->stage)
		return;
	err = dir_remove(b->stage);
	if (err)
		log_warn("cannot remove %s: %s", b->stage, errno_text(err));
	b->stage[0] = '\0';
}
