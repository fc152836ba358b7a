// SPDX-License-Identifier: BSD-2-Clause
/* Manifest and state to the text of one nftables transaction. */
#include "install/nft_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"

#define MAX_INTERFACES_TEXT 512

/* As a table that exists is a must for deleting it, it is added first. */
#define NFT_RESET "add table ip " NFT_TABLE "\ndelete table ip " NFT_TABLE "\n"

static bool is_effective(const struct manifest *m, const char *name, const char *value)
{
	for (size_t i = 0; i < m->effective_count; i++) {
		if (!strcmp(m->effective[i].name, name))
			return !strcmp(m->effective[i].value, value);
	}
	return false;
}

/* Where pods send to with their own addresses. */
static int exclusion_of(const struct manifest *m, const struct node_state *state, struct cidr4 *out)
{
	const char *key = "ipv4-native-routing-cidr";
	const char *text = manifest_option(m, key);

	if (!*text) {
		key = "native-routing-cidr"; /* up to 1.12 */
		text = manifest_option(m, key);
	}
	*out = state->pod_cidr;
	if (*text && parse_cidr4(text, out))
		return log_fail(-EINVAL, "bundle: %s \"%s\" is not an IPv4 prefix", key, text);
	return 0;
}

/* A name as iptables takes it, "prefix+" included, in nft's spelling; nothing that would need quoting. */
static bool put_interface(struct buf *b, const char *name)
{
	size_t len = strlen(name);
	bool is_prefix = len > 1 && name[len - 1] == '+';

	if (!interface_name_is_valid(name) || strpbrk(name, "\"\\*"))
		return false;
	buf_printf(b, "\t\toifname \"%.*s%s\"", (int)(len - is_prefix), name, is_prefix ? "*" : "");
	return true;
}

/* One rule per interface: sets of name patterns are more than every nft can do. */
static int put_interfaces(struct buf *b, const char *key, const char *value, const char *verdict)
{
	char names[MAX_INTERFACES_TEXT], *cursor = names, *name;

	if (strlen(value) >= sizeof(names))
		return log_fail(-EINVAL, "bundle: %s is longer than %zu bytes", key,
				sizeof(names) - 1);
	memcpy(names, value, strlen(value) + 1);
	while ((name = strsep(&cursor, ", "))) {
		if (!*name)
			continue;
		if (!put_interface(b, name))
			return log_fail(-EINVAL, "bundle: %s: \"%s\" is no name of an interface",
					key, name);
		buf_printf(b, " %s\n", verdict);
	}
	return 0;
}

static void put_nodes(struct buf *b, const struct node_state *state)
{
	char ip[IPV4_TEXT_MAX];

	buf_puts(b, "\tset nodes {\n\t\ttype ipv4_addr\n\t\telements = { ");
	for (size_t i = 0; i < state->remote_count; i++)
		buf_printf(b, "%s%s", i ? ", " : "", ipv4_text(state->remotes[i].ip, ip));
	buf_puts(b, " }\n\t}\n");
}

/*
 * With the node's address, what a pod makes up as a tunnel packet would be believed by other nodes: any sender, any
 * identity. to_netdev refuses the same where it masquerades.
 */
static void put_tunnel_guard(struct buf *b, const struct manifest *m,
			     const struct node_state *state)
{
	char cidr[CIDR4_TEXT_MAX];

	if (m->tunnel)
		buf_printf(b, "\t\tip saddr %s oifname != \"hr_*\" udp dport %u drop\n",
			   cidr4_text(state->pod_cidr, cidr), m->tunnel_port);
}

static int put_rules(struct buf *b, const struct manifest *m, const struct node_state *state,
		     bool has_nodes)
{
	static const char interfaces_key[] = "egress-masquerade-interfaces";
	const char *interfaces = manifest_option(m, interfaces_key);
	const char *verdict = manifest_option_is_on(m, "iptables-random-fully")
				      ? "masquerade fully-random"
				      : "masquerade";
	char cidr[CIDR4_TEXT_MAX];
	struct cidr4 exclusion;
	int err = exclusion_of(m, state, &exclusion);

	if (err)
		return err;
	buf_printf(b, "\t\tip daddr %s return\n", cidr4_text(exclusion, cidr));
	if (has_nodes)
		buf_puts(b, "\t\tip daddr @nodes return\n");
	put_tunnel_guard(b, m, state);
	if (*interfaces)
		return put_interfaces(b, interfaces_key, interfaces, verdict);
	buf_puts(b, "\t\toifname \"hr_*\" return\n");
	buf_printf(b, "\t\tip saddr %s %s\n", cidr4_text(state->pod_cidr, cidr), verdict);
	return 0;
}

int nft_text(const struct manifest *manifest, const struct node_state *state, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };
	bool has_nodes = !manifest->tunnel && state->remote_count;
	int err;

	if (!is_effective(manifest, "masquerade", "iptables") ||
	    !is_effective(manifest, "masquerade-ipv4", "true")) {
		*out = NULL;
		return 0;
	}
	buf_puts(&b, NFT_RESET "table ip " NFT_TABLE " {\n");
	if (has_nodes)
		put_nodes(&b, state);
	buf_puts(&b, "\tchain postrouting {\n"
		     "\t\ttype nat hook postrouting priority 100; policy accept;\n");
	err = put_rules(&b, manifest, state, has_nodes);
	if (err)
		return err;
	buf_puts(&b, "\t}\n}\n");
	err = buf_take(&b, out);
	return err ? log_err(err, "write the rules that masquerade") : 0;
}

int nft_text_restore(const char *listing, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };

	buf_puts(&b, NFT_RESET);
	if (listing)
		buf_puts(&b, listing);
	return buf_take(&b, out);
}
