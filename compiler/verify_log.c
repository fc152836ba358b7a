// SPDX-License-Identifier: BSD-2-Clause
/* Reads verifier logs, which are long, cut, and anybody's text. */
#include "compiler/verify_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

#define TIME_LINE "verification time "
#define STACK_LINE "stack depth "
#define PROCESSED_LINE "processed "
#define SOURCE_LINE "; "

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

static bool is_figures(const char *line)
{
	return has_prefix(line, TIME_LINE) || has_prefix(line, STACK_LINE) ||
	       has_prefix(line, PROCESSED_LINE);
}

static bool read_line(const char *line, struct verify_stats *out)
{
	if (sscanf(line, TIME_LINE "%" SCNu64, &out->time_us) == 1)
		return false;
	if (has_prefix(line, STACK_LINE)) {
		const char *value = line + strlen(STACK_LINE);

		snprintf(out->stack, sizeof(out->stack), "%.*s", (int)strspn(value, "0123456789+"),
			 value);
		return false;
	}
	return sscanf(line,
		      PROCESSED_LINE "%" SCNu64 " insns (limit %*u) max_states_per_insn %*u "
				     "total_states %" SCNu64 " peak_states %" SCNu64,
		      &out->processed, &out->total_states, &out->peak_states) == 3;
}

bool verify_log_stats(const char *log, struct verify_stats *out)
{
	bool found = false;

	*out = (struct verify_stats){ 0 };
	for (const char *line = log; *line; line = next_line(line))
		found |= is_figures(line) && read_line(line, out);
	if (!found)
		*out = (struct verify_stats){ 0 };
	return found;
}

/* Where the figures begin that close the log, or its end. */
static const char *end_of_story(const char *log)
{
	const char *end = NULL;

	for (const char *line = log; *line; line = next_line(line)) {
		if (!is_figures(line))
			end = NULL;
		else if (!end)
			end = line;
	}
	return end ?: log + strlen(log);
}

int verify_log_tail(const char *log, char **out)
{
	const char *end = end_of_story(log), *start = end;
	size_t lines = 0;
	char *text;

	while (start > log && (size_t)(end - start) < VERIFY_LOG_TAIL_BYTES) {
		if (start[-1] == '\n' && start != end && ++lines == VERIFY_LOG_TAIL_LINES)
			break;
		start--;
	}
	text = strndup(start, (size_t)(end - start));
	if (!text)
		return -ENOMEM;
	for (char *p = text; *p; p++) {
		if (*p != '\n' && ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e))
			*p = '.';
	}
	*out = text;
	return 0;
}

void verify_log_source(const char *log, char out[VERIFY_SOURCE_MAX])
{
	const char *last = NULL;

	for (const char *line = log; *line; line = next_line(line)) {
		if (has_prefix(line, SOURCE_LINE))
			last = line + strlen(SOURCE_LINE);
	}
	out[0] = '\0';
	if (!last)
		return;
	last += strspn(last, " \t");
	snprintf(out, VERIFY_SOURCE_MAX, "%.*s", (int)strcspn(last, "\n"), last);
	for (char *p = out; *p; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			*p = '.';
	}
}
