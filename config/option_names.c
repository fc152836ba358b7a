// SPDX-License-Identifier: BSD-2-Clause
/* Finds keys by name: exact, in another case, or misspelt. Knows nothing of values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "config/options.h"

#define LONGEST_NAME 64
#define MAX_EDITS 2 /* in a misspelt key, however long */

#define OPTION(id, name, type, dflts, releases, scope, help) \
	_Static_assert(sizeof(name) <= LONGEST_NAME, "the edit distance has room for the name");
#include "config/options.def"
#undef OPTION

static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	return c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A digit is no slip of the finger: ipv4 and ipv6 are different things. */
static size_t edit_cost(char c)
{
	return c >= '0' && c <= '9' ? MAX_EDITS : 1;
}

static size_t change_cost(char a, char b)
{
	return a == b ? 0 : edit_cost(a) + edit_cost(b) - 1;
}

/* Insertions, deletions, changes and swaps of neighbours that make b of a; neither is too long. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST_NAME + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	row[0] = 0;
	for (size_t j = 1; j <= b_len; j++)
		row[j] = row[j - 1] + edit_cost(b[j - 1]);
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
		row[0] = above[0] + edit_cost(a[i - 1]);
		for (size_t j = 1; j <= b_len; j++) {
			char x = folded(a[i - 1]), y = folded(b[j - 1]);

			row[j] = least(above[j - 1] + change_cost(x, y),
				       least(above[j] + edit_cost(x), row[j - 1] + edit_cost(y)));
			if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[b_len];
}

static int by_name(const void *a, const void *b)
{
	const enum option_id *x = a, *y = b;

	return strcasecmp(option_defs[*x].name, option_defs[*y].name);
}

static int against_name(const void *name, const void *id)
{
	return strcasecmp(name, option_defs[*(const enum option_id *)id].name);
}

/* Ids in the order of their names without case, in which two names never differ by case alone. */
static const enum option_id *sorted_ids(void)
{
	static enum option_id ids[OPT__COUNT];

	if (ids[0] == ids[1]) {
		for (enum option_id id = 0; id < OPT__COUNT; id++)
			ids[id] = id;
		qsort(ids, OPT__COUNT, sizeof(*ids), by_name);
	}
	return ids;
}

enum option_id option_find_folded(const char *name)
{
	const enum option_id *found;

	found = bsearch(name, sorted_ids(), OPT__COUNT, sizeof(*found), against_name);
	return found ? *found : OPT__COUNT;
}

enum option_id option_find(const char *name)
{
	enum option_id id = option_find_folded(name);

	return id < OPT__COUNT && !strcmp(name, option_defs[id].name) ? id : OPT__COUNT;
}

const char *option_nearest(const char *name, enum cilium_release release)
{
	size_t len = strlen(name), limit = least(len / 3, MAX_EDITS);
	size_t best = limit + 1;
	const char *nearest = NULL;

	if (len > LONGEST_NAME)
		return NULL;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		size_t distance;

		if (!option_exists(id, release))
			continue;
		distance = edit_distance(name, option_defs[id].name);
		if (distance == best)
			nearest = NULL;
		if (distance >= best)
			continue;
		best = distance;
		nearest = option_defs[id].name;
	}
	return nearest;
}
