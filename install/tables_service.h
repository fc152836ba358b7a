/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services as the datapath's tables have them. Pure.
 *
 * A set has the backends that are active, or, where none is, those that are terminating, as kube-proxy has it; with a
 * traffic policy Local only those on this node.
 *
 * A set has a table of Maglev's where the bundle is for it, somebody outside may ask for it, and it has more than one
 * backend: 4 KiB of the kernel's memory for each 2,000 entries begun, which is 36 KiB with the default size of 16381; and 16 MiB
 * for all of them together, where as many tables may be as bpf-lb-map-max says.
 * What connects at a socket or leaves a pod takes turns, as with Cilium.
 */
#ifndef HR_INSTALL_TABLES_SERVICE_H
#define HR_INSTALL_TABLES_SERVICE_H

#include "install/serving.h"
#include "install/tables.h"

/* Adds what the bundle serves of a state's services to the tables. 0 or -ENOMEM. */
int tables_add_services(const struct node_state *state, const struct serving *serving,
			struct table out[TABLE__COUNT]);

/* Makes one entry of those of a table TABLE_BACKENDS that are of one backend, with the sums of their counts. */
void tables_merge_backends(struct table *t);

/* Does the table hold services? */
bool table_is_of_services(enum table_id id);

#endif
