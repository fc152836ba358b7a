/* SPDX-License-Identifier: BSD-2-Clause */
/* VXLAN frames as RFC 7348 has them, put together byte by byte. */
#ifndef HR_TESTS_VXLAN_H
#define HR_TESTS_VXLAN_H

#include "tests/bpf/packet.h"

/* Offsets in the frame. */
enum {
	OUTER_IP = PACKET_ETH,
	OUTER_UDP = OUTER_IP + 20,
	OUTER_VXLAN = OUTER_UDP + 8,
	INNER_ETH = OUTER_VXLAN + 8,
	INNER_IP = INNER_ETH + PACKET_ETH,
};

struct vxlan_spec {
	const char *src, *dst; /* of the outer packet */
	uint16_t sport;
	uint8_t tos;
	uint32_t vni;
	const struct packet *inner; /* the whole frame inside */
};

/* The outer frame has the inner one's MACs, no DF, TTL 64, UDP checksum 0, and identification 0. */
void packet_vxlan(struct packet *p, const struct vxlan_spec *spec);

#endif
