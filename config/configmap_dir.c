// SPDX-License-Identifier: BSD-2-Clause
/* One file per key. Values are trimmed later, where all values are. */
#include "config/configmap_dir.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "config/entries.h"

#define MAX_FILES 4096
#define MAX_FILE_BYTES (1u << 20) /* of a whole ConfigMap, by the API server's limit */

/* The directory's files as they are being read. */
struct listing {
	struct dirent **dirents; /* owned */
	int dirent_count;
};

static void listing_fini(struct listing *list)
{
	for (int i = 0; i < list->dirent_count; i++)
		free(list->dirents[i]);
	free(list->dirents);
}

static int is_key(const struct dirent *entry)
{
	return strncmp(entry->d_name, "..", 2) && strcmp(entry->d_name, ".");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_open(const char *path, struct listing *list)
{
	int count = scandir(path, &list->dirents, is_key, by_name);

	if (count < 0)
		return -errno;
	list->dirent_count = count;
	return count > MAX_FILES ? -EFBIG : 0;
}

/* Returns 1 when the file is one to read, 0 to skip it, or an error. */
static int is_wanted(const char *name)
{
	struct stat st;

	if (stat(name, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return 0;
	return S_ISREG(st.st_mode) ? 1 : -EINVAL;
}

static const char *keep_text(struct configmap *out, char *text)
{
	return out->texts[out->text_count++] = text;
}

/* Reads one file to the end of the entries; problems of the file are diagnostics, not errors. */
static int read_entry(const char *name, const char *key, struct configmap *out,
		      struct diag_list *diags)
{
	_cleanup_free_ char *text = NULL;
	struct pos pos = { .file = name };
	int err = is_wanted(name);
	size_t len = 0;

	if (!err)
		return 0;
	if (err > 0)
		err = file_read(name, MAX_FILE_BYTES, &text, &len);
	if (err == -ENOMEM)
		return err;
	if (err || strlen(text) != len) {
		diag_add(diags, DIAG_ERROR, pos, NULL, "%s",
			 !err		  ? "a value must not contain a NUL character"
			 : err == -EFBIG  ? "larger than 1 MiB"
			 : err == -EINVAL ? "not a regular file"
					  : errno_text(err));
		return 0;
	}
	pos.line = pos.col = 1;
	out->entries[out->entry_count] = (struct entry){ .key = key, .key_pos = pos, .pos = pos };
	out->entries[out->entry_count].source = out->entries[out->entry_count].text =
		keep_text(out, TAKE_PTR(text));
	out->entry_count++;
	return 0;
}

/* The name of a file, kept by out because positions point to it. */
static int keep_name(const char *dir, const char *key, struct configmap *out, const char **kept)
{
	size_t len = strlen(dir);
	char name[PATH_MAX], *copy;
	int err;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	err = path_format(name, sizeof(name), "%.*s/%s", (int)len, dir, key);
	if (err)
		return err;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*kept = keep_text(out, copy);
	return 0;
}

static int read_entries(const char *dir, struct listing *list, struct configmap *out,
			struct diag_list *diags)
{
	int err = 0;

	out->texts = calloc((size_t)list->dirent_count * 2 + 1, sizeof(*out->texts));
	out->entries = calloc((size_t)list->dirent_count + 1, sizeof(*out->entries));
	if (!out->texts || !out->entries)
		return -ENOMEM;
	for (int i = 0; !err && i < list->dirent_count; i++) {
		const char *name = NULL;

		err = keep_name(dir, list->dirents[i]->d_name, out, &name);
		/* The key is the end of the name, which outlives the listing. */
		if (!err)
			err = read_entry(name, strrchr(name, '/') + 1, out, diags);
	}
	return err;
}

static bool any_known(const struct listing *list)
{
	for (int i = 0; i < list->dirent_count; i++) {
		if (entry_is_known(list->dirents[i]->d_name))
			return true;
	}
	return false;
}

static int read_listing(const char *path, struct listing *list, struct configmap *out,
			struct diag_list *diags)
{
	struct pos whole = { .file = out->file.name };
	int err;

	err = list_open(path, list);
	if (!err && !any_known(list)) {
		diag_add(diags, DIAG_ERROR, whole, NULL,
			 "no file in this directory is named as a key of cilium-config is");
		return -EINVAL;
	}
	if (!err)
		err = read_entries(path, list, out, diags);
	if (err)
		diag_add(diags, DIAG_ERROR, whole, NULL, "%s",
			 err == -EFBIG ? "too many files" : errno_text(err));
	return err;
}

int configmap_dir_read(const char *path, struct configmap *out, struct diag_list *diags)
{
	struct listing list = { 0 };
	int err;

	out->file.name = strdup(path);
	if (!out->file.name)
		return -ENOMEM;
	err = read_listing(path, &list, out, diags);
	listing_fini(&list);
	return err;
}
