// SPDX-License-Identifier: BSD-2-Clause
/* What is in the cache is copied, what is not is compiled, linked and kept; all of it is looked into. */
#include "compiler/build.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/header.h"
#include "compiler/hooks.h"
#include "compiler/object.h"
#include "compiler/templates.h"

#define RAW_DIR "raw" /* of the bundle directory, for as long as clang runs */

static size_t cpu_count(void)
{
	cpu_set_t cpus;

	/* Fails where there are more than fit the set: then any number will do. */
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return CLANG_MAX_OBJECTS;
	return (size_t)CPU_COUNT(&cpus);
}

static void memo_key(char out[DIGEST_TEXT_MAX])
{
	static const char name[] = "digests of included files";

	digest_data(name, strlen(name), out);
}

static void memo_load(struct builder *b)
{
	_cleanup_free_ char *known = NULL;
	char key[DIGEST_TEXT_MAX];
	size_t len;

	memo_key(key);
	if (cache_get(&b->cache, key, &known, &len) == 0)
		include_memo_init(&b->memo, known);
}

static void memo_keep(struct builder *b)
{
	_cleanup_buf_ struct buf text = { 0 };
	char key[DIGEST_TEXT_MAX];

	memo_key(key);
	if (include_memo_text(&b->memo, &text))
		cache_put(&b->cache, key, text.data, text.len);
}

int builder_open(const struct build_tools *tools, struct builder *out)
{
	int err;

	*out = (struct builder){ .jobs = tools->jobs ?: cpu_count() };
	cache_none(&out->cache);
	include_memo_init(&out->memo, NULL);
	err = templates_find(tools->templates, out->templates, sizeof(out->templates));
	err = err ?: templates_digest(out->templates, out->templates_sha256);
	if (err)
		return err;
	if (!tools->no_cache) {
		cache_open(tools->cache, &out->cache);
		memo_load(out);
	}
	return clang_find(tools->clang, &out->cache, &out->clang);
}

void builder_close(struct builder *b)
{
	memo_keep(b);
	cache_close(&b->cache);
	include_memo_fini(&b->memo);
}

/* One object on its way. */
struct part {
	const char *name; /* "bpf_lxc" */
	char key[DIGEST_TEXT_MAX]; /* of the list of files that were read for it */
	bool is_found; /* it came out of the cache */
};

struct work {
	struct builder *builder;
	const struct macro_values *macros;
	const char *dir;
	char raw[PATH_MAX];
	struct buf header; /* the directives of node_config.h alone */
	struct part parts[HOOK__COUNT];
	size_t count;
};

/*
 * Comments name the file that a value comes from: what is compiled has none, so no object can depend on
 * them.
 */
static int strip_header(const char *header, struct buf *out)
{
	for (const char *line = header; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (*line == '#')
			buf_printf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	}
	return out->err;
}

/* Everything but the contents of the files that are read; those come with the list of them. */
static int part_key(const struct work *w, struct part *part)
{
	_cleanup_buf_ struct buf b = { 0 };

	buf_printf(&b, "includes of %s.c\nlinker %s\n", part->name, libbpf_version_string());
	clang_describe(&w->builder->clang, &b);
	buf_append(&b, w->header.data, w->header.len);
	if (!b.err)
		digest_data(b.data, b.len, part->key);
	return b.err;
}

/* Key of the object itself, given the list. */
static int object_key(const struct work *w, const struct part *part, const char *list,
		      char out[DIGEST_TEXT_MAX])
{
	_cleanup_buf_ struct buf b = { 0 };
	int err;

	buf_printf(&b, "object of %s\n", part->key);
	err = includes_fingerprint(&w->builder->memo, w->builder->templates, list, &b);
	if (!err)
		digest_data(b.data, b.len, out);
	return err;
}

/* Without syncing: who puts the bundle in place does that. */
static int write_new(const char *path, const void *data, size_t len)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : file_write_fd(fd, data, len);
}

/* Any failure but that of writing the bundle is a miss. */
static int part_fetch(struct work *w, struct part *part)
{
	_cleanup_free_ char *list = NULL, *object = NULL;
	char key[DIGEST_TEXT_MAX], path[PATH_MAX];
	size_t len;
	int err;

	if (cache_get(&w->builder->cache, part->key, &list, &len) || strlen(list) != len ||
	    object_key(w, part, list, key) || cache_get(&w->builder->cache, key, &object, &len))
		return 0;
	err = path_format(path, sizeof(path), "%s/%s.o", w->dir, part->name);
	err = err ?: write_new(path, object, len);
	if (err)
		return log_err(err, "write %s", path);
	part->is_found = true;
	log_debug("%s.o: from the cache", part->name);
	return 0;
}

static int work_begin(const char *header, struct work *w)
{
	const char *names[HOOK__COUNT];
	int err;

	w->count = hooks_objects(w->macros, names);
	err = strip_header(header, &w->header);
	for (size_t i = 0; !err && i < w->count; i++) {
		w->parts[i] = (struct part){ .name = names[i] };
		err = part_key(w, &w->parts[i]);
	}
	if (err)
		return log_err(err, "prepare the objects");
	for (size_t i = 0; !err && i < w->count; i++)
		err = part_fetch(w, &w->parts[i]);
	return err;
}

