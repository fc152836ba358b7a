// SPDX-License-Identifier: BSD-2-Clause
/*
 * The value grammars of Go's strconv and time packages, as far as a ConfigMap meets them. Knows
 * nothing of options; what the agent does first (viper's casts) is here, because it is part of what a
 * value means.
 */
#include "config/govalue.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"

#define DURATION_LIMIT (1ull << 63) /* nanoseconds of the most negative duration */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_hex_digit(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

static const char *skip_sign(const char *p)
{
	return *p == '+' || *p == '-' ? p + 1 : p;
}

/*
 * Go's rule for '_' in numbers: only between digits, where a base prefix counts as one. `last` is '0'
 * after a digit, '_' after an underscore, '!' after anything else.
 */
static bool underscores_ok(const char *text, const char *end)
{
	const char *p = skip_sign(text);
	bool hex = false;
	char last = '!';

	if (end - p >= 2 && p[0] == '0' && strchr("box", lower(p[1]))) {
		hex = lower(p[1]) == 'x';
		last = '0';
		p += 2;
	}
	for (; p < end; p++) {
		if (is_digit(*p) || (hex && is_hex_digit(*p))) {
			last = '0';
			continue;
		}
		if (*p == '_' ? last != '0' : last == '_')
			return false;
		last = *p == '_' ? '_' : '!';
	}
	return last != '_';
}

/* End of the text without a fraction of zeros: "5.0" ends after the 5, "5." after the dot. */
static const char *trim_zero_fraction(const char *text)
{
	const char *end = text + strlen(text), *p = end;

	while (p > text && p[-1] == '0')
		p--;
	return p > text && p < end && p[-1] == '.' ? p - 1 : end;
}

/* The same for any fraction of a plain decimal number, which may lack digits on either side. */
static const char *trim_any_fraction(const char *text)
{
	const char *dot = skip_sign(text), *p;

	while (is_digit(*dot))
		dot++;
	for (p = dot + (*dot == '.'); is_digit(*p);)
		p++;
	return *p ? text + strlen(text) : dot;
}

/* True for what is left of "", ".5" or "-.5" then: Go puts a zero there. */
static bool has_no_digits(const char *text, const char *end)
{
	return skip_sign(text) == end && (text == end || *end == '.');
}

/* A prefix needs something after it: "0x" alone is an octal number with a wrong digit. */
static int skip_base(const char **p, const char *end)
{
	char prefix;

	if (*p == end || **p != '0')
		return 10;
	prefix = end - *p >= 3 ? lower((*p)[1]) : '\0';
	if (prefix != 'x' && prefix != 'o' && prefix != 'b') {
		(*p)++;
		return 8;
	}
	*p += 2;
	return prefix == 'x' ? 16 : prefix == 'o' ? 8 : 2;
}

