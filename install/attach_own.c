// SPDX-License-Identifier: BSD-2-Clause
/* Tells our programs from those of others by name and by the map that all of ours share. */
#include "install/attach_own.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"

#define PROGRAM_MAPS_MAX 64 /* MAX_USED_MAPS of the kernel */

/* 1, 0 or a negative errno. */
static int map_has_name(uint32_t map_id, const char *name)
{
	_cleanup_close_ int fd = -1;
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int err;

	fd = bpf_map_get_fd_by_id(map_id);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (err)
		return err;
	return !strncmp(info.name, name, sizeof(info.name));
}

int program_is_own(uint32_t prog_id, const char *name, const char *map)
{
	uint32_t map_ids[PROGRAM_MAPS_MAX] = { 0 };
	struct bpf_prog_info info = {
		.map_ids = (uintptr_t)map_ids,
		.nr_map_ids = PROGRAM_MAPS_MAX,
	};
	uint32_t len = sizeof(info);
	_cleanup_close_ int fd = -1;
	int ret = 0;

	fd = bpf_prog_get_fd_by_id(prog_id);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	ret = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (ret)
		return ret;
	if (strncmp(info.name, name, sizeof(info.name)))
		return 0;
	for (uint32_t i = 0; !ret && i < info.nr_map_ids && i < PROGRAM_MAPS_MAX; i++)
		ret = map_has_name(map_ids[i], map);
	return ret;
}
