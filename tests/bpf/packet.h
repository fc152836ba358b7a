/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet frames for the datapath's tests. Checksums are recomputed over the whole header, never updated,
 * so that they are a second opinion on what the programs do.
 */
#ifndef HR_TESTS_PACKET_H
#define HR_TESTS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 2048
#define PACKET_ETH 14 /* where L3 begins */

struct packet {
	size_t len;
	uint8_t data[PACKET_MAX];
};

/* What a test says about an IPv4 packet; the rest has defaults: 64 hops, no options, UDP. */
struct ipv4_spec {
	const char *dmac, *smac; /* NULL: zero */
	const char *src, *dst;
	uint8_t options; /* 32-bit words of IP options, all no-operation */
	uint8_t protocol; /* 0: UDP */
	uint16_t fragment; /* flags and offset, host order */
	uint16_t id;
	size_t payload; /* bytes behind the IP header, L4 header included */
};

void packet_ipv4(struct packet *p, const struct ipv4_spec *spec);

struct arp_spec {
	const char *dmac, *smac;
	uint16_t op;
	const char *sha, *spa, *tha, *tpa; /* NULL MAC: zero */
};

void packet_arp(struct packet *p, const struct arp_spec *spec);

void packet_set_macs(struct packet *p, const char *dmac, const char *smac);
void packet_set_ttl(struct packet *p, uint8_t ttl);
void packet_set_u8(struct packet *p, size_t offset, uint8_t value);
void packet_set_u16(struct packet *p, size_t offset, uint16_t value); /* to network order */

/* Header checksum as RFC 791 has it, to be stored as it is; and the stored one. */
uint16_t packet_ipv4_checksum(const struct packet *p);
uint16_t packet_stored_checksum(const struct packet *p);

/* Chooses the IP identification so that the header checksum, read in network order, becomes `wanted`. */
void packet_force_checksum(struct packet *p, uint16_t wanted);

#endif
