// SPDX-License-Identifier: BSD-2-Clause
/* The verdict as node labels, for node-feature-discovery's local source. */
#include <ctype.h>
#include <stdbool.h>

#include "common/buf.h"
#include "probe/report_format.h"

#define LABEL_NAMESPACE "hostroute.example/"
#define LABEL_VALUE_MAX 63 /* Kubernetes: letters, digits, '-', '_', '.'; ends are alphanumeric */

/* Writes the longest valid value that text gives; nothing at all when none is left of it. */
static void put_label(struct buf *b, const char *name, const char *text)
{
	char value[LABEL_VALUE_MAX];
	size_t len = 0;

	for (; *text && len < LABEL_VALUE_MAX; text++) {
		unsigned char c = (unsigned char)*text;
		bool is_alnum = isascii(c) && isalnum(c);

		if (!is_alnum && !len)
			continue;
		value[len++] = is_alnum || c == '-' || c == '_' ? (char)c : '.';
	}
	while (len && !isalnum((unsigned char)value[len - 1]))
		len--;
	if (len)
		buf_printf(b, LABEL_NAMESPACE "%s=%.*s\n", name, (int)len, value);
}

int report_write_labels(const struct report *report, char **out)
{
	const struct features *features = report->input.features;
	_cleanup_buf_ struct buf b = { 0 };

	put_label(&b, "verdict", report_verdict_word(report));
	put_label(&b, "subject", report->input.options ? "config" : "kernel");
	put_label(&b, "reason", report_reason(report).name);
	put_label(&b, "kernel", features->release);
	put_label(&b, "redirect-peer",
		  tri_name(features->items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER].value));
	put_label(&b, "redirect-neigh",
		  tri_name(features->items[FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH].value));
	put_label(&b, "tcx", tri_name(features->items[FEATURE_TCX].value));
	return buf_take(&b, out);
}
