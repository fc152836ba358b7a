// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bpf/hostile.h"

#include <netinet/in.h>
#include <string.h>

enum {
	L3 = PACKET_ETH,
	IP_HEADER = 20,
	MORE = 0x2000,
	DONT = 0x4000,
};

/* Option numbers of RFC 791, 2113 and, the last, of a load balancer's own. */
enum {
	NOP = 1,
	RECORD_ROUTE = 7,
	TIMESTAMP = 68,
	LOOSE_ROUTE = 131,
	STRICT_ROUTE = 137,
	ROUTER_ALERT = 148,
	BACKEND = 154,
};

const struct hostile hostiles[] = {
	{ "no-operation", HOSTILE_OPTIONS, 1, { NOP, NOP, NOP, NOP }, .payload = 64 },
	{ "end of options only", HOSTILE_OPTIONS, 1, .payload = 64 },
	{ "all room for options", HOSTILE_OPTIONS, 10, { NOP }, .payload = 64 },
	{ "options and nothing behind", HOSTILE_OPTIONS, 10, { NOP } },
	{ "record route", HOSTILE_OPTIONS, 2, { RECORD_ROUTE, 7, 4 }, .payload = 64 },
	{ "record route, full", HOSTILE_OPTIONS, 2, { RECORD_ROUTE, 7, 8 }, .payload = 64 },
	{ "record route, pointer 0", HOSTILE_OPTIONS, 2, { RECORD_ROUTE, 7 }, .payload = 64 },
	{ "loose source route",
	  HOSTILE_OPTIONS,
	  2,
	  { LOOSE_ROUTE, 7, 4, 203, 0, 113, 9 },
	  .payload = 64 },
	{ "strict source route",
	  HOSTILE_OPTIONS,
	  2,
	  { STRICT_ROUTE, 7, 4, 203, 0, 113, 9 },
	  .payload = 64 },
	{ "source route behind others",
	  HOSTILE_OPTIONS,
	  3,
	  { NOP, NOP, LOOSE_ROUTE, 7, 4, 10, 233, 65, 7 },
	  .payload = 64 },
	{ "source route at its end",
	  HOSTILE_OPTIONS,
	  2,
	  { LOOSE_ROUTE, 7, 8, 203, 0, 113, 9 },
	  .payload = 64 },
	{ "router alert", HOSTILE_OPTIONS, 1, { ROUTER_ALERT, 4 }, .payload = 64 },
	{ "timestamps", HOSTILE_OPTIONS, 3, { TIMESTAMP, 12, 5 }, .payload = 64 },
	{ "a load balancer's option",
	  HOSTILE_OPTIONS,
	  2,
	  { BACKEND, 8, 0, 80, 10, 1, 1, 1 },
	  .payload = 64 },
	{ "unknown option", HOSTILE_OPTIONS, 1, { 0xff, 4 }, .payload = 64 },
	{ "option past the header", HOSTILE_OPTIONS, 1, { RECORD_ROUTE, 0xff, 4 }, .payload = 64 },
	{ "option of length 0", HOSTILE_OPTIONS, 1, { RECORD_ROUTE, 0 }, .payload = 64 },
	{ "option of length 1", HOSTILE_OPTIONS, 1, { LOOSE_ROUTE, 1 }, .payload = 64 },
	{ "option cut before its length",
	  HOSTILE_OPTIONS,
	  1,
	  { NOP, NOP, NOP, LOOSE_ROUTE },
	  .payload = 64 },
	{ "fragment with options",
	  HOSTILE_OPTIONS,
	  1,
	  { NOP },
	  .fragment = MORE | 2,
	  .payload = 8 },
	{ "header length that takes the payload for options", HOSTILE_OPTIONS, .first = 0x4f,
	  .payload = 64 },

	{ "no payload", HOSTILE_PLAIN },
	{ "UDP header cut", HOSTILE_PLAIN, .payload = 7 },
	{ "TCP header cut", HOSTILE_PLAIN, .protocol = IPPROTO_TCP, .payload = 19 },
	{ "TCP ports cut", HOSTILE_PLAIN, .protocol = IPPROTO_TCP, .payload = 3 },
	{ "TCP header longer than the packet", HOSTILE_PLAIN, .protocol = IPPROTO_TCP,
	  .payload = 20 },
	{ "ICMP header cut", HOSTILE_PLAIN, .protocol = IPPROTO_ICMP, .payload = 1 },
	{ "protocol nobody has", HOSTILE_PLAIN, .protocol = 255, .payload = 64 },
	{ "first fragment", HOSTILE_PLAIN, .fragment = MORE, .payload = 64 },
	{ "middle fragment", HOSTILE_PLAIN, .fragment = MORE | 8, .payload = 64 },
	{ "last fragment", HOSTILE_PLAIN, .fragment = 16, .payload = 64 },
	{ "first fragment without ports", HOSTILE_PLAIN, .fragment = MORE },
	{ "first fragment with half a TCP header", HOSTILE_PLAIN, .protocol = IPPROTO_TCP,
	  .fragment = MORE, .payload = 8 },
	{ "fragment over the transport header", HOSTILE_PLAIN, .protocol = IPPROTO_TCP,
	  .fragment = MORE | 1, .payload = 8 },
	{ "fragment of odd length", HOSTILE_PLAIN, .fragment = MORE | 3, .payload = 13 },
	{ "fragment past 64 KiB", HOSTILE_PLAIN, .fragment = 0x1fff, .payload = 64 },
	{ "fragment not to be fragmented", HOSTILE_PLAIN, .fragment = DONT | MORE | 8,
	  .payload = 64 },
	{ "every flag and offset bit", HOSTILE_PLAIN, .fragment = 0xffff, .payload = 8 },
	{ "reserved flag", HOSTILE_PLAIN, .fragment = 0x8000, .payload = 64 },
	{ "less in the packet than in the frame", HOSTILE_PLAIN, .payload = 64, .total = -63 },
	{ "wrong checksum", HOSTILE_PLAIN, .payload = 64, .checksum = 1 },
	{ "wrong checksum, high byte", HOSTILE_PLAIN, .payload = 64, .checksum = 0x100 },

	{ "last hop", HOSTILE_EXPIRED, .payload = 64, .hops_less = 63 },
	{ "no hop at all", HOSTILE_EXPIRED, .payload = 64, .hops_less = 64 },
	{ "last hop of a fragment", HOSTILE_EXPIRED, .fragment = 16, .payload = 64,
	  .hops_less = 63 },
	{ "last hop of a source route",
	  HOSTILE_OPTIONS,
	  2,
	  { LOOSE_ROUTE, 7, 4 },
	  .payload = 64,
	  .hops_less = 63 },

	{ "version 6", HOSTILE_INVALID, .first = 0x65, .payload = 64 },
	{ "version 5", HOSTILE_INVALID, .first = 0x55, .payload = 64 },
	{ "version 15", HOSTILE_INVALID, .first = 0xf5, .payload = 64 },
	{ "version 0", HOSTILE_INVALID, .first = 0x05, .payload = 64 },
	{ "no header", HOSTILE_INVALID, .first = 0x40, .payload = 64 },
	{ "header of 16 bytes", HOSTILE_INVALID, .first = 0x44, .payload = 64 },
	{ "header longer than the packet", HOSTILE_INVALID, .first = 0x4f, .payload = 39 },
	{ "header longer than its total", HOSTILE_INVALID, .first = 0x46, .payload = 64,
	  .total = -61 },
	{ "total of 0", HOSTILE_INVALID, .payload = 64, .total = -84 },
	{ "total shorter than a header", HOSTILE_INVALID, .payload = 64, .total = -65 },
	{ "total past the frame", HOSTILE_INVALID, .payload = 64, .total = 1 },
	{ "total far past the frame", HOSTILE_INVALID, .payload = 64, .total = 32000 },
};

