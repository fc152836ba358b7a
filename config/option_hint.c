// SPDX-License-Identifier: BSD-2-Clause
/*
 * What an unknown key was meant to be: a name of the Helm chart or of web articles, a slip of the finger, or
 * other words for the same thing. Knows nothing of values.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "config/options.h"

#define LONGEST_NAME 64
#define MAX_EDITS 2 /* in a misspelt key, however long */
#define MAX_WORDS 16

#define OPTION(id, name, type, dflts, releases, scope, help) \
	_Static_assert(sizeof(name) <= LONGEST_NAME, "the edit distance has room for the name");
#include "config/options.def"
#undef OPTION

#define HINT(name, id) _Static_assert(sizeof(name) <= LONGEST_NAME, "split() has room for it");
#define OPPOSITE HINT
#include "config/option_hint.def"
#undef HINT
#undef OPPOSITE

static const struct {
	const char *name;
	enum option_id id;
	bool is_opposite;
} known_hints[] = {
#define HINT(name, id) { name, OPT_##id, false },
#define OPPOSITE(name, id) { name, OPT_##id, true },
#include "config/option_hint.def"
#undef HINT
#undef OPPOSITE
};

/* A name as the words that carry its meaning, in lower case. */
struct words {
	char text[LONGEST_NAME + 1]; /* the words behind each other */
	const char *at[MAX_WORDS];
	size_t len[MAX_WORDS];
	size_t count;
};

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

/*
 * Insertions, deletions, changes and swaps of neighbours that make b of a; neither is too long. Once two rows,
 * as far as a swap reaches back, are above the limit, so is the result, whatever follows.
 */
static size_t edit_distance(const char *a, const char *b, size_t limit)
{
	size_t lowest_above = 0;
	size_t rows[3][LONGEST_NAME + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	row[0] = 0;
	for (size_t j = 1; j <= b_len; j++)
		row[j] = row[j - 1] + edit_cost(b[j - 1]);
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before, lowest;

		before = above;
		above = row;
		row = oldest;
		row[0] = lowest = above[0] + edit_cost(a[i - 1]);
		for (size_t j = 1; j <= b_len; j++) {
			char x = folded(a[i - 1]), y = folded(b[j - 1]);

			row[j] = least(above[j - 1] + change_cost(x, y),
				       least(above[j] + edit_cost(x), row[j - 1] + edit_cost(y)));
			if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
			lowest = least(lowest, row[j]);
		}
		if (least(lowest, lowest_above) > limit)
			return lowest;
		lowest_above = lowest;
	}
	return row[b_len];
}

/* Said of nearly every key, or in nearly every article. */
static bool is_filler(const char *word, size_t len)
{
	static const char *const fillers[] = { "enable", "enabled", "use" };

	for (size_t i = 0; i < ARRAY_SIZE(fillers); i++) {
		if (strlen(fillers[i]) == len && !memcmp(fillers[i], word, len))
			return true;
	}
	return false;
}

/* Words that turn a key into its opposite. */
static bool turns(const char *word, size_t len)
{
	static const char *const turning[] = { "disable", "exclude", "ignore", "legacy",
					       "no",	  "only",    "skip",   "without" };

	for (size_t i = 0; i < ARRAY_SIZE(turning); i++) {
		if (strlen(turning[i]) == len && !memcmp(turning[i], word, len))
			return true;
	}
	return false;
}

/* Where the word at name ends: before a separator, or where camelCase goes on. */
static size_t word_length(const char *name)
{
	size_t len = 0;

	while (isalnum((unsigned char)name[len])) {
		if (len && isupper((unsigned char)name[len]) &&
		    !isupper((unsigned char)name[len - 1]))
			break;
		len++;
	}
	return len;
}

/* Returns the end of the text, with the word in it when it carries meaning. */
static char *add_word(struct words *words, char *end, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		end[i] = (char)tolower((unsigned char)name[i]);
	if (len == 4 && !memcmp(end, "ebpf", len))
		memmove(end, end + 1, --len);
	if (is_filler(end, len))
		return end;
	words->at[words->count] = end;
	words->len[words->count++] = len;
	return end + len;
}

