// SPDX-License-Identifier: BSD-2-Clause
/* What this datapath does not do is said, by key, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "compiler/scope.h"

/* One value per row that asks for it. */
static const struct {
	enum scope_id id;
	const char *value;
} asking[] = {
	{ SCOPE_ID_IPSEC, "true" },
	{ SCOPE_ID_WIREGUARD, "True" },
	{ SCOPE_ID_ENCRYPT_NODE, "t" },
	{ SCOPE_ID_HOST_FIREWALL, "1" },
	{ SCOPE_ID_POLICY_ALWAYS, "always" },
	{ SCOPE_ID_POLICY_AUDIT, "true" },
	{ SCOPE_ID_TPROXY, "true" },
	{ SCOPE_ID_ENVOY_CONFIG, "true" },
	{ SCOPE_ID_LOCAL_REDIRECT, "true" },
	{ SCOPE_ID_DATAPATH_MODE, "lb-only" },
	{ SCOPE_ID_CNI_CHAINING, "aws-cni" },
	{ SCOPE_ID_CLOUD_IPAM, "eni" },
	{ SCOPE_ID_CLOUD_IPAM, "alibabacloud" },
	{ SCOPE_ID_ENDPOINT_ROUTES, "true" },
	{ SCOPE_ID_NO_LOCAL_ROUTE, "false" },
	{ SCOPE_ID_CLUSTER_MESH, "7" },
	{ SCOPE_ID_EGRESS_GATEWAY, "true" },
	{ SCOPE_ID_EGRESS_GATEWAY_ROUTES, "true" },
	{ SCOPE_ID_VTEP, "true" },
	{ SCOPE_ID_SRV6, "true" },
	{ SCOPE_ID_VLAN_BYPASS, "0" },
	{ SCOPE_ID_SOCKOPS, "true" },
	{ SCOPE_ID_NO_CONNTRACK_RULES, "true" },
	{ SCOPE_ID_XDP_PREFILTER, "true" },
	{ SCOPE_ID_XDP_ACCELERATION, "native" },
	{ SCOPE_ID_XDP_ACCELERATION_ALIAS, "testing-only" },
	{ SCOPE_ID_BANDWIDTH, "true" },
	{ SCOPE_ID_CUSTOM_CALLS, "true" },
	{ SCOPE_ID_RECORDER, "true" },
	{ SCOPE_ID_MKE, "true" },
	{ SCOPE_ID_IPV6, "true" },
	{ SCOPE_ID_NO_IPV4, "false" },
	{ SCOPE_ID_GENEVE, "geneve" },
	{ SCOPE_ID_IP_MASQ_AGENT, "true" },
	{ SCOPE_ID_SERVICES, "strict" },
	{ SCOPE_ID_SERVICES, "probe" },
	{ SCOPE_ID_MTU, "1400" },
	{ SCOPE_ID_ROUTE_METRIC, "100" },
	{ SCOPE_ID_SINGLE_ROUTE, "true" },
	{ SCOPE_ID_UNREACHABLE_ROUTES, "true" },
};

static struct options opts;

static void set(enum option_id id, const char *text)
{
	const char *why;

	assert_int_equal(option_set(&opts, id, text, (struct pos){ "f", 1, 1 }, &why), 0);
}

/* Everything that can be, as this datapath wants it. */
static int set_up(void **state)
{
	(void)state;
	if (options_init(&opts, CILIUM_1_12))
		return -1;
	set(OPT_ENABLE_IPV6, "false");
	set(OPT_KUBE_PROXY_REPLACEMENT, "disabled");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	options_fini(&opts);
	return 0;
}

static struct scope decide(enum masquerade_mode masquerade)
{
	const struct verdict verdict = { .mode = VERDICT_BPF, .masquerade = masquerade };
	struct scope scope;

	scope_decide(&opts, &verdict, &scope);
	return scope;
}

static size_t count_held(const struct scope *scope)
{
	size_t count = 0;

	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++)
		count += scope->holds[id];
	return count;
}

static void a_plain_config_asks_for_nothing_more(void **state)
{
	struct scope scope = decide(MASQUERADE_OFF);

	(void)state;
	assert_int_equal(count_held(&scope), 0);
	set(OPT_CNI_CHAINING_MODE, "none");
	scope = decide(MASQUERADE_OFF);
	assert_int_equal(count_held(&scope), 0);
	set(OPT_CNI_CHAINING_MODE, "portmap");
	scope = decide(MASQUERADE_OFF);
	assert_int_equal(count_held(&scope), 0);
}

static void each_key_is_noticed_alone(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(asking); i++) {
		const struct scope_def *def = &scope_defs[asking[i].id];
		struct scope scope;

		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		set(def->option, asking[i].value);
		scope = decide(MASQUERADE_OFF);
		if (!scope.holds[asking[i].id] || count_held(&scope) != 1)
			fail_msg("%s: %s", option_defs[def->option].name, asking[i].value);
		assert_int_equal(scope_refuses(&scope, def->option), def->effect != SCOPE_GAP);
	}
}

static void masquerading_is_a_gap_by_what_is_in_effect(void **state)
{
	struct scope scope = decide(MASQUERADE_BPF);

	(void)state;
	assert_true(scope.holds[SCOPE_ID_BPF_MASQUERADE]);
	assert_false(scope.holds[SCOPE_ID_IPTABLES_MASQUERADE]);
	assert_false(scope_refuses(&scope, OPT_ENABLE_BPF_MASQUERADE));
	scope = decide(MASQUERADE_IPTABLES);
	assert_false(scope.holds[SCOPE_ID_BPF_MASQUERADE]);
	assert_true(scope.holds[SCOPE_ID_IPTABLES_MASQUERADE]);
}

static void every_row_is_tested_here(void **state)
{
	bool seen[SCOPE_ID__COUNT] = {
		[SCOPE_ID_BPF_MASQUERADE] = true, [SCOPE_ID_IPTABLES_MASQUERADE] = true
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(asking); i++)
		seen[asking[i].id] = true;
	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
		if (!seen[id])
			fail_msg("%s: no test", option_defs[scope_defs[id].option].name);
	}
}

static void will_not_and_not_yet_are_told_apart(void **state)
{
	char text[256];

	(void)state;
	scope_text(SCOPE_ID_IPSEC, text, sizeof(text));
	assert_string_equal(text, "asks for IPsec encryption, which this datapath will not do; "
				  "set it to \"false\"");
	scope_text(SCOPE_ID_IPV6, text, sizeof(text));
	assert_string_equal(text, "asks for IPv6 for pods, which this datapath does not do yet; "
				  "set enable-ipv6: \"false\"");
}

static void ipv6_is_asked_for_by_default(void **state)
{
	struct scope scope;

	assert_int_equal(tear_down(state), 0);
	assert_int_equal(options_init(&opts, CILIUM_1_12), 0);
	scope = decide(MASQUERADE_OFF);
	assert_true(scope.holds[SCOPE_ID_IPV6]);
	assert_true(scope_refuses(&scope, OPT_ENABLE_IPV6));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_config_asks_for_nothing_more),
		TEST(each_key_is_noticed_alone),
		TEST(masquerading_is_a_gap_by_what_is_in_effect),
		TEST(every_row_is_tested_here),
		TEST(will_not_and_not_yet_are_told_apart),
		TEST(ipv6_is_asked_for_by_default),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
