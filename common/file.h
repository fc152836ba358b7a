/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole files in and out. Reads are bounded and take regular files, pipes and "-" only; appear whole or not at all.
 */
#ifndef HR_COMMON_FILE_H
#define HR_COMMON_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a file of at most max bytes into a heap buffer that the caller frees; one NUL follows the data and
 * is not counted in *len. "-" is stdin. /proc and /sys files (size 0) work. -EFBIG beyond max, -EISDIR for
 * a directory, -EINVAL for other non-files. Logs nothing.
 */
int file_read(const char *path, size_t max, char **data, size_t *len);

/* The same from where an open file stands; -EFBIG and the errors of reading only. fd stays open. */
int file_read_fd(int fd, size_t max, char **data, size_t *len);

/* Writes all of it where an open file stands. fd stays open. */
int file_write_fd(int fd, const void *data, size_t len);

/* Writes a new file, mode 0644 less umask: -EEXIST for an old one. Not synced; one that fails half-way stays. */
int file_write_new(const char *path, const void *data, size_t len);

/*
 * Replaces path with data by writing a temporary file beside it, fsync and rename, so a reader sees the
 * old file or the new one. Mode is 0644 less umask. Logs nothing.
 */
int file_write_atomic(const char *path, const void *data, size_t len);

/* Formats a path of at most size bytes; -ENAMETOOLONG instead of a truncated path. */
int path_format(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Path of what lies at relative, seen from the directory of this executable. -ENOENT when nothing readable is
 * there; out is undefined then.
 */
int file_beside_self(const char *relative, char *out, size_t size);

/* Removes a directory and everything below it, without following links. 0 when it does not exist. */
int dir_remove(const char *path);

/* mkdir -p for one path, mode 0755. An existing directory is success. */
int dir_make(const char *path);

/* The same for what path is to lie in. */
int dir_make_parents(const char *path);

/* Is it one of the two names in every directory that readdir() gives and nobody wants? */
bool name_is_dot(const char *name);

#endif
