// SPDX-License-Identifier: BSD-2-Clause
/*
 * Replays what real agents decided: each row of data/verdicts/<version>.jsonl is a config, a
 * kernel and a node with the agent's outcome, and ours must be the same in mode, first cause,
 * masquerade, devices, map sizes and status lines. Run from the top of the tree. Header contents
 * of the rows are not compared here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/entries.h"
#include "config/map_sizes.h"
#include "probe/verdict.h"
#include "tests/unit/row_outcome.h"

#define ROWS "tests/unit/data/verdicts/%s.jsonl"
#define MAX_ROWS 1024

static const char *const versions[] = { "1.12.1",  "1.13.18", "1.14.5", "1.15.19",
					"1.16.19", "1.17.13", "1.18.7", "1.19.0" };

/* 1 when the agent would refuse a value while it reads the config. */
static size_t read_config(const json_t *row, struct options *opts)
{
	json_t *config = json_object_get(row, "config"), *env = json_object_get(row, "env");
	struct cilium_version version;
	_cleanup_diag_ struct diag_list diags = { 0 };
	struct entry entries[128];
	size_t count = 0, refused = 0;
	const char *key;
	json_t *value;

	json_object_foreach(config, key, value)
	{
		assert_true(count < ARRAY_SIZE(entries));
		entries[count++] = (struct entry){ .key = key, .text = json_string_value(value) };
	}
	assert_int_equal(release_parse(row_text(row, "version"), &version), 0);
	assert_int_equal(options_init(opts, version.release), 0);
	assert_int_equal(entries_apply(entries, count, false, opts, &diags, &refused), 0);
	json_object_foreach(env, key, value)
		assert_int_equal(options_set_env(opts, key, json_string_value(value)), 0);
	return refused;
}

static void take_feature(struct features *features, const char *kind, const char *prog,
			 const char *name)
{
	char wanted[96];

	snprintf(wanted, sizeof(wanted), "%s/%s%s%s", kind, prog, *prog ? "/" : "", name);
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		if (!strcmp(feature_defs[i].name, wanted))
			features->items[i].value = ANSWER_NO;
}

static void read_kernel(const json_t *kernel, struct features *features)
{
	const json_t *item;
	size_t i;

	features_assume_all(features, "");
	json_array_foreach(json_object_get(kernel, "missing_helpers"), i, item)
	{
		const char *helper = json_string_value(json_array_get(item, 1));

		assert_memory_equal(helper, "bpf_", 4);
		take_feature(features, "helper", json_string_value(json_array_get(item, 0)),
			     helper + 4);
	}
	json_array_foreach(json_object_get(kernel, "missing_attach"), i, item)
	{
		const char *hook = json_string_value(item);

		take_feature(features, "attach", "", hook);
		for (size_t n = 0; !strcmp(hook, "eperm") && n < FEATURE__COUNT; n++)
			if (feature_defs[n].kind == FEATURE_KIND_CGROUP_ATTACH)
				features->items[n].value = ANSWER_NO;
	}
	if (json_is_true(json_object_get(kernel, "no_lru")))
		take_feature(features, "map", "", "lru_hash");
	if (json_is_true(json_object_get(kernel, "no_lpm")))
		take_feature(features, "map", "", "lpm_trie");
	if (json_is_true(json_object_get(kernel, "no_large_insn")))
		take_feature(features, "program", "", "large");
	if (json_is_true(json_object_get(kernel, "no_xfrm_output_mask")))
		take_feature(features, "xfrm", "", "output_mask");
}

/* "10.0.0.1/24" without the prefix length. */
static void cut_address(const json_t *cidr, char out[INET6_ADDRSTRLEN])
{
	const char *text = json_string_value(cidr);

	snprintf(out, INET6_ADDRSTRLEN, "%.*s", (int)strcspn(text, "/"), text);
}

static void read_device(const json_t *device, unsigned int ifindex, struct fact_device *out)
{
	const char *kind = row_text(device, "kind");
	bool is_l3 = !strcmp(kind, "l3"), is_nic = is_l3 || !strcmp(kind, "ethernet");
	char text[INET6_ADDRSTRLEN];
	const json_t *address;
	size_t i;

	*out = (struct fact_device){ .ifindex = ifindex, .is_up = true, .mac_len = is_l3 ? 0 : 6 };
	snprintf(out->name, sizeof(out->name), "%s", row_text(device, "name"));
	snprintf(out->kind, sizeof(out->kind), "%s", is_nic ? "" : kind);
	json_array_foreach(json_object_get(device, "ip4"), i, address)
	{
		cut_address(address, text);
		assert_int_equal(parse_ipv4(text, &out->ip4[out->ip4_count++]), 0);
		out->ip4_global++;
		out->has_unicast_route |= FACT_IPV4;
	}
	json_array_foreach(json_object_get(device, "ip6"), i, address)
	{
		cut_address(address, text);
		assert_int_equal(inet_pton(AF_INET6, text, out->ip6[out->ip6_count++]), 1);
		out->has_unicast_route |= FACT_IPV6;
	}
	if (json_is_true(json_object_get(device, "default_route")))
		out->has_default_route = out->has_unicast_route;
}

