/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall endpoint list`: the pods that the datapath knows, as a table or as JSON, schema
 * "hostroute.endpoints/1": { schema, endpoints: [ { ip, interface, mac, identity (number) } ] }.
 */
#ifndef HR_INSTALL_ENDPOINT_LIST_H
#define HR_INSTALL_ENDPOINT_LIST_H

#include "install/request.h"

/* An enum exit_status. */
int endpoint_list(const struct install_request *request);

#endif
