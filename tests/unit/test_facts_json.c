// SPDX-License-Identifier: BSD-2-Clause
/*
 * Node-facts files: what they say arrives in the struct, what is written is read back, what is wrong is refused
 * with its place, and rows of what the real agent decided can be decided through such a file. Run from the top
 * of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/facts_json.h"

#define SCHEMA "\"schema\": \"hostroute.node/1\""
#define ROWS "tests/unit/data/verdicts/1.12.1.jsonl"
#define MAX_MESSAGE 1024

static struct node_record record;

static int parse(const char *text)
{
	return facts_json_parse(text, strlen(text), "node.json", &record);
}

static void take(const char *text)
{
	assert_int_equal(parse(text), 0);
}

/* What is said on stderr while text is refused. */
static void refusal(const char *text, char message[MAX_MESSAGE])
{
	_cleanup_fclose_ FILE *file = tmpfile();
	_cleanup_close_ int saved = -1;
	size_t len;
	int err;

	assert_non_null(file);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	err = parse(text);
	fflush(stderr);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	rewind(file);
	len = fread(message, 1, MAX_MESSAGE - 1, file);
	message[len] = '\0';
	assert_int_not_equal(err, 0);
}

static void refuse(const char *text, const char *why)
{
	char message[MAX_MESSAGE];

	refusal(text, message);
	if (!strstr(message, why))
		fail_msg("\"%s\" is not in \"%s\"", why, message);
	assert_ptr_equal(strchr(message, '\n'), message + strlen(message) - 1);
}

static const struct answer *feature(const char *name)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		if (!strcmp(feature_defs[i].name, name))
			return &record.features.items[i];
	fail_msg("no feature %s", name);
	return NULL;
}

static void what_is_absent_is_unknown(void **state)
{
	(void)state;
	take("{" SCHEMA "}");
	assert_false(record.facts.devices_known);
	assert_false(record.facts.has_ip_local_port_range);
	assert_false(record.facts.has_pod_cidr);
	assert_int_equal(record.facts.node_ip, 0);
	assert_int_equal(record.facts.mem_total, 0);
	assert_false(record.has_kernel);
	assert_false(record.audit.is_looked_at);
}

static void null_is_as_good_as_absent(void **state)
{
	(void)state;
	take("{" SCHEMA ", \"node_ip\": null, \"devices\": null, \"kernel\": null}");
	assert_false(record.facts.devices_known);
	assert_false(record.has_kernel);
}

static void a_device_has_all_that_the_verdict_looks_at(void **state)
{
	const struct fact_device *dev = &record.facts.devices[0];
	char text[IPV4_TEXT_MAX];

	(void)state;
	take("{" SCHEMA ", \"devices\": [{\"name\": \"eth0\", \"ifindex\": 4, \"kind\": \"veth\","
	     "\"mac\": \"02:00:00:00:00:07\", \"mtu\": 1400, \"master\": 9,"
	     "\"flags\": [\"up\", \"slave\"], \"ip4\": [\"10.0.0.1/24\"],"
	     "\"ip4_site\": [\"10.9.0.1\"], \"ip6\": [\"fd00::1/64\"],"
	     "\"default_route\": [\"ipv4\"], \"unicast_route\": [\"ipv4\", \"ipv6\"],"
	     "\"forwarding\": true, \"rp_filter\": 2}]}");
	assert_true(record.facts.devices_known);
	assert_string_equal(dev->kind, "veth");
	assert_int_equal(dev->mac_len, 6);
	assert_int_equal(dev->mac[5], 7);
	assert_int_equal(dev->mtu, 1400);
	assert_int_equal(dev->master, 9);
	assert_true(dev->is_up && dev->is_slave && !dev->is_loopback);
	assert_int_equal(dev->ip4_count, 2);
	assert_int_equal(dev->ip4_global, 1);
	assert_string_equal(ipv4_text(dev->ip4[1], text), "10.9.0.1");
	assert_int_equal(dev->ip6_count, 1);
	assert_int_equal(dev->ip6[0][15], 1);
	assert_int_equal(dev->has_default_route, FACT_IPV4);
	assert_int_equal(dev->has_unicast_route, FACT_IPV4 | FACT_IPV6);
	assert_true(dev->has_conf4 && dev->forwarding4);
	assert_int_equal(dev->rp_filter4, 2);
	take("{" SCHEMA ", \"devices\": [{\"name\": \"e\", \"ifindex\": 1, \"rp_filter\": 2}]}");
	assert_false(dev->has_conf4);
}

