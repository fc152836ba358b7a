// SPDX-License-Identifier: BSD-2-Clause
/* What the audit looks at: netlink messages, good and hostile, and files of /proc, into struct audit_facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h> /* before the kernel headers that would define the same */
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/facts.h"
#include "probe/facts_audit_netlink.h"
#include "probe/facts_netlink.h"
#include "probe/facts_xtables.h"
#include "tests/unit/netlink_message.h"

static struct audit_facts audit;

static int reset(void **state)
{
	(void)state;
	audit = (struct audit_facts){ 0 };
	return 0;
}

static struct nlmsghdr *rule_message(uint8_t family, uint32_t priority, uint32_t table)
{
	struct fib_rule_hdr header = { .family = family, .action = FR_ACT_TO_TBL };
	struct nlmsghdr *nlh = message(RTM_NEWRULE, &header, sizeof(header));

	mnl_attr_put_u32(nlh, FRA_PRIORITY, priority);
	mnl_attr_put_u32(nlh, FRA_TABLE, table);
	return nlh;
}

static struct nlmsghdr *chain_message(uint8_t family, const char *table, const char *name)
{
	struct nfgenmsg header = { .nfgen_family = family };
	struct nlmsghdr *nlh =
		message((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWCHAIN, &header, sizeof(header));

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, name);
	return nlh;
}

static void put_hook(struct nlmsghdr *nlh, uint32_t hook, uint32_t rules)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);

	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(hook));
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u32(nlh, NFTA_CHAIN_USE, htonl(rules));
}

static void take_rule(const struct nlmsghdr *nlh)
{
	assert_int_equal(facts_audit_rule_message(nlh, &audit), MNL_CB_OK);
}

static void take_chain(const struct nlmsghdr *nlh)
{
	assert_int_equal(facts_audit_nft_message(nlh, &audit), MNL_CB_OK);
}

static void refuse(mnl_cb_t fn, const struct nlmsghdr *nlh)
{
	errno = 0;
	assert_int_equal(fn(nlh, &audit), MNL_CB_ERROR);
	assert_int_equal(errno, EBADMSG);
}

static void the_kernels_own_rules_are_passed_over(void **state)
{
	(void)state;
	take_rule(rule_message(AF_INET, 0, RT_TABLE_LOCAL));
	take_rule(rule_message(AF_INET, 32766, RT_TABLE_MAIN));
	take_rule(rule_message(AF_INET, 32767, RT_TABLE_DEFAULT));
	take_rule(rule_message(AF_INET6, 32766, RT_TABLE_MAIN));
	assert_int_equal(audit.rule_total, 0);
	take_rule(rule_message(AF_INET, 32766, 77));
	assert_int_equal(audit.rule_count, 1);
	assert_string_equal(audit.rules[0].selector, "from all");
}

static void a_rule_is_told_by_its_selector(void **state)
{
	struct fib_rule_hdr header = {
		.family = AF_INET, .src_len = 8, .action = FR_ACT_TO_TBL, .table = 99
	};
	struct nlmsghdr *nlh = message(RTM_NEWRULE, &header, sizeof(header));

	(void)state;
	mnl_attr_put_u32(nlh, FRA_SRC, htonl(0x0a000000));
	mnl_attr_put_u32(nlh, FRA_FWMARK, 0x200);
	mnl_attr_put_u32(nlh, FRA_FWMASK, 0xf00);
	mnl_attr_put_strz(nlh, FRA_IIFNAME, "eth1");
	take_rule(nlh);
	assert_string_equal(audit.rules[0].selector, "from 10.0.0.0/8 fwmark 0x200/0xf00 iif eth1");
	assert_int_equal(audit.rules[0].table, 99);
	assert_int_equal(audit.rules[0].family, FACT_IPV4);
}

static void a_rule_with_a_selector_is_not_the_kernels_own(void **state)
{
	struct nlmsghdr *nlh = rule_message(AF_INET, 32766, RT_TABLE_MAIN);

	(void)state;
	mnl_attr_put_u32(nlh, FRA_FWMARK, 1);
	take_rule(nlh);
	assert_int_equal(audit.rule_count, 1);
}

static void more_rules_than_fit_are_counted(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FACTS_MAX_RULES + 5; i++)
		take_rule(rule_message(AF_INET, i + 1, 77));
	assert_int_equal(audit.rule_count, FACTS_MAX_RULES);
	assert_int_equal(audit.rule_total, FACTS_MAX_RULES + 5);
}

static void malformed_rules_are_refused(void **state)
{
	struct nlmsghdr *nlh = rule_message(AF_INET, 1, 77);

	(void)state;
	nlh->nlmsg_len = NLMSG_HDRLEN + 4;
	refuse(facts_audit_rule_message, nlh);
	nlh = rule_message(AF_INET, 1, 77);
	mnl_attr_put_u16(nlh, FRA_FWMARK, 1);
	refuse(facts_audit_rule_message, nlh);
	nlh = rule_message(AF_INET, 1, 77);
	mnl_attr_put_u64(nlh, FRA_SRC, 1);
	refuse(facts_audit_rule_message, nlh);
	nlh = rule_message(AF_INET, 1, 77);
	mnl_attr_put_strz(nlh, FRA_IIFNAME, "a name that is too long for any device");
	refuse(facts_audit_rule_message, nlh);
}

