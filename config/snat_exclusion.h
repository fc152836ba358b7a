/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destinations that pods reach with their own addresses because a CIDR says so. What else exempts a destination
 * (the ip-masq-agent, nodes, the node's own endpoints) is not here.
 *
 * Source: ../shared/reference/cilium-config.md E, order of decision, 4.
 */
#ifndef HR_CONFIG_SNAT_EXCLUSION_H
#define HR_CONFIG_SNAT_EXCLUSION_H

#include "config/options.h"

enum snat_exclusion {
	SNAT_EXCLUSION_NONE,
	SNAT_EXCLUSION_POD_CIDR, /* the node's own, which only the node knows */
	SNAT_EXCLUSION_KEY, /* what native_routing_cidr() says */
	SNAT_EXCLUSION__COUNT,
};

/* ipv4-native-routing-cidr by the name that the release has for it; "" when it is not set. */
const char *native_routing_cidr(const struct options *opts);

enum snat_exclusion snat_exclusion(const struct options *opts);

#endif
