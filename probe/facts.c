// SPDX-License-Identifier: BSD-2-Clause
/* Facts of the running node: devices by facts_netlink.c, sysctls from /proc/sys, and a guess at the node IP. */
#include "probe/facts.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/facts_audit.h"
#include "probe/facts_netlink.h"

#define SYSCTL_MAX_BYTES 65536

static int sysctl_read(const char *name, char *out, size_t size)
{
	_cleanup_free_ char *data = NULL;
	char path[128];
	size_t len;
	int err;

	err = path_format(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	if (!err)
		err = file_read(path, SYSCTL_MAX_BYTES, &data, &len);
	if (err)
		return err;
	len = strcspn(data, "\n");
	if (len >= size)
		return -EOVERFLOW;
	memcpy(out, data, len);
	out[len] = '\0';
	return 0;
}

static int range_parse(char *text, uint16_t range[2])
{
	char *state = NULL, *first = strtok_r(text, " \t", &state);
	char *last = strtok_r(NULL, " \t", &state);

	if (!first || !last || strtok_r(NULL, " \t", &state))
		return -EINVAL;
	if (parse_u16(first, &range[0]) || parse_u16(last, &range[1]))
		return -EINVAL;
	return 0;
}

/* Unreadable or unlike what we know is "unknown", never a default. */
static void read_port_sysctls(struct node_facts *facts)
{
	char text[64];

	facts->has_ip_local_port_range =
		!sysctl_read("ip_local_port_range", text, sizeof(text)) &&
		!range_parse(text, facts->ip_local_port_range) &&
		!sysctl_read("ip_local_reserved_ports", facts->ip_local_reserved_ports,
			     sizeof(facts->ip_local_reserved_ports));
	if (!facts->has_ip_local_port_range)
		facts->ip_local_reserved_ports[0] = '\0';
}

static uint32_t guess_node_ip(const struct facts_reader *reader)
{
	const struct node_facts *facts = reader->facts;

	if (reader->default_device && reader->default_device->ip4_global)
		return reader->default_device->ip4[0];
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct fact_device *dev = &facts->devices[i];

		if (!dev->is_loopback && dev->ip4_global)
			return dev->ip4[0];
	}
	return 0;
}

/* As the agent sizes its maps: all memory the kernel manages, and every CPU it made room for. */
static void read_machine(struct node_facts *facts)
{
	int cpus = libbpf_num_possible_cpus();
	struct sysinfo info;

	if (!sysinfo(&info))
		facts->mem_total = (uint64_t)info.totalram * info.mem_unit;
	if (cpus > 0)
		facts->possible_cpus = (unsigned int)cpus;
}

static int read_facts(struct node_facts *out, struct audit_facts *audit)
{
	struct facts_reader reader = { .facts = out, .audit = audit };
	int err;

	memset(out, 0, sizeof(*out));
	err = facts_netlink_read(&reader);
	if (err == -EOVERFLOW)
		return log_fail(err, "read network devices: more than %d that are not pods'",
				FACTS_MAX_DEVICES);
	if (err)
		return log_err(err, "read network devices");
	out->devices_known = true;
	out->node_ip = guess_node_ip(&reader);
	read_port_sysctls(out);
	read_machine(out);
	return 0;
}

int facts_read_live(struct node_facts *out)
{
	return read_facts(out, NULL);
}

int facts_read_node(struct node_facts *out, struct audit_facts *audit)
{
	int err;

	memset(audit, 0, sizeof(*audit));
	err = read_facts(out, audit);
	if (!err)
		facts_audit_read(audit);
	return err;
}

/* No bit is set behind the first `len` ones. */
static bool is_prefix(const uint8_t addr[16], uint64_t len)
{
	for (uint64_t bit = len; bit < 128; bit++)
		if (addr[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

int facts_read_cidr6(const char *text, char out[FACTS_CIDR6_MAX])
{
	const char *slash = strchr(text, '/');
	char ip[INET6_ADDRSTRLEN];
	uint8_t addr[16];
	uint64_t len;

	if (!slash || (size_t)(slash - text) >= sizeof(ip) || parse_uint(slash + 1, 128, &len))
		return -EINVAL;
	snprintf(ip, sizeof(ip), "%.*s", (int)(slash - text), text);
	if (inet_pton(AF_INET6, ip, addr) != 1 || !is_prefix(addr, len))
		return -EINVAL;
	snprintf(out, FACTS_CIDR6_MAX, "%s/%u", inet_ntop(AF_INET6, addr, ip, sizeof(ip)),
		 (unsigned int)len);
	return 0;
}

const struct fact_device *facts_device_of_ip(const struct node_facts *facts, uint32_t ip4)
{
	for (size_t i = 0; i < facts->device_count; i++)
		for (size_t n = 0; n < facts->devices[i].ip4_count; n++)
			if (facts->devices[i].ip4[n] == ip4)
				return &facts->devices[i];
	return NULL;
}

static bool has_ip6(const struct fact_device *dev, const uint8_t ip6[16])
{
	for (size_t i = 0; i < dev->ip6_count; i++)
		if (!memcmp(dev->ip6[i], ip6, 16))
			return true;
	return false;
}

const struct fact_device *facts_node_ip_device(const struct node_facts *facts)
{
	if (facts->node_ip)
		return facts_device_of_ip(facts, facts->node_ip);
	for (size_t i = 0; facts->has_node_ip6 && i < facts->device_count; i++)
		if (has_ip6(&facts->devices[i], facts->node_ip6))
			return &facts->devices[i];
	return NULL;
}

const char *facts_node_ip_text(const struct node_facts *facts, char out[FACTS_IP_TEXT_MAX])
{
	*out = '\0';
	if (facts->node_ip)
		return ipv4_text(facts->node_ip, out);
	if (facts->has_node_ip6)
		inet_ntop(AF_INET6, facts->node_ip6, out, FACTS_IP_TEXT_MAX);
	return out;
}

const struct fact_device *facts_device_by_name(const struct node_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->device_count; i++)
		if (!strcmp(facts->devices[i].name, name))
			return &facts->devices[i];
	return NULL;
}

const struct fact_device *facts_device_by_index(const struct node_facts *facts,
						unsigned int ifindex)
{
	for (size_t i = 0; i < facts->device_count; i++)
		if (facts->devices[i].ifindex == ifindex)
			return &facts->devices[i];
	return NULL;
}
