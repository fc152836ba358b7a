/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An unpacked image as a root directory: every path, absolute symlinks and ".." included, means what it
 * would mean to a process that had the directory as its root. Nothing outside is ever opened.
 */
#ifndef HR_PROBE_ROOTFS_H
#define HR_PROBE_ROOTFS_H

#include <stddef.h>

struct rootfs {
	int fd; /* of the directory; -1 when not open */
};

/* Opens a directory as a root. 0 or -errno; release with rootfs_close(). Logs nothing. */
int rootfs_open(const char *dir, struct rootfs *out);
void rootfs_close(struct rootfs *root);

/*
 * Opens a path in the root, with the flags of open(2) (O_CLOEXEC is added): by openat2(2) and
 * RESOLVE_IN_ROOT, or by rootfs_walk() on a kernel without it. A descriptor or -errno.
 */
int rootfs_openat(const struct rootfs *root, const char *path, int flags);

/* The same, one component after the other. -ELOOP after 40 symlinks, or when somebody changes one meanwhile. */
int rootfs_walk(const struct rootfs *root, const char *path, int flags);

/* Reads a regular file in the root; as file_read(), and -EINVAL for what is no regular file. */
int rootfs_read(const struct rootfs *root, const char *path, size_t max, char **data, size_t *len);

#define _cleanup_rootfs_ __attribute__((cleanup(rootfs_close)))

#endif
