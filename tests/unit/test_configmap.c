// SPDX-License-Identifier: BSD-2-Clause
/* config/configmap: every shape in which users have it, and what they hear when it is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "tests/unit/loaded.h"

#define DATA "tests/unit/data/configmap/"
#define EXAMPLE "examples/cilium-config.yaml"

static void the_example_is_read_without_complaint(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	const struct options *opts = &l.cm.options;

	(void)state;
	load_path(&l, EXAMPLE, true);
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.count, 0);
	assert_false(l.bad_value);
	assert_true(option_bool(opts, OPT_ENABLE_BPF_MASQUERADE));
	assert_false(option_bool(opts, OPT_ENABLE_IPV6));
	assert_true(option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO) == 0.0025);
	assert_string_equal(option_text(opts, OPT_KUBE_PROXY_REPLACEMENT), "probe");
	assert_string_equal(option_text(opts, OPT_MONITOR_AGGREGATION_FLAGS), "all");
	assert_true(option_is_set(opts, OPT_TUNNEL));
	assert_false(option_is_set(opts, OPT_DEVICES));
	assert_memory_equal(option_text(opts, OPT_ETCD_CONFIG), "---\nendpoints:\n", 15);
}

static void every_value_knows_where_it_was_set(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	const struct pos *pos;

	(void)state;
	load_path(&l, EXAMPLE, false);
	pos = &l.cm.options.values[OPT_ENABLE_IPV4].pos;
	assert_string_equal(pos->file, EXAMPLE);
	assert_int_equal(pos->line, 23);
	assert_int_equal(pos->col, 16);
	assert_int_equal(l.cm.options.values[OPT_DEVICES].pos.line, 0);
}

static void the_last_applied_annotation_does_not_leak(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_path(&l, EXAMPLE, false);
	assert_true(option_bool(&l.cm.options, OPT_DEBUG));
	assert_true(option_bool(&l.cm.options, OPT_ENABLE_BPF_MASQUERADE));
	assert_false(option_bool(&l.cm.options, OPT_ENABLE_HOST_LEGACY_ROUTING));
}

static void one_of_a_json_list_is_found_by_its_name(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_path(&l, DATA "list.json", true);
	assert_int_equal(l.err, 0);
	assert_string_equal(option_text(&l.cm.options, OPT_TUNNEL), "geneve");
	assert_true(option_bool(&l.cm.options, OPT_DEBUG));
}

static void one_of_many_documents_is_found_by_its_name(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_path(&l, DATA "manifest.yaml", true);
	assert_int_equal(l.err, 0);
	assert_string_equal(option_text(&l.cm.options, OPT_TUNNEL), "geneve");
	assert_true(option_bool(&l.cm.options, OPT_DEBUG));
}

static void items_of_a_configmaplist_need_no_kind(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 }, other = { 0 };

	(void)state;
	load(&l, "kind: ConfigMapList\nitems:\n- metadata: {name: x}\n  data: {debug: maybe}\n"
		 "- metadata: {name: cilium-config}\n  data: {debug: \"true\"}\n");
	assert_int_equal(l.err, 0);
	assert_true(option_bool(&l.cm.options, OPT_DEBUG));
	load(&other, "kind: List\nitems:\n- metadata: {name: x}\n  data: {debug: \"true\"}\n");
	assert_only_error(&other, 0, "no ConfigMap in it, but a List");
}

static void the_only_configmap_needs_no_name(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, "kind: ConfigMap\ndata:\n  debug: \"true\"\n");
	assert_int_equal(l.err, 0);
	assert_true(option_bool(&l.cm.options, OPT_DEBUG));
	assert_string_equal(l.cm.file.name, "<stdin>");
}

static void an_empty_data_leaves_every_default(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, "kind: ConfigMap\ndata: {}\n");
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.count, 0);
}

static void the_wrong_number_of_configmaps_is_an_error(void **state)
{
	_cleanup_loaded_ struct loaded none = { 0 }, empty = { 0 }, two = { 0 }, twins = { 0 };

	(void)state;
	load(&none, "kind: Secret\ndata: {debug: AAEC}\n");
	assert_only_error(&none, 0, "no ConfigMap in it, but a Secret");
	load(&empty, "# nothing\n");
	assert_only_error(&empty, 0, "no ConfigMap in it");
	load(&two, "kind: ConfigMap\ndata: {debug: \"true\"}\n---\nkind: ConfigMap\n"
		   "metadata: {name: x}\ndata: {}\n");
	assert_only_error(&two, 0, "2 ConfigMaps and none is named cilium-config");
	load(&twins, HEAD "  debug: \"true\"\n---\n" HEAD "  debug: \"false\"\n");
	assert_only_error(&twins, 7, "a second ConfigMap cilium-config; the first is in line 1");
}

static void a_configmap_of_something_else_is_an_error(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, "kind: ConfigMap\nmetadata:\n  name: coredns\ndata:\n  Corefile: x\n");
	assert_only_error(&l, 3, "ConfigMap coredns has no key that a Cilium agent knows");
}

static void data_that_is_missing_or_no_mapping_is_an_error(void **state)
{
	_cleanup_loaded_ struct loaded absent = { 0 }, null = { 0 }, list = { 0 };

	(void)state;
	load(&absent, "kind: ConfigMap\nmetadata: {name: cilium-config}\n");
	assert_only_error(&absent, 1, "this ConfigMap has no data");
	load(&null, "kind: ConfigMap\ndata:\n");
	assert_only_error(&null, 1, "this ConfigMap has no data");
	load(&list, "kind: ConfigMap\ndata: [debug]\n");
	assert_only_error(&list, 2, "data must be a mapping, key: value");
}

static void a_value_that_is_no_string_is_an_error(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  enable-ipv4: true\n  mtu: 1500\n  debug:\n  devices: [eth0]\n"
		      "  kvstore-opt: {a: b}\n  tunnel: vxlan\n  enable-ipv6: no\n");
	assert_int_equal(l.diags.count, 6);
	assert_diag(&l, 0, DIAG_ERROR, 5, "enable-ipv4: true is not a string; write \"true\"");
	assert_diag(&l, 1, DIAG_ERROR, 6, "mtu: 1500 is not a string; write \"1500\"");
	assert_diag(&l, 2, DIAG_ERROR, 7, "debug has no value; write \"\" for an empty one");
	assert_diag(&l, 3, DIAG_ERROR, 8, "devices: a list is not a string; put it in quotes");
	assert_diag(&l, 4, DIAG_ERROR, 9,
		    "kvstore-opt: a mapping is not a string; put it in quotes");
	assert_diag(&l, 5, DIAG_ERROR, 11, "enable-ipv6: no is not a string; write \"no\"");
	assert_false(l.bad_value);
	assert_true(option_is_set(&l.cm.options, OPT_TUNNEL));
	assert_false(option_is_set(&l.cm.options, OPT_MTU));
}

static void json_values_must_be_strings_too(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, "{\"kind\": \"ConfigMap\",\n \"data\": {\"enable-ipv4\": true}}");
	assert_only_error(&l, 2, "enable-ipv4: true is not a string; write \"true\"");
}

static void a_key_beside_data_is_an_error(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  debug: \"true\"\nenable-ipv6: \"false\"\nimmutable: true\n");
	assert_only_error(&l, 6, "enable-ipv6 stands beside data; indent it below data");
}

static void all_errors_of_a_file_are_reported(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  debug: \"true\"\n  debug: &x \"false\"\n  mtu: \"x\"\n");
	assert_int_equal(l.diags.errors, 2);
	assert_diag(&l, 0, DIAG_ERROR, 6,
		    "anchors are not supported; write the value out where it is used");
	assert_diag(&l, 1, DIAG_ERROR, 6, "debug is given twice, first in line 5");
	assert_false(l.bad_value);
}

static void a_missing_file_is_one_error_with_its_name(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_path(&l, "tests/absent.yaml", false);
	assert_int_equal(l.err, -ENOENT);
	assert_int_equal(l.diags.count, 1);
	assert_string_equal(l.diags.items[0].pos.file, "tests/absent.yaml");
	assert_string_equal(l.diags.items[0].text, "No such file or directory");
	assert_false(l.bad_value);
}

static void lost_indentation_is_one_error_at_data(void **state)
{
	static const struct {
		const char *path;
		size_t line;
		const char *key;
	} cases[] = {
		{ DATA "flat.txt", 6, "agent-health-port (line 7)" },
		{ DATA "flat-no-comment.txt", 2, "agent-health-port (line 3)" },
		{ DATA "flat-from-data.txt", 1, "agent-health-port (line 2)" },
		{ DATA "flat-one-document.txt", 2, "agent-health-port (line 3)" },
		{ DATA "flat-no-kind.txt", 2, "agent-health-port (line 3)" },
		{ DATA "flat-list.txt", 4, "agent-health-port (line 5)" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_loaded_ struct loaded l = { 0 };

		load_path(&l, cases[i].path, false);
		assert_int_equal(
			path_format(text, sizeof(text),
				    "the indentation was lost in copying: %s must be indented "
				    "below data; get a good copy with: kubectl -n kube-system get "
				    "configmap cilium-config -o yaml",
				    cases[i].key),
			0);
		assert_only_error(&l, cases[i].line, text);
		assert_string_equal(l.diags.items[0].source_line, "data:");
	}
}

static void the_first_key_at_the_wrong_level_may_be_an_unknown_one(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, "data:\nkind: ConfigMap\nmy-own-key: x\ndebug: \"true\"\n");
	assert_int_equal(l.diags.count, 1);
	assert_non_null(strstr(l.diags.items[0].text, "copying: my-own-key (line 3) must"));
}

static void an_object_of_another_kind_has_not_lost_its_indentation(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 }, json = { 0 };

	(void)state;
	load(&l, "kind: Secret\ndata:\nlabels: x\n---\n" HEAD "  debug: \"true\"\n");
	assert_int_equal(l.err, 0);
	load(&json, "{\"kind\": \"ConfigMap\", \"data\": null, \"debug\": \"true\"}");
	assert_int_equal(json.diags.errors, 2);
	assert_diag(&json, 0, DIAG_ERROR, 1, "debug stands beside data; indent it below data");
}

static void a_piece_of_a_configmap_is_called_that(void **state)
{
	_cleanup_loaded_ struct loaded keys = { 0 }, torn = { 0 }, kindless = { 0 };

	(void)state;
	load_path(&keys, DATA "keys-alone.txt", false);
	assert_only_error(&keys, 1,
			  "agent-health-port stands alone, not in the data of a ConfigMap; get a "
			  "whole one with: kubectl -n kube-system get configmap cilium-config -o "
			  "yaml");
	load(&torn, "debug: \"true\"\nannotations:\nx: |\n{\"a\": 1}\ny: z\n");
	assert_int_equal(torn.diags.count, 1);
	assert_non_null(strstr(torn.diags.items[0].text, "debug stands alone"));
	load(&kindless, "apiVersion: v1\ndata:\n  debug: \"true\"\n");
	assert_only_error(&kindless, 2, "there is data, but no kind: ConfigMap beside it");
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void a_damaged_example_is_refused_or_read_but_never_crashes(void **state)
{
	_cleanup_free_ char *good = NULL, *bad = NULL;
	uint32_t seed = 42;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_read(EXAMPLE, YAML_MAX_BYTES, &good, &len), 0);
	bad = malloc(len);
	assert_non_null(bad);
	for (size_t cut = 0; cut < len; cut++) {
		_cleanup_loaded_ struct loaded l = { 0 };

		load_bytes(&l, good, cut, false);
	}
	for (int round = 0; round < 2000; round++) {
		_cleanup_loaded_ struct loaded l = { 0 };

		memcpy(bad, good, len);
		for (uint32_t i = next_random(&seed) % 8 + 1; i; i--)
			bad[next_random(&seed) % len] = (char)next_random(&seed);
		load_bytes(&l, bad, len, round % 2);
	}
}

static void a_key_that_the_agent_would_read_from_binary_data_is_a_warning(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  tunnel: vxlan\nbinaryData:\n  logo: AAAA\n  debug: dHJ1ZQ==\n");
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.count, 1);
	assert_diag(&l, 0, DIAG_WARNING, 8,
		    "debug in binaryData is not read here, but by the agent; move it to data");
	assert_false(option_is_set(&l.cm.options, OPT_DEBUG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_read_without_complaint),
		cmocka_unit_test(every_value_knows_where_it_was_set),
		cmocka_unit_test(the_last_applied_annotation_does_not_leak),
		cmocka_unit_test(one_of_a_json_list_is_found_by_its_name),
		cmocka_unit_test(one_of_many_documents_is_found_by_its_name),
		cmocka_unit_test(items_of_a_configmaplist_need_no_kind),
		cmocka_unit_test(the_only_configmap_needs_no_name),
		cmocka_unit_test(an_empty_data_leaves_every_default),
		cmocka_unit_test(the_wrong_number_of_configmaps_is_an_error),
		cmocka_unit_test(a_configmap_of_something_else_is_an_error),
		cmocka_unit_test(data_that_is_missing_or_no_mapping_is_an_error),
		cmocka_unit_test(a_value_that_is_no_string_is_an_error),
		cmocka_unit_test(json_values_must_be_strings_too),
		cmocka_unit_test(a_key_beside_data_is_an_error),
		cmocka_unit_test(a_key_that_the_agent_would_read_from_binary_data_is_a_warning),
		cmocka_unit_test(all_errors_of_a_file_are_reported),
		cmocka_unit_test(a_missing_file_is_one_error_with_its_name),
		cmocka_unit_test(lost_indentation_is_one_error_at_data),
		cmocka_unit_test(the_first_key_at_the_wrong_level_may_be_an_unknown_one),
		cmocka_unit_test(an_object_of_another_kind_has_not_lost_its_indentation),
		cmocka_unit_test(a_piece_of_a_configmap_is_called_that),
		cmocka_unit_test(a_damaged_example_is_refused_or_read_but_never_crashes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
