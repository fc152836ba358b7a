// SPDX-License-Identifier: BSD-2-Clause
/* node_config.h: every macro, always, sorted, with its reason; and the hooks that follow from the macros. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "compiler/header.h"
#include "compiler/hooks.h"
#include "compiler/origin.h"
#include "probe/features.h"

static const struct verdict bpf = { .mode = VERDICT_BPF };
static const struct verdict legacy = {
	.mode = VERDICT_LEGACY,
	.findings = { { .rule = RULE_LEGACY_FORCED, .matched = ANSWER_YES } },
	.count = 1,
};

static struct options opts;

/* Mode and findings of a verdict, and for the rest what the options make of it. */
static struct verdict judge(const struct verdict *verdict)
{
	static const struct node_facts nowhere;
	struct features features;
	struct verdict out;

	features_assume_all(&features, "");
	verdict_decide(&opts, &features, &nowhere, &out);
	out.mode = verdict->mode;
	out.count = verdict->count;
	memcpy(out.findings, verdict->findings, sizeof(out.findings));
	return out;
}

static int set_up(void **state)
{
	(void)state;
	return options_init(&opts, CILIUM_1_12);
}

static int tear_down(void **state)
{
	(void)state;
	options_fini(&opts);
	return 0;
}

static void set_at(enum option_id id, const char *text, const char *file)
{
	const char *why;

	assert_int_equal(option_set(&opts, id, text, (struct pos){ file, 7, 12 }, &why), 0);
}

static void set(enum option_id id, const char *text)
{
	set_at(id, text, "cilium-config.yaml");
}

static void evaluate(const struct verdict *verdict, struct macro_values *values)
{
	struct verdict judged = judge(verdict);

	macros_evaluate(&opts, &judged, VXLAN_BY_DEFAULT, values);
}

static struct macro_values values_of(const struct verdict *verdict)
{
	struct macro_values values;

	evaluate(verdict, &values);
	return values;
}

static char *render(const struct verdict *verdict)
{
	struct macro_values values;
	char *text;

	evaluate(verdict, &values);
	assert_int_equal(header_render(&opts, verdict, &values, &text), 0);
	return text;
}

static bool renders(const struct verdict *verdict, const char *piece)
{
	_cleanup_free_ char *text = render(verdict);

	return strstr(text, piece) != NULL;
}

static void every_macro_is_defined_once_and_in_order(void **state)
{
	_cleanup_free_ char *text = render(&bpf);
	const char *at = text;

	(void)state;
	for (enum macro_id id = 0; id < MACRO__COUNT; id++) {
		char define[80];

		snprintf(define, sizeof(define), "\n#define %s ", macro_defs[id].name);
		at = strstr(at, define);
		assert_non_null(at);
		assert_null(strstr(at + 1, define));
		if (id)
			assert_true(strcmp(macro_defs[id - 1].name, macro_defs[id].name) < 0);
	}
}

static void the_verdict_decides_host_routing(void **state)
{
	(void)state;
	assert_true(renders(&bpf, "#define ENABLE_HOST_ROUTING 1\n"));
	assert_true(renders(&bpf, "Cilium 1.12: BPF.\n"));
	assert_true(renders(&legacy, "#define ENABLE_HOST_ROUTING 0\n"));
	assert_true(renders(&legacy, "Legacy (HR-LEGACY-FORCED: "));
}

static void an_absent_tunnel_means_vxlan(void **state)
{
	(void)state;
	assert_true(renders(&bpf, "#define TUNNEL_MODE 1\n"));
	set(OPT_TUNNEL, "vxlan");
	assert_true(renders(&bpf, "#define TUNNEL_MODE 1\n"));
	set(OPT_TUNNEL, "disabled");
	assert_true(renders(&bpf, "#define TUNNEL_MODE 0\n"));
}

