// SPDX-License-Identifier: BSD-2-Clause
/*
 * Replays what the real agent (1.12.1) decided: each row of data/verdicts/1.12.1.jsonl is a config, a kernel and
 * a node with the agent's outcome, and ours must be the same in mode, first cause, masquerade, devices and
 * status lines. Run from the top of the tree. Map sizes and header contents of the rows are not compared here.
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
#include "probe/verdict.h"

#define ROWS "tests/unit/data/verdicts/1.12.1.jsonl"
#define MAX_ROWS 512

/*
 * Whether a kernel has xfrm output marks is not asked: on an old one, as in this row, the answer is unknown,
 * and the finding must say so.
 */
#define UNASKED_ROW "k-no-xfrm-mask-ipsec-partial"
#define UNASKED_RULE RULE_IPSEC_XFRM

/* The agent's class of reason, and the rule that says the same. */
static const struct {
	const char *class;
	const char *rule;
} causes[] = {
	{ "allow-localhost", "HR-ALLOW-LOCALHOST" },
	{ "bpf-eperm", "HR-SOCKET-LB-TCP" },
	{ "bpf-masq-ipv6", "HR-MASQ-IPV6" },
	{ "ct-too-big", "HR-CT-SIZE" },
	{ "ct-too-small", "HR-CT-SIZE" },
	{ "datapath-mode-invalid", "HR-DATAPATH-MODE" },
	{ "delegated-plugin", "HR-DELEGATED-PLUGIN" },
	{ "dsr-dispatch", "HR-DSR-DISPATCH" },
	{ "dsr-ipip", "HR-DSR-IPIP" },
	{ "endpoint-routes", "HR-ENDPOINT-ROUTES" },
	{ "eni-ipv6", "HR-ENI-IPV6" },
	{ "frag-range", "HR-FRAGMENTS-SIZE" },
	{ "ipam-v2-tunnel", "HR-IPAM-V2" },
	{ "ipmasq-needs-bpf-masq", "HR-IP-MASQ-AGENT" },
	{ "ipsec-nodeport", "HR-IPSEC-NODEPORT" },
	{ "ipsec-nodeport-off", "HR-IPSEC-NODEPORT-OFF" },
	{ "iptables-masq", "HR-IPTABLES-MASQUERADE" },
	{ "kpr-disabled", "HR-KPR-DISABLED" },
	{ "l3-device", "HR-L3-DEVICE" },
	{ "masq-egress-ifaces", "HR-MASQ-EGRESS-INTERFACES" },
	{ "masq-needs-remote-node", "HR-MASQ-REMOTE-NODE" },
	{ "masq-needs-socklb", "HR-MASQ-SOCKET-LB" },
	{ "nat-over-ct", "HR-NAT-OVER-CT" },
	{ "nat-too-big", "HR-NAT-SIZE" },
	{ "nat-too-small", "HR-NAT-SIZE" },
	{ "native-cidr-missing", "HR-IPV4-NATIVE-CIDR" },
	{ "no-family", "HR-NO-FAMILY" },
	{ "no-fib-lookup", "HR-FIB-LOOKUP" },
	{ "no-lpm", "HR-SOURCE-RANGE" },
	{ "no-lru", "HR-SESSION-AFFINITY" },
	{ "no-socklb-tcp", "HR-SOCKET-LB-TCP" },
	{ "no-socklb-udp", "HR-SOCKET-LB-UDP" },
	{ "node-ip-unknown", "HR-NODE-IP-DEVICE" },
	{ "nodeport-addrs", "HR-NODEPORT-ADDRESS" },
	{ "nodeport-addrs-off", "HR-NODEPORT-ADDRESS-OFF" },
	{ "nodeport-off-silent", "HR-NODEPORT-UNSET" },
	{ "portrange-clash", "HR-PORT-RANGE" },
	{ "portrange-nodeport-off", "HR-PORT-RANGE-OFF" },
	{ "socklb-protos", "HR-SOCKET-LB-PROTOS" },
	{ "tcp-flag", "HR-TCP-FLAGS" },
	{ "tunnel-invalid", "HR-TUNNEL" },
	{ "user-forced", "HR-LEGACY-FORCED" },
	{ "wireguard", "HR-WIREGUARD" },
	{ "wireguard-ipsec", "HR-WIREGUARD-IPSEC" },
	{ "wireguard-l7", "HR-WIREGUARD-L7" },
	{ "xdp-tunnel", "HR-XDP-TUNNEL" },
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* 1 when the agent would refuse a value while it reads the config. */
static size_t read_config(json_t *config, struct options *opts)
{
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
	assert_int_equal(options_init(opts), 0);
	assert_int_equal(entries_apply(entries, count, false, opts, &diags, &refused), 0);
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
}

/* "10.0.0.1/24" without the prefix length. */
static void cut_address(const json_t *cidr, char out[INET6_ADDRSTRLEN])
{
	const char *text = json_string_value(cidr);

	snprintf(out, INET6_ADDRSTRLEN, "%.*s", (int)strcspn(text, "/"), text);
}

static void read_device(const json_t *device, unsigned int ifindex, struct fact_device *out)
{
	const char *kind = text_of(device, "kind");
	bool is_l3 = !strcmp(kind, "l3"), is_nic = is_l3 || !strcmp(kind, "ethernet");
	char text[INET6_ADDRSTRLEN];
	const json_t *address;
	size_t i;

	*out = (struct fact_device){ .ifindex = ifindex, .is_up = true, .mac_len = is_l3 ? 0 : 6 };
	snprintf(out->name, sizeof(out->name), "%s", text_of(device, "name"));
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
	const char *range = text_of(sysctl, "net.ipv4.ip_local_port_range");
	unsigned int first = 32768, last = 60999;
	size_t i;

	*facts = (struct node_facts){ .devices_known = true, .has_ip_local_port_range = true };
	json_array_foreach(json_object_get(row, "devices"), i, device)
		read_device(device, (unsigned int)i + 2, &facts->devices[facts->device_count++]);
	if (parse_ipv4(text_of(row, "node_ip"), &facts->node_ip))
		facts->node_ip = 0;
	if (*range)
		assert_int_equal(sscanf(range, "%u %u", &first, &last), 2);
	facts->ip_local_port_range[0] = (uint16_t)first;
	facts->ip_local_port_range[1] = (uint16_t)last;
	snprintf(facts->ip_local_reserved_ports, sizeof(facts->ip_local_reserved_ports), "%s",
		 text_of(sysctl, "net.ipv4.ip_local_reserved_ports"));
	assert_int_equal(parse_cidr4("10.233.64.0/24", &facts->pod_cidr), 0);
	facts->has_pod_cidr = true;
}

/* The agent logs one class for every way out of BPF masquerade; the event before it says which. */
static const char *reason_class(const json_t *outcome)
{
	const char *class = text_of(outcome, "reason_class");
	const json_t *event;
	size_t i;

	if (strcmp(class, "bpf-masq-fallback-legacy"))
		return class;
	json_array_foreach(json_object_get(outcome, "events"), i,
			   event) if (!strncmp(text_of(event, "class"), "masq-",
					       5)) return text_of(event, "class");
	return class;
}

static void check_cause(const struct verdict *v, const json_t *outcome)
{
	const char *class = reason_class(outcome);

	if (v->mode == VERDICT_BPF)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if (strcmp(causes[i].class, class))
			continue;
		assert_true(v->count > 0);
		assert_string_equal(rule_defs[v->findings[0].rule].name, causes[i].rule);
		return;
	}
	fail_msg("no rule is known for the agent's reason %s", class);
}

