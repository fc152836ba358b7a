/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node looks like, as far as the verdict depends on it: devices with addresses and routes, the node
 * IP, the pod CIDR, a few sysctls and files. A plain struct, filled from the running node or by a test.
 */
#ifndef HR_PROBE_FACTS_H
#define HR_PROBE_FACTS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/parse.h"

#define FACTS_MAX_DEVICES 256
#define FACTS_MAX_ADDRS 32 /* per device and family; more are not needed for any decision */

#define FACTS_CIDR6_MAX 52 /* an IPv6 address, "/128", a NUL */

struct audit_facts; /* probe/facts_audit.h */

/* Bits of a set of address families. */
#define FACT_IPV4 1u
#define FACT_IPV6 2u

struct fact_device {
	char name[IFNAMSIZ];
	char kind[16]; /* IFLA_INFO_KIND: "veth", "bridge", "vxlan", ...; "" for plain NICs */
	unsigned int ifindex;
	unsigned int mac_len; /* 0: an L3 device (no address, or one of zeros) */
	unsigned int mtu;
	uint8_t mac[6]; /* valid when mac_len == 6 */
	bool is_up, is_loopback;
	bool is_slave; /* IFF_SLAVE: enslaved to a bond */
	unsigned int master; /* ifindex of its bridge, bond or team; 0 when none */
	unsigned int
		has_default_route; /* families with a 0/0 route by it, outside the local table */
	unsigned int
		has_unicast_route; /* families with a global unicast or 0/0 route by it, ditto */
	uint32_t ip4
		[FACTS_MAX_ADDRS]; /* network byte order; those of global scope first, then site */
	size_t ip4_count;
	size_t ip4_global; /* how many of ip4_count have global scope */
	uint8_t ip6[FACTS_MAX_ADDRS][16]; /* global scope only */
	size_t ip6_count;
	bool has_conf4; /* the next two could be read; of an interface, without the "all" value */
	bool forwarding4; /* net.ipv4.conf.<device>.forwarding */
	uint8_t rp_filter4; /* net.ipv4.conf.<device>.rp_filter */
};

struct node_facts {
	struct fact_device devices[FACTS_MAX_DEVICES];
	size_t device_count;
	bool devices_known; /* false: nobody looked (compile time); decisions then assume one L2 device */
	uint32_t node_ip; /* Kubernetes node IP, network byte order; 0 when unknown or IPv6 */
	uint8_t node_ip6[16]; /* the same of a node without an IPv4 one; valid when has_node_ip6 */
	bool has_node_ip6;
	struct cidr4 pod_cidr; /* this node's; valid when has_pod_cidr */
	bool has_pod_cidr;
	char pod_cidr6[FACTS_CIDR6_MAX]; /* this node's IPv6 one, as text; "" when unknown */
	bool has_ip_local_port_range; /* the next two could be read */
	uint16_t ip_local_port_range[2];
	char ip_local_reserved_ports[1024];
	uint64_t mem_total; /* bytes of memory; 0 when unknown */
	unsigned int possible_cpus; /* CPUs that could ever be there; 0 when unknown */
};

/*
 * Reads the facts of the network namespace we are in, over rtnetlink and /proc/sys. The node IP is taken
 * to be the first global address of the device with the lowest-metric IPv4 default route, else of the first
 * device that has one; a caller that knows better overwrites it. 0 or a negative errno, logged.
 */
int facts_read_live(struct node_facts *out);

/*
 * The same, and in the same dumps what only the audit looks at. What cannot be read for the audit is unknown
 * there, never an error.
 */
int facts_read_node(struct node_facts *out, struct audit_facts *audit);

/* Writes an IPv6 CIDR as the kernel would print it. 0, or -EINVAL when text is none or has host bits. */
int facts_read_cidr6(const char *text, char out[FACTS_CIDR6_MAX]);

/* The device that carries an IPv4 address, or NULL. */
const struct fact_device *facts_device_of_ip(const struct node_facts *facts, uint32_t ip4);

/* The same for the node IP, of either family; NULL also when none is known. */
const struct fact_device *facts_node_ip_device(const struct node_facts *facts);

static inline bool facts_has_node_ip(const struct node_facts *facts)
{
	return facts->node_ip || facts->has_node_ip6;
}

#define FACTS_IP_TEXT_MAX 46

/* The node IP as text, "" when none is known. Returns out. */
const char *facts_node_ip_text(const struct node_facts *facts, char out[FACTS_IP_TEXT_MAX]);

const struct fact_device *facts_device_by_name(const struct node_facts *facts, const char *name);
const struct fact_device *facts_device_by_index(const struct node_facts *facts,
						unsigned int ifindex);

#endif
