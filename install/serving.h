/* SPDX-License-Identifier: BSD-2-Clause */
/* Which services a bundle serves: the kinds that its kube-proxy-replacement and the switches of its parts turn on. */
#ifndef HR_INSTALL_SERVING_H
#define HR_INSTALL_SERVING_H

#include <stdbool.h>

#include "compiler/manifest.h"
#include "install/maglev.h"
#include "install/service.h"

struct serving {
	bool kinds[FRONTEND_KIND__COUNT];
	bool cluster_ip_outside; /* bpf-lb-external-clusterip */
	bool affinity;
	bool terminating; /* backends that terminate: enable-k8s-terminating-endpoint */
	bool source_ranges; /* of external and load balancer addresses */
	bool source_ranges_everywhere; /* of all kinds; bpf-lb-source-range-all-types */
	struct maglev maglev; /* who chooses for those outside */
};

/* ClusterIPs always; the rest by what the bundle has on. */
struct serving serving_of(const struct manifest_services *services);

#endif
