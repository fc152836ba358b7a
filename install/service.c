// SPDX-License-Identifier: BSD-2-Clause
/* Services: names of what they are made of. */
#include "install/service.h"

#include <netinet/in.h>
#include <stdlib.h>

const char *frontend_kind_name(enum frontend_kind kind)
{
	static const char *const names[FRONTEND_KIND__COUNT] = {
		[FRONTEND_CLUSTER_IP] = "ClusterIP",	   [FRONTEND_NODE_PORT] = "NodePort",
		[FRONTEND_EXTERNAL_IP] = "ExternalIPs",	   [FRONTEND_HOST_PORT] = "HostPort",
		[FRONTEND_LOAD_BALANCER] = "LoadBalancer",
	};

	return names[kind];
}

const char *protocol_name(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? "TCP" : "UDP";
}

void service_fini(struct service *service)
{
	free(service->frontends);
	free(service->backends);
	free(service->source_ranges);
	*service = (struct service){ 0 };
}
