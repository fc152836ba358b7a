// SPDX-License-Identifier: BSD-2-Clause
/* Which programs that serve Services are in place, and the lines that `cilium status` has about them. */
#include "install/status_services.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "compiler/manifest_services.h"
#include "install/tables.h"
#include "probe/devices.h"
#include "probe/kpr_line.h"

/* Every place of a program: there are some, and all of them have it. */
static bool is_everywhere(const struct status *s, const char *program)
{
	size_t wanted = 0, found = 0;

	for (size_t i = 0; i < s->record.point_count; i++) {
		const struct status_point *p = &s->points[i];

		if (strcmp(p->recorded->point.program, program))
			continue;
		wanted++;
		found += p->state == POINT_IN_PLACE || p->state == POINT_CROWDED;
	}
	return wanted && found == wanted;
}

static bool has_frontends(const struct status *s)
{
	for (size_t i = 0; i < s->map_count; i++) {
		if (!strcmp(s->maps[i].info.name, table_defs[TABLE_FRONTENDS].map))
			return true;
	}
	return false;
}

static enum cilium_release release_of(const struct record *record)
{
	struct cilium_version version;

	return release_parse(record->cilium_version, &version) ? CILIUM_1_12 : version.release;
}

static bool is_direct(const struct manifest_services *services, const struct node_facts *facts,
		      const struct fact_device *dev)
{
	if (!services->direct_routing)
		return false;
	return *services->direct_routing_device
		       ? device_name_matches(services->direct_routing_device, dev->name)
		       : dev == facts_device_of_ip(facts, facts->node_ip);
}

/* The NICs that from_netdev is at, by name, as the agent lists them. */
static void read_devices(const struct node_facts *facts, struct status *s)
{
	const struct fact_device *devices[MANIFEST_MAX_DEVICES];
	struct kpr_line line = { .kpr = s->record.services.kpr,
				 .release = release_of(&s->record),
				 .families = FACT_IPV4,
				 .has_addresses = s->services.nodeport,
				 .devices = devices };
	_cleanup_buf_ struct buf b = { 0 };

	for (size_t i = 0; i < s->record.point_count; i++) {
		const struct attach_point *point = &s->points[i].recorded->point;
		const struct fact_device *dev = facts_device_by_name(facts, point->interface);

		if (strcmp(point->program, "from_netdev") || !dev ||
		    line.device_count == ARRAY_SIZE(devices))
			continue;
		if (!line.direct && is_direct(&s->record.services, facts, dev))
			line.direct = dev;
		devices[line.device_count++] = dev;
	}
	kpr_devices(&b, &line, facts);
	snprintf(s->services.devices, sizeof(s->services.devices), "%s",
		 b.err || !b.data ? "" : b.data);
}

void status_services_read(const struct node_facts *facts, struct status *s)
{
	const struct manifest_services *wanted = &s->record.services;
	struct status_services *out = &s->services;
	bool has_maps = has_frontends(s);

	out->nodeport = wanted->nodeport && has_maps && is_everywhere(s, "from_netdev") &&
			is_everywhere(s, "to_netdev");
	out->socket_lb_tcp = wanted->socket_lb_tcp && has_maps && is_everywhere(s, "connect4");
	out->socket_lb_udp = wanted->socket_lb_udp && has_maps && is_everywhere(s, "connect4") &&
			     is_everywhere(s, "sendmsg4") && is_everywhere(s, "recvmsg4");
	read_devices(facts, s);
}

static bool is_complete(const struct status *s)
{
	const struct manifest_services *wanted = &s->record.services;
	const struct status_services *loaded = &s->services;

	return wanted->nodeport == loaded->nodeport &&
	       wanted->socket_lb_tcp == loaded->socket_lb_tcp &&
	       wanted->socket_lb_udp == loaded->socket_lb_udp;
}

/* Nothing knows of services. One that replaces nothing still serves ClusterIPs to pods. */
static bool is_disabled(const struct status *s)
{
	return !has_frontends(s);
}

static const char *enabled(bool on)
{
	return on ? "Enabled" : "Disabled";
}

