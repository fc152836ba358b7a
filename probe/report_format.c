// SPDX-License-Identifier: BSD-2-Clause
/* Which function writes which format, and what the short formats have in common. */
#include "probe/report_format.h"

#include <ctype.h>

#include "common/cleanup.h"

const char *const report_formats[] = {
	[REPORT_MACROS - CLI_FORMAT_OWN] = "macros",
	[REPORT_LABELS - CLI_FORMAT_OWN] = "labels",
	[REPORT_ENV - CLI_FORMAT_OWN] = "env",
	NULL,
};
_Static_assert(ARRAY_SIZE(report_formats) == REPORT_FORMAT__COUNT - CLI_FORMAT_OWN + 1,
	       "a name for every format");

int report_write(const struct report *report, enum report_format format, bool verbose, char **out)
{
	switch (format) {
	case REPORT_JSON:
		return report_write_json(report, out);
	case REPORT_MACROS:
		return report_write_macros(report, out);
	case REPORT_LABELS:
		return report_write_labels(report, out);
	case REPORT_ENV:
		return report_write_env(report, out);
	default:
		return report_write_text(report, verbose, out);
	}
}

static struct report_reason bad_value_reason(const struct diag_list *diags)
{
	struct report_reason reason = { REPORT_BAD_VALUE_RULE, "", REPORT_BAD_VALUE_FIX };

	for (size_t i = diags->count; i-- > 0;)
		if (diags->items[i].severity == DIAG_ERROR && diags->items[i].text)
			reason.text = diags->items[i].text;
	return reason;
}

struct report_reason report_reason(const struct report *report)
{
	const struct diag_list *bad = report->input.bad_values;
	const struct finding *first = &report->verdict.findings[0];

	if (report->has_verdict && report->mode != VERDICT_BPF && report->verdict.count)
		return (struct report_reason){ rule_defs[first->rule].name,
					       rule_defs[first->rule].text,
					       report_fix(report, first) };
	if (!report->has_verdict && bad && bad->errors)
		return bad_value_reason(bad);
	if (report->missing < FEATURE__COUNT)
		return (struct report_reason){ feature_defs[report->missing].name,
					       report->mode == VERDICT_LEGACY
						       ? "the kernel does not have it"
						       : "whether the kernel has it is unknown",
					       "" };
	return (struct report_reason){ "", "", "" };
}

const char *report_verdict_word(const struct report *report)
{
	static const char *const words[] = {
		[VERDICT_UNDETERMINED] = "unknown",
		[VERDICT_BPF] = "bpf",
		[VERDICT_LEGACY] = "legacy",
		[VERDICT_REFUSED] = "refused",
	};
	_Static_assert(ARRAY_SIZE(words) == VERDICT__COUNT, "a word for every mode");

	return words[report->mode];
}

void report_put_identifier(struct buf *b, const char *prefix, const char *name)
{
	buf_puts(b, prefix);
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		char upper = isalnum(c) ? (char)toupper(c) : '_';

		buf_append(b, &upper, 1);
	}
}
