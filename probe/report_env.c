// SPDX-License-Identifier: BSD-2-Clause
/* The report as assignments for a POSIX shell. */
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "probe/report_format.h"

/* Between single quotes a shell reads everything as it stands, except the quote itself. */
static void put_quoted(struct buf *b, const char *text)
{
	buf_puts(b, "='");
	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\'')
			buf_puts(b, "'\\''");
		else
			buf_append(b, c < 0x20 || c > 0x7e ? "." : text, 1);
	}
	buf_puts(b, "'\n");
}

static void put_value(struct buf *b, const char *name, const char *value)
{
	report_put_identifier(b, "HR_", name);
	put_quoted(b, value);
}

/* The `cilium status` lines are absent without a config; their names must not be. */
static void put_status(struct buf *b, const struct report *report)
{
	static const struct {
		const char *name, *line;
	} rows[] = {
		{ "kube_proxy_replacement", "KubeProxyReplacement" },
		{ "host_routing", "Routing" }, /* or "Host Routing" */
		{ "masquerading", "Masquerading" },
		{ "bandwidth_manager", "BandwidthManager" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = "";

		for (size_t j = 0; j < report->line_count; j++)
			if (strstr(report->lines[j].name, rows[i].line))
				value = report->lines[j].value;
		put_value(b, rows[i].name, value);
	}
}

int report_write_env(const struct report *report, char **out)
{
	const struct features *features = report->input.features;
	struct report_reason reason = report_reason(report);
	_cleanup_buf_ struct buf b = { 0 };
	char status[16];

	snprintf(status, sizeof(status), "%d", (int)report->status);
	put_value(&b, "schema", REPORT_SCHEMA);
	put_value(&b, "verdict", report_verdict_word(report));
	put_value(&b, "exit_status", status);
	put_value(&b, "reason", reason.name);
	put_value(&b, "reason_text", reason.text);
	put_value(&b, "fix", reason.fix);
	put_status(&b, report);
	put_value(&b, "config_source", report->input.config_source);
	put_value(&b, "kernel_release", features->release);
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		report_put_identifier(&b, "HR_HAVE_", feature_defs[id].name);
		put_quoted(&b, tri_name(features->items[id].value));
	}
	return buf_take(&b, out);
}
