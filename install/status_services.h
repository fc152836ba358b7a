/* SPDX-License-Identifier: BSD-2-Clause */
/* Who serves Services on this node, in the terms of `cilium status`: what is loaded, never what was asked for. */
#ifndef HR_INSTALL_STATUS_SERVICES_H
#define HR_INSTALL_STATUS_SERVICES_H

#include <jansson.h>
#include <stddef.h>

#include "common/buf.h"
#include "install/status.h"
#include "probe/facts.h"

/* Fills s->services from its points, its maps and the node's devices, which are read already. */
void status_services_read(const struct node_facts *facts, struct status *s);

/* What follows "KubeProxyReplacement:". out gets a NUL-terminated line of at most size. */
void status_services_text(const struct status *s, char *out, size_t size);

/* The block "KubeProxyReplacement Details:" of `cilium status --verbose`. */
void status_services_details(const struct status *s, struct buf *b);

/* The stable word: "probe", "strict", "true", ..., "disabled", or "incomplete". */
const char *status_services_name(const struct status *s);

json_t *status_services_json(const struct status *s);

#endif
