// SPDX-License-Identifier: BSD-2-Clause
/* Services: names of what they are made of. */
#include "install/service.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

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

const char *service_name_problem(const char *name)
{
	size_t len = strlen(name);

	if (!len)
		return "is empty";
	if (len >= SERVICE_NAME_MAX)
		return "is longer than 255 bytes";
	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return "has white space or control characters";
	}
	return NULL;
}

_Static_assert(SERVICE_NAME_MAX == 256, "service_name_problem() names the limit");

void service_fini(struct service *service)
{
	free(service->frontends);
	free(service->backends);
	free(service->source_ranges);
	*service = (struct service){ 0 };
}
