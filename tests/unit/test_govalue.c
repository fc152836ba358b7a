// SPDX-License-Identifier: BSD-2-Clause
/* config/govalue against what Go's own parsers accept (and, before them, what the agent's casts change). */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "config/govalue.h"

static void only_go_s_spellings_are_booleans(void **state)
{
	static const char *const yes[] = { "1", "t", "T", "true", "True", "TRUE" };
	static const char *const no[] = { "0", "f", "F", "false", "False", "FALSE" };
	static const char *const wrong[] = { "",      "yes", "no",	 "on",	    "off",  "tRUE",
					     "true ", "01",  "\"true\"", "enabled", "truee" };
	bool value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		value = false;
		assert_int_equal(go_parse_bool(yes[i], &value), 0);
		assert_true(value);
		assert_int_equal(go_parse_bool(no[i], &value), 0);
		assert_false(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(go_parse_bool(wrong[i], &value), -EINVAL);
}

static void integers_choose_their_base_by_prefix(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{ "0", 0 },
		{ "524288", 524288 },
		{ "+5", 5 },
		{ "-5", -5 },
		{ "0x1f", 31 },
		{ "0X1F", 31 },
		{ "0o17", 15 },
		{ "017", 15 },
		{ "0b101", 5 },
		{ "-0x10", -16 },
		{ "1_000", 1000 },
		{ "0x_1f", 31 },
		{ "0_7", 7 },
		{ "5.0", 5 },
		{ "5.000", 5 },
		{ "-5.0", -5 },
		{ "100", 100 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		value = 4242;
		assert_int_equal(go_parse_int(cases[i].text, GO_STRICT, &value), 0);
		assert_true(value == cases[i].value);
	}
}

static void since_1_18_numbers_are_read_less_strictly(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{ "", 0 },    { "524288.5", 524288 }, { "5.", 5 },	 { "-7.9", -7 },
		{ ".5", 0 },  { "-.5", 0 },	      { ".", 0 },	 { "+.", 0 },
		{ "5.0", 5 }, { "0x10", 16 },	      { "1_000", 1000 },
	};
	static const char *const wrong[] = {
		"08", "08.5", "0x10.5", "5e5", "-", "+", "5.x", "1_0.5"
	};
	int64_t value;
	double real;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		value = -1;
		assert_int_equal(go_parse_int(cases[i].text, GO_LOOSE, &value), 0);
		assert_true(value == cases[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(go_parse_int(wrong[i], GO_LOOSE, &value), -EINVAL);
	real = 1;
	assert_int_equal(go_parse_float("", GO_LOOSE, &real), 0);
	assert_true(real == 0);
	assert_int_equal(go_parse_float("0,5", GO_LOOSE, &real), -EINVAL);
}

static void what_go_calls_no_integer_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",	 "-",	"+",	 "08",	"09", "0x",  "0b2",   "0o8",  "5.",    ".0",
		"5.5",	 "5e5", "5.0.0", " 5",	"5 ", "_5",  "5_",    "5__0", "0_x1f", "0x1_",
		"1,000", "--5", "0xg",	 "ten", "0b", "+-5", "0x1p4", "5.0x"
	};
	int64_t value = 4242;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(go_parse_int(wrong[i], GO_STRICT, &value), -EINVAL);
	assert_int_equal(go_parse_int("9223372036854775808", GO_STRICT, &value), -ERANGE);
	assert_int_equal(go_parse_int("-9223372036854775809", GO_STRICT, &value), -ERANGE);
	assert_int_equal(go_parse_int("0x1ffffffffffffffff", GO_STRICT, &value), -ERANGE);
	assert_int_equal(value, 4242);
}

