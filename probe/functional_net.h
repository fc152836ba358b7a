/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage of the functional probe: two nameless network namespaces, and in them
 *
 *   node:  send (10.9.2.1) == entry     wire0 == wire1     pod0 (10.9.1.1) == pod1, in the other one (10.9.1.2)
 *
 * where == is a veth pair. What the node sends to 10.9.1.2 leaves by `send` with pod1's MAC address and comes
 * in at `entry`, where a program takes it on its way to a socket in the pod.
 */
#ifndef HR_PROBE_FUNCTIONAL_NET_H
#define HR_PROBE_FUNCTIONAL_NET_H

#include <stdint.h>

#define STAGE_PORT 4789
#define STAGE_POD_IP 0x0a090102u /* host byte order, as the others */
#define STAGE_NODE_IP 0x0a090101u
#define STAGE_SENDER_IP 0x0a090201u

struct stage {
	int node_ns, pod_ns; /* descriptors; the process is in the node's */
	int sender, receiver; /* UDP sockets: the node's, connected to the pod's */
	unsigned int entry, wire0, wire1, pod0; /* ifindexes in the node */
};

/*
 * Leaves the caller's network namespace for good: for a process that ends soon. 0, or a negative errno with
 * *failed naming what failed. *out is for stage_close() either way.
 */
int stage_open(struct stage *out, const char **failed);
void stage_close(struct stage *stage);

#endif
