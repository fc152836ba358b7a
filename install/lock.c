// SPDX-License-Identifier: BSD-2-Clause
/* The lock file, and its end: a file that can be removed must be checked after it was locked. */
#include "install/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

#define LOCK_WAIT_MS 10000
#define LOCK_POLL_MS 20

/* False when the file was removed by its last holder between our open() and flock(). */
static bool is_current(int fd, const char *path)
{
	struct stat held, named;

	return !fstat(fd, &held) && !stat(path, &named) && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

static int try_lock(const char *path, int *out)
{
	_cleanup_close_ int fd = -1;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	if (!is_current(fd, path))
		return -EAGAIN;
	*out = TAKE_FD(fd);
	return 0;
}

/* file_write_atomic() puts its temporary files beside the record. */
static void sweep(const struct install_paths *paths)
{
	static const char prefix[] = "record.json.";
	_cleanup_(closedir) DIR *dir = opendir(paths->run);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (!strncmp(entry->d_name, prefix, sizeof(prefix) - 1))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
}

int lock_take(const struct install_paths *paths, struct lock *out)
{
	const struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };
	bool created_run = access(paths->run, F_OK) != 0;
	int err = -EAGAIN, fd = -1;

	*out = (struct lock){ .fd = -1 };
	for (int waited = 0; err == -EAGAIN && waited <= LOCK_WAIT_MS; waited += LOCK_POLL_MS) {
		if (waited)
			nanosleep(&pause, NULL);
		err = dir_make(paths->run);
		if (err)
			return log_err(err, "create %s", paths->run);
		err = try_lock(paths->lock, &fd);
		if (err == -ENOENT)
			err = -EAGAIN;
	}
	if (err == -EAGAIN)
		return log_fail(-EBUSY, "another hrinstall is at work on this node (%s)",
				paths->lock);
	if (err)
		return log_err(err, "lock %s", paths->lock);
	*out = (struct lock){ .fd = fd, .created_run = created_run };
	sweep(paths);
	return 0;
}

void lock_release(const struct install_paths *paths, struct lock *lock, bool remove_run)
{
	if (lock->fd < 0)
		return;
	if (access(paths->record, F_OK)) {
		unlink(paths->lock);
		if (remove_run || lock->created_run)
			rmdir(paths->run);
	}
	close(lock->fd);
	lock->fd = -1;
}
