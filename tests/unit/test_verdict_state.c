// SPDX-License-Identifier: BSD-2-Clause
/* The rest of what an agent would say of its state, and its bandwidth manager's line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/verdict_fixture.h"

static const struct verdict_state *state_at(const char *release, const char *const (*config)[2])
{
	struct cilium_version version;

	assert_int_equal(release_parse(release, &version), 0);
	capable_at(version.release);
	for (; config && (*config)[0]; config++)
		set((*config)[0], (*config)[1]);
	decide();
	return &v.state;
}

#define AT(release, ...) state_at(release, (const char *const[][2]){ __VA_ARGS__, { NULL, NULL } })
#define KPR(value)                              \
	{                                       \
		"kube-proxy-replacement", value \
	}

static void what_needs_nodeport_goes_with_it(void **state)
{
	const struct verdict_state *s =
		AT("1.12", KPR("strict"), { "enable-external-ips", "false" });

	(void)state;
	assert_int_equal(s->external_ips, ANSWER_YES);
	assert_int_equal(s->host_port, ANSWER_YES);
	assert_int_equal(s->source_range_check, ANSWER_YES);
	s = AT("1.12", KPR("partial"), { "enable-external-ips", "true" });
	assert_int_equal(s->external_ips, ANSWER_NO);
	assert_int_equal(s->host_port, ANSWER_NO);
	assert_int_equal(s->source_range_check, ANSWER_NO);
	s = AT("1.16", KPR("false"), { "enable-node-port", "true" },
	       { "enable-host-port", "true" });
	assert_int_equal(s->external_ips, ANSWER_NO);
	assert_int_equal(s->host_port, ANSWER_YES);
}

static void an_answer_that_is_unknown_leaves_unknown_what_depends_on_it(void **state)
{
	(void)state;
	set("kube-proxy-replacement", "probe");
	answer(FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP, ANSWER_UNKNOWN);
	answer(FEATURE_MAP_LRU_HASH, ANSWER_UNKNOWN);
	decide();
	assert_int_equal(v.state.host_port, ANSWER_UNKNOWN);
	assert_int_equal(v.state.source_range_check, ANSWER_UNKNOWN);
	assert_int_equal(v.state.fragment_tracking, ANSWER_UNKNOWN);
	assert_int_equal(v.state.session_affinity, ANSWER_UNKNOWN);
	assert_int_equal(v.state.bandwidth_manager, ANSWER_NO);
}

static void the_one_masquerade_key_of_1_9_counts_there_and_only_there(void **state)
{
	(void)state;
	AT("1.9", { "masquerade", "false" });
	assert_int_equal(v.masquerade, MASQUERADE_OFF);
	assert_false(v.masquerade_ipv4);
	AT("1.9", { "masquerade", "true" });
	assert_true(v.masquerade_ipv4);
	AT("1.10", { "masquerade", "false" });
	assert_true(v.masquerade_ipv4);
}

static void wireguard_keeps_the_source_range_check_in_two_releases(void **state)
{
	(void)state;
#define CHECK_AT(release, kpr) \
	AT(release, KPR(kpr), { "enable-wireguard", "true" })->source_range_check
	assert_int_equal(CHECK_AT("1.13", "partial"), ANSWER_NO);
	assert_int_equal(CHECK_AT("1.14", "partial"), ANSWER_YES);
	assert_int_equal(CHECK_AT("1.15", "false"), ANSWER_YES);
	assert_int_equal(CHECK_AT("1.15", "disabled"), ANSWER_NO);
	assert_int_equal(CHECK_AT("1.16", "false"), ANSWER_NO);
	assert_int_equal(CHECK_AT("1.19", "true"), ANSWER_UNKNOWN);
}

static void fragments_are_tracked_for_ipv4_by_lru_maps(void **state)
{
	(void)state;
	assert_int_equal(AT("1.12", { "enable-ipv4", "true" })->fragment_tracking, ANSWER_YES);
	assert_int_equal(
		AT("1.12", { "enable-ipv4-fragment-tracking", "false" })->fragment_tracking,
		ANSWER_NO);
	assert_int_equal(AT("1.12", { "enable-ipv4", "false" }, { "enable-ipv6", "true" })
				 ->fragment_tracking,
			 ANSWER_NO);
}

static void direct_server_return_gives_way_to_a_tunnel_up_to_1_13(void **state)
{
	(void)state;
	assert_string_equal(AT("1.13", KPR("strict"), { "bpf-lb-mode", "dsr" })->nodeport_mode,
			    "snat");
	assert_string_equal(AT("1.13", KPR("strict"), { "bpf-lb-mode", "dsr" },
			       { "tunnel", "disabled" })
				    ->nodeport_mode,
			    "dsr");
}

static void the_tunnel_has_a_port_where_the_agent_gives_it_one(void **state)
{
	static const struct {
		const char *release, *key, *value, *protocol;
		unsigned int port;
	} cases[] = {
		{ "1.12", "tunnel", "vxlan", "vxlan", 8472 },
		{ "1.12", "tunnel", "geneve", "geneve", 6081 },
		{ "1.12", "tunnel", "disabled", "", 0 },
		{ "1.12", "tunnel", "", "vxlan", 0 },
		{ "1.13", "tunnel", "disabled", "", 8472 },
		{ "1.14", "routing-mode", "native", "vxlan", 8472 },
		{ "1.15", "routing-mode", "native", "", 0 },
		{ "1.15", "tunnel-protocol", "geneve", "geneve", 6081 },
		{ "1.16", "tunnel-port", "1234", "vxlan", 1234 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct verdict_state *s =
			AT(cases[i].release, { cases[i].key, cases[i].value });

		assert_string_equal(s->tunnel_protocol, cases[i].protocol);
		assert_int_equal(s->tunnel_port, cases[i].port);
	}
}

static void what_some_packets_need_sets_the_tunnel_up_since_1_15(void **state)
{
	(void)state;
	assert_int_equal(AT("1.15", { "routing-mode", "native" },
			    { "enable-ipv4-egress-gateway", "true" })
				 ->tunnel_port,
			 8472);
	assert_int_equal(AT("1.16", { "routing-mode", "native" }, { "bpf-lb-mode", "dsr" },
			    { "bpf-lb-dsr-dispatch", "geneve" }, { "tunnel-protocol", "geneve" })
				 ->tunnel_port,
			 6081);
}

static void tcp_flags_are_bits(void **state)
{
	(void)state;
	assert_int_equal(AT("1.12", { "monitor-aggregation-flags", "SYN ack" })->monitor_flags,
			 0x12);
	assert_int_equal(AT("1.12", { "monitor-aggregation-flags", "all" })->monitor_flags, 0xff);
	assert_int_equal(AT("1.12", { "debug", "true" })->monitor_flags, 0x07);
}

static void identities_need_a_kvstore_to_be_in_one(void **state)
{
	(void)state;
	assert_string_equal(AT("1.12", { "identity-allocation-mode", "kvstore" })->identity_mode,
			    "crd");
	assert_string_equal(AT("1.12", { "identity-allocation-mode", "kvstore" },
			       { "kvstore", "etcd" })
				    ->identity_mode,
			    "kvstore");
}

static void bandwidth_is(const char *want)
{
	char line[128];

	verdict_status_bandwidth(&v, &opts, line, sizeof(line));
	assert_string_equal(line, want);
}

static void the_bandwidth_manager_has_a_status_line(void **state)
{
	(void)state;
	AT("1.17", { "enable-bandwidth-manager", "false" });
	bandwidth_is("Disabled");
	AT("1.17", { "enable-bandwidth-manager", "true" });
	bandwidth_is("EDT with BPF [CUBIC] [eth0]");
	AT("1.17", { "enable-bandwidth-manager", "true" }, { "enable-bbr", "true" });
	bandwidth_is("EDT with BPF [BBR] [eth0]");
	AT("1.17", { "enable-bandwidth-manager", "true" }, { "enable-ipv4", "false" });
	bandwidth_is("Unavailable (the agent would refuse this config)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_one_masquerade_key_of_1_9_counts_there_and_only_there),
		TEST(what_needs_nodeport_goes_with_it),
		TEST(an_answer_that_is_unknown_leaves_unknown_what_depends_on_it),
		TEST(wireguard_keeps_the_source_range_check_in_two_releases),
		TEST(fragments_are_tracked_for_ipv4_by_lru_maps),
		TEST(direct_server_return_gives_way_to_a_tunnel_up_to_1_13),
		TEST(the_tunnel_has_a_port_where_the_agent_gives_it_one),
		TEST(what_some_packets_need_sets_the_tunnel_up_since_1_15),
		TEST(tcp_flags_are_bits),
		TEST(identities_need_a_kvstore_to_be_in_one),
		TEST(the_bandwidth_manager_has_a_status_line),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
