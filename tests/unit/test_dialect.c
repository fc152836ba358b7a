// SPDX-License-Identifier: BSD-2-Clause
/* config/dialect: the release that keys and values were written for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/loaded.h"

#define MAX_PAIRS 4

struct guess_case {
	const char *pairs[MAX_PAIRS][2];
	enum cilium_release release;
	const char *reason;
};

static struct dialect guess(const char *const pairs[][2], uint32_t candidates)
{
	struct entry entries[MAX_PAIRS] = { 0 };
	struct dialect dialect;
	size_t count = 0;

	for (; count < MAX_PAIRS && pairs[count][0]; count++)
		entries[count] = (struct entry){ .key = pairs[count][0], .text = pairs[count][1] };
	assert_int_equal(dialect_guess(entries, count, candidates, &dialect), 0);
	return dialect;
}

static void keys_and_values_tell_the_newest_release_that_has_them(void **state)
{
	static const struct guess_case cases[] = {
		{ { { "kube-proxy-replacement", "probe" }, { "tunnel", "vxlan" } },
		  CILIUM_1_12,
		  "kube-proxy-replacement: probe ends with 1.12" },
		{ { { "tunnel", "vxlan" } }, CILIUM_1_14, "tunnel ends with 1.14" },
		{ { { "kube-proxy-replacement", "strict" }, { "routing-mode", "tunnel" } },
		  CILIUM_1_15,
		  "kube-proxy-replacement: strict ends with 1.15" },
		{ { { "routing-mode", "native" } }, CILIUM_1_19, "routing-mode begins with 1.14" },
		{ { { "kube-proxy-replacement", "True" } },
		  CILIUM_1_19,
		  "kube-proxy-replacement: True begins with 1.19" },
		{ { { "masquerade", "true" } }, CILIUM_1_9, "masquerade ends with 1.9" },
		{ { { "unmanaged-pod-watcher-interval", "15s" } },
		  CILIUM_1_19,
		  "unmanaged-pod-watcher-interval: 15s begins with 1.19" },
		{ { { "enable-ipv4", "true" } }, CILIUM_1_19, "no key tells it from an older one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct dialect dialect = guess(cases[i].pairs, RELEASES_ALL);

		assert_int_equal(dialect.release, cases[i].release);
		assert_string_equal(dialect.reason, cases[i].reason);
		assert_int_equal(dialect.misfits, 0);
	}
}

static void the_possible_range_is_told(void **state)
{
	static const char *const pairs[][2] = { { "tunnel", "vxlan" },
						{ "enable-sctp", "true" },
						{ NULL, NULL } };

	(void)state;
	assert_int_equal(guess(pairs, RELEASES_ALL).possible,
			 RELEASES_IN(CILIUM_1_13, CILIUM_1_14));
}

static void contradictions_are_counted_and_the_fewest_win(void **state)
{
	static const char *const pairs[][2] = { { "kube-proxy-replacement", "probe" },
						{ "disable-cnp-status-updates", "true" },
						{ "tunnel", "vxlan" },
						{ "enable-tcx", "true" } };
	struct dialect dialect = guess(pairs, RELEASES_ALL);

	(void)state;
	assert_int_equal(dialect.release, CILIUM_1_12);
	assert_int_equal(dialect.misfits, 1);
}

static void unknown_and_other_case_keys_say_nothing(void **state)
{
	static const char *const pairs[][2] = { { "Tunnel", "vxlan" },
						{ "no-such-key", "1" },
						{ "ct-global-max-entries-tcp", "x" },
						{ NULL, NULL } };

	(void)state;
	assert_int_equal(guess(pairs, RELEASES_ALL).possible, RELEASES_ALL);
}

static void only_candidates_are_chosen(void **state)
{
	static const char *const pairs[][2] = { { "routing-mode", "tunnel" }, { NULL, NULL } };
	struct dialect dialect = guess(pairs, RELEASES_IN(CILIUM_1_12, CILIUM_1_12));

	(void)state;
	assert_int_equal(dialect.release, CILIUM_1_12);
	assert_int_equal(dialect.misfits, 1);
}

static void a_configmap_is_read_as_the_release_that_it_tells(void **state)
{
	struct config_source source = { .path = "examples/cilium-config.yaml",
					.releases = RELEASES_ALL };
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	l.err = configmap_read(&source, &l.cm, &l.diags, &l.bad_value);
	assert_int_equal(l.err, 0);
	assert_int_equal(l.cm.options.release, CILIUM_1_12);
	assert_string_equal(l.cm.dialect.reason, "kube-proxy-replacement: probe ends with 1.12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_values_tell_the_newest_release_that_has_them),
		cmocka_unit_test(the_possible_range_is_told),
		cmocka_unit_test(contradictions_are_counted_and_the_fewest_win),
		cmocka_unit_test(unknown_and_other_case_keys_say_nothing),
		cmocka_unit_test(only_candidates_are_chosen),
		cmocka_unit_test(a_configmap_is_read_as_the_release_that_it_tells),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