static void a_kernel_based_on_all_lacks_what_is_named(void **state)
{
	(void)state;
	take("{" SCHEMA ", \"kernel\": {\"release\": \"5.4.0\", \"base\": \"all\","
	     "\"missing_helpers\": [[\"sched_cls\", \"redirect_peer\"], [\"sched_act\", "
	     "\"bpf_fib_lookup\"]],"
	     "\"missing_attach\": [\"connect4\"], \"missing_maps\": [\"lru_hash\"],"
	     "\"missing_programs\": [\"xdp\"]}}");
	assert_true(record.has_kernel);
	assert_int_equal(record.features.kernel_5_10.value, ANSWER_NO);
	assert_int_equal(feature("helper/sched_cls/redirect_peer")->value, ANSWER_NO);
	assert_int_equal(feature("helper/sched_act/fib_lookup")->value, ANSWER_NO);
	assert_int_equal(feature("helper/sched_cls/fib_lookup")->value, ANSWER_YES);
	assert_int_equal(feature("attach/connect4")->value, ANSWER_NO);
	assert_int_equal(feature("map/lru_hash")->value, ANSWER_NO);
	assert_int_equal(feature("program/xdp")->value, ANSWER_NO);
	assert_int_equal(feature("map/hash")->value, ANSWER_YES);
	assert_int_equal(feature("map/hash")->source, SOURCE_FILE);
}

static void a_kernel_may_lack_things_by_their_short_names(void **state)
{
	(void)state;
	take("{" SCHEMA ", \"kernel\": {\"base\": \"all\", \"no_lru\": true, \"no_lpm\": false,"
	     "\"no_large_insn\": true, \"no_xfrm_output_mask\": true}}");
	assert_int_equal(feature("map/lru_hash")->value, ANSWER_NO);
	assert_int_equal(feature("map/lpm_trie")->value, ANSWER_YES);
	assert_int_equal(feature("program/large")->value, ANSWER_NO);
	assert_int_equal(feature("xfrm/output_mask")->value, ANSWER_NO);
	assert_int_equal(feature("map/hash")->value, ANSWER_YES);
}

static void eperm_is_every_attach_type_refused(void **state)
{
	(void)state;
	take("{" SCHEMA ", \"kernel\": {\"base\": \"all\", \"missing_attach\": [\"eperm\"]}}");
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++)
		assert_int_equal(record.features.items[id].value,
				 feature_defs[id].kind == FEATURE_KIND_CGROUP_ATTACH ? ANSWER_NO
										     : ANSWER_YES);
	assert_int_equal(feature("attach/connect4")->err, EPERM);
}

static void a_kernel_without_a_base_is_unknown_where_nothing_is_named(void **state)
{
	(void)state;
	take("{" SCHEMA ", \"kernel\": {\"features\": {\"map/hash\": \"yes\","
	     "\"map/array\": {\"value\": \"unknown\", \"errno\": 1, \"note\": \"no root\"},"
	     "\"of/another/build\": \"yes\"}}}");
	assert_int_equal(feature("map/hash")->value, ANSWER_YES);
	assert_int_equal(feature("map/array")->err, 1);
	assert_string_equal(feature("map/array")->note, "no root");
	assert_int_equal(feature("map/lru_hash")->value, ANSWER_UNKNOWN);
	assert_int_equal(record.features.kernel_5_10.value, ANSWER_UNKNOWN);
}

