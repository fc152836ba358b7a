// SPDX-License-Identifier: BSD-2-Clause
/* Transactions on our table and its listing. libnftables speaks text and prints to streams, which stay in memory here. */
#include "install/nft.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/nft_text.h"

#define ANSWER_MAX 4096 /* a generation, or an error with the request */
#define TABLES_LISTING "table ip " NFT_TABLE "\n"

static void cleanup_nft(struct nft_ctx **ctx)
{
	if (*ctx)
		nft_ctx_free(*ctx);
}
#define _cleanup_nft_ __attribute__((cleanup(cleanup_nft)))

/* Messages and listings into buffers of the context, names of services and protocols never looked up. */
static struct nft_ctx *open_nft(void)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!ctx)
		return NULL;
	nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_NUMERIC_ALL);
	if (!nft_ctx_buffer_output(ctx) && !nft_ctx_buffer_error(ctx))
		return ctx;
	nft_ctx_free(ctx);
	return NULL;
}

/* The first line, which says what; what follows shows the place in a text that nobody has seen. */
static int complain(int err, struct nft_ctx *ctx, const char *what)
{
	const char *text = nft_ctx_get_error_buffer(ctx);
	int len = text ? (int)strcspn(text, "\n") : 0;

	return log_fail(err, "%s: %.*s", what, len, len ? text : "");
}

static int ask_generation(struct mnl_socket *nl)
{
	char buf[ANSWER_MAX];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *info;
	ssize_t len;

	msg->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN;
	msg->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	info->nfgen_family = AF_UNSPEC;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, msg, msg->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len < 0)
		return -errno;
	return mnl_cb_run(buf, (size_t)len, 0, mnl_socket_get_portid(nl), NULL, NULL) < 0 ? -errno
											  : 0;
}

static int find_nf_tables(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	int err;

	if (!nl)
		return -errno;
	err = ask_generation(nl);
	mnl_socket_close(nl);
	return err;
}

int nft_require(void)
{
	int err = find_nf_tables();

	if (err)
		return log_fail(-EOPNOTSUPP,
				"this kernel has no nf_tables (%s), which masquerading in the "
				"node's stack needs: load the module nf_tables",
				errno_text(err));
	return 0;
}

int nft_list(char **out)
{
	_cleanup_nft_ struct nft_ctx *ctx = NULL;
	const char *text;

	*out = NULL;
	if (find_nf_tables())
		return 0;
	ctx = open_nft();
	if (!ctx)
		return -ENOMEM;
	/* All tables' names first, because "there is none" cannot be told from other failures. */
	if (nft_run_cmd_from_buffer(ctx, "list tables ip"))
		return -EIO;
	text = nft_ctx_get_output_buffer(ctx);
	if (!text || !strstr(text, TABLES_LISTING))
		return 0;
	if (nft_run_cmd_from_buffer(ctx, "list table ip " NFT_TABLE))
		return -EIO;
	text = nft_ctx_get_output_buffer(ctx);
	*out = text ? strdup(text) : NULL;
	return *out ? 0 : -ENOMEM;
}

static int run(const char *text, bool is_trial, int failure, const char *what)
{
	_cleanup_nft_ struct nft_ctx *ctx = open_nft();

	if (!ctx)
		return log_err(-ENOMEM, "open libnftables");
	nft_ctx_set_dry_run(ctx, is_trial);
	return nft_run_cmd_from_buffer(ctx, text) ? complain(failure, ctx, what) : 0;
}

int nft_try(const char *text)
{
	return run(text, true, -EOPNOTSUPP,
		   "this kernel does not take the nftables table that masquerades (it needs "
		   "nft_chain_nat and nft_masq)");
}

int nft_run(const char *text)
{
	return run(text, false, -EIO, "write nftables table ip " NFT_TABLE);
}