static void base_chains_at_hooks_of_forwarded_packets_are_kept(void **state)
{
	struct nlmsghdr *nlh = chain_message(NFPROTO_IPV4, "filter", "FORWARD");

	(void)state;
	put_hook(nlh, NF_INET_FORWARD, 3);
	take_chain(nlh);
	nlh = chain_message(NFPROTO_INET, "fw", "in");
	put_hook(nlh, NF_INET_LOCAL_IN, 3);
	take_chain(nlh);
	nlh = chain_message(NFPROTO_INET, "fw", "empty");
	put_hook(nlh, NF_INET_FORWARD, 0);
	take_chain(nlh);
	nlh = chain_message(NFPROTO_BRIDGE, "br", "FORWARD");
	put_hook(nlh, NF_INET_FORWARD, 3);
	take_chain(nlh);
	assert_int_equal(audit.chain_count, 1);
	assert_string_equal(audit.chains[0].family, "ip");
	assert_string_equal(audit.chains[0].hook, "forward");
	assert_int_equal(audit.chains[0].rules, 3);
}

static void owners_are_known_by_names_of_tables_and_chains(void **state)
{
	(void)state;
	take_chain(chain_message(NFPROTO_IPV4, "filter", "KUBE-FIREWALL"));
	assert_int_equal(audit.owners, 0);
	take_chain(chain_message(NFPROTO_IPV4, "kube-proxy", "services"));
	assert_int_equal(audit.owners, FACT_OWNER_KUBE_PROXY);
	take_chain(chain_message(NFPROTO_IPV4, "nat", "ISTIO_POSTRT"));
	take_chain(chain_message(NFPROTO_IPV4, "nat", "CILIUM_POST_nat"));
	take_chain(chain_message(NFPROTO_INET, "talos", "ingress"));
	assert_int_equal(audit.owners, (1 << FACT_OWNER_BITS) - 1);
}

