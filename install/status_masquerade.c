// SPDX-License-Identifier: BSD-2-Clause
/* What is masqueraded on this node, and how `cilium status` would put it. */
#include "install/status_masquerade.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bpf-templates/lib/abi.h"
#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "install/maps.h"
#include "install/tables.h"

#define TO_NETDEV "to_netdev"
#define FROM_NETDEV "from_netdev"

static bool is_in_place(const struct status *s, const char *interface, const char *program)
{
	for (size_t i = 0; i < s->record.point_count; i++) {
		const struct status_point *p = &s->points[i];
		const struct attach_point *point = &p->recorded->point;

		if (!strcmp(point->interface, interface) && !strcmp(point->program, program))
			return p->state == POINT_IN_PLACE || p->state == POINT_CROWDED;
	}
	return false;
}

/* The address in the map; 0 when there is none, or no map. */
static int read_address(int fd, uint32_t ifindex, uint32_t *out)
{
	struct table_entry entry;
	struct hr_device device;
	int err = fd < 0 ? -ENOENT : map_lookup(fd, TABLE_DEVICES, &ifindex, &entry);

	*out = 0;
	if (err)
		return err == -ENOENT ? 0 : err;
	memcpy(&device, entry.value, sizeof(device));
	*out = device.masquerade;
	return 0;
}

static int read_nic(int fd, const struct status_point *p, struct status *s)
{
	const struct attach_point *point = &p->recorded->point;
	struct status_masquerade *m = &s->masquerade;
	uint32_t address;
	int err;

	/* Services have to_netdev, too; without masquerading there is no map of addresses then. */
	if (strcmp(point->program, TO_NETDEV) || (fd < 0 && s->record.services.nodeport))
		return 0;
	m->wanted++;
	err = read_address(fd, point->ifindex, &address);
	if (err)
		return log_err(err, "read map %s", table_defs[TABLE_DEVICES].map);
	if (!address || m->count == ARRAY_SIZE(m->nics) ||
	    !is_in_place(s, point->interface, TO_NETDEV) ||
	    !is_in_place(s, point->interface, FROM_NETDEV))
		return 0;
	m->nics[m->count].name = point->interface;
	m->nics[m->count++].address = address;
	return 0;
}

static uint32_t constant(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->constant_count; i++) {
		if (!strcmp(record->constants[i].name, name))
			return record->constants[i].value;
	}
	return 0;
}

static void read_exclusion(struct status *s)
{
	uint32_t mask = constant(&s->record, "node_snat_exclusion_mask");
	struct cidr4 cidr = { .addr = constant(&s->record, "node_snat_exclusion_addr"),
			      .len = (uint8_t)__builtin_popcount(mask) };

	if (mask || cidr.addr != NODE_SNAT_EXCLUSION_NONE)
		cidr4_text(cidr, s->masquerade.exclusion);
}

int status_masquerade_read(const struct install_paths *paths, struct status *s)
{
	_cleanup_close_ int devices = -1;
	_cleanup_close_ int ipmasq = -1;
	int err;

	err = pin_open(paths->pins, table_defs[TABLE_DEVICES].map, &devices);
	if (!err || err == -ENOENT)
		err = pin_open(paths->pins, table_defs[TABLE_IPMASQ].map, &ipmasq);
	s->masquerade.ip_masq_agent = !err;
	if (err == -ENOENT)
		err = 0;
	for (size_t i = 0; !err && i < s->record.point_count; i++)
		err = read_nic(devices, &s->points[i], s);
	read_exclusion(s);
	return err;
}

static bool is_complete(const struct status_masquerade *m)
{
	return m->wanted && m->count == m->wanted;
}

/* A table that was changed masquerades in a way that we do not know. */
static bool is_by_nft(const struct status *s)
{
	return s->nft == NFT_IN_PLACE;
}

const char *status_masquerade_name(const struct status *s)
{
	if (!s->masquerade.wanted)
		return is_by_nft(s) ? "iptables" : "disabled";
	return is_complete(&s->masquerade) ? "bpf" : "incomplete";
}

static void add_line(const struct status_masquerade *m, struct buf *b)
{
	buf_printf(b, "BPF%s [", m->ip_masq_agent ? " (ip-masq-agent)" : "");
	for (size_t i = 0; i < m->count; i++)
		buf_printf(b, "%s%s", i ? ", " : "", m->nics[i].name);
	buf_printf(b, "]%s%s [IPv4: Enabled, IPv6: Disabled]", *m->exclusion ? " " : "",
		   m->exclusion);
}

void status_masquerade_text(const struct status *s, char *out, size_t size)
{
	const struct status_masquerade *m = &s->masquerade;
	_cleanup_buf_ struct buf b = { 0 };

	if (!m->wanted)
		buf_puts(&b,
			 is_by_nft(s) ? "IPTables [IPv4: Enabled, IPv6: Disabled]" : "Disabled");
	else if (is_complete(m))
		add_line(m, &b);
	else
		buf_printf(&b, "incomplete (%zu of %zu NICs)", m->count, m->wanted);
	snprintf(out, size, "%s", b.err ? "" : b.data);
}

json_t *status_masquerade_json(const struct status *s)
{
	const struct status_masquerade *m = &s->masquerade;
	json_t *nics = json_array();

	for (size_t i = 0; i < m->count; i++) {
		char text[IPV4_TEXT_MAX];

		json_array_append_new(nics,
				      json_pack("{s:s, s:s}", "name", m->nics[i].name, "address",
						ipv4_text(m->nics[i].address, text)));
	}
	return json_pack("{s:o, s:s, s:b}", "devices", nics, "exclusion",
			 m->wanted ? m->exclusion : "", "ip_masq_agent", m->ip_masq_agent);
}
