// SPDX-License-Identifier: BSD-2-Clause
/* Mounting and unmounting cgroup v2. */
#include "install/cgroup_mount.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "install/paths.h"

int cgroup_is_mounted(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	return fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Cuts the last part off. False when there is none. */
static bool parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

unsigned int cgroup_dirs_missing(const char *dir)
{
	char path[PATH_SIZE];
	unsigned int count = 0;

	if (path_format(path, sizeof(path), "%s", dir))
		return 0;
	while (access(path, F_OK) < 0 && errno == ENOENT) {
		count++;
		if (!parent(path))
			break;
	}
	return count;
}

static int make_dirs(const char *dir)
{
	char path[PATH_SIZE];
	int err = path_format(path, sizeof(path), "%s", dir);

	for (char *p = path + 1; !err && (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			err = -errno;
		*p = '/';
	}
	if (!err && mkdir(path, 0755) < 0 && errno != EEXIST)
		err = -errno;
	return err;
}

int cgroup_mount(const char *dir)
{
	int ret = cgroup_is_mounted(dir);

	if (ret > 0)
		return 0;
	if (!ret)
		ret = make_dirs(dir);
	if (!ret && mount("cgroup2", dir, "cgroup2", 0, NULL) < 0)
		ret = -errno;
	return ret ? log_err(ret, "mount cgroup v2 at %s", dir) : 0;
}

static int remove_dirs(const char *dir, unsigned int made)
{
	char path[PATH_SIZE];
	int err = path_format(path, sizeof(path), "%s", dir);

	for (unsigned int i = 0; !err && i < made; i++) {
		if (rmdir(path) < 0 && errno != ENOENT)
			return errno == ENOTEMPTY || errno == EBUSY ? 0 : -errno;
		if (!parent(path))
			break;
	}
	return err;
}

int cgroup_unmount(const char *dir, unsigned int made)
{
	int ret = cgroup_is_mounted(dir);

	if (ret > 0 && umount2(dir, UMOUNT_NOFOLLOW) < 0 && errno != EINVAL) {
		ret = -errno;
		if (ret != -EBUSY)
			return log_err(ret, "unmount %s", dir);
		log_warn("%s is in use by somebody else: left mounted", dir);
		return 0;
	}
	ret = ret < 0 ? ret : remove_dirs(dir, made);
	return ret ? log_err(ret, "remove %s", dir) : 0;
}