static const char *protocols(const struct status_services *loaded)
{
	if (loaded->socket_lb_tcp && loaded->socket_lb_udp)
		return "TCP, UDP";
	return loaded->socket_lb_tcp ? "TCP" : loaded->socket_lb_udp ? "UDP" : "";
}

void status_services_text(const struct status *s, char *out, size_t size)
{
	const struct status_services *loaded = &s->services;
	const char *sockets = protocols(loaded);

	if (is_disabled(s))
		snprintf(out, size, "Disabled");
	else if (is_complete(s))
		snprintf(out, size, "%s%s", s->record.services.kpr, loaded->devices);
	else
		snprintf(out, size, "incomplete (NodePort: %s, socket LB: %s)",
			 enabled(loaded->nodeport), *sockets ? sockets : enabled(false));
}

const char *status_services_name(const struct status *s)
{
	static const char *const names[] = { "probe", "strict", "partial",
					     "true",  "false",	"disabled" };

	if (is_disabled(s))
		return "disabled";
	for (size_t i = 0; is_complete(s) && i < ARRAY_SIZE(names); i++) {
		if (!strcasecmp(names[i], s->record.services.kpr))
			return names[i];
	}
	return "incomplete";
}

json_t *status_services_json(const struct status *s)
{
	const struct status_services *loaded = &s->services;

	return json_pack("{s:b, s:b, s:b, s:o}", "nodeport", loaded->nodeport, "socket_lb_tcp",
			 loaded->socket_lb_tcp, "socket_lb_udp", loaded->socket_lb_udp,
			 "turned_off", manifest_services_off_json(&s->record.services));
}

/* --- details ------------------------------------------------------------------------------------- */

#define DETAIL_MAX 512
#define DETAIL_GAP 3 /* blanks behind the longest label, as the agent aligns them */
#define SERVICE_WIDTH 18

/* A line of the block: what it says in out, or false where it is left out. */
typedef bool detail_fn(const struct status *s, char *out);

static bool detail_status(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "%s", is_disabled(s) ? "Disabled" : s->record.services.kpr);
	return true;
}

static bool has_sockets(const struct status *s)
{
	return s->services.socket_lb_tcp || s->services.socket_lb_udp;
}

static bool detail_socket_lb(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "%s", enabled(has_sockets(s)));
	return true;
}

static bool detail_protocols(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "%s", protocols(&s->services));
	return has_sockets(s);
}

/* Programs that trace translated sockets are not ours to have. */
static bool detail_tracing(const struct status *s, char *out)
{
	(void)s;
	snprintf(out, DETAIL_MAX, "Disabled");
	return true;
}

static bool detail_coverage(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "%s",
		 s->record.services.socket_lb_host_only ? "Hostns-only" : "Full");
	return true;
}

/* As in the line above, without its bracket. */
static bool detail_devices(const struct status *s, char *out)
{
	const char *list = s->services.devices;
	size_t len = strlen(list);

	if (len < sizeof(" []"))
		return false;
	snprintf(out, DETAIL_MAX, "%.*s", (int)(len - strlen(" []")), list + strlen(" ["));
	return true;
}

static bool detail_mode(const struct status *s, char *out)
{
	const char *mode = s->record.services.mode;

	snprintf(out, DETAIL_MAX, "%s",
		 !strcmp(mode, "dsr")	   ? "DSR"
		 : !strcmp(mode, "hybrid") ? "Hybrid"
					   : "SNAT");
	return s->services.nodeport;
}

/* The only one without a tunnel and XDP. */
static bool detail_dispatch(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "IP Option/Extension");
	return s->services.nodeport && strcmp(s->record.services.mode, "snat");
}

static bool detail_selection(const struct status *s, char *out)
{
	const struct manifest_services *services = &s->record.services;

	if (!strcmp(services->algorithm, "maglev"))
		snprintf(out, DETAIL_MAX, "Maglev (Table Size: %u)", services->maglev_size);
	else
		snprintf(out, DETAIL_MAX, "Random");
	return s->services.nodeport;
}

static bool detail_affinity(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "%s",
		 enabled(!is_disabled(s) && s->record.services.session_affinity));
	return true;
}

static bool detail_termination(const struct status *s, char *out)
{
	snprintf(out, DETAIL_MAX, "%s",
		 enabled(!is_disabled(s) && s->record.services.terminating_endpoints));
	return true;
}

