// SPDX-License-Identifier: BSD-2-Clause
/* config/options: the table is sound, values are typed as the agent types them, hints are sensible. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "config/options.h"

static const struct pos here = { .file = "t.yaml", .line = 3, .col = 5 };

static int init(void **state)
{
	struct options *opts = malloc(sizeof(*opts));

	*state = opts;
	return opts ? options_init(opts, CILIUM_1_12) : -1;
}

static int fini(void **state)
{
	options_fini(*state);
	free(*state);
	return 0;
}

static int set(void **state, enum option_id id, const char *text)
{
	const char *why = NULL;
	int err = option_set(*state, id, text, here, &why);

	assert_true((err == -EINVAL) == (why != NULL));
	return err;
}

static void every_id_is_the_key_in_capitals(void **state)
{
	static const char *const ids[] = {
#define OPTION(id, name, type, dflts, releases, scope, help) #id,
#include "config/options.def"
#undef OPTION
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const char *name = option_defs[i].name;

		assert_int_equal(strlen(ids[i]), strlen(name));
		for (size_t j = 0; name[j]; j++) {
			char expected = name[j] == '-' || name[j] == '.'   ? '_'
					: name[j] >= 'a' && name[j] <= 'z' ? (char)(name[j] - 32)
									   : name[j];

			assert_int_equal(ids[i][j], expected);
		}
	}
}

static void every_key_is_found_and_stands_once_in_order(void **state)
{
	(void)state;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		assert_int_equal(option_find(option_defs[id].name), id);
		assert_true(*option_defs[id].help);
		if (id && option_defs[id - 1].scope == option_defs[id].scope)
			assert_true(strcmp(option_defs[id - 1].name, option_defs[id].name) < 0);
	}
}

static void keys_are_found_by_their_exact_name_only(void **state)
{
	(void)state;
	assert_int_equal(option_find("enable-bpf-masquerade"), OPT_ENABLE_BPF_MASQUERADE);
	assert_int_equal(option_find("Enable-Bpf-Masquerade"), OPT__COUNT);
	assert_int_equal(option_find("enable-bpf-masquerade "), OPT__COUNT);
	assert_int_equal(option_find("routing_mode"), OPT__COUNT);
	assert_int_equal(option_find(""), OPT__COUNT);
	assert_int_equal(option_find_folded("Enable-Bpf-Masquerade"), OPT_ENABLE_BPF_MASQUERADE);
	assert_int_equal(option_find_folded("enable-bpf-masquerad"), OPT__COUNT);
}

/* In every release: options_init() asserts that the notation can be read and the text has the type. */
static void every_default_is_a_value_of_its_type(void **state)
{
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		options_fini(*state);
		assert_int_equal(options_init(*state, release), 0);
		for (enum option_id id = 0; id < OPT__COUNT; id++) {
			_cleanup_free_ char *text = strdup(option_text(*state, id));

			assert_null(strchr(text, '|'));
			assert_false(option_is_set(*state, id));
			assert_int_equal(set(state, id, text), 0);
			assert_string_equal(option_text(*state, id), text);
			assert_true(option_is_set(*state, id));
		}
	}
}

static void every_key_exists_in_some_release(void **state)
{
	(void)state;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		assert_int_not_equal(option_defs[id].releases, 0);
		assert_int_equal(option_defs[id].releases & ~RELEASES_ALL, 0);
	}
	assert_true(option_exists(OPT_TUNNEL, CILIUM_1_14));
	assert_false(option_exists(OPT_TUNNEL, CILIUM_1_15));
	assert_false(option_exists(OPT_ROUTING_MODE, CILIUM_1_13));
	assert_true(option_exists(OPT_ROUTING_MODE, CILIUM_NEWEST));
	assert_false(option_exists(OPT_ENABLE_EGRESS_GATEWAY, CILIUM_1_11));
	assert_true(option_exists(OPT_ENABLE_EGRESS_GATEWAY, CILIUM_1_10));
}

static void defaults_follow_the_release(void **state)
{
	struct options *opts = *state;

	options_fini(opts);
	assert_int_equal(options_init(opts, CILIUM_1_11), 0);
	assert_int_equal(option_int(opts, OPT_AGENT_HEALTH_PORT), 9876);
	options_fini(opts);
	assert_int_equal(options_init(opts, CILIUM_1_15), 0);
	assert_string_equal(option_text(opts, OPT_KUBE_PROXY_REPLACEMENT), "false");
	assert_true(option_int(opts, OPT_BPF_CT_TIMEOUT_REGULAR_TCP) == 8000000000000);
	assert_true(option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO) == 0.0025);
	assert_true(option_bool(opts, OPT_ENABLE_REMOTE_NODE_IDENTITY));
	assert_false(option_bool(opts, OPT_ENABLE_EXTERNAL_IPS));
	assert_string_equal(option_text(opts, OPT_ROUTING_MODE), "tunnel");
}

