// SPDX-License-Identifier: BSD-2-Clause
/* Frames are written byte by byte at the offsets of the RFCs, without the structs the datapath uses. */
#include "tests/bpf/packet.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "common/parse.h"

enum offset {
	AT_ETH_TYPE = 12,
	AT_IP_VERSION = PACKET_ETH,
	AT_IP_TOTAL = PACKET_ETH + 2,
	AT_IP_ID = PACKET_ETH + 4,
	AT_IP_FRAGMENT = PACKET_ETH + 6,
	AT_IP_TTL = PACKET_ETH + 8,
	AT_IP_PROTOCOL = PACKET_ETH + 9,
	AT_IP_CHECKSUM = PACKET_ETH + 10,
	AT_IP_SOURCE = PACKET_ETH + 12,
	AT_IP_DESTINATION = PACKET_ETH + 16,
	AT_IP_OPTIONS = PACKET_ETH + 20,
	AT_ARP_HARDWARE = PACKET_ETH,
	AT_ARP_PROTOCOL = PACKET_ETH + 2,
	AT_ARP_LENGTHS = PACKET_ETH + 4,
	AT_ARP_OPERATION = PACKET_ETH + 6,
	AT_ARP_SENDER = PACKET_ETH + 8,
	AT_ARP_TARGET = PACKET_ETH + 18,
	AT_ARP_END = PACKET_ETH + 28,
};

void packet_set_u8(struct packet *p, size_t offset, uint8_t value)
{
	p->data[offset] = value;
}

void packet_set_u16(struct packet *p, size_t offset, uint16_t value)
{
	p->data[offset] = value >> 8;
	p->data[offset + 1] = value & 0xff;
}

static void put_mac(struct packet *p, size_t offset, const char *text)
{
	int err = text ? parse_mac(text, p->data + offset) : 0;

	assert(!err);
}

static void put_address(struct packet *p, size_t offset, const char *text)
{
	uint32_t addr;
	int err = parse_ipv4(text, &addr);

	assert(!err);
	memcpy(p->data + offset, &addr, sizeof(addr));
}

static size_t header_len(const struct packet *p)
{
	return (p->data[AT_IP_VERSION] & 0xf) * 4u;
}

uint16_t packet_ipv4_checksum(const struct packet *p)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < header_len(p); i += 2) {
		const uint8_t *word = p->data + PACKET_ETH + i;

		if (i != AT_IP_CHECKSUM - PACKET_ETH)
			sum += (uint32_t)word[0] << 8 | word[1];
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

uint16_t packet_stored_checksum(const struct packet *p)
{
	return (uint16_t)(p->data[AT_IP_CHECKSUM] << 8 | p->data[AT_IP_CHECKSUM + 1]);
}

static void store_checksum(struct packet *p)
{
	packet_set_u16(p, AT_IP_CHECKSUM, packet_ipv4_checksum(p));
}

void packet_force_checksum(struct packet *p, uint16_t wanted)
{
	for (uint32_t id = 0; id <= 0xffff; id++) {
		packet_set_u16(p, AT_IP_ID, (uint16_t)id);
		if (packet_ipv4_checksum(p) == wanted)
			break;
	}
	store_checksum(p);
	assert(packet_stored_checksum(p) == wanted);
}

void packet_set_macs(struct packet *p, const char *dmac, const char *smac)
{
	put_mac(p, 0, dmac);
	put_mac(p, 6, smac);
}

void packet_set_ttl(struct packet *p, uint8_t ttl)
{
	p->data[AT_IP_TTL] = ttl;
	store_checksum(p);
}

void packet_ipv4(struct packet *p, const struct ipv4_spec *spec)
{
	size_t header = 20 + spec->options * 4u;

	memset(p, 0, sizeof(*p));
	p->len = PACKET_ETH + header + spec->payload;
	assert(p->len <= PACKET_MAX);
	packet_set_macs(p, spec->dmac, spec->smac);
	packet_set_u16(p, AT_ETH_TYPE, 0x0800);
	p->data[AT_IP_VERSION] = (uint8_t)(0x40 | header / 4);
	packet_set_u16(p, AT_IP_TOTAL, (uint16_t)(header + spec->payload));
	packet_set_u16(p, AT_IP_ID, spec->id);
	packet_set_u16(p, AT_IP_FRAGMENT, spec->fragment);
	p->data[AT_IP_PROTOCOL] = spec->protocol ? spec->protocol : IPPROTO_UDP;
	put_address(p, AT_IP_SOURCE, spec->src);
	put_address(p, AT_IP_DESTINATION, spec->dst);
	memset(p->data + AT_IP_OPTIONS, 1, spec->options * 4u);
	for (size_t i = PACKET_ETH + header; i < p->len; i++)
		p->data[i] = (uint8_t)i;
	packet_set_ttl(p, 64);
}

void packet_arp(struct packet *p, const struct arp_spec *spec)
{
	memset(p, 0, sizeof(*p));
	p->len = AT_ARP_END;
	packet_set_macs(p, spec->dmac, spec->smac);
	packet_set_u16(p, AT_ETH_TYPE, 0x0806);
	packet_set_u16(p, AT_ARP_HARDWARE, 1);
	packet_set_u16(p, AT_ARP_PROTOCOL, 0x0800);
	packet_set_u16(p, AT_ARP_LENGTHS, 0x0604);
	packet_set_u16(p, AT_ARP_OPERATION, spec->op);
	put_mac(p, AT_ARP_SENDER, spec->sha);
	put_address(p, AT_ARP_SENDER + 6, spec->spa);
	put_mac(p, AT_ARP_TARGET, spec->tha);
	put_address(p, AT_ARP_TARGET + 6, spec->tpa);
}