static void floats_may_be_decimal_hexadecimal_or_special(void **state)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{ "0.0025", 0.0025 }, { ".0025", 0.0025 }, { "1", 1 },	     { "1.", 1 },
		{ "+1.5", 1.5 },      { "-1.5", -1.5 },	   { "1e3", 1000 },  { "1E-3", 0.001 },
		{ "1_0.2_5", 10.25 }, { "0x1p-2", 0.25 },  { "0X1.8P1", 3 }, { "0x_1p0", 1 },
		{ "1e1_0", 1e10 },    { "00.5", 0.5 },	   { "1e-400", 0 },
	};
	double value = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(go_parse_float(cases[i].text, GO_STRICT, &value), 0);
		assert_true(value == cases[i].value);
	}
	assert_int_equal(go_parse_float("NaN", GO_STRICT, &value), 0);
	assert_true(isnan(value));
	assert_int_equal(go_parse_float("-infinity", GO_STRICT, &value), 0);
	assert_true(isinf(value) && value < 0);
	assert_int_equal(go_parse_float("+Inf", GO_STRICT, &value), 0);
	assert_true(isinf(value) && value > 0);
}

static void what_go_calls_no_float_is_refused(void **state)
{
	static const char *const wrong[] = { "",	"-",	"+",	"e",	  "1e",	  "1e+",
					     "0x1",	"0x",	"0xp1", "1.2.3",  "1__0", "_1",
					     "1_",	"1_.5", "1._5", "1e_5",	  "1e5_", "-nan",
					     "infinit", "1f",	"1,5",	" 1",	  "1 ",	  "0.0025x",
					     "nan(1)",	"0b1",	".",	"0x1.8p", "--1",  "inf " };
	double value = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(go_parse_float(wrong[i], GO_STRICT, &value), -EINVAL);
	assert_int_equal(go_parse_float("1e400", GO_STRICT, &value), -ERANGE);
	assert_true(value == 42);
}

static void durations_add_up_their_terms(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "0", 0 },
		{ "5", 5 },
		{ "-5", -5 },
		{ "+5s", 5000000000 },
		{ "2h13m20s", 8000000000000 },
		{ "-1.5h", -5400000000000 },
		{ "300ms", 300000000 },
		{ "1us", 1000 },
		{ "1\xc2\xb5s", 1000 },
		{ "1\xce\xbcs", 1000 },
		{ "7ns", 7 },
		{ ".5s", 500000000 },
		{ "1.s", 1000000000 },
		{ "0s", 0 },
		{ "60s", 60000000000 },
		{ "1.9", 1 },
		{ "0.100000000000000000000h", 360000000000 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808ns", INT64_MIN },
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ns = 4242;
		assert_int_equal(go_parse_duration(cases[i].text, &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void what_go_calls_no_duration_is_refused(void **state)
{
	static const char *const wrong[] = { "",     "-",   "s",    ".s",   "5d",   "5S",    "5H",
					     "1h5",  "5 s", " 5s",  "5s ",  "--5s", "1h-5m", "5x",
					     "5e3s", ".",   "0x5s", "1_0s", "5ss",  "5 " };
	int64_t ns = 4242;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(go_parse_duration(wrong[i], &ns), -EINVAL);
	assert_int_equal(go_parse_duration("9223372036854775808ns", &ns), -ERANGE);
	assert_int_equal(go_parse_duration("3000000h", &ns), -ERANGE);
	assert_int_equal(go_parse_duration("99999999999999999999s", &ns), -ERANGE);
	assert_int_equal(ns, 4242);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_go_s_spellings_are_booleans),
		cmocka_unit_test(integers_choose_their_base_by_prefix),
		cmocka_unit_test(what_go_calls_no_integer_is_refused),
		cmocka_unit_test(since_1_18_numbers_are_read_less_strictly),
		cmocka_unit_test(floats_may_be_decimal_hexadecimal_or_special),
		cmocka_unit_test(what_go_calls_no_float_is_refused),
		cmocka_unit_test(durations_add_up_their_terms),
		cmocka_unit_test(what_go_calls_no_duration_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
