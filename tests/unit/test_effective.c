// SPDX-License-Identifier: BSD-2-Clause
/* What a manifest says is in force, how it says map sizes come about, and which keys have no effect. */
#include "tests/unit/verdict_fixture.h"

#include "compiler/cross_keys.h"
#include "compiler/effective.h"

static struct manifest m;
static struct macro_values macros;
static enum vxlan_by vxlan;

static void describe(void)
{
	verdict_decide(&opts, &features, &facts, &v);
	m = (struct manifest){ .tunnel = v.tunnel, .tunnel_port = 8472 };
	if (v.mode == VERDICT_BPF || v.mode == VERDICT_LEGACY)
		macros_evaluate(&opts, &v, vxlan, &macros);
	effective_describe(&opts, &v, &macros, &m);
}

static const char *value_of(const char *name)
{
	for (size_t i = 0; i < m.effective_count; i++)
		if (!strcmp(m.effective[i].name, name))
			return m.effective[i].value;
	fail_msg("%s: not described", name);
	return "";
}

static const char *why_of(const char *name)
{
	for (size_t i = 0; i < m.effective_count; i++)
		if (!strcmp(m.effective[i].name, name))
			return m.effective[i].why;
	return "";
}

static const struct manifest_map_size *size_of(const char *name)
{
	for (size_t i = 0; i < m.map_size_count; i++)
		if (!strcmp(m.map_sizes[i].name, name))
			return &m.map_sizes[i];
	fail_msg("%s: not described", name);
	return NULL;
}

static void describe_sizes(uint64_t memory)
{
	const struct map_memory known = { .bytes = memory, .cpus = 2 };

	m = (struct manifest){ 0 };
	effective_describe_sizes(&opts, &known, &m);
}

static const struct cross_key_def *told_of(const char *key)
{
	const struct cross_key_def *rows[CROSS_KEYS_MAX];
	size_t count;

	verdict_decide(&opts, &features, &facts, &v);
	count = cross_keys_list(&opts, &v, rows);
	for (size_t i = 0; i < count; i++)
		if (rows[i]->option == option_find(key))
			return rows[i];
	return NULL;
}

static bool is_ignored(const char *key)
{
	const struct cross_key_def *row = told_of(key);

	return row && row->severity == DIAG_NOTE;
}

static bool is_warned_of(const char *key)
{
	const struct cross_key_def *row = told_of(key);

	return row && row->severity == DIAG_WARNING;
}

static void every_value_has_a_name_a_value_and_a_reason_in_every_release(void **state)
{
	(void)state;
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		capable_at(release);
		describe();
		for (size_t i = 0; i < m.effective_count; i++)
			if (!*m.effective[i].name || !*m.effective[i].value || !*m.effective[i].why)
				fail_msg("%s: row %zu", release_name(release), i);
	}
}

static void masquerading_is_per_family_and_needs_the_family(void **state)
{
	(void)state;
	capable_at(CILIUM_1_12);
	set("enable-ipv6-masquerade", "true");
	describe();
	assert_string_equal(value_of("masquerade-ipv4"), "true");
	assert_string_equal(value_of("masquerade-ipv6"), "false");
	assert_string_equal(value_of("masquerade"), "bpf");
	assert_true(is_ignored("enable-ipv6-masquerade"));
	set("enable-bpf-masquerade", "false");
	describe();
	assert_string_equal(value_of("masquerade"), "iptables");
	assert_string_equal(value_of("host-routing"), "legacy");
}

static void the_tunnel_is_named_by_the_key_that_counts(void **state)
{
	(void)state;
	capable_at(CILIUM_1_14);
	describe();
	assert_string_equal(value_of("tunnel"), "vxlan");
	assert_string_equal(why_of("tunnel"), "routing-mode and tunnel-protocol");
	assert_string_equal(value_of("tunnel-port"), "8472");
	set("tunnel", "disabled");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	describe();
	assert_string_equal(value_of("tunnel"), "disabled");
	assert_string_equal(why_of("tunnel"), "tunnel");
	assert_string_equal(value_of("tunnel-port"), "none");
}

