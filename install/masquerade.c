// SPDX-License-Identifier: BSD-2-Clause
/* Choice of masquerade addresses. */
#include "install/masquerade.h"

#include <arpa/inet.h>
#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"

/* What the agent does not take for an address of the internet. */
static const char *const private_cidrs[] = {
	"0.0.0.0/8",	   "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",	"169.254.0.0/16",
	"172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
};

static bool is_public(uint32_t addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(private_cidrs); i++) {
		struct cidr4 cidr = { 0 };

		if (!parse_cidr4(private_cidrs[i], &cidr) &&
		    (addr & cidr4_mask(cidr.len)) == cidr.addr)
			return false;
	}
	return true;
}

/* Is `addr` the better choice? 0 is none. */
static bool is_better(const struct node_facts *facts, uint32_t addr, uint32_t than)
{
	if (!addr || !than)
		return addr;
	if (is_public(addr) != is_public(than))
		return is_public(addr);
	if (addr == facts->node_ip || than == facts->node_ip)
		return addr == facts->node_ip;
	return ntohl(addr) < ntohl(than);
}

static uint32_t best_of(const struct node_facts *facts, const struct fact_device *device,
			size_t first, size_t end)
{
	uint32_t best = 0;

	for (size_t i = first; i < end; i++) {
		if (is_better(facts, device->ip4[i], best))
			best = device->ip4[i];
	}
	return best;
}

uint32_t masquerade_address(const struct node_facts *facts, const struct fact_device *device)
{
	uint32_t best = best_of(facts, device, 0, device->ip4_global);

	if (!best)
		best = best_of(facts, device, device->ip4_global, device->ip4_count);
	for (size_t i = 0; !best && i < facts->device_count; i++) {
		const struct fact_device *other = &facts->devices[i];
		uint32_t addr = best_of(facts, other, 0, other->ip4_global);

		if (is_better(facts, addr, best))
			best = addr;
	}
	return best;
}

const struct cidr4 *masquerade_exclusion(const struct manifest *manifest,
					 const struct node_state *state)
{
	const struct manifest_masquerade *m = &manifest->masquerade;

	if (m->exclusion == SNAT_EXCLUSION_KEY)
		return &m->exclusion_cidr;
	return m->exclusion == SNAT_EXCLUSION_POD_CIDR ? &state->pod_cidr : NULL;
}

static const struct fact_device *address_device(const struct node_facts *facts,
						const struct goal *goal, const char *nic)
{
	const char *shared = goal->manifest->masquerade.address_device;

	return facts_device_by_name(facts, *shared ? shared : nic);
}

int masquerade_choose(const struct node_facts *facts, struct goal *goal)
{
	if (goal->manifest->masquerade.mode != MASQUERADE_BPF)
		return 0;
	for (size_t i = 0; i < goal->interface_count; i++) {
		struct goal_interface *nic = &goal->interfaces[i];
		const struct fact_device *device;

		if (nic->role != ROLE_DEVICE)
			continue;
		device = address_device(facts, goal, nic->name);
		if (!device)
			return log_fail(-ENODEV,
					"derive-masquerade-ip-addr-from-device: there is no device "
					"%s on this node",
					goal->manifest->masquerade.address_device);
		nic->masquerade = masquerade_address(facts, device);
		if (!nic->masquerade)
			return log_fail(-EADDRNOTAVAIL, "%s has no IPv4 address to masquerade with",
					device->name);
	}
	return 0;
}
