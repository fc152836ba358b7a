// SPDX-License-Identifier: BSD-2-Clause
/* Prints a compilation. */
#include "compiler/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "common/log.h"

static size_t warnings(const struct compilation *c)
{
	return c->read_diags.warnings + c->plan_diags.warnings;
}

static void print_list(const struct diag_list *list, bool errors_only)
{
	if (!errors_only || diag_has_errors(list))
		diag_print(list, stderr);
}

void report_diagnostics(const struct compilation *c, bool errors_only)
{
	print_list(&c->read_diags, errors_only);
	print_list(&c->plan_diags, errors_only);
}

static void print_object(const struct manifest_object *object)
{
	printf("%-16s", object->file);
	for (size_t i = 0; i < object->needs.program_count; i++) {
		const struct object_program *program = &object->needs.programs[i];

		printf("%s %s (%zu instructions)", i ? "," : "", program->name, program->insns);
	}
	putchar('\n');
}

static void print_release(const struct compilation *c)
{
	printf("%-16s %s (%s)\n", "Cilium:", release_name(c->cm.options.release),
	       c->cm.dialect.reason);
	if (*c->plan.target.name)
		printf("%-16s %s%s%s\n", "Target:", c->plan.target.name,
		       *c->plan.target.features.release ? ", Linux " : "",
		       c->plan.target.features.release);
}

/* Those that follow the memory of the nodes, where that is known. */
static void print_map_sizes(const struct manifest *m)
{
	const char *title = "Map sizes:";

	for (size_t i = 0; i < m->map_size_count; i++) {
		const struct manifest_map_size *size = &m->map_sizes[i];

		if (strcmp(size->from, "memory") || !size->entries)
			continue;
		printf("%-16s %s %lld\n", title, size->name, (long long)size->entries);
		title = "";
	}
}

void report_text(const struct compilation *c, const char *output)
{
	const struct manifest *m = &c->manifest;

	print_release(c);
	printf("%-16s %s\n", "Host Routing:", verdict_mode_name(c->plan.verdict.mode));
	for (size_t i = 0; i < m->reason_count; i++)
		printf("%-16s %s (%s)\n", i ? "" : "Because:", m->reasons[i].text,
		       m->reasons[i].rule);
	print_map_sizes(m);
	for (size_t i = 0; i < m->object_count; i++)
		print_object(&m->objects[i]);
	printf("%-16s %zu\n", "Warnings:", warnings(c));
	if (output)
		printf("%-16s %s (sha256 %s)\n", "Bundle:", output, c->bundle_sha256);
}

static json_t *objects_json(const struct manifest *m)
{
	json_t *out = json_array();

	for (size_t i = 0; i < m->object_count; i++) {
		const struct object_needs *needs = &m->objects[i].needs;
		json_t *programs = json_array();

		for (size_t j = 0; j < needs->program_count; j++)
			json_array_append_new(
				programs, json_pack("{s:s, s:I}", "name", needs->programs[j].name,
						    "insns", (json_int_t)needs->programs[j].insns));
		json_array_append_new(out, json_pack("{s:s, s:s, s:o}", "file", m->objects[i].file,
						     "sha256", m->objects[i].sha256, "programs",
						     programs));
	}
	return out;
}

static json_t *reasons_json(const struct manifest *m)
{
	json_t *out = json_array();

	for (size_t i = 0; i < m->reason_count; i++)
		json_array_append_new(out, json_pack("{s:s, s:s}", "rule", m->reasons[i].rule,
						     "text", m->reasons[i].text));
	return out;
}

static json_t *gaps_json(const struct manifest *m)
{
	json_t *out = json_array();

	for (size_t i = 0; i < m->gap_count; i++)
		json_array_append_new(out, json_pack("{s:s, s:s}", "key", m->gaps[i].key, "text",
						     m->gaps[i].text));
	return out;
}

