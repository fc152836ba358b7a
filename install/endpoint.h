/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall endpoint add|del`: one pod at a time, as a CNI plugin or a script calls it. No compiler and
 * no verifier: a map entry, the interface's sysctls, and the program that apply has pinned.
 */
#ifndef HR_INSTALL_ENDPOINT_H
#define HR_INSTALL_ENDPOINT_H

#include "install/request.h"

/* All return an enum exit_status and print to stdout what they did. */

/* Adding what is there says so and succeeds; an address or interface that another pod holds is refused. */
int endpoint_add(const struct install_request *request);

/* Deleting what is not there says so and succeeds. */
int endpoint_del(const struct install_request *request);

#endif
