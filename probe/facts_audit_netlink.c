// SPDX-License-Identifier: BSD-2-Clause
/*
 * `ip rule` and the base chains of nf_tables, dumped for the audit. Rules of chains are not dumped: a node
 * with kube-proxy has a hundred thousand, and the use count of a base chain is their number.
 */
#include "probe/facts_audit_netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/file.h"
#include "probe/facts.h"
#include "probe/netlink.h"
#include "probe/tri.h"

#define DUMP_ATTEMPTS 5 /* a dump that the kernel marks as interrupted by a change is repeated */
#define BUILTIN_MAX_BYTES (4u << 20)

/* The kernel's own three, of either family. */
static const struct {
	uint32_t priority, table;
} kernel_rules[] = {
	{ 0, RT_TABLE_LOCAL },
	{ 32766, RT_TABLE_MAIN },
	{ 32767, RT_TABLE_DEFAULT },
};

static void __attribute__((format(printf, 2, 3)))
add_word(struct fact_rule *rule, const char *fmt, ...)
{
	size_t len = strlen(rule->selector);
	va_list args;

	va_start(args, fmt);
	vsnprintf(rule->selector + len, sizeof(rule->selector) - len, fmt, args);
	va_end(args);
}

/* " from 10.0.0.0/8"; nothing when the attribute is absent. */
static bool add_prefix(struct fact_rule *rule, const char *word, const struct nlattr *attr,
		       uint8_t len)
{
	int family = rule->family == FACT_IPV4 ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN];
	uint8_t addr[16];

	if (!attr)
		return true;
	if (!netlink_bytes(attr, addr, family == AF_INET ? 4 : 16))
		return false;
	inet_ntop(family, addr, text, sizeof(text));
	add_word(rule, " %s %s/%u", word, text, len);
	return true;
}

static bool add_name(struct fact_rule *rule, const char *word, const struct nlattr *attr)
{
	char name[IFNAMSIZ];

	if (!netlink_string(attr, name, sizeof(name)))
		return false;
	if (attr)
		add_word(rule, " %s %s", word, name);
	return true;
}

static bool add_mark(struct fact_rule *rule, const struct netlink_attrs *attrs)
{
	uint32_t mark = 0, mask = UINT32_MAX;

	if (!netlink_bytes(attrs->by_type[FRA_FWMARK], &mark, sizeof(mark)) ||
	    !netlink_bytes(attrs->by_type[FRA_FWMASK], &mask, sizeof(mask)))
		return false;
	if (attrs->by_type[FRA_FWMARK] || attrs->by_type[FRA_FWMASK])
		add_word(rule, " fwmark 0x%x/0x%x", mark, mask);
	return true;
}

static bool take_selector(const struct fib_rule_hdr *header, const struct netlink_attrs *attrs,
			  struct fact_rule *rule)
{
	if (!add_prefix(rule, "from", attrs->by_type[FRA_SRC], header->src_len) ||
	    !add_prefix(rule, "to", attrs->by_type[FRA_DST], header->dst_len) ||
	    !add_mark(rule, attrs) || !add_name(rule, "iif", attrs->by_type[FRA_IIFNAME]) ||
	    !add_name(rule, "oif", attrs->by_type[FRA_OIFNAME]))
		return false;
	if (header->tos)
		add_word(rule, " tos 0x%x", header->tos);
	if (attrs->by_type[FRA_L3MDEV])
		add_word(rule, " l3mdev");
	if (!rule->selector[0] && header->flags & FIB_RULE_INVERT)
		add_word(rule, " not from all");
	else if (!rule->selector[0])
		add_word(rule, " from all");
	memmove(rule->selector, rule->selector + 1, strlen(rule->selector));
	return true;
}

static bool is_kernels_own(const struct fact_rule *rule)
{
	if (strcmp(rule->selector, "from all") != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_rules); i++)
		if (kernel_rules[i].priority == rule->priority &&
		    kernel_rules[i].table == rule->table)
			return true;
	return false;
}

int facts_audit_rule_message(const struct nlmsghdr *nlh, void *audit)
{
	struct fact_rule rule = { 0 };
	struct audit_facts *out = audit;
	struct fib_rule_hdr header;
	struct netlink_attrs attrs;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return MNL_CB_OK;
	if (!netlink_attrs(nlh, sizeof(header), &attrs))
		return netlink_bad_message();
	memcpy(&header, mnl_nlmsg_get_payload(nlh), sizeof(header));
	if (header.family != AF_INET && header.family != AF_INET6)
		return MNL_CB_OK;
	rule.family = header.family == AF_INET ? FACT_IPV4 : FACT_IPV6;
	rule.table = header.table;
	if (!netlink_bytes(attrs.by_type[FRA_TABLE], &rule.table, sizeof(rule.table)) ||
	    !netlink_bytes(attrs.by_type[FRA_PRIORITY], &rule.priority, sizeof(rule.priority)) ||
	    !take_selector(&header, &attrs, &rule))
		return netlink_bad_message();
	if (header.action != FR_ACT_TO_TBL)
		rule.table = RT_TABLE_UNSPEC;
	if (is_kernels_own(&rule))
		return MNL_CB_OK;
	out->rule_total++;
	if (out->rule_count < FACTS_MAX_RULES)
		out->rules[out->rule_count++] = rule;
	return MNL_CB_OK;
}

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	default:
		return NULL;
	}
}

