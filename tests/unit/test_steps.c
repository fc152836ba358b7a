// SPDX-License-Identifier: BSD-2-Clause
/* install/steps: steps run in order, and a failure undoes what was done, backwards and to the end. */
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
#include "install/steps.h"

/* Writes down what was done: the step's name in lower case, upper case for undo. */
struct step_env {
	char trace[64];
	char fail_run, fail_undo; /* name of the step that fails, 0 for none */
};

static void note(struct step_env *env, char what)
{
	size_t len = strlen(env->trace);

	assert_true(len + 1 < sizeof(env->trace));
	env->trace[len] = what;
	env->trace[len + 1] = '\0';
}

static int run(struct step_env *env, struct step *step)
{
	note(env, step->text[0]);
	return step->text[0] == env->fail_run ? -EIO : 0;
}

static int undo(struct step_env *env, struct step *step)
{
	note(env, (char)(step->text[0] - 'a' + 'A'));
	return step->text[0] == env->fail_undo ? -EBUSY : 0;
}

static const struct step_ops ops[STEP__COUNT] = {
	[STEP_MAKE_DIR] = { "make-directory", run, undo },
	[STEP_DELETE_DEVICE] = { "delete-device", run, NULL },
};

static void add(struct steps *plan, const char *names)
{
	for (; *names; names++)
		steps_add(plan, *names == 'x' ? STEP_DELETE_DEVICE : STEP_MAKE_DIR, "%c", *names);
}

static void steps_run_in_the_order_they_were_added(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_env env = { 0 };
	bool clean;

	(void)state;
	add(&plan, "abcdefghijklmnopqrstuvw");
	add(&plan, "abcdefghijklmnopqrstuvw");
	assert_int_equal(steps_run(&plan, ops, &env, &clean), 0);
	assert_string_equal(env.trace, "abcdefghijklmnopqrstuvwabcdefghijklmnopqrstuvw");
}

static void a_failure_undoes_what_was_done_in_reverse(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_env env = { .fail_run = 'c' };
	bool clean = false;

	(void)state;
	add(&plan, "abcd");
	assert_int_equal(steps_run(&plan, ops, &env, &clean), -EIO);
	assert_string_equal(env.trace, "abcBA");
	assert_true(clean);
}

static void an_undo_that_fails_does_not_stop_the_others(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_env env = { .fail_run = 'd', .fail_undo = 'b' };
	bool clean = true;

	(void)state;
	add(&plan, "abcd");
	assert_int_equal(steps_run(&plan, ops, &env, &clean), -EIO);
	assert_string_equal(env.trace, "abcdCBA");
	assert_false(clean);
}

static void a_step_that_cannot_be_undone_is_not_called_clean(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_env env = { .fail_run = 'c' };
	bool clean = true;

	(void)state;
	add(&plan, "axc");
	assert_int_equal(steps_run(&plan, ops, &env, &clean), -EIO);
	assert_string_equal(env.trace, "axcA");
	assert_false(clean);
}

static void a_plan_that_ran_can_be_undone_later(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_env env = { 0 };
	bool clean;

	(void)state;
	add(&plan, "abc");
	assert_int_equal(steps_run(&plan, ops, &env, &clean), 0);
	assert_true(steps_undo(&plan, ops, &env));
	assert_string_equal(env.trace, "abcCBA");
	assert_true(steps_undo(&plan, ops, &env));
	assert_string_equal(env.trace, "abcCBA");
}

static void running_all_goes_on_after_a_failure_and_reports_the_first(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_env env = { .fail_run = 'b' };

	(void)state;
	add(&plan, "abc");
	assert_int_equal(steps_run_all(&plan, ops, &env), -EIO);
	assert_string_equal(env.trace, "abc");
}

static char *printed(const struct steps *plan, bool dry_run, enum cli_format format)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(steps_print(plan, ops, dry_run, format, out), 0);
	fclose(out);
	return text;
}

static void an_empty_plan_says_that_there_is_nothing_to_do(void **state)
{
	struct steps plan = { 0 };
	_cleanup_free_ char *text = printed(&plan, false, CLI_TEXT);

	(void)state;
	assert_string_equal(text, "nothing to do\n");
}

static void a_dry_run_says_would(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(&plan, "ab");
	text = printed(&plan, true, CLI_TEXT);
	assert_string_equal(text, "would a\nwould b\n");
}

static void a_plan_is_printed_as_json(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(&plan, "a");
	text = printed(&plan, true, CLI_JSON);
	assert_string_equal(text, "{\n"
				  "  \"schema\": \"hostroute.plan/1\",\n"
				  "  \"dry_run\": true,\n"
				  "  \"steps\": [\n"
				  "    {\n"
				  "      \"kind\": \"make-directory\",\n"
				  "      \"text\": \"a\",\n"
				  "      \"done\": false\n"
				  "    }\n"
				  "  ]\n"
				  "}\n");
}

static void a_group_of_sysctls_is_one_step_that_names_them_all(void **state)
{
	_cleanup_steps_ struct steps plan = { 0 };
	struct step_sysctls s = { .interface = "lxc1" };

	(void)state;
	steps_sysctls(&plan, &s);
	assert_int_equal(plan.count, 0);
	steps_sysctl_item(&s, "forwarding", 1);
	steps_sysctl_item(&s, "rp_filter", 0);
	steps_sysctls(&plan, &s);
	assert_int_equal(plan.count, 1);
	assert_string_equal(plan.items[0].text, "set net.ipv4.conf.lxc1: forwarding=1 rp_filter=0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_run_in_the_order_they_were_added),
		cmocka_unit_test(a_failure_undoes_what_was_done_in_reverse),
		cmocka_unit_test(an_undo_that_fails_does_not_stop_the_others),
		cmocka_unit_test(a_step_that_cannot_be_undone_is_not_called_clean),
		cmocka_unit_test(a_plan_that_ran_can_be_undone_later),
		cmocka_unit_test(running_all_goes_on_after_a_failure_and_reports_the_first),
		cmocka_unit_test(an_empty_plan_says_that_there_is_nothing_to_do),
		cmocka_unit_test(a_dry_run_says_would),
		cmocka_unit_test(a_plan_is_printed_as_json),
		cmocka_unit_test(a_group_of_sysctls_is_one_step_that_names_them_all),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
