/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The masquerading half of a status: which NICs really do it, asked from attachments and pinned maps, and what
 * the loaded programs leave out.
 */
#ifndef HR_INSTALL_STATUS_MASQUERADE_H
#define HR_INSTALL_STATUS_MASQUERADE_H

#include <jansson.h>

#include "install/status.h"

/*
 * Fills status->masquerade; points and record must have been read. A NIC counts when both programs are in place
 * and its address is in the map. 0, or a negative errno after logging one line.
 */
int status_masquerade_read(const struct install_paths *paths, struct status *status);

/* The value of the Masquerading line, as `cilium status` has it; static words where nothing is masqueraded. */
void status_masquerade_text(const struct status *status, char *out, size_t size);

/* "disabled", "incomplete", "iptables" or "bpf". */
const char *status_masquerade_name(const struct status *status);

/* The object `masquerade` of the JSON status, or NULL without memory. */
json_t *status_masquerade_json(const struct status *status);

#endif