/* Neither is for this datapath. */
static bool detail_off(const struct status *s, char *out)
{
	(void)s;
	snprintf(out, DETAIL_MAX, "Disabled");
	return true;
}

static bool detail_xdp(const struct status *s, char *out)
{
	return detail_off(s, out) && s->services.nodeport;
}

static const struct {
	const char *label;
	enum cilium_release since, until;
	detail_fn *text;
} details[] = {
	{ "Status", CILIUM_1_9, CILIUM_1_19, detail_status },
	{ "Socket LB", CILIUM_1_9, CILIUM_1_19, detail_socket_lb },
	{ "Socket LB Protocols", CILIUM_1_9, CILIUM_1_12, detail_protocols },
	{ "Socket LB Tracing", CILIUM_1_13, CILIUM_1_19, detail_tracing },
	{ "Socket LB Coverage", CILIUM_1_14, CILIUM_1_19, detail_coverage },
	{ "Devices", CILIUM_1_9, CILIUM_1_19, detail_devices },
	{ "Mode", CILIUM_1_9, CILIUM_1_19, detail_mode },
	{ "  DSR Dispatch Mode", CILIUM_1_15, CILIUM_1_19, detail_dispatch },
	{ "Backend Selection", CILIUM_1_9, CILIUM_1_19, detail_selection },
	{ "Session Affinity", CILIUM_1_9, CILIUM_1_19, detail_affinity },
	{ "Graceful Termination", CILIUM_1_9, CILIUM_1_17, detail_termination },
	{ "NAT46/64 Support", CILIUM_1_9, CILIUM_1_19, detail_off },
	{ "XDP Acceleration", CILIUM_1_9, CILIUM_1_19, detail_xdp },
};

static void add_services(const struct status *s, struct buf *b)
{
	const struct manifest_services *wanted = &s->record.services;
	bool nodeport = s->services.nodeport;

	buf_printf(b, "  Services:\n  %-*s%s\n", SERVICE_WIDTH,
		   "- ClusterIP:", enabled(has_frontends(s)));
	buf_printf(b, "  %-*s%s", SERVICE_WIDTH, "- NodePort:", enabled(nodeport));
	if (nodeport)
		buf_printf(b, " (Range: %u-%u)", wanted->nodeport_min, wanted->nodeport_max);
	buf_printf(b, "\n  %-*s%s\n", SERVICE_WIDTH, "- LoadBalancer:", enabled(nodeport));
	buf_printf(b, "  %-*s%s\n", SERVICE_WIDTH,
		   "- externalIPs:", enabled(nodeport && wanted->external_ips));
	buf_printf(b, "  %-*s%s\n", SERVICE_WIDTH,
		   "- HostPort:", enabled(nodeport && wanted->host_port));
}

static void add_off(const struct manifest_services *wanted, struct buf *b)
{
	for (size_t i = 0; i < wanted->off_count; i++) {
		const struct manifest_off *off = &wanted->turned_off[i];

		buf_printf(b, "%s  - %s: %s (%s)\n", i ? "" : "  Turned off:\n", off->feature,
			   off->reason, off->rule);
	}
}

static bool detail_is_shown(const struct status *s, size_t i, char *text)
{
	enum cilium_release release = release_of(&s->record);

	return release >= details[i].since && release <= details[i].until &&
	       details[i].text(s, text);
}

void status_services_details(const struct status *s, struct buf *b)
{
	char text[DETAIL_MAX], label[DETAIL_MAX];
	size_t width = 0;

	for (size_t i = 0; i < ARRAY_SIZE(details); i++) {
		if (detail_is_shown(s, i, text) && strlen(details[i].label) > width)
			width = strlen(details[i].label);
	}
	width += strlen(":") + DETAIL_GAP;
	buf_puts(b, "KubeProxyReplacement Details:\n");
	for (size_t i = 0; i < ARRAY_SIZE(details); i++) {
		if (!detail_is_shown(s, i, text))
			continue;
		snprintf(label, sizeof(label), "%s:", details[i].label);
		buf_printf(b, "  %-*s%s\n", (int)width, label, text);
	}
	add_services(s, b);
	add_off(&s->record.services, b);
}
