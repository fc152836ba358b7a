// SPDX-License-Identifier: BSD-2-Clause
/* Finds keys by name: exact, or in another case. Knows nothing of values. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/options.h"

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
