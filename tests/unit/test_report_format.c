// SPDX-License-Identifier: BSD-2-Clause
/* The short formats of hrprobe's report: macros, labels, env. */
#include "probe/report_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

static struct features features;
static struct node_facts facts;
static struct diag_list diags;
static struct report report;
static char *text;

static int capable(void **state)
{
	(void)state;
	features_assume_all(&features, "6.1.0-18-cloud-amd64");
	report = (struct report){ 0 };
	return 0;
}

static int release(void **state)
{
	(void)state;
	free(TAKE_PTR(text));
	diag_fini(&diags);
	return 0;
}

static void write_kernel(enum report_format format)
{
	const struct report_input input = { .features = &features, .facts = &facts };

	report_build(&input, &report);
	free(TAKE_PTR(text));
	assert_int_equal(report_write(&report, format, false, &text), 0);
}

static void has_line(const char *line)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (!strstr(text, wanted))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void a_macro_is_one_for_yes_and_zero_for_no(void **state)
{
	(void)state;
	features.items[FEATURE_TCX].value = ANSWER_NO;
	write_kernel(REPORT_MACROS);
	has_line("#define HAVE_KERNEL_5_10 1");
	has_line("#define HAVE_HELPER_SCHED_CLS_REDIRECT_PEER 1");
	has_line("#define HAVE_ATTACH_TCX 0");
}

static void what_is_unknown_defines_no_macro(void **state)
{
	(void)state;
	features.items[FEATURE_TCX] = (struct answer){ .note = "not */ asked\n#error" };
	write_kernel(REPORT_MACROS);
	assert_null(strstr(text, "#define HAVE_ATTACH_TCX"));
	has_line("/* HAVE_ATTACH_TCX: unknown: not ./ asked.#error */");
}

static void every_feature_has_its_macro(void **state)
{
	size_t lines = 0;

	(void)state;
	write_kernel(REPORT_MACROS);
	for (const char *p = text; (p = strstr(p, "#define HAVE_")); p++)
		lines++;
	assert_int_equal(lines, FEATURE__COUNT + 1);
}

static void labels_say_the_verdict_and_the_kernel(void **state)
{
	(void)state;
	write_kernel(REPORT_LABELS);
	assert_string_equal(text, "hostroute.example/verdict=bpf\n"
				  "hostroute.example/subject=kernel\n"
				  "hostroute.example/kernel=6.1.0-18-cloud-amd64\n"
				  "hostroute.example/redirect-peer=yes\n"
				  "hostroute.example/redirect-neigh=yes\n"
				  "hostroute.example/tcx=yes\n");
}

static void a_label_names_the_reason(void **state)
{
	(void)state;
	features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER].value = ANSWER_NO;
	write_kernel(REPORT_LABELS);
	has_line("hostroute.example/reason=helper.sched_cls.redirect_peer");
	has_line("hostroute.example/redirect-peer=no");
}

static void an_undetermined_verdict_is_the_label_unknown(void **state)
{
	(void)state;
	features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH].value = ANSWER_UNKNOWN;
	write_kernel(REPORT_LABELS);
	assert_non_null(strstr(text, "/verdict=unknown\n"));
	has_line("hostroute.example/redirect-neigh=unknown");
}

static void a_label_value_is_cut_to_what_kubernetes_takes(void **state)
{
	char wanted[128];

	(void)state;
	memset(features.release, 'a', 62);
	memcpy(features.release + 62, "-b", 3);
	snprintf(wanted, sizeof(wanted), "hostroute.example/kernel=%.62s", features.release);
	write_kernel(REPORT_LABELS);
	has_line(wanted);
	memcpy(features.release, "+-6.1/\n~x_+", 12);
	write_kernel(REPORT_LABELS);
	has_line("hostroute.example/kernel=6.1...x");
}

static void a_label_without_a_valid_character_is_left_out(void **state)
{
	(void)state;
	snprintf(features.release, sizeof(features.release), "%s", "+++");
	write_kernel(REPORT_LABELS);
	assert_null(strstr(text, "/kernel="));
}

static void a_quote_in_a_value_does_not_end_it(void **state)
{
	static const struct options opts; /* not looked at: it could not be read */
	const struct report_input input = { .features = &features,
					    .facts = &facts,
					    .options = &opts,
					    .config_source = "it's\n$(here)",
					    .bad_values = &diags };

	(void)state;
	diag_add(&diags, DIAG_ERROR, (struct pos){ "f", 4, 26 }, NULL, "first 'value'");
	diag_add(&diags, DIAG_ERROR, (struct pos){ "f", 5, 26 }, NULL, "second");
	report_build(&input, &report);
	assert_int_equal(report_write(&report, REPORT_ENV, false, &text), 0);
	has_line("HR_VERDICT='refused'");
	has_line("HR_REASON='" REPORT_BAD_VALUE_RULE "'");
	has_line("HR_REASON_TEXT='first '\\''value'\\'''");
	has_line("HR_CONFIG_SOURCE='it'\\''s.$(here)'");
}

static void the_names_are_there_whatever_is_known(void **state)
{
	(void)state;
	features = (struct features){ 0 };
	write_kernel(REPORT_ENV);
	has_line("HR_VERDICT='unknown'");
	has_line("HR_EXIT_STATUS='20'");
	has_line("HR_REASON='program/sched_cls'");
	has_line("HR_KUBE_PROXY_REPLACEMENT=''");
	has_line("HR_HOST_ROUTING='Undetermined'");
	has_line("HR_CONFIG_SOURCE=''");
	has_line("HR_HAVE_ATTACH_TCX='unknown'");
}

static void what_was_tried_is_in_text_and_json_only_if_it_was(void **state)
{
	static struct functional tried;
	struct report_input input = { .features = &features, .facts = &facts };
	json_t *root, *list;

	(void)state;
	write_kernel(REPORT_JSON);
	assert_null(strstr(text, "functional"));
	tried.items[FUNCTIONAL_REDIRECT_PEER].value = ANSWER_YES;
	tried.items[FUNCTIONAL_UDP_GSO] =
		(struct answer){ ANSWER_NO, SOURCE_FUNCTIONAL, 0, "0 of 4 arrived" };
	input.functional = &tried;
	report_build(&input, &report);
	free(TAKE_PTR(text));
	assert_int_equal(report_write(&report, REPORT_TEXT, false, &text), 0);
	has_line("  redirect_peer                yes");
	has_line("  udp_gso_through_bpf_decap    no: 0 of 4 arrived");
	has_line("  tcx_link                     unknown");
	free(TAKE_PTR(text));
	assert_int_equal(report_write(&report, REPORT_JSON, false, &text), 0);
	root = json_loads(text, 0, NULL);
	list = json_object_get(root, "functional");
	assert_int_equal(json_array_size(list), FUNCTIONAL__COUNT);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(list, FUNCTIONAL_UDP_GSO), "value")),
			    "no");
	json_decref(root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, capable, release)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_macro_is_one_for_yes_and_zero_for_no),
		TEST(what_is_unknown_defines_no_macro),
		TEST(every_feature_has_its_macro),
		TEST(labels_say_the_verdict_and_the_kernel),
		TEST(a_label_names_the_reason),
		TEST(an_undetermined_verdict_is_the_label_unknown),
		TEST(a_label_value_is_cut_to_what_kubernetes_takes),
		TEST(a_label_without_a_valid_character_is_left_out),
		TEST(a_quote_in_a_value_does_not_end_it),
		TEST(the_names_are_there_whatever_is_known),
		TEST(what_was_tried_is_in_text_and_json_only_if_it_was),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
