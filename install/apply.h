/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall apply`: read bundle, state and node; compare; do the difference; read back. A failure on the
 * way undoes what was done and leaves the record as it was; a process that is killed leaves a record by
 * which the next apply, or remove, finds everything.
 */
#ifndef HR_INSTALL_APPLY_H
#define HR_INSTALL_APPLY_H

#include "install/request.h"

/* Prints what it did, or with dry_run would do, to stdout. An enum exit_status. */
int apply_run(const struct install_request *request);

#endif
