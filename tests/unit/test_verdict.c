// SPDX-License-Identifier: BSD-2-Clause
/*
 * The verdict beyond what the agent's own rows cover: limits, the order of findings, and unknown answers.
 * Single rules are in test_verdict_rules.c.
 */
#include "tests/unit/verdict_fixture.h"

static void the_capable_case_has_no_findings(void **state)
{
	(void)state;
	decide();
	assert_int_equal(v.mode, VERDICT_BPF);
	assert_int_equal(v.count, 0);
}

static void limits_themselves_are_accepted(void **state)
{
	static const char *const edges[][2] = {
		{ "bpf-ct-global-tcp-max", "1024" },
		{ "bpf-ct-global-any-max", "16777216" },
		{ "bpf-nat-global-max", "16777216" },
		{ "bpf-fragments-map-max", "256" },
		{ "bpf-policy-map-max", "65536" },
		{ "bpf-sock-rev-map-max", "1024" },
		{ "bpf-lb-map-max", "1" },
		{ "bpf-map-dynamic-size-ratio", "NaN" },
		{ "kvstore-lease-ttl", "25s" },
		{ "monitor-aggregation", "MAX" },
		{ "enable-policy", "Always" },
		{ "node-port-range", "" },
		{ "ipv4-native-routing-cidr", "10.1.2.3/8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		set(edges[i][0], edges[i][1]);
	decide();
	assert_int_equal(v.mode, VERDICT_BPF);
	assert_int_equal(v.count, 0);
}

static void the_first_cause_leads_and_every_other_unmet_condition_follows(void **state)
{
	(void)state;
	set("enable-endpoint-routes", "true");
	set("enable-remote-node-identity", "false");
	set("enable-host-legacy-routing", "true");
	decide();
	assert_int_equal(v.mode, VERDICT_LEGACY);
	assert_int_equal(v.count, 3);
	assert_int_equal(v.findings[0].rule, RULE_LEGACY_FORCED);
	assert_int_equal(v.findings[1].rule, RULE_ENDPOINT_ROUTES);
	assert_int_equal(v.findings[2].rule, RULE_MASQ_REMOTE_NODE);
}

static void what_a_refused_config_lacks_besides_is_listed_behind_the_refusal(void **state)
{
	(void)state;
	set("enable-host-legacy-routing", "true");
	set("enable-ip-masq-agent", "true");
	set("egress-masquerade-interfaces", "eth0");
	decide();
	assert_int_equal(v.mode, VERDICT_REFUSED);
	assert_int_equal(v.count, 3);
	assert_int_equal(v.findings[0].rule, RULE_IP_MASQ_AGENT);
	assert_int_equal(v.findings[1].rule, RULE_LEGACY_FORCED);
	assert_int_equal(v.findings[2].rule, RULE_MASQ_EGRESS_INTERFACES);
}

static void notes_come_last(void **state)
{
	(void)state;
	set("bpf-lb-mode", "dsr");
	set("enable-endpoint-routes", "true");
	decide();
	assert_int_equal(v.count, 2);
	assert_int_equal(v.findings[0].rule, RULE_ENDPOINT_ROUTES);
	assert_int_equal(v.findings[1].rule, RULE_DSR_TUNNEL);
}

static void what_follows_from_a_missing_nodeport_is_no_finding_of_its_own(void **state)
{
	(void)state;
	set("kube-proxy-replacement", "disabled");
	decide();
	assert_int_equal(v.count, 1);
	assert_int_equal(v.masquerade, MASQUERADE_IPTABLES);
}

static void an_unknown_kernel_leaves_a_good_config_undetermined(void **state)
{
	static const char *const modes[] = { "strict", "probe" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		set("kube-proxy-replacement", modes[i]);
		know_nothing_of_the_kernel();
		decide();
		assert_int_equal(v.mode, VERDICT_UNDETERMINED);
		assert_true(v.count > 0);
		assert_int_equal(v.findings[0].matched, ANSWER_UNKNOWN);
		assert_true(has_finding(RULE_REDIRECT_HELPERS, ANSWER_UNKNOWN));
		assert_non_null(strstr(v.findings[0].detail, "no root"));
	}
}

static void one_unknown_answer_that_decides_is_enough(void **state)
{
	(void)state;
	answer(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, ANSWER_UNKNOWN);
	decide();
	assert_int_equal(v.mode, VERDICT_UNDETERMINED);
	assert_int_equal(v.count, 1);
	assert_int_equal(v.findings[0].rule, RULE_REDIRECT_HELPERS);
}

static void an_unknown_answer_that_nothing_asks_for_does_not_matter(void **state)
{
	(void)state;
	answer(FEATURE_ATTACH_CONNECT6, ANSWER_UNKNOWN);
	answer(FEATURE_ATTACH_GETPEERNAME4, ANSWER_UNKNOWN);
	answer(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD, ANSWER_UNKNOWN);
	answer(FEATURE_HELPER_SOCK_NETNS_COOKIE, ANSWER_UNKNOWN);
	decide();
	assert_int_equal(v.mode, VERDICT_BPF);
	assert_int_equal(v.count, 0);
}

static void a_config_that_forces_legacy_does_so_on_any_kernel(void **state)
{
	(void)state;
	set("enable-host-legacy-routing", "true");
	set("kube-proxy-replacement", "probe");
	know_nothing_of_the_kernel();
	decide();
	assert_int_equal(v.mode, VERDICT_LEGACY);
	assert_int_equal(v.findings[0].rule, RULE_LEGACY_FORCED);
	assert_int_equal(v.masquerade, MASQUERADE_UNKNOWN);
	assert_false(v.nodeport || v.nodeport_known);
}

static void a_kernel_that_might_be_refused_is_named_beside_forced_legacy(void **state)
{
	(void)state;
	set("enable-host-legacy-routing", "true");
	know_nothing_of_the_kernel();
	decide();
	assert_int_equal(v.mode, VERDICT_LEGACY);
	assert_true(has_finding(RULE_FIB_LOOKUP, ANSWER_UNKNOWN));
}

static void a_config_that_is_refused_is_refused_on_any_kernel(void **state)
{
	(void)state;
	set("tunnel", "gre");
	know_nothing_of_the_kernel();
	decide();
	assert_int_equal(v.mode, VERDICT_REFUSED);
	assert_int_equal(v.findings[0].rule, RULE_TUNNEL);
}

static void an_l3_device_is_undetermined_while_change_head_is_unknown(void **state)
{
	(void)state;
	add_device("tun0", "10.8.0.1")->mac_len = 0;
	answer(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD, ANSWER_UNKNOWN);
	decide();
	assert_int_equal(v.mode, VERDICT_UNDETERMINED);
	assert_int_equal(v.findings[0].rule, RULE_L3_DEVICE);
	set("devices", "eth0 tun0");
	decide();
	assert_int_equal(v.mode, VERDICT_LEGACY);
}

static void unreadable_port_sysctls_are_unknown_with_nodeport_only(void **state)
{
	(void)state;
	facts.has_ip_local_port_range = false;
	decide();
	assert_int_equal(v.mode, VERDICT_UNDETERMINED);
	assert_int_equal(v.findings[0].rule, RULE_PORT_RANGE);
	set("kube-proxy-replacement", "disabled");
	decide();
	assert_int_equal(v.mode, VERDICT_LEGACY);
}

static void reserved_ports_settle_an_overlap(void **state)
{
	(void)state;
	set("enable-auto-protect-node-port-range", "false");
	facts.ip_local_port_range[0] = 1024;
	decide();
	assert_int_equal(v.mode, VERDICT_REFUSED);
	snprintf(facts.ip_local_reserved_ports, sizeof(facts.ip_local_reserved_ports), "%s",
		 "8080,30000-32766");
	decide();
	assert_int_equal(v.mode, VERDICT_REFUSED);
	snprintf(facts.ip_local_reserved_ports, sizeof(facts.ip_local_reserved_ports), "%s",
		 "8080,29000-33000");
	decide();
	assert_int_equal(v.mode, VERDICT_BPF);
}

static void without_node_facts_a_plain_device_is_assumed(void **state)
{
	static const char *const tunnels[] = { "vxlan", "disabled" };

	(void)state;
	facts = (struct node_facts){ 0 };
	features_assume_all(&features, "");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	set("devices", "eth7");
	set("direct-routing-device", "eth7");
	set("enable-bandwidth-manager", "true");
	set("enable-bbr", "true");
	for (size_t i = 0; i < ARRAY_SIZE(tunnels); i++) {
		set("tunnel", tunnels[i]);
		decide();
		assert_int_equal(v.mode, VERDICT_BPF);
		assert_int_equal(v.count, 0);
		assert_int_equal(v.device_count, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_capable_case_has_no_findings),
		TEST(limits_themselves_are_accepted),
		TEST(the_first_cause_leads_and_every_other_unmet_condition_follows),
		TEST(what_a_refused_config_lacks_besides_is_listed_behind_the_refusal),
		TEST(notes_come_last),
		TEST(what_follows_from_a_missing_nodeport_is_no_finding_of_its_own),
		TEST(an_unknown_kernel_leaves_a_good_config_undetermined),
		TEST(one_unknown_answer_that_decides_is_enough),
		TEST(an_unknown_answer_that_nothing_asks_for_does_not_matter),
		TEST(a_config_that_forces_legacy_does_so_on_any_kernel),
		TEST(a_kernel_that_might_be_refused_is_named_beside_forced_legacy),
		TEST(a_config_that_is_refused_is_refused_on_any_kernel),
		TEST(an_l3_device_is_undetermined_while_change_head_is_unknown),
		TEST(unreadable_port_sysctls_are_unknown_with_nodeport_only),
		TEST(reserved_ports_settle_an_overlap),
		TEST(without_node_facts_a_plain_device_is_assumed),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
