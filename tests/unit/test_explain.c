// SPDX-License-Identifier: BSD-2-Clause
/* compiler/explain: every key and macro can be explained, and what is said of one is what the tables say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/explain.h"

#define HEAD "kind: ConfigMap\ndata:\n  enable-ipv6: \"false\"\n"

static struct explanation e;
static struct target target;

static void explain_one(const char *name, const struct compilation *c)
{
	assert_int_equal(explain_read(&name, 1, c, &e), 0);
}

static int read_config(const char *text, enum cilium_release release, struct compilation *c)
{
	struct compile_request request = { .source = { .path = "c.yaml",
						       .text = text,
						       .releases = RELEASES_IN(release, release) },
					   .target = &target };

	return compile_decide(&request, c);
}

static int set_up(void **state)
{
	(void)state;
	log_init("test", LOG_LEVEL_ERROR);
	target_assume(&target);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	explain_fini(&e);
	return 0;
}

static void assert_written(void)
{
	_cleanup_free_ char *text = NULL, *json = NULL;

	assert_int_equal(explain_text(&e, &text), 0);
	assert_int_equal(explain_json(&e, &json), 0);
	assert_true(*text && *json == '{');
}

static void every_key_and_macro_can_be_explained(void **state)
{
	(void)state;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		explain_one(option_defs[id].name, NULL);
		assert_int_equal(e.keys[0].option, id);
		assert_true(e.keys[0].period_count > 0);
		assert_written();
		explain_fini(&e);
	}
	for (enum macro_id id = 0; id < MACRO__COUNT; id++) {
		explain_one(macro_defs[id].name, NULL);
		assert_int_equal(e.macros[0].id, id);
		assert_written();
	}
}

static void a_name_that_key_and_macro_share_is_what_it_is_spelt_as(void **state)
{
	(void)state;
	explain_one("DEBUG", NULL);
	assert_int_equal(e.macro_count, 1);
	assert_int_equal(e.macros[0].id, MACRO_DEBUG);
	explain_fini(&e);
	explain_one("Debug", NULL);
	assert_int_equal(e.key_count, 1);
	assert_int_equal(e.keys[0].option, OPT_DEBUG);
}

static void the_periods_of_a_key_are_its_releases(void **state)
{
	uint32_t seen = 0;

	(void)state;
	explain_one("bpf-ct-timeout-regular-tcp", NULL);
	for (size_t i = 0; i < e.keys[0].period_count; i++) {
		assert_int_equal(seen & e.keys[0].periods[i].releases, 0);
		seen |= e.keys[0].periods[i].releases;
	}
	assert_int_equal(seen, RELEASES_ALL);
	assert_int_equal(e.keys[0].period_count, 2);
	assert_string_equal(e.keys[0].periods[0].dflt, "6h");
	assert_string_equal(e.keys[0].periods[1].dflt, "2h13m20s");
}

static void a_deprecated_name_is_the_key_and_said_to_be_written(void **state)
{
	_cleanup_compilation_ struct compilation c = { 0 };

	(void)state;
	assert_int_equal(
		read_config(HEAD "  ct-global-max-entries-tcp: \"2048\"\n", CILIUM_1_12, &c), 0);
	explain_one("ct-global-max-entries-tcp", &c);
	assert_int_equal(e.keys[0].option, OPT_BPF_CT_GLOBAL_TCP_MAX);
	assert_string_equal(e.keys[0].value->text, "2048");
	assert_string_equal(e.keys[0].entry->key, "ct-global-max-entries-tcp");
	assert_non_null(e.keys[0].size);
	assert_int_equal(e.keys[0].size->entries, 2048);
}

static void what_does_not_count_is_told(void **state)
{
	_cleanup_compilation_ struct compilation c = { 0 };

	(void)state;
	assert_int_equal(read_config(HEAD "  ct-global-max-entries-tcp: \"2048\"\n"
					  "  bpf-ct-global-tcp-max: \"4096\"\n",
				     CILIUM_1_12, &c),
			 0);
	explain_one("bpf-ct-global-tcp-max", &c);
	assert_string_equal(e.keys[0].value->text, "4096");
	assert_int_equal(e.keys[0].ignored_count, 1);
	assert_string_equal(e.keys[0].ignored[0]->text, "2048");
}

static void a_key_of_other_releases_has_no_value_here(void **state)
{
	_cleanup_compilation_ struct compilation c = { 0 };

	(void)state;
	assert_int_equal(read_config(HEAD "  routing-mode: native\n", CILIUM_1_12, &c), 0);
	explain_one("routing-mode", &c);
	assert_null(e.keys[0].value);
	assert_int_equal(e.keys[0].ignored_count, 1);
	assert_written();
}

static const struct explain_rule *find_rule(enum rule_id id)
{
	for (size_t i = 0; i < e.keys[0].rule_count; i++) {
		if (e.keys[0].rules[i].id == id)
			return &e.keys[0].rules[i];
	}
	return NULL;
}

static void a_rule_says_whether_it_holds(void **state)
{
	_cleanup_compilation_ struct compilation c = { 0 };

	(void)state;
	assert_int_equal(read_config(HEAD "  kube-proxy-replacement: disabled\n", CILIUM_1_12, &c),
			 0);
	explain_one("kube-proxy-replacement", &c);
	assert_int_equal(find_rule(RULE_KPR_DISABLED)->matched, ANSWER_YES);
	assert_int_equal(find_rule(RULE_KPR_MODE)->matched, ANSWER_NO);
	assert_null(find_rule(RULE_KPR_FALSE));
}

static void a_refused_config_is_explained_without_macros(void **state)
{
	_cleanup_compilation_ struct compilation c = { 0 };

	(void)state;
	assert_int_not_equal(read_config(HEAD "  enable-ipsec: \"true\"\n", CILIUM_1_12, &c), 0);
	assert_false(diag_has_errors(&c.read_diags));
	explain_one("enable-ipsec", &c);
	assert_string_equal(e.keys[0].value->text, "true");
	assert_true(c.plan.scope.holds[SCOPE_ID_IPSEC]);
	assert_false(explain_has_macros(&c));
	assert_written();
}

static void an_unknown_name_is_refused_and_the_others_are_looked_at(void **state)
{
	static const char *const names[] = { "no-such-thing-at-all", "tunnel",
					     "ENABLE_HOST_ROUTIN" };

	(void)state;
	assert_int_equal(explain_read(names, ARRAY_SIZE(names), NULL, &e), -ENOENT);
	assert_int_equal(e.key_count, 1);
}

static void a_macro_is_found_in_any_spelling(void **state)
{
	(void)state;
	explain_one("enable_host-routing", NULL);
	assert_int_equal(e.macro_count, 1);
	assert_int_equal(e.macros[0].id, MACRO_ENABLE_HOST_ROUTING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_key_and_macro_can_be_explained, tear_down),
		cmocka_unit_test_teardown(a_name_that_key_and_macro_share_is_what_it_is_spelt_as,
					  tear_down),
		cmocka_unit_test_teardown(the_periods_of_a_key_are_its_releases, tear_down),
		cmocka_unit_test_teardown(a_deprecated_name_is_the_key_and_said_to_be_written,
					  tear_down),
		cmocka_unit_test_teardown(what_does_not_count_is_told, tear_down),
		cmocka_unit_test_teardown(a_key_of_other_releases_has_no_value_here, tear_down),
		cmocka_unit_test_teardown(a_rule_says_whether_it_holds, tear_down),
		cmocka_unit_test_teardown(a_refused_config_is_explained_without_macros, tear_down),
		cmocka_unit_test_teardown(an_unknown_name_is_refused_and_the_others_are_looked_at,
					  tear_down),
		cmocka_unit_test_teardown(a_macro_is_found_in_any_spelling, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, NULL);
}
