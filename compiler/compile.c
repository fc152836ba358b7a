// SPDX-License-Identifier: BSD-2-Clause
/* The order of things in hrcompile. Each step is somebody else's function. */
#include "compiler/compile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/bundle.h"
#include "compiler/clang.h"
#include "compiler/header.h"
#include "compiler/hooks.h"
#include "compiler/interrupt.h"
#include "compiler/object.h"
#include "compiler/templates.h"

#define RAW_DIR "raw" /* of the stage: objects as clang wrote them */

int compile_decide(const struct compile_request *request, struct compilation *out)
{
	struct config_source source = { .path = request->input,
					.strict = request->strict,
					.releases = RELEASES_IN(CILIUM_1_12, CILIUM_1_12) };
	int err;

	err = configmap_read(&source, &out->cm, &out->read_diags, NULL);
	if (err)
		plan_check_set(&out->cm, &out->plan_diags);
	else
		err = plan_make(&out->cm, &out->plan, &out->plan_diags);
	if (err)
		return err;
	err = header_render(&out->cm.options, &out->plan.verdict, &out->plan.macros, &out->header);
	err = err ?: plan_describe(&out->cm, &out->plan, &out->manifest);
	return err ? log_err(err, "describe %s", request->input) : 0;
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

static int finish_object(const char *stage, const char *name, const struct macro_values *macros,
			 struct manifest_object *out)
{
	const char *programs[HOOK__COUNT];
	char raw[PATH_MAX], path[PATH_MAX];
	int err;

	err = path_format(raw, sizeof(raw), "%s/" RAW_DIR "/%s.o", stage, name);
	err = err ?: path_format(path, sizeof(path), "%s/%s.o", stage, name);
	err = err ?: path_format(out->file, sizeof(out->file), "%s.o", name);
	if (err)
		return log_err(err, "name the object of %s", name);
	err = object_link(raw, path);
	err = err ?: needs_read(path, &out->needs);
	err = err
		      ?: object_verify(path, &out->needs, programs,
				       wanted_programs(name, macros, programs));
	if (err)
		return err;
	err = digest_file(path, NEEDS_MAX_OBJECT_BYTES, out->sha256);
	return err ? log_err(err, "read %s", path) : 0;
}

static int build_objects(const struct clang *clang, const char *templates, const char *stage,
			 const struct macro_values *macros, struct manifest *m)
{
	const char *names[HOOK__COUNT];
	size_t count = hooks_objects(macros, names);
	char raw[PATH_MAX];
	int err;

	m->objects = calloc(count, sizeof(*m->objects));
	if (!m->objects)
		return log_err(-ENOMEM, "build the objects");
	err = path_format(raw, sizeof(raw), "%s/" RAW_DIR, stage);
	if (!err && mkdir(raw, 0700) < 0)
		err = -errno;
	if (err)
		return log_err(err, "create %s/" RAW_DIR, stage);
	err = clang_compile(clang, templates, stage, raw, names, count);
	while (!err && m->object_count < count) {
		err = finish_object(stage, names[m->object_count], macros,
				    &m->objects[m->object_count]);
		if (!err)
			m->object_count++;
	}
	if (err)
		return err;
	err = dir_remove(raw);
	return err ? log_err(err, "remove %s", raw) : 0;
}

static int write_text(const char *stage, const char *name, const char *text)
{
	char path[PATH_MAX];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", stage, name);
	err = err ?: file_write_atomic(path, text, strlen(text));
	return err ? log_err(err, "write %s/%s", stage, name) : 0;
}

static int write_manifest(const char *stage, struct compilation *c)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = manifest_write(&c->manifest, &text);
	if (err)
		return log_err(err, "write the manifest");
	if (strlen(text) > MANIFEST_MAX_BYTES)
		return log_fail(-EFBIG, "the manifest would exceed %u bytes: %s is too large",
				MANIFEST_MAX_BYTES, c->cm.file.name);
	digest_data(text, strlen(text), c->bundle_sha256);
	return write_text(stage, MANIFEST_FILE, text);
}

static int fill_stage(const struct clang *clang, const char *templates, const char *stage,
		      struct compilation *c)
{
	int err;

	err = write_text(stage, HEADER_FILE, c->header);
	err = err ?: build_objects(clang, templates, stage, &c->plan.macros, &c->manifest);
	err = err ?: write_manifest(stage, c);
	if (!err && interrupts_pending())
		err = -EINTR;
	return err;
}

static int build_bundle(const struct clang *clang, const char *templates,
			const struct compile_request *request, struct compilation *c)
{
	char stage[PATH_MAX]; /* absolute, because clang runs elsewhere */
	struct bundle bundle;
	int err;

	err = bundle_begin(request->output, &bundle);
	if (err)
		return err;
	if (!realpath(bundle.stage, stage)) {
		err = -errno;
		log_err(err, "find %s", bundle.stage);
	}
	err = err ?: fill_stage(clang, templates, stage, c);
	err = err ?: bundle_commit(&bundle);
	bundle_abort(&bundle);
	return err;
}

int compile_build(const struct compile_request *request, struct compilation *c)
{
	struct manifest *m = &c->manifest;
	char templates[PATH_MAX];
	struct clang clang;
	int err;

	err = templates_find(request->templates, templates, sizeof(templates));
	err = err ?: templates_digest(templates, m->templates_sha256);
	if (err)
		return err;
	interrupts_hold();
	err = clang_find(request->clang, &clang);
	if (!err) {
		snprintf(m->tool_version, sizeof(m->tool_version), "%s", HOSTROUTE_VERSION);
		snprintf(m->compiler, sizeof(m->compiler), "%s", clang.version);
		err = build_bundle(&clang, templates, request, c);
	}
	interrupts_release();
	return err;
}

void compilation_fini(struct compilation *c)
{
	configmap_fini(&c->cm);
	diag_fini(&c->read_diags);
	diag_fini(&c->plan_diags);
	manifest_fini(&c->manifest);
	free(c->header);
	*c = (struct compilation){ 0 };
}

_Static_assert(HOOK__COUNT <= CLANG_MAX_JOBS, "one job per object at most");
