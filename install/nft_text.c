// SPDX-License-Identifier: BSD-2-Clause
/* Manifest and state to the text of one nftables transaction. */
#include "install/nft_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "install/masquerade.h"

/* As a table that exists is a must for deleting it, it is added first. */
#define NFT_RESET "add table ip " NFT_TABLE "\ndelete table ip " NFT_TABLE "\n"

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
static int put_interfaces(struct buf *b, const struct manifest_masquerade *m, const char *verdict)
{
	for (size_t i = 0; i < m->egress_interface_count; i++) {
		if (!put_interface(b, m->egress_interfaces[i]))
			return log_fail(-EINVAL,
					"bundle: masquerade.egress_interfaces: \"%s\" is no name "
					"of an interface",
					m->egress_interfaces[i]);
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
	const char *verdict = m->masquerade.random_ports ? "masquerade fully-random" : "masquerade";
	const struct cidr4 *excluded = masquerade_exclusion(m, state);
	char cidr[CIDR4_TEXT_MAX];

	if (excluded)
		buf_printf(b, "\t\tip daddr %s return\n", cidr4_text(*excluded, cidr));
	if (has_nodes)
		buf_puts(b, "\t\tip daddr @nodes return\n");
	put_tunnel_guard(b, m, state);
	if (m->masquerade.egress_interface_count)
		return put_interfaces(b, &m->masquerade, verdict);
	buf_puts(b, "\t\toifname \"hr_*\" return\n");
	buf_printf(b, "\t\tip saddr %s %s\n", cidr4_text(state->pod_cidr, cidr), verdict);
	return 0;
}

int nft_text(const struct manifest *manifest, const struct node_state *state, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };
	bool has_nodes = !manifest->tunnel && state->remote_count;
	int err;

	if (manifest->masquerade.mode != MASQUERADE_IPTABLES) {
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
