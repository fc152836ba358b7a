/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One record of hr_events, read and printed. Decoding is bytes in, struct out: it asks nobody, and what the bytes do not
 * hold is absent, never guessed. As JSON, one object a line, schema "hostroute.event/1":
 *
 *   time_ns                 CLOCK_MONOTONIC
 *   type                    "drop", "trace" or "debug"
 *   program, direction      where it happened, and which way the packet was going as a pod sees it
 *   reason                  name in bpf-templates/lib/reasons.def; of a debug event in debugs.def
 *   ifindex, interface      of the program; interface is null when it is gone
 *   hash                    of the flow, hexadecimal, the same in both directions
 *   source_identity, destination_identity   0: no pod or address of this node
 *   original_source         null, or the source that a masqueraded packet had before
 *   length, captured        bytes of the packet, and of it in the event
 *   values                  of a debug event only: an object, by the names in debugs.def
 *   packet                  null when too little was captured, else { source, destination, protocol (number) } and
 *                           by protocol source_port, destination_port, tcp_flags, icmp_type, icmp_code
 *   tunnel                  null, or of the outer header { source, destination, protocol ("vxlan" or "geneve"), vni };
 *                           packet is the inner one then
 */
#ifndef HR_INSTALL_EVENT_H
#define HR_INSTALL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bpf-templates/lib/abi.h"

#define EVENT_SCHEMA "hostroute.event/1"

/* Of one IPv4 packet; addresses in network byte order, the rest in host byte order. */
struct event_packet {
	bool is_ipv4; /* false: nothing below is known */
	bool has_l4; /* the fields of the protocol below are known */
	uint32_t saddr, daddr;
	uint8_t protocol;
	uint16_t sport, dport; /* TCP, UDP */
	uint8_t tcp_flags; /* TCP */
	uint8_t icmp_type, icmp_code; /* ICMP */
};

enum event_encap {
	EVENT_ENCAP_NONE,
	EVENT_ENCAP_VXLAN,
	EVENT_ENCAP_GENEVE,
	EVENT_ENCAP__COUNT,
};

/* What UDP datagrams to a port are. */
struct event_tunnel {
	enum event_encap encap;
	uint16_t port; /* host byte order */
};

struct event {
	struct hr_event head;
	struct event_packet packet; /* of the pods, inside any tunnel */
	enum event_encap encap; /* of packet */
	struct event_packet outer; /* valid with encapsulation */
	uint32_t vni; /* ditto */
	uint32_t original; /* source that a masqueraded packet had before, network order; else 0 */
};

/* 0, or -EBADMSG for bytes that are no event of this version; *out is untouched then. */
int event_decode(const void *data, size_t len, struct event_tunnel tunnel, struct event *out);

/* The type of that name. False when there is none. */
bool event_type_find(const char *name, enum hr_event_type *out);

/* Is it the name of a reason or of a kind of debug event? */
bool event_reason_exists(const char *name);

/* Name of the reason, or of a debug event's kind. */
const char *event_reason_name(const struct event *event);

/* One line. interface NULL: unknown. 0, or -ENOMEM or -EIO; not logged. */
int event_print_text(const struct event *event, const char *interface, FILE *out);
int event_print_json(const struct event *event, const char *interface, FILE *out);

#endif
