// SPDX-License-Identifier: BSD-2-Clause
/* The order of things in hrcompile. Each step is somebody else's function. */
#include "compiler/compile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/bundle.h"
#include "compiler/bundle_files.h"
#include "compiler/header.h"
#include "compiler/interrupt.h"
#include "compiler/sbom.h"

/* The target that was named, or any; what the command line says of the nodes' memory wins over what it knows. */
static void choose_target(const struct compile_request *request, struct target *out)
{
	const struct map_memory *memory = &request->memory;

	if (request->target)
		*out = *request->target;
	else
		target_assume(out);
	if (memory->bytes)
		out->facts.mem_total = memory->bytes;
	if (memory->cpus)
		out->facts.possible_cpus = memory->cpus;
}

int compile_decide(const struct compile_request *request, struct compilation *out)
{
	struct target target;
	int err;

	choose_target(request, &target);
	err = configmap_read(&request->source, &out->cm, &out->read_diags, NULL);
	if (err)
		plan_check_set(&out->cm, &target, &out->plan_diags);
	else
		err = plan_make(&out->cm, &target, request->vxlan, &out->plan, &out->plan_diags);
	if (err)
		return err;
	err = header_render(&out->cm.options, &out->plan.verdict, &out->plan.macros, &out->header);
	err = err ?: plan_describe(&out->cm, &out->plan, &out->manifest);
	return err ? log_err(err, "describe %s", request->source.path) : 0;
}

/* Synced with the rest, when the bundle is put in place. */
static int write_text(const char *stage, const char *name, const char *text)
{
	char path[PATH_MAX];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", stage, name);
	err = err ?: file_write_new(path, text, strlen(text));
	return err ? log_err(err, "write %s/%s", stage, name) : 0;
}

/* Of what the directory holds so far; itself it is listed by the manifest only. */
static int write_sbom(const char *stage, struct compilation *c)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = bundle_files_list(stage, &c->manifest);
	err = err ?: sbom_render(stage, &c->manifest, &text);
	return err ?: write_text(stage, SBOM_FILE, text);
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

static int check_needs(const struct target *target, const struct manifest *m)
{
	int err = 0;

	for (size_t i = 0; i < m->object_count; i++) {
		const struct manifest_object *object = &m->objects[i];

		if (target_check_object(target, object->file, &object->needs))
			err = -EOPNOTSUPP;
	}
	return err;
}

int compile_into(struct builder *builder, const char *dir, struct compilation *c)
{
	int err;

	err = write_text(dir, HEADER_FILE, c->header);
	err = err ?: builder_objects(builder, c->header, &c->plan.macros, dir, &c->manifest);
	err = err ?: check_needs(&c->plan.target, &c->manifest);
	err = err ?: write_sbom(dir, c);
	err = err ?: bundle_files_list(dir, &c->manifest);
	err = err ?: write_manifest(dir, c);
	if (!err && interrupts_pending())
		err = -EINTR;
	return err;
}

static int build_bundle(struct builder *builder, const char *output, struct compilation *c)
{
	struct bundle bundle;
	int err;

	err = bundle_begin(output, &bundle_of_one, &bundle);
	if (err)
		return err;
	err = compile_into(builder, bundle.stage, c);
	err = err ?: bundle_commit(&bundle);
	bundle_abort(&bundle);
	return err;
}

int compile_build(const struct compile_request *request, struct compilation *c)
{
	struct builder builder;
	int err;

	interrupts_hold();
	err = builder_open(&request->tools, &builder);
	err = err ?: build_bundle(&builder, request->output, c);
	builder_close(&builder);
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
