// SPDX-License-Identifier: BSD-2-Clause
/* The status as text, first in the lines of `cilium status`, and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/hooks.h"
#include "install/nft_text.h"
#include "install/status.h"
#include "install/status_masquerade.h"
#include "install/status_services.h"
#include "probe/needs.h"

#define STATUS_SCHEMA "hostroute.status/1"
#define STATUS_LINE_MAX 1024

const struct status_reason status_reasons[REASON__COUNT] = {
#define REASON_KIND_FORWARD "forward"
#define REASON_KIND_STACK "stack"
#define REASON_KIND_DROP "drop"
#define REASON(id, reason_name, reason_kind, reason_text)    \
	[REASON_##id] = { .name = reason_name,               \
			  .kind = REASON_KIND_##reason_kind, \
			  .text = reason_text },
#include "bpf-templates/lib/reasons.def"
#undef REASON
};

/* For people, and the stable word for scripts. */
static const struct {
	const char *text;
	const char *name;
} point_states[] = {
	[POINT_IN_PLACE] = { "in place", "in-place" },
	[POINT_INTERFACE_GONE] = { "the interface is gone", "interface-gone" },
	[POINT_MISSING] = { "not attached", "missing" },
	[POINT_OTHER] = { "not the program that was applied", "other-program" },
	[POINT_CROWDED] = { "in place, but another program has come beside it", "crowded" },
};
_Static_assert(ARRAY_SIZE(point_states) == POINT_STATE__COUNT, "a text for every state");

static const struct {
	const char *text;
	const char *name;
} routings[] = {
	[ROUTING_NOT_INSTALLED] = { "not installed", "not-installed" },
	[ROUTING_INCOMPLETE] = { "incomplete", "incomplete" },
	[ROUTING_LEGACY] = { "Legacy", "legacy" },
	[ROUTING_BPF] = { "BPF", "bpf" },
};
_Static_assert(ARRAY_SIZE(routings) == ROUTING__COUNT, "a text for every kind of routing");

/* What of the table is to be said as drift, or NULL, and its stable word. */
static const struct {
	const char *drift;
	const char *name;
} nft_states[] = {
	[NFT_NONE] = { NULL, "none" },
	[NFT_IN_PLACE] = { NULL, "in-place" },
	[NFT_MISSING] = { "is gone: run apply again", "missing" },
	[NFT_CHANGED] = { "was changed by somebody else: run apply again", "changed" },
};
_Static_assert(ARRAY_SIZE(nft_states) == NFT_STATE__COUNT, "words for every state of the table");

static void print_head(const struct status *s)
{
	char masquerade[STATUS_LINE_MAX], services[STATUS_LINE_MAX];

	status_services_text(s, services, sizeof(services));
	printf("KubeProxyReplacement:   %s\n", services);
	printf("Host Routing:           %s", routings[s->routing].text);
	if (s->routing == ROUTING_INCOMPLETE)
		printf(" (%zu of %zu programs in place)", s->in_place, s->record.point_count);
	status_masquerade_text(s, masquerade, sizeof(masquerade));
	printf("\nMasquerading:           %s\n", masquerade);
	for (size_t i = 0; i < s->record.services.off_count; i++)
		printf("Turned off:             %s: %s (%s)\n",
		       s->record.services.turned_off[i].feature,
		       s->record.services.turned_off[i].reason,
		       s->record.services.turned_off[i].rule);
	for (size_t i = 0; i < s->record.gap_count; i++)
		printf("Not provided:           %s (%s): %s\n", s->record.gaps[i].key,
		       s->record.gaps[i].value, s->record.gaps[i].text);
}

static void print_drift(const struct status *s)
{
	if (!s->record.complete)
		printf("Drift:                  the last apply did not end: run it again\n");
	if (s->maps_missing)
		printf("Drift:                  pinned maps are missing: run apply again\n");
	if (nft_states[s->nft].drift)
		printf("Drift:                  nftables table ip " NFT_TABLE " %s\n",
		       nft_states[s->nft].drift);
	for (size_t i = 0; i < s->node_drift_count; i++)
		printf("Drift:                  %s: run apply again\n", s->node_drift[i].text);
	for (size_t i = 0; i < s->record.point_count; i++) {
		const struct status_point *p = &s->points[i];

		if (p->state != POINT_IN_PLACE)
			printf("Drift:                  %s %s %s: %s\n",
			       p->recorded->point.interface,
			       attach_direction_name(p->recorded->point.direction),
			       p->recorded->point.program, point_states[p->state].text);
	}
}

static void print_points(const struct status *s)
{
	printf("\n%-16s %-12s %-16s %-4s %6s  %-16s %6s  %s\n", "INTERFACE", "SIDE", "PROGRAM",
	       "BY", "ID", "TAG", "INSNS", "STATE");
	for (size_t i = 0; i < s->record.point_count; i++) {
		const struct status_point *p = &s->points[i];
		const struct attach_point *point = &p->recorded->point;
		bool is_attached = p->attached.is_attached;

		printf("%-16s %-12s %-16s %-4s %6u  %-16s %6u  %s\n", point->interface,
		       attach_direction_name(point->direction), point->program,
		       is_attached ? attach_mode_name(p->attached.mode) : "-", p->program.id,
		       is_attached ? p->program.tag : "-", p->program.insns,
		       point_states[p->state].text);
	}
}

static void print_maps(const struct status *s)
{
	printf("\n%-16s %-14s %8s %8s\n", "MAP", "TYPE", "ENTRIES", "MAX");
	for (size_t i = 0; i < s->map_count; i++) {
		const struct object_map *info = &s->maps[i].info;
		const char *type = map_type_name(info->type);

		printf("%-16s %-14s %8zu %8u\n", info->name, type ? type : "?", s->maps[i].entries,
		       info->max_entries);
	}
}

