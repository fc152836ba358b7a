// SPDX-License-Identifier: BSD-2-Clause
/*
 * hrprobe's report from fixed inputs, text and JSON, against data/report/. Run from the top of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "probe/report.h"

#define GOLDEN "tests/unit/data/report/"

static struct options opts;
static struct features features;
static struct node_facts facts;
static struct diag_list diags;
static struct report_input input;
static struct report report;

static void set(const char *key, const char *value, size_t line)
{
	struct pos pos = { "cilium-config.yaml", line, 10 };
	const char *why = "";

	assert_int_equal(option_set(&opts, option_find(key), value, pos, &why), 0);
}

/* A node and a config that get BPF host routing. */
static int capable(void **state)
{
	struct fact_device *dev = &facts.devices[0];

	(void)state;
	options_fini(&opts);
	diag_fini(&diags);
	assert_int_equal(options_init(&opts, CILIUM_1_12), 0);
	set("kube-proxy-replacement", "probe", 3);
	set("enable-bpf-masquerade", "True", 4);
	set("enable-remote-node-identity", "True", 5);
	set("enable-ipv6", "False", 6);
	set("tunnel", "vxlan", 7);
	features_assume_all(&features, "6.1.0");
	facts = (struct node_facts){ .devices_known = true,
				     .device_count = 1,
				     .has_ip_local_port_range = true,
				     .ip_local_port_range = { 32768, 60999 } };
	*dev = (struct fact_device){ .name = "enp0s2",
				     .ifindex = 2,
				     .mac_len = 6,
				     .has_unicast_route = FACT_IPV4,
				     .ip4_count = 1,
				     .ip4_global = 1 };
	assert_int_equal(parse_ipv4("192.168.64.8", &dev->ip4[0]), 0);
	facts.node_ip = dev->ip4[0];
	assert_int_equal(parse_cidr4("10.233.64.0/24", &facts.pod_cidr), 0);
	facts.has_pod_cidr = true;
	input = (struct report_input){ .features = &features,
				       .facts = &facts,
				       .options = &opts,
				       .config_source = "cilium-config.yaml",
				       .bad_values = &diags };
	return 0;
}

static int release(void **state)
{
	(void)state;
	options_fini(&opts);
	diag_fini(&diags);
	return 0;
}

/* Line by line, so that a failure shows the line and not two pages. */
static void same_text(char *ours, char *wanted)
{
	char *ours_state = NULL, *wanted_state = NULL;
	char *a = strtok_r(ours, "\n", &ours_state), *b = strtok_r(wanted, "\n", &wanted_state);

	for (; a && b;
	     a = strtok_r(NULL, "\n", &ours_state), b = strtok_r(NULL, "\n", &wanted_state))
		assert_string_equal(a, b);
	assert_null(a);
	assert_null(b);
}

static void same_as_golden(char *ours, const char *name, const char *suffix)
{
	_cleanup_free_ char *wanted = NULL;
	char path[128];
	size_t len;

	assert_int_equal(path_format(path, sizeof(path), GOLDEN "%s.%s", name, suffix), 0);
	assert_int_equal(file_read(path, 1 << 20, &wanted, &len), 0);
	same_text(ours, wanted);
}

/* Without what changes with every release of ours: its number, and all features but the first. */
static char *stable_json(const char *text)
{
	json_t *root = json_loads(text, 0, NULL), *list;
	char *out;

	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "tool_version")),
			    HOSTROUTE_VERSION);
	json_object_set_new(root, "tool_version", json_string("VERSION"));
	list = json_object_get(json_object_get(root, "kernel"), "features");
	assert_int_equal(json_array_size(list), FEATURE__COUNT);
	while (json_array_size(list) > 1)
		json_array_remove(list, 1);
	out = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return out;
}

static void is_as_golden(const char *name, enum exit_status status)
{
	_cleanup_free_ char *text = NULL, *json = NULL, *stable = NULL;

	report_build(&input, &report);
	assert_int_equal(report.status, status);
	assert_int_equal(report_write_text(&report, false, &text), 0);
	same_as_golden(text, name, "txt");
	assert_int_equal(report_write_json(&report, &json), 0);
	assert_int_equal(json[strlen(json) - 1], '\n');
	stable = stable_json(json);
	same_as_golden(stable, name, "json");
}

static void host_routing_is_reported_with_the_status_lines_first(void **state)
{
	(void)state;
	is_as_golden("bpf", EXIT_STATUS_OK);
}

static void a_node_without_an_ipv4_address_is_reported_by_its_ipv6_one(void **state)
{
	_cleanup_free_ char *json = NULL;

	(void)state;
	facts.node_ip = 0;
	facts.has_node_ip6 = true;
	memcpy(facts.node_ip6, (uint8_t[16]){ 0xfd, [15] = 7 }, 16);
	assert_int_equal(facts_read_cidr6("fd01::/96", facts.pod_cidr6), 0);
	report_build(&input, &report);
	assert_int_equal(report_write_json(&report, &json), 0);
	assert_non_null(strstr(json, "\"node_ip\": null"));
	assert_non_null(strstr(json, "\"node_ip6\": \"fd00::7\""));
	assert_non_null(strstr(json, "\"pod_cidr6\": \"fd01::/96\""));
}

