// SPDX-License-Identifier: BSD-2-Clause
/* The option table, and text to typed value. Knows nothing of where a text came from. */
#include "config/options.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/govalue.h"

#define LONGEST_NAME 64
#define MAX_EDITS 2 /* in a misspelt key, however long */

const struct option_def option_defs[] = {
#define OPTION(id, name_, type_, dflt_, scope_, help_) \
	[OPT_##id] = {                                 \
		.name = name_,                         \
		.type = OPTION_##type_,                \
		.dflt = dflt_,                         \
		.scope = OPTION_##scope_,              \
		.help = help_,                         \
	},
#include "config/options.def"
#undef OPTION
};
_Static_assert(ARRAY_SIZE(option_defs) == OPT__COUNT, "one row per option");

#define OPTION(id, name, type, dflt, scope, help) \
	_Static_assert(sizeof(name) <= LONGEST_NAME, "the edit distance has room for the name");
#include "config/options.def"
#undef OPTION

static const char *const scope_names[] = {
	[OPTION_DATAPATH] = "datapath",
	[OPTION_AGENT] = "agent",
	[OPTION_OTHER] = "other",
};
_Static_assert(ARRAY_SIZE(scope_names) == OPTION_SCOPE__COUNT, "name every scope");

static int parse_bool(const char *text, struct option_value *value)
{
	return go_parse_bool(text, &value->b);
}

static int parse_int(const char *text, struct option_value *value)
{
	return go_parse_int(text, &value->i);
}

static int parse_float(const char *text, struct option_value *value)
{
	return go_parse_float(text, &value->f);
}

static int parse_duration(const char *text, struct option_value *value)
{
	return go_parse_duration(text, &value->i);
}

/* Any text is a string, and a list is any text cut at its blanks. */
static int parse_string(const char *text, struct option_value *value)
{
	(void)text;
	(void)value;
	return 0;
}

/* Duplicate members are allowed, as Go allows them; null is the empty string to Go. */
static int parse_json_map(const char *text)
{
	json_t *map = json_loads(text, 0, NULL), *member;
	const char *key;
	int err = json_is_object(map) ? 0 : -EINVAL;

	json_object_foreach(map, key, member)
	{
		if (!json_is_string(member) && !json_is_null(member))
			err = -EINVAL;
	}
	json_decref(map);
	return err;
}

static bool is_map_text(const char *text, size_t len, const char *extra)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-:;./@";

	for (size_t i = 0; i < len; i++) {
		if (!strchr(word, text[i]) && !strchr(extra, text[i]))
			return false;
	}
	return true;
}

/* k=v,k=v where a piece without '=' goes on with the value before it: "type=4,15,15,other=2". */
static int parse_pairs(const char *text)
{
	bool first = true;

	for (const char *p = text;; first = false) {
		size_t len = strcspn(p, ","), key = strcspn(p, ",=");

		if (key == len && first)
			return -EINVAL;
		if (key < len && (!key || !is_map_text(p, key, "")))
			return -EINVAL;
		if (key < len && !is_map_text(p + key + 1, len - key - 1, " "))
			return -EINVAL;
		if (key == len && !is_map_text(p, len, " "))
			return -EINVAL;
		p += len;
		if (!*p)
			return p[-1] == '=' || p[-1] == ',' ? -EINVAL : 0;
		p++;
	}
}

static int parse_map(const char *text, struct option_value *value)
{
	(void)value;
	if (!*text)
		return 0;
	return *text == '{' || *text == '[' ? parse_json_map(text) : parse_pairs(text);
}

static const struct {
	const char *name;
	const char *why; /* what a text is when it is not of this type */
	int (*parse)(const char *text, struct option_value *value);
} types[] = {
	[OPTION_BOOL] = { "bool", "not a boolean (true or false)", parse_bool },
	[OPTION_INT] = { "int", "not an integer", parse_int },
	[OPTION_FLOAT] = { "float", "not a number", parse_float },
	[OPTION_DURATION] = { "duration", "not a duration (such as 90s or 2h30m)", parse_duration },
	[OPTION_STRING] = { "string", "not a string", parse_string },
	[OPTION_LIST] = { "list", "not a list", parse_string },
	[OPTION_MAP] = { "map", "neither a JSON object of strings nor key=value,key=value",
			 parse_map },
};
_Static_assert(ARRAY_SIZE(types) == OPTION_TYPE__COUNT, "describe every type");

/* Length of the white space at p: ASCII's, and what pasted text brings, NEL and no-break space. */
static size_t space_length(const char *p)
{
	if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		return 1;
	return !strncmp(p, "\xc2\x85", 2) || !strncmp(p, "\xc2\xa0", 2) ? 2 : 0;
}

/* A copy without white space at either end, as the agent trims the files it reads. */
static char *trimmed(const char *text)
{
	const char *end;
	size_t len;

	while ((len = space_length(text)))
		text += len;
	end = text + strlen(text);
	for (;;) {
		if (end > text && space_length(end - 1) == 1)
			end--;
		else if (end - text > 1 && space_length(end - 2) == 2)
			end -= 2;
		else
			return strndup(text, (size_t)(end - text));
	}
}

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

int options_init(struct options *opts)
{
	*opts = (struct options){ 0 };
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		struct option_value *value = &opts->values[id];
		const char *dflt = option_defs[id].dflt;

		value->text = strdup(dflt);
		if (!value->text || types[option_defs[id].type].parse(dflt, value)) {
			options_fini(opts);
			return -ENOMEM;
		}
	}
	return 0;
}

void options_fini(struct options *opts)
{
	for (enum option_id id = 0; id < OPT__COUNT; id++)
		free(opts->values[id].text);
	*opts = (struct options){ 0 };
}

int option_set(struct options *opts, enum option_id id, const char *text, struct pos pos,
	       const char **why)
{
	struct option_value value = { .is_set = true, .pos = pos };
	enum option_type type = option_defs[id].type;
	_cleanup_free_ char *own = trimmed(text);
	int err;

	if (!own)
		return -ENOMEM;
	err = types[type].parse(own, &value);
	if (err == -ENOMEM)
		return err;
	if (err) {
		*why = err == -ERANGE ? "too large" : types[type].why;
		return -EINVAL;
	}
	free(opts->values[id].text);
	value.text = TAKE_PTR(own);
	opts->values[id] = value;
	return 0;
}

enum option_id option_find(const char *name)
{
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		if (!strcmp(name, option_defs[id].name))
			return id;
	}
	return OPT__COUNT;
}

const char *option_nearest(const char *name)
{
	size_t len = strlen(name), limit = least(len / 3, MAX_EDITS);
	size_t best = limit + 1;
	const char *nearest = NULL;

	if (len > LONGEST_NAME)
		return NULL;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		size_t distance = edit_distance(name, option_defs[id].name);

		if (distance == best)
			nearest = NULL;
		if (distance >= best)
			continue;
		best = distance;
		nearest = option_defs[id].name;
	}
	return nearest;
}

const char *option_type_name(enum option_type type)
{
	return types[type].name;
}

const char *option_scope_name(enum option_scope scope)
{
	return scope_names[scope];
}