static void drop_blanks(char *text)
{
	char *out = text;

	for (; *text; text++)
		if (!isspace((unsigned char)*text))
			*out++ = *text;
	*out = '\0';
}

static void check_line(const json_t *status, const char *key, char *ours)
{
	char agents[512];

	snprintf(agents, sizeof(agents), "%s", text_of(status, key));
	drop_blanks(agents);
	drop_blanks(ours);
	assert_string_equal(ours, agents);
}

static void check_status(const struct verdict *v, const struct options *opts,
			 const struct node_facts *facts, const json_t *status)
{
	char line[512];

	verdict_status_kpr(v, opts, facts, line, sizeof(line));
	check_line(status, "KubeProxyReplacement", line);
	verdict_status_routing(v, line, sizeof(line));
	check_line(status, "Host Routing", line);
	verdict_status_masquerade(v, opts, facts, line, sizeof(line));
	check_line(status, "Masquerading", line);
}

static void check_devices(const struct verdict *v, const json_t *effective)
{
	const json_t *devices = json_object_get(effective, "devices");
	const char *direct = text_of(effective, "direct_routing_device");
	size_t known = 0;

	for (size_t i = 0; i < json_array_size(devices); i++) {
		const char *name = json_string_value(json_array_get(devices, i));

		if (!strcmp(name, v->unknown_device))
			continue;
		assert_true(known < v->device_count);
		assert_string_equal(v->devices[known++]->name, name);
	}
	assert_int_equal(known, v->device_count);
	if (v->direct_routing_device)
		assert_string_equal(v->direct_routing_device->name, direct);
}

