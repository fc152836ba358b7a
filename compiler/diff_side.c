// SPDX-License-Identifier: BSD-2-Clause
/* Reads and builds what is compared. Compares nothing. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/diff.h"
#include "compiler/header.h"
#include "compiler/interrupt.h"
#include "compiler/origin.h"
#include "config/last_applied.h"

#define HEADER_MAX_BYTES (256u << 10)

static bool is_bundle(const char *path)
{
	char manifest[PATH_MAX];
	struct stat st;

	return strcmp(path, "-") &&
	       !path_format(manifest, sizeof(manifest), "%s/" MANIFEST_FILE, path) &&
	       !stat(manifest, &st) && S_ISREG(st.st_mode);
}

/* A define without a value, as of an include guard, is no macro of ours. */
static int read_macros(struct diff_side *side)
{
	static const char define[] = "#define ";
	const char *line = side->c.header;

	while ((line = strstr(line, define))) {
		struct diff_macro macro;

		if ((line == side->c.header || line[-1] == '\n') &&
		    sscanf(line, "#define %47s%*[ ]%47[^\n]", macro.name, macro.value) == 2) {
			if (side->macro_count == DIFF_MAX_MACROS)
				return log_fail(-E2BIG, "%s: " HEADER_FILE " has too many macros",
						side->name);
			side->macros[side->macro_count++] = macro;
		}
		line += strlen(define);
	}
	return 0;
}

static int read_bundle(const char *path, struct diff_side *side)
{
	char header[PATH_MAX];
	size_t len;
	int err;

	side->is_bundle = true;
	err = manifest_read(path, &side->c.manifest);
	err = err ?: manifest_check_objects(path, &side->c.manifest);
	if (err)
		return err;
	err = path_format(header, sizeof(header), "%s/" HEADER_FILE, path);
	err = err ?: file_read(header, HEADER_MAX_BYTES, &side->c.header, &len);
	if (err)
		return log_err(err, "read %s/" HEADER_FILE, path);
	side->has_objects = true;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct manifest_option *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int add_setting(struct diff_side *side, const char *key, const struct option_value *value)
{
	struct manifest_option *setting = &side->settings[side->setting_count++];
	char origin[ORIGIN_TEXT_MAX];

	setting->key = strdup(key);
	setting->value = strdup(value->text);
	setting->origin = strdup(origin_text(value, origin));
	return setting->key && setting->value && setting->origin ? 0 : -ENOMEM;
}

/* Keys that the release does not know have values too, and may be what somebody looks for. */
static int add_unknown(struct diff_side *side, const struct entry *entries, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		const struct entry *entry = &entries[i];
		enum option_id id = entry_option(entry->key);
		struct option_value value = { .text = (char *)entry->text,
					      .is_set = true,
					      .pos = entry->pos };

		if (id == OPT__COUNT || !option_exists(id, side->release))
			err = add_setting(side, entry->key, &value);
	}
	return err;
}

static int read_settings(struct diff_side *side)
{
	const struct configmap *cm = &side->c.cm;
	const struct entry *entries = cm->merged ? cm->merged : cm->entries;
	size_t count = cm->merged ? cm->merged_count : cm->entry_count;
	int err = 0;

	side->settings = calloc(OPT__COUNT + count, sizeof(*side->settings));
	if (!side->settings)
		return -ENOMEM;
	for (enum option_id id = 0; !err && id < OPT__COUNT; id++) {
		if (option_exists(id, side->release))
			err = add_setting(side, option_defs[id].name, &cm->options.values[id]);
	}
	err = err ?: add_unknown(side, entries, count);
	qsort(side->settings, side->setting_count, sizeof(*side->settings), by_key);
	return err;
}

static int read_configmap(const struct compile_request *request, struct diff_side *side)
{
	int err = compile_decide(request, &side->c);

	if (err)
		return err;
	side->release = side->c.cm.options.release;
	err = read_settings(side);
	return err ? log_err(err, "read %s", side->name) : 0;
}

/* A release that this build does not know can only be a newer one. */
static void read_release(struct diff_side *side)
{
	struct cilium_version version = { .release = CILIUM_NEWEST };

	release_parse(side->c.manifest.cilium_version, &version);
	side->release = version.release;
}

static int build_side(struct builder *builder, const char *dir, struct diff_side *side)
{
	int err;

	if (side->has_objects)
		return 0;
	if (mkdir(dir, 0700) < 0) {
		err = -errno;
		return log_err(err, "create %s", dir);
	}
	err = compile_into(builder, dir, &side->c);
	side->has_objects = !err;
	return err;
}

static int build_below(const struct build_tools *tools, const char *dir, struct diff_side *a,
		       struct diff_side *b)
{
	_cleanup_builder_ struct builder builder;
	char first[PATH_MAX], second[PATH_MAX];
	int err;

	err = builder_open(tools, &builder);
	if (err)
		return err;
	err = path_format(first, sizeof(first), "%s/a", dir);
	err = err ?: path_format(second, sizeof(second), "%s/b", dir);
	if (err)
		return log_err(err, "build below %s", dir);
	err = build_side(&builder, first, a);
	return err ?: build_side(&builder, second, b);
}

static int build_in_temporary(const struct build_tools *tools, struct diff_side *a,
			      struct diff_side *b)
{
	const char *parent = getenv("TMPDIR") ?: "/tmp";
	char dir[PATH_MAX];
	int err, gone;

	err = path_format(dir, sizeof(dir), "%s/hrcompile-diff.XXXXXX", parent);
	if (!err && !mkdtemp(dir))
		err = -errno;
	if (err)
		return log_err(err, "create a directory in %s", parent);
	err = build_below(tools, dir, a, b);
	gone = dir_remove(dir);
	if (gone)
		log_warn("cannot remove %s: %s", dir, errno_text(gone));
	return err;
}

int diff_sides_build(const struct build_tools *tools, struct diff_side *a, struct diff_side *b)
{
	int err;

	interrupts_hold();
	err = build_in_temporary(tools, a, b);
	interrupts_release();
	return err;
}

int diff_side_read(const struct compile_request *request, struct diff_side *out)
{
	const char *path = request->source.path;
	int err;

	*out = (struct diff_side){ .name = strdup(path) };
	if (!out->name)
		return log_err(-ENOMEM, "read %s", path);
	if (!request->source.text && is_bundle(path))
		err = read_bundle(path, out);
	else
		err = read_configmap(request, out);
	if (err)
		return err;
	read_release(out);
	return read_macros(out);
}

int diff_side_read_last_applied(const struct compile_request *request, struct diff_side *from,
				struct diff_side *out)
{
	struct compile_request old = *request;
	_cleanup_free_ char *name = NULL;
	int err;

	*out = (struct diff_side){ 0 };
	err = last_applied_read(&from->c.cm, &from->c.read_diags, &old.source.text);
	if (err)
		return err;
	name = last_applied_name(&from->c.cm);
	if (!name)
		return log_err(-ENOMEM, "read %s", from->name);
	old.source.path = name;
	return diff_side_read(&old, out);
}

void diff_side_fini(struct diff_side *side)
{
	for (size_t i = 0; i < side->setting_count; i++) {
		free(side->settings[i].key);
		free(side->settings[i].value);
		free(side->settings[i].origin);
	}
	free(side->settings);
	free(side->name);
	compilation_fini(&side->c);
	*side = (struct diff_side){ 0 };
}
