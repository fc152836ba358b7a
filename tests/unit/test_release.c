// SPDX-License-Identifier: BSD-2-Clause
/* config/release: versions as users write them, and sets of releases in words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "config/release.h"

static void versions_are_read_with_or_without_v_and_patch(void **state)
{
	static const struct {
		const char *text;
		enum cilium_release release;
		const char *patch;
	} cases[] = {
		{ "1.9", CILIUM_1_9, "" },
		{ "1.12", CILIUM_1_12, "" },
		{ "v1.12", CILIUM_1_12, "" },
		{ "1.12.1", CILIUM_1_12, "1" },
		{ "v1.16.19-abc", CILIUM_1_16, "19-abc" },
		{ "1.19.0-rc.1", CILIUM_1_19, "0-rc.1" },
		{ "1.17.3+k3s1", CILIUM_1_17, "3+k3s1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cilium_version version = { 0 };

		assert_int_equal(release_parse(cases[i].text, &version), 0);
		assert_int_equal(version.release, cases[i].release);
		assert_string_equal(version.patch, cases[i].patch);
	}
}

static void what_is_no_version_is_told_from_a_release_out_of_range(void **state)
{
	static const char *const wrong[] = { "",      "1",	"1.",	   ".12",
					     "1.12.", "1.12.x", "1.12-rc", "vv1.12",
					     "1.12 ", "auto",	"1..12",   "1.12.1x" };
	static const char *const unknown[] = { "1.8", "1.20", "2.0", "1.120", "1.012", "01.12" };
	struct cilium_version version;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(release_parse(wrong[i], &version), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(release_parse(unknown[i], &version), -ERANGE);
}

static void every_release_is_read_back_from_its_name(void **state)
{
	(void)state;
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		struct cilium_version version;

		assert_int_equal(release_parse(release_name(release), &version), 0);
		assert_int_equal(version.release, release);
	}
}

static void sets_are_told_in_words(void **state)
{
	static const struct {
		uint32_t releases;
		const char *text;
	} cases[] = {
		{ 0, "none" },
		{ RELEASES_SINCE(CILIUM_1_14), "1.14 and later" },
		{ RELEASES_SINCE(CILIUM_1_19), "1.19 and later" },
		{ RELEASES_UNTIL(CILIUM_1_13), "up to 1.13" },
		{ RELEASES_UNTIL(CILIUM_1_9), "1.9" },
		{ RELEASES_IN(CILIUM_1_10, CILIUM_1_16), "1.10 to 1.16" },
		{ RELEASES_IN(CILIUM_1_10, CILIUM_1_10) | RELEASES_SINCE(CILIUM_1_18),
		  "1.10, 1.18 and later" },
		{ RELEASES_ALL, "1.9 and later" },
	};
	char text[RELEASES_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(releases_text(cases[i].releases, text), cases[i].text);
}

static void the_worst_set_fits(void **state)
{
	char text[RELEASES_TEXT_MAX];

	(void)state;
	assert_string_equal(releases_text(0x555, text),
			    "1.9, 1.11, 1.13, 1.15, 1.17, 1.19 and later");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_read_with_or_without_v_and_patch),
		cmocka_unit_test(what_is_no_version_is_told_from_a_release_out_of_range),
		cmocka_unit_test(every_release_is_read_back_from_its_name),
		cmocka_unit_test(sets_are_told_in_words),
		cmocka_unit_test(the_worst_set_fits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
