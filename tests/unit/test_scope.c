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
	{ SCOPE_ID_DATAPATH_MODE, "netkit" },
	{ SCOPE_ID_CNI_CHAINING, "aws-cni" },
	{ SCOPE_ID_CLOUD_IPAM, "eni" },
	{ SCOPE_ID_CLOUD_IPAM, "alibabacloud" },
	{ SCOPE_ID_ENDPOINT_ROUTES, "true" },
	{ SCOPE_ID_NO_LOCAL_ROUTE, "false" },
	{ SCOPE_ID_CLUSTER_MESH, "7" },
	{ SCOPE_ID_EGRESS_GATEWAY, "true" },
	{ SCOPE_ID_EGRESS_GATEWAY_NAMED, "true" },
	{ SCOPE_ID_EGRESS_GATEWAY_ROUTES, "true" },
	{ SCOPE_ID_VTEP, "true" },
	{ SCOPE_ID_SRV6, "true" },
	{ SCOPE_ID_VLAN_BYPASS, "0" },
	{ SCOPE_ID_HIGH_SCALE_IPCACHE, "true" },
	{ SCOPE_ID_NAT46X64, "true" },
	{ SCOPE_ID_IPIP_TERMINATION, "true" },
	{ SCOPE_ID_MULTICAST, "true" },
	{ SCOPE_ID_ZTUNNEL, "true" },
	{ SCOPE_ID_SOCKOPS, "true" },
	{ SCOPE_ID_NO_CONNTRACK_RULES, "true" },
	{ SCOPE_ID_XDP_PREFILTER, "true" },
	{ SCOPE_ID_XDP_PREFILTER_DEVICE, "eth0" },
	{ SCOPE_ID_XDP_ACCELERATION, "native" },
	{ SCOPE_ID_XDP_ACCELERATION_ALIAS, "testing-only" },
	{ SCOPE_ID_BANDWIDTH, "true" },
	{ SCOPE_ID_CUSTOM_CALLS, "true" },
	{ SCOPE_ID_RECORDER, "true" },
	{ SCOPE_ID_MKE, "true" },
	{ SCOPE_ID_IPV6, "true" },
	{ SCOPE_ID_NO_IPV4, "false" },
	{ SCOPE_ID_UNDERLAY_IPV6, "ipv6" },
	{ SCOPE_ID_L2_ANNOUNCEMENTS, "true" },
	{ SCOPE_ID_SOURCE_PORTS, "32768-61000" },
	{ SCOPE_ID_MTU, "1400" },
	{ SCOPE_ID_ROUTE_METRIC, "100" },
	{ SCOPE_ID_SINGLE_ROUTE, "true" },
	{ SCOPE_ID_UNREACHABLE_ROUTES, "true" },
	{ SCOPE_ID_STRICT_ENCRYPTION, "true" },
	{ SCOPE_ID_STRICT_ENCRYPTION_OUT, "true" },
	{ SCOPE_ID_STRICT_ENCRYPTION_IN, "true" },
	{ SCOPE_ID_SOURCE_CHECK_OFF, "false" },
	{ SCOPE_ID_IPV4_BIG_TCP, "true" },
	{ SCOPE_ID_TUNNEL_BIG_TCP, "true" },
};

static struct options opts;

static void set(enum option_id id, const char *text)
{
	const char *why;

	assert_int_equal(option_set(&opts, id, text, (struct pos){ "f", 1, 1 }, &why), 0);
}

/* Everything that can be, as this datapath wants it. */
static void start_at(enum cilium_release release)
{
	options_fini(&opts);
	assert_int_equal(options_init(&opts, release), 0);
	set(OPT_ENABLE_IPV6, "false");
	set(OPT_ENABLE_IPV4_MASQUERADE, "false");
	set(OPT_ENABLE_IPV6_MASQUERADE, "false");
	set(OPT_KUBE_PROXY_REPLACEMENT, release < CILIUM_1_14 ? "disabled" : "false");
}

static int set_up(void **state)
{
	(void)state;
	start_at(CILIUM_1_12);
	return 0;
}

/* The first one from 1.12 on that has the key, or the last one before. */
static enum cilium_release release_with(enum option_id option)
{
	enum cilium_release release = CILIUM_1_12;

	while (release < CILIUM__COUNT && !option_exists(option, release))
		release++;
	if (release < CILIUM__COUNT)
		return release;
	for (release = CILIUM_1_12; !option_exists(option, release);)
		release--;
	return release;
}

static struct scope decide(void)
{
	static const struct node_facts nowhere;
	struct features features;
	struct verdict verdict;
	struct scope scope;

	features_assume_all(&features, "");
	verdict_decide(&opts, &features, &nowhere, &verdict);
	scope_decide(&opts, &verdict, &scope);
	return scope;
}

static int tear_down(void **state)
{
	(void)state;
	options_fini(&opts);
	return 0;
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
	struct scope scope = decide();

	(void)state;
	assert_int_equal(count_held(&scope), 0);
	set(OPT_CNI_CHAINING_MODE, "none");
	scope = decide();
	assert_int_equal(count_held(&scope), 0);
	set(OPT_CNI_CHAINING_MODE, "portmap");
	scope = decide();
	assert_int_equal(count_held(&scope), 0);
}

