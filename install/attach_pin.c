// SPDX-License-Identifier: BSD-2-Clause
/* Pinning, unpinning and detaching links. */
#include "install/attach_pin.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

int attach_link_detach(uint32_t link_id)
{
	_cleanup_close_ int fd = -1;

	fd = bpf_link_get_fd_by_id(link_id);
	if (fd == -ENOENT)
		return 0;
	return fd < 0 ? fd : bpf_link_detach(fd);
}

int attach_pin_remove(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT) {
		int err = -errno;

		return log_err(err, "remove pin %s", path);
	}
	return 0;
}

int attach_link_pin(const char *links_dir, const char *path, bool has_pin, int link_fd)
{
	int err;

	if (has_pin) {
		err = attach_pin_remove(path);
		if (err)
			return err;
	}
	if (mkdir(links_dir, 0700) < 0 && errno != EEXIST) {
		err = -errno;
		return log_err(err, "create %s", links_dir);
	}
	err = bpf_obj_pin(link_fd, path);
	/* What the kernel says of a directory on another file system. */
	if (err == -EPERM)
		return log_fail(err, "pin link %s: not on a BPF file system (mount -t bpf bpf DIR)",
				path);
	return err ? log_err(err, "pin link %s", path) : 0;
}