static void check_effective(const struct verdict *v, const json_t *effective)
{
	const char *tunnel = text_of(effective, "tunnel");

	assert_int_equal(v->nodeport, json_is_true(json_object_get(effective, "nodeport")));
	assert_int_equal(v->socket_lb_tcp,
			 json_is_true(json_object_get(effective, "socket_lb_tcp")));
	assert_int_equal(v->socket_lb_udp,
			 json_is_true(json_object_get(effective, "socket_lb_udp")));
	assert_int_equal(v->masquerade_ipv4, json_is_true(json_object_get(effective, "ipv4_masq")));
	assert_int_equal(v->masquerade_ipv6, json_is_true(json_object_get(effective, "ipv6_masq")));
	assert_int_equal(v->tunnel, *tunnel && strcmp(tunnel, "disabled"));
	check_devices(v, effective);
}

static void replay(const json_t *row)
{
	const json_t *outcome = json_object_get(row, "outcome");
	const char *mode = text_of(outcome, "mode");
	_cleanup_options_ struct options opts = { 0 };
	static struct node_facts facts;
	static struct features features;
	struct verdict v;

	if (read_config(json_object_get(row, "config"), &opts)) {
		assert_string_equal(mode, "fatal");
		assert_memory_equal(text_of(outcome, "reason_class"), "bad-value:", 10);
		return;
	}
	read_kernel(json_object_get(row, "kernel"), &features);
	read_node(row, &facts);
	verdict_decide(&opts, &features, &facts, &v);
	assert_string_equal(v.mode == VERDICT_REFUSED ? "fatal" : verdict_mode_name(v.mode), mode);
	check_cause(&v, outcome);
	if (v.mode == VERDICT_REFUSED)
		return;
	assert_string_equal(masquerade_mode_name(v.masquerade), text_of(outcome, "masquerade"));
	assert_string_equal(v.kpr, text_of(outcome, "kpr"));
	check_effective(&v, json_object_get(outcome, "effective"));
	check_status(&v, &opts, &facts, json_object_get(outcome, "status"));
}

static void row_agrees_with_the_agent(void **state)
{
	replay(*state);
}

static void row_names_what_was_not_asked(void **state)
{
	const json_t *row = *state;
	_cleanup_options_ struct options opts = { 0 };
	static struct node_facts facts;
	static struct features features;
	struct verdict v;
	size_t i = 0;

	assert_int_equal(read_config(json_object_get(row, "config"), &opts), 0);
	read_kernel(json_object_get(row, "kernel"), &features);
	features.kernel_5_10 = (struct answer){ .value = ANSWER_NO, .source = SOURCE_UNAME };
	features.major = 4;
	features.minor = 18;
	read_node(row, &facts);
	verdict_decide(&opts, &features, &facts, &v);
	while (i < v.count && v.findings[i].rule != UNASKED_RULE)
		i++;
	assert_true(i < v.count);
	assert_int_equal(v.findings[i].matched, ANSWER_UNKNOWN);
}

static json_t *rows[MAX_ROWS];
static size_t row_count;

static int read_rows(void)
{
	_cleanup_fclose_ FILE *file = fopen(ROWS, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file) {
		printf("Bail out! cannot open %s (run from the top of the tree)\n", ROWS);
		return -1;
	}
	while (getline(&line, &size, file) > 0 && row_count < MAX_ROWS) {
		json_error_t error;

		rows[row_count] = json_loads(line, 0, &error);
		if (!rows[row_count]) {
			printf("Bail out! %s:%zu: %s\n", ROWS, row_count + 1, error.text);
			return -1;
		}
		row_count++;
	}
	return row_count ? 0 : -1;
}

int main(void)
{
	static struct CMUnitTest tests[MAX_ROWS];
	static char names[MAX_ROWS][96];
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (read_rows())
		return 1;
	for (size_t i = 0; i < row_count; i++) {
		bool asked = strcmp(text_of(rows[i], "id"), UNASKED_ROW);

		snprintf(names[i], sizeof(names[i]), "%s %s",
			 asked ? "row_agrees_with_the_agent" : "row_names_what_was_not_asked",
			 text_of(rows[i], "id"));
		tests[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func =
				asked ? row_agrees_with_the_agent : row_names_what_was_not_asked,
			.initial_state = rows[i],
		};
	}
	failed = _cmocka_run_group_tests("verdict_rows", tests, row_count, NULL, NULL);
	for (size_t i = 0; i < row_count; i++)
		json_decref(rows[i]);
	return failed;
}
