// SPDX-License-Identifier: BSD-2-Clause
/* The status in Prometheus' text format: families in a fixed order, one HELP and TYPE each. */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>

#include "common/buf.h"
#include "compiler/hooks.h"
#include "install/status.h"
#include "install/status_masquerade.h"
#include "install/status_services.h"
#include "probe/needs.h"

static void family(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct buf *b, const char *name, const char *type, const char *help,
		   uint64_t value)
{
	family(b, name, type, help);
	buf_printf(b, "%s %" PRIu64 "\n", name, value);
}

/* ,name="value" with the escapes of the format. */
static void label(struct buf *b, char separator, const char *name, const char *value)
{
	buf_printf(b, "%c%s=\"", separator, name);
	for (; *value; value++) {
		if (*value == '\n')
			buf_puts(b, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_printf(b, "\\%c", *value);
		else
			buf_append(b, value, 1);
	}
	buf_puts(b, "\"");
}

static void counter(struct buf *b, const char *name, const struct status_counter *c, uint64_t value)
{
	buf_puts(b, name);
	label(b, '{', "program", hook_defs[c->hook].program);
	label(b, ',', "direction", hook_defs[c->hook].pod_direction);
	label(b, ',', "reason", status_reasons[c->reason].name);
	label(b, ',', "kind", status_reasons[c->reason].kind);
	buf_printf(b, "} %" PRIu64 "\n", value);
}

static void counters(struct buf *b, const struct status *s)
{
	family(b, "hostroute_packets_total", "counter", "Packets that left a program.");
	for (size_t i = 0; i < s->counter_count; i++)
		counter(b, "hostroute_packets_total", &s->counters[i], s->counters[i].sum.packets);
	family(b, "hostroute_bytes_total", "counter", "Bytes of packets that left a program.");
	for (size_t i = 0; i < s->counter_count; i++)
		counter(b, "hostroute_bytes_total", &s->counters[i], s->counters[i].sum.bytes);
}

/* Arrays and rings have no entries that come and go. */
static bool has_entries(const struct object_map *info)
{
	return info->type != BPF_MAP_TYPE_ARRAY && info->type != BPF_MAP_TYPE_PERCPU_ARRAY &&
	       info->type != BPF_MAP_TYPE_RINGBUF;
}

static void map_value(struct buf *b, const char *name, const struct object_map *info, size_t value)
{
	const char *type = map_type_name(info->type);

	if (!has_entries(info))
		return;
	buf_puts(b, name);
	label(b, '{', "map", info->name);
	label(b, ',', "type", type ? type : "");
	buf_printf(b, "} %zu\n", value);
}

static void maps(struct buf *b, const struct status *s)
{
	family(b, "hostroute_map_entries", "gauge", "Entries of a map.");
	for (size_t i = 0; i < s->map_count; i++)
		map_value(b, "hostroute_map_entries", &s->maps[i].info, s->maps[i].entries);
	family(b, "hostroute_map_max_entries", "gauge", "Entries that a map has room for.");
	for (size_t i = 0; i < s->map_count; i++)
		map_value(b, "hostroute_map_max_entries", &s->maps[i].info,
			  s->maps[i].info.max_entries);
}

static void info(struct buf *b, const char *name, const char *help, const char *key,
		 const char *value)
{
	family(b, name, "gauge", help);
	buf_puts(b, name);
	label(b, '{', key, value);
	buf_puts(b, "} 1\n");
}

static void build(struct buf *b, const struct status *s)
{
	family(b, "hostroute_build_info", "gauge", "Version of hrinstall and bundle in place.");
	buf_puts(b, "hostroute_build_info");
	label(b, '{', "version", HOSTROUTE_VERSION);
	label(b, ',', "bundle", s->record.bundle_sha256);
	buf_puts(b, "} 1\n");
}

int status_prometheus(const struct status *s, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };

	build(&b, s);
	single(&b, "hostroute_installed", "gauge", "1: a bundle is applied on this node.",
	       s->is_installed);
	info(&b, "hostroute_host_routing_info", "Host routing in force.", "mode",
	     status_routing_name(s->routing));
	info(&b, "hostroute_masquerading_info", "Masquerading in force.", "mode",
	     status_masquerade_name(s));
	info(&b, "hostroute_kube_proxy_replacement_info", "Services in BPF that are loaded.",
	     "mode", status_services_name(s));
	single(&b, "hostroute_programs_expected", "gauge", "Programs that should be attached.",
	       s->record.point_count);
	single(&b, "hostroute_programs_in_place", "gauge", "Programs that are attached.",
	       s->in_place);
	single(&b, "hostroute_drift", "gauge", "Things that are not as they were applied.",
	       s->drift);
	maps(&b, s);
	counters(&b, s);
	single(&b, "hostroute_events_lost_total", "counter",
	       "Events that found no room for a monitor.", s->events_lost);
	return buf_take(&b, out);
}