static void read_node(const json_t *row, struct node_facts *facts)
{
	const json_t *sysctl = json_object_get(row, "sysctl"), *device;
	const char *range = row_text(sysctl, "net.ipv4.ip_local_port_range");
	unsigned int first = 32768, last = 60999;
	size_t i;

	*facts = (struct node_facts){ .devices_known = true, .has_ip_local_port_range = true };
	json_array_foreach(json_object_get(row, "devices"), i, device)
		read_device(device, (unsigned int)i + 2, &facts->devices[facts->device_count++]);
	if (parse_ipv4(row_text(row, "node_ip"), &facts->node_ip))
		facts->node_ip = 0;
	if (*range)
		assert_int_equal(sscanf(range, "%u %u", &first, &last), 2);
	facts->ip_local_port_range[0] = (uint16_t)first;
	facts->ip_local_port_range[1] = (uint16_t)last;
	snprintf(facts->ip_local_reserved_ports, sizeof(facts->ip_local_reserved_ports), "%s",
		 row_text(sysctl, "net.ipv4.ip_local_reserved_ports"));
	assert_int_equal(parse_cidr4("10.233.64.0/24", &facts->pod_cidr), 0);
	facts->has_pod_cidr = true;
	facts->mem_total = (uint64_t)json_integer_value(json_object_get(row, "mem_total"));
	facts->possible_cpus = 2;
}

/* Some classes are several rules of ours. */
static bool is_known_class(const char *class, const char *rule)
{
	bool is_known = false;

	for (size_t i = 0; i < ARRAY_SIZE(row_causes); i++) {
		if (strcmp(row_causes[i].class, class))
			continue;
		if (!strcmp(row_causes[i].rule, rule))
			return true;
		is_known = true;
	}
	if (is_known)
		fail_msg("the agent's reason is %s, ours %s", class, rule);
	return false;
}

static void check_cause(const struct verdict *v, const json_t *outcome)
{
	const char *class = row_reason_class(outcome);

	if (v->mode == VERDICT_BPF)
		return;
	assert_true(v->count > 0);
	if (!is_known_class(class, rule_defs[v->findings[0].rule].name))
		fail_msg("no rule is known for the agent's reason %s", class);
}

/* What the rows do not state: link-local addresses, and the IPv6 pod CIDR. */
static bool is_unstated(const char *text)
{
	return !strncmp(text, "fe80::", 6) || !strncmp(text, "fd01::/96", 9);
}

static void drop_blanks(char *text)
{
	char *out = text;

	while (*text) {
		if (is_unstated(text))
			text += strcspn(text, " \t]");
		else if (isspace((unsigned char)*text))
			text++;
		else
			*out++ = *text++;
	}
	*out = '\0';
}

static void check_line(const json_t *status, const char *key, char *ours)
{
	char agents[512];

	snprintf(agents, sizeof(agents), "%s", row_text(status, key));
	drop_blanks(agents);
	drop_blanks(ours);
	assert_string_equal(ours, agents);
}

static void check_status(const struct verdict *v, const struct options *opts,
			 const struct node_facts *facts, const json_t *status)
{
	char line[512];

	if (!json_object_size(status))
		return;
	verdict_status_kpr(v, opts, facts, line, sizeof(line));
	check_line(status, "KubeProxyReplacement", line);
	verdict_status_routing(v, line, sizeof(line));
	check_line(status, verdict_status_routing_key(v->release), line);
	verdict_status_masquerade(v, opts, facts, line, sizeof(line));
	check_line(status, "Masquerading", line);
}

static void check_devices(const struct verdict *v, const json_t *effective)
{
	const json_t *devices = json_object_get(effective, "devices");
	const char *direct = row_text(effective, "direct_routing_device");
	size_t known = 0;

	for (size_t i = 0; i < json_array_size(devices); i++) {
		const char *name = json_string_value(json_array_get(devices, i));

		if (!strcmp(name, v->unknown_device))
			continue;
		assert_true(known < v->device_count);
		assert_string_equal(v->devices[known++]->name, name);
	}
	assert_int_equal(known, v->devices_in_use ? v->device_count : 0);
	if (v->direct_routing_device)
		assert_string_equal(v->direct_routing_device->name, direct);
	else if (v->release >= CILIUM_1_15)
		assert_string_equal(direct, "");
}

static void check_socket_lb(const struct verdict *v, const json_t *effective)
{
	const json_t *both = json_object_get(effective, "socket_lb");

	if (!json_object_get(effective, "socket_lb_tcp")) {
		assert_int_equal(v->socket_lb_tcp, json_is_true(both));
		assert_int_equal(v->socket_lb_udp, json_is_true(both));
		return;
	}
	assert_int_equal(v->socket_lb_tcp,
			 json_is_true(json_object_get(effective, "socket_lb_tcp")));
	assert_int_equal(v->socket_lb_udp,
			 json_is_true(json_object_get(effective, "socket_lb_udp")));
}