static void types_follow_the_release(void **state)
{
	struct options *opts = *state;

	assert_int_equal(set(state, OPT_KUBE_PROXY_REPLACEMENT, "True"), 0);
	assert_string_equal(option_text(opts, OPT_KUBE_PROXY_REPLACEMENT), "True");
	options_fini(opts);
	assert_int_equal(options_init(opts, CILIUM_1_19), 0);
	assert_false(option_bool(opts, OPT_KUBE_PROXY_REPLACEMENT));
	assert_int_equal(set(state, OPT_KUBE_PROXY_REPLACEMENT, "strict"), -EINVAL);
	assert_int_equal(set(state, OPT_KUBE_PROXY_REPLACEMENT, "True"), 0);
	assert_true(option_bool(opts, OPT_KUBE_PROXY_REPLACEMENT));
	assert_int_equal(option_scope_at(OPT_K8S_CLIENT_QPS, CILIUM_1_12), OPTION_OTHER);
	assert_int_equal(option_scope_at(OPT_K8S_CLIENT_QPS, CILIUM_1_13), OPTION_AGENT);
}

static void numbers_follow_the_release(void **state)
{
	struct options *opts = *state;

	assert_int_equal(set(state, OPT_BPF_CT_GLOBAL_TCP_MAX, "524288.5"), -EINVAL);
	assert_int_equal(set(state, OPT_BPF_LB_MAGLEV_TABLE_SIZE, "-1"), -EINVAL);
	options_fini(opts);
	assert_int_equal(options_init(opts, CILIUM_1_18), 0);
	assert_int_equal(set(state, OPT_BPF_CT_GLOBAL_TCP_MAX, "524288.5"), 0);
	assert_int_equal(option_int(opts, OPT_BPF_CT_GLOBAL_TCP_MAX), 524288);
	assert_int_equal(set(state, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, ""), 0);
	assert_int_equal(set(state, OPT_ENABLE_IPV4, ""), -EINVAL);
}

static void the_environment_wins_and_is_not_checked(void **state)
{
	struct options *opts = *state;

	assert_int_equal(set(state, OPT_ENABLE_BPF_MASQUERADE, "true"), 0);
	assert_int_equal(options_set_env(opts, "CILIUM_ENABLE_BPF_MASQUERADE", ""), 0);
	assert_true(option_bool(opts, OPT_ENABLE_BPF_MASQUERADE));
	assert_int_equal(options_set_env(opts, "CILIUM_ENABLE_BPF_MASQUERADE", "yes"), 0);
	assert_false(option_bool(opts, OPT_ENABLE_BPF_MASQUERADE));
	assert_string_equal(opts->values[OPT_ENABLE_BPF_MASQUERADE].pos.file,
			    "CILIUM_ENABLE_BPF_MASQUERADE");
	assert_int_equal(options_set_env(opts, "CILIUM_BPF_CT_GLOBAL_TCP_MAX", "300000"), 0);
	assert_int_equal(option_int(opts, OPT_BPF_CT_GLOBAL_TCP_MAX), 300000);
	assert_true(option_is_set(opts, OPT_BPF_CT_GLOBAL_TCP_MAX));
}

