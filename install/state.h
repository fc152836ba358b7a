/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Node state: what only the cluster knows about this node and its neighbours. A plain model with one
 * reader per source; today the reader is our own YAML:
 *
 *     node:
 *       name: node1                    # optional
 *       ip: 192.168.64.8               # Kubernetes node IP
 *       pod-cidr: 10.233.64.0/24
 *       router-ip: 10.233.64.1         # address of hr_host: the pods' gateway, inside pod-cidr
 *     remote-nodes:                    # optional
 *       - name: node2                  # optional
 *         ip: 192.168.64.9
 *         pod-cidr: 10.233.65.0/24
 *     endpoints:                       # optional; absent = leave the endpoints as they are
 *       - name: default/client         # optional
 *         ip: 10.233.64.93
 *         interface: lxc1              # host side of the pod's veth
 *         mac: 02:00:0a:e9:40:5d       # of the pod's own interface
 *         identity: 4711               # optional, security identity; default 5 (init)
 *
 *     services: ...                    # optional; absent = leave them as they are; install/service.h has the format
 *
 * Services also come from what kubectl prints: install/kube.h (`hrinstall apply --services FILE`).
 *
 * The same fields by the same names come from a command line through endpoint_set().
 */
#ifndef HR_INSTALL_STATE_H
#define HR_INSTALL_STATE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/diag.h"
#include "common/parse.h"
#include "install/service.h"

#define STATE_MAX_NODES 8192 /* Cilium clusters end near 5,000 nodes */
#define STATE_MAX_ENDPOINTS 4096 /* pods of one node */
#define STATE_NAME_MAX 128
#define STATE_IDENTITY_MAX 0xffffff /* travels as a VXLAN network identifier: 24 bits */

struct remote_node {
	char name[STATE_NAME_MAX];
	uint32_t ip; /* network byte order, as all addresses here */
	struct cidr4 pod_cidr;
	char device[IFNAMSIZ]; /* on whose network it is; "" until direct_resolve() */
	unsigned int ifindex; /* of that device */
};

struct endpoint {
	char name[STATE_NAME_MAX];
	uint32_t ip;
	char interface[IFNAMSIZ];
	uint8_t mac[6];
	uint32_t identity;
};

struct node_state {
	char *source; /* owned; name of the input, which the diagnostics point at */
	char name[STATE_NAME_MAX];
	uint32_t ip;
	struct cidr4 pod_cidr;
	uint32_t router_ip;
	struct remote_node *remotes; /* owned */
	size_t remote_count;
	struct endpoint *endpoints; /* owned */
	size_t endpoint_count;
	bool has_endpoints; /* the input has an `endpoints` list, maybe empty */
	struct service *services; /* owned */
	size_t service_count;
	bool has_services; /* likewise */
};

/*
 * Reads a state file ("-" is stdin). Problems go to diags with positions: unknown keys, missing or
 * malformed values, an endpoint outside pod-cidr, addresses, interfaces or pod CIDRs that occur twice or
 * overlap, a node address inside a pod CIDR, an address and port that two services have. 0, or -EINVAL or the read error with *out empty but for
 * `source`: print diags before state_fini(), which *out is for either way. Remotes, endpoints and
 * services are in the order of the file.
 */
int state_read(const char *path, struct node_state *out, struct diag_list *diags);

/* As state_read() for a text in memory; name is for messages. len excludes any NUL. */
int state_parse(const char *name, const char *text, size_t len, struct node_state *out,
		struct diag_list *diags);

/* The same for a document that has `services` and nothing else; of *out only they and `source` are set. */
int state_read_services_file(const char *path, struct node_state *out, struct diag_list *diags);
int state_parse_services(const char *name, const char *text, size_t len, struct node_state *out,
			 struct diag_list *diags);

void state_fini(struct node_state *state);

/* An endpoint with nothing set but the default identity. */
void endpoint_init(struct endpoint *ep);

/*
 * Sets one field by its key in the state file (name, ip, interface, mac, identity). NULL, or why the value
 * is not valid as static text that follows it ("is not an IPv4 address"); the field is then unchanged.
 */
const char *endpoint_set(struct endpoint *ep, const char *key, const char *text);

/*
 * Whether a complete endpoint can live on a node: NULL, or static text that follows its address ("is
 * outside the node's pod-cidr", "is the node's router-ip").
 */
const char *endpoint_problem(const struct endpoint *ep, struct cidr4 pod_cidr, uint32_t router_ip);

/* Could the kernel have an interface of this name? 1..15 bytes, no '/', ':' or white space, not . or .. */
bool interface_name_is_valid(const char *name);

#define _cleanup_state_ __attribute__((cleanup(state_fini)))

#endif