/* Older rows have `tunnel`, newer ones a routing mode and a protocol. */
static void check_tunnel(const struct verdict *v, const json_t *effective)
{
	const char *tunnel = row_text(effective, "tunnel"),
		   *mode = row_text(effective, "routing_mode");

	assert_int_equal(v->tunnel,
			 (*tunnel && strcmp(tunnel, "disabled")) || !strcmp(mode, "tunnel"));
	if (v->tunnel && *mode)
		assert_string_equal(v->tunnel_protocol, row_text(effective, "tunnel_protocol"));
}

static void check_size(const json_t *sizes, const char *key, int64_t size)
{
	const json_t *agents = json_object_get(sizes, key);

	if (json_is_integer(agents) && json_integer_value(agents) != size)
		fail_msg("%s: %lld, not %lld", key, (long long)size,
			 (long long)json_integer_value(agents));
}

static void check_sizes(const struct options *opts, const struct node_facts *facts,
			const json_t *sizes)
{
	struct map_memory memory = { facts->mem_total, facts->possible_cpus };
	struct map_sizes ours;

	map_sizes_read(opts, &memory, &ours);
	check_size(sizes, "ct_tcp", ours.ct_tcp);
	check_size(sizes, "ct_any", ours.ct_any);
	check_size(sizes, "nat", ours.nat);
	check_size(sizes, "neigh", ours.neigh);
	check_size(sizes, "sockrev", ours.sock_rev);
	check_size(sizes, "policy", ours.policy);
	check_size(sizes, "lb", ours.lb);
	check_size(sizes, "frag", ours.fragments);
}

static void check_effective(const struct verdict *v, const json_t *effective)
{
	assert_int_equal(v->nodeport, json_is_true(json_object_get(effective, "nodeport")));
	assert_int_equal(v->masquerade_ipv4, json_is_true(json_object_get(effective, "ipv4_masq")));
	assert_int_equal(v->masquerade_ipv6, json_is_true(json_object_get(effective, "ipv6_masq")));
	check_socket_lb(v, effective);
	check_tunnel(v, effective);
	/* Of 1.19 the device stage was not run. */
	if (json_object_get(effective, "devices"))
		check_devices(v, effective);
}

static void replay(const json_t *row)
{
	const json_t *outcome = json_object_get(row, "outcome");
	const char *mode = row_text(outcome, "mode");
	_cleanup_options_ struct options opts = { 0 };
	static struct node_facts facts;
	static struct features features;
	struct verdict v;

	if (read_config(row, &opts)) {
		assert_string_equal(mode, "fatal");
		assert_memory_equal(row_text(outcome, "reason_class"), "bad-value:", 10);
		return;
	}
	read_kernel(json_object_get(row, "kernel"), &features);
	read_node(row, &facts);
	verdict_decide(&opts, &features, &facts, &v);
	assert_string_equal(v.mode == VERDICT_REFUSED ? "fatal" : verdict_mode_name(v.mode), mode);
	check_cause(&v, outcome);
	if (v.mode == VERDICT_REFUSED)
		return;
	assert_string_equal(masquerade_mode_name(v.masquerade), row_text(outcome, "masquerade"));
	assert_string_equal(v.kpr, row_text(outcome, "kpr"));
	check_effective(&v, json_object_get(outcome, "effective"));
	check_status(&v, &opts, &facts, json_object_get(outcome, "status"));
	check_sizes(&opts, &facts, json_object_get(outcome, "sizes"));
}

static void row_agrees_with_the_agent(void **state)
{
	replay(*state);
}

static json_t *rows[MAX_ROWS];
static size_t row_count;

static int read_rows(const char *version)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	size_t size = 0, number = 0;
	json_error_t error;
	char path[128];

	snprintf(path, sizeof(path), ROWS, version);
	file = fopen(path, "re");
	if (!file) {
		printf("Bail out! cannot open %s (run from the top of the tree)\n", path);
		return -1;
	}
	while (getline(&line, &size, file) > 0 && row_count < MAX_ROWS) {
		rows[row_count] = json_loads(line, 0, &error);
		number++;
		if (!rows[row_count++]) {
			printf("Bail out! %s:%zu: %s\n", path, number, error.text);
			return -1;
		}
	}
	return number ? 0 : -1;
}

int main(void)
{
	static struct CMUnitTest tests[MAX_ROWS];
	static char names[MAX_ROWS][128];
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (read_rows(versions[i]))
			return 1;
	for (size_t i = 0; i < row_count; i++) {
		snprintf(names[i], sizeof(names[i]), "row_agrees_with_the_agent %s %s",
			 row_text(rows[i], "version"), row_text(rows[i], "id"));
		tests[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = row_agrees_with_the_agent,
			.initial_state = rows[i],
		};
	}
	failed = _cmocka_run_group_tests("verdict_rows", tests, row_count, NULL, NULL);
	for (size_t i = 0; i < row_count; i++)
		json_decref(rows[i]);
	return failed;
}