/* Of the hooks only those that forwarded packets cross; NULL for the node's own and for no hook. */
static const char *hook_name(const struct nlattr *hook)
{
	struct netlink_attrs attrs;
	uint32_t number = 0;

	if (!hook || !netlink_nested(hook, &attrs) || !attrs.by_type[NFTA_HOOK_HOOKNUM] ||
	    !netlink_bytes(attrs.by_type[NFTA_HOOK_HOOKNUM], &number, sizeof(number)))
		return NULL;
	switch (ntohl(number)) {
	case NF_INET_PRE_ROUTING:
		return "prerouting";
	case NF_INET_FORWARD:
		return "forward";
	case NF_INET_POST_ROUTING:
		return "postrouting";
	default:
		return NULL;
	}
}

/* Names may hold any bytes; what is no printable ASCII is shown as '.'. */
static void take_name(const struct nlattr *attr, char out[FACTS_NAME_MAX])
{
	if (!attr)
		return;
	snprintf(out, FACTS_NAME_MAX, "%.*s", (int)mnl_attr_get_payload_len(attr),
		 (const char *)mnl_attr_get_payload(attr));
	for (char *p = out; *p; p++)
		*p = *p > 0x1f && *p < 0x7f ? *p : '.';
}

int facts_audit_nft_message(const struct nlmsghdr *nlh, void *audit)
{
	struct audit_facts *out = audit;
	struct fact_chain chain = { 0 };
	const char *family, *hook;
	struct netlink_attrs attrs;
	uint32_t use = 0;

	if (nlh->nlmsg_type != ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWCHAIN))
		return MNL_CB_OK;
	if (!netlink_attrs(nlh, sizeof(struct nfgenmsg), &attrs) ||
	    !netlink_bytes(attrs.by_type[NFTA_CHAIN_USE], &use, sizeof(use)))
		return netlink_bad_message();
	family = family_name(((const struct nfgenmsg *)mnl_nlmsg_get_payload(nlh))->nfgen_family);
	if (!family)
		return MNL_CB_OK;
	take_name(attrs.by_type[NFTA_CHAIN_TABLE], chain.table);
	take_name(attrs.by_type[NFTA_CHAIN_NAME], chain.name);
	out->owners |= fact_owner_of(chain.table) | fact_owner_of(chain.name);
	hook = hook_name(attrs.by_type[NFTA_CHAIN_HOOK]);
	chain.rules = ntohl(use);
	if (!hook || !chain.rules)
		return MNL_CB_OK;
	snprintf(chain.family, sizeof(chain.family), "%s", family);
	snprintf(chain.hook, sizeof(chain.hook), "%s", hook);
	out->chain_total++;
	if (out->chain_count < FACTS_MAX_CHAINS)
		out->chains[out->chain_count++] = chain;
	return MNL_CB_OK;
}

static int dump_rules(struct audit_facts *out)
{
	const struct fib_rule_hdr all = { .family = AF_UNSPEC };
	_cleanup_(mnl_socket) struct mnl_socket *nl = NULL;
	int err;

	out->rule_count = out->rule_total = 0;
	err = netlink_open(NETLINK_ROUTE, &nl);
	return err
		       ?: netlink_dump(nl, RTM_GETRULE, &all, sizeof(all), facts_audit_rule_message,
				       out);
}

static int dump_chains(struct audit_facts *out)
{
	const struct nfgenmsg all = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 };
	const uint16_t type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETCHAIN;
	_cleanup_(mnl_socket) struct mnl_socket *nl = NULL;
	int err;

	out->chain_count = out->chain_total = 0;
	err = netlink_open(NETLINK_NETFILTER, &nl);
	return err ?: netlink_dump(nl, type, &all, sizeof(all), facts_audit_nft_message, out);
}

static bool is_builtin(const char *module, bool *known)
{
	_cleanup_free_ char *list = NULL;
	struct utsname name;
	char path[256];
	size_t len;

	*known =
		!uname(&name) &&
		!path_format(path, sizeof(path), "/lib/modules/%s/modules.builtin", name.release) &&
		!file_read(path, BUILTIN_MAX_BYTES, &list, &len);
	return *known && strstr(list, module);
}

/*
 * To ask for nf_tables where it is a module that is not loaded would load it. Such a node has no rules of it,
 * and that is known without asking.
 */
static enum tri is_nftables_there(void)
{
	bool known, builtin;

	if (!access("/sys/module/nf_tables", F_OK) || access("/proc/modules", F_OK))
		return ANSWER_YES;
	builtin = is_builtin("/nf_tables.ko", &known);
	if (!known)
		return ANSWER_UNKNOWN;
	return builtin ? ANSWER_YES : ANSWER_NO;
}

static bool is_absence(int err)
{
	return err == -EINVAL || err == -EOPNOTSUPP || err == -EPROTONOSUPPORT;
}

void facts_audit_read_rules(struct audit_facts *out)
{
	int err = -EINTR;

	for (int i = 0; err == -EINTR && i < DUMP_ATTEMPTS; i++)
		err = dump_rules(out);
	out->has_rules = !err;
}

void facts_audit_read_nftables(struct audit_facts *out)
{
	enum tri there = is_nftables_there();
	int err = -EINTR;

	for (int i = 0; there == ANSWER_YES && err == -EINTR && i < DUMP_ATTEMPTS; i++)
		err = dump_chains(out);
	out->has_nftables =
		there == ANSWER_NO || (there == ANSWER_YES && (!err || is_absence(err)));
}
