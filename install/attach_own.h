/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a loaded program one of ours? Asked from the kernel by the program's id, because pins can be out of
 * sight. Private to attach.c and attach_cgroup.c.
 */
#ifndef HR_INSTALL_ATTACH_OWN_H
#define HR_INSTALL_ATTACH_OWN_H

#include <stdint.h>

/*
 * 1 when the program has this name and uses a map of that name, 0 when not or when it is gone
 * meanwhile, or a negative errno. Logs nothing.
 */
int program_is_own(uint32_t prog_id, const char *name, const char *map);

#endif
