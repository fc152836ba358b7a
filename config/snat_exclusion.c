// SPDX-License-Identifier: BSD-2-Clause
/* The CIDR that masquerading leaves out, from the keys. */
#include "config/snat_exclusion.h"

/* The key got its name in 1.11; a name that the release does not have is never set. */
const char *native_routing_cidr(const struct options *opts)
{
	const char *cidr = option_text(opts, OPT_IPV4_NATIVE_ROUTING_CIDR);

	return *cidr ? cidr : option_text(opts, OPT_NATIVE_ROUTING_CIDR);
}

enum snat_exclusion snat_exclusion(const struct options *opts)
{
	if (*native_routing_cidr(opts))
		return SNAT_EXCLUSION_KEY;
	/* From 1.15 on the ip-masq-agent's list takes the place of the pod CIDR. */
	if (opts->release >= CILIUM_1_15 && option_bool(opts, OPT_ENABLE_IP_MASQ_AGENT))
		return SNAT_EXCLUSION_NONE;
	return SNAT_EXCLUSION_POD_CIDR;
}