static void print_counters(const struct status *s)
{
	printf("\n%-16s %-9s %-8s %-18s %12s %14s\n", "PROGRAM", "DIRECTION", "KIND", "REASON",
	       "PACKETS", "BYTES");
	for (size_t i = 0; i < s->counter_count; i++) {
		const struct status_counter *c = &s->counters[i];

		printf("%-16s %-9s %-8s %-18s %12" PRIu64 " %14" PRIu64 "\n",
		       hook_defs[c->hook].program, hook_defs[c->hook].pod_direction,
		       status_reasons[c->reason].kind, status_reasons[c->reason].name,
		       (uint64_t)c->sum.packets, (uint64_t)c->sum.bytes);
	}
	if (!s->counter_count)
		printf("(no packets yet)\n");
	if (s->events_lost)
		printf("\nEvents lost:            %" PRIu64 " (no room: a monitor was too slow)\n",
		       s->events_lost);
}

static void print_services(const struct status *s)
{
	_cleanup_buf_ struct buf b = { 0 };

	status_services_details(s, &b);
	if (!b.err)
		printf("\n%s", b.data);
}

static void print_text(const struct status *s, bool verbose)
{
	print_head(s);
	if (!s->is_installed)
		return;
	printf("Bundle:                 %.12s\n", s->record.bundle_sha256);
	print_drift(s);
	print_points(s);
	print_maps(s);
	print_counters(s);
	if (verbose)
		print_services(s);
}

static json_t *gaps_to_json(const struct status *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->record.gap_count; i++)
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:s}", "key", s->record.gaps[i].key, "value",
					 s->record.gaps[i].value, "text", s->record.gaps[i].text));
	return array;
}

static json_t *point_to_json(const struct status_point *p)
{
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:s, s:i}", "interface", p->recorded->point.interface,
			  "direction", attach_direction_name(p->recorded->point.direction),
			  "program", p->recorded->point.program, "state",
			  point_states[p->state].name, "foreign", (int)p->attached.foreign);

	if (!p->attached.is_attached)
		return json;
	json_object_set_new(json, "attach", json_string(attach_mode_name(p->attached.mode)));
	json_object_set_new(json, "id", json_integer(p->program.id));
	json_object_set_new(json, "tag", json_string(p->program.tag));
	json_object_set_new(json, "insns", json_integer(p->program.insns));
	return json;
}

static json_t *points_to_json(const struct status *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->record.point_count; i++)
		json_array_append_new(array, point_to_json(&s->points[i]));
	return array;
}

static json_t *maps_to_json(const struct status *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->map_count; i++) {
		const struct object_map *info = &s->maps[i].info;
		const char *type = map_type_name(info->type);

		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:I, s:I}", "name", info->name, "type",
						type ? type : "", "entries",
						(json_int_t)s->maps[i].entries, "max_entries",
						(json_int_t)info->max_entries));
	}
	return array;
}

static json_t *counters_to_json(const struct status *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->counter_count; i++) {
		const struct status_counter *c = &s->counters[i];

		const struct status_reason *reason = &status_reasons[c->reason];

		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "program",
						hook_defs[c->hook].program, "direction",
						hook_defs[c->hook].pod_direction, "reason",
						reason->name, "kind", reason->kind, "text",
						reason->text, "packets", (json_int_t)c->sum.packets,
						"bytes", (json_int_t)c->sum.bytes));
	}
	return array;
}

static json_t *node_drift_to_json(const struct status *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->node_drift_count; i++)
		json_array_append_new(array, json_string(s->node_drift[i].text));
	return array;
}

static int print_json(const struct status *s)
{
	json_auto_t *root =
		json_pack("{s:s, s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "schema",
			  STATUS_SCHEMA, "installed", s->is_installed, "complete",
			  s->record.complete, "bundle_sha256", s->record.bundle_sha256,
			  "kube_proxy_replacement", status_services_name(s), "host_routing",
			  routings[s->routing].name, "masquerading", status_masquerade_name(s),
			  "nft_table", nft_states[s->nft].name, "drift", (json_int_t)s->drift,
			  "maps_missing", s->maps_missing);

	if (!root)
		return log_err(-ENOMEM, "print the status");
	json_object_set_new(root, "node_drift", node_drift_to_json(s));
	json_object_set_new(root, "services", status_services_json(s));
	json_object_set_new(root, "masquerade", status_masquerade_json(s));
	json_object_set_new(root, "not_provided", gaps_to_json(s));
	json_object_set_new(root, "programs", points_to_json(s));
	json_object_set_new(root, "maps", maps_to_json(s));
	json_object_set_new(root, "counters", counters_to_json(s));
	json_object_set_new(root, "events_lost", json_integer((json_int_t)s->events_lost));
	if (json_dumpf(root, stdout, JSON_INDENT(2)))
		return log_err(-EIO, "print the status");
	putchar('\n');
	return 0;
}

const char *status_routing_name(enum status_routing routing)
{
	return routings[routing].name;
}

static int print_prometheus(const struct status *s)
{
	_cleanup_free_ char *text = NULL;
	int err = status_prometheus(s, &text);

	if (err)
		return log_err(err, "print the status");
	fputs(text, stdout);
	return 0;
}

int status_print(const struct status *status, enum cli_format format, bool verbose)
{
	if (format == CLI_JSON)
		return print_json(status);
	if ((int)format == INSTALL_PROMETHEUS)
		return print_prometheus(status);
	print_text(status, verbose);
	return 0;
}
