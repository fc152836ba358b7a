// SPDX-License-Identifier: BSD-2-Clause
/* What a key of one release is called in another. Knows nothing of values. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/options.h"

static const struct {
	enum option_id old, new;
} pairs[] = {
#define SUCCESSOR(old, new) { OPT_##old, OPT_##new },
#define BUILT_IN(old)
#include "config/option_successors.def"
#undef SUCCESSOR
#undef BUILT_IN
};

static const enum option_id built_in[] = {
#define SUCCESSOR(old, new)
#define BUILT_IN(old) OPT_##old,
#include "config/option_successors.def"
#undef SUCCESSOR
#undef BUILT_IN
};

/* The other key of the row, or OPT__COUNT when it is not about this one. */
static enum option_id partner(size_t row, enum option_id id)
{
	if (pairs[row].old == id)
		return pairs[row].new;
	return pairs[row].new == id ? pairs[row].old : OPT__COUNT;
}

enum option_id option_set_instead(const struct options *opts, enum option_id id)
{
	enum option_id found = id;

	if (option_is_set(opts, id))
		return id;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		enum option_id other = partner(i, id);

		if (other == OPT__COUNT || !option_exists(other, opts->release))
			continue;
		if (option_is_set(opts, other))
			return other;
		if (found == id && !option_exists(id, opts->release))
			found = other;
	}
	return found;
}

static bool is_built_in(enum option_id id, enum cilium_release release)
{
	for (size_t i = 0; i < ARRAY_SIZE(built_in); i++) {
		if (built_in[i] == id)
			return option_defs[id].releases < UINT32_C(1) << release;
	}
	return false;
}

const char *option_successor_text(enum option_id id, enum cilium_release release,
				  char out[OPTION_SUCCESSOR_TEXT_MAX])
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		enum option_id other = partner(i, id);

		if (other != OPT__COUNT && option_exists(other, release))
			len += (size_t)snprintf(out + len, OPTION_SUCCESSOR_TEXT_MAX - len, "%s%s",
						len ? " and " : "; use ", option_defs[other].name);
		if (len >= OPTION_SUCCESSOR_TEXT_MAX)
			break;
	}
	if (!len && is_built_in(id, release))
		snprintf(out, OPTION_SUCCESSOR_TEXT_MAX, "; always on there");
	return out;
}
