// SPDX-License-Identifier: BSD-2-Clause
/* A bundle's target: read from what hrprobe wrote, and asked for what objects need. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <linux/bpf.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/target.h"
#include "probe/report.h"
#include "probe/report_read.h"

static char path[64];
static struct target target;
static struct node_record record;

static int set_up(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_target.XXXXXX");
	fd = mkstemp(path);
	if (fd >= 0)
		close(fd);
	log_init("test", LOG_LEVEL_ERROR);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	target_fini(&target);
	return unlink(path);
}

static void store(const char *text)
{
	assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
}

static int read_target(void)
{
	const struct target_request request = { .file = path };

	target_fini(&target);
	return target_read(&request, &target);
}

/* The report that hrprobe would write about these features. */
static char *report_of(const struct features *features, const struct node_facts *facts)
{
	struct report_input input = { .features = features, .facts = facts };
	static struct report report;
	char *text;

	report_build(&input, &report);
	assert_int_equal(report_write_json(&report, &text), 0);
	return text;
}

static void a_report_reads_back_as_the_answers_it_was_made_of(void **state)
{
	static struct node_facts facts = { .has_pod_cidr = true };
	_cleanup_free_ char *text = NULL;
	struct features features;

	(void)state;
	features_assume_all(&features, "6.1.0-9-amd64");
	features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER] =
		(struct answer){ .value = ANSWER_NO, .source = SOURCE_LOADED, .err = EINVAL };
	features.items[FEATURE_MAP_RINGBUF] = (struct answer){ .note = "not allowed" };
	assert_int_equal(parse_ipv4("10.0.0.7", &facts.node_ip), 0);
	assert_int_equal(parse_cidr4("10.2.0.0/24", &facts.pod_cidr), 0);
	text = report_of(&features, &facts);
	store(text);
	assert_int_equal(read_target(), 0);
	assert_string_equal(target.name, path);
	assert_string_equal(target.features.release, "6.1.0-9-amd64");
	assert_int_equal(target.features.major, 6);
	assert_int_equal(target.features.kernel_5_10.value, ANSWER_YES);
	assert_int_equal(target.facts.node_ip, facts.node_ip);
	assert_int_equal(target.facts.pod_cidr.len, 24);
	assert_false(target.facts.devices_known);
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		assert_int_equal(target.features.items[id].value, features.items[id].value);
		assert_int_equal(target.features.items[id].err, features.items[id].err);
	}
	assert_string_equal(target.features.items[FEATURE_MAP_RINGBUF].note, "not allowed");
}

#define KERNEL(features)                                                                          \
	"{\"schema\": \"hostroute.report/1\", \"node\": {\"node_ip\": null, \"pod_cidr\": null}," \
	" \"kernel\": {\"release\": \"5.10.0\", \"at_least_5_10\": {\"value\": \"yes\"},"         \
	" \"features\": " features "}}"

static int parse(const char *text)
{
	return report_parse(text, strlen(text), "report.json", &record);
}

static void what_a_report_does_not_say_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(parse(KERNEL("[{\"name\": \"map/hash\", \"value\": \"yes\"}]")), 0);
	assert_int_equal(record.features.items[FEATURE_MAP_HASH].value, ANSWER_YES);
	assert_int_equal(record.features.items[FEATURE_MAP_ARRAY].value, ANSWER_UNKNOWN);
	assert_string_equal(record.features.items[FEATURE_MAP_ARRAY].note, "not in the report");
}

static void features_of_later_builds_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(parse(KERNEL("[{\"name\": \"map/later\", \"value\": \"maybe\"}]")), 0);
}

