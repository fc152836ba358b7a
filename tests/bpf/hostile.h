/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 packets as nobody sends them by accident: options of every sort, lengths that lie, fragments that overlap,
 * transport headers that are cut. One table, so that every program meets all of them.
 */
#ifndef HR_TESTS_HOSTILE_H
#define HR_TESTS_HOSTILE_H

#include "tests/bpf/packet.h"

/* What an IPv4 router makes of it. */
enum hostile_kind {
	HOSTILE_PLAIN, /* forwards it like any other: what is odd is the receiver's business */
	HOSTILE_OPTIONS, /* has to look at its options, or to refuse it for them */
	HOSTILE_EXPIRED, /* answers time exceeded */
	HOSTILE_INVALID, /* discards it unread */
};

struct hostile {
	const char *name;
	enum hostile_kind kind;
	uint8_t words; /* 32-bit words of options: these bytes, then end-of-options */
	uint8_t options[40];
	uint8_t protocol; /* 0: UDP */
	uint16_t fragment; /* flags and offset, host order */
	uint16_t payload; /* bytes behind the IP header */
	uint8_t first; /* version and header length; 0: as they should be */
	int16_t total; /* added to the total length */
	uint8_t hops_less; /* than 64 */
	uint16_t checksum; /* added to the right header checksum */
};

extern const struct hostile hostiles[];
extern const size_t hostile_count;

/* The packet between the addresses of `between`, of which nothing else is used. */
void hostile_packet(const struct hostile *h, const struct ipv4_spec *between, struct packet *out);

/* The same after one hop: TTL less one, a wrong checksum as wrong as before. */
void hostile_hop(const struct hostile *h, struct packet *p);

#endif
