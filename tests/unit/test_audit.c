// SPDX-License-Identifier: BSD-2-Clause
/* The node audit: a node with nothing to find, then each finding by the fact that makes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/report_audit.h"

static struct node_facts facts;
static struct audit_facts audit;
static struct features features;
static struct audit result;

static uint32_t ip(const char *text)
{
	uint32_t ip4 = 0;

	assert_int_equal(parse_ipv4(text, &ip4), 0);
	return ip4;
}

static struct fact_device *add_device(const char *name, const char *ip4)
{
	struct fact_device *dev = &facts.devices[facts.device_count++];

	*dev = (struct fact_device){ .ifindex = (unsigned int)facts.device_count + 1,
				     .mac_len = 6,
				     .mtu = 1500,
				     .has_conf4 = true,
				     .forwarding4 = true };
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	if (ip4) {
		dev->ip4[dev->ip4_count++] = ip(ip4);
		dev->ip4_global++;
		dev->has_unicast_route = FACT_IPV4;
		facts_audit_note_local(&audit, dev->ifindex, ip(ip4));
	}
	return dev;
}

static void set_sysctl(enum fact_sysctl id, int64_t value)
{
	audit.sysctls[id] = (struct fact_number){ .known = true, .value = value };
}

/* Everything is known, nothing is wrong. */
static int faultless(void **state)
{
	static const int64_t sysctls[] = {
		[FACT_SYSCTL_BPF_JIT_ENABLE] = 1,   [FACT_SYSCTL_BPF_JIT_HARDEN] = 0,
		[FACT_SYSCTL_UNPRIVILEGED_BPF] = 2, [FACT_SYSCTL_IP_FORWARD] = 1,
		[FACT_SYSCTL_RP_FILTER_ALL] = 0,
	};
	_Static_assert(ARRAY_SIZE(sysctls) == FACT_SYSCTL__COUNT, "a value for every sysctl");

	(void)state;
	facts = (struct node_facts){ .devices_known = true };
	audit = (struct audit_facts){ .is_looked_at = true,
				      .has_rules = true,
				      .has_tables = true,
				      .has_locals = true,
				      .has_nftables = true,
				      .has_xtables = true,
				      .lockdown = "none",
				      .has_capabilities = true,
				      .capabilities = FACT_CAP_BPF | FACT_CAP_NET_ADMIN,
				      .has_mounts = true,
				      .cgroup2 = "/sys/fs/cgroup",
				      .bpffs_mounts = 1,
				      .cilium_pins = { .known = true },
				      .memlock = { .known = true, .value = 65536 } };
	for (enum fact_sysctl id = 0; id < FACT_SYSCTL__COUNT; id++)
		set_sysctl(id, sysctls[id]);
	add_device("eth0", "10.0.0.1");
	facts.node_ip = ip("10.0.0.1");
	features_assume_all(&features, "6.12.0");
	return 0;
}

static void decide(void)
{
	const struct audit_input in = { .facts = &facts, .audit = &audit, .features = &features };

	audit_decide(&in, &result);
}

static const struct audit_finding *find(const char *name)
{
	for (size_t i = 0; i < result.count; i++)
		if (!strcmp(audit_defs[result.items[i].id].name, name))
			return &result.items[i];
	return NULL;
}

/* The one finding there is, with this detail in it. */
static void only(const char *name, const char *detail)
{
	decide();
	assert_int_equal(result.count, 1);
	assert_string_equal(audit_defs[result.items[0].id].name, name);
	assert_int_equal(result.items[0].matched, ANSWER_YES);
	if (!strstr(result.items[0].detail, detail))
		fail_msg("\"%s\" is not in \"%s\"", detail, result.items[0].detail);
}

static void a_faultless_node_has_no_findings(void **state)
{
	(void)state;
	decide();
	for (size_t i = 0; i < result.count; i++)
		print_message("# %s\n", audit_defs[result.items[i].id].name);
	assert_int_equal(result.count, 0);
}

static void where_nobody_looked_nothing_is_found(void **state)
{
	(void)state;
	audit = (struct audit_facts){ 0 };
	decide();
	assert_int_equal(result.count, 0);
}

static void what_is_not_known_is_neither_found_nor_denied(void **state)
{
	(void)state;
	facts = (struct node_facts){ 0 };
	audit = (struct audit_facts){ .is_looked_at = true };
	features = (struct features){ 0 };
	decide();
	assert_int_equal(result.unknown, result.count);
	assert_int_equal(result.count, AUDIT_ID__COUNT);
}

