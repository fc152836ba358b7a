// SPDX-License-Identifier: BSD-2-Clause
/* Bounded whole-file reads, atomic writes, and the few directory operations the tools need. */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/cleanup.h"

static int open_input(const char *path, int *out)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!strcmp(path, "-")) {
		*out = dup(STDIN_FILENO);
		return *out < 0 ? -errno : 0;
	}
	/* O_NONBLOCK, then cleared: opening a FIFO that nobody writes to must not hang. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return -EINVAL;
	if (fcntl(fd, F_SETFL, O_RDONLY) < 0)
		return -errno;
	*out = TAKE_FD(fd);
	return 0;
}

int file_read_fd(int fd, size_t max, char **data, size_t *len)
{
	_cleanup_buf_ struct buf b = { 0 };
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n > max - b.len)
			return -EFBIG;
		buf_append(&b, chunk, (size_t)n);
	}
	*len = b.len;
	return buf_take(&b, data);
}

int file_read(const char *path, size_t max, char **data, size_t *len)
{
	_cleanup_close_ int fd = -1;
	int err;

	err = open_input(path, &fd);
	return err ? err : file_read_fd(fd, max, data, len);
}

int file_write_fd(int fd, const void *data, size_t len)
{
	const char *rest = data;

	while (len) {
		ssize_t n = write(fd, rest, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		rest += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write_new(const char *path, const void *data, size_t len)
{
	_cleanup_close_ int fd = -1;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : file_write_fd(fd, data, len);
}

int file_write_atomic(const char *path, const void *data, size_t len)
{
	_cleanup_close_ int fd = -1;
	char tmp[PATH_MAX];
	mode_t mask;
	int err;

	err = path_format(tmp, sizeof(tmp), "%s.XXXXXX", path);
	if (err)
		return err;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	mask = umask(0);
	umask(mask);
	err = fchmod(fd, 0644 & ~mask) < 0 ? -errno : 0;
	if (!err)
		err = file_write_fd(fd, data, len);
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (!err && rename(tmp, path) < 0)
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}

int path_format(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, size, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -EINVAL;
	return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

int file_beside_self(const char *relative, char *out, size_t size)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;
	int err;

	if (len < 0)
		return -errno;
	exe[len] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	err = path_format(out, size, "%s/%s", exe, relative);
	if (!err && access(out, R_OK) < 0)
		err = -errno;
	return err;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 && errno != ENOENT ? -errno : 0;
}

int dir_remove(const char *path)
{
	struct stat st;
	int err;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	err = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return err == -1 ? -errno : err;
}

int dir_make_parents(const char *path)
{
	char part[PATH_MAX];
	int err;

	err = path_format(part, sizeof(part), "%s", path);
	if (err || !*part)
		return err;
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

int dir_make(const char *path)
{
	int err = dir_make_parents(path);

	if (!err && mkdir(path, 0755) < 0 && errno != EEXIST)
		err = -errno;
	return err;
}

bool name_is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}
