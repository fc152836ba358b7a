/* SPDX-License-Identifier: BSD-2-Clause */
/* What the services of a state are together. Private to the state reader. */
#ifndef HR_INSTALL_STATE_SERVICE_CHECK_H
#define HR_INSTALL_STATE_SERVICE_CHECK_H

#include "config/yaml.h"
#include "install/state.h"

/*
 * Complains about an address and port of one protocol that two frontends have, and about backends that a service has
 * twice. node is the list that the services were read from. n log n in what they have. 0 or -ENOMEM.
 */
int state_check_services(const struct node_state *state, const struct yaml_file *file,
			 const struct yaml_node *node, struct diag_list *diags);

#endif
