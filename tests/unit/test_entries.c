// SPDX-License-Identifier: BSD-2-Clause
/* config/entries: what becomes of each key and value, by way of whole ConfigMaps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "tests/unit/loaded.h"

static void a_quoted_yes_is_refused_where_it_stands(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  enable-ipv4: \"yes\"\n  tunnel: vxlan\n");
	assert_int_equal(l.diags.count, 1);
	assert_diag(&l, 0, DIAG_ERROR, 5, "enable-ipv4: \"yes\" is not a boolean (true or false)");
	assert_int_equal(l.diags.items[0].pos.col, 16);
	assert_string_equal(l.diags.items[0].source_line, "  enable-ipv4: \"yes\"");
	assert_true(option_bool(&l.cm.options, OPT_ENABLE_IPV4));
	assert_false(option_is_set(&l.cm.options, OPT_ENABLE_IPV4));
	assert_true(option_is_set(&l.cm.options, OPT_TUNNEL));
}

static void all_wrong_values_are_reported_and_are_all_that_is_wrong(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  mtu: \"08\"\n  debug: \"\"\n  foo: bar\n  conntrack-gc-interval: 5d\n");
	assert_int_equal(l.err, -EINVAL);
	assert_true(l.bad_value);
	assert_int_equal(l.diags.errors, 3);
	assert_diag(&l, 0, DIAG_ERROR, 5, "mtu: \"08\" is not an integer");
	assert_diag(&l, 1, DIAG_ERROR, 6, "debug: \"\" is not a boolean (true or false)");
	assert_diag(&l, 2, DIAG_WARNING, 7, "unknown key foo");
	assert_diag(&l, 3, DIAG_ERROR, 8,
		    "conntrack-gc-interval: \"5d\" is not a duration (such as 90s or 2h30m)");
}

static void a_wrong_value_beside_another_error_is_no_verdict(void **state)
{
	_cleanup_loaded_ struct loaded type = { 0 }, strict = { 0 };
	static const char text[] = HEAD "  mtu: \"x\"\n  foo: bar\n";

	(void)state;
	load(&type, HEAD "  mtu: \"x\"\n  debug: true\n");
	assert_int_equal(type.diags.errors, 2);
	assert_false(type.bad_value);
	load_bytes(&strict, text, strlen(text), true);
	assert_int_equal(strict.diags.errors, 2);
	assert_false(strict.bad_value);
}

static void the_operator_s_wrong_value_does_not_concern_the_agent(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  identity-gc-interval: soon\n");
	assert_int_equal(l.err, 0);
	assert_diag(&l, 0, DIAG_WARNING, 5,
		    "identity-gc-interval: \"soon\" is not a duration (such as 90s or 2h30m); not "
		    "read by the agent, refused by the operator");
}

static void a_long_value_is_cut_in_the_message(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD
	     "  mtu: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	assert_int_equal(l.diags.count, 1);
	assert_non_null(strstr(l.diags.items[0].text, "xxx...\" is not an integer"));
}

static void unknown_keys_warn_and_hint(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  enable-bpf-masqurade: \"true\"\n  routing-mode: tunnel\n");
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.count, 2);
	assert_diag(&l, 0, DIAG_WARNING, 5,
		    "unknown key enable-bpf-masqurade (did you mean enable-bpf-masquerade?)");
	assert_int_equal(l.diags.items[0].pos.col, 3);
	assert_diag(&l, 1, DIAG_WARNING, 6,
		    "routing-mode: not a key of Cilium 1.12 (1.14 and later); use tunnel");
}

static void a_key_of_another_release_names_what_took_its_place(void **state)
{
	static const struct {
		enum option_id id;
		enum cilium_release release;
		const char *text;
	} rows[] = {
		{ OPT_TUNNEL, CILIUM_1_16, "; use routing-mode and tunnel-protocol" },
		{ OPT_TUNNEL_PROTOCOL, CILIUM_1_9, "; use tunnel" },
		{ OPT_NATIVE_ROUTING_CIDR, CILIUM_1_12, "; use ipv4-native-routing-cidr" },
		{ OPT_IPV4_NATIVE_ROUTING_CIDR, CILIUM_1_9, "; use native-routing-cidr" },
		{ OPT_MASQUERADE, CILIUM_1_10,
		  "; use enable-ipv4-masquerade and enable-ipv6-masquerade" },
		{ OPT_ENABLE_HOST_REACHABLE_SERVICES, CILIUM_1_19, "; use bpf-lb-sock" },
		{ OPT_ENABLE_IPV4_EGRESS_GATEWAY, CILIUM_1_18, "; use enable-egress-gateway" },
		{ OPT_ENABLE_REMOTE_NODE_IDENTITY, CILIUM_1_16, "; always on there" },
		{ OPT_ENABLE_RUNTIME_DEVICE_DETECTION, CILIUM_1_11, "" },
		{ OPT_SOCKOPS_ENABLE, CILIUM_1_19, "" },
	};
	char text[OPTION_SUCCESSOR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(option_successor_text(rows[i].id, rows[i].release, text),
				    rows[i].text);
}

static void a_hint_says_when_the_values_mean_the_opposite(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  enable-host-routing: \"true\"\n  enable-dsr: \"true\"\n");
	assert_int_equal(l.err, 0);
	assert_diag(&l, 0, DIAG_WARNING, 5,
		    "unknown key enable-host-routing (did you mean enable-host-legacy-routing, its "
		    "opposite?)");
	assert_diag(&l, 1, DIAG_WARNING, 6, "unknown key enable-dsr (did you mean bpf-lb-mode?)");
}

static void unknown_keys_are_errors_when_strict(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	static const char text[] = HEAD "  routing-mode: tunnel\n";

	(void)state;
	load_bytes(&l, text, strlen(text), true);
	assert_only_error(&l, 5,
			  "routing-mode: not a key of Cilium 1.12 (1.14 and later); use tunnel");
}

static void deprecated_names_count_when_the_new_one_is_absent(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l,
	     HEAD "  monitor-aggregation-level: low\n  ct-global-max-entries-tcp: \"2048\"\n"
		  "  ct-global-max-entries-other: \"4096\"\n  bpf-ct-global-any-max: \"8192\"\n");
	assert_int_equal(l.err, 0);
	assert_string_equal(option_text(&l.cm.options, OPT_MONITOR_AGGREGATION), "low");
	assert_int_equal(option_int(&l.cm.options, OPT_BPF_CT_GLOBAL_TCP_MAX), 2048);
	assert_true(option_is_set(&l.cm.options, OPT_BPF_CT_GLOBAL_TCP_MAX));
	assert_int_equal(option_int(&l.cm.options, OPT_BPF_CT_GLOBAL_ANY_MAX), 8192);
	assert_int_equal(l.diags.count, 3);
	assert_diag(&l, 0, DIAG_WARNING, 5,
		    "monitor-aggregation-level is deprecated; its name is monitor-aggregation");
	assert_diag(&l, 2, DIAG_WARNING, 7,
		    "ct-global-max-entries-other is ignored, because bpf-ct-global-any-max is here "
		    "too");
}

static void a_wrong_value_under_a_deprecated_name_is_refused(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  ct-global-max-entries-tcp: many\n");
	assert_true(l.bad_value);
	assert_diag(&l, 1, DIAG_ERROR, 5, "ct-global-max-entries-tcp: \"many\" is not an integer");
}

static void keys_in_other_case_count_without_a_type_check(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };

	(void)state;
	load(&l, HEAD "  Enable-Bpf-Masquerade: \"true\"\n  ENABLE-IPV4: \"yes\"\n"
		      "  Tunnel: geneve\n  tunnel: vxlan\n");
	assert_int_equal(l.err, 0);
	assert_true(option_bool(&l.cm.options, OPT_ENABLE_BPF_MASQUERADE));
	assert_false(option_bool(&l.cm.options, OPT_ENABLE_IPV4));
	assert_string_equal(option_text(&l.cm.options, OPT_TUNNEL), "vxlan");
	assert_int_equal(l.diags.count, 4);
	assert_diag(&l, 0, DIAG_WARNING, 5,
		    "Enable-Bpf-Masquerade counts as enable-bpf-masquerade, but the agent does not "
		    "check its value");
	assert_diag(&l, 2, DIAG_WARNING, 6,
		    "ENABLE-IPV4: \"yes\" is not a boolean (true or false); the agent silently "
		    "takes the zero value");
	assert_diag(&l, 3, DIAG_WARNING, 7,
		    "Tunnel is ignored, because tunnel is here too; the agent takes either of the "
		    "two");
}

static void of_fifty_thousand_unknown_keys_the_first_are_reported(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	_cleanup_buf_ struct buf text = { 0 };

	(void)state;
	buf_puts(&text, HEAD);
	for (int i = 0; i < 50000; i++)
		buf_printf(&text, "  enable-something-unknown-%d: x\n", i);
	load_bytes(&l, text.data, text.len, false);
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.count, DIAG_MAX);
	assert_int_equal(l.diags.dropped, 50000 - DIAG_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quoted_yes_is_refused_where_it_stands),
		cmocka_unit_test(all_wrong_values_are_reported_and_are_all_that_is_wrong),
		cmocka_unit_test(a_wrong_value_beside_another_error_is_no_verdict),
		cmocka_unit_test(the_operator_s_wrong_value_does_not_concern_the_agent),
		cmocka_unit_test(a_long_value_is_cut_in_the_message),
		cmocka_unit_test(unknown_keys_warn_and_hint),
		cmocka_unit_test(a_key_of_another_release_names_what_took_its_place),
		cmocka_unit_test(a_hint_says_when_the_values_mean_the_opposite),
		cmocka_unit_test(unknown_keys_are_errors_when_strict),
		cmocka_unit_test(deprecated_names_count_when_the_new_one_is_absent),
		cmocka_unit_test(a_wrong_value_under_a_deprecated_name_is_refused),
		cmocka_unit_test(keys_in_other_case_count_without_a_type_check),
		cmocka_unit_test(of_fifty_thousand_unknown_keys_the_first_are_reported),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
