// SPDX-License-Identifier: BSD-2-Clause
/* The node audit in hrprobe's report, as text and as JSON. */
#include "probe/report_audit.h"

static void put_clean(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		buf_append(b, c < 0x20 || c == 0x7f ? "." : text, 1);
	}
}

static void put_finding(struct buf *b, const struct audit_finding *f)
{
	const struct audit_def *def = &audit_defs[f->id];

	buf_printf(b, "  %s: %s: %s", def->name, audit_severity_name(def->severity), def->text);
	if (f->detail[0]) {
		buf_puts(b, " (");
		put_clean(b, f->detail);
		buf_puts(b, ")");
	}
	buf_printf(b, "\n    in BPF mode: %s\n    fix: %s\n", def->consequence, def->fix);
}

static bool is_listed(const struct audit_finding *f, bool verbose)
{
	return f->matched == ANSWER_YES && (verbose || audit_defs[f->id].severity != AUDIT_INFO);
}

static void put_unknown(struct buf *b, const struct audit *audit)
{
	const char *separator = "  not known: ";

	for (size_t i = 0; i < audit->count; i++) {
		if (audit->items[i].matched != ANSWER_UNKNOWN)
			continue;
		buf_printf(b, "%s%s", separator, audit_defs[audit->items[i].id].name);
		separator = ", ";
	}
	if (audit->unknown)
		buf_puts(b, "\n");
}

void report_put_audit(struct buf *b, const struct audit *audit, bool verbose)
{
	size_t notes = 0;

	buf_puts(b, audit->count ? "\nNode:\n" : "\nNode: nothing to note\n");
	for (size_t i = 0; i < audit->count; i++) {
		const struct audit_finding *f = &audit->items[i];

		if (is_listed(f, verbose))
			put_finding(b, f);
		else if (f->matched == ANSWER_YES)
			notes++;
	}
	put_unknown(b, audit);
	if (notes)
		buf_printf(b, "  for information: %zu (--verbose lists them)\n", notes);
}

static json_t *finding_json(const struct audit_finding *f)
{
	const struct audit_def *def = &audit_defs[f->id];
	/* A device's name need not be UTF-8; the rest of the finding is worth having without it. */
	json_t *detail = json_string(f->detail);

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "id", def->name, "severity",
			 audit_severity_name(def->severity), "matched", tri_name(f->matched),
			 "text", def->text, "detail", detail ? detail : json_null(), "consequence",
			 def->consequence, "fix", def->fix);
}

json_t *report_audit_json(const struct audit *audit)
{
	json_t *array = json_array();

	for (size_t i = 0; i < audit->count; i++)
		json_array_append_new(array, finding_json(&audit->items[i]));
	return array;
}
