// SPDX-License-Identifier: BSD-2-Clause
/* A node-facts file into a struct: the document, its devices and sysctls. */
#include "probe/facts_json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "probe/facts_json_part.h"

#define ADDRESS_MAX 64

static const char *family_name(unsigned int bit)
{
	return bit == FACT_IPV4 ? "ipv4" : bit == FACT_IPV6 ? "ipv6" : NULL;
}

const struct json_bits facts_json_families = { family_name, 2 };
const struct json_bits facts_json_owners = { fact_owner_name, FACT_OWNER_BITS };
const struct json_bits facts_json_capabilities = { fact_capability_name, FACT_CAP_BITS };

static int take_bit(const struct json_place *at, const json_t *value, const struct json_bits *names,
		    unsigned int *bits)
{
	const char *text = json_string_value(value);

	for (unsigned int i = 0; text && i < names->count; i++) {
		if (!strcmp(names->name(1u << i), text)) {
			*bits |= 1u << i;
			return 0;
		}
	}
	return json_bad(at, "not a name of this list");
}

int facts_json_take_bits(const struct json_place *at, const json_t *value,
			 const struct json_bits *names, unsigned int *bits)
{
	int err = 0;

	if (!json_is_array(value))
		return json_bad(at, "not an array of names");
	for (size_t i = 0; !err && i < json_array_size(value); i++) {
		struct json_place place = json_place_in(at, NULL, i);

		err = take_bit(&place, json_array_get(value, i), names, bits);
	}
	return err;
}

int facts_json_take_families(const struct json_place *at, const json_t *value, void *out,
			     size_t size)
{
	(void)size;
	return facts_json_take_bits(at, value, &facts_json_families, out);
}

int facts_json_take_family(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	(void)size;
	return take_bit(at, value, &facts_json_families, out);
}

/* The address in front of an optional prefix length, which must be one. */
static int take_address(const struct json_place *at, const json_t *value, char out[ADDRESS_MAX],
			unsigned int max_len)
{
	uint64_t len;
	char *slash;
	int err = json_take_text(at, value, out, ADDRESS_MAX);

	if (err)
		return err;
	slash = strchr(out, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	return parse_uint(slash + 1, max_len, &len) ? json_bad(at, "not a prefix length") : 0;
}

int facts_json_take_ip4(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	char text[ADDRESS_MAX];
	int err = take_address(at, value, text, 32);

	(void)size;
	if (err)
		return err;
	return parse_ipv4(text, out) ? json_bad(at, "not an IPv4 address") : 0;
}

static int take_ip6(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	char text[ADDRESS_MAX];
	int err = take_address(at, value, text, 128);

	(void)size;
	if (err)
		return err;
	return inet_pton(AF_INET6, text, out) == 1 ? 0 : json_bad(at, "not an IPv6 address");
}

static int take_ip4_list(const struct json_place *at, const json_t *value, void *device,
			 size_t size)
{
	struct fact_device *dev = device;
	struct json_array array = { facts_json_take_ip4, dev->ip4, FACTS_MAX_ADDRS,
				    sizeof(dev->ip4[0]) };

	(void)size;
	if (json_read_array(at, value, &array, &dev->ip4_global))
		return -EINVAL;
	dev->ip4_count = dev->ip4_global;
	return 0;
}

static int take_ip4_site(const struct json_place *at, const json_t *value, void *device,
			 size_t size)
{
	struct fact_device *dev = device;
	struct json_array array = { facts_json_take_ip4, &dev->ip4[dev->ip4_global],
				    FACTS_MAX_ADDRS - dev->ip4_global, sizeof(dev->ip4[0]) };
	size_t count;

	(void)size;
	if (json_read_array(at, value, &array, &count))
		return -EINVAL;
	dev->ip4_count = dev->ip4_global + count;
	return 0;
}

static int take_ip6_list(const struct json_place *at, const json_t *value, void *device,
			 size_t size)
{
	struct fact_device *dev = device;
	struct json_array array = { take_ip6, dev->ip6, FACTS_MAX_ADDRS, sizeof(dev->ip6[0]) };

	(void)size;
	return json_read_array(at, value, &array, &dev->ip6_count);
}

static int take_mac(const struct json_place *at, const json_t *value, void *device, size_t size)
{
	struct fact_device *dev = device;

	(void)size;
	if (!json_is_string(value) || parse_mac(json_string_value(value), dev->mac))
		return json_bad(at, "not a MAC address");
	dev->mac_len = sizeof(dev->mac);
	return 0;
}

static const char *flag_name(unsigned int bit)
{
	static const char *const names[] = { "up", "loopback", "slave" };

	return names[bit >> 1];
}

static int take_flags(const struct json_place *at, const json_t *value, void *device, size_t size)
{
	static const struct json_bits flags = { flag_name, 3 };
	struct fact_device *dev = device;
	unsigned int bits = 0;
	int err = facts_json_take_bits(at, value, &flags, &bits);

	(void)size;
	dev->is_up = bits & 1;
	dev->is_loopback = bits & 2;
	dev->is_slave = bits & 4;
	return err;
}

static int take_device(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	static const struct json_field fields[] = {
		JSON_REQUIRED(struct fact_device, name, "name", json_take_text),
		JSON_REQUIRED(struct fact_device, ifindex, "ifindex", json_take_uint),
		JSON_FIELD(struct fact_device, kind, "kind", json_take_text),
		JSON_FIELD(struct fact_device, mac_len, "mac_len", json_take_uint),
		JSON_WHOLE(struct fact_device, "mac", take_mac),
		JSON_FIELD(struct fact_device, mtu, "mtu", json_take_uint),
		JSON_FIELD(struct fact_device, master, "master", json_take_uint),
		JSON_WHOLE(struct fact_device, "flags", take_flags),
		JSON_WHOLE(struct fact_device, "ip4", take_ip4_list),
		JSON_WHOLE(struct fact_device, "ip4_site", take_ip4_site),
		JSON_WHOLE(struct fact_device, "ip6", take_ip6_list),
		JSON_FIELD(struct fact_device, has_default_route, "default_route",
			   facts_json_take_families),
		JSON_FIELD(struct fact_device, has_unicast_route, "unicast_route",
			   facts_json_take_families),
		JSON_FIELD(struct fact_device, forwarding4, "forwarding", json_take_bool),
		JSON_FIELD(struct fact_device, rp_filter4, "rp_filter", json_take_uint),
		{ 0 },
	};
	struct fact_device *dev = out;

	(void)size;
	*dev = (struct fact_device){ 0 };
	if (json_read_object(at, value, fields, dev))
		return -EINVAL;
	dev->has_conf4 = json_is_boolean(json_object_get(value, "forwarding")) &&
			 json_is_integer(json_object_get(value, "rp_filter"));
	return dev->ifindex && dev->name[0] ? 0 : json_bad(at, "no name, or ifindex 0");
}

static int take_devices(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct node_facts *facts = &((struct node_record *)record)->facts;
	const struct json_array array = { take_device, facts->devices, FACTS_MAX_DEVICES,
					  sizeof(facts->devices[0]) };

	(void)size;
	if (json_read_array(at, value, &array, &facts->device_count))
		return -EINVAL;
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct fact_device *dev = &facts->devices[i];
		struct json_place place = json_place_in(at, NULL, i);

		if (facts_device_by_name(facts, dev->name) != dev ||
		    facts_device_by_index(facts, dev->ifindex) != dev)
			return json_bad(&place, "name or ifindex of another device");
	}
	facts->devices_known = true;
	return 0;
}

