// SPDX-License-Identifier: BSD-2-Clause
/* Collects diagnostics with positions and prints them as compilers do. */
#include "common/diag.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

#define SHOWN_COLUMNS 120 /* longest part of a source line that is repeated */

static const char *const severity_name[] = { "error", "warning", "note" };
_Static_assert(sizeof(severity_name) / sizeof(severity_name[0]) == DIAG__COUNT,
	       "name every severity");

const char *diag_severity_name(enum diag_severity severity)
{
	return severity_name[severity];
}

/* Start of line number `line` (from 1), or NULL. */
static const char *find_line(const char *source, size_t line)
{
	for (size_t i = 1; source && i < line; i++) {
		source = strchr(source, '\n');
		if (source)
			source++;
	}
	return source && *source ? source : NULL;
}

/* Columns count characters: the later bytes of a UTF-8 sequence are none. */
static bool starts_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* The part of a line that holds column col, made printable, and the column's place in that part. */
static char *source_part(const char *line, size_t col, size_t *caret)
{
	size_t first = col > SHOWN_COLUMNS ? col - SHOWN_COLUMNS / 2 : 1, last, at = 0;
	size_t len = strcspn(line, "\r\n");
	struct buf b = { 0 };
	char *text = NULL;

	last = first + SHOWN_COLUMNS - 1;
	for (size_t i = 0; i < len; i++) {
		at += starts_character(line[i]);
		if (at >= first && at <= last)
			buf_append(&b, iscntrl((unsigned char)line[i]) ? "." : line + i, 1);
	}
	/* One behind the end is where a missing character is reported. */
	*caret = col && col <= at + 1 ? col - first + 1 : 0;
	return buf_take(&b, &text) ? NULL : text;
}

static void item_fini(struct diag *d)
{
	free(d->text);
	free(d->source_line);
}

void diag_fini(struct diag_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		item_fini(&list->items[i]);
	*list = (struct diag_list){ 0 };
}

/* A place at the end of the list, or NULL when it is full: an error then takes the last other one's. */
static struct diag *diag_slot(struct diag_list *list, enum diag_severity severity)
{
	size_t last = list->count;

	if (list->count < DIAG_MAX)
		return &list->items[list->count++];
	list->dropped++;
	if (severity != DIAG_ERROR)
		return NULL;
	while (last && list->items[last - 1].severity == DIAG_ERROR)
		last--;
	if (!last)
		return NULL;
	item_fini(&list->items[last - 1]);
	memmove(&list->items[last - 1], &list->items[last],
		(DIAG_MAX - last) * sizeof(list->items[0]));
	return &list->items[DIAG_MAX - 1];
}

void diag_add(struct diag_list *list, enum diag_severity severity, struct pos pos,
	      const char *source, const char *fmt, ...)
{
	const char *line;
	struct diag *d;
	va_list ap;

	list->errors += severity == DIAG_ERROR;
	list->warnings += severity == DIAG_WARNING;
	d = diag_slot(list, severity);
	if (!d)
		return;
	*d = (struct diag){ .severity = severity, .pos = pos };
	va_start(ap, fmt);
	if (vasprintf(&d->text, fmt, ap) < 0)
		d->text = NULL;
	va_end(ap);
	for (char *p = d->text; p && *p; p++) {
		if (iscntrl((unsigned char)*p))
			*p = '.';
	}
	line = pos.line ? find_line(source, pos.line) : NULL;
	if (line)
		d->source_line = source_part(line, pos.col, &d->caret);
}

void diag_move(struct diag_list *to, struct diag_list *from)
{
	to->errors += from->errors;
	to->warnings += from->warnings;
	to->dropped += from->dropped;
	for (size_t i = 0; i < from->count; i++) {
		struct diag *slot = diag_slot(to, from->items[i].severity);

		if (!slot)
			continue;
		*slot = from->items[i];
		from->items[i] = (struct diag){ 0 };
	}
	diag_fini(from);
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
	if (d->caret)
		fprintf(out, "  %*s^\n", (int)(d->caret - 1), "");
}

void diag_print(const struct diag_list *list, FILE *out)
{
	for (size_t i = 0; i < list->count; i++)
		print_one(&list->items[i], out);
	if (list->dropped)
		fprintf(out, "... and %zu more\n", list->dropped);
}
