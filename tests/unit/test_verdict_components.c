// SPDX-License-Identifier: BSD-2-Clause
/* Components that refuse a config on their own terms: load balancer modes, egress gateway, IPAM, MKE, IPsec. */
#include "tests/unit/verdict_fixture.h"

static void expect(enum verdict_mode mode, const char *rule)
{
	decide();
	assert_string_equal(verdict_mode_name(v.mode), verdict_mode_name(mode));
	if (rule)
		assert_string_equal(rule_defs[v.findings[0].rule].name, rule);
}

static void geneve_dispatch_needs_the_protocol_without_tunnel_routing_from_1_15_on(void **state)
{
	(void)state;
	for (enum cilium_release release = CILIUM_1_14; release <= CILIUM_1_19; release++) {
		capable_at(release);
		set("routing-mode", "native");
		set("ipv4-native-routing-cidr", "10.0.0.0/8");
		set("bpf-lb-mode", "dsr");
		set("bpf-lb-dsr-dispatch", "geneve");
		if (release == CILIUM_1_14)
			expect(VERDICT_BPF, NULL);
		else
			expect(VERDICT_REFUSED, "HR-DSR-TUNNEL");
		set("tunnel-protocol", "geneve");
		expect(VERDICT_BPF, NULL);
	}
}

static void the_dispatch_of_1_19_is_checked_without_dsr(void **state)
{
	(void)state;
	for (enum cilium_release release = CILIUM_1_18; release <= CILIUM_1_19; release++) {
		capable_at(release);
		set("bpf-lb-dsr-dispatch", "gre");
		if (release == CILIUM_1_18)
			expect(VERDICT_BPF, NULL);
		else
			expect(VERDICT_REFUSED, "HR-DSR-DISPATCH");
	}
}

static void ipip_dispatch_needs_lb_only_up_to_1_16_and_xdp_up_to_1_18(void **state)
{
	(void)state;
	for (enum cilium_release release = CILIUM_1_16; release <= CILIUM_1_19; release++) {
		capable_at(release);
		set("routing-mode", "native");
		set("ipv4-native-routing-cidr", "10.0.0.0/8");
		set("bpf-lb-mode", "dsr");
		set("bpf-lb-dsr-dispatch", "ipip");
		if (release == CILIUM_1_19)
			expect(VERDICT_BPF, NULL);
		else
			expect(VERDICT_REFUSED, "HR-DSR-IPIP");
		set("bpf-lb-acceleration", "native");
		if (release == CILIUM_1_16)
			expect(VERDICT_REFUSED, "HR-DSR-IPIP");
		else
			expect(VERDICT_BPF, NULL);
	}
}

static void a_mode_per_service_needs_ipip_and_no_hybrid_default(void **state)
{
	(void)state;
	capable_at(CILIUM_1_17);
	set("bpf-lb-mode-annotation", "true");
	set("bpf-lb-acceleration", "native");
	expect(VERDICT_REFUSED, "HR-MODE-ANNOTATION");
	set("bpf-lb-dsr-dispatch", "ipip");
	expect(VERDICT_REFUSED, "HR-DSR-TUNNEL");
	set("routing-mode", "native");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	expect(VERDICT_BPF, NULL);
	set("bpf-lb-mode", "hybrid");
	expect(VERDICT_REFUSED, "HR-DSR-DISPATCH");
}

static void source_prefixes_are_cidrs_of_their_family_with_a_length(void **state)
{
	static const char *const bad[] = { "10.0.0.0", "fd00::/8", "10.0.0.0/0", "10.0.0.0/33" };

	(void)state;
	capable_at(CILIUM_1_17);
	set("routing-mode", "native");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	set("bpf-lb-mode", "dsr");
	set("bpf-lb-dsr-dispatch", "ipip");
	set("bpf-lb-acceleration", "native");
	set("bpf-lb-rss-ipv4-src-cidr", "10.0.0.0/8");
	expect(VERDICT_BPF, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		set("bpf-lb-rss-ipv4-src-cidr", bad[i]);
		expect(VERDICT_REFUSED, "HR-RSS-CIDR");
	}
}

static void the_underlay_matters_to_xdp_with_nodeport_only(void **state)
{
	(void)state;
	capable_at(CILIUM_1_18);
	set("enable-ipv6", "true");
	set("underlay-protocol", "ipv6");
	set("bpf-lb-acceleration", "native");
	expect(VERDICT_REFUSED, "HR-XDP-UNDERLAY");
	set("kube-proxy-replacement", "false");
	set("enable-bpf-masquerade", "false");
	expect(VERDICT_LEGACY, "HR-NODEPORT-UNSET");
}

static void high_scale_wants_dsr_and_goes_without_ipv6(void **state)
{
	(void)state;
	capable_at(CILIUM_1_16);
	set("enable-high-scale-ipcache", "true");
	set("routing-mode", "native");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	set("tunnel-protocol", "geneve");
	set("bpf-lb-dsr-dispatch", "geneve");
	set("bpf-lb-mode", "hybrid");
	expect(VERDICT_REFUSED, "HR-HIGH-SCALE-IPCACHE");
	set("bpf-lb-mode", "dsr");
	expect(VERDICT_BPF, NULL);
	set("enable-well-known-identities", "false");
	expect(VERDICT_REFUSED, "HR-HIGH-SCALE-IPCACHE");
	set("enable-well-known-identities", "true");
	set("enable-ipv6", "true");
	set("ipv6-native-routing-cidr", "fd00::/8");
	expect(VERDICT_REFUSED, "HR-HIGH-SCALE-IPCACHE");
}

