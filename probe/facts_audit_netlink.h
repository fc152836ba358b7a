/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routing policy and nf_tables by netlink, for facts_audit.c. The message handlers are public so that tests
 * can feed messages no kernel would send.
 */
#ifndef HR_PROBE_FACTS_AUDIT_NETLINK_H
#define HR_PROBE_FACTS_AUDIT_NETLINK_H

#include <linux/netlink.h>

#include "probe/facts_audit.h"

/* libmnl callbacks for RTM_NEWRULE and for NFT_MSG_NEWCHAIN; audit is a struct audit_facts. */
int facts_audit_rule_message(const struct nlmsghdr *nlh, void *audit);
int facts_audit_nft_message(const struct nlmsghdr *nlh, void *audit);

/* Dump and set the has_ flags; what cannot be dumped stays unknown. Load no kernel module. */
void facts_audit_read_rules(struct audit_facts *out);
void facts_audit_read_nftables(struct audit_facts *out);

#endif