/* name has at most LONGEST_NAME characters; words beyond MAX_WORDS do not count. */
static void split(const char *name, struct words *out)
{
	char *end = out->text;

	out->count = 0;
	while (*name && out->count < MAX_WORDS) {
		size_t len = word_length(name);

		if (len)
			end = add_word(out, end, name, len);
		name += len ? len : 1;
	}
	*end = '\0';
}

static bool has_word(const struct words *words, const char *word, size_t len)
{
	for (size_t i = 0; i < words->count; i++) {
		if (words->len[i] == len && !memcmp(words->at[i], word, len))
			return true;
	}
	return false;
}

#define SAME_LETTERS 101 /* as in kubeProxyReplacement */

/*
 * How near two names are by their words, in percent: common ones of all. At least two must be common, two of
 * three the same, and none may turn the meaning of the other name.
 */
static unsigned int likeness(const struct words *a, const struct words *b)
{
	size_t common = 0, all = a->count;

	if (!strcmp(a->text, b->text))
		return SAME_LETTERS;

	for (size_t i = 0; i < b->count; i++) {
		if (has_word(a, b->at[i], b->len[i]))
			common++;
		else if (turns(b->at[i], b->len[i]))
			return 0;
		else
			all++;
	}
	for (size_t i = 0; i < a->count; i++) {
		if (turns(a->at[i], a->len[i]) && !has_word(b, a->at[i], a->len[i]))
			return 0;
	}
	return common >= 2 && 3 * common >= 2 * all ? (unsigned int)(100 * common / all) : 0;
}

static struct option_hint known_hint(const struct words *words, enum cilium_release release)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_hints); i++) {
		struct words known = { .count = 0 };

		if (!option_exists(known_hints[i].id, release))
			continue;
		split(known_hints[i].name, &known);
		if (!strcmp(known.text, words->text))
			return (struct option_hint){ option_defs[known_hints[i].id].name,
						     known_hints[i].is_opposite };
	}
	return (struct option_hint){ 0 };
}

/* The one key that is most alike, and how much; NULL when there is none. */
static const char *most_alike(const struct words *words, enum cilium_release release,
			      unsigned int *best)
{
	const char *nearest = NULL;

	*best = 0;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		struct words key = { .count = 0 };
		unsigned int like;

		if (!option_exists(id, release))
			continue;
		split(option_defs[id].name, &key);
		like = likeness(words, &key);
		if (like == *best)
			nearest = NULL;
		if (like <= *best)
			continue;
		*best = like;
		nearest = option_defs[id].name;
	}
	return nearest;
}

/* The one key that is least edits away, of those within the limit. */
static const char *least_edits(const char *name, enum cilium_release release)
{
	size_t len = strlen(name), limit = least(len / 3, MAX_EDITS);
	size_t best = limit + 1;
	const char *nearest = NULL;

	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		size_t distance;

		if (!option_exists(id, release) ||
		    labs((long)strlen(option_defs[id].name) - (long)len) > (long)limit)
			continue;
		distance = edit_distance(name, option_defs[id].name, limit);
		if (distance == best)
			nearest = NULL;
		if (distance >= best)
			continue;
		best = distance;
		nearest = option_defs[id].name;
	}
	return nearest;
}

struct option_hint option_hint(const char *name, enum cilium_release release)
{
	unsigned int likeness_found;
	struct option_hint hint;
	const char *misspelt;
	struct words words = { .count = 0 };

	if (strlen(name) > LONGEST_NAME)
		return (struct option_hint){ 0 };
	split(name, &words);
	if (!words.count)
		return (struct option_hint){ 0 };
	hint = known_hint(&words, release);
	if (hint.name)
		return hint;
	hint.name = most_alike(&words, release, &likeness_found);
	misspelt = likeness_found < SAME_LETTERS ? least_edits(name, release) : NULL;
	hint.name = misspelt ?: hint.name;
	return hint;
}
