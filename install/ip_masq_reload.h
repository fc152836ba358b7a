/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall ip-masq-agent reload`: reads the agent's file again and changes hr_ipmasq4 by the difference; for a timer
 * or whoever watches the file. Needs neither bundle nor state: where the file is, is in the record.
 */
#ifndef HR_INSTALL_IP_MASQ_RELOAD_H
#define HR_INSTALL_IP_MASQ_RELOAD_H

#include "install/request.h"

/* EXIT_STATUS_OK; _INPUT: the file is wrong and the map is as it was; _ENVIRONMENT: there is no such map, ... */
int ip_masq_reload(const struct install_request *request);

#endif
