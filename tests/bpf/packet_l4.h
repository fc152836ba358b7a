/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames with TCP, UDP and ICMP in them. As everywhere here, checksums are computed from the bytes that they
 * cover; so the frame that is expected of a program is built anew, from what it should say.
 */
#ifndef HR_TESTS_PACKET_L4_H
#define HR_TESTS_PACKET_L4_H

#include <netinet/in.h>
#include <stdbool.h>

#include "tests/bpf/packet.h"

enum icmp_type {
	ICMP_TYPE_ECHO_REPLY = 0,
	ICMP_TYPE_UNREACHABLE = 3,
	ICMP_TYPE_QUENCH = 4,
	ICMP_TYPE_ECHO = 8,
	ICMP_TYPE_TIME_EXCEEDED = 11,
	ICMP_TYPE_PARAMETER = 12,
	ICMP_TYPE_TIMESTAMP = 13,
};

enum tcp_flag {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	ACK = 0x10,
};

struct l4_spec {
	const char *src, *dst;
	uint16_t sport, dport; /* ICMP: the id, in sport */
	uint8_t protocol; /* IPPROTO_TCP, _UDP or _ICMP */
	uint8_t tcp_flags; /* 0: ACK */
	uint8_t icmp_type;
	bool no_checksum; /* UDP */
	uint8_t options; /* 32-bit words of IP options */
	uint16_t id, fragment; /* of the IP header; the latter as in ipv4_spec */
	size_t payload; /* behind the L4 header */
	uint16_t first; /* what the payload begins with, when it has two bytes or more */
};

void packet_l4(struct packet *p, const struct l4_spec *spec);

/*
 * An ICMP error from src to dst that quotes the IP packet in `about`, `quoted` bytes of it; those that it lacks
 * are not made up.
 */
struct icmp_error_spec {
	const char *src, *dst;
	uint8_t type, code;
	uint16_t mtu; /* of "fragmentation needed" */
	const struct packet *about;
	size_t quoted; /* 0: IP header and 8 bytes, as RFC 792 has it */
};

void packet_icmp_error(struct packet *p, const struct icmp_error_spec *spec);

/* Bytes [offset, offset + len) of the IP payload of `whole`, as a fragment; the last one when they are its last. */
void packet_fragment(struct packet *p, const struct packet *whole, size_t offset, size_t len);

/* Checksum of a range of the frame plus a start value, as RFC 1071 has it. */
uint16_t packet_checksum(const struct packet *p, size_t from, size_t to, uint32_t start);

#endif