static void add_rule(uint32_t priority, uint32_t table, const char *selector)
{
	struct fact_rule *rule = &audit.rules[audit.rule_count++];

	*rule = (struct fact_rule){ .family = FACT_IPV4, .priority = priority, .table = table };
	snprintf(rule->selector, sizeof(rule->selector), "%s", selector);
	audit.rule_total++;
}

static void ip_rules_are_found_by_kind(void **state)
{
	(void)state;
	add_rule(50, 77, "from 10.0.0.0/8");
	only("NODE-IP-RULES", "50: from 10.0.0.0/8 lookup 77");
	audit.rule_count = audit.rule_total = 0;
	add_rule(51, 78, "from all fwmark 0x40/0xff");
	only("NODE-IP-RULES-MARK", "51: from all fwmark 0x40/0xff lookup 78");
}

static void an_agents_own_rules_and_tables_are_not_found(void **state)
{
	(void)state;
	add_rule(9, 2004, "fwmark 0x200/0xf00");
	add_rule(10, 2005, "fwmark 0xa00/0xf00");
	add_rule(100, 255, "from all");
	facts_audit_note_route(&audit, FACT_IPV4, 2004);
	a_faultless_node_has_no_findings(NULL);
}

static void routes_in_other_tables_are_information(void **state)
{
	(void)state;
	facts_audit_note_route(&audit, FACT_IPV4, 254);
	facts_audit_note_route(&audit, FACT_IPV4, 200);
	facts_audit_note_route(&audit, FACT_IPV4, 200);
	only("NODE-ROUTE-TABLES", "table 200: 2 IPv4");
	assert_int_equal(audit_defs[result.items[0].id].severity, AUDIT_INFO);
}

static void addresses_on_devices_not_managed_are_found(void **state)
{
	struct fact_device *dev;

	(void)state;
	dev = add_device("dummy0", NULL);
	facts_audit_note_local(&audit, dev->ifindex, ip("10.96.0.10"));
	facts_audit_note_local(&audit, dev->ifindex, ip("127.0.0.53"));
	only("NODE-LOCAL-ADDRESS", "10.96.0.10 on dummy0");
	assert_null(strstr(result.items[0].detail, "127.0.0.53"));
}

static void the_datapaths_own_addresses_are_not_found(void **state)
{
	(void)state;
	facts_audit_note_local(&audit, add_device("cilium_host", NULL)->ifindex, ip("10.1.0.1"));
	decide();
	assert_null(find("NODE-LOCAL-ADDRESS"));
	assert_string_equal(find("NODE-CILIUM")->detail, "cilium_host");
}

static void link_local_services_are_found(void **state)
{
	(void)state;
	facts_audit_note_local(&audit, add_device("nodelocaldns", NULL)->ifindex,
			       ip("169.254.20.10"));
	only("NODE-LINK-LOCAL", "169.254.20.10 on nodelocaldns");
}

static void talos_is_known_by_its_address(void **state)
{
	(void)state;
	facts_audit_note_local(&audit, add_device("dummy0", NULL)->ifindex, ip("169.254.116.108"));
	only("NODE-TALOS-DNS", "169.254.116.108");
}

static void owners_of_netfilter_rules_are_found_even_where_one_source_is_unknown(void **state)
{
	(void)state;
	audit.owners = FACT_OWNER_ISTIO | FACT_OWNER_KUBE_PROXY;
	audit.has_xtables = false;
	decide();
	assert_int_equal(find("NODE-ISTIO-PROBES")->matched, ANSWER_YES);
	assert_int_equal(find("NODE-KUBE-PROXY")->matched, ANSWER_YES);
	audit.owners = 0;
	decide();
	assert_int_equal(find("NODE-ISTIO-PROBES")->matched, ANSWER_UNKNOWN);
}

static void kube_proxy_in_ipvs_mode_is_known_by_its_device(void **state)
{
	(void)state;
	facts_audit_note_local(&audit, add_device("kube-ipvs0", NULL)->ifindex, ip("10.96.0.1"));
	only("NODE-KUBE-PROXY", "kube-ipvs0");
}

static void a_node_ip_elsewhere_is_found(void **state)
{
	struct fact_device *lo = add_device("lo", NULL);

	(void)state;
	lo->is_loopback = true;
	lo->ip4[lo->ip4_count++] = ip("10.9.9.9");
	facts_audit_note_local(&audit, lo->ifindex, ip("10.9.9.9"));
	facts.node_ip = ip("10.9.9.9");
	only("NODE-IP-DEVICE", "10.9.9.9 is on lo");
	facts.node_ip = ip("10.8.8.8");
	decide();
	assert_string_equal(find("NODE-IP-DEVICE")->detail, "10.8.8.8 is on no device");
}

