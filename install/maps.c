// SPDX-License-Identifier: BSD-2-Clause
/* Maps and pins by bpf(2). Many entries at once are in map_batch.c. */
#include "install/maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/maglev_map.h"
#include "install/paths.h"

#define PIN_TMP_PREFIX "new_" /* bpffs takes no dots in names */
#define MAP_MAX_KEY 64

int pin_open(const char *dir, const char *name, int *fd)
{
	char path[PATH_SIZE];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", dir, name);
	if (err)
		return log_err(err, "open pin %s", name);
	*fd = bpf_obj_get(path);
	if (*fd >= 0)
		return 0;
	err = -errno;
	return err == -ENOENT ? err : log_err(err, "open pin %s", path);
}

int pin_replace(const char *dir, const char *name, int fd)
{
	char path[PATH_SIZE], tmp[PATH_SIZE];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", dir, name);
	if (!err)
		err = path_format(tmp, sizeof(tmp), "%s/" PIN_TMP_PREFIX "%s", dir, name);
	if (err)
		return log_err(err, "pin %s", name);
	unlink(tmp);
	if (bpf_obj_pin(fd, tmp)) {
		err = -errno;
		return log_err(err, "pin %s", path);
	}
	if (rename(tmp, path)) {
		err = -errno;
		unlink(tmp);
		return log_err(err, "pin %s", path);
	}
	return 0;
}

int pin_remove(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", dir, name);
	if (err)
		return log_err(err, "remove pin %s", name);
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	err = -errno;
	return log_err(err, "remove pin %s", path);
}

int pin_list(const char *dir, char (**out)[64], size_t *count)
{
	_cleanup_(closedir) DIR *d = opendir(dir);
	_cleanup_free_ char(*names)[64] = NULL;
	struct dirent *entry;
	size_t n = 0;
	int err;

	*out = NULL;
	*count = 0;
	if (!d && errno == ENOENT)
		return 0;
	if (!d) {
		err = -errno;
		return log_err(err, "list %s", dir);
	}
	while ((entry = readdir(d))) {
		char(*grown)[64];

		if (entry->d_type == DT_DIR || strlen(entry->d_name) >= sizeof(*names))
			continue;
		grown = reallocarray(names, n + 1, sizeof(*names));
		if (!grown)
			return log_err(-ENOMEM, "list %s", dir);
		names = grown;
		memcpy(names[n++], entry->d_name, strlen(entry->d_name) + 1);
	}
	*out = TAKE_PTR(names);
	*count = n;
	return 0;
}

int map_describe(int fd, struct object_map *out)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*out = (struct object_map){ .type = info.type,
				    .key_size = info.key_size,
				    .value_size = info.value_size,
				    .max_entries = info.max_entries,
				    .flags = info.map_flags };
	snprintf(out->name, sizeof(out->name), "%.*s", (int)sizeof(info.name), info.name);
	return 0;
}

int program_describe(int fd, struct program_info *out)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*out = (struct program_info){
		.id = info.id, .insns = info.xlated_prog_len / (uint32_t)sizeof(struct bpf_insn)
	};
	snprintf(out->name, sizeof(out->name), "%.*s", (int)sizeof(info.name), info.name);
	for (size_t i = 0; i < sizeof(info.tag); i++)
		snprintf(out->tag + 2 * i, 3, "%02x", info.tag[i]);
	return 0;
}

int program_describe_id(uint32_t id, struct program_info *out)
{
	_cleanup_close_ int fd = -1;

	fd = bpf_prog_get_fd_by_id(id);
	return fd < 0 ? -errno : program_describe(fd, out);
}

bool map_is_compatible(const struct object_map *a, const struct object_map *b)
{
	return a->type == b->type && a->key_size == b->key_size && a->value_size == b->value_size &&
	       a->max_entries == b->max_entries && a->flags == b->flags;
}

int map_lookup(int fd, enum table_id id, const void *key, struct table_entry *out)
{
	*out = (struct table_entry){ 0 };
	memcpy(out->key, key, table_defs[id].key_size);
	if (id == TABLE_MAGLEV)
		return maglev_map_has(fd, out->key) ? 0 : -ENOENT;
	return bpf_map_lookup_elem(fd, out->key, out->value) ? -errno : 0;
}

int map_count(int fd, const struct object_map *info, size_t *out)
{
	unsigned char key[MAP_MAX_KEY];
	void *previous = NULL;
	size_t n = 0;

	*out = info->max_entries;
	if (info->type == BPF_MAP_TYPE_ARRAY || info->type == BPF_MAP_TYPE_PERCPU_ARRAY)
		return 0;
	if (info->key_size > sizeof(key))
		return -E2BIG;
	/* A map that changes under us can restart the walk: its size bounds it. */
	while (n < info->max_entries && bpf_map_get_next_key(fd, previous, key) == 0) {
		previous = key;
		n++;
	}
	*out = n;
	return 0;
}

int metrics_read(int fd, struct hr_metric out[HR_METRIC_SLOTS])
{
	int cpus = libbpf_num_possible_cpus();
	_cleanup_free_ struct hr_metric *slots = NULL;

	if (cpus <= 0)
		return cpus ? cpus : -EINVAL;
	slots = calloc((size_t)cpus, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < HR_METRIC_SLOTS; i++) {
		out[i] = (struct hr_metric){ 0 };
		if (bpf_map_lookup_elem(fd, &i, slots))
			return -errno;
		for (int cpu = 0; cpu < cpus; cpu++) {
			out[i].packets += slots[cpu].packets;
			out[i].bytes += slots[cpu].bytes;
		}
	}
	return 0;
}
