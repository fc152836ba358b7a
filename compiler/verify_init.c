// SPDX-License-Identifier: BSD-2-Clause
/*
 * First and only process of the VM that --verify --kernel boots: loads every module and then every object it finds,
 * writes the report to the second serial line, and ends the VM. Linked statically; there is no library in there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/verify_json.h"
#include "compiler/vm_layout.h"

typedef int file_fn(const char *path, const char *name, struct verify_result *result);

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Every file of a directory, by name, until one fails. A directory that is not there is empty. */
static int each_file(const char *dir, file_fn *act, struct verify_result *result)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, is_file, alphasort), err = 0;
	char path[PATH_MAX];

	for (int i = 0; i < count; i++) {
		if (!err)
			err = path_format(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (!err)
			err = act(path, entries[i]->d_name, result);
		free(entries[i]);
	}
	free(entries);
	return err;
}

static int load_module(const char *path, const char *name, struct verify_result *result)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	(void)result;
	if (fd >= 0 && (!syscall(SYS_finit_module, fd, "", 0) || errno == EEXIST))
		return 0;
	err = -errno;
	return log_err(err, "load module %s", name);
}

static int mount_all(void)
{
	int err;

	if (!mount("proc", "/proc", "proc", 0, NULL) && !mount("sysfs", "/sys", "sysfs", 0, NULL))
		return 0;
	err = -errno;
	return log_err(err, "mount /proc and /sys");
}

static int verify_all(struct verify_result *result)
{
	struct utsname name;
	int err;

	uname(&name);
	snprintf(result->release, sizeof(result->release), "%s", name.release);
	err = mount_all();
	err = err ?: each_file("/" VM_MODULES, load_module, result);
	err = err ?: verify_can_load();
	return err ?: each_file("/" VM_OBJECTS, verify_object, result);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t written = write(fd, text, len);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			len -= (size_t)written;
		}
	}
	return 0;
}

static int report(const struct verify_result *result)
{
	_cleanup_close_ int fd = open("/" VM_REPORT, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	int err;

	if (fd < 0) {
		err = -errno;
		return log_err(err, "open the second serial line");
	}
	err = verify_result_write(result, &text);
	err = err ?: write_all(fd, text, strlen(text));
	tcdrain(fd);
	return err ? log_err(err, "write the report") : 0;
}

int main(void)
{
	static struct verify_result result;

	log_init("hrverify-init", LOG_LEVEL_INFO);
	if (getpid() != 1) {
		log_fail(0, "this is the first process of a test VM (hrcompile --verify --kernel)");
		return 2;
	}
	if (!verify_all(&result))
		report(&result);
	tcdrain(STDERR_FILENO);
	/* QEMU, which does not reboot, ends. */
	reboot(RB_AUTOBOOT);
	pause();
	return 1;
}
