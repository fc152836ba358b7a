// SPDX-License-Identifier: BSD-2-Clause
/* Reads and writes files under /proc/sys/net, whose content follows the caller's network namespace. */
#include "install/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "install/state.h"

#define SYSCTL_ROOT "/proc/sys/"
#define SYSCTL_TREE "net/"

/* Dots first: swap the separators. */
static void to_path(char *name)
{
	if (name[strcspn(name, "./")] != '.')
		return;
	for (; *name; name++) {
		if (*name == '.')
			*name = '/';
		else if (*name == '/')
			*name = '.';
	}
}

/* Every part between slashes is a file name, and none climbs out. */
static bool parts_are_valid(const char *path)
{
	for (const char *part = path;; part++) {
		size_t len = strcspn(part, "/");

		if (!len || (len == 1 && part[0] == '.') || (len == 2 && !strncmp(part, "..", 2)))
			return false;
		part += len;
		if (!*part)
			return true;
	}
}

static int sysctl_open(const char *name, int flags, int *out)
{
	char path[PATH_MAX], part[SYSCTL_NAME_MAX];
	int err;

	err = path_format(part, sizeof(part), "%s", name);
	if (err)
		return err;
	to_path(part);
	if (strncmp(part, SYSCTL_TREE, strlen(SYSCTL_TREE)) || !parts_are_valid(part))
		return -EINVAL;
	err = path_format(path, sizeof(path), SYSCTL_ROOT "%s", part);
	if (err)
		return err;
	*out = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	return *out < 0 ? -errno : 0;
}

int sysctl_interface_name(char out[SYSCTL_NAME_MAX], const char *interface, const char *key)
{
	if (!interface_name_is_valid(interface) || !*key || strpbrk(key, "./"))
		return -EINVAL;
	return path_format(out, SYSCTL_NAME_MAX, "net/ipv4/conf/%s/%s", interface, key);
}

int sysctl_read(const char *name, char out[SYSCTL_VALUE_MAX])
{
	_cleanup_close_ int fd = -1;
	char value[SYSCTL_VALUE_MAX + 1];
	ssize_t got;
	int err;

	err = sysctl_open(name, O_RDONLY, &fd);
	if (err)
		return err;
	/* One read: sysctl files deliver their whole value at offset 0, or as much as fits. */
	got = read(fd, value, sizeof(value));
	if (got < 0)
		return -errno;
	if ((size_t)got == sizeof(value))
		return -ERANGE;
	if (got && value[got - 1] == '\n')
		got--;
	if (memchr(value, '\0', (size_t)got) || memchr(value, '\n', (size_t)got))
		return -EINVAL;
	if ((size_t)got >= SYSCTL_VALUE_MAX)
		return -ERANGE;
	memcpy(out, value, (size_t)got);
	out[got] = '\0';
	return 0;
}

int sysctl_write(const char *name, const char *value)
{
	_cleanup_close_ int fd = -1;
	char line[SYSCTL_VALUE_MAX + 1];
	ssize_t done;
	size_t len;
	int err;

	if (strchr(value, '\n'))
		return -EINVAL;
	if (strlen(value) >= SYSCTL_VALUE_MAX)
		return -ERANGE;
	err = path_format(line, sizeof(line), "%s\n", value);
	if (err)
		return err;
	len = strlen(line);
	err = sysctl_open(name, O_WRONLY, &fd);
	if (err)
		return err;
	/* One write: a second one would be a second value. */
	done = write(fd, line, len);
	if (done < 0)
		return -errno;
	return (size_t)done == len ? 0 : -EIO;
}