static void names_of_chains_may_be_anything(void **state)
{
	char name[200];
	struct nlmsghdr *nlh;

	(void)state;
	memset(name, '\x1b', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	nlh = chain_message(NFPROTO_IPV4, "filter", name);
	put_hook(nlh, NF_INET_PRE_ROUTING, 1);
	take_chain(nlh);
	assert_int_equal(strlen(audit.chains[0].name), FACTS_NAME_MAX - 1);
	assert_null(strchr(audit.chains[0].name, '\x1b'));
}

static void malformed_chains_are_refused(void **state)
{
	struct nlmsghdr *nlh = chain_message(NFPROTO_IPV4, "filter", "FORWARD");

	(void)state;
	mnl_attr_put_u16(nlh, NFTA_CHAIN_USE, 1);
	refuse(facts_audit_nft_message, nlh);
	nlh = chain_message(NFPROTO_IPV4, "filter", "FORWARD");
	nlh->nlmsg_len = NLMSG_HDRLEN + 1;
	refuse(facts_audit_nft_message, nlh);
}

static void routes_are_counted_by_table_and_family(void **state)
{
	(void)state;
	facts_audit_note_route(&audit, FACT_IPV4, RT_TABLE_MAIN);
	facts_audit_note_route(&audit, FACT_IPV4, RT_TABLE_LOCAL);
	facts_audit_note_route(&audit, FACT_IPV4, 200);
	facts_audit_note_route(&audit, FACT_IPV6, 200);
	facts_audit_note_route(&audit, FACT_IPV4, 200);
	for (uint32_t i = 0; i < 2 * FACTS_MAX_TABLES; i++)
		facts_audit_note_route(&audit, FACT_IPV4, 1000 + i);
	assert_int_equal(audit.table_count, FACTS_MAX_TABLES);
	assert_int_equal(audit.tables[0].routes, 2);
	assert_int_equal(audit.tables[1].family, FACT_IPV6);
}

static void local_addresses_leave_out_loopback_and_are_bounded(void **state)
{
	(void)state;
	facts_audit_note_local(&audit, 1, htonl(0x7f000001));
	assert_int_equal(audit.local_count, 0);
	for (uint32_t i = 0; i < 2 * FACTS_MAX_LOCALS; i++)
		facts_audit_note_local(&audit, 1, htonl(0x0a000001 + i));
	assert_int_equal(audit.local_count, FACTS_MAX_LOCALS);
}

static void forwarding_and_rp_filter_come_with_the_link(void **state)
{
	uint32_t values[IPV4_DEVCONF_MAX] = { 0 };
	struct ifinfomsg ifi = { .ifi_index = 2 };
	static struct node_facts facts;
	struct facts_reader reader = { .facts = &facts };
	struct nlmsghdr *nlh = message(RTM_NEWLINK, &ifi, sizeof(ifi));
	struct nlattr *spec, *inet;

	(void)state;
	values[IPV4_DEVCONF_FORWARDING - 1] = 1;
	values[IPV4_DEVCONF_RP_FILTER - 1] = 2;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0");
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet = mnl_attr_nest_start(nlh, AF_INET);
	mnl_attr_put(nlh, IFLA_INET_CONF, sizeof(values), values);
	mnl_attr_nest_end(nlh, inet);
	mnl_attr_nest_end(nlh, spec);
	assert_int_equal(facts_netlink_message(nlh, &reader), MNL_CB_OK);
	assert_true(facts.devices[0].has_conf4 && facts.devices[0].forwarding4);
	assert_int_equal(facts.devices[0].rp_filter4, 2);
}

static void mounts_are_counted_where_they_matter(void **state)
{
	(void)state;
	facts_audit_take_mounts(
		"24 1 0:22 / /sys/fs/bpf rw shared:11 master:2 - bpf bpf rw,mode=700\n"
		"25 24 0:23 / /sys/fs/bpf rw - bpf none rw\n"
		"26 1 0:24 / /run/other/bpf rw - bpf bpf rw\n"
		"27 1 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		"28 1 0:26 / /run/cilium/cgroupv2 rw - cgroup2 none rw\n"
		"29 1 0:27 /\n- bpf\n\n",
		&audit);
	assert_true(audit.has_mounts);
	assert_int_equal(audit.bpffs_mounts, 2);
	assert_string_equal(audit.cgroup2, "/sys/fs/cgroup/unified");
}

static void capabilities_come_from_the_effective_set(void **state)
{
	(void)state;
	facts_audit_take_status("Name:\tx\nCapPrm:\tffffffffffffffff\n", &audit);
	assert_false(audit.has_capabilities);
	facts_audit_take_status("Name:\tx\nCapEff:\t0000008000001000\n", &audit);
	assert_true(audit.has_capabilities);
	assert_int_equal(audit.capabilities, FACT_CAP_BPF | FACT_CAP_NET_ADMIN);
}

static void lockdown_is_the_word_in_brackets(void **state)
{
	(void)state;
	facts_audit_take_lockdown("none integrity confidentiality", &audit);
	assert_string_equal(audit.lockdown, "");
	facts_audit_take_lockdown("none [integrity] confidentiality", &audit);
	assert_string_equal(audit.lockdown, "integrity");
	facts_audit_take_lockdown("[a word that is longer than any mode]", &audit);
	assert_string_equal(audit.lockdown, "integrity");
}

/* An entry that begins a user-defined chain. */
struct chain_head {
	struct ipt_entry entry;
	struct xt_error_target target;
};

static struct chain_head chain_head(const char *name)
{
	struct chain_head head = { .entry = { .target_offset = sizeof(struct ipt_entry),
					      .next_offset = sizeof(struct chain_head) } };

	snprintf(head.target.target.u.user.name, sizeof(head.target.target.u.user.name), "ERROR");
	snprintf(head.target.errorname, sizeof(head.target.errorname), "%s", name);
	return head;
}

static void owners_of_legacy_chains_are_known_by_name(void **state)
{
	const struct chain_head heads[] = { chain_head("KUBE-MARK-MASQ"),
					    chain_head("KUBE-SERVICES") };

	(void)state;
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads[0])), 0);
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads)), FACT_OWNER_KUBE_PROXY);
}

static void malformed_legacy_entries_end_the_search(void **state)
{
	struct chain_head heads[] = { chain_head("x"), chain_head("KUBE-SERVICES") };

	(void)state;
	heads[0].entry.next_offset = 0;
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads)), 0);
	heads[0].entry.next_offset = 65535;
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads)), 0);
	heads[0].entry.next_offset = sizeof(heads[0]);
	heads[0].entry.target_offset = 65535;
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads)), FACT_OWNER_KUBE_PROXY);
	memset(heads[1].target.errorname, 'x', sizeof(heads[1].target.errorname));
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads)), 0);
	assert_int_equal(facts_xtables_owners(heads, sizeof(heads[0]) + 7), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_kernels_own_rules_are_passed_over),
		TEST(a_rule_is_told_by_its_selector),
		TEST(a_rule_with_a_selector_is_not_the_kernels_own),
		TEST(more_rules_than_fit_are_counted),
		TEST(malformed_rules_are_refused),
		TEST(base_chains_at_hooks_of_forwarded_packets_are_kept),
		TEST(owners_are_known_by_names_of_tables_and_chains),
		TEST(names_of_chains_may_be_anything),
		TEST(malformed_chains_are_refused),
		TEST(routes_are_counted_by_table_and_family),
		TEST(local_addresses_leave_out_loopback_and_are_bounded),
		TEST(forwarding_and_rp_filter_come_with_the_link),
		TEST(mounts_are_counted_where_they_matter),
		TEST(capabilities_come_from_the_effective_set),
		TEST(lockdown_is_the_word_in_brackets),
		TEST(owners_of_legacy_chains_are_known_by_name),
		TEST(malformed_legacy_entries_end_the_search),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
