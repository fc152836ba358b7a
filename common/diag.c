// SPDX-License-Identifier: BSD-2-Clause
/* Collects diagnostics with positions and prints them as compilers do. */
#include "common/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

#define SHOWN_COLUMNS 120 /* longest part of a source line that is repeated */

static const char *const severity_name[] = { "error", "warning", "note" };
_Static_assert(sizeof(severity_name) / sizeof(severity_name[0]) == DIAG__COUNT,
	       "name every severity");

/* Copies line number `line` (from 1), made printable. NULL when there is no such line. */
static char *source_line(const char *source, size_t line)
{
	struct buf b = { 0 };
	const char *end;
	char *text = NULL;

	for (size_t i = 1; source && i < line; i++) {
		source = strchr(source, '\n');
		if (source)
			source++;
	}
	if (!source || !*source)
		return NULL;
	end = source + strcspn(source, "\r\n");
	if (end - source > SHOWN_COLUMNS)
		end = source + SHOWN_COLUMNS;
	for (; source < end; source++) {
		unsigned char c = (unsigned char)*source;

		buf_append(&b, c < 0x20 || c == 0x7f ? "." : source, 1);
	}
	return buf_take(&b, &text) ? NULL : text;
}

void diag_fini(struct diag_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].text);
		free(list->items[i].source_line);
	}
	*list = (struct diag_list){ 0 };
}

void diag_add(struct diag_list *list, enum diag_severity severity, struct pos pos,
	      const char *source, const char *fmt, ...)
{
	struct diag *d;
	va_list ap;

	if (severity == DIAG_ERROR)
		list->errors++;
	if (list->count == DIAG_MAX) {
		list->dropped++;
		return;
	}
	d = &list->items[list->count];
	*d = (struct diag){ .severity = severity, .pos = pos };
	va_start(ap, fmt);
	if (vasprintf(&d->text, fmt, ap) < 0)
		d->text = NULL;
	va_end(ap);
	if (pos.line)
		d->source_line = source_line(source, pos.line);
	list->count++;
}

static void print_one(const struct diag *d, FILE *out)
{
	if (d->pos.line)
		fprintf(out, "%s:%zu:%zu: ", d->pos.file, d->pos.line, d->pos.col);
	else if (d->pos.file)
		fprintf(out, "%s: ", d->pos.file);
	fprintf(out, "%s: %s\n", severity_name[d->severity], d->text ? d->text : "out of memory");
	if (!d->source_line)
		return;
	fprintf(out, "  %s\n", d->source_line);
	if (d->pos.col && d->pos.col <= strlen(d->source_line))
		fprintf(out, "  %*s^\n", (int)(d->pos.col - 1), "");
}

void diag_print(const struct diag_list *list, FILE *out)
{
	for (size_t i = 0; i < list->count; i++)
		print_one(&list->items[i], out);
	if (list->dropped)
		fprintf(out, "... and %zu more\n", list->dropped);
}
