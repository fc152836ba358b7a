/* SPDX-License-Identifier: BSD-2-Clause */
/* The network namespace that this process is in. */
#ifndef HR_INSTALL_NETNS_H
#define HR_INSTALL_NETNS_H

#include <stdint.h>

/*
 * Its cookie, by which programs know the node's own sockets; 0 before Linux 5.14, which tells it to programs only.
 * 0 or a negative errno after logging.
 */
int netns_cookie(uint64_t *out);

#endif