static void port_sysctls_count_only_together(void **state)
{
	(void)state;
	take("{" SCHEMA ", \"sysctl\": {\"net.ipv4.ip_local_port_range\": \"1024\\t65535\"}}");
	assert_false(record.facts.has_ip_local_port_range);
	take("{" SCHEMA ", \"sysctl\": {\"net.ipv4.ip_local_port_range\": \"1024\\t65535\","
	     "\"net.ipv4.ip_local_reserved_ports\": \"30000-32767\"}}");
	assert_true(record.facts.has_ip_local_port_range);
	assert_int_equal(record.facts.ip_local_port_range[0], 1024);
	assert_int_equal(record.facts.ip_local_port_range[1], 65535);
	assert_string_equal(record.facts.ip_local_reserved_ports, "30000-32767");
}

static void a_node_ip_may_be_ipv6(void **state)
{
	char ip[FACTS_IP_TEXT_MAX];

	(void)state;
	take("{" SCHEMA ", \"node_ip\": \"fd00:0::1\"}");
	assert_int_equal(record.facts.node_ip, 0);
	assert_true(facts_has_node_ip(&record.facts));
	assert_string_equal(facts_node_ip_text(&record.facts, ip), "fd00::1");
}

/* All that a file can say, to be written and read back. */
static const char everything[] =
	"{" SCHEMA ", \"node_ip\": \"10.0.0.1\", \"pod_cidr\": \"10.1.0.0/24\","
	"\"pod_cidr6\": \"fd01::/96\", \"mem_total\": 17179869184, \"possible_cpus\": 2,"
	"\"devices\": [{\"name\": \"lo\", \"ifindex\": 1, \"flags\": [\"loopback\"]},"
	"{\"name\": \"eth0\", \"ifindex\": 2, \"kind\": \"\", \"mac\": \"02:00:00:00:00:07\","
	"\"mtu\": 9000, \"ip4\": [\"10.0.0.1\"], \"ip4_site\": [\"10.9.0.1\"], \"ip6\": "
	"[\"fd00::1\"],"
	"\"default_route\": [\"ipv4\"], \"unicast_route\": [\"ipv6\"], \"forwarding\": false,"
	"\"rp_filter\": 1}, {\"name\": \"ib0\", \"ifindex\": 3, \"mac_len\": 20}],"
	"\"sysctl\": {\"net.ipv4.ip_local_port_range\": \"1 2\","
	"\"net.ipv4.ip_local_reserved_ports\": \"\", \"net.core.bpf_jit_harden\": \"2\"},"
	"\"kernel\": {\"release\": \"6.1.0\", \"base\": \"all\", \"missing_maps\": [\"lru_hash\"],"
	"\"features\": {\"map/array\": {\"value\": \"no\", \"errno\": 22, \"note\": \"x\"}}},"
	"\"audit\": {\"rules\": [{\"family\": \"ipv6\", \"priority\": 5, \"table\": 9,"
	"\"selector\": \"fwmark 0x1/0xff\"}], \"rule_total\": 40,"
	"\"tables\": [{\"family\": \"ipv4\", \"table\": 9, \"routes\": 3}],"
	"\"local_addresses\": [{\"device\": \"lo\", \"address\": \"169.254.20.10\"}],"
	"\"nftables\": [{\"family\": \"ip\", \"table\": \"nat\", \"name\": \"POSTROUTING\","
	"\"hook\": \"postrouting\", \"rules\": 7}], \"chain_total\": 70,"
	"\"xtables\": [{\"family\": \"ipv4\", \"name\": \"nat\", \"rules\": 1}],"
	"\"owners\": [\"kube-proxy\", \"talos\"], \"lockdown\": \"integrity\","
	"\"capabilities\": [\"bpf\"], \"cgroup2\": \"/sys/fs/cgroup\", \"bpffs_mounts\": 2,"
	"\"cilium_pins\": 4, \"memlock\": -1}}";

