// SPDX-License-Identifier: BSD-2-Clause
/* Walks the combinations of a fleet. Deciding and building are those of one ConfigMap. */
#include "compiler/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/build.h"
#include "compiler/bundle.h"
#include "compiler/interrupt.h"
#include "compiler/reasons.h"
#include "compiler/report.h"

static const struct bundle_kind fleet_kind = { "fleet", FLEET_FILE, "hostroute.fleet/" };

/* One stored object: several bundles may name it. */
struct stored {
	char sha256[DIGEST_TEXT_MAX];
	char path[PATH_MAX];
};

/* What a run works with beside its results. */
struct run {
	const struct compile_args *args;
	bool quiet;
	struct target *targets; /* one per column; owned, each to be closed */
	size_t target_count;
	struct builder builder;
	const char *stage; /* absolute; as long as the fleet is being built */
	struct stored *stored; /* owned; room for every object of every row */
};

static int name_one(const char *path, struct fleet *fleet, size_t first, size_t index)
{
	if (fleet_name(path, fleet->names[index]) || !strcmp(fleet->names[index], FLEET_FILE))
		return cli_misuse(&compile_tool, "--fleet: %s gives no usable name; rename it",
				  path);
	for (size_t i = first; i < index; i++) {
		if (!strcmp(fleet->names[i], fleet->names[index]))
			return cli_misuse(&compile_tool, "--fleet: two inputs are named %s",
					  fleet->names[index]);
	}
	return -1;
}

static int name_all(const struct compile_args *args, size_t target_count, struct fleet *fleet)
{
	size_t count = args->operand_count;
	int status = -1;

	for (size_t i = 0; status < 0 && i < count; i++)
		status = name_one(args->operands[i], fleet, 0, i);
	for (size_t i = 0; status < 0 && i < target_count; i++)
		status = name_one(args->target_file_count ? args->target_files[i] : "any", fleet,
				  count, count + i);
	return status;
}

static int make_rows(const struct compile_args *args, size_t target_count, struct fleet *fleet)
{
	size_t configs = args->operand_count, rows = configs * target_count;

	if (rows > FLEET_MAX_ROWS)
		return cli_misuse(&compile_tool, "--fleet: more than %d combinations",
				  FLEET_MAX_ROWS);
	fleet->names = calloc(configs + target_count, sizeof(*fleet->names));
	fleet->rows = calloc(rows, sizeof(*fleet->rows));
	if (!fleet->names || !fleet->rows) {
		log_err(-ENOMEM, "prepare %zu combinations", rows);
		return EXIT_STATUS_ENVIRONMENT;
	}
	fleet->row_count = rows;
	for (size_t i = 0; i < rows; i++) {
		fleet->rows[i].config = fleet->names[i / target_count];
		fleet->rows[i].target = fleet->names[configs + i % target_count];
	}
	return name_all(args, target_count, fleet);
}

static int read_targets(struct run *run)
{
	for (size_t i = 0; i < run->target_count; i++) {
		struct target_request request = run->args->target;

		if (run->args->target_file_count)
			request.file = run->args->target_files[i];
		if (target_read(&request, &run->targets[i]))
			return EXIT_STATUS_INPUT;
	}
	return -1;
}

static void tell_first_error(const struct compilation *c, struct fleet_row *row)
{
	const struct diag_list *lists[] = { &c->read_diags, &c->plan_diags };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t j = 0; j < lists[i]->count; j++) {
			if (lists[i]->items[j].severity != DIAG_ERROR)
				continue;
			snprintf(row->why, sizeof(row->why), "%s", lists[i]->items[j].text);
			return;
		}
	}
	snprintf(row->why, sizeof(row->why), "%s", log_last_error());
}

static void tell_mode(const struct compilation *c, struct fleet_row *row)
{
	const struct finding *cause = reasons_first_cause(&c->plan.verdict);

	row->has_bundle = true;
	row->host_routing = c->manifest.host_routing;
	memcpy(row->sha256, c->bundle_sha256, sizeof(row->sha256));
	if (cause)
		snprintf(row->why, sizeof(row->why), "%s%s%s (%s)", rule_defs[cause->rule].text,
			 *cause->detail ? ": " : "", cause->detail, rule_defs[cause->rule].name);
}

/* Gives path the file that is stored already; where links cannot be made, it stays a file of its own. */
static bool share_object(const char *stored, const char *path)
{
	char fresh[PATH_MAX];

	if (path_format(fresh, sizeof(fresh), "%s.link", path) || link(stored, fresh) < 0)
		return false;
	if (rename(fresh, path) == 0)
		return true;
	unlink(fresh);
	return false;
}

static int store_object(struct run *run, const char *dir, const struct manifest_object *object,
			struct fleet *fleet)
{
	struct stored *mine = &run->stored[fleet->objects_stored];
	int err = path_format(mine->path, sizeof(mine->path), "%s/%s", dir, object->file);

	if (err)
		return log_err(err, "name %s of %s", object->file, dir);
	fleet->objects_referenced++;
	for (size_t i = 0; i < fleet->objects_stored; i++) {
		if (!strcmp(run->stored[i].sha256, object->sha256) &&
		    share_object(run->stored[i].path, mine->path))
			return 0;
	}
	memcpy(mine->sha256, object->sha256, sizeof(mine->sha256));
	fleet->objects_stored++;
	return 0;
}

