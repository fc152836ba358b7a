// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's features as a C header. */
#include "common/buf.h"
#include "probe/report_format.h"

/* Notes and releases may come from a file: nothing in them may end the comment. */
static void put_comment_text(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		buf_append(b, c < 0x20 || c > 0x7e || c == '*' || c == '\\' ? "." : text, 1);
	}
}

static void put_answer(struct buf *b, const char *name, const struct answer *answer)
{
	if (answer->value != ANSWER_UNKNOWN) {
		report_put_identifier(b, "#define HAVE_", name);
		buf_puts(b, answer->value == ANSWER_YES ? " 1\n" : " 0\n");
		return;
	}
	report_put_identifier(b, "/* HAVE_", name);
	buf_puts(b, ": unknown");
	if (answer->note[0]) {
		buf_puts(b, ": ");
		put_comment_text(b, answer->note);
	}
	buf_puts(b, " */\n");
}

int report_write_macros(const struct report *report, char **out)
{
	const struct features *features = report->input.features;
	_cleanup_buf_ struct buf b = { 0 };

	buf_puts(&b, "/* What the kernel ");
	put_comment_text(&b, features->release[0] ? features->release : "of unknown release");
	buf_puts(&b, " can do, asked by hrprobe " HOSTROUTE_VERSION ". 1: yes, 0: no. */\n"
		     "#ifndef HOSTROUTE_KERNEL_H\n#define HOSTROUTE_KERNEL_H\n\n");
	put_answer(&b, "kernel_5_10", &features->kernel_5_10);
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++)
		put_answer(&b, feature_defs[id].name, &features->items[id]);
	buf_puts(&b, "\n#endif\n");
	return buf_take(&b, out);
}
