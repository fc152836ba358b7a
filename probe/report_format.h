/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats of hrprobe's report, beyond what report.h says of text and JSON. All of them write what
 * the struct holds; none decides. Values from input are shown with '.' for what is not printable ASCII, so
 * one line stays one line.
 *
 *   macros  a C header: HAVE_<FEATURE> 0 or 1 for each row of features.def, upper-case, '_' for what no
 *           identifier may hold: HAVE_HELPER_SCHED_CLS_REDIRECT_PEER. An unknown one is a comment and
 *           stays undefined, so `#if` with -Wundef finds who depends on it.
 *   labels  a file for node-feature-discovery's features.d folder: hostroute.example/<name>=<value> lines.
 *           verdict (bpf, legacy, refused, unknown), subject (config, kernel), reason (the first cause; absent
 *           without one), kernel, and yes, no or unknown for redirect-peer, redirect-neigh and tcx. Values are
 *           valid Kubernetes label values: what may not be in one becomes '.', and it ends after 63.
 *   env     HR_<NAME>='value' lines to be read by a POSIX shell's `eval` or `.`; every name is always there.
 */
#ifndef HR_PROBE_REPORT_FORMAT_H
#define HR_PROBE_REPORT_FORMAT_H

#include "common/buf.h"
#include "common/cli.h"
#include "probe/report.h"

enum report_format {
	REPORT_TEXT = CLI_TEXT,
	REPORT_JSON = CLI_JSON,
	REPORT_MACROS = CLI_FORMAT_OWN,
	REPORT_LABELS,
	REPORT_ENV,
	REPORT_FORMAT__COUNT,
};

/* Names of the formats from REPORT_MACROS on, for struct cli_tool. */
extern const char *const report_formats[];

/* Writes the report; verbose is for text. The caller frees *out. 0 or -ENOMEM. */
int report_write(const struct report *report, enum report_format format, bool verbose, char **out);

/* Each for one format; the same contract. */
int report_write_macros(const struct report *report, char **out);
int report_write_labels(const struct report *report, char **out);
int report_write_env(const struct report *report, char **out);

/* Why the mode is not BPF, in short: the first cause. All "" when there is none. Borrowed from report. */
struct report_reason {
	const char *name; /* a rule, or a feature of the kernel */
	const char *text;
	const char *fix;
};

struct report_reason report_reason(const struct report *report);

/* "bpf", "legacy", "refused" or "unknown": the mode as scripts see it. */
const char *report_verdict_word(const struct report *report);

/* prefix and name as an identifier: letters in upper case, digits, and '_' for all else. */
void report_put_identifier(struct buf *b, const char *prefix, const char *name);

#endif