static void a_downgrade_shows(void **state)
{
	(void)state;
	capable_at(CILIUM_1_12);
	set("bpf-lb-mode", "dsr");
	describe();
	assert_string_equal(value_of("lb-mode"), "snat");
	set("tunnel", "disabled");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	describe();
	assert_string_equal(value_of("lb-mode"), "dsr");
}

static void the_former_name_of_the_lb_mode_counts_where_only_it_is_set(void **state)
{
	(void)state;
	capable_at(CILIUM_1_12);
	set("tunnel", "disabled");
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	set("node-port-mode", "hybrid");
	describe();
	assert_string_equal(value_of("lb-mode"), "hybrid");
}

static void the_identity_of_nodes_is_no_choice_since_1_16(void **state)
{
	(void)state;
	capable_at(CILIUM_1_12);
	set("enable-remote-node-identity", "false");
	describe();
	assert_string_equal(value_of("local-node-identity"), "host");
	capable_at(CILIUM_1_16);
	describe();
	assert_string_equal(value_of("local-node-identity"), "remote-node");
}

static void who_encapsulates_is_said_with_the_reason(void **state)
{
	(void)state;
	capable_at(CILIUM_1_16);
	describe();
	assert_string_equal(value_of("tunnel-encapsulation"), "bpf");
	assert_string_equal(why_of("tunnel-encapsulation"), "the default of --vxlan");
	vxlan = VXLAN_BY_DEVICE;
	describe();
	assert_string_equal(value_of("tunnel-encapsulation"), "device");
	assert_string_equal(why_of("tunnel-encapsulation"), "--vxlan device");
	vxlan = VXLAN_BY_DEFAULT;
	set("enable-host-legacy-routing", "true");
	describe();
	assert_string_equal(value_of("tunnel-encapsulation"), "device");
	set("enable-host-legacy-routing", "false");
	set("routing-mode", "native");
	describe();
	assert_string_equal(value_of("tunnel-encapsulation"), "none");
}

static void devices_are_listed_or_detected(void **state)
{
	(void)state;
	capable_at(CILIUM_1_16);
	describe();
	assert_string_equal(value_of("devices"), "auto");
	m = (struct manifest){ .devices = { "eth0", "bond+" }, .device_count = 2 };
	effective_describe(&opts, &v, &macros, &m);
	assert_string_equal(value_of("devices"), "eth0 bond+");
}

static void sizes_are_numbers_where_the_memory_is_known(void **state)
{
	(void)state;
	capable_at(CILIUM_1_16);
	describe_sizes(UINT64_C(64) << 30);
	assert_int_equal(size_of("ct-tcp")->entries, 602802);
	assert_int_equal(size_of("ct-any")->entries, 301401);
	assert_string_equal(size_of("ct-tcp")->from, "memory");
}

static void sizes_are_formulas_where_it_is_not(void **state)
{
	const struct manifest_map_size *size;

	(void)state;
	capable_at(CILIUM_1_16);
	set("bpf-ct-global-any-max", "4096");
	describe_sizes(0);
	size = size_of("ct-tcp");
	assert_int_equal(size->entries, 0);
	assert_non_null(strstr(size->formula, "memory * ratio"));
	assert_true(size->ratio > 0.0024 && size->ratio < 0.0026);
	assert_int_equal(size->scaled, 524288);
	assert_int_equal(size->min, 131072);
	assert_false(size->multiple_of_cpus);
	assert_string_equal(size_of("ct-any")->from, "key");
	assert_int_equal(size_of("ct-any")->entries, 4096);
	assert_string_equal(size_of("lb")->from, "default");
	assert_int_equal(size_of("lb")->entries, 65536);
	assert_string_equal(size_of("lb")->formula, "");
}

static void a_distributed_lru_makes_them_multiples_of_the_cpus(void **state)
{
	(void)state;
	capable_at(CILIUM_1_18);
	set("bpf-distributed-lru", "True");
	describe_sizes(0);
	assert_true(size_of("nat")->multiple_of_cpus);
	assert_non_null(strstr(size_of("nat")->formula, "a multiple of the CPUs"));
}