static void each_key_is_noticed_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(asking); i++) {
		const struct scope_def *def = &scope_defs[asking[i].id];
		struct scope scope;

		start_at(release_with(def->option));
		set(def->option, asking[i].value);
		scope = decide();
		if (!scope.holds[asking[i].id] || count_held(&scope) != 1)
			fail_msg("%s: %s", option_defs[def->option].name, asking[i].value);
		assert_int_equal(scope_refuses(&scope, def->option), def->effect != SCOPE_GAP);
	}
}

static void what_goes_with_another_key_is_asked_for_with_it_alone(void **state)
{
	(void)state;
	start_at(CILIUM_1_16);
	set(OPT_ENABLE_PMTU_DISCOVERY, "true");
	assert_false(decide().holds[SCOPE_ID_PMTU_DISCOVERY]);
	set(OPT_ROUTING_MODE, "native");
	set(OPT_KUBE_PROXY_REPLACEMENT, "true");
	assert_false(decide().holds[SCOPE_ID_PMTU_DISCOVERY]);
	set(OPT_BPF_LB_MODE, "hybrid");
	assert_true(decide().holds[SCOPE_ID_PMTU_DISCOVERY]);
}

static void maglev_is_in_scope(void **state)
{
	static const enum option_id names[] = { OPT_BPF_LB_ALGORITHM, OPT_NODE_PORT_ALGORITHM };
	struct scope scope;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		start_at(CILIUM_1_12);
		set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
		set(names[i], "maglev");
		scope = decide();
		assert_int_equal(count_held(&scope), 0);
	}
}

static void direct_return_is_in_scope_by_ip_options(void **state)
{
	static const enum option_id names[] = { OPT_BPF_LB_MODE, OPT_NODE_PORT_MODE };
	static const char *const modes[] = { "dsr", "hybrid" };
	struct scope scope;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		start_at(CILIUM_1_12);
		set(OPT_TUNNEL, "disabled");
		set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
		set(names[i / 2], modes[i % 2]);
		scope = decide();
		assert_int_equal(count_held(&scope), 0);
		set(OPT_BPF_LB_DSR_DISPATCH, "ipip");
		scope = decide();
		assert_int_equal(count_held(&scope), 1);
		assert_true(scope.holds[SCOPE_ID_DSR_DISPATCH]);
	}
}

/* Up to 1.13 the agent takes SNAT instead, from 1.14 on Geneve carries the service's address. */
static void direct_return_through_a_tunnel_is_a_gap_where_the_agent_has_it(void **state)
{
	static const struct {
		enum cilium_release release;
		enum option_id tunnel;
		const char *kpr;
		size_t gaps;
	} rows[] = {
		{ CILIUM_1_12, OPT_TUNNEL, "strict", 0 },
		{ CILIUM_1_16, OPT_TUNNEL_PROTOCOL, "true", 1 },
	};
	struct scope scope;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start_at(rows[i].release);
		set(rows[i].tunnel, "geneve");
		set(OPT_KUBE_PROXY_REPLACEMENT, rows[i].kpr);
		set(OPT_BPF_LB_MODE, "dsr");
		if (rows[i].gaps)
			set(OPT_BPF_LB_DSR_DISPATCH, "geneve");
		scope = decide();
		assert_int_equal(count_held(&scope), rows[i].gaps);
		assert_int_equal(scope.holds[SCOPE_ID_DSR_TUNNEL], rows[i].gaps);
	}
}

static void geneve_is_in_scope(void **state)
{
	struct scope scope;

	(void)state;
	start_at(CILIUM_1_12);
	set(OPT_TUNNEL, "geneve");
	scope = decide();
	assert_int_equal(count_held(&scope), 0);
	start_at(CILIUM_1_16);
	set(OPT_TUNNEL_PROTOCOL, "geneve");
	scope = decide();
	assert_int_equal(count_held(&scope), 0);
}

static void every_row_holds_only_where_its_key_exists(void **state)
{
	(void)state;
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		struct scope scope;

		options_fini(&opts);
		assert_int_equal(options_init(&opts, release), 0);
		scope = decide();
		for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
			if (scope.holds[id] && !option_exists(scope_defs[id].option, release))
				fail_msg("%s in %s", option_defs[scope_defs[id].option].name,
					 release_name(release));
		}
	}
}

static void every_row_is_tested_here(void **state)
{
	bool seen[SCOPE_ID__COUNT] = {
		[SCOPE_ID_PMTU_DISCOVERY] = true,
		[SCOPE_ID_DSR_DISPATCH] = true,
		[SCOPE_ID_DSR_TUNNEL] = true,
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
	scope = decide();
	assert_true(scope.holds[SCOPE_ID_IPV6]);
	assert_true(scope_refuses(&scope, OPT_ENABLE_IPV6));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_config_asks_for_nothing_more),
		TEST(each_key_is_noticed_alone),
		TEST(what_goes_with_another_key_is_asked_for_with_it_alone),
		TEST(maglev_is_in_scope),
		TEST(direct_return_is_in_scope_by_ip_options),
		TEST(geneve_is_in_scope),
		TEST(direct_return_through_a_tunnel_is_a_gap_where_the_agent_has_it),
		TEST(every_row_holds_only_where_its_key_exists),
		TEST(every_row_is_tested_here),
		TEST(will_not_and_not_yet_are_told_apart),
		TEST(ipv6_is_asked_for_by_default),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
