/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps from what maps hold to what they should. Tables name what is in those before them (tables.def), so all are
 * entered in their order before any is cleared, in the reverse: no packet finds half of anything. Pure.
 */
#ifndef HR_INSTALL_TABLE_PLAN_H
#define HR_INSTALL_TABLE_PLAN_H

#include "install/steps.h"
#include "probe/needs.h"

/*
 * Appends the steps; sorts want and have. maps[id] NULL: there is no such map, and nothing is done for it. -E2BIG after
 * logging when a map has no room, for a moment, for both what is new and what it replaces; or -ENOMEM.
 */
int table_plan(struct steps *plan, const struct object_map *const maps[TABLE__COUNT],
	       struct table want[TABLE__COUNT], struct table have[TABLE__COUNT]);

/* For the tables of Maglev's that the plan writes, and those that it deletes. */
void table_plan_maglev(struct steps *plan, const struct maglev *now, const struct maglev *before);

#endif
