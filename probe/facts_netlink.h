/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rtnetlink half of facts.c: dumps of links, addresses and routes into struct node_facts. Separate, and
 * with the message handler public, so that tests can feed messages no kernel would send.
 */
#ifndef HR_PROBE_FACTS_NETLINK_H
#define HR_PROBE_FACTS_NETLINK_H

#include <linux/netlink.h>

#include "probe/facts.h"

struct facts_reader {
	struct node_facts *facts; /* not owned */
	struct audit_facts *audit; /* not owned; NULL: nobody audits */
	const struct fact_device *default_device; /* of the best IPv4 default route so far */
	uint32_t default_metric;
};

/*
 * Takes one RTM_NEWLINK, RTM_NEWADDR or RTM_NEWROUTE; others, and what no decision needs, are passed over.
 * reader is a struct facts_reader. Has libmnl's callback form: MNL_CB_OK, or MNL_CB_ERROR with errno set
 * (EBADMSG: malformed; EOVERFLOW: more devices than fit that could carry node traffic).
 */
int facts_netlink_message(const struct nlmsghdr *nlh, void *reader);

/* Dumps everything over a socket of the current network namespace. 0 or a negative errno; logs nothing. */
int facts_netlink_read(struct facts_reader *reader);

#endif
