/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall monitor`: one line per event (install/event.h) on standard output until --count, --duration, SIGINT or
 * SIGTERM; then one on standard error that says how many events were shown and how many found no room. Filters
 * are applied here, not in the kernel. What cannot be printed in time is lost; packets never wait.
 */
#ifndef HR_INSTALL_MONITOR_H
#define HR_INSTALL_MONITOR_H

#include "install/request.h"

/* EXIT_STATUS_OK or EXIT_STATUS_ENVIRONMENT. */
int monitor_run(const struct install_request *request);

#endif