static void several_pools_per_node_are_refused_in_a_tunnel(void **state)
{
	(void)state;
	for (enum cilium_release release = CILIUM_1_13; release <= CILIUM_1_17; release++) {
		capable_at(release);
		set("ipam", "multi-pool");
		if (release == CILIUM_1_13)
			expect(VERDICT_BPF, NULL);
		else
			expect(VERDICT_REFUSED, "HR-IPAM-V2");
	}
}

static void an_egress_gateway_wants_ipv4_masquerading_and_crd_identities(void **state)
{
	(void)state;
	capable_at(CILIUM_1_16);
	set("enable-ipv4-egress-gateway", "true");
	set("enable-cilium-endpoint-slice", "true");
	expect(VERDICT_REFUSED, "HR-EGRESS-GATEWAY-IDENTITY");
	set("enable-cilium-endpoint-slice", "false");
	expect(VERDICT_BPF, NULL);
	set("kvstore", "etcd"); /* identity-allocation-mode is kvstore by default */
	expect(VERDICT_REFUSED, "HR-EGRESS-GATEWAY-IDENTITY");
	set("identity-allocation-mode", "crd");
	expect(VERDICT_BPF, NULL);
	set("enable-ipv6", "true");
	set("enable-ipv4-masquerade", "false");
	expect(VERDICT_REFUSED, "HR-EGRESS-GATEWAY");
}

static void an_egress_gateway_of_1_14_does_not_see_a_fallback_to_iptables(void **state)
{
	(void)state;
	for (enum cilium_release release = CILIUM_1_13; release <= CILIUM_1_14; release++) {
		capable_at(release);
		set("enable-ipv4-egress-gateway", "true");
		set("egress-masquerade-interfaces", "eth0");
		if (release == CILIUM_1_13)
			expect(VERDICT_REFUSED, "HR-EGRESS-GATEWAY");
		else
			expect(VERDICT_LEGACY, "HR-MASQ-EGRESS-INTERFACES");
	}
}

static void envoy_does_not_enable_nodeport_with_ipsec(void **state)
{
	(void)state;
	capable_at(CILIUM_1_15);
	set("kube-proxy-replacement", "false");
	set("enable-bpf-masquerade", "false");
	set("enable-envoy-config", "true");
	decide();
	assert_true(v.nodeport);
	set("enable-ipsec", "true");
	set("ipsec-key-file", "/keys");
	set("enable-l7-proxy", "false");
	decide();
	assert_false(v.nodeport);
	assert_string_equal(verdict_mode_name(v.mode), "Legacy");
}

static void the_check_of_ipsec_and_the_l7_proxy_can_be_skipped(void **state)
{
	(void)state;
	capable_at(CILIUM_1_19);
	set("enable-ipsec", "true");
	set("ipsec-key-file", "/keys");
	expect(VERDICT_REFUSED, "HR-IPSEC-L7");
	set("dnsproxy-insecure-skip-transparent-mode-check", "true");
	expect(VERDICT_BPF, NULL);
}

static void ip_masq_agent_is_missed_before_masquerading_is(void **state)
{
	(void)state;
	capable_at(CILIUM_1_17);
	set("enable-ipv4-masquerade", "false");
	expect(VERDICT_REFUSED, "HR-MASQ-OFF");
	set("enable-ip-masq-agent", "true");
	expect(VERDICT_REFUSED, "HR-IP-MASQ-AGENT");
}

static void mke_is_undetermined_until_its_cgroup_is_named(void **state)
{
	(void)state;
	set("enable-mke", "true");
	expect(VERDICT_UNDETERMINED, "HR-MKE-CGROUP");
	set("mke-cgroup-mount", "/sys/fs/cgroup/net_cls");
	expect(VERDICT_BPF, NULL);
	set("mke-cgroup-mount", "");
	set("kube-proxy-replacement", "disabled"); /* no socket load balancing: nothing to mark */
	expect(VERDICT_LEGACY, "HR-KPR-DISABLED");
}

static void allow_localhost_is_read_in_any_case(void **state)
{
	(void)state;
	set("allow-localhost", "Always");
	expect(VERDICT_BPF, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(geneve_dispatch_needs_the_protocol_without_tunnel_routing_from_1_15_on),
		TEST(the_dispatch_of_1_19_is_checked_without_dsr),
		TEST(ipip_dispatch_needs_lb_only_up_to_1_16_and_xdp_up_to_1_18),
		TEST(a_mode_per_service_needs_ipip_and_no_hybrid_default),
		TEST(source_prefixes_are_cidrs_of_their_family_with_a_length),
		TEST(the_underlay_matters_to_xdp_with_nodeport_only),
		TEST(high_scale_wants_dsr_and_goes_without_ipv6),
		TEST(several_pools_per_node_are_refused_in_a_tunnel),
		TEST(an_egress_gateway_wants_ipv4_masquerading_and_crd_identities),
		TEST(an_egress_gateway_of_1_14_does_not_see_a_fallback_to_iptables),
		TEST(envoy_does_not_enable_nodeport_with_ipsec),
		TEST(the_check_of_ipsec_and_the_l7_proxy_can_be_skipped),
		TEST(ip_masq_agent_is_missed_before_masquerading_is),
		TEST(mke_is_undetermined_until_its_cgroup_is_named),
		TEST(allow_localhost_is_read_in_any_case),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
