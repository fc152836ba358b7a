/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Diagnostics of a text input, collected and then printed in compiler style:
 *
 *     cilium-config.yaml:12:18: error: enable-ipv4: "yes" is not a boolean
 *       enable-ipv4: "yes"
 *                    ^
 *
 * All errors of a file are reported, up to DIAG_MAX; what comes after is counted only, except that an
 * error still gets the place of a warning.
 */
#ifndef HR_COMMON_DIAG_H
#define HR_COMMON_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DIAG_MAX 20

enum diag_severity {
	DIAG_ERROR,
	DIAG_WARNING,
	DIAG_NOTE,
	DIAG__COUNT,
};

/* Where in an input: line and col count from 1; 0 means "no line", a message about the whole input. */
struct pos {
	const char *file; /* not owned; outlives every diag_list that mentions it */
	size_t line;
	size_t col;
};

struct diag {
	enum diag_severity severity;
	struct pos pos;
	char *text; /* owned by the list */
	char *source_line; /* owned by the list; the part around pos.col; NULL when unknown */
	size_t caret; /* column of pos within source_line, from 1; 0 when it is not in it */
};

struct diag_list {
	struct diag items[DIAG_MAX];
	size_t count; /* items in use */
	size_t errors, warnings; /* seen, kept or not */
	size_t dropped; /* diagnostics beyond DIAG_MAX */
};

const char *diag_severity_name(enum diag_severity severity); /* "error", "warning", "note" */

void diag_fini(struct diag_list *list);

/*
 * Adds one diagnostic. source is the whole text of the file, for the line under the message, or NULL.
 * Control characters of message and line are shown as '.', long lines are cut around the column.
 */
void diag_add(struct diag_list *list, enum diag_severity severity, struct pos pos,
	      const char *source, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static inline bool diag_has_errors(const struct diag_list *list)
{
	return list->errors > 0;
}

/* Moves all of from behind what is in to, within DIAG_MAX; from is empty afterwards. */
void diag_move(struct diag_list *to, struct diag_list *from);

/* Prints all of the list, errors of a file in the order they were added. */
void diag_print(const struct diag_list *list, FILE *out);

#define _cleanup_diag_ __attribute__((cleanup(diag_fini)))

#endif
