// SPDX-License-Identifier: BSD-2-Clause
/* The parts of a kube-proxy replacement, by the kinds of addresses they serve. */
#include "install/serving.h"

struct serving serving_of(const struct manifest_services *services)
{
	return (struct serving){
		.kinds = {
			[FRONTEND_CLUSTER_IP] = true,
			[FRONTEND_NODE_PORT] = services->nodeport,
			[FRONTEND_LOAD_BALANCER] = services->nodeport,
			[FRONTEND_EXTERNAL_IP] = services->external_ips,
			[FRONTEND_HOST_PORT] = services->host_port,
		},
		.cluster_ip_outside = services->cluster_ip_outside,
		.affinity = services->session_affinity,
		.terminating = services->terminating_endpoints,
		.source_ranges = services->source_ranges,
		.source_ranges_everywhere = services->source_ranges_everywhere,
		.maglev = maglev_of(services),
	};
}
