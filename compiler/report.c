// SPDX-License-Identifier: BSD-2-Clause
/* Prints a compilation. */
#include "compiler/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "common/log.h"

static size_t count_warnings(const struct diag_list *list)
{
	size_t count = 0, errors_kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		count += list->items[i].severity == DIAG_WARNING;
		errors_kept += list->items[i].severity == DIAG_ERROR;
	}
	return count + list->dropped - (list->errors - errors_kept);
}

static size_t warnings(const struct compilation *c)
{
	return count_warnings(&c->read_diags) + count_warnings(&c->plan_diags);
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

void report_text(const struct compilation *c, const char *output)
{
	const struct manifest *m = &c->manifest;

	printf("%-16s %s\n", "Host Routing:", verdict_mode_name(c->plan.verdict.mode));
	for (size_t i = 0; i < m->reason_count; i++)
		printf("%-16s %s (%s)\n", i ? "" : "Because:", m->reasons[i].text,
		       m->reasons[i].rule);
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

int report_json(const struct compilation *c, const char *output)
{
	const struct manifest *m = &c->manifest;
	_cleanup_(json) json_t *root =
		json_pack("{s:s, s:o, s:o, s:o, s:I, s:s?, s:s?}", "host_routing",
			  verdict_mode_name(c->plan.verdict.mode), "reasons", reasons_json(m),
			  "gaps", gaps_json(m), "objects", objects_json(m), "warnings",
			  (json_int_t)warnings(c), "bundle", output, "sha256",
			  output ? c->bundle_sha256 : NULL);
	_cleanup_free_ char *text = NULL;

	if (jsonout_text(root, 1, &text))
		return log_err(-ENOMEM, "write the summary");
	fputs(text, stdout);
	return 0;
}
