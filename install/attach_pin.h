/* SPDX-License-Identifier: BSD-2-Clause */
/* Links of any kind: where they are pinned, and their end. Private to attach.c and attach_cgroup.c. */
#ifndef HR_INSTALL_ATTACH_PIN_H
#define HR_INSTALL_ATTACH_PIN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Pins a link, in place of what has_pin says is there. Creates links_dir when only that last part of the path is
 * missing. Logs.
 */
int attach_link_pin(const char *links_dir, const char *path, bool has_pin, int link_fd);

/* Success when there is none. Logs. */
int attach_pin_remove(const char *path);

/* Not by closing: other pins of the link, maybe out of sight, would keep it. Success when it is gone. Logs nothing. */
int attach_link_detach(uint32_t link_id);

#endif
