// SPDX-License-Identifier: BSD-2-Clause
/* config/node_config: which CiliumNodeConfig objects are for a node, and what they override. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "tests/unit/loaded.h"

#define OBJECT "kind: CiliumNodeConfig\napiVersion: cilium.io/v2\nmetadata:\n  name: "
#define BOTH_FAMILIES "  defaults:\n    enable-ipv6: \"true\"\n"

static const char *const labels[] = { "role=worker", "zone=a", "empty=" };

/* One file for as long as a test runs; in memory, so that nothing is left behind when the test fails. */
struct override_file {
	int fd;
	char path[64];
};

static void override_file_fini(struct override_file *file)
{
	close(file->fd);
}

static struct override_file override_file(const char *text)
{
	struct override_file file = { .fd = memfd_create("node-config", MFD_CLOEXEC) };

	assert_true(file.fd >= 0);
	assert_int_equal(write(file.fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

#define _cleanup_file_ __attribute__((cleanup(override_file_fini)))

/* A ConfigMap with enable-ipv6 false and tunnel-port 1, read by an agent of a release on the node above. */
static void load_with(struct loaded *l, const char *const *paths, size_t count,
		      enum cilium_release release)
{
	_cleanup_file_ struct override_file base =
		override_file(HEAD "  enable-ipv6: \"false\"\n  tunnel-port: \"1\"\n");
	struct config_source source = {
		.path = base.path,
		.releases = RELEASES_IN(release, release),
		.node_configs = { paths, count, labels, ARRAY_SIZE(labels) },
	};

	l->err = configmap_read(&source, &l->cm, &l->diags, &l->bad_value);
}

static void load_one(struct loaded *l, const char *text)
{
	_cleanup_file_ struct override_file file = override_file(text);
	const char *path = file.path;

	load_with(l, &path, 1, CILIUM_1_16);
}

static bool selects(const char *selector)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	char text[512];

	snprintf(text, sizeof(text), OBJECT "a\nspec:\n%s" BOTH_FAMILIES, selector);
	load_one(&l, text);
	assert_int_equal(l.err, 0);
	return option_bool(&l.cm.options, OPT_ENABLE_IPV6);
}

static void an_override_wins_and_is_the_origin(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	const struct option_value *value;

	(void)state;
	load_one(&l, OBJECT "a\nspec:\n  nodeSelector: {}\n" BOTH_FAMILIES);
	assert_int_equal(l.err, 0);
	value = &l.cm.options.values[OPT_ENABLE_IPV6];
	assert_true(value->b && value->is_set);
	assert_string_equal(value->pos.file, l.cm.overrides.files[0].name);
	assert_int_equal(value->pos.line, 8);
	assert_int_equal(value->pos.col, 18);
	assert_int_equal(option_int(&l.cm.options, OPT_TUNNEL_PORT), 1);
}

static void labels_select_as_kubernetes_selects(void **state)
{
	(void)state;
	assert_true(selects("  nodeSelector: {}\n"));
	assert_false(selects(""));
	assert_true(selects("  nodeSelector: {matchLabels: {role: worker, zone: a}}\n"));
	assert_false(selects("  nodeSelector: {matchLabels: {role: worker, zone: b}}\n"));
	assert_false(selects("  nodeSelector: {matchLabels: {rol: e=worker}}\n"));
	assert_true(selects("  nodeSelector: {matchLabels: {empty: ''}}\n"));
	assert_false(selects("  nodeSelector: {matchLabels: {absent: ''}}\n"));
}

#define EXPRESSION(text) "  nodeSelector: {matchExpressions: [{" text "}]}\n"

static void expressions_select_as_kubernetes_selects(void **state)
{
	(void)state;
	assert_true(selects(EXPRESSION("key: zone, operator: In, values: [a, b]")));
	assert_false(selects(EXPRESSION("key: zone, operator: In, values: [b]")));
	assert_false(selects(EXPRESSION("key: absent, operator: In, values: ['']")));
	assert_true(selects(EXPRESSION("key: zone, operator: NotIn, values: [b]")));
	assert_false(selects(EXPRESSION("key: zone, operator: NotIn, values: [a]")));
	assert_true(selects(EXPRESSION("key: absent, operator: NotIn, values: [a]")));
	assert_true(selects(EXPRESSION("key: empty, operator: Exists")));
	assert_false(selects(EXPRESSION("key: absent, operator: Exists")));
	assert_true(selects(EXPRESSION("key: absent, operator: DoesNotExist")));
	assert_false(selects(EXPRESSION("key: zone, operator: DoesNotExist")));
}

static void objects_count_in_the_order_of_their_names(void **state)
{
	_cleanup_file_ struct override_file z = override_file(
		OBJECT "z\nspec: {nodeSelector: {}, defaults: {mtu: '1', tunnel-port: '2'}}\n");
	_cleanup_file_ struct override_file a = override_file(
		"kind: List\nitems:\n- kind: CiliumNodeConfig\n  apiVersion: cilium.io/v2alpha1\n"
		"  metadata: {name: a}\n  spec: {nodeSelector: {}, defaults: {mtu: '3'}}\n");
	const char *const paths[] = { z.path, a.path };
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_with(&l, paths, ARRAY_SIZE(paths), CILIUM_1_16);
	assert_int_equal(l.err, 0);
	assert_int_equal(option_int(&l.cm.options, OPT_MTU), 1);
	assert_int_equal(option_int(&l.cm.options, OPT_TUNNEL_PORT), 2);
}

static void a_release_without_the_kind_ignores_it(void **state)
{
	_cleanup_file_ struct override_file file =
		override_file(OBJECT "a\nspec:\n  nodeSelector: {}\n" BOTH_FAMILIES);
	_cleanup_loaded_ struct loaded l = { 0 };
	const char *path = file.path;

	(void)state;
	load_with(&l, &path, 1, CILIUM_1_12);
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.count, 1);
	assert_string_equal(l.diags.items[0].text,
			    "Cilium 1.12 has no CiliumNodeConfig; its values are ignored");
	assert_false(option_bool(&l.cm.options, OPT_ENABLE_IPV6));
}

static void wrong_values_are_refused_where_they_stand(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load_one(&l, OBJECT "a\nspec: {nodeSelector: {}, defaults: {mtu: 'x'}}\n");
	assert_true(l.bad_value);
	assert_int_equal(l.diags.count, 1);
	assert_string_equal(l.diags.items[0].text, "mtu: \"x\" is not an integer");
	assert_int_equal(l.diags.items[0].pos.line, 5);
}

static void what_is_no_node_config_is_an_error_of_the_input(void **state)
{
	static const char *const cases[][2] = {
		{ "kind: Pod\n", "no CiliumNodeConfig in it" },
		{ "kind: CiliumNodeConfig\napiVersion: v1\n",
		  "a CiliumNodeConfig must be of cilium.io/v2 or cilium.io/v2alpha1" },
		{ "kind: CiliumNodeConfig\napiVersion: cilium.io/v2\n",
		  "this CiliumNodeConfig has no name" },
		{ OBJECT "a\nspec: {nodeSelector: [], defaults: {mtu: '1'}}\n",
		  "nodeSelector must be a mapping" },
		{ OBJECT "a\nspec: {nodeSelector: {}, defaults: [mtu]}\n",
		  "defaults must be a mapping" },
		{ OBJECT "a\nspec: {nodeSelector: {}, defaults: {mtu: 1}}\n",
		  "mtu: 1 is not a string; write \"1\"" },
		{ OBJECT "a\nspec: {nodeSelector: {matchExpressions: [{key: a, operator: Is}]}}\n",
		  "Is is no operator (In, NotIn, Exists, DoesNotExist)" },
		{ OBJECT "a\nspec: {nodeSelector: {matchExpressions: [{key: a}]}}\n",
		  "a match expression needs a key and an operator" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_loaded_ struct loaded l = { 0 };

		load_one(&l, cases[i][0]);
		assert_int_equal(l.err, -EINVAL);
		assert_false(l.bad_value);
		assert_int_equal(l.diags.count, 1);
		assert_string_equal(l.diags.items[0].text, cases[i][1]);
	}
}

static void the_same_config_can_be_read_as_another_release(void **state)
{
	_cleanup_options_ struct options opts = { 0 };
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_loaded_ struct loaded l = { 0 };
	size_t refused = 0;

	(void)state;
	load_one(&l, OBJECT "a\nspec:\n  nodeSelector: {}\n" BOTH_FAMILIES);
	assert_int_equal(configmap_options(&l.cm, CILIUM_1_12, &opts, &diags, &refused), 0);
	assert_int_equal(opts.release, CILIUM_1_12);
	assert_false(option_bool(&opts, OPT_ENABLE_IPV6));
	assert_int_equal(refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_override_wins_and_is_the_origin),
		cmocka_unit_test(labels_select_as_kubernetes_selects),
		cmocka_unit_test(expressions_select_as_kubernetes_selects),
		cmocka_unit_test(objects_count_in_the_order_of_their_names),
		cmocka_unit_test(a_release_without_the_kind_ignores_it),
		cmocka_unit_test(wrong_values_are_refused_where_they_stand),
		cmocka_unit_test(what_is_no_node_config_is_an_error_of_the_input),
		cmocka_unit_test(the_same_config_can_be_read_as_another_release),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
