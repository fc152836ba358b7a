// SPDX-License-Identifier: BSD-2-Clause
/* A node-facts file out of a struct; facts_json.h documents the order. What is unknown is left out. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "common/jsonout.h"
#include "probe/facts_json_part.h"

static void put_number(json_t *object, const char *key, uint64_t number)
{
	jsonout_put(object, key, json_integer((json_int_t)number));
}

json_t *facts_json_bits(const struct json_bits *names, unsigned int bits)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < names->count; i++)
		if (bits & 1u << i)
			json_array_append_new(array, json_string(names->name(1u << i)));
	return array;
}

static json_t *ip4_json(const uint32_t *list, size_t count)
{
	json_t *array = json_array();
	char text[IPV4_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(ipv4_text(list[i], text)));
	return array;
}

static json_t *ip6_json(const struct fact_device *dev)
{
	json_t *array = json_array();
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < dev->ip6_count; i++) {
		inet_ntop(AF_INET6, dev->ip6[i], text, sizeof(text));
		json_array_append_new(array, json_string(text));
	}
	return array;
}

static json_t *flags_json(const struct fact_device *dev)
{
	json_t *array = json_array();

	if (dev->is_up)
		json_array_append_new(array, json_string("up"));
	if (dev->is_loopback)
		json_array_append_new(array, json_string("loopback"));
	if (dev->is_slave)
		json_array_append_new(array, json_string("slave"));
	return array;
}

static void put_mac(json_t *object, const struct fact_device *dev)
{
	char text[MAC_TEXT_MAX];

	if (dev->mac_len == sizeof(dev->mac))
		jsonout_put_text(object, "mac", mac_text(dev->mac, text));
	else if (dev->mac_len)
		put_number(object, "mac_len", dev->mac_len);
}

static json_t *device_json(const struct fact_device *dev)
{
	json_t *object = json_object();

	jsonout_put_text(object, "name", dev->name);
	put_number(object, "ifindex", dev->ifindex);
	jsonout_put_text(object, "kind", dev->kind);
	put_mac(object, dev);
	put_number(object, "mtu", dev->mtu);
	put_number(object, "master", dev->master);
	jsonout_put(object, "flags", flags_json(dev));
	jsonout_put(object, "ip4", ip4_json(dev->ip4, dev->ip4_global));
	jsonout_put(object, "ip4_site",
		    ip4_json(&dev->ip4[dev->ip4_global], dev->ip4_count - dev->ip4_global));
	jsonout_put(object, "ip6", ip6_json(dev));
	jsonout_put(object, "default_route",
		    facts_json_bits(&facts_json_families, dev->has_default_route));
	jsonout_put(object, "unicast_route",
		    facts_json_bits(&facts_json_families, dev->has_unicast_route));
	if (dev->has_conf4) {
		jsonout_put(object, "forwarding", json_boolean(dev->forwarding4));
		put_number(object, "rp_filter", dev->rp_filter4);
	}
	return object;
}

static json_t *sysctls_json(const struct node_record *record)
{
	const struct node_facts *facts = &record->facts;
	json_t *object = json_object();
	char text[32];

	if (facts->has_ip_local_port_range) {
		snprintf(text, sizeof(text), "%u %u", facts->ip_local_port_range[0],
			 facts->ip_local_port_range[1]);
		jsonout_put_text(object, "net.ipv4.ip_local_port_range", text);
		jsonout_put_text(object, "net.ipv4.ip_local_reserved_ports",
				 facts->ip_local_reserved_ports);
	}
	for (enum fact_sysctl id = 0; id < FACT_SYSCTL__COUNT; id++) {
		if (!record->audit.sysctls[id].known)
			continue;
		snprintf(text, sizeof(text), "%lld", (long long)record->audit.sysctls[id].value);
		jsonout_put_text(object, fact_sysctl_names[id], text);
	}
	return object;
}

static json_t *answer_json(const struct answer *answer)
{
	json_t *object;

	if (!answer->err && !answer->note[0])
		return json_string(tri_name(answer->value));
	object = json_object();
	jsonout_put_text(object, "value", tri_name(answer->value));
	put_number(object, "errno", (uint64_t)answer->err);
	jsonout_put_text(object, "note", answer->note);
	return object;
}

static json_t *kernel_json(const struct features *features)
{
	json_t *object = json_object(), *list = json_object();

	for (enum feature_id id = 0; id < FEATURE__COUNT; id++)
		jsonout_put(list, feature_defs[id].name, answer_json(&features->items[id]));
	jsonout_put_text(object, "release", features->release);
	jsonout_put(object, "features", list);
	return object;
}

static json_t *devices_json(const struct node_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts->device_count; i++)
		json_array_append_new(array, device_json(&facts->devices[i]));
	return array;
}

static json_t *record_json(const struct node_record *record)
{
	const struct node_facts *facts = &record->facts;
	char ip[FACTS_IP_TEXT_MAX], cidr[CIDR4_TEXT_MAX];
	json_t *root = json_object();

	jsonout_put_text(root, "schema", FACTS_JSON_SCHEMA);
	if (facts_has_node_ip(facts))
		jsonout_put_text(root, "node_ip", facts_node_ip_text(facts, ip));
	if (facts->has_pod_cidr)
		jsonout_put_text(root, "pod_cidr", cidr4_text(facts->pod_cidr, cidr));
	if (facts->pod_cidr6[0])
		jsonout_put_text(root, "pod_cidr6", facts->pod_cidr6);
	if (facts->mem_total)
		put_number(root, "mem_total", facts->mem_total);
	if (facts->possible_cpus)
		put_number(root, "possible_cpus", facts->possible_cpus);
	if (facts->devices_known)
		jsonout_put(root, "devices", devices_json(facts));
	jsonout_put(root, "sysctl", sysctls_json(record));
	if (record->has_kernel)
		jsonout_put(root, "kernel", kernel_json(&record->features));
	if (record->audit.is_looked_at)
		jsonout_put(root, "audit", facts_json_audit(record));
	return root;
}

int facts_json_write(const struct node_record *record, char **out)
{
	_cleanup_(json) json_t *root = record_json(record);

	return jsonout_text(root, 2, out);
}
