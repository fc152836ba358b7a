// SPDX-License-Identifier: BSD-2-Clause
/* Compares two flat directories byte by byte. */
#include "compiler/bundle_same.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"

DEFINE_CLEANUP(closedir, DIR *, closedir)

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int read_regular(int dir_fd, const char *name, char **data, size_t *len, mode_t *mode)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*mode = st.st_mode & 07777;
	return file_read_fd(fd, SIZE_MAX - 1, data, len);
}

static bool is_same_file(int fresh_fd, int there_fd, const char *name)
{
	_cleanup_free_ char *fresh = NULL, *there = NULL;
	size_t fresh_len, there_len;
	mode_t fresh_mode, mode;

	return !read_regular(fresh_fd, name, &fresh, &fresh_len, &fresh_mode) &&
	       !read_regular(there_fd, name, &there, &there_len, &mode) && mode == 0644 &&
	       fresh_len == there_len && !memcmp(fresh, there, fresh_len);
}

static size_t count_entries(DIR *dir)
{
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir)))
		count += !is_dot(entry->d_name);
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
		if (is_dot(entry->d_name))
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
