// SPDX-License-Identifier: BSD-2-Clause
/* Builds hrprobe's report from what was learnt, and writes it as text. */
#include "probe/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "probe/report_audit.h"
#include "probe/report_functional.h"

#define LISTED_UNKNOWN 8 /* more unknown features than that are only counted */
#define SHOWN_VALUE 120 /* characters of a value from the input that are repeated */

/* The worst answer of what host routing needs, and the first feature that gives it. */
static enum verdict_mode kernel_mode(const struct features *features, enum feature_id *missing)
{
	enum verdict_mode mode = VERDICT_BPF;

	*missing = FEATURE__COUNT;
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		enum tri value = features->items[id].value;

		if (!(feature_defs[id].users & NEEDED_BY_HOST_ROUTING) || value == ANSWER_YES)
			continue;
		if (mode == VERDICT_LEGACY || (mode == VERDICT_UNDETERMINED && value != ANSWER_NO))
			continue;
		mode = value == ANSWER_NO ? VERDICT_LEGACY : VERDICT_UNDETERMINED;
		*missing = id;
	}
	return mode;
}

static enum exit_status status_of(enum verdict_mode mode)
{
	static const enum exit_status statuses[] = {
		[VERDICT_UNDETERMINED] = EXIT_STATUS_UNDETERMINED,
		[VERDICT_BPF] = EXIT_STATUS_OK,
		[VERDICT_LEGACY] = EXIT_STATUS_LEGACY,
		[VERDICT_REFUSED] = EXIT_STATUS_REFUSED,
	};
	_Static_assert(ARRAY_SIZE(statuses) == VERDICT__COUNT, "a status for every mode");

	return statuses[mode];
}

static char *add_line(struct report *report, const char *name)
{
	struct report_line *line = &report->lines[report->line_count++];

	line->name = name;
	return line->value;
}

static void build_kernel(struct report *report)
{
	static const char *const words[] = {
		[VERDICT_BPF] = "BPF possible (what a node gets depends on its cilium-config)",
		[VERDICT_LEGACY] = "Legacy only (this kernel cannot do BPF host routing)",
		[VERDICT_UNDETERMINED] = "Undetermined",
	};

	report->mode = kernel_mode(report->input.features, &report->missing);
	snprintf(add_line(report, "Host Routing"), REPORT_LINE_MAX, "%s", words[report->mode]);
}

static void build_config(struct report *report)
{
	const struct report_input *in = &report->input;
	struct verdict *v = &report->verdict;

	if (in->bad_values && in->bad_values->errors) {
		*v = (struct verdict){ .mode = VERDICT_REFUSED, .release = in->options->release };
	} else {
		verdict_decide(in->options, in->features, in->facts, v);
		report->has_verdict = true;
		report->has_cure =
			!verdict_cure(in->options, in->features, in->facts, v, &report->cure);
	}
	report->mode = v->mode;
	verdict_status_kpr(v, in->options, in->facts, add_line(report, "KubeProxyReplacement"),
			   REPORT_LINE_MAX);
	verdict_status_routing(v, add_line(report, verdict_status_routing_key(v->release)),
			       REPORT_LINE_MAX);
	verdict_status_masquerade(v, in->options, in->facts, add_line(report, "Masquerading"),
				  REPORT_LINE_MAX);
	verdict_status_bandwidth(v, in->options, add_line(report, "BandwidthManager"),
				 REPORT_LINE_MAX);
}

static void build_sizes(struct report *report)
{
	const struct report_input *in = &report->input;
	const struct map_memory memory = { in->facts->mem_total, in->facts->possible_cpus };

	report->has_sizes = report->has_verdict && report->mode != VERDICT_REFUSED;
	if (report->has_sizes)
		map_sizes_read(in->options, &memory, &report->sizes);
}

static void build_audit(struct report *report)
{
	const struct report_input *in = &report->input;
	const struct audit_input audit = {
		.facts = in->facts,
		.audit = in->audit,
		.features = in->features,
		.options = report->has_verdict ? in->options : NULL,
		.verdict = report->has_verdict ? &report->verdict : NULL,
	};

	report->has_audit = in->audit && in->audit->is_looked_at;
	if (report->has_audit)
		audit_decide(&audit, &report->audit);
}

void report_build(const struct report_input *input, struct report *out)
{
	*out = (struct report){ .input = *input, .missing = FEATURE__COUNT };
	if (input->options)
		build_config(out);
	else
		build_kernel(out);
	out->status = status_of(out->mode);
	build_sizes(out);
	build_audit(out);
}

static void put_lines(struct buf *b, const struct report *report)
{
	int width = 0;

	for (size_t i = 0; i < report->line_count; i++)
		if ((int)strlen(report->lines[i].name) > width)
			width = (int)strlen(report->lines[i].name);
	for (size_t i = 0; i < report->line_count; i++)
		buf_printf(b, "%s:%*s%s\n", report->lines[i].name,
			   width - (int)strlen(report->lines[i].name) + 3, "",
			   report->lines[i].value);
}

