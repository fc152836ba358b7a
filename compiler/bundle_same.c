// SPDX-License-Identifier: BSD-2-Clause
/* Compares two flat directories byte by byte. */
#include "compiler/bundle_same.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "probe/needs.h"

struct contents {
	char *data; /* owned */
	size_t len;
	mode_t mode;
};

/* -EFBIG beyond max: what is there already may be anybody's. */
static int read_regular(int dir_fd, const char *name, size_t max, struct contents *out)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	out->mode = st.st_mode & 07777;
	return file_read_fd(fd, max, &out->data, &out->len);
}

static bool is_same_file(int fresh_fd, int there_fd, const char *name)
{
	struct contents fresh = { 0 }, there = { 0 };
	bool same;

	same = !read_regular(fresh_fd, name, NEEDS_MAX_OBJECT_BYTES, &fresh) &&
	       !read_regular(there_fd, name, fresh.len, &there) && there.mode == 0644 &&
	       fresh.len == there.len && !memcmp(fresh.data, there.data, fresh.len);
	free(fresh.data);
	free(there.data);
	return same;
}

static size_t count_entries(DIR *dir)
{
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir)))
		count += !name_is_dot(entry->d_name);
	return count;
}

bool bundle_is_same(const char *fresh, const char *there)
{
	_cleanup_(closedir) DIR *from = opendir(fresh);
	_cleanup_(closedir) DIR *to = from ? opendir(there) : NULL;
	const struct dirent *entry;
	size_t count = 0;
	struct stat st;

	if (!to || fstat(dirfd(to), &st) < 0 || (st.st_mode & 07777) != 0755)
		return false;
	while ((entry = readdir(from))) {
		if (name_is_dot(entry->d_name))
			continue;
		if (!is_same_file(dirfd(from), dirfd(to), entry->d_name))
			return false;
		count++;
	}
	return count == count_entries(to);
}

void bundle_touch(const char *there)
{
	_cleanup_(closedir) DIR *dir = opendir(there);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".."))
			utimensat(dirfd(dir), entry->d_name, NULL, AT_SYMLINK_NOFOLLOW);
	}
}
