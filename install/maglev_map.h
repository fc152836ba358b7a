/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maglev's tables in map hr_maglev4. A piece has no value of its own in struct table: what it is follows from the
 * backends of its set, which are in hr_slots4 before it is written and until after it is deleted.
 */
#ifndef HR_INSTALL_MAGLEV_MAP_H
#define HR_INSTALL_MAGLEV_MAP_H

#include <stdbool.h>

#include "install/maglev.h"
#include "install/tables.h"

/*
 * Writes a difference of pieces, or takes it back; what was written before a failure is taken back. slots_fd is
 * hr_slots4. 0, -ENOENT when a set has no backends there, or another negative errno.
 */
int maglev_map_change(int fd, int slots_fd, const struct maglev *m, const struct table_diff *diff,
		      bool reverse);

/* Is there a piece of that key? */
bool maglev_map_has(int fd, const void *key);

/* The keys of all pieces. */
int maglev_map_dump(int fd, struct table *out);

#endif