static void legacy_is_reported_with_cause_other_conditions_and_fixes(void **state)
{
	(void)state;
	set("enable-host-legacy-routing", "True", 8);
	set("enable-endpoint-routes", "true", 9);
	set("bpf-lb-mode", "dsr", 10);
	features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER] =
		(struct answer){ .value = ANSWER_NO, .source = SOURCE_LOADED, .err = EINVAL };
	is_as_golden("legacy", EXIT_STATUS_LEGACY);
}

static void a_refusal_is_reported_without_a_state(void **state)
{
	(void)state;
	set("tunnel", "gre\033[31m", 7);
	set("enable-host-legacy-routing", "True", 8);
	is_as_golden("refused", EXIT_STATUS_REFUSED);
}

static void values_that_do_not_parse_are_findings(void **state)
{
	(void)state;
	diag_add(&diags, DIAG_WARNING, (struct pos){ "cilium-config.yaml", 3, 1 }, NULL,
		 "unknown key");
	diag_add(&diags, DIAG_ERROR, (struct pos){ "cilium-config.yaml", 4, 26 }, NULL,
		 "enable-bpf-masquerade: \"yes\" is not a boolean");
	is_as_golden("bad-value", EXIT_STATUS_REFUSED);
}

static void unknown_answers_are_reported_as_unknown(void **state)
{
	static const enum feature_id deciding[] = { FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER,
						    FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP,
						    FEATURE_ATTACH_CONNECT4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(deciding); i++)
		features.items[deciding[i]] = (struct answer){ .value = ANSWER_UNKNOWN,
							       .source = SOURCE_LOADED,
							       .err = EPERM,
							       .note = "not permitted" };
	is_as_golden("undetermined", EXIT_STATUS_UNDETERMINED);
}

static void without_a_config_the_kernel_is_the_subject(void **state)
{
	(void)state;
	input = (struct report_input){ .features = &features, .facts = &facts };
	facts = (struct node_facts){ 0 };
	is_as_golden("kernel", EXIT_STATUS_OK);
}

static void a_kernel_without_a_needed_feature_can_do_legacy_only(void **state)
{
	(void)state;
	input = (struct report_input){ .features = &features, .facts = &facts };
	features.items[FEATURE_MAP_HASH].value = ANSWER_UNKNOWN;
	features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH].value = ANSWER_NO;
	report_build(&input, &report);
	assert_int_equal(report.status, EXIT_STATUS_LEGACY);
	assert_int_equal(report.missing, FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH);
}

static void a_kernel_with_an_unknown_feature_is_undetermined(void **state)
{
	(void)state;
	input = (struct report_input){ .features = &features, .facts = &facts };
	features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH].value = ANSWER_UNKNOWN;
	report_build(&input, &report);
	assert_int_equal(report.status, EXIT_STATUS_UNDETERMINED);
}

static void a_feature_that_host_routing_does_not_need_is_no_obstacle(void **state)
{
	(void)state;
	input = (struct report_input){ .features = &features, .facts = &facts };
	features.items[FEATURE_TCX].value = ANSWER_NO;
	report_build(&input, &report);
	assert_int_equal(report.status, EXIT_STATUS_OK);
}

static void many_unknown_features_are_counted_and_few_are_listed(void **state)
{
	_cleanup_free_ char *few = NULL, *many = NULL;

	(void)state;
	features.items[FEATURE_TCX].value = ANSWER_UNKNOWN;
	report_build(&input, &report);
	assert_int_equal(report_write_text(&report, false, &few), 0);
	assert_non_null(strstr(few, "attach/tcx "));
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		features.items[i].value = ANSWER_UNKNOWN;
	report_build(&input, &report);
	assert_int_equal(report_write_text(&report, false, &many), 0);
	assert_null(strstr(many, "attach/tcx "));
	assert_non_null(strstr(many, "--verbose lists them"));
}

static void verbose_lists_the_features_that_are_there(void **state)
{
	_cleanup_free_ char *text = NULL, *verbose = NULL;

	(void)state;
	report_build(&input, &report);
	assert_int_equal(report_write_text(&report, false, &text), 0);
	assert_int_equal(report_write_text(&report, true, &verbose), 0);
	assert_null(strstr(text, "helper/sched_cls/redirect_peer"));
	assert_non_null(strstr(verbose, "helper/sched_cls/redirect_peer"));
}

static void a_value_that_is_no_utf8_leaves_the_json_valid(void **state)
{
	_cleanup_free_ char *json = NULL;
	json_t *root;

	(void)state;
	set("tunnel", "\xff\xfe", 7);
	report_build(&input, &report);
	assert_int_equal(report_write_json(&report, &json), 0);
	root = json_loads(json, 0, NULL);
	assert_non_null(root);
	json_decref(root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, capable, release)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(host_routing_is_reported_with_the_status_lines_first),
		TEST(a_node_without_an_ipv4_address_is_reported_by_its_ipv6_one),
		TEST(legacy_is_reported_with_cause_other_conditions_and_fixes),
		TEST(a_refusal_is_reported_without_a_state),
		TEST(values_that_do_not_parse_are_findings),
		TEST(unknown_answers_are_reported_as_unknown),
		TEST(without_a_config_the_kernel_is_the_subject),
		TEST(a_kernel_without_a_needed_feature_can_do_legacy_only),
		TEST(a_kernel_with_an_unknown_feature_is_undetermined),
		TEST(a_feature_that_host_routing_does_not_need_is_no_obstacle),
		TEST(many_unknown_features_are_counted_and_few_are_listed),
		TEST(verbose_lists_the_features_that_are_there),
		TEST(a_value_that_is_no_utf8_leaves_the_json_valid),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