static void l3_and_small_devices_are_found(void **state)
{
	struct fact_device *wg;

	(void)state;
	wg = add_device("wg0", "100.64.0.1");
	wg->mac_len = 0;
	wg->mtu = 1280;
	decide();
	assert_string_equal(find("NODE-L3-DEVICE")->detail, "wg0");
	assert_string_equal(find("NODE-SMALL-MTU")->detail, "wg0: 1280 of 1500");
	assert_string_equal(find("NODE-SEVERAL-DEVICES")->detail, "eth0, wg0");
}

static void netfilter_rules_are_found_but_for_kube_proxys_own_table(void **state)
{
	(void)state;
	audit.chains[0] = (struct fact_chain){ "ip", "filter", "FORWARD", "forward", 3 };
	audit.chains[1] =
		(struct fact_chain){ "ip", "kube-proxy", "nat-prerouting", "prerouting", 1 };
	audit.chain_count = 2;
	only("NODE-NETFILTER", "ip filter FORWARD: 3");
	assert_null(strstr(result.items[0].detail, "kube-proxy"));
	audit.chain_count = 0;
	audit.xtables[audit.xtable_count++] = (struct fact_xtable){ FACT_IPV6, "nat", 2 };
	only("NODE-IPTABLES-LEGACY", "ip6 nat: 2");
}

static void sysctls_are_found(void **state)
{
	(void)state;
	set_sysctl(FACT_SYSCTL_IP_FORWARD, 0);
	facts.devices[0].forwarding4 = false;
	only("NODE-IP-FORWARD", "");
	set_sysctl(FACT_SYSCTL_IP_FORWARD, 1);
	only("NODE-DEVICE-FORWARDING", "eth0");
	facts.devices[0].forwarding4 = true;
	facts.devices[0].rp_filter4 = 1;
	only("NODE-RP-FILTER", "eth0");
	set_sysctl(FACT_SYSCTL_RP_FILTER_ALL, 2);
	a_faultless_node_has_no_findings(NULL);
	set_sysctl(FACT_SYSCTL_BPF_JIT_ENABLE, 0);
	only("NODE-JIT-OFF", "");
	set_sysctl(FACT_SYSCTL_BPF_JIT_ENABLE, 1);
	set_sysctl(FACT_SYSCTL_BPF_JIT_HARDEN, 2);
	only("NODE-JIT-HARDEN", "");
	set_sysctl(FACT_SYSCTL_BPF_JIT_HARDEN, 1);
	set_sysctl(FACT_SYSCTL_UNPRIVILEGED_BPF, 0);
	only("NODE-UNPRIVILEGED-BPF", "");
}

static void lockdown_mounts_and_capabilities_are_found(void **state)
{
	(void)state;
	facts_audit_take_lockdown("none [integrity] confidentiality\n", &audit);
	only("NODE-LOCKDOWN", "");
	facts_audit_take_lockdown("none integrity [confidentiality]\n", &audit);
	only("NODE-LOCKDOWN-CONFIDENTIALITY", "");
	facts_audit_take_lockdown("[none] integrity confidentiality\n", &audit);
	audit.capabilities = FACT_CAP_SYS_ADMIN;
	only("NODE-CAPABILITIES", "CAP_NET_ADMIN");
	audit.capabilities = FACT_CAP_SYS_ADMIN | FACT_CAP_NET_ADMIN;
	audit.cgroup2[0] = '\0';
	only("NODE-CGROUP2", "");
	snprintf(audit.cgroup2, sizeof(audit.cgroup2), "/x");
	audit.bpffs_mounts = 0;
	only("NODE-BPFFS", "");
	audit.bpffs_mounts = 2;
	only("NODE-BPFFS-STACKED", "2 mounts");
}

static void a_low_memlock_counts_only_on_kernels_that_charge_it(void **state)
{
	(void)state;
	features_assume_all(&features, "5.10.0");
	decide();
	assert_non_null(find("NODE-POD-COUNTERS"));
	assert_string_equal(find("NODE-MEMLOCK")->detail, "65536 bytes");
	audit.memlock.value = FACT_MEMLOCK_UNLIMITED;
	decide();
	assert_null(find("NODE-MEMLOCK"));
}

static void an_agent_is_known_by_its_pins(void **state)
{
	(void)state;
	audit.cilium_pins.value = 3;
	only("NODE-CILIUM", "3 pins");
	facts.devices[0].kind[0] = '\0';
	audit.cilium_pins = (struct fact_number){ 0 };
	decide();
	assert_int_equal(find("NODE-CILIUM")->matched, ANSWER_UNKNOWN);
}

