/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices of the line "KubeProxyReplacement:" of `cilium status`: hrprobe predicts them, hrinstall says what is
 * loaded.
 *
 * Source: ../shared/reference/cilium-config.md H, L, M.
 */
#ifndef HR_PROBE_KPR_LINE_H
#define HR_PROBE_KPR_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "config/release.h"
#include "probe/facts.h"

struct kpr_line {
	const char *kpr; /* the mode that comes before: "Probe" */
	enum cilium_release release;
	unsigned int families; /* FACT_IPV4 | FACT_IPV6: of the addresses, up to 1.14 */
	bool has_addresses; /* up to 1.14; later releases list all of them anyway */
	const struct fact_device *const *devices; /* point into the facts */
	size_t device_count;
	const struct fact_device *direct; /* the direct routing device, or NULL */
	const char *unknown_device; /* a name that no device has; NULL or "": all exist */
};

/* Appends " [enp0s2 192.168.64.8, ...]", or nothing where the mode goes without. */
void kpr_devices(struct buf *b, const struct kpr_line *line, const struct node_facts *facts);

#endif
