/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs from node to node: constants in .rodata that hrinstall sets by name before it loads an
 * object, so that one bundle serves every node. All of them are listed here; an object holds those of
 * the headers it includes.
 */
#ifndef HR_BPF_NODE_H
#define HR_BPF_NODE_H

#include <linux/types.h>

const volatile __u32 node_vxlan_ifindex = 0; /* hr_vxlan; unused without a tunnel */

#endif