static void netkit_is_found(void **state)
{
	(void)state;
	snprintf(facts.devices[0].kind, sizeof(facts.devices[0].kind), "netkit");
	only("NODE-NETKIT", "eth0");
}

static void problems_come_first_and_the_unknown_last(void **state)
{
	(void)state;
	audit.lockdown[0] = '\0';
	add_rule(50, 77, "from all");
	facts_audit_note_route(&audit, FACT_IPV4, 200);
	audit.bpffs_mounts = 2;
	decide();
	assert_int_equal(result.count, 5);
	assert_int_equal(audit_defs[result.items[0].id].severity, AUDIT_PROBLEM);
	assert_int_equal(audit_defs[result.items[1].id].severity, AUDIT_WARNING);
	assert_int_equal(audit_defs[result.items[2].id].severity, AUDIT_INFO);
	assert_int_equal(result.items[3].matched, ANSWER_UNKNOWN);
	assert_int_equal(result.unknown, 2);
}

static void a_list_that_does_not_fit_says_so(void **state)
{
	const char *detail;

	(void)state;
	for (int i = 0; i < FACTS_MAX_RULES; i++)
		add_rule(50, 77, "from 10.0.0.0/8 iif eth0 oif eth1");
	decide();
	detail = result.items[0].detail;
	assert_true(strlen(detail) < AUDIT_DETAIL_MAX);
	assert_string_equal(detail + strlen(detail) - 3, "...");
}

static void names_are_unique_and_texts_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < AUDIT_ID__COUNT; i++) {
		assert_memory_equal(audit_defs[i].name, "NODE-", 5);
		assert_true(*audit_defs[i].text && *audit_defs[i].consequence &&
			    *audit_defs[i].fix);
		for (size_t n = 0; n < i; n++)
			assert_string_not_equal(audit_defs[n].name, audit_defs[i].name);
	}
}

static void text_and_json_show_the_same_findings(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };
	_cleanup_free_ char *text = NULL;
	json_t *list, *first;

	(void)state;
	audit.bpffs_mounts = 2;
	audit.lockdown[0] = '\0';
	facts_audit_note_route(&audit, FACT_IPV4, 200);
	decide();
	report_put_audit(&b, &result, false);
	assert_int_equal(buf_take(&b, &text), 0);
	assert_non_null(strstr(text, "\nNode:\n  NODE-BPFFS-STACKED: problem: "));
	assert_non_null(strstr(text, "not known: NODE-LOCKDOWN, NODE-LOCKDOWN-CONFIDENTIALITY\n"));
	assert_non_null(strstr(text, "for information: 1 (--verbose lists them)\n"));
	assert_null(strstr(text, "NODE-ROUTE-TABLES"));
	list = report_audit_json(&result);
	assert_int_equal(json_array_size(list), 4);
	first = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(first, "id")), "NODE-BPFFS-STACKED");
	assert_string_equal(json_string_value(json_object_get(first, "severity")), "problem");
	assert_string_equal(json_string_value(json_object_get(first, "detail")), "2 mounts");
	json_decref(list);
}

#define TEST(name) cmocka_unit_test_setup(name, faultless)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_faultless_node_has_no_findings),
		TEST(where_nobody_looked_nothing_is_found),
		TEST(what_is_not_known_is_neither_found_nor_denied),
		TEST(ip_rules_are_found_by_kind),
		TEST(an_agents_own_rules_and_tables_are_not_found),
		TEST(routes_in_other_tables_are_information),
		TEST(addresses_on_devices_not_managed_are_found),
		TEST(the_datapaths_own_addresses_are_not_found),
		TEST(link_local_services_are_found),
		TEST(talos_is_known_by_its_address),
		TEST(owners_of_netfilter_rules_are_found_even_where_one_source_is_unknown),
		TEST(kube_proxy_in_ipvs_mode_is_known_by_its_device),
		TEST(a_node_ip_elsewhere_is_found),
		TEST(l3_and_small_devices_are_found),
		TEST(netfilter_rules_are_found_but_for_kube_proxys_own_table),
		TEST(sysctls_are_found),
		TEST(lockdown_mounts_and_capabilities_are_found),
		TEST(a_low_memlock_counts_only_on_kernels_that_charge_it),
		TEST(an_agent_is_known_by_its_pins),
		TEST(netkit_is_found),
		TEST(problems_come_first_and_the_unknown_last),
		TEST(a_list_that_does_not_fit_says_so),
		TEST(names_are_unique_and_texts_complete),
		TEST(text_and_json_show_the_same_findings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
