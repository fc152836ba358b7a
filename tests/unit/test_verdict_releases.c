// SPDX-License-Identifier: BSD-2-Clause
/* One ConfigMap under every release: the rows, their text and their JSON. */
#include "tests/unit/verdict_fixture.h"

#include <jansson.h>

#include "probe/verdict_releases.h"
#include "tests/unit/loaded.h"

#define STRICT_VXLAN                                                                       \
	HEAD "  kube-proxy-replacement: strict\n  tunnel: vxlan\n  enable-ipv6: 'false'\n" \
	     "  enable-bpf-masquerade: 'true'\n  enable-remote-node-identity: 'true'\n"

static struct release_verdict rows[CILIUM__COUNT];

static void judge(const char *config)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	load(&l, config);
	assert_int_equal(verdict_releases(&l.cm, &features, &facts, rows), 0);
}

static void every_release_has_its_row_in_order(void **state)
{
	(void)state;
	judge(STRICT_VXLAN);
	for (size_t i = 0; i < CILIUM__COUNT; i++)
		assert_int_equal(rows[i].release, i);
}

static void each_release_reads_the_config_in_its_own_way(void **state)
{
	(void)state;
	judge(STRICT_VXLAN);
	assert_int_equal(rows[CILIUM_1_9].mode, VERDICT_LEGACY);
	assert_string_equal(rows[CILIUM_1_9].rule, "HR-TUNNEL-LEGACY");
	assert_int_equal(rows[CILIUM_1_12].mode, VERDICT_BPF);
	assert_string_equal(rows[CILIUM_1_12].rule, "");
	assert_int_equal(rows[CILIUM_1_15].mode, VERDICT_BPF);
	assert_int_equal(rows[CILIUM_1_16].mode, VERDICT_REFUSED);
	assert_string_equal(rows[CILIUM_1_16].rule, "HR-KPR-MODE");
	assert_string_equal(rows[CILIUM_1_16].detail, "\"strict\"");
	assert_string_equal(rows[CILIUM_1_19].rule, "HR-BAD-VALUE");
	assert_int_equal(rows[CILIUM_1_19].mode, VERDICT_REFUSED);
}

static void the_table_has_a_line_per_release(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	judge(STRICT_VXLAN);
	assert_int_equal(verdict_releases_text(rows, &text), 0);
	assert_non_null(strstr(text, "1.12   BPF\n1.13   BPF\n"));
	assert_non_null(strstr(text, "1.16   refused: HR-KPR-MODE: "));
}

static void a_value_cannot_break_a_line_of_the_table(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t lines = 0;

	(void)state;
	judge(HEAD "  kube-proxy-replacement: \"a\\nb\\e[31m\"\n");
	assert_int_equal(verdict_releases_text(rows, &text), 0);
	for (const char *p = text; *p; p++) {
		lines += *p == '\n';
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	}
	assert_int_equal(lines, CILIUM__COUNT);
}

static void the_json_has_nulls_where_there_is_no_cause(void **state)
{
	_cleanup_free_ char *text = NULL;
	json_t *root, *list, *row;

	(void)state;
	judge(STRICT_VXLAN);
	assert_int_equal(verdict_releases_json(rows, "c.yaml", &text), 0);
	root = json_loads(text, 0, NULL);
	list = json_object_get(root, "releases");
	assert_int_equal(json_array_size(list), CILIUM__COUNT);
	assert_string_equal(json_string_value(json_object_get(root, "schema")), RELEASES_SCHEMA);
	row = json_array_get(list, CILIUM_1_12);
	assert_string_equal(json_string_value(json_object_get(row, "release")), "1.12");
	assert_string_equal(json_string_value(json_object_get(row, "mode")), "BPF");
	assert_true(json_is_null(json_object_get(row, "rule")));
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_release_has_its_row_in_order),
		TEST(each_release_reads_the_config_in_its_own_way),
		TEST(the_table_has_a_line_per_release),
		TEST(a_value_cannot_break_a_line_of_the_table),
		TEST(the_json_has_nulls_where_there_is_no_cause),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("verdict_releases", tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
