/* SPDX-License-Identifier: BSD-2-Clause */
/* What the services of a state are together. Private to the state reader. */
#ifndef HR_INSTALL_STATE_SERVICE_CHECK_H
#define HR_INSTALL_STATE_SERVICE_CHECK_H

#include "config/yaml.h"
#include "install/state.h"

/* A frontend, or a backend of one service, and where it is. */
struct service_place {
	uint32_t ip;
	uint16_t port; /* 0 when it could not be read */
	uint8_t protocol; /* 0 for backends */
	bool is_cluster_ip;
	size_t service, item; /* item: in the array of its service */
	const struct service_place *first; /* the same, earlier, or a ClusterIP; NULL: none */
};

/* All frontends in their order; those that are the same know it. The caller frees *out. 0 or -ENOMEM. */
int service_frontends(const struct service *services, size_t count, struct service_place **out,
		      size_t *out_count);

/*
 * Complains about an address and port of one protocol that two frontends have, and about backends that a service has
 * twice. node is the list that the services were read from. n log n in what they have. 0 or -ENOMEM.
 */
int state_check_services(const struct node_state *state, const struct yaml_file *file,
			 const struct yaml_node *node, struct diag_list *diags);

#endif
