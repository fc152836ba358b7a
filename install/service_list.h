/* SPDX-License-Identifier: BSD-2-Clause */
/* `hrinstall service list`: what the maps say, with the names that the last change gave. */
#ifndef HR_INSTALL_SERVICE_LIST_H
#define HR_INSTALL_SERVICE_LIST_H

#include <stdio.h>

#include "common/cli.h"
#include "install/request.h"
#include "install/state.h"
#include "install/tables.h"

/*
 * One line per frontend, in order of address and port, with a line for each further backend, or JSON, schema
 * "hostroute.services/1": { schema, services: [ { name (null when it is not known), type (ditto), ip (null: every
 * address of the node), port, protocol, served, affinity (seconds), backends: [ { ip, port, state (active,
 * terminating), scopes: [ external, internal ] } ] } ] }. An enum exit_status.
 */
int service_list(const struct install_request *request);

/* The same of what was read: names gives them, and what is not served. 0 or -ENOMEM. */
int service_list_print(const struct table tables[TABLE__COUNT], const struct node_state *names,
		       enum cli_format format, FILE *out);

#endif
