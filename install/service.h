/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A service as this node serves it: one port of a Kubernetes Service with all addresses it is reached by. Part of
 * the node state (install/state.h); one reader per source:
 *
 *     services:                              # optional; absent = leave the services as they are
 *       - name: default/web:http             # namespace/name:port, unique
 *         protocol: TCP                      # optional: TCP (default) or UDP
 *         port: 80                           # of cluster-ip, external-ips and load-balancer-ips
 *         cluster-ip: 10.96.0.10             # optional
 *         node-port: 30080                   # optional; on every address of this node
 *         external-ips: [192.0.2.1]          # optional
 *         load-balancer-ips: [192.0.2.2]     # optional
 *         host-port: 8080                    # optional; on host-ip
 *         host-ip: 192.0.2.3                 # optional; default every address of this node
 *         external-traffic-policy: Cluster   # optional: Cluster (default) or Local
 *         internal-traffic-policy: Cluster   # optional: ditto
 *         session-affinity: 10800            # optional: seconds for which a client keeps its backend; default none
 *         source-ranges: [198.51.100.0/24]   # optional: who may use load-balancer-ips and external-ips from outside
 *         backends:                          # optional
 *           - ip: 10.233.64.93
 *             port: 8080
 *             state: active                  # optional: active (default) or terminating
 *
 * and Services with EndpointSlices as `kubectl get services,endpointslices -A -o json` prints them (install/kube.h).
 */
#ifndef HR_INSTALL_SERVICE_H
#define HR_INSTALL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/parse.h"

#define SERVICE_NAME_MAX \
	256 /* namespace and name: 63 each, port: 15, and what parts them; more than enough */
#define STATE_MAX_SERVICES 65536
#define SERVICE_MAX_FRONTENDS 64
#define SERVICE_MAX_BACKENDS 4096
#define SERVICE_MAX_SOURCE_RANGES 256
#define SERVICE_MAX_AFFINITY 86400 /* seconds; Kubernetes takes no more */

enum frontend_kind {
	FRONTEND_CLUSTER_IP,
	FRONTEND_NODE_PORT, /* ip is 0: every address of the node */
	FRONTEND_EXTERNAL_IP,
	FRONTEND_LOAD_BALANCER,
	FRONTEND_HOST_PORT, /* ip is 0, too, unless it is for one address only */
	FRONTEND_KIND__COUNT,
};

struct service_frontend {
	uint32_t ip; /* network byte order */
	uint16_t port; /* host byte order, as all ports here */
	enum frontend_kind kind;
};

struct service_backend {
	uint32_t ip;
	uint16_t port;
	bool is_terminating; /* keeps its connections and gets no new ones while another serves */
};

struct service {
	char name[SERVICE_NAME_MAX];
	uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	bool external_local; /* externalTrafficPolicy: Local */
	bool internal_local;
	uint32_t affinity; /* seconds; 0: none */
	struct service_frontend *frontends; /* owned, as the other arrays */
	size_t frontend_count;
	struct service_backend *backends;
	size_t backend_count;
	struct cidr4 *source_ranges;
	size_t source_range_count;
};

/* "ClusterIP", "NodePort", as Cilium lists them. */
const char *frontend_kind_name(enum frontend_kind kind);

const char *protocol_name(uint8_t protocol); /* "TCP" or "UDP" */

/* Whether a text can be a name: NULL, or static text that follows it ("is empty"). */
const char *service_name_problem(const char *name);

/* Appends a service as an element of `services`, one line. */
void service_format(const struct service *service, struct buf *out);

void service_fini(struct service *service);

#endif