const size_t hostile_count = sizeof(hostiles) / sizeof(*hostiles);

/* One's complement: what is added stays added when somebody else updates the sum. */
static void spoil_checksum(const struct hostile *h, struct packet *p)
{
	uint32_t sum = packet_ipv4_checksum(p) + (uint32_t)h->checksum;

	packet_set_u16(p, L3 + 10, (uint16_t)(sum + (sum >> 16)));
}

void hostile_packet(const struct hostile *h, const struct ipv4_spec *between, struct packet *out)
{
	struct ipv4_spec spec = *between;

	spec.options = h->words;
	spec.protocol = h->protocol;
	spec.fragment = h->fragment;
	spec.payload = h->payload;
	packet_ipv4(out, &spec);
	memcpy(out->data + L3 + IP_HEADER, h->options, h->words * 4u);
	packet_set_u16(out, L3 + 2, (uint16_t)((int)(out->len - L3) + h->total));
	if (h->first)
		packet_set_u8(out, L3, h->first);
	packet_set_u8(out, L3 + 8, (uint8_t)(64 - h->hops_less));
	spoil_checksum(h, out);
}

void hostile_hop(const struct hostile *h, struct packet *p)
{
	packet_set_u8(p, L3 + 8, p->data[L3 + 8] - 1);
	spoil_checksum(h, p);
}