static void geneve_has_its_own_port_and_is_the_devices_to_encapsulate(void **state)
{
	(void)state;
	set(OPT_TUNNEL, "geneve");
	assert_true(renders(&bpf, "#define TUNNEL_PORT 6081\n"));
	assert_true(renders(&bpf, "#define ENABLE_VXLAN_BPF 0\n"));
	set(OPT_TUNNEL_PORT, "7000");
	assert_true(renders(&bpf, "#define TUNNEL_PORT 7000\n"));
}

static void booleans_become_integers(void **state)
{
	(void)state;
	set(OPT_PREALLOCATE_BPF_MAPS, "False");
	assert_true(renders(&bpf, "#define PREALLOCATE_MAPS 0\n"));
	set(OPT_PREALLOCATE_BPF_MAPS, "t");
	assert_true(renders(&bpf, "#define PREALLOCATE_MAPS 1\n"));
}

static void remote_nodes_know_us_by_the_configured_identity(void **state)
{
	(void)state;
	assert_true(renders(&bpf, "#define LOCAL_NODE_ID 1\n"));
	set(OPT_ENABLE_REMOTE_NODE_IDENTITY, "True");
	assert_true(renders(&bpf, "#define LOCAL_NODE_ID 6\n"));
}

static void start_at(enum cilium_release release)
{
	options_fini(&opts);
	assert_int_equal(options_init(&opts, release), 0);
}

static void a_service_without_backends_may_drop_from_the_release_on_that_says_so(void **state)
{
	(void)state;
	assert_true(renders(&bpf, "#define SERVICE_NO_BACKEND_RESPONSE 1\n"));
	start_at(CILIUM_1_16);
	assert_true(renders(&bpf, "#define SERVICE_NO_BACKEND_RESPONSE 1\n"));
	set(OPT_SERVICE_NO_BACKEND_RESPONSE, "drop");
	assert_true(renders(&bpf, "#define SERVICE_NO_BACKEND_RESPONSE 0\n"));
}

static void each_release_is_named_and_shows_the_keys_it_has(void **state)
{
	(void)state;
	start_at(CILIUM_1_16);
	assert_true(renders(&bpf, "Cilium 1.16: BPF.\n"));
	assert_true(renders(&bpf, " * tunnel-protocol: \"vxlan\" (default)\n"));
	assert_false(renders(&bpf, " * tunnel: "));
	start_at(CILIUM_1_12);
	assert_true(renders(&bpf, " * tunnel: "));
	assert_false(renders(&bpf, " * routing-mode: "));
}

static void later_releases_route_by_their_own_keys(void **state)
{
	(void)state;
	start_at(CILIUM_1_18);
	assert_true(renders(&bpf, "#define TUNNEL_MODE 1\n"));
	set(OPT_ROUTING_MODE, "native");
	assert_true(renders(&bpf, "#define TUNNEL_MODE 0\n"));
}

static void later_releases_always_have_remote_node_identities(void **state)
{
	(void)state;
	start_at(CILIUM_1_15);
	set(OPT_ENABLE_REMOTE_NODE_IDENTITY, "false");
	assert_true(renders(&bpf, "#define LOCAL_NODE_ID 1\n"));
	start_at(CILIUM_1_16);
	assert_true(renders(&bpf, "#define LOCAL_NODE_ID 6\n"));
	assert_false(renders(&bpf, "enable-remote-node-identity"));
}

static void a_comment_names_key_value_and_origin(void **state)
{
	(void)state;
	assert_true(renders(&bpf, " * tunnel: \"\" (default)\n"));
	set_at(OPT_TUNNEL, "vxlan", "/some/where/cilium-config.yaml");
	assert_true(renders(&bpf, " * tunnel: \"vxlan\" (cilium-config.yaml:7:12)\n"));
	assert_false(renders(&bpf, "/some/where"));
}

