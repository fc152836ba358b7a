// SPDX-License-Identifier: BSD-2-Clause
/* Looks modules up in the lists that the kernel's build and depmod leave beside them. */
#include "probe/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"

#define LIST_MAX (16u << 20) /* bytes; a distribution's modules.dep has 0.7 MiB */

static char folded(char c)
{
	return (char)(c == '-' ? '_' : c);
}

/* Is this "kernel/net/sched/cls_bpf.ko", whatever comes behind? */
static bool names_module(const char *path, size_t len, const char *name)
{
	const char *slash = memrchr(path, '/', len);
	const char *base = slash ? slash + 1 : path, *end = path + len;

	while (*name && base < end && folded(*base) == folded(*name)) {
		base++;
		name++;
	}
	return !*name && end - base >= 3 && !memcmp(base, ".ko", 3);
}

/* The path of a module in a list of one path per line, up to ':' where there is one. */
static bool list_find(const char *list, const char *name, char *out, size_t size)
{
	for (const char *line = list; line && *line;) {
		size_t len = strcspn(line, ":\n");
		const char *end = strchr(line + len, '\n');

		if (len < size && names_module(line, len, name)) {
			snprintf(out, size, "%.*s", (int)len, line);
			return true;
		}
		line = end ? end + 1 : NULL;
	}
	return false;
}

static bool file_exists(const struct modules *m, const char *path, const char *suffix)
{
	_cleanup_close_ int fd = -1;
	char full[PATH_MAX];

	/* depmod -b may write absolute paths */
	if (*path == '/') {
		if (path_format(full, sizeof(full), "%s%s", path, suffix))
			return false;
	} else if (path_format(full, sizeof(full), "%s/%s%s", m->dir, path, suffix)) {
		return false;
	}
	fd = rootfs_openat(m->root, full, O_PATH);
	return fd >= 0;
}

/* modules.order names files as they are built; packagers compress them. */
static bool is_shipped(const struct modules *m, const char *path)
{
	static const char *const suffixes[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (file_exists(m, path, suffixes[i]))
			return true;
	return false;
}

static int read_list(struct modules *m, const char *name, char **out)
{
	char path[PATH_MAX];
	size_t len;
	int err;

	err = path_format(path, sizeof(path), "%s/%s", m->dir, name);
	if (err)
		return err;
	err = rootfs_read(m->root, path, LIST_MAX, out, &len);
	return err == -ENOENT ? 0 : err;
}

static bool is_plain_name(const char *release)
{
	return *release && *release != '.' && !strchr(release, '/');
}

static bool find_dir(struct modules *m, const char *release)
{
	static const char *const parents[] = { "lib/modules", "usr/lib/modules" };

	for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
		_cleanup_close_ int fd = -1;

		if (path_format(m->dir, sizeof(m->dir), "%s/%s", parents[i], release))
			continue;
		fd = rootfs_openat(m->root, m->dir, O_PATH | O_DIRECTORY);
		if (fd >= 0)
			return true;
	}
	m->dir[0] = '\0';
	return false;
}

int modules_read(const struct rootfs *root, const char *release, struct modules *out)
{
	int err;

	*out = (struct modules){ .root = root };
	if (!is_plain_name(release) || !find_dir(out, release))
		return 0;
	err = read_list(out, "modules.builtin", &out->builtin);
	if (!err)
		err = read_list(out, "modules.dep", &out->list);
	if (!err && !out->list)
		err = read_list(out, "modules.order", &out->list);
	return err;
}

void modules_fini(struct modules *modules)
{
	free(modules->builtin);
	free(modules->list);
	*modules = (struct modules){ 0 };
}

enum module_state modules_find(const struct modules *modules, const char *name)
{
	char path[PATH_MAX];

	if (list_find(modules->builtin, name, path, sizeof(path)))
		return MODULE_BUILTIN;
	if (!modules->list)
		return MODULE_UNKNOWN;
	return list_find(modules->list, name, path, sizeof(path)) && is_shipped(modules, path)
		       ? MODULE_SHIPPED
		       : MODULE_ABSENT;
}