static json_t *effective_json(const struct manifest *m)
{
	json_t *out = json_array();

	for (size_t i = 0; i < m->effective_count; i++) {
		json_t *item = json_object();

		jsonout_put_text(item, "name", m->effective[i].name);
		jsonout_put_text(item, "value", m->effective[i].value);
		jsonout_put_text(item, "why", m->effective[i].why);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *map_sizes_json(const struct manifest *m)
{
	json_t *out = json_array();

	for (size_t i = 0; i < m->map_size_count; i++) {
		const struct manifest_map_size *size = &m->map_sizes[i];
		json_t *item = json_object();

		jsonout_put_text(item, "name", size->name);
		jsonout_put_text(item, "key", size->key);
		jsonout_put_text(item, "from", size->from);
		jsonout_put(item, "entries", size->entries ? json_integer(size->entries) : NULL);
		jsonout_put_text(item, "formula", *size->formula ? size->formula : NULL);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *position_json(size_t number)
{
	return number ? json_integer((json_int_t)number) : NULL;
}

static void append_diagnostics(json_t *out, const struct diag_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct diag *d = &list->items[i];
		json_t *item = json_object();

		jsonout_put_text(item, "severity", diag_severity_name(d->severity));
		jsonout_put_text(item, "file", d->pos.file);
		jsonout_put(item, "line", position_json(d->pos.line));
		jsonout_put(item, "column", position_json(d->pos.line ? d->pos.col : 0));
		jsonout_put_text(item, "text", d->text);
		jsonout_put_text(item, "source_line", d->source_line);
		json_array_append_new(out, item);
	}
}

static json_t *diagnostics_json(const struct compilation *c)
{
	json_t *out = json_array();

	append_diagnostics(out, &c->read_diags);
	append_diagnostics(out, &c->plan_diags);
	return out;
}

static json_t *target_json(const struct target *target)
{
	json_t *out;

	if (!*target->name)
		return NULL;
	out = json_object();
	jsonout_put_text(out, "name", target->name);
	jsonout_put_text(out, "kernel", target->features.release);
	return out;
}

/* What was decided, as far as it came: the input has a release once it was read, and a mode once it was judged. */
static void put_decision(json_t *root, const struct compilation *c)
{
	const char *reason = c->cm.dialect.reason;
	const struct verdict *v = &c->plan.verdict;

	jsonout_put_text(root, "mode", *v->kpr ? verdict_mode_name(v->mode) : NULL);
	jsonout_put_text(root, "release", *reason ? release_name(c->cm.options.release) : NULL);
	jsonout_put_text(root, "release_reason", *reason ? reason : NULL);
	jsonout_put(root, "target", target_json(&c->plan.target));
}

static void put_result(json_t *root, const struct compilation *c, const char *output)
{
	const struct manifest *m = &c->manifest;

	jsonout_put(root, "reasons", reasons_json(m));
	jsonout_put(root, "gaps", gaps_json(m));
	jsonout_put(root, "effective", effective_json(m));
	jsonout_put(root, "map_sizes", map_sizes_json(m));
	jsonout_put(root, "objects", objects_json(m));
	jsonout_put_text(root, "bundle", output);
	jsonout_put_text(root, "sha256", output ? c->bundle_sha256 : NULL);
}

int report_json(const struct compilation *c, const char *output, enum exit_status status)
{
	const char *error = status == EXIT_STATUS_OK ? "" : log_last_error();
	_cleanup_(json) json_t *root = json_object();
	_cleanup_free_ char *text = NULL;

	jsonout_put_text(root, "schema", COMPILE_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	jsonout_put(root, "exit_status", json_integer(status));
	put_decision(root, c);
	jsonout_put_text(root, "error", *error ? error : NULL);
	jsonout_put(root, "diagnostics", diagnostics_json(c));
	jsonout_put(root, "dropped",
		    json_integer((json_int_t)(c->read_diags.dropped + c->plan_diags.dropped)));
	jsonout_put(root, "warnings", json_integer((json_int_t)warnings(c)));
	put_result(root, c, output);
	if (jsonout_text(root, 1, &text))
		return log_err(-ENOMEM, "write the summary");
	fputs(text, stdout);
	return 0;
}
