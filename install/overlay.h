/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnels that bundles may name, and the device each takes: one device a node, in external mode, so that
 * the programs say whereto. Knows nothing of what is on a node.
 */
#ifndef HR_INSTALL_OVERLAY_H
#define HR_INSTALL_OVERLAY_H

#include "install/rtnl.h"

#define DEVICE_VXLAN "hr_vxlan"
#define DEVICE_GENEVE "hr_geneve"

struct overlay_def {
	const char *protocol; /* as manifests spell it; also the kernel's kind of link */
	const char *device;
	int (*add)(struct rtnl *nl, const char *name, uint16_t port, unsigned int mtu);
	int port_taken; /* what add answers when another device in external mode has the port */
};

/* NULL for a protocol that is none of them. */
const struct overlay_def *overlay_find(const char *protocol);

#endif