static void damaged_reports_are_refused(void **state)
{
	static const char *const damaged[] = {
		"",
		"[]",
		"{}",
		"{\"schema\": \"hostroute.report/2\"}",
		"{\"schema\": \"hostroute.report/1\"}",
		"{\"schema\": \"hostroute.report/1\", \"kernel\": 7, \"node\": {}}",
		KERNEL("{}"),
		KERNEL("[7]"),
		KERNEL("[{\"name\": \"map/hash\"}]"),
		KERNEL("[{\"name\": \"map/hash\", \"value\": \"maybe\"}]"),
		KERNEL("[{\"name\": \"map/hash\", \"value\": \"yes\", \"errno\": -1}]"),
		"{\"schema\": \"hostroute.report/1\", \"node\": {\"node_ip\": 7, \"pod_cidr\": "
		"null},"
		" \"kernel\": {\"release\": \"5.10.0\", \"at_least_5_10\": {\"value\": \"yes\"},"
		" \"features\": []}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++)
		if (parse(damaged[i]) != -EINVAL)
			fail_msg("%s", damaged[i]);
}

static void a_report_cut_anywhere_is_refused(void **state)
{
	static const char whole[] = KERNEL("[{\"name\": \"map/hash\", \"value\": \"yes\"}]");

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(report_parse(whole, len, "report.json", &record), -EINVAL);
}

static void node_facts_are_a_target_too(void **state)
{
	(void)state;
	store("{\"schema\": \"hostroute.node/1\", \"mem_total\": 4096, \"devices\": [],"
	      " \"kernel\": {\"release\": \"6.1.0\", \"base\": \"all\"}}");
	assert_int_equal(read_target(), 0);
	assert_int_equal(target.facts.mem_total, 4096);
	assert_true(target.facts.devices_known);
	assert_int_equal(target.features.items[FEATURE_TCX].value, ANSWER_YES);
}

static void a_node_without_a_kernel_is_no_target_alone(void **state)
{
	(void)state;
	store("{\"schema\": \"hostroute.node/1\"}");
	assert_int_equal(read_target(), -EINVAL);
	assert_non_null(strstr(log_last_error(), "says nothing of a kernel"));
}

static void a_kernel_on_disk_wins_over_that_of_the_file(void **state)
{
	struct target_request request = { .file = path };
	char kconfig[] = "/tmp/test_target_kconfig.XXXXXX";
	int fd = mkstemp(kconfig);
	int err;

	(void)state;
	assert_true(fd >= 0);
	dprintf(fd, "#\n# Linux/x86 5.4.1 Kernel Configuration\n#\nCONFIG_BPF=y\n"
		    "# CONFIG_BPF_SYSCALL is not set\n");
	close(fd);
	store("{\"schema\": \"hostroute.node/1\", \"mem_total\": 4096}");
	request.kernel.kconfig = kconfig;
	err = target_read(&request, &target);
	unlink(kconfig);
	assert_int_equal(err, 0);
	assert_string_equal(target.features.release, "5.4.1");
	assert_int_equal(target.facts.mem_total, 4096);
	assert_non_null(target.offline);
}

static void nothing_named_is_a_kernel_with_everything(void **state)
{
	const struct target_request request = { 0 };
	const struct need need = { .kind = NEED_KFUNC, .name = "bpf_anything" };

	(void)state;
	assert_int_equal(target_read(&request, &target), 0);
	assert_string_equal(target.name, "");
	assert_int_equal(target_need(&target, &need).value, ANSWER_YES);
}

static enum tri answer_to(enum need_kind kind, unsigned int prog_type, unsigned int value)
{
	const struct need need = { .kind = kind, .prog_type = prog_type, .value = value };

	return target_need(&target, &need).value;
}

static void needs_are_answered_from_the_features(void **state)
{
	(void)state;
	store("{\"schema\": \"hostroute.node/1\", \"kernel\": {\"release\": \"5.4.0\", \"base\": "
	      "\"all\", \"missing_maps\": [\"lpm_trie\"], \"missing_helpers\": [[\"sched_cls\", "
	      "\"redirect_peer\"]]}}");
	assert_int_equal(read_target(), 0);
	assert_int_equal(answer_to(NEED_PROG_TYPE, BPF_PROG_TYPE_SCHED_CLS, 0), ANSWER_YES);
	assert_int_equal(answer_to(NEED_MAP_TYPE, 0, BPF_MAP_TYPE_LPM_TRIE), ANSWER_NO);
	assert_int_equal(answer_to(NEED_MAP_TYPE, 0, BPF_MAP_TYPE_HASH), ANSWER_YES);
	assert_int_equal(answer_to(NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer),
			 ANSWER_NO);
	assert_int_equal(answer_to(NEED_HELPER, BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_peer),
			 ANSWER_UNKNOWN);
	assert_int_equal(answer_to(NEED_MAP_TYPE, 0, BPF_MAP_TYPE_STACK), ANSWER_UNKNOWN);
	assert_int_equal(answer_to(NEED_BTF, 0, 0), ANSWER_UNKNOWN);
}

static void an_object_is_refused_for_what_is_missing_and_not_for_what_is_unknown(void **state)
{
	static struct object_needs needs;

	(void)state;
	store("{\"schema\": \"hostroute.node/1\", \"kernel\": {\"release\": \"4.9.0\", \"base\": "
	      "\"all\", \"missing_maps\": [\"lpm_trie\"]}}");
	assert_int_equal(read_target(), 0);
	needs = (struct object_needs){ 0 };
	need_add(&needs, (struct need){ .kind = NEED_MAP_TYPE, .value = BPF_MAP_TYPE_STACK });
	assert_int_equal(target_check_object(&target, "x.o", &needs), 0);
	need_add(&needs, (struct need){ .kind = NEED_MAP_TYPE, .value = BPF_MAP_TYPE_LPM_TRIE });
	assert_int_equal(target_check_object(&target, "x.o", &needs), -EOPNOTSUPP);
	assert_non_null(strstr(log_last_error(), "x.o needs map type lpm_trie"));
	assert_non_null(strstr(log_last_error(), "since 4.11"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_report_reads_back_as_the_answers_it_was_made_of),
		TEST(what_a_report_does_not_say_is_unknown),
		TEST(features_of_later_builds_are_passed_over),
		TEST(damaged_reports_are_refused),
		TEST(a_report_cut_anywhere_is_refused),
		TEST(node_facts_are_a_target_too),
		TEST(a_node_without_a_kernel_is_no_target_alone),
		TEST(a_kernel_on_disk_wins_over_that_of_the_file),
		TEST(nothing_named_is_a_kernel_with_everything),
		TEST(needs_are_answered_from_the_features),
		TEST(an_object_is_refused_for_what_is_missing_and_not_for_what_is_unknown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