static int digits_value(const char *p, const char *end, int base, uint64_t *out)
{
	uint64_t value = 0;

	for (; p < end; p++) {
		int digit;

		if (*p == '_')
			continue;
		if (!is_hex_digit(*p))
			return -EINVAL;
		digit = is_digit(*p) ? *p - '0' : lower(*p) - 'a' + 10;
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

/* Puts a sign on a magnitude; the most negative number has no positive counterpart. */
static int signed_value(uint64_t magnitude, bool negative, int64_t *out)
{
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return -ERANGE;
	*out = (int64_t)(negative ? 0 - magnitude : magnitude);
	return 0;
}

static bool is_special_float(const char *text)
{
	const char *p = skip_sign(text);

	return !strcasecmp(p, "inf") || !strcasecmp(p, "infinity") || !strcasecmp(text, "nan");
}

/* Skips digits, '_' and one dot; returns whether there was a digit. */
static bool skip_mantissa(const char **p, bool hex)
{
	bool digits = false, dot = false;

	for (;; (*p)++) {
		if (hex ? is_hex_digit(**p) : is_digit(**p))
			digits = true;
		else if (**p == '.' && !dot)
			dot = true;
		else if (**p != '_')
			return digits;
	}
}

static bool is_float(const char *text)
{
	const char *p = skip_sign(text);
	bool hex = p[0] == '0' && lower(p[1]) == 'x' && p[2];

	if (hex)
		p += 2;
	if (!skip_mantissa(&p, hex))
		return false;
	if (lower(*p) == (hex ? 'p' : 'e')) {
		p = skip_sign(p + 1);
		if (!is_digit(*p))
			return false;
		while (is_digit(*p) || *p == '_')
			p++;
	} else if (hex) {
		return false;
	}
	return !*p && underscores_ok(text, p);
}

/* Both code points of micro count. */
static const struct {
	const char *name;
	uint64_t ns;
} duration_units[] = {
	{ "ns", 1ull },
	{ "us", 1000ull },
	{ "\xc2\xb5s", 1000ull },
	{ "\xce\xbcs", 1000ull },
	{ "ms", 1000000ull },
	{ "s", 1000000000ull },
	{ "m", 60 * 1000000000ull },
	{ "h", 3600 * 1000000000ull },
};

/* A unit reaches to the next digit or dot. Returns its nanoseconds, 0 when there is no such unit. */
static uint64_t skip_unit(const char **p)
{
	size_t len = strcspn(*p, ".0123456789");
	const char *unit = *p;

	*p += len;
	for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++) {
		const char *name = duration_units[i].name;

		if (strlen(name) == len && !strncmp(unit, name, len))
			return duration_units[i].ns;
	}
	return 0;
}

/* Digits after the dot as *value / *scale; digits that no longer fit are dropped. */
static void skip_fraction(const char **p, uint64_t *value, double *scale)
{
	bool full = false;

	for (; is_digit(**p); (*p)++) {
		uint64_t next;

		full = full || *value > (uint64_t)INT64_MAX / 10;
		if (full)
			continue;
		next = *value * 10 + (uint64_t)(**p - '0');
		full = next > DURATION_LIMIT;
		if (full)
			continue;
		*value = next;
		*scale *= 10;
	}
}

/* One "1.5h" of a duration, added to *sum. `bare` lets the unit be absent: nanoseconds. */
static int skip_term(const char **p, bool bare, uint64_t *sum)
{
	uint64_t whole = 0, fraction = 0, unit;
	const char *start = *p;
	double scale = 1;
	size_t digits;

	while (is_digit(**p))
		(*p)++;
	digits = (size_t)(*p - start);
	if (digits_value(start, *p, 10, &whole))
		return -ERANGE;
	if (**p == '.') {
		start = ++*p;
		skip_fraction(p, &fraction, &scale);
		digits += (size_t)(*p - start);
	}
	if (!digits)
		return -EINVAL;
	unit = bare && !**p ? 1 : skip_unit(p);
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, unit, &whole) ||
	    __builtin_add_overflow(whole, (uint64_t)((double)fraction * ((double)unit / scale)),
				   &whole) ||
	    __builtin_add_overflow(*sum, whole, sum) || *sum > DURATION_LIMIT)
		return -ERANGE;
	return 0;
}

int go_parse_bool(const char *text, bool *out)
{
	static const char *const spellings[][2] = {
		{ "0", "1" },	     { "f", "t" },	  { "F", "T" },
		{ "false", "true" }, { "False", "True" }, { "FALSE", "TRUE" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		for (int value = 0; value <= 1; value++) {
			if (strcmp(text, spellings[i][value]))
				continue;
			*out = value;
			return 0;
		}
	}
	return -EINVAL;
}

int go_parse_int(const char *text, enum go_grammar grammar, int64_t *out)
{
	bool loose = grammar == GO_LOOSE;
	const char *end = loose ? trim_any_fraction(text) : trim_zero_fraction(text), *p = text;
	uint64_t magnitude;
	int base, err;

	if (loose && has_no_digits(text, end)) {
		*out = 0;
		return 0;
	}
	if (p < end)
		p = skip_sign(p);
	if (p == end || !underscores_ok(p, end))
		return -EINVAL;
	base = skip_base(&p, end);
	err = digits_value(p, end, base, &magnitude);
	if (err)
		return err;
	return signed_value(magnitude, *text == '-', out);
}

int go_parse_float(const char *text, enum go_grammar grammar, double *out)
{
	_cleanup_free_ char *digits = NULL;
	double value;
	char *to;

	if (grammar == GO_LOOSE && !*text) {
		*out = 0;
		return 0;
	}
	if (!is_special_float(text) && !is_float(text))
		return -EINVAL;
	digits = to = strdup(text);
	if (!digits)
		return -ENOMEM;
	for (const char *from = text; *from; from++) {
		if (*from != '_')
			*to++ = *from;
	}
	*to = '\0';
	value = strtod(digits, NULL);
	if (isinf(value) && !is_special_float(text))
		return -ERANGE;
	*out = value;
	return 0;
}

int go_parse_duration(const char *text, int64_t *ns)
{
	/* The agent appends "ns" to a text that has no letter of any unit. */
	bool bare = !strpbrk(text, "nsumh\xc2\xb5");
	const char *p = skip_sign(text);
	uint64_t sum = 0;
	int err;

	do {
		err = skip_term(&p, bare, &sum);
		if (err)
			return err;
	} while (*p);
	return signed_value(sum, *text == '-', ns);
}
