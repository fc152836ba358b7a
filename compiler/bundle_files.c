// SPDX-License-Identifier: BSD-2-Clause
/* Lists and compares the files of a bundle. Looks into none of them. */
#include "compiler/bundle_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

static const char *const state_names[] = {
	[BUNDLE_FILE_GOOD] = "good",
	[BUNDLE_FILE_CORRUPTED] = "corrupted",
	[BUNDLE_FILE_MISSING] = "missing",
	[BUNDLE_FILE_UNREADABLE] = "unreadable",
	[BUNDLE_FILE_STRANGE] = "not in the manifest",
};
_Static_assert(ARRAY_SIZE(state_names) == BUNDLE_FILE_STATE__COUNT, "one name per state");

struct listing {
	struct dirent **entries; /* owned, sorted by name */
	int count;
};

static void listing_fini(struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->entries[i]);
	free(l->entries);
}

static int is_content(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
	       strcmp(entry->d_name, MANIFEST_FILE) != 0;
}

static int name_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list(const char *dir, struct listing *out)
{
	int err;

	out->count = scandir(dir, &out->entries, is_content, name_compare);
	if (out->count >= 0)
		return 0;
	err = -errno;
	*out = (struct listing){ 0 };
	return log_err(err, "look into %s", dir);
}

static int digest(const char *dir, const char *name, char out[DIGEST_TEXT_MAX])
{
	char path[PATH_MAX];
	int err = path_format(path, sizeof(path), "%s/%s", dir, name);

	return err ?: digest_file(path, NEEDS_MAX_OBJECT_BYTES, out);
}

/* NULL for a file that is no object. */
static const struct manifest_object *find_object(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->object_count; i++) {
		if (!strcmp(m->objects[i].file, name))
			return &m->objects[i];
	}
	return NULL;
}

/* An object was read when it was described, and is not read again. */
static int list_file(const char *dir, const char *name, struct manifest *m)
{
	const struct manifest_object *object = find_object(m, name);
	struct manifest_file *file = &m->files[m->file_count];
	int err;

	if (m->file_count == MANIFEST_MAX_FILES || strlen(name) >= sizeof(file->file))
		return log_fail(-E2BIG, "%s/%s: too many files for a bundle, or its name too long",
				dir, name);
	err = object ? 0 : digest(dir, name, file->sha256);
	if (err)
		return log_err(err, "read %s/%s", dir, name);
	if (object)
		memcpy(file->sha256, object->sha256, sizeof(file->sha256));
	memcpy(file->file, name, strlen(name) + 1);
	m->file_count++;
	return 0;
}

int bundle_files_list(const char *dir, struct manifest *m)
{
	__attribute__((cleanup(listing_fini))) struct listing found = { 0 };
	int err = list(dir, &found);

	m->file_count = 0;
	for (int i = 0; !err && i < found.count; i++)
		err = list_file(dir, found.entries[i]->d_name, m);
	return err;
}

static void add(struct bundle_survey *out, const char *name, enum bundle_file_state state, int err)
{
	struct bundle_file *file = &out->files[out->count++];

	snprintf(file->name, sizeof(file->name), "%s", name);
	for (char *p = file->name; *p; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			*p = '.';
	}
	file->state = state;
	file->err = err;
	out->bad += state != BUNDLE_FILE_GOOD && state != BUNDLE_FILE_STRANGE;
}

static void check(const char *dir, const char *name, const char *sha256, struct bundle_survey *out)
{
	char found[DIGEST_TEXT_MAX];
	int err = digest(dir, name, found);

	if (err)
		add(out, name, err == -ENOENT ? BUNDLE_FILE_MISSING : BUNDLE_FILE_UNREADABLE, err);
	else if (strcmp(found, sha256) != 0)
		add(out, name, BUNDLE_FILE_CORRUPTED, 0);
	else
		add(out, name, BUNDLE_FILE_GOOD, 0);
}

static bool is_listed(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->file_count; i++) {
		if (!strcmp(m->files[i].file, name))
			return true;
	}
	return false;
}

static int find_strangers(const char *dir, const struct manifest *m, struct bundle_survey *out)
{
	__attribute__((cleanup(listing_fini))) struct listing found = { 0 };
	int err = list(dir, &found);

	for (int i = 0; !err && i < found.count; i++) {
		if (is_listed(m, found.entries[i]->d_name))
			continue;
		if (out->strange++ < BUNDLE_MAX_STRANGERS)
			add(out, found.entries[i]->d_name, BUNDLE_FILE_STRANGE, 0);
	}
	return err;
}

int bundle_files_check(const char *dir, const struct manifest *m, struct bundle_survey *out)
{
	*out = (struct bundle_survey){ 0 };
	for (size_t i = 0; !m->file_count && i < m->object_count; i++)
		check(dir, m->objects[i].file, m->objects[i].sha256, out);
	for (size_t i = 0; i < m->file_count; i++)
		check(dir, m->files[i].file, m->files[i].sha256, out);
	return m->file_count ? find_strangers(dir, m, out) : 0;
}

const char *bundle_file_state_name(enum bundle_file_state state)
{
	return state_names[state];
}
