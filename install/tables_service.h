/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services as the datapath's tables have them. Pure.
 *
 * A set has the backends that are active, or, where none is, those that are terminating, as kube-proxy has it; with a
 * traffic policy Local only those on this node.
 */
#ifndef HR_INSTALL_TABLES_SERVICE_H
#define HR_INSTALL_TABLES_SERVICE_H

#include "install/serving.h"
#include "install/tables.h"

/* Adds what the bundle serves of a state's services to the five tables. 0 or -ENOMEM. */
int tables_add_services(const struct node_state *state, const struct serving *serving,
			struct table out[TABLE__COUNT]);

/* Makes one entry of those of a table TABLE_BACKENDS that are of one backend, with the sums of their counts. */
void tables_merge_backends(struct table *t);

/* Does the table hold services? */
bool table_is_of_services(enum table_id id);

#endif
