// SPDX-License-Identifier: BSD-2-Clause
/* Facts of the running node: devices by facts_netlink.c, sysctls from /proc/sys, and a guess at the node IP. */
#include "probe/facts.h"

#include <bpf/libbpf.h>
#include <errno.h>
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

const struct fact_device *facts_device_of_ip(const struct node_facts *facts, uint32_t ip4)
{
	for (size_t i = 0; i < facts->device_count; i++)
		for (size_t n = 0; n < facts->devices[i].ip4_count; n++)
			if (facts->devices[i].ip4[n] == ip4)
				return &facts->devices[i];
	return NULL;
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
