// SPDX-License-Identifier: BSD-2-Clause
/* Bytes of a ring buffer to a struct event. */
#include "install/event.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#define UDP_LEN 8
#define TUNNEL_LEN 8 /* of VXLAN, and of Geneve (RFC 8926) without its options */
#define GENEVE_OPTIONS 0x3f /* units of 4 bytes; the other bits are the version, 0 */
#define FRAGMENT_OFFSET 0x1fff

/* What is left to read. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

static bool skip(struct bytes *b, size_t len)
{
	if (b->len < len)
		return false;
	b->at += len;
	b->len -= len;
	return true;
}

static uint16_t u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void read_l4(struct bytes b, struct event_packet *out)
{
	switch (out->protocol) {
	case IPPROTO_TCP:
		out->has_l4 = b.len >= 14;
		if (out->has_l4)
			out->tcp_flags = b.at[13];
		break;
	case IPPROTO_UDP:
		out->has_l4 = b.len >= 4;
		break;
	case IPPROTO_ICMP:
		out->has_l4 = b.len >= 2;
		if (out->has_l4) {
			out->icmp_type = b.at[0];
			out->icmp_code = b.at[1];
		}
		return;
	default:
		return;
	}
	if (out->has_l4) {
		out->sport = u16(b.at);
		out->dport = u16(b.at + 2);
	}
}

/* An Ethernet frame; *b is left behind the IP header of one that is IPv4. */
static void read_frame(struct bytes *b, struct event_packet *out)
{
	const uint8_t *ip = b->at + ETHER_HDR_LEN;
	size_t header;

	if (b->len < ETHER_HDR_LEN + 20 || u16(b->at + 12) != ETHERTYPE_IP || ip[0] >> 4 != 4)
		return;
	header = (size_t)(ip[0] & 15) * 4;
	out->is_ipv4 = true;
	out->protocol = ip[9];
	memcpy(&out->saddr, ip + 12, sizeof(out->saddr));
	memcpy(&out->daddr, ip + 16, sizeof(out->daddr));
	if (header < 20 || !skip(b, ETHER_HDR_LEN + header))
		b->len = 0;
	else if (!(u16(ip + 6) & FRAGMENT_OFFSET))
		read_l4(*b, out);
}

/* What follows the UDP header; *b is left at the frame. */
static bool read_tunnel(struct bytes *b, enum event_encap encap, uint32_t *vni)
{
	const uint8_t *at = b->at;
	size_t options = 0;

	if (b->len < TUNNEL_LEN)
		return false;
	if (encap == EVENT_ENCAP_GENEVE) {
		options = (size_t)(at[0] & GENEVE_OPTIONS) * 4;
		if (at[0] & ~GENEVE_OPTIONS || u16(at + 2) != ETH_P_TEB)
			return false;
	}
	*vni = (uint32_t)u16(at + 4) << 8 | at[6];
	return skip(b, TUNNEL_LEN + options);
}

static void read_packet(struct bytes b, struct event_tunnel tunnel, struct event *out)
{
	struct event_packet inner = { 0 };
	uint32_t vni;

	read_frame(&b, &out->packet);
	if (tunnel.encap == EVENT_ENCAP_NONE || !out->packet.has_l4 ||
	    out->packet.protocol != IPPROTO_UDP || out->packet.dport != tunnel.port ||
	    !skip(&b, UDP_LEN) || !read_tunnel(&b, tunnel.encap, &vni))
		return;
	read_frame(&b, &inner);
	if (!inner.is_ipv4)
		return;
	out->encap = tunnel.encap;
	out->outer = out->packet;
	out->packet = inner;
	out->vni = vni;
}

static bool is_event(const struct hr_event *head, size_t len)
{
	if (head->version != HR_EVENT_VERSION || head->type >= HR_EVENT__COUNT ||
	    head->hook >= HOOK__COUNT || head->captured > len - sizeof(*head))
		return false;
	return head->type == HR_EVENT_DEBUG ? head->reason < HR_DEBUG__COUNT
					    : head->reason < REASON__COUNT;
}

int event_decode(const void *data, size_t len, struct event_tunnel tunnel, struct event *out)
{
	struct event event = { 0 };

	if (len < sizeof(event.head))
		return -EBADMSG;
	memcpy(&event.head, data, sizeof(event.head));
	if (!is_event(&event.head, len))
		return -EBADMSG;
	read_packet((struct bytes){ .at = (const uint8_t *)data + sizeof(event.head),
				    .len = event.head.captured },
		    tunnel, &event);
	if (event.head.type != HR_EVENT_DEBUG)
		event.original = event.head.values[0];
	*out = event;
	return 0;
}
