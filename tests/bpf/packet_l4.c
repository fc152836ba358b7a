// SPDX-License-Identifier: BSD-2-Clause
/* L4 headers byte by byte at the offsets of the RFCs. */
#include "tests/bpf/packet_l4.h"

#include <assert.h>
#include <string.h>

#include "common/parse.h"

static size_t ip_header(const struct packet *p)
{
	return (p->data[PACKET_ETH] & 0xf) * 4u;
}

uint16_t packet_checksum(const struct packet *p, size_t from, size_t to, uint32_t start)
{
	uint64_t sum = start;

	for (size_t i = from; i < to; i++)
		sum += (i - from) % 2 ? p->data[i] : (uint64_t)p->data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Both addresses, the protocol and the length. */
static uint32_t pseudo_header(const struct packet *p, size_t l4)
{
	uint32_t sum = p->data[PACKET_ETH + 9] + (uint32_t)(p->len - l4);

	for (size_t i = PACKET_ETH + 12; i < PACKET_ETH + 20; i += 2)
		sum += (uint32_t)p->data[i] << 8 | p->data[i + 1];
	return sum;
}

static void put_tcp(struct packet *p, size_t at, const struct l4_spec *spec)
{
	packet_set_u16(p, at, spec->sport);
	packet_set_u16(p, at + 2, spec->dport);
	p->data[at + 12] = 5 << 4;
	p->data[at + 13] = spec->tcp_flags ? spec->tcp_flags : ACK;
	packet_set_u16(p, at + 16, packet_checksum(p, at, p->len, pseudo_header(p, at)));
}

static void put_udp(struct packet *p, size_t at, const struct l4_spec *spec)
{
	uint16_t check;

	packet_set_u16(p, at, spec->sport);
	packet_set_u16(p, at + 2, spec->dport);
	packet_set_u16(p, at + 4, (uint16_t)(p->len - at));
	check = packet_checksum(p, at, p->len, pseudo_header(p, at));
	packet_set_u16(p, at + 6, spec->no_checksum ? 0 : check ? check : 0xffff);
}

static void put_icmp(struct packet *p, size_t at, const struct l4_spec *spec)
{
	p->data[at] = spec->icmp_type;
	packet_set_u16(p, at + 4, spec->sport);
	packet_set_u16(p, at + 6, 1);
	packet_set_u16(p, at + 2, packet_checksum(p, at, p->len, 0));
}

void packet_l4(struct packet *p, const struct l4_spec *spec)
{
	size_t header = spec->protocol == IPPROTO_TCP ? 20 : 8;
	size_t at = PACKET_ETH + 20 + spec->options * 4u;

	packet_ipv4(p, &(struct ipv4_spec){ .src = spec->src,
					    .dst = spec->dst,
					    .options = spec->options,
					    .protocol = spec->protocol,
					    .id = spec->id,
					    .fragment = spec->fragment,
					    .payload = header + spec->payload });
	memset(p->data + at, 0, header);
	for (size_t i = at + header; i < p->len; i++)
		p->data[i] = (uint8_t)i;
	if (spec->payload >= 2)
		packet_set_u16(p, at + header, spec->first);
	if (spec->protocol == IPPROTO_TCP)
		put_tcp(p, at, spec);
	else if (spec->protocol == IPPROTO_UDP)
		put_udp(p, at, spec);
	else if (spec->protocol == IPPROTO_ICMP)
		put_icmp(p, at, spec);
}

void packet_icmp_error(struct packet *p, const struct icmp_error_spec *spec)
{
	size_t quoted = spec->quoted ? spec->quoted : ip_header(spec->about) + 8;
	size_t at = PACKET_ETH + 20;

	assert(PACKET_ETH + quoted <= spec->about->len);
	packet_ipv4(p, &(struct ipv4_spec){ .src = spec->src,
					    .dst = spec->dst,
					    .protocol = IPPROTO_ICMP,
					    .payload = 8 + quoted });
	memset(p->data + at, 0, 8);
	p->data[at] = spec->type;
	p->data[at + 1] = spec->code;
	packet_set_u16(p, at + 6, spec->mtu);
	memcpy(p->data + at + 8, spec->about->data + PACKET_ETH, quoted);
	packet_set_u16(p, at + 2, packet_checksum(p, at, p->len, 0));
}

void packet_fragment(struct packet *p, const struct packet *whole, size_t offset, size_t len)
{
	size_t at = PACKET_ETH + ip_header(whole);
	bool is_last = at + offset + len == whole->len;

	assert(offset % 8 == 0 && at + offset + len <= whole->len && (is_last || len % 8 == 0));
	*p = (struct packet){ .len = at + len };
	memcpy(p->data, whole->data, at);
	memcpy(p->data + at, whole->data + at + offset, len);
	packet_set_u16(p, PACKET_ETH + 2, (uint16_t)(p->len - PACKET_ETH));
	packet_set_u16(p, PACKET_ETH + 6, (uint16_t)((is_last ? 0 : 0x2000) | offset / 8));
	packet_set_ttl(p, whole->data[PACKET_ETH + 8]); /* and the header checksum */
}
