/* SPDX-License-Identifier: BSD-2-Clause */
/* `hrinstall remove`: leave the node as it was found. */
#ifndef HR_INSTALL_REMOVE_H
#define HR_INSTALL_REMOVE_H

#include "install/request.h"

/*
 * Takes away what the record and our pin directory hold, whatever half of it is still there, and goes on
 * after a failure; then the record stays for the next try. An enum exit_status.
 */
int remove_run(const struct install_request *request);

#endif