static int build_row(struct run *run, struct compilation *c, struct fleet *fleet,
		     struct fleet_row *row)
{
	char dir[PATH_MAX];
	int err = path_format(dir, sizeof(dir), "%s/%s/%s", run->stage, row->config, row->target);

	err = err ?: dir_make(dir);
	if (err)
		return log_err(err, "create %s/%s", row->config, row->target);
	err = compile_into(&run->builder, dir, c);
	if (err == -EOPNOTSUPP) { /* the target lacks something: a row, not a failure */
		tell_first_error(c, row);
		return dir_remove(dir);
	}
	for (size_t i = 0; !err && i < c->manifest.object_count; i++)
		err = store_object(run, dir, &c->manifest.objects[i], fleet);
	if (!err)
		tell_mode(c, row);
	return err;
}

/* Diagnostics of a config are printed once, unless another target makes errors of them. */
static int run_row(struct run *run, struct fleet *fleet, size_t index)
{
	size_t column = index % run->target_count;
	struct fleet_row *row = &fleet->rows[index];
	struct compile_request request =
		compile_args_request(run->args, run->args->operands[index / run->target_count]);
	_cleanup_compilation_ struct compilation c = { 0 };
	int err;

	request.target = &run->targets[column];
	err = compile_decide(&request, &c);
	if (err || column == 0)
		report_diagnostics(&c, run->quiet);
	if (c.cm.entry_count)
		snprintf(row->release, sizeof(row->release), "%s",
			 release_name(c.cm.options.release));
	if (err == -ENOMEM)
		return err;
	if (!err)
		return build_row(run, &c, fleet, row);
	tell_first_error(&c, row);
	return 0;
}

static int write_fleet(const struct run *run, const struct fleet *fleet)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	int err = fleet_write_json(fleet, &text);

	err = err ?: path_format(path, sizeof(path), "%s/" FLEET_FILE, run->stage);
	err = err ?: file_write_new(path, text, strlen(text));
	return err ? log_err(err, "write " FLEET_FILE) : 0;
}

static bool has_bundles(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->row_count; i++) {
		if (fleet->rows[i].has_bundle)
			return true;
	}
	return false;
}

static int run_rows(struct run *run, struct fleet *fleet)
{
	int err = 0;

	run->stored = calloc(fleet->row_count * MANIFEST_MAX_OBJECTS, sizeof(*run->stored));
	if (!run->stored)
		return log_err(-ENOMEM, "remember the objects");
	for (size_t i = 0; !err && i < fleet->row_count; i++)
		err = run_row(run, fleet, i);
	return err;
}

static int build_fleet(struct run *run, struct fleet *fleet)
{
	struct bundle bundle;
	int err;

	err = bundle_begin(run->args->output, &fleet_kind, &bundle);
	if (err)
		return err;
	run->stage = bundle.stage;
	err = run_rows(run, fleet);
	if (!err && has_bundles(fleet)) {
		err = write_fleet(run, fleet);
		err = err ?: bundle_commit(&bundle);
	}
	bundle_abort(&bundle);
	return err;
}

static int build(struct run *run, struct fleet *fleet)
{
	int err;

	interrupts_hold();
	err = builder_open(&run->args->tools, &run->builder);
	err = err ?: build_fleet(run, fleet);
	builder_close(&run->builder);
	interrupts_release();
	return err;
}

static int report(const struct fleet *fleet, const struct cli_common *common)
{
	_cleanup_free_ char *text = NULL;
	int err = common->format == CLI_JSON ? fleet_write_json(fleet, &text)
					     : fleet_write_text(fleet, &text);

	if (err) {
		log_err(err, "write the table");
		return EXIT_STATUS_ENVIRONMENT;
	}
	fputs(text, stdout);
	for (size_t i = 0; i < fleet->row_count; i++) {
		if (!fleet->rows[i].has_bundle)
			return EXIT_STATUS_INPUT;
	}
	return EXIT_STATUS_OK;
}

static int run_fleet(struct run *run, const struct cli_common *common, struct fleet *fleet)
{
	int status = make_rows(run->args, run->target_count, fleet);

	if (status < 0)
		status = read_targets(run);
	if (status >= 0)
		return status;
	return build(run, fleet) ? EXIT_STATUS_ENVIRONMENT : report(fleet, common);
}

int command_fleet(const struct compile_args *args, const struct cli_common *common)
{
	struct run run = { .args = args, .quiet = common->quiet };
	struct fleet fleet = { 0 };
	int status;

	run.target_count = args->target_file_count ? args->target_file_count : 1;
	run.targets = calloc(run.target_count, sizeof(*run.targets));
	status = run.targets ? run_fleet(&run, common, &fleet) : EXIT_STATUS_ENVIRONMENT;
	for (size_t i = 0; run.targets && i < run.target_count; i++)
		target_fini(&run.targets[i]);
	free(run.targets);
	free(run.stored);
	free(fleet.rows);
	free(fleet.names);
	return status;
}
