/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which destinations pods reach with their own addresses. */
#ifndef HR_BPF_EXEMPT_H
#define HR_BPF_EXEMPT_H

#include "maps.h"
#include "node.h"

static __always_inline bool is_excluded(__be32 addr)
{
	return (addr & node_snat_exclusion_mask) == node_snat_exclusion_addr;
}

/* Has a service clients there, or backends to whom the stack takes packets? Then what goes there may need a source. */
static bool serves_excluded;

static __always_inline void serve_excluded(__be32 addr)
{
	if (is_excluded(addr) && !serves_excluded)
		serves_excluded = true;
}

/* Would what a pod sends from `pod` to `remote` be masqueraded, if it is no answer? */
static __always_inline bool masquerade_is_wanted(__be32 pod, __be32 remote)
{
	const struct hr_endpoint *ep = endpoint_lookup(pod);

	if (!ep || ep->flags & HR_ENDPOINT_HOST || ipmasq_has(remote))
		return false;
	return MASQUERADE_REMOTE_NODES || !node_is_known(remote);
}

#endif
