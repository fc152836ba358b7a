// SPDX-License-Identifier: BSD-2-Clause
/* Where a target's answers come from. */
#include "compiler/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/report_read.h"

void target_assume(struct target *out)
{
	*out = (struct target){ 0 };
	features_assume_all(&out->features, "");
}

bool target_kernel_is_named(const struct target_request *request)
{
	const struct offline_request *kernel = &request->kernel;

	return kernel->kernel || kernel->btf || kernel->kconfig || kernel->root;
}

bool target_is_named(const struct target_request *request)
{
	return request->file || target_kernel_is_named(request);
}

/* Of the options that can name a kernel, the one that a user would call it by. */
static const char *kernel_name(const struct offline_request *kernel)
{
	return kernel->root ?: kernel->kernel ?: kernel->btf ?: kernel->kconfig;
}

static int read_kernel(const struct offline_request *request, struct target *out)
{
	int err;

	out->offline = malloc(sizeof(*out->offline));
	if (!out->offline)
		return log_err(-ENOMEM, "%s", kernel_name(request));
	err = offline_read(request, out->offline);
	if (!err)
		features_offline(&out->offline->target, &out->features);
	return err;
}

static int read_file(const char *path, bool wants_kernel, struct target *out)
{
	_cleanup_free_ struct node_record *record = calloc(1, sizeof(*record));
	int err;

	if (!record)
		return log_err(-ENOMEM, "%s", path);
	err = report_or_facts_read(path, record);
	if (err)
		return err;
	if (wants_kernel && !record->has_kernel)
		return log_fail(
			-EINVAL,
			"%s: says nothing of a kernel; add --kernel or --root, or write it with "
			"hrprobe --record-node-facts on the node",
			path);
	out->features = record->features;
	out->facts = record->facts;
	return 0;
}

int target_read(const struct target_request *request, struct target *out)
{
	bool on_disk = target_kernel_is_named(request);
	int err = 0;

	target_assume(out);
	if (!target_is_named(request))
		return 0;
	snprintf(out->name, sizeof(out->name), "%s",
		 request->file ?: kernel_name(&request->kernel));
	if (request->file)
		err = read_file(request->file, !on_disk, out);
	if (!err && on_disk)
		err = read_kernel(&request->kernel, out);
	return err;
}

static const enum feature_kind kind_of_need[NEED_KIND__COUNT] = {
	[NEED_PROG_TYPE] = FEATURE_KIND_PROG_TYPE, [NEED_HELPER] = FEATURE_KIND_HELPER,
	[NEED_MAP_TYPE] = FEATURE_KIND_MAP_TYPE,   [NEED_ATTACH_TYPE] = FEATURE_KIND_CGROUP_ATTACH,
	[NEED_KFUNC] = FEATURE_KIND__COUNT, /* not among the features */
	[NEED_BTF] = FEATURE_KIND__COUNT,
};

static struct answer answer_of_features(const struct features *features, const struct need *need)
{
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		const struct feature_def *def = &feature_defs[id];

		if (def->kind != kind_of_need[need->kind])
			continue;
		if (need->kind != NEED_MAP_TYPE && def->prog_type != need->prog_type)
			continue;
		if (need->kind == NEED_PROG_TYPE || def->value == need->value)
			return features->items[id];
	}
	return (struct answer){ .note = "not among the answers of the target" };
}

struct answer target_need(const struct target *target, const struct need *need)
{
	if (target->offline)
		return need_check_offline(&target->offline->target, need);
	if (!*target->name)
		return (struct answer){ .value = ANSWER_YES, .source = SOURCE_ASSUMED };
	return answer_of_features(&target->features, need);
}

static void log_missing(const struct target *target, const char *file, const struct need *need)
{
	const char *since = need_since(need), *kernel = target->features.release;
	char text[128];

	need_text(need, text, sizeof(text));
	log_fail(-EOPNOTSUPP, "%s needs %s, which %s%s%s%s does not have%s%s", file, text,
		 target->name, *kernel ? " (Linux " : "", kernel, *kernel ? ")" : "",
		 since ? "; Linux has it since " : "", since ?: "");
}

static void log_unknown(const struct target *target, const char *file, const struct need *need,
			const struct answer *answer)
{
	char text[128];

	need_text(need, text, sizeof(text));
	log_warn("%s needs %s; whether %s has it is not known%s%s", file, text, target->name,
		 *answer->note ? ": " : "", answer->note);
}

int target_check_object(const struct target *target, const char *file,
			const struct object_needs *needs)
{
	int err = 0;

	for (size_t i = 0; i < needs->count; i++) {
		const struct need *need = &needs->needs[i];
		struct answer answer = target_need(target, need);

		if (answer.value == ANSWER_NO) {
			log_missing(target, file, need);
			err = -EOPNOTSUPP;
		} else if (answer.value == ANSWER_UNKNOWN) {
			log_unknown(target, file, need, &answer);
		}
	}
	return err;
}

void target_fini(struct target *target)
{
	if (target->offline)
		offline_fini(target->offline);
	free(target->offline);
	*target = (struct target){ 0 };
}
