/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs from node to node: constants in .rodata that hrinstall sets by name before it loads an
 * object, so that one bundle serves every node. All of them are listed here; an object holds those of
 * the headers it includes.
 */
#ifndef HR_BPF_NODE_H
#define HR_BPF_NODE_H

#include <linux/types.h>

#include "abi.h"

const volatile __u32 node_overlay_ifindex = 0; /* hr_vxlan or hr_geneve; unused without a tunnel */
const volatile __u32 node_tunnel_mtu = 1450; /* IP packets that fit into the tunnel; ditto */

const volatile __u32 node_ip =
	0; /* network byte order; source of what the node itself encapsulates */

const volatile __u32 node_router_ip =
	0; /* ditto; of hr_host, which other nodes reach by the tunnel */
/* Cookie of the node's own network namespace; 0: that of the kernel's first one. */
const volatile __u32 node_netns_low = 0;
const volatile __u32 node_netns_high = 0;

/*
 * Destinations to which pods go with their own addresses, network byte order: those with
 * (destination & mask) == addr. So 0/0 means all of them; and as a CIDR has no address bits outside its mask,
 * any other address with mask 0 means none.
 */
const volatile __u32 node_snat_exclusion_addr = NODE_SNAT_EXCLUSION_NONE;
const volatile __u32 node_snat_exclusion_mask = 0;

#endif
