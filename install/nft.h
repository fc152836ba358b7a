/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's side of our nftables table, by libnftables. Tables of others are neither read nor written. Every
 * function logs its failure, but for nft_list().
 */
#ifndef HR_INSTALL_NFT_H
#define HR_INSTALL_NFT_H

/*
 * Whether this kernel has nf_tables, before libnftables is asked for anything: without, some of its versions end the
 * process. May load the module. 0 or -EOPNOTSUPP.
 */
int nft_require(void);

/*
 * Our table as nft(8) lists it, or NULL when there is none, or no nf_tables; the caller frees *out. The same table gives
 * the same text, in one version of libnftables. 0 or a negative errno.
 */
int nft_list(char **out);

/* Has the kernel try a transaction and give it up again: it has all that is needed. 0 or -EOPNOTSUPP. */
int nft_try(const char *text);

/* Runs a transaction, all of it or nothing. 0 or -EIO. */
int nft_run(const char *text);

#endif
