/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nftables table that masquerades what pods send out of the cluster where the config leaves that to the
 * node's stack. One text makes it, replacing in the same transaction what is there; nothing here talks to a kernel.
 *
 * Source of the rules: ../shared/reference/cilium-config.md E, "iptables fallback".
 */
#ifndef HR_INSTALL_NFT_TEXT_H
#define HR_INSTALL_NFT_TEXT_H

#include "compiler/manifest.h"
#include "install/state.h"

#define NFT_TABLE "hostroute" /* of family ip */

/*
 * The transaction as nft(8) reads it, NULL where the bundle wants no such table; the caller frees *out. 0,
 * -ENOMEM, or -EINVAL after logging what about the bundle is not as it can be.
 */
int nft_text(const struct manifest *manifest, const struct node_state *state, char **out);

/* A transaction that leaves the table as `listing` (of nft_list()) has it; NULL: leaves none. 0 or -ENOMEM. */
int nft_text_restore(const char *listing, char **out);

#endif