/* Values come from the input: what could move a terminal's cursor is shown as '.'. */
static void put_clean(struct buf *b, const char *text)
{
	for (size_t i = 0; i < SHOWN_VALUE && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		buf_append(b, c < 0x20 || c == 0x7f ? "." : &text[i], 1);
	}
	if (strnlen(text, SHOWN_VALUE + 1) > SHOWN_VALUE)
		buf_puts(b, "...");
}

static void put_option(struct buf *b, enum option_id option, const struct option_value *value)
{
	buf_printf(b, "    %s: ", option_defs[option].name);
	if (*value->text)
		put_clean(b, value->text);
	else
		buf_puts(b, "\"\"");
	if (!value->is_set)
		buf_puts(b, " (default)");
	else if (value->pos.line)
		buf_printf(b, " (%s:%zu:%zu)", value->pos.file, value->pos.line, value->pos.col);
	buf_puts(b, "\n");
}

const char *report_fix(const struct report *report, const struct finding *finding)
{
	const struct features *features = report->input.features;

	if (finding->matched != ANSWER_UNKNOWN)
		return rule_defs[finding->rule].fix;
	if (report->input.offline)
		return "give what tells: --root, --kconfig, --btf or --release";
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		if (features->items[i].value == ANSWER_UNKNOWN && features->items[i].err == EPERM)
			return "run hrprobe as root, which may ask the kernel";
	return "find out by hand";
}

static void put_finding(struct buf *b, const struct report *report, const struct finding *f)
{
	const struct rule_def *rule = &rule_defs[f->rule];

	buf_printf(b, "  %s: %s%s", rule->name, f->matched == ANSWER_UNKNOWN ? "cannot tell: " : "",
		   rule->text);
	if (f->detail[0]) {
		buf_puts(b, " (");
		put_clean(b, f->detail);
		buf_puts(b, ")");
	}
	buf_puts(b, "\n");
	if (rule->option < OPT__COUNT)
		put_option(b, rule->option, &report->input.options->values[rule->option]);
	buf_printf(b, "    fix: %s\n", report_fix(report, f));
}

enum section {
	SECTION_UNMET,
	SECTION_UNKNOWN,
	SECTION_NOTE,
	SECTION__COUNT,
};

static enum section section_of(const struct finding *f)
{
	if (rule_defs[f->rule].effect == EFFECT_NOTE)
		return SECTION_NOTE;
	return f->matched == ANSWER_YES ? SECTION_UNMET : SECTION_UNKNOWN;
}

static void put_section(struct buf *b, const struct report *report, enum section section,
			size_t first)
{
	static const char *const titles[] = {
		[SECTION_UNMET] = "Also unmet:",
		[SECTION_UNKNOWN] = "Not known:",
		[SECTION_NOTE] = "Notes:",
	};
	_Static_assert(ARRAY_SIZE(titles) == SECTION__COUNT, "a title for every section");
	const struct verdict *v = &report->verdict;
	bool has_title = false;

	for (size_t i = first; i < v->count; i++) {
		if (section_of(&v->findings[i]) != section)
			continue;
		if (!has_title)
			buf_printf(b, "\n%s\n", titles[section]);
		has_title = true;
		put_finding(b, report, &v->findings[i]);
	}
}

/* What --cilium-version auto chose. */
static void put_dialect(struct buf *b, const struct dialect *dialect)
{
	char possible[RELEASES_TEXT_MAX];

	buf_printf(b, "\nRead as Cilium %s: ", release_name(dialect->release));
	put_clean(b, dialect->reason);
	buf_printf(b, " (possible: %s)\n", releases_text(dialect->possible, possible));
	if (dialect->misfits)
		buf_printf(b, "  keys and values that are of other releases: %zu\n",
			   dialect->misfits);
}

static void put_cure(struct buf *b, const struct verdict_cure *cure)
{
	if (cure->result == CURE_FOUND)
		buf_puts(b, "\nThe least that gives BPF:\n");
	for (size_t i = 0; i < cure->count; i++) {
		buf_puts(b, "  ");
		cure_change_text(&cure->changes[i], b);
		buf_puts(b, "\n");
	}
	if (cure->result != CURE_NONE)
		return;
	buf_puts(b, "\nNo few keys of the config give BPF here");
	if (cure->has_obstacle)
		buf_printf(b, ": %s (%s)", rule_defs[cure->obstacle.rule].fix,
			   rule_defs[cure->obstacle.rule].name);
	buf_puts(b, "\n");
}

