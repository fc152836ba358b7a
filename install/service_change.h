/* SPDX-License-Identifier: BSD-2-Clause */
/* `hrinstall service set` and `service del`: costs what changes, however many services there are. */
#ifndef HR_INSTALL_SERVICE_CHANGE_H
#define HR_INSTALL_SERVICE_CHANGE_H

#include "install/request.h"

/* An enum exit_status. */
int service_set(const struct install_request *request);
int service_del(const struct install_request *request);

#endif
