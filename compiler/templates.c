// SPDX-License-Identifier: BSD-2-Clause
/* Finds and digests the datapath sources. Does not look into them. */
#include "compiler/templates.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

#define WITNESS "lib/hooks.def" /* a directory without it is not ours */

static const char *const folders[] = { "", "lib/" };

struct name_list {
	char *names[TEMPLATES_MAX_FILES]; /* owned, relative to the top */
	size_t count;
};

static void name_list_fini(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
}

static bool has_witness(const char *dir)
{
	char path[PATH_MAX];

	return !path_format(path, sizeof(path), "%s/" WITNESS, dir) && access(path, R_OK) == 0;
}

/* In a build tree, and as installed, wherever that is. */
static int choose(const char *asked, char *out, size_t size)
{
	if (asked)
		return path_format(out, size, "%s", asked);
	if (!file_beside_self("../bpf-templates", out, size) && has_witness(out))
		return 0;
	return file_beside_self("../share/hostroute/bpf-templates", out, size);
}

int templates_find(const char *asked, char *out, size_t size)
{
	char chosen[PATH_MAX], absolute[PATH_MAX];
	int err;

	err = choose(asked, chosen, sizeof(chosen));
	if (err)
		return log_err(err, "find datapath templates (--templates DIR names them)");
	if (!realpath(chosen, absolute)) {
		err = -errno;
		return log_err(err, "datapath templates in %s (--templates DIR names others)",
			       chosen);
	}
	if (!has_witness(absolute))
		return log_fail(-ENOENT,
				"%s holds no datapath templates: there is no " WITNESS
				" (--templates DIR names others)",
				chosen);
	return path_format(out, size, "%s", absolute);
}

static bool is_source(const char *name)
{
	const char *dot = strrchr(name, '.');

	return *name != '.' && dot &&
	       (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".def"));
}

/* Adds the sources of one folder ("" or "lib/"). */
static int collect(const char *top, const char *folder, struct name_list *out)
{
	_cleanup_(closedir) DIR *dir = NULL;
	const struct dirent *entry;
	char path[PATH_MAX];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", top, folder);
	if (err)
		return err;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!is_source(entry->d_name))
			continue;
		if (out->count == TEMPLATES_MAX_FILES)
			return -E2BIG;
		if (asprintf(&out->names[out->count], "%s%s", folder, entry->d_name) < 0)
			return -ENOMEM;
		out->count++;
	}
	return 0;
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int append_digest(const char *top, const char *name, struct buf *out)
{
	char path[PATH_MAX], digest[DIGEST_TEXT_MAX];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", top, name);
	err = err ?: digest_file(path, TEMPLATES_MAX_FILE_BYTES, digest);
	if (err)
		return log_err(err, "read template %s/%s", top, name);
	buf_printf(out, "%s  %s\n", digest, name);
	return 0;
}

int templates_digest(const char *dir, char out[DIGEST_TEXT_MAX])
{
	__attribute__((cleanup(name_list_fini))) struct name_list list = { 0 };
	_cleanup_buf_ struct buf b = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(folders); i++)
		err = collect(dir, folders[i], &list);
	if (err)
		return log_err(err, "list the templates in %s", dir);
	qsort(list.names, list.count, sizeof(list.names[0]), name_compare);
	for (size_t i = 0; !err && i < list.count; i++)
		err = append_digest(dir, list.names[i], &b);
	if (err)
		return err;
	if (b.err)
		return log_err(b.err, "digest the templates in %s", dir);
	digest_data(b.data, b.len, out);
	return 0;
}