static void put_verdict(struct buf *b, const struct report *report)
{
	static const char *const titles[] = {
		[VERDICT_UNDETERMINED] = "Undetermined, for lack of an answer:",
		[VERDICT_LEGACY] = "Legacy, because:",
		[VERDICT_REFUSED] = "The agent would not start, because:",
	};
	const struct verdict *v = &report->verdict;
	bool has_cause = v->mode != VERDICT_BPF && v->count > 0;

	if (has_cause) {
		buf_printf(b, "\n%s\n", titles[v->mode]);
		put_finding(b, report, &v->findings[0]);
	} else {
		buf_printf(b, "\nEvery condition of Cilium %s is met.\n",
			   release_name(report->input.options->release));
	}
	if (report->has_cure)
		put_cure(b, &report->cure);
	for (enum section section = 0; section < SECTION__COUNT; section++)
		put_section(b, report, section, has_cause);
}

static void put_bad_values(struct buf *b, const struct report *report)
{
	const struct diag_list *list = report->input.bad_values;

	buf_puts(b, "\nThe agent would not start, because:\n");
	for (size_t i = 0; i < list->count; i++) {
		const struct diag *d = &list->items[i];

		if (d->severity != DIAG_ERROR)
			continue;
		buf_puts(b, "  " REPORT_BAD_VALUE_RULE ": ");
		put_clean(b, d->text ? d->text : "");
		if (d->pos.line)
			buf_printf(b, " (%s:%zu:%zu)", d->pos.file, d->pos.line, d->pos.col);
		buf_puts(b, "\n");
	}
}

static void put_feature(struct buf *b, enum feature_id id, const struct answer *answer)
{
	buf_printf(b, "  %-44s %s", feature_defs[id].name, tri_name(answer->value));
	if (answer->value == ANSWER_NO)
		buf_printf(b, ", since %s", feature_defs[id].since);
	if (answer->source != SOURCE_NONE)
		buf_printf(b, " (%s)", source_name(answer->source));
	if (answer->note[0])
		buf_printf(b, ": %s", answer->note);
	buf_puts(b, "\n");
}

static size_t count_answers(const struct features *features, enum tri value)
{
	size_t n = 0;

	for (size_t i = 0; i < FEATURE__COUNT; i++)
		n += features->items[i].value == value;
	return n;
}

static void put_kernel(struct buf *b, const struct report *report, bool verbose)
{
	const struct features *features = report->input.features;
	size_t missing = count_answers(features, ANSWER_NO);
	size_t unknown = count_answers(features, ANSWER_UNKNOWN);
	bool is_listed[ANSWER__COUNT] = {
		[ANSWER_NO] = true,
		[ANSWER_UNKNOWN] = verbose || unknown <= LISTED_UNKNOWN,
		[ANSWER_YES] = verbose,
	};

	buf_printf(b, "\nKernel %s (5.10 or newer: %s): ",
		   features->release[0] ? features->release : "of unknown release",
		   tri_name(features->kernel_5_10.value));
	if (missing || unknown)
		buf_printf(b, "features missing: %zu, unknown: %zu%s\n", missing, unknown,
			   is_listed[ANSWER_UNKNOWN] ? "" : " (--verbose lists them)");
	else
		buf_puts(b, "every feature asked for\n");
	if (report->missing < FEATURE__COUNT)
		buf_printf(b, "  first in the way of host routing: %s\n",
			   feature_defs[report->missing].name);
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++)
		if (is_listed[features->items[id].value])
			put_feature(b, id, &features->items[id]);
}

/* What an offline report was made from, and options that are not simply there. */
static void put_target(struct buf *b, const struct offline *offline, bool verbose)
{
	buf_puts(b, "\nOffline: image ");
	put_clean(b, offline->kernel_path[0] ? offline->kernel_path : "none");
	buf_puts(b, ", configuration ");
	put_clean(b, offline->kconfig_path[0] ? offline->kconfig_path : "none");
	buf_printf(b, ", BTF %s; no node was looked at\n", offline->target.btf ? "yes" : "none");
	for (enum kconfig_need need = 0; need < NEED__COUNT; need++) {
		const struct answer *answer = &offline->needs[need];

		/* Of an option that nothing tells of, "configuration none" says enough. */
		if (!verbose && (answer->value == ANSWER_YES || answer->source == SOURCE_NONE))
			continue;
		buf_printf(b, "  %s, for %s: %s%s%s\n", kconfig_needs[need].name,
			   kconfig_needs[need].text, tri_name(answer->value),
			   answer->note[0] ? ": " : "", answer->note);
	}
}

int report_write_text(const struct report *report, bool verbose, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };

	put_lines(&b, report);
	if (report->input.dialect)
		put_dialect(&b, report->input.dialect);
	if (report->has_verdict)
		put_verdict(&b, report);
	else if (report->input.options)
		put_bad_values(&b, report);
	if (report->has_audit)
		report_put_audit(&b, &report->audit, verbose);
	put_kernel(&b, report, verbose);
	if (report->input.functional)
		report_put_functional(&b, report->input.functional);
	if (report->input.offline)
		put_target(&b, report->input.offline, verbose);
	return buf_take(&b, out);
}
