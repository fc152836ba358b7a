// SPDX-License-Identifier: BSD-2-Clause
/* Path resolution confined to one directory. */
#include "probe/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"

#define MAX_SYMLINKS 40 /* the kernel's own limit */

/* A path on its way: what is resolved already, free of symlinks and "..", and what is still to come. */
struct walk {
	char done[PATH_MAX]; /* relative to the root; "" is the root */
	char todo[PATH_MAX];
	unsigned int symlinks;
};

static void go_up(struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	if (slash)
		*slash = '\0';
	else
		w->done[0] = '\0';
}

/* Moves the first component of todo to name, "" when there is none left. */
static int next_component(struct walk *w, char name[NAME_MAX + 1])
{
	const char *start = w->todo + strspn(w->todo, "/");
	size_t len = strcspn(start, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	memmove(w->todo, start + len, strlen(start + len) + 1);
	return 0;
}

static int follow(struct walk *w, const char *target)
{
	char rest[PATH_MAX];
	int err;

	if (++w->symlinks > MAX_SYMLINKS)
		return -ELOOP;
	memcpy(rest, w->todo, sizeof(rest));
	err = path_format(w->todo, sizeof(w->todo), "%s/%s", target, rest);
	if (*target == '/')
		w->done[0] = '\0';
	return err;
}

/* One component further; a name that does not exist is left to the open at the end. */
static int step(const struct rootfs *root, struct walk *w, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t len;
	int err;

	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		go_up(w);
		return 0;
	}
	err = path_format(path, sizeof(path), "%s%s%s", w->done, w->done[0] ? "/" : "", name);
	if (err)
		return err;
	len = readlinkat(root->fd, path, target, sizeof(target) - 1);
	if (len < 0) {
		memcpy(w->done, path, sizeof(path));
		return errno == EINVAL || errno == ENOENT ? 0 : -errno;
	}
	target[len] = '\0';
	return len ? follow(w, target) : -ENOENT;
}

/* Opens a path without symlinks. One that appeared meanwhile is refused. */
static int open_plain(const struct rootfs *root, const char *path, int flags)
{
	_cleanup_close_ int dir = openat(root->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *slash;
	int fd;

	while (dir >= 0 && (slash = strchr(path, '/'))) {
		char name[NAME_MAX + 1];
		int next;

		snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(dir);
		dir = next;
		path = slash + 1;
	}
	if (dir < 0)
		return -errno;
	fd = openat(dir, *path ? path : ".", flags | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int rootfs_open(const char *dir, struct rootfs *out)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	out->fd = -1;
	if (fd < 0)
		return -errno;
	out->fd = fd;
	return 0;
}

void rootfs_close(struct rootfs *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

int rootfs_walk(const struct rootfs *root, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	struct walk w = { 0 };
	int err;

	err = path_format(w.todo, sizeof(w.todo), "%s", path);
	while (!err && !(err = next_component(&w, name)) && *name)
		err = step(root, &w, name);
	return err ? err : open_plain(root, w.done, flags);
}

int rootfs_openat(const struct rootfs *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(__NR_openat2, root->fd, path, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	/* EPERM: seccomp filters that do not know it. EAGAIN: something was renamed meanwhile. */
	return errno == ENOSYS || errno == EPERM || errno == EAGAIN ? rootfs_walk(root, path, flags)
								    : -errno;
}

int rootfs_read(const struct rootfs *root, const char *path, size_t max, char **data, size_t *len)
{
	_cleanup_close_ int fd = rootfs_openat(root, path, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? file_read_fd(fd, max, data, len) : -EINVAL;
}