/* An IPv6 one is that of a node without an IPv4 one. */
static int take_node_ip(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct node_facts *facts = &((struct node_record *)record)->facts;

	facts->has_node_ip6 = json_is_string(value) &&
			      inet_pton(AF_INET6, json_string_value(value), facts->node_ip6) == 1;
	if (facts->has_node_ip6)
		return 0;
	return facts_json_take_ip4(at, value, &facts->node_ip, size);
}

static int take_pod_cidr(const struct json_place *at, const json_t *value, void *record,
			 size_t size)
{
	struct node_facts *facts = &((struct node_record *)record)->facts;

	(void)size;
	if (!json_is_string(value) || parse_cidr4(json_string_value(value), &facts->pod_cidr))
		return json_bad(at, "not an IPv4 CIDR without host bits");
	facts->has_pod_cidr = true;
	return 0;
}

static int take_pod_cidr6(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	(void)size;
	if (!json_is_string(value) || facts_read_cidr6(json_string_value(value), out))
		return json_bad(at, "not an IPv6 CIDR without host bits");
	return 0;
}

static int take_schema(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	(void)out;
	(void)size;
	if (json_is_string(value) && !strcmp(json_string_value(value), FACTS_JSON_SCHEMA))
		return 0;
	return json_bad(at, "not " FACTS_JSON_SCHEMA);
}

int facts_json_parse(const char *text, size_t len, const char *name, struct node_record *out)
{
	static const struct json_field fields[] = {
		{ "schema", take_schema, 0, 0, true },
		JSON_WHOLE(struct node_record, "node_ip", take_node_ip),
		JSON_WHOLE(struct node_record, "pod_cidr", take_pod_cidr),
		JSON_FIELD(struct node_record, facts.pod_cidr6, "pod_cidr6", take_pod_cidr6),
		JSON_FIELD(struct node_record, facts.mem_total, "mem_total", json_take_uint),
		JSON_FIELD(struct node_record, facts.possible_cpus, "possible_cpus",
			   json_take_uint),
		JSON_WHOLE(struct node_record, "devices", take_devices),
		JSON_WHOLE(struct node_record, "sysctl", facts_json_take_sysctls),
		JSON_WHOLE(struct node_record, "kernel", facts_json_take_kernel),
		/* After the devices, which its addresses name. */
		JSON_WHOLE(struct node_record, "audit", facts_json_take_audit),
		{ 0 },
	};
	struct json_place top = { .file = name };
	_cleanup_(json) json_t *root = NULL;
	json_error_t error;

	memset(out, 0, sizeof(*out));
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return log_fail(-EINVAL, "%s:%d:%d: %s", name, error.line, error.column,
				error.text);
	return json_read_object(&top, root, fields, out);
}

int facts_json_read(const char *path, struct node_record *out)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int err = file_read(path, FACTS_JSON_MAX_BYTES, &text, &len);

	if (err)
		return log_err(err, "read node facts %s", path);
	return facts_json_parse(text, len, path, out);
}
