// SPDX-License-Identifier: BSD-2-Clause
/* Texts of a state file or a command line to values, each judged alone. */
#include "install/state_field.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"

#define MAC_MULTICAST_BIT 0x01 /* of the first byte */

static const char *set_name(const char *text, void *out)
{
	size_t len = strlen(text);

	if (!len)
		return "is empty";
	if (len >= STATE_NAME_MAX)
		return "is longer than 127 bytes";
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return "has white space or control characters";
	}
	/* The whole array, so that equal names are equal bytes. */
	memset(out, 0, STATE_NAME_MAX);
	memcpy(out, text, len);
	return NULL;
}

/* An address that one host can have. */
static bool is_unicast(uint32_t addr)
{
	uint8_t first = (uint8_t)(ntohl(addr) >> 24);

	return first > 0 && first != 127 && first < 224;
}

const char *state_set_ipv4(const char *text, void *out)
{
	uint32_t addr;

	if (parse_ipv4(text, &addr))
		return "is not an IPv4 address";
	if (!is_unicast(addr))
		return "is not an address that a host can have";
	memcpy(out, &addr, sizeof(addr));
	return NULL;
}

static const char *set_pod_cidr(const char *text, void *out)
{
	struct cidr4 cidr;

	if (parse_cidr4(text, &cidr))
		return "is not an IPv4 prefix (a.b.c.d/n without host bits)";
	if (!cidr.len || !is_unicast(cidr.addr))
		return "is not a prefix that pods can have";
	memcpy(out, &cidr, sizeof(cidr));
	return NULL;
}

static const char *set_interface(const char *text, void *out)
{
	if (!interface_name_is_valid(text))
		return "is not an interface name (1 to 15 characters, no '/', ':' or white space)";
	memset(out, 0, IFNAMSIZ);
	memcpy(out, text, strlen(text));
	return NULL;
}

static const char *set_mac(const char *text, void *out)
{
	static const uint8_t zero[6];
	uint8_t mac[6];

	if (parse_mac(text, mac))
		return "is not a MAC address (02:00:00:00:00:01)";
	if (mac[0] & MAC_MULTICAST_BIT || !memcmp(mac, zero, sizeof(mac)))
		return "is not the MAC address of one interface";
	memcpy(out, mac, sizeof(mac));
	return NULL;
}

static const char *set_identity(const char *text, void *out)
{
	uint64_t identity;

	if (parse_uint(text, STATE_IDENTITY_MAX, &identity) || !identity)
		return "is not a security identity (1 to 16777215)";
	*(uint32_t *)out = (uint32_t)identity;
	return NULL;
}

static const struct state_field node_items[] = {
	{ "name", false, set_name, offsetof(struct node_state, name) },
	{ "ip", true, state_set_ipv4, offsetof(struct node_state, ip) },
	{ "pod-cidr", true, set_pod_cidr, offsetof(struct node_state, pod_cidr) },
	{ "router-ip", true, state_set_ipv4, offsetof(struct node_state, router_ip) },
};

static const struct state_field remote_items[] = {
	{ "name", false, set_name, offsetof(struct remote_node, name) },
	{ "ip", true, state_set_ipv4, offsetof(struct remote_node, ip) },
	{ "pod-cidr", true, set_pod_cidr, offsetof(struct remote_node, pod_cidr) },
};

static const struct state_field endpoint_items[] = {
	{ "name", false, set_name, offsetof(struct endpoint, name) },
	{ "ip", true, state_set_ipv4, offsetof(struct endpoint, ip) },
	{ "interface", true, set_interface, offsetof(struct endpoint, interface) },
	{ "mac", true, set_mac, offsetof(struct endpoint, mac) },
	{ "identity", false, set_identity, offsetof(struct endpoint, identity) },
};

const struct state_fields state_node_fields = { node_items, ARRAY_SIZE(node_items) };
const struct state_fields state_remote_fields = { remote_items, ARRAY_SIZE(remote_items) };
const struct state_fields state_endpoint_fields = { endpoint_items, ARRAY_SIZE(endpoint_items) };

_Static_assert(STATE_NAME_MAX == 128, "set_name() names the limit");
_Static_assert(IFNAMSIZ == 16, "set_interface() names the limit");
_Static_assert(STATE_IDENTITY_MAX == 16777215, "set_identity() names the limit");

const struct state_field *state_field_find(const struct state_fields *fields, const char *key)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (!strcmp(fields->items[i].key, key))
			return &fields->items[i];
	}
	return NULL;
}

void endpoint_init(struct endpoint *ep)
{
	*ep = (struct endpoint){ .identity = HR_ID_INIT };
}

const char *endpoint_set(struct endpoint *ep, const char *key, const char *text)
{
	const struct state_field *field = state_field_find(&state_endpoint_fields, key);

	return field ? field->set(text, (char *)ep + field->offset)
		     : "belongs to a field that endpoints do not have";
}

bool interface_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '/' || *p == ':')
			return false;
	}
	return true;
}
