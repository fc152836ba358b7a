// SPDX-License-Identifier: BSD-2-Clause
/* Rules about options that hold IP and MAC addresses and prefixes: their notation, and where one is missing. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "common/parse.h"
#include "config/snat_exclusion.h"
#include "probe/verdict_rules.h"

static enum tri is_bad_cidr(const struct rule_ctx *c, enum option_id option, int family)
{
	const char *text = rule_text(c, option);

	if (!*text || rule_is_cidr(text, family))
		return ANSWER_NO;
	rule_detail(c, "\"%s\"", text);
	return ANSWER_YES;
}

enum tri rule_test_IPV4_CIDR(const struct rule_ctx *c)
{
	if (is_bad_cidr(c, OPT_NATIVE_ROUTING_CIDR, AF_INET) == ANSWER_YES)
		return ANSWER_YES;
	return is_bad_cidr(c, OPT_IPV4_NATIVE_ROUTING_CIDR, AF_INET);
}

enum tri rule_test_IPV6_CIDR(const struct rule_ctx *c)
{
	return is_bad_cidr(c, OPT_IPV6_NATIVE_ROUTING_CIDR, AF_INET6);
}

enum tri rule_test_EXCLUDE_LOCAL_ADDRESS(const struct rule_ctx *c)
{
	const char *rest = rule_text(c, OPT_EXCLUDE_LOCAL_ADDRESS);
	char word[64];

	while (rule_next_word(&rest, RULE_BLANKS, word, sizeof(word))) {
		if (rule_is_cidr(word, AF_INET) || rule_is_cidr(word, AF_INET6))
			continue;
		rule_detail(c, "\"%s\"", word);
		return ANSWER_YES;
	}
	return ANSWER_NO;
}

/* Words of a list, all of which fit; more than any count when one does not. */
static size_t count_fitting(const struct rule_ctx *c, enum option_id option,
			    bool (*fits)(const char *))
{
	const char *rest = rule_text(c, option);
	char word[64];
	size_t n = 0;

	for (; rule_next_word(&rest, RULE_BLANKS, word, sizeof(word)); n++) {
		if (fits(word))
			continue;
		rule_detail(c, "%s: \"%s\"", option_defs[option].name, word);
		return SIZE_MAX;
	}
	return n;
}

static bool is_ip4(const char *text)
{
	uint32_t ip;

	return !parse_ipv4(text, &ip);
}

static bool is_cidr4(const char *text)
{
	return rule_is_cidr(text, AF_INET);
}

/* Of six bytes, in one of Go's notations: 02:00:..., 02-00-... or 0200.0000.0001. */
static bool is_mac(const char *text)
{
	size_t digits = 0, len = strlen(text);
	size_t group = text[2] == ':' || text[2] == '-' ? 2 : 4;
	char separator = len > group ? text[group] : ':';

	if (len != (group == 2 ? 17 : 14) || (group == 4 && separator != '.'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (i % (group + 1) == group ? text[i] != separator
					     : !isxdigit((unsigned char)text[i]))
			return false;
		digits += i % (group + 1) != group;
	}
	return digits == 12;
}

enum tri rule_test_VTEP(const struct rule_ctx *c)
{
	size_t endpoints;

	if (!is_on(c, OPT_ENABLE_VTEP))
		return ANSWER_NO;
	endpoints = count_fitting(c, OPT_VTEP_ENDPOINT, is_ip4);
	return tri_of(endpoints > 8 || count_fitting(c, OPT_VTEP_CIDR, is_cidr4) != endpoints ||
		      count_fitting(c, OPT_VTEP_MAC, is_mac) != endpoints);
}

/* From 1.15 on the ip-masq-agent's list takes the place of the CIDR. */
static bool is_cidr_needed(const struct rule_ctx *c)
{
	return !c->tunnel && !(is_since(c, CILIUM_1_15) && is_on(c, OPT_ENABLE_IP_MASQ_AGENT));
}

enum tri rule_test_IPV4_NATIVE_CIDR(const struct rule_ctx *c)
{
	static const char *const exempt[] = { "eni", "alibabacloud", NULL };

	return tri_of(is_cidr_needed(c) && c->masq4 && !*native_routing_cidr(c->opts) &&
		      !rule_text_is_in(rule_text(c, OPT_IPAM), exempt));
}

enum tri rule_test_IPV6_NATIVE_CIDR(const struct rule_ctx *c)
{
	return tri_of(is_cidr_needed(c) && c->masq6 &&
		      !*rule_text(c, OPT_IPV6_NATIVE_ROUTING_CIDR));
}

enum tri rule_test_DELEGATED_PLUGIN(const struct rule_ctx *c)
{
	return tri_of(!strcmp(rule_text(c, OPT_IPAM), "delegated-plugin") &&
		      ((c->ipv4 && !*rule_text(c, OPT_LOCAL_ROUTER_IPV4)) ||
		       (c->ipv6 && !*rule_text(c, OPT_LOCAL_ROUTER_IPV6))));
}

enum tri rule_test_LOCAL_ROUTER(const struct rule_ctx *c)
{
	bool is_set = *rule_text(c, OPT_LOCAL_ROUTER_IPV4) || *rule_text(c, OPT_LOCAL_ROUTER_IPV6);

	return tri_of(is_set && (c->tunnel || !is_on(c, OPT_ENABLE_ENDPOINT_ROUTES) ||
				 is_on(c, OPT_ENABLE_IPSEC)));
}