static void a_formula_gives_the_number_that_known_memory_does(void **state)
{
	const struct manifest_map_size *size;
	uint64_t memory = UINT64_C(30) << 30;
	int64_t budget;

	(void)state;
	capable_at(CILIUM_1_16);
	describe_sizes(memory);
	size = size_of("sock-rev");
	budget = (int64_t)((double)memory * size->ratio);
	assert_int_equal(budget * size->scaled / MAP_SIZE_TOTAL_BYTES, size->entries);
	assert_int_equal(size->entries, 141281);
}

static void keys_without_effect_are_told(void **state)
{
	(void)state;
	capable_at(CILIUM_1_13);
	set("enable-bbr", "true");
	assert_true(is_ignored("enable-bbr"));
	set("enable-bandwidth-manager", "true");
	assert_false(is_ignored("enable-bbr"));
	set("enable-node-port", "false");
	assert_true(is_ignored("enable-node-port"));
	set("kube-proxy-replacement", "disabled");
	assert_false(is_ignored("enable-node-port"));
	set("enable-node-port", "true");
	set("bpf-lb-sock", "true");
	assert_true(is_ignored("enable-node-port"));
	assert_true(is_ignored("bpf-lb-sock"));
	set("tunnel-port", "9000");
	assert_false(is_ignored("tunnel-port"));
	set("tunnel", "disabled");
	assert_true(is_ignored("tunnel-port"));
}

static void a_ratio_that_scales_nothing_has_no_effect(void **state)
{
	(void)state;
	capable_at(CILIUM_1_16);
	set("bpf-map-dynamic-size-ratio", "0.0025");
	set("bpf-ct-global-tcp-max", "524288");
	set("bpf-ct-global-any-max", "262144");
	set("bpf-nat-global-max", "524288");
	set("bpf-neigh-global-max", "524288");
	assert_false(is_ignored("bpf-map-dynamic-size-ratio"));
	set("bpf-sock-rev-map-max", "262144");
	assert_true(is_ignored("bpf-map-dynamic-size-ratio"));
}

static void defaults_are_never_told_as_ignored(void **state)
{
	(void)state;
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		capable_at(release);
		assert_false(is_ignored("enable-ipv6-masquerade"));
		assert_false(is_ignored("enable-node-port"));
	}
}

static void what_the_agent_warns_of_is_a_warning(void **state)
{
	(void)state;
	capable_at(CILIUM_1_12);
	set("tunnel", "disabled");
	set("enable-ipv4-masquerade", "false");
	set("auto-direct-node-routes", "true");
	assert_true(is_warned_of("auto-direct-node-routes"));
	set("ipv4-native-routing-cidr", "10.0.0.0/8");
	assert_false(is_warned_of("auto-direct-node-routes"));
	assert_false(is_warned_of("identity-allocation-mode"));
	set("identity-allocation-mode", "kvstore");
	assert_true(is_warned_of("identity-allocation-mode"));
	set("kvstore", "etcd");
	assert_false(is_warned_of("identity-allocation-mode"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_a_name_a_value_and_a_reason_in_every_release),
		cmocka_unit_test(masquerading_is_per_family_and_needs_the_family),
		cmocka_unit_test(the_tunnel_is_named_by_the_key_that_counts),
		cmocka_unit_test(a_downgrade_shows),
		cmocka_unit_test(the_former_name_of_the_lb_mode_counts_where_only_it_is_set),
		cmocka_unit_test(the_identity_of_nodes_is_no_choice_since_1_16),
		cmocka_unit_test(who_encapsulates_is_said_with_the_reason),
		cmocka_unit_test(devices_are_listed_or_detected),
		cmocka_unit_test(sizes_are_numbers_where_the_memory_is_known),
		cmocka_unit_test(sizes_are_formulas_where_it_is_not),
		cmocka_unit_test(a_distributed_lru_makes_them_multiples_of_the_cpus),
		cmocka_unit_test(a_formula_gives_the_number_that_known_memory_does),
		cmocka_unit_test(keys_without_effect_are_told),
		cmocka_unit_test(a_ratio_that_scales_nothing_has_no_effect),
		cmocka_unit_test(what_the_agent_warns_of_is_a_warning),
		cmocka_unit_test(defaults_are_never_told_as_ignored),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