static void a_value_cannot_leave_its_comment(void **state)
{
	char text[VALUE_TEXT_MAX];

	(void)state;
	set(OPT_KUBE_PROXY_REPLACEMENT, "x */\n#error \"out\" /*");
	assert_string_equal(value_text(&opts.values[OPT_KUBE_PROXY_REPLACEMENT], text),
			    "x *..#error \"out\" /*");
	set_at(OPT_TUNNEL, "vxlan", "evil\n.yaml");
	assert_true(renders(&bpf, "(evil..yaml:7:12)"));
}

static void a_long_value_is_cut_between_characters(void **state)
{
	char expected[VALUE_TEXT_MAX] = "", text[VALUE_TEXT_MAX];

	(void)state;
	memset(expected, 'a', VALUE_TEXT_MAX - 5);
	set(OPT_KUBE_PROXY_REPLACEMENT,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9\xc3\xa9\xc3\xa9");
	memcpy(expected + VALUE_TEXT_MAX - 5, "...", sizeof("..."));
	assert_string_equal(value_text(&opts.values[OPT_KUBE_PROXY_REPLACEMENT], text), expected);
}

static void programs_that_a_mode_does_not_need_are_not_wanted(void **state)
{
	struct macro_values values;

	(void)state;
	evaluate(&bpf, &values);
	assert_true(hook_is_wanted(HOOK_FROM_CONTAINER, &values));
	assert_true(hook_is_wanted(HOOK_FROM_NETDEV, &values));
	assert_true(hook_is_wanted(HOOK_FROM_OVERLAY, &values));
	evaluate(&legacy, &values);
	assert_true(hook_is_wanted(HOOK_FROM_CONTAINER, &values));
	assert_false(hook_is_wanted(HOOK_FROM_NETDEV, &values));
}

static void masquerading_and_services_need_both_programs_of_a_nic_in_either_mode(void **state)
{
	struct macro_values values = values_of(&bpf);

	(void)state;
	assert_false(hook_is_wanted(HOOK_TO_NETDEV, &values));
	set(OPT_ENABLE_BPF_MASQUERADE, "true");
	set(OPT_ENABLE_REMOTE_NODE_IDENTITY, "true");
	set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
	values = values_of(&legacy);
	assert_true(hook_is_wanted(HOOK_TO_NETDEV, &values));
	assert_true(hook_is_wanted(HOOK_FROM_NETDEV, &values));
	set(OPT_ENABLE_IPV4_MASQUERADE, "false");
	values = values_of(&legacy);
	assert_int_equal(values.ENABLE_MASQUERADE, 0);
	assert_true(hook_is_wanted(HOOK_TO_NETDEV, &values));
	assert_true(hook_is_wanted(HOOK_FROM_NETDEV, &values));
	set(OPT_KUBE_PROXY_REPLACEMENT, "disabled");
	values = values_of(&legacy);
	assert_false(hook_is_wanted(HOOK_TO_NETDEV, &values));
	assert_false(hook_is_wanted(HOOK_FROM_NETDEV, &values));
}

static void pods_packets_are_looked_at_for_what_their_sockets_do_not(void **state)
{
	struct macro_values values;

	(void)state;
	set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
	values = values_of(&legacy);
	assert_int_equal(values.ENABLE_NODEPORT, 1);
	assert_int_equal(values.ENABLE_PER_PACKET_LB, 0);
	set(OPT_BPF_LB_SOCK_HOSTNS_ONLY, "true");
	values = values_of(&legacy);
	assert_int_equal(values.ENABLE_PER_PACKET_LB, 1);
	set(OPT_BPF_LB_SOCK_HOSTNS_ONLY, "false");
	set(OPT_KUBE_PROXY_REPLACEMENT, "disabled");
	values = values_of(&legacy);
	assert_int_equal(values.ENABLE_NODEPORT, 0);
	assert_int_equal(values.ENABLE_PER_PACKET_LB, 1);
}

static void expect_dsr(bool dsr, bool hybrid)
{
	struct macro_values values = values_of(&bpf);

	assert_int_equal(values.ENABLE_DSR, dsr);
	assert_int_equal(values.ENABLE_DSR_HYBRID, hybrid);
}

static void answers_go_directly_where_the_mode_says_so_and_there_is_no_tunnel(void **state)
{
	(void)state;
	set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
	set(OPT_TUNNEL, "disabled");
	expect_dsr(false, false);
	set(OPT_NODE_PORT_MODE, "dsr");
	expect_dsr(true, false);
	set(OPT_BPF_LB_MODE, "snat");
	expect_dsr(false, false);
	set(OPT_BPF_LB_MODE, "dsr");
	expect_dsr(true, false);
	set(OPT_BPF_LB_MODE, "hybrid");
	expect_dsr(true, true);
	set(OPT_TUNNEL, "vxlan");
	expect_dsr(false, false);
	set(OPT_TUNNEL, "disabled");
	set(OPT_KUBE_PROXY_REPLACEMENT, "disabled");
	expect_dsr(false, false);
}

static void a_service_map_without_a_size_of_its_own_has_that_of_all(void **state)
{
	struct macro_values values;

	(void)state;
	set(OPT_BPF_LB_MAP_MAX, "1000");
	set(OPT_BPF_LB_AFFINITY_MAP_MAX, "77");
	values = values_of(&bpf);
	assert_int_equal(values.CILIUM_LB_SERVICE_MAP_MAX_ENTRIES, 1000);
	assert_int_equal(values.CILIUM_LB_SOURCE_RANGE_MAP_MAX_ENTRIES, 1000);
	assert_int_equal(values.CILIUM_LB_AFFINITY_MAP_MAX_ENTRIES, 77);
}

static void only_objects_with_a_wanted_program_are_built(void **state)
{
	const char *names[HOOK__COUNT];
	struct macro_values values;

	(void)state;
	evaluate(&bpf, &values);
	assert_int_equal(hooks_objects(&values, names), 3);
	assert_string_equal(names[0], "bpf_lxc");
	assert_string_equal(names[1], "bpf_host");
	assert_string_equal(names[2], "bpf_overlay");
	set(OPT_TUNNEL, "disabled");
	evaluate(&bpf, &values);
	assert_int_equal(hooks_objects(&values, names), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void timeouts_are_whole_seconds_of_their_keys(void **state)
{
	struct macro_values values = values_of(&bpf);

	(void)state;
	assert_int_equal(values.CT_CONNECTION_LIFETIME_TCP, 21600);
	assert_int_equal(values.CT_CONNECTION_LIFETIME_NONTCP, 60);
	assert_int_equal(values.CT_SYN_TIMEOUT, 60);
	assert_int_equal(values.CT_CLOSE_TIMEOUT, 10);
	set(OPT_BPF_CT_TIMEOUT_REGULAR_TCP, "1h30m");
	set(OPT_BPF_CT_TIMEOUT_REGULAR_ANY, "1ms");
	set(OPT_BPF_CT_TIMEOUT_REGULAR_TCP_SYN, "-5s");
	set(OPT_BPF_CT_TIMEOUT_REGULAR_TCP_FIN, "2000000h");
	values = values_of(&bpf);
	assert_int_equal(values.CT_CONNECTION_LIFETIME_TCP, 5400);
	assert_int_equal(values.CT_CONNECTION_LIFETIME_NONTCP, 1);
	assert_int_equal(values.CT_SYN_TIMEOUT, 0);
	assert_int_equal(values.CT_CLOSE_TIMEOUT, INT32_MAX);
}

static void a_release_has_its_own_timeouts(void **state)
{
	(void)state;
	options_fini(&opts);
	assert_int_equal(options_init(&opts, CILIUM_1_15), 0);
	assert_int_equal(values_of(&bpf).CT_CONNECTION_LIFETIME_TCP, 8000);
}

static void the_nat_map_has_the_size_of_its_key_or_what_conntrack_leaves_it(void **state)
{
	(void)state;
	assert_int_equal(values_of(&bpf).SNAT_MAPPING_IPV4_SIZE, 524288);
	set(OPT_BPF_CT_GLOBAL_TCP_MAX, "131072");
	assert_int_equal(values_of(&bpf).SNAT_MAPPING_IPV4_SIZE, (131072 + 262144) * 2 / 3);
	set(OPT_BPF_NAT_GLOBAL_MAX, "4096");
	assert_int_equal(values_of(&bpf).SNAT_MAPPING_IPV4_SIZE, 4096);
}

static void a_nat_map_that_follows_memory_has_the_size_without_the_ratio(void **state)
{
	(void)state;
	set(OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, "0.0025");
	assert_int_equal(values_of(&bpf).SNAT_MAPPING_IPV4_SIZE, 524288);
}

static void other_nodes_see_pods_only_where_they_have_routes_to_them(void **state)
{
	(void)state;
	assert_int_equal(values_of(&bpf).MASQUERADE_REMOTE_NODES, 1);
	set(OPT_TUNNEL, "disabled");
	assert_int_equal(values_of(&bpf).MASQUERADE_REMOTE_NODES, 0);
	assert_int_equal(values_of(&bpf).TUNNEL_PORT, 0);
}

static void the_ports_of_masqueraded_flows_begin_above_the_nodeports(void **state)
{
	(void)state;
	assert_int_equal(values_of(&bpf).NODEPORT_PORT_MAX, 32767);
	set(OPT_NODE_PORT_RANGE, "30000,40000");
	assert_int_equal(values_of(&bpf).NODEPORT_PORT_MIN, 30000);
	assert_int_equal(values_of(&bpf).NODEPORT_PORT_MAX, 40000);
}

static void the_tunnels_port_is_its_keys_or_vxlans(void **state)
{
	(void)state;
	assert_int_equal(values_of(&bpf).TUNNEL_PORT, 8472);
	set(OPT_TUNNEL_PORT, "4789");
	assert_int_equal(values_of(&bpf).TUNNEL_PORT, 4789);
}

static void services_at_the_socket_are_built_where_the_verdict_has_them(void **state)
{
	const char *names[HOOK__COUNT];
	struct macro_values values = values_of(&bpf);

	(void)state;
	assert_false(hook_is_wanted(HOOK_CONNECT4, &values));
	set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
	set(OPT_ENABLE_REMOTE_NODE_IDENTITY, "true");
	values = values_of(&bpf);
	assert_true(values.ENABLE_SOCKET_LB_TCP && values.ENABLE_SOCKET_LB_UDP);
	assert_false(values.ENABLE_SOCKET_LB_HOST_ONLY);
	assert_int_equal(hooks_objects(&values, names), 4);
	assert_string_equal(names[3], "bpf_sock");
	set(OPT_BPF_LB_SOCK_HOSTNS_ONLY, "true");
	assert_true(values_of(&bpf).ENABLE_SOCKET_LB_HOST_ONLY);
	set(OPT_KUBE_PROXY_REPLACEMENT, "partial");
	set(OPT_ENABLE_HOST_REACHABLE_SERVICES, "true");
	set(OPT_HOST_REACHABLE_SERVICES_PROTOS, "tcp");
	values = values_of(&bpf);
	assert_true(hook_is_wanted(HOOK_CONNECT4, &values));
	assert_true(hook_is_wanted(HOOK_GETPEERNAME6, &values));
	assert_false(hook_is_wanted(HOOK_SENDMSG4, &values));
	assert_false(hook_is_wanted(HOOK_RECVMSG6, &values));
}

static void nodeports_are_protected_unless_kube_proxy_may_hold_them(void **state)
{
	struct macro_values values;

	(void)state;
	set(OPT_ENABLE_REMOTE_NODE_IDENTITY, "true");
	set(OPT_KUBE_PROXY_REPLACEMENT, "strict");
	values = values_of(&bpf);
	assert_true(hook_is_wanted(HOOK_POST_BIND4, &values));
	assert_true(hook_is_wanted(HOOK_POST_BIND6, &values));
	set(OPT_NODE_PORT_BIND_PROTECTION, "false");
	assert_false(values_of(&bpf).ENABLE_NODEPORT_BIND_PROTECTION);
	set(OPT_NODE_PORT_BIND_PROTECTION, "true");
	set(OPT_KUBE_PROXY_REPLACEMENT, "probe");
	values = values_of(&bpf);
	assert_true(values.ENABLE_SOCKET_LB_TCP);
	assert_false(hook_is_wanted(HOOK_POST_BIND4, &values));
}

static void service_maps_have_the_size_of_their_key_or_of_all(void **state)
{
	struct macro_values values;

	(void)state;
	set(OPT_BPF_LB_MAP_MAX, "1000");
	set(OPT_BPF_LB_AFFINITY_MAP_MAX, "77");
	values = values_of(&bpf);
	assert_int_equal(values.CILIUM_LB_SERVICE_MAP_MAX_ENTRIES, 1000);
	assert_int_equal(values.CILIUM_LB_BACKENDS_MAP_MAX_ENTRIES, 1000);
	assert_int_equal(values.CILIUM_LB_AFFINITY_MAP_MAX_ENTRIES, 77);
	assert_int_equal(values.LB4_REVERSE_NAT_SK_MAP_SIZE, 262144);
	set(OPT_BPF_SOCK_REV_MAP_MAX, "5000");
	assert_int_equal(values_of(&bpf).LB4_REVERSE_NAT_SK_MAP_SIZE, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_service_without_backends_may_drop_from_the_release_on_that_says_so),
		TEST(each_release_is_named_and_shows_the_keys_it_has),
		TEST(later_releases_route_by_their_own_keys),
		TEST(later_releases_always_have_remote_node_identities),
		TEST(every_macro_is_defined_once_and_in_order),
		TEST(timeouts_are_whole_seconds_of_their_keys),
		TEST(a_release_has_its_own_timeouts),
		TEST(the_nat_map_has_the_size_of_its_key_or_what_conntrack_leaves_it),
		TEST(a_nat_map_that_follows_memory_has_the_size_without_the_ratio),
		TEST(other_nodes_see_pods_only_where_they_have_routes_to_them),
		TEST(the_ports_of_masqueraded_flows_begin_above_the_nodeports),
		TEST(the_tunnels_port_is_its_keys_or_vxlans),
		TEST(the_verdict_decides_host_routing),
		TEST(an_absent_tunnel_means_vxlan),
		TEST(geneve_has_its_own_port_and_is_the_devices_to_encapsulate),
		TEST(booleans_become_integers),
		TEST(remote_nodes_know_us_by_the_configured_identity),
		TEST(a_comment_names_key_value_and_origin),
		TEST(a_value_cannot_leave_its_comment),
		TEST(a_long_value_is_cut_between_characters),
		TEST(programs_that_a_mode_does_not_need_are_not_wanted),
		TEST(masquerading_and_services_need_both_programs_of_a_nic_in_either_mode),
		TEST(pods_packets_are_looked_at_for_what_their_sockets_do_not),
		TEST(a_service_map_without_a_size_of_its_own_has_that_of_all),
		TEST(answers_go_directly_where_the_mode_says_so_and_there_is_no_tunnel),
		TEST(only_objects_with_a_wanted_program_are_built),
		TEST(services_at_the_socket_are_built_where_the_verdict_has_them),
		TEST(nodeports_are_protected_unless_kube_proxy_may_hold_them),
		TEST(service_maps_have_the_size_of_their_key_or_of_all),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