static void what_is_written_is_read_back(void **state)
{
	_cleanup_free_ char *text = NULL, *again = NULL;
	static struct node_record before;

	(void)state;
	take(everything);
	before = record;
	assert_int_equal(facts_json_write(&before, &text), 0);
	take(text);
	assert_memory_equal(&record.facts, &before.facts, sizeof(before.facts));
	assert_memory_equal(&record.audit, &before.audit, sizeof(before.audit));
	assert_int_equal(facts_json_write(&record, &again), 0);
	assert_string_equal(again, text);
	assert_int_equal(feature("map/lru_hash")->value, ANSWER_NO);
	assert_int_equal(feature("map/array")->err, 22);
}

static void audit_facts_arrive(void **state)
{
	const struct audit_facts *audit = &record.audit;

	(void)state;
	take(everything);
	assert_true(audit->is_looked_at && audit->has_rules && audit->has_tables);
	assert_int_equal(audit->rules[0].family, FACT_IPV6);
	assert_int_equal(audit->rule_total, 40);
	assert_int_equal(audit->tables[0].routes, 3);
	assert_int_equal(audit->locals[0].ifindex, 1);
	assert_string_equal(audit->chains[0].hook, "postrouting");
	assert_string_equal(audit->xtables[0].name, "nat");
	assert_int_equal(audit->owners, FACT_OWNER_KUBE_PROXY | FACT_OWNER_TALOS);
	assert_int_equal(audit->capabilities, FACT_CAP_BPF);
	assert_int_equal(audit->memlock.value, FACT_MEMLOCK_UNLIMITED);
	assert_int_equal(audit->sysctls[FACT_SYSCTL_BPF_JIT_HARDEN].value, 2);
	assert_false(audit->sysctls[FACT_SYSCTL_BPF_JIT_ENABLE].known);
}

static void mistakes_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *body, *why;
	} cases[] = {
		{ "\"node_ip\": \"10.0.0\"", "node.json: node_ip: not an IPv4 address" },
		{ "\"pod_cidr\": \"10.0.0.1/8\"", "pod_cidr: not an IPv4 CIDR" },
		{ "\"pod_cidr6\": \"10.0.0.0/8\"", "pod_cidr6: not an IPv6 CIDR" },
		{ "\"pod_cidr6\": \"fd01::1/96\"", "pod_cidr6: not an IPv6 CIDR" },
		{ "\"pod_cidr6\": \"fd01::/129\"", "pod_cidr6: not an IPv6 CIDR" },
		{ "\"mem_total\": -1", "mem_total: not a number" },
		{ "\"mem_total\": 1.5", "mem_total: not a number" },
		{ "\"possible_cpus\": 4294967296", "possible_cpus: too large" },
		{ "\"devices\": {}", "devices: not an array" },
		{ "\"devices\": [7]", "devices[0]: not an object" },
		{ "\"devices\": [{\"name\": \"a\"}]", "devices[0].ifindex: missing" },
		{ "\"devices\": [{\"name\": \"a\", \"ifindex\": 0}]", "ifindex 0" },
		{ "\"devices\": [{\"name\": \"0123456789abcdef\", \"ifindex\": 1}]",
		  "devices[0].name: too long" },
		{ "\"devices\": [{\"name\": \"a\", \"ifindex\": 1}, {\"name\": \"b\", \"ifindex\": "
		  "1}]",
		  "devices[1]: name or ifindex of another" },
		{ "\"devices\": [{\"name\": \"a\", \"ifindex\": 1, \"mac\": \"02:00\"}]",
		  "devices[0].mac: not a MAC" },
		{ "\"devices\": [{\"name\": \"a\", \"ifindex\": 1, \"ip4\": [\"10.0.0.1/33\"]}]",
		  "devices[0].ip4[0]: not a prefix length" },
		{ "\"devices\": [{\"name\": \"a\", \"ifindex\": 1, \"rp_filter\": 256}]",
		  "rp_filter: too large" },
		{ "\"devices\": [{\"name\": \"a\", \"ifindex\": 1, \"flags\": [\"UP\"]}]",
		  "devices[0].flags[0]: not a name" },
		{ "\"sysctl\": {\"net.ipv4.ip_local_port_range\": \"1\"}", "not two port numbers" },
		{ "\"sysctl\": {\"net.ipv4.ip_forward\": 1}",
		  "ip_forward: not a number in quotes" },
		{ "\"kernel\": {\"base\": \"most\"}", "kernel.base: not" },
		{ "\"kernel\": {\"missing_helpers\": [[\"sched_cls\", \"redirect_pear\"]]}",
		  "kernel.missing_helpers[0]: no such helper" },
		{ "\"kernel\": {\"missing_helpers\": [\"redirect_peer\"]}", "not [program type" },
		{ "\"kernel\": {\"missing_attach\": [\"connect5\"]}", "no such attach type" },
		{ "\"kernel\": {\"missing_maps\": [\"hush\"]}", "no such map type" },
		{ "\"kernel\": {\"no_lru\": 1}", "not true or false" },
		{ "\"kernel\": {\"features\": {\"map/hash\": \"maybe\"}}",
		  "kernel.features.map/hash: not" },
		{ "\"audit\": {\"rules\": [{\"family\": \"ipx\"}]}", "audit.rules[0].family" },
		{ "\"audit\": {\"local_addresses\": [{\"device\": \"d\", \"address\": "
		  "\"1.2.3.4\"}]}",
		  "audit.local_addresses[0]: no such device" },
		{ "\"audit\": {\"lockdown\": \"0123456789012345678901234\"}",
		  "audit.lockdown: too long" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "{" SCHEMA ", %s}", cases[i].body);
		refuse(text, cases[i].why);
	}
}