/* Keeps an object, unless a file changed while it was made: then nobody knows what it was made from. */
static void part_store(struct work *w, const struct part *part, const char *path)
{
	struct builder *b = w->builder;
	_cleanup_buf_ struct buf list = { 0 };
	_cleanup_free_ char *object = NULL;
	char deps[PATH_MAX], key[DIGEST_TEXT_MAX];
	size_t len;
	int err;

	err = path_format(deps, sizeof(deps), "%s/%s" CLANG_DEPS_SUFFIX, w->raw, part->name);
	err = err ?: includes_read(deps, w->raw, &list);
	err = err ?: file_read(path, NEEDS_MAX_OBJECT_BYTES, &object, &len);
	if (!err && includes_changed(&b->memo, b->templates, list.data))
		err = -EAGAIN;
	err = err ?: object_key(w, part, list.data, key);
	if (err) {
		log_debug("%s.o: not kept in the cache: %s", part->name, errno_text(err));
		return;
	}
	/* In this order: a list without its object is a miss, and so is an object without its list. */
	cache_put(&b->cache, key, object, len);
	cache_put(&b->cache, part->key, list.data, list.len);
}

static int part_finish(struct work *w, struct part *part)
{
	char raw[PATH_MAX], path[PATH_MAX];
	int err;

	err = path_format(raw, sizeof(raw), "%s/%s.o", w->raw, part->name);
	err = err ?: path_format(path, sizeof(path), "%s/%s.o", w->dir, part->name);
	if (err)
		return log_err(err, "name the object of %s", part->name);
	err = object_link(raw, path);
	if (!err && w->builder->cache.dir_fd >= 0)
		part_store(w, part, path);
	return err;
}

static int compile_missing(struct work *w, const char *const *names, size_t count)
{
	const struct clang_input input = {
		.templates = w->builder->templates,
		.header_dir = w->raw,
		.out_dir = w->raw,
		.names = names,
		.count = count,
		.jobs = w->builder->jobs,
	};
	char path[PATH_MAX];
	int err;

	err = path_format(w->raw, sizeof(w->raw), "%s/" RAW_DIR, w->dir);
	if (!err && mkdir(w->raw, 0700) < 0)
		err = -errno;
	err = err ?: path_format(path, sizeof(path), "%s/" HEADER_FILE, w->raw);
	err = err ?: write_new(path, w->header.data, w->header.len);
	if (err)
		return log_err(err, "write %s/" RAW_DIR "/" HEADER_FILE, w->dir);
	err = clang_compile(&w->builder->clang, &input);
	for (size_t i = 0; !err && i < w->count; i++) {
		if (!w->parts[i].is_found)
			err = part_finish(w, &w->parts[i]);
	}
	if (err)
		return err;
	err = dir_remove(w->raw);
	return err ? log_err(err, "remove %s", w->raw) : 0;
}

static int work_compile(struct work *w)
{
	const char *missing[HOOK__COUNT];
	size_t count = 0;

	for (size_t i = 0; i < w->count; i++) {
		if (!w->parts[i].is_found)
			missing[count++] = w->parts[i].name;
	}
	return count ? compile_missing(w, missing, count) : 0;
}

/* Programs that the hooks want from one object. */
static size_t wanted_programs(const char *object, const struct macro_values *macros,
			      const char *out[HOOK__COUNT])
{
	size_t count = 0;

	for (enum hr_hook hook = 0; hook < HOOK__COUNT; hook++) {
		if (hook_is_wanted(hook, macros) && !strcmp(hook_defs[hook].object, object))
			out[count++] = hook_defs[hook].program;
	}
	return count;
}

/* The same for an object that was kept: what a manifest says is read off the object beside it. */
static int part_describe(const struct work *w, const struct part *part, struct manifest_object *out)
{
	const char *programs[HOOK__COUNT];
	char path[PATH_MAX];
	int err;

	err = path_format(path, sizeof(path), "%s/%s.o", w->dir, part->name);
	err = err ?: path_format(out->file, sizeof(out->file), "%s.o", part->name);
	if (err)
		return log_err(err, "name the object of %s", part->name);
	err = needs_read(path, &out->needs);
	err = err
		      ?: object_verify(path, &out->needs, programs,
				       wanted_programs(part->name, w->macros, programs));
	if (err)
		return err;
	err = digest_file(path, NEEDS_MAX_OBJECT_BYTES, out->sha256);
	return err ? log_err(err, "read %s", path) : 0;
}

static int work_describe(const struct work *w, struct manifest *out)
{
	const struct builder *b = w->builder;
	int err = 0;

	snprintf(out->tool_version, sizeof(out->tool_version), "%s", HOSTROUTE_VERSION);
	snprintf(out->compiler, sizeof(out->compiler), "%s", b->clang.version);
	memcpy(out->templates_sha256, b->templates_sha256, sizeof(out->templates_sha256));
	out->objects = calloc(w->count, sizeof(*out->objects));
	if (!out->objects)
		return log_err(-ENOMEM, "describe the objects");
	while (!err && out->object_count < w->count) {
		err = part_describe(w, &w->parts[out->object_count],
				    &out->objects[out->object_count]);
		if (!err)
			out->object_count++;
	}
	return err;
}

int builder_objects(struct builder *b, const char *header, const struct macro_values *macros,
		    const char *dir, struct manifest *out)
{
	struct work w = { .builder = b, .macros = macros, .dir = dir };
	int err;

	err = work_begin(header, &w);
	err = err ?: work_compile(&w);
	err = err ?: work_describe(&w, out);
	buf_fini(&w.header);
	return err;
}

_Static_assert(HOOK__COUNT <= CLANG_MAX_OBJECTS, "all objects fit one run of clang");
