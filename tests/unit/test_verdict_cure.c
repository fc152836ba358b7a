// SPDX-License-Identifier: BSD-2-Clause
/* The smallest set of changes that gives BPF: found, none, not needed, and what it leaves alone. */
#include "tests/unit/verdict_fixture.h"

#include "probe/verdict_cure.h"

static struct verdict_cure cure;

static void search(void)
{
	decide();
	assert_int_equal(verdict_cure(&opts, &features, &facts, &v, &cure), 0);
}

static void assert_change(size_t i, const char *wanted)
{
	_cleanup_buf_ struct buf b = { 0 };

	assert_true(i < cure.count);
	cure_change_text(&cure.changes[i], &b);
	assert_string_equal(b.data, wanted);
}

static void bpf_needs_no_cure(void **state)
{
	(void)state;
	search();
	assert_int_equal(cure.result, CURE_NOT_NEEDED);
	assert_int_equal(cure.count, 0);
}

static void one_key_is_found(void **state)
{
	(void)state;
	set("enable-bpf-masquerade", "false");
	search();
	assert_int_equal(cure.result, CURE_FOUND);
	assert_int_equal(cure.count, 1);
	assert_change(0, "set enable-bpf-masquerade: true");
}

static void a_key_that_has_to_go_is_removed(void **state)
{
	(void)state;
	set("egress-masquerade-interfaces", "eth0");
	search();
	assert_int_equal(cure.count, 1);
	assert_change(0, "remove egress-masquerade-interfaces");
}

static void the_replacement_is_named_as_the_release_names_it(void **state)
{
	(void)state;
	set("kube-proxy-replacement", "disabled");
	search();
	assert_change(0, "set kube-proxy-replacement: strict");
	capable_at(CILIUM_1_16);
	set("kube-proxy-replacement", "probe");
	search();
	assert_int_equal(cure.count, 1);
	assert_change(0, "set kube-proxy-replacement: true");
}

static void three_keys_are_found_together(void **state)
{
	(void)state;
	set("enable-bpf-masquerade", "false");
	set("enable-endpoint-routes", "true");
	set("enable-host-legacy-routing", "true");
	search();
	assert_int_equal(cure.result, CURE_FOUND);
	assert_int_equal(cure.count, 3);
}

static void what_only_comes_up_on_the_way_is_cured_too(void **state)
{
	(void)state;
	set("enable-bpf-masquerade", "false");
	set("enable-remote-node-identity", "false");
	search();
	assert_int_equal(cure.count, 2);
	assert_change(0, "set enable-bpf-masquerade: true");
	assert_change(1, "set enable-remote-node-identity: true");
}

static void a_cured_config_is_bpf_and_the_given_one_is_left_alone(void **state)
{
	(void)state;
	set("enable-wireguard", "true");
	search();
	assert_string_equal(option_text(&opts, OPT_ENABLE_WIREGUARD), "true");
	decide();
	assert_int_equal(v.mode, VERDICT_REFUSED);
	for (size_t i = 0; i < cure.count; i++)
		set(option_defs[cure.changes[i].option].name, cure.changes[i].value);
	decide();
	assert_int_equal(v.mode, VERDICT_BPF);
}

static void an_old_kernel_is_the_obstacle(void **state)
{
	(void)state;
	set("enable-bpf-masquerade", "false");
	answer(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, ANSWER_NO);
	search();
	assert_int_equal(cure.result, CURE_NONE);
	assert_true(cure.has_obstacle);
	assert_int_equal(cure.obstacle.rule, RULE_REDIRECT_HELPERS);
	assert_int_equal(cure.count, 0);
}

static void four_keys_are_too_many(void **state)
{
	(void)state;
	set("enable-bpf-masquerade", "false");
	set("enable-endpoint-routes", "true");
	set("enable-host-legacy-routing", "true");
	set("enable-remote-node-identity", "false");
	search();
	assert_int_equal(cure.result, CURE_NONE);
	assert_false(cure.has_obstacle);
}

static void an_unknown_answer_is_no_reason_to_change_a_config(void **state)
{
	(void)state;
	know_nothing_of_the_kernel();
	search();
	assert_int_equal(cure.result, CURE_UNDETERMINED);
	assert_int_equal(cure.count, 0);
}

static void an_unknown_answer_behind_a_cause_is_not_taken_for_a_no(void **state)
{
	(void)state;
	set("enable-host-legacy-routing", "true");
	answer(FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP, ANSWER_UNKNOWN);
	search();
	assert_int_equal(v.mode, VERDICT_LEGACY);
	assert_int_equal(cure.result, CURE_UNDETERMINED);
	assert_false(cure.has_obstacle);
	answer(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, ANSWER_NO);
	search();
	assert_int_equal(cure.result, CURE_NONE);
	assert_int_equal(cure.obstacle.rule, RULE_REDIRECT_HELPERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bpf_needs_no_cure),
		TEST(one_key_is_found),
		TEST(a_key_that_has_to_go_is_removed),
		TEST(the_replacement_is_named_as_the_release_names_it),
		TEST(three_keys_are_found_together),
		TEST(what_only_comes_up_on_the_way_is_cured_too),
		TEST(a_cured_config_is_bpf_and_the_given_one_is_left_alone),
		TEST(an_old_kernel_is_the_obstacle),
		TEST(four_keys_are_too_many),
		TEST(an_unknown_answer_is_no_reason_to_change_a_config),
		TEST(an_unknown_answer_behind_a_cause_is_not_taken_for_a_no),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("verdict_cure", tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
