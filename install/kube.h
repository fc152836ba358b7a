/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services as Kubernetes has them into a node state: a List of objects as
 *
 *     kubectl get services,endpointslices -A -o json
 *     kubectl get pods,services,endpointslices -A -o json      # with the host ports of this node's pods
 *
 * prints them. Objects of other kinds are passed over.
 *
 * Of a Service each port becomes a service named namespace/name:port (namespace/name when the port has no name), unless
 * it is headless or an ExternalName. A host port of a pod becomes one named namespace/pod:host-port-NUMBER, with "-udp"
 * and "-IP" behind it where it is of UDP or of one address only. IPv4, TCP and UDP only: the rest is passed over, SCTP
 * with a warning. An address and port that two of them claim stays with the one whose ClusterIP it is, else with the
 * first by name, with a warning.
 */
#ifndef HR_INSTALL_KUBE_H
#define HR_INSTALL_KUBE_H

#include <stddef.h>

#include "common/diag.h"
#include "install/state.h"

#define KUBE_MAX_BYTES \
	(256u << 20) /* as kubectl indents it, 10,000 services of ten pods need 80 MiB */
#define KUBE_DEFAULT_AFFINITY 10800 /* seconds, when the Service does not say */

/*
 * Reads path ("-" is stdin) into state->services, which was without, and which are sorted by name then. state->ip says
 * which pods are of this node. 0, or a negative errno (diags say why) with the state as it was. path outlives diags.
 */
int kube_read(const char *path, struct node_state *state, struct diag_list *diags);

/* As kube_read() for a text in memory; name is for messages. */
int kube_parse(const char *name, const char *text, size_t len, struct node_state *state,
	       struct diag_list *diags);

#endif
