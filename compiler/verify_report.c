// SPDX-License-Identifier: BSD-2-Clause
/* Prints a verification. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "compiler/verify.h"
#include "compiler/verify_json.h"

static void print_files(const struct verification *v)
{
	const struct bundle_survey *survey = &v->survey;
	size_t good = 0;

	for (size_t i = 0; i < survey->count; i++)
		good += survey->files[i].state == BUNDLE_FILE_GOOD;
	printf("%-16s %zu good, %zu bad, %zu not in the manifest\n", "Files:", good, survey->bad,
	       survey->strange);
	for (size_t i = 0; i < survey->count; i++) {
		const struct bundle_file *file = &survey->files[i];

		if (file->state != BUNDLE_FILE_GOOD)
			printf("%-16s %s\n", file->name, bundle_file_state_name(file->state));
	}
}

/* Figures that a kernel did not tell are a dash. */
static const char *figure(uint64_t value, char out[24])
{
	if (value)
		snprintf(out, 24, "%" PRIu64, value);
	else
		snprintf(out, 24, "-");
	return out;
}

static void print_accepted(const struct verify_program *row)
{
	char processed[24], states[24], peak[24], time[24], jited[24];
	const struct verify_stats *s = &row->stats;

	printf("%-16s %-16s %-9s %8" PRIu64 " %9s %6s %5s %-12s %8s %7s\n", row->object, row->name,
	       verify_constants_name(row->constants), row->insns, figure(s->processed, processed),
	       figure(s->total_states, states), figure(s->peak_states, peak),
	       *s->stack ? s->stack : "-", figure(s->time_us, time),
	       figure(row->jited_bytes, jited));
}

static void print_rejected(const struct verify_program *row)
{
	printf("\n%s: %s (constants: %s) is rejected: %s\n", row->object, row->name,
	       verify_constants_name(row->constants), errno_text(row->err));
	if (*row->source)
		printf("  at %s\n", row->source);
	for (const char *line = row->log; line && *line;) {
		size_t len = strcspn(line, "\n");

		printf("  | %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void print_programs(const struct verification *v)
{
	const struct verify_result *result = &v->result;

	printf("%-16s %s (%s%s%s)\n", "Kernel:", result->release, v->image ?: "running",
	       v->image ? ", in a VM: " : "", v->image ? v->runs_in : "");
	printf("%-16s %-16s %-9s %8s %9s %6s %5s %-12s %8s %7s\n", "OBJECT", "PROGRAM", "CONSTANTS",
	       "INSNS", "PROCESSED", "STATES", "PEAK", "STACK", "TIME us", "JITED");
	for (size_t i = 0; i < result->count; i++) {
		if (result->programs[i].outcome == VERIFY_ACCEPTED)
			print_accepted(&result->programs[i]);
	}
	for (size_t i = 0; i < result->count; i++) {
		if (result->programs[i].outcome == VERIFY_REJECTED)
			print_rejected(&result->programs[i]);
	}
	if (verify_rejected(result))
		putchar('\n');
	printf("%-16s %zu accepted, %zu rejected\n",
	       "Verifier:", result->count - verify_rejected(result), verify_rejected(result));
}

void verify_report_text(const struct verification *v)
{
	printf("%-16s %s (sha256 %s)\n", "Bundle:", v->bundle, v->sha256);
	print_files(v);
	if (v->runs_in)
		print_programs(v);
}

static json_t *files_json(const struct bundle_survey *survey)
{
	json_t *out = json_array();

	for (size_t i = 0; i < survey->count; i++) {
		const struct bundle_file *file = &survey->files[i];

		json_array_append_new(out, json_pack("{s:s, s:s}", "file", file->name, "state",
						     bundle_file_state_name(file->state)));
	}
	return out;
}

static json_t *kernel_json(const struct verification *v)
{
	json_t *out;

	if (!v->runs_in)
		return json_null();
	out = json_object();
	jsonout_put_text(out, "release", v->result.release);
	jsonout_put_text(out, "image", v->image);
	jsonout_put_text(out, "runs_in", v->runs_in);
	return out;
}

int verify_report_json(const struct verification *v)
{
	_cleanup_(json) json_t *root = json_object();
	_cleanup_free_ char *text = NULL;

	jsonout_put_text(root, "schema", VERIFY_SCHEMA);
	jsonout_put_text(root, "bundle", v->bundle);
	jsonout_put_text(root, "sha256", v->sha256);
	jsonout_put(root, "files", files_json(&v->survey));
	jsonout_put(root, "strange", json_integer((json_int_t)v->survey.strange));
	jsonout_put(root, "kernel", kernel_json(v));
	jsonout_put(root, "programs", verify_programs_json(&v->result));
	jsonout_put(root, "rejected", json_integer((json_int_t)verify_rejected(&v->result)));
	jsonout_put(root, "exit_status", json_integer(v->status));
	if (jsonout_text(root, 1, &text))
		return log_err(-ENOMEM, "write the verification");
	fputs(text, stdout);
	return 0;
}
