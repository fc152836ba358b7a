// SPDX-License-Identifier: BSD-2-Clause
/* The outer headers around a frame. */
#include "tests/bpf/vxlan.h"

#include <assert.h>
#include <string.h>

#define VXLAN_PORT 8472

void packet_vxlan(struct packet *p, const struct vxlan_spec *spec)
{
	size_t udp_len = spec->inner->len + INNER_ETH - OUTER_UDP;

	assert(INNER_ETH + spec->inner->len <= PACKET_MAX);
	packet_ipv4(p,
		    &(struct ipv4_spec){ .src = spec->src, .dst = spec->dst, .payload = udp_len });
	memcpy(p->data, spec->inner->data, 12);
	memset(p->data + OUTER_UDP, 0, INNER_ETH - OUTER_UDP);
	p->data[OUTER_IP + 1] = spec->tos;
	packet_set_ttl(p, 64); /* and the header checksum */
	packet_set_u16(p, OUTER_UDP, spec->sport);
	packet_set_u16(p, OUTER_UDP + 2, VXLAN_PORT);
	packet_set_u16(p, OUTER_UDP + 4, (uint16_t)udp_len);
	p->data[OUTER_VXLAN] = 0x08;
	p->data[OUTER_VXLAN + 4] = (uint8_t)(spec->vni >> 16);
	packet_set_u16(p, OUTER_VXLAN + 5, (uint16_t)spec->vni);
	memcpy(p->data + INNER_ETH, spec->inner->data, spec->inner->len);
}
