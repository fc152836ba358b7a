// SPDX-License-Identifier: BSD-2-Clause
/* Values and origins of options as text that is safe in a terminal, a C comment and JSON. */
#include "compiler/origin.h"

#include <stdio.h>
#include <string.h>

#define CUT_MARK "..."

/* Bytes above 0x7f pass: the input was UTF-8, and a cut in the middle of a character is backed out. */
static void make_printable(char *text)
{
	for (char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f || (c == '/' && p > text && p[-1] == '*'))
			*p = '.';
	}
}

static bool is_utf8_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

const char *origin_text(const struct option_value *value, char out[ORIGIN_TEXT_MAX])
{
	const char *file = value->pos.file ? value->pos.file : "";
	const char *slash = strrchr(file, '/');

	if (!value->is_set)
		snprintf(out, ORIGIN_TEXT_MAX, "default");
	else
		snprintf(out, ORIGIN_TEXT_MAX, "%.255s:%zu:%zu", slash ? slash + 1 : file,
			 value->pos.line, value->pos.col);
	make_printable(out);
	return out;
}

const char *value_text(const struct option_value *value, char out[VALUE_TEXT_MAX])
{
	size_t len = strlen(value->text), keep = VALUE_TEXT_MAX - sizeof(CUT_MARK);

	if (len < VALUE_TEXT_MAX) {
		memcpy(out, value->text, len + 1);
	} else {
		while (keep && is_utf8_continuation(value->text[keep]))
			keep--;
		memcpy(out, value->text, keep);
		memcpy(out + keep, CUT_MARK, sizeof(CUT_MARK));
	}
	make_printable(out);
	return out;
}