static void other_variables_set_nothing(void **state)
{
	static const char *const names[] = {
		"CILIUM_CT_GLOBAL_MAX_ENTRIES_TCP",
		"CILIUM_ROUTING_MODE",
		"CILIUM_",
		"HOME",
		"CILIUM_Mtu",
		"CILIUM_K8S_NODE_NAME",
		"cilium_mtu",
		"CILIUM_BPF-MAP-MAX",
	};
	char long_name[300];

	memset(long_name, 'A', sizeof(long_name) - 1);
	memcpy(long_name, "CILIUM_", 7);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(options_set_env(*state, long_name, "1"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(options_set_env(*state, names[i], "1"), 0);
	for (enum option_id id = 0; id < OPT__COUNT; id++)
		assert_false(option_is_set(*state, id));
}

static void defaults_are_those_of_1_12(void **state)
{
	struct options *opts = *state;

	assert_true(option_bool(opts, OPT_ENABLE_IPV4));
	assert_true(option_bool(opts, OPT_ENABLE_IPV6));
	assert_false(option_bool(opts, OPT_ENABLE_REMOTE_NODE_IDENTITY));
	assert_false(option_bool(opts, OPT_ENABLE_BPF_MASQUERADE));
	assert_true(option_bool(opts, OPT_PREALLOCATE_BPF_MAPS));
	assert_true(option_bool(opts, OPT_ENABLE_EXTERNAL_IPS));
	assert_string_equal(option_text(opts, OPT_KUBE_PROXY_REPLACEMENT), "partial");
	assert_string_equal(option_text(opts, OPT_TUNNEL), "");
	assert_int_equal(option_int(opts, OPT_AGENT_HEALTH_PORT), 9879);
	assert_int_equal(option_int(opts, OPT_BPF_CT_GLOBAL_TCP_MAX), 524288);
	assert_true(option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO) == 0.0);
	assert_true(option_int(opts, OPT_BPF_CT_TIMEOUT_REGULAR_TCP) == 21600000000000);
	assert_int_equal(option_int(opts, OPT_BPF_LB_SERVICE_MAP_MAX), 0);
}

static void a_set_value_keeps_text_and_place(void **state)
{
	const struct option_value *value;

	assert_int_equal(set(state, OPT_MTU, "  0x5dc \n"), 0);
	value = &((struct options *)*state)->values[OPT_MTU];
	assert_int_equal(value->i, 1500);
	assert_string_equal(value->text, "0x5dc");
	assert_true(value->is_set);
	assert_int_equal(value->pos.line, 3);
	assert_string_equal(value->pos.file, "t.yaml");
}

static void white_space_around_a_value_does_not_count(void **state)
{
	assert_int_equal(set(state, OPT_DEBUG, "\t\r\n\v\f true \n"), 0);
	assert_true(option_bool(*state, OPT_DEBUG));
	assert_int_equal(set(state, OPT_DEBUG,
			     "\xc2\xa0"
			     "false\xc2\xa0\xc2\x85"),
			 0);
	assert_false(option_bool(*state, OPT_DEBUG));
	assert_int_equal(set(state, OPT_TUNNEL, " \xc2\xa0 "), 0);
	assert_string_equal(option_text(*state, OPT_TUNNEL), "");
	assert_int_equal(set(state, OPT_TUNNEL,
			     "\xe2\x80\x83\xe3\x80\x80 \xe2\x80\xaf"
			     "ge\xe2\x80\x83neve\xe1\x9a\x80\xe2\x80\xa8\xc2\xa0"),
			 0);
	assert_string_equal(option_text(*state, OPT_TUNNEL), "ge\xe2\x80\x83neve");
	assert_int_equal(set(state, OPT_TUNNEL, "\xe2\x80\x8b"), 0); /* zero width: no space */
	assert_string_equal(option_text(*state, OPT_TUNNEL), "\xe2\x80\x8b");
}

static void a_quoted_yes_is_not_a_boolean(void **state)
{
	const char *why = NULL;

	assert_int_equal(option_set(*state, OPT_ENABLE_IPV4, "yes", here, &why), -EINVAL);
	assert_string_equal(why, "not a boolean (true or false)");
	assert_true(option_bool(*state, OPT_ENABLE_IPV4));
	assert_false(option_is_set(*state, OPT_ENABLE_IPV4));
	assert_string_equal(option_text(*state, OPT_ENABLE_IPV4), "true");
}

static void each_type_refuses_what_is_not_of_it(void **state)
{
	const char *why = NULL;

	assert_int_equal(set(state, OPT_DEBUG, ""), -EINVAL);
	assert_int_equal(set(state, OPT_MTU, ""), -EINVAL);
	assert_int_equal(set(state, OPT_MTU, "1500 bytes"), -EINVAL);
	assert_int_equal(set(state, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, "0,0025"), -EINVAL);
	assert_int_equal(set(state, OPT_MONITOR_AGGREGATION_INTERVAL, "5 s"), -EINVAL);
	assert_int_equal(set(state, OPT_KVSTORE_OPT, "etcd"), -EINVAL);
	assert_int_equal(option_set(*state, OPT_MTU, "9223372036854775808", here, &why), -EINVAL);
	assert_string_equal(why, "too large");
}

static void strings_and_lists_take_any_text(void **state)
{
	assert_int_equal(set(state, OPT_CLUSTER_NAME, ""), 0);
	assert_int_equal(set(state, OPT_DEVICES, "eth0  eth1\n"), 0);
	assert_string_equal(option_text(*state, OPT_DEVICES), "eth0  eth1");
}

static void maps_are_json_objects_of_strings_or_pairs(void **state)
{
	static const char *const right[] = {
		"",
		"{}",
		"{\"etcd.config\": \"/var/lib/etcd-config/etcd.config\"}",
		"{\"a\": null}",
		"k=v",
		"etcd.address=127.0.0.1:4001,etcd.qps=20",
		"c6a.2xlarge=4,15,15,m4.xlarge=2,4,8",
		"endpoint-create=rate-limit:10/m,rate-burst:2",
	};
	static const char *const wrong[] = {
		"{",	       "{\"a\": 1}",
		"{\"a\": {}}", "[\"a\"]",
		"k",	       "=v",
		"k=",	       "k=v,",
		",k=v",	       "k=v=w",
		"k =v",	       "k=$",
		"5",	       "{\"a\": \"b\"} x",
		"{'a': 'b'}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		assert_int_equal(set(state, OPT_KVSTORE_OPT, right[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(set(state, OPT_KVSTORE_OPT, wrong[i]), -EINVAL);
}

static void the_last_of_two_values_counts(void **state)
{
	assert_int_equal(set(state, OPT_TUNNEL, "geneve"), 0);
	assert_int_equal(set(state, OPT_TUNNEL, "disabled"), 0);
	assert_string_equal(option_text(*state, OPT_TUNNEL), "disabled");
}

static void a_misspelt_key_gets_the_one_it_was_meant_to_be(void **state)
{
	static const char *const pairs[][2] = {
		{ "enable-bpf-masqurade", "enable-bpf-masquerade" },
		{ "enalbe-ipv4", "enable-ipv4" },
		{ "enable_bpf_masquerade", "enable-bpf-masquerade" },
		{ "Enable-IPv4", "enable-ipv4" },
		{ "tunel", "tunnel" },
		{ "devcies", "devices" },
		{ "kube-proxy-replacment", "kube-proxy-replacement" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const char *nearest = option_nearest(pairs[i][0], CILIUM_1_12);

		assert_non_null(nearest);
		assert_string_equal(nearest, pairs[i][1]);
	}
}

static void a_key_of_another_release_gets_no_hint(void **state)
{
	static const char *const keys[] = {
		"routing-mode",
		"tunnel-protocol",
		"enable-sctp",
		"enable-tcx",
		"bpf-events-trace-enabled",
		"enable-ipv6-fragment-tracking",
		"ipv6-service-loopback-address",
		"underlay-protocol",
		"enable-ipv6-big-tcp",
		"",
		"x",
		"eni-use-primary-address",
	};
	char too_long[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_null(option_nearest(keys[i], CILIUM_1_12));
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	assert_null(option_nearest(too_long, CILIUM_1_12));
}

static void two_keys_equally_near_give_no_hint(void **state)
{
	(void)state;
	assert_null(option_nearest("enable-ipv", CILIUM_1_12));
	assert_null(option_nearest("enable-ipv5", CILIUM_1_12));
}

/* What web articles and values of the Helm chart are called, and in which release the hint is which. */
static void an_invented_key_gets_the_real_one_of_the_release(void **state)
{
	static const struct {
		const char *name;
		enum cilium_release release;
		const char *hint;
	} rows[] = {
		{ "enable-dsr", CILIUM_1_12, "bpf-lb-mode" },
		{ "bpf-lb-dsr", CILIUM_1_18, "bpf-lb-mode" },
		{ "enable-masquerade", CILIUM_1_16, "enable-ipv4-masquerade" },
		{ "enable-kube-proxy-replacement", CILIUM_1_14, "kube-proxy-replacement" },
		{ "kubeProxyReplacement", CILIUM_1_14, "kube-proxy-replacement" },
		{ "bpf.masquerade", CILIUM_1_12, "enable-bpf-masquerade" },
		{ "enable-ebpf-masquerade", CILIUM_1_12, "enable-bpf-masquerade" },
		{ "enableIPv4Masquerade", CILIUM_1_12, "enable-ipv4-masquerade" },
		{ "tunnel-mode", CILIUM_1_12, "tunnel" },
		{ "tunnel-mode", CILIUM_1_16, "tunnel-protocol" },
		{ "enable-vxlan", CILIUM_1_13, "tunnel" },
		{ "routingMode", CILIUM_1_16, "routing-mode" },
		{ "ipv4NativeRoutingCIDR", CILIUM_1_12, "ipv4-native-routing-cidr" },
		{ "autoDirectNodeRoutes", CILIUM_1_18, "auto-direct-node-routes" },
		{ "bpf.hostLegacyRouting", CILIUM_1_12, "enable-host-legacy-routing" },
		{ "loadBalancer.mode", CILIUM_1_16, "bpf-lb-mode" },
		{ "socketLB.enabled", CILIUM_1_12, "bpf-lb-sock" },
		{ "socketLB.enabled", CILIUM_1_11, "enable-host-reachable-services" },
		{ "egressGateway.enabled", CILIUM_1_16, "enable-ipv4-egress-gateway" },
		{ "egressGateway.enabled", CILIUM_1_18, "enable-egress-gateway" },
		{ "bpf.preallocateMaps", CILIUM_1_14, "preallocate-bpf-maps" },
		{ "hubble.enabled", CILIUM_1_14, "enable-hubble" },
		{ "enable-mtu", CILIUM_1_12, "mtu" },
		{ "enable-local-redirect", CILIUM_1_12, "enable-local-redirect-policy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct option_hint hint = option_hint(rows[i].name, rows[i].release);

		if (!hint.name || strcmp(hint.name, rows[i].hint))
			fail_msg("%s in %s: %s", rows[i].name, release_name(rows[i].release),
				 hint.name ? hint.name : "no hint");
		assert_false(hint.is_opposite);
	}
}

static void the_opposite_of_a_key_is_said_to_be_that(void **state)
{
	static const char *const names[] = { "enable-host-routing", "enable-bpf-host-routing",
					     "host-routing", "bpf.hostRouting",
					     "enable-ebpf-host-routing" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct option_hint hint = option_hint(names[i], CILIUM_1_16);

		assert_non_null(hint.name);
		assert_string_equal(hint.name, "enable-host-legacy-routing");
		assert_true(hint.is_opposite);
	}
}

static void no_hint_is_better_than_a_wrong_one(void **state)
{
	static const char *const names[] = {
		"enable-encryption",
		"encryption.enabled",
		"enable-foo",
		"my-custom-key",
		"enable-cni",
		"bpf",
		"disable-ipv6",
		"disable-masquerade",
		"enable-bpf-lb",
		"cilium-version",
		"...",
		"enable-",
		"k8sServiceHost",
		"operator.replicas",
		"enable-jit",
		"enable-ipv6-host-routing",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
			const char *nearest = option_nearest(names[i], release);

			if (nearest)
				fail_msg("%s in %s: %s", names[i], release_name(release), nearest);
		}
	}
}

static void every_known_hint_is_no_key_and_leads_to_one(void **state)
{
	static const char *const names[] = {
#define HINT(name, id) name,
#define OPPOSITE(name, id) name,
#include "config/option_hint.def"
#undef HINT
#undef OPPOSITE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		enum option_id id = option_find(names[i]);
		bool found = false;

		if (id != OPT__COUNT && option_exists(id, CILIUM_NEWEST))
			fail_msg("%s is a key", names[i]);
		for (enum cilium_release release = 0; release < CILIUM__COUNT; release++)
			found = found || option_nearest(names[i], release);
		assert_true(found);
	}
}

static void types_and_scopes_have_names(void **state)
{
	(void)state;
	assert_string_equal(option_type_name(OPTION_DURATION), "duration");
	assert_string_equal(option_type_name(OPTION_MAP), "map");
	assert_string_equal(option_type_name(OPTION_UINT), "uint");
	assert_string_equal(option_scope_name(OPTION_DATAPATH), "datapath");
	assert_string_equal(option_scope_name(OPTION_OTHER), "other");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_id_is_the_key_in_capitals),
		TEST(every_key_is_found_and_stands_once_in_order),
		TEST(keys_are_found_by_their_exact_name_only),
		TEST(every_default_is_a_value_of_its_type),
		TEST(every_key_exists_in_some_release),
		TEST(defaults_are_those_of_1_12),
		TEST(defaults_follow_the_release),
		TEST(types_follow_the_release),
		TEST(numbers_follow_the_release),
		TEST(the_environment_wins_and_is_not_checked),
		TEST(other_variables_set_nothing),
		TEST(a_set_value_keeps_text_and_place),
		TEST(white_space_around_a_value_does_not_count),
		TEST(a_quoted_yes_is_not_a_boolean),
		TEST(each_type_refuses_what_is_not_of_it),
		TEST(strings_and_lists_take_any_text),
		TEST(maps_are_json_objects_of_strings_or_pairs),
		TEST(the_last_of_two_values_counts),
		TEST(a_misspelt_key_gets_the_one_it_was_meant_to_be),
		TEST(a_key_of_another_release_gets_no_hint),
		TEST(two_keys_equally_near_give_no_hint),
		TEST(an_invented_key_gets_the_real_one_of_the_release),
		TEST(the_opposite_of_a_key_is_said_to_be_that),
		TEST(no_hint_is_better_than_a_wrong_one),
		TEST(every_known_hint_is_no_key_and_leads_to_one),
		TEST(types_and_scopes_have_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