static void what_is_no_such_document_is_refused(void **state)
{
	(void)state;
	refuse("", "node.json:1:");
	refuse("[]", "not an object");
	refuse("{}", "schema: missing");
	refuse("{\"schema\": \"hostroute.report/1\"}", "schema: not hostroute.node/1");
	refuse("{" SCHEMA ", " SCHEMA "}", "duplicate");
	refuse("{" SCHEMA ", \"a\\u0000b\": 1}", "node.json:1:");
}

static void too_many_devices_are_refused(void **state)
{
	_cleanup_free_ char *text = malloc(65536);
	size_t len;

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, 65536, "{" SCHEMA ", \"devices\": [");
	for (int i = 0; i <= FACTS_MAX_DEVICES; i++)
		len += (size_t)snprintf(text + len, 65536 - len,
					"%s{\"name\": \"e%d\", \"ifindex\": %d}", i ? "," : "", i,
					i + 1);
	snprintf(text + len, 65536 - len, "]}");
	refuse(text, "devices: too many entries");
}

/* Every truncation of a valid file is refused, none is read beyond its end. */
static void no_truncated_file_is_taken(void **state)
{
	char message[MAX_MESSAGE];

	(void)state;
	for (size_t len = 0; len < sizeof(everything) - 1; len += 7) {
		_cleanup_free_ char *part = strndup(everything, len);

		assert_non_null(part);
		refusal(part, message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_absent_is_unknown),
		cmocka_unit_test(null_is_as_good_as_absent),
		cmocka_unit_test(a_device_has_all_that_the_verdict_looks_at),
		cmocka_unit_test(a_kernel_based_on_all_lacks_what_is_named),
		cmocka_unit_test(a_kernel_may_lack_things_by_their_short_names),
		cmocka_unit_test(eperm_is_every_attach_type_refused),
		cmocka_unit_test(a_kernel_without_a_base_is_unknown_where_nothing_is_named),
		cmocka_unit_test(port_sysctls_count_only_together),
		cmocka_unit_test(a_node_ip_may_be_ipv6),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(audit_facts_arrive),
		cmocka_unit_test(mistakes_are_refused_with_their_place),
		cmocka_unit_test(what_is_no_such_document_is_refused),
		cmocka_unit_test(too_many_devices_are_refused),
		cmocka_unit_test(no_truncated_file_is_taken),
	};

	log_init("test_facts_json", LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
