// SPDX-License-Identifier: BSD-2-Clause
/* What the agent's flag types accept. Must not know which key a text belongs to. */
#include "config/option_types.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "common/cleanup.h"

static int parse_bool(enum go_grammar grammar, const char *text, struct option_value *value)
{
	(void)grammar;
	return go_parse_bool(text, &value->b);
}

static int parse_int(enum go_grammar grammar, const char *text, struct option_value *value)
{
	return go_parse_int(text, grammar, &value->i);
}

/* The agent checks the sign only; a port of 70000 comes to light later, if at all. */
static int parse_uint_text(enum go_grammar grammar, const char *text, struct option_value *value)
{
	int64_t number;
	int err = go_parse_int(text, grammar, &number);

	if (err)
		return err;
	if (number < 0)
		return -EINVAL;
	value->i = number;
	return 0;
}

static int parse_float(enum go_grammar grammar, const char *text, struct option_value *value)
{
	return go_parse_float(text, grammar, &value->f);
}

static int parse_duration(enum go_grammar grammar, const char *text, struct option_value *value)
{
	(void)grammar;
	return go_parse_duration(text, &value->i);
}

/* Any text is a string, and a list is any text cut at its blanks. */
static int parse_string(enum go_grammar grammar, const char *text, struct option_value *value)
{
	(void)grammar;
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

static int parse_map(enum go_grammar grammar, const char *text, struct option_value *value)
{
	(void)grammar;
	(void)value;
	if (!*text)
		return 0;
	return *text == '{' || *text == '[' ? parse_json_map(text) : parse_pairs(text);
}

static const struct {
	const char *name;
	const char *complaint;
	const char *zero;
	int (*parse)(enum go_grammar grammar, const char *text, struct option_value *value);
} types[] = {
	[OPTION_BOOL] = { "bool", "not a boolean (true or false)", "false", parse_bool },
	[OPTION_INT] = { "int", "not an integer", "0", parse_int },
	[OPTION_UINT] = { "uint", "not an integer of 0 or more", "0", parse_uint_text },
	[OPTION_FLOAT] = { "float", "not a number", "0", parse_float },
	[OPTION_DURATION] = { "duration", "not a duration (such as 90s or 2h30m)", "0",
			      parse_duration },
	[OPTION_STRING] = { "string", "not a string", "", parse_string },
	[OPTION_LIST] = { "list", "not a list", "", parse_string },
	[OPTION_MAP] = { "map", "neither a JSON object of strings nor key=value,key=value", "",
			 parse_map },
};
_Static_assert(ARRAY_SIZE(types) == OPTION_TYPE__COUNT, "describe every type");

/* White space beyond ASCII's, as Unicode has it: U+0085, 00A0, 1680, 2000 to 200A, 2028, 2029, 202F, 205F, 3000. */
static const char *const wide_spaces[] = {
	"\xc2\x85",	"\xc2\xa0",	"\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
	"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
	"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

/* Length of the white space at p, as Go's unicode.IsSpace sees it; 0 when there is none. */
static size_t space_length(const char *p)
{
	if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(wide_spaces); i++)
		if (!strncmp(p, wide_spaces[i], strlen(wide_spaces[i])))
			return strlen(wide_spaces[i]);
	return 0;
}

/* Of the white space that ends at end, not before start. */
static size_t space_length_before(const char *start, const char *end)
{
	for (size_t len = 1; len <= 3 && len <= (size_t)(end - start); len++)
		if (space_length(end - len) == len)
			return len;
	return 0;
}

int option_type_parse(enum option_type type, enum go_grammar grammar, const char *text,
		      struct option_value *value)
{
	return types[type].parse(grammar, text, value);
}

const char *option_type_complaint(enum option_type type)
{
	return types[type].complaint;
}

const char *option_type_zero(enum option_type type)
{
	return types[type].zero;
}

const char *option_type_name(enum option_type type)
{
	return types[type].name;
}

char *option_trim(const char *text)
{
	const char *end;
	size_t len;

	while ((len = space_length(text)))
		text += len;
	end = text + strlen(text);
	while ((len = space_length_before(text, end)))
		end -= len;
	return strndup(text, (size_t)(end - text));
}

enum go_grammar option_grammar(enum cilium_release release)
{
	return release >= CILIUM_1_18 ? GO_LOOSE : GO_STRICT;
}
