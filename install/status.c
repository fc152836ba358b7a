// SPDX-License-Identifier: BSD-2-Clause
/* Asks the kernel what is attached where the record says we attached something. Changes nothing. */
#include "install/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/attach_cgroup.h"
#include "install/listener.h"
#include "install/maps.h"
#include "install/nft.h"
#include "install/nft_text.h"
#include "install/preflight.h"
#include "install/rtnl.h"
#include "install/status_masquerade.h"
#include "install/status_node.h"
#include "install/status_services.h"
#include "install/tables.h"

static enum point_state judge(const struct record *record, const struct status_point *p)
{
	const struct record_program *recorded =
		record_find_program(record, p->recorded->point.program);

	if (!p->attached.is_attached)
		return POINT_MISSING;
	if (!recorded || strcmp(recorded->tag, p->program.tag))
		return POINT_OTHER;
	return p->attached.foreign > p->recorded->foreign ? POINT_CROWDED : POINT_IN_PLACE;
}

static int read_point(const struct install_paths *paths, struct rtnl *nl,
		      const struct record *record, struct status_point *p)
{
	struct attach_point point = p->recorded->point;
	struct rtnl_link link;
	int err;

	p->state = POINT_INTERFACE_GONE;
	if (attach_is_cgroup(point.direction)) {
		err = attach_cgroup_query(paths->links, record->cgroup.dir, &point, &p->attached);
	} else {
		err = rtnl_link_get(nl, point.interface, &link);
		if (err == -ENODEV)
			return 0;
		if (err)
			return log_err(err, "look up interface %s", point.interface);
		point.ifindex = link.ifindex;
		err = attach_query(paths->links, &point, &p->attached);
	}
	if (err)
		return err;
	if (p->attached.is_attached) {
		err = program_describe_id(p->attached.prog_id, &p->program);
		/* Replaced between the two questions. */
		p->attached.is_attached = err != -ENOENT;
	}
	p->state = judge(record, p);
	return err && err != -ENOENT ? log_err(err, "describe program %u", p->attached.prog_id) : 0;
}

static int read_points(const struct install_paths *paths, struct rtnl *nl, struct status *s)
{
	int err = 0;

	s->points = calloc(s->record.point_count + 1, sizeof(*s->points));
	if (!s->points)
		return log_err(-ENOMEM, "read attach points");
	for (size_t i = 0; !err && i < s->record.point_count; i++) {
		s->points[i].recorded = &s->record.points[i];
		err = read_point(paths, nl, &s->record, &s->points[i]);
		s->in_place +=
			s->points[i].state == POINT_IN_PLACE || s->points[i].state == POINT_CROWDED;
		s->drift += s->points[i].state != POINT_IN_PLACE;
	}
	return err;
}

static int read_node(const struct install_paths *paths, struct status *s)
{
	_cleanup_rtnl_ struct rtnl *nl = NULL;
	int err = rtnl_open(&nl);

	if (err)
		return log_err(err, "open a netlink socket");
	err = read_points(paths, nl, s);
	return err ? err : status_node_read(nl, s);
}

static int read_counters(int fd, struct status *s)
{
	struct hr_metric slots[HR_METRIC_SLOTS];
	int err = metrics_read(fd, slots);

	for (uint32_t i = 0; !err && i < HR_METRIC_SLOTS; i++) {
		if (!slots[i].packets)
			continue;
		s->counters[s->counter_count++] = (struct status_counter){
			.hook = i / REASON__COUNT, .reason = i % REASON__COUNT, .sum = slots[i]
		};
	}
	return err;
}

/* Counters of another version's table would be read under wrong names. */
static bool is_our_metrics(const struct object_map *info)
{
	return !strcmp(info->name, ATTACH_OWN_MAP) &&
	       info->value_size == sizeof(struct hr_metric) && info->max_entries == HR_METRIC_SLOTS;
}

static int read_map(const struct install_paths *paths, const char *name, struct status *s)
{
	struct status_map *map = &s->maps[s->map_count];
	_cleanup_close_ int fd = -1;
	int err;

	err = pin_open(paths->pins, name, &fd);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = map_describe(fd, &map->info);
	if (!err)
		err = map_count(fd, &map->info, &map->entries);
	if (!err && is_our_metrics(&map->info))
		err = read_counters(fd, s);
	s->map_count += !err;
	return err ? log_err(err, "read map %s", name) : 0;
}

static bool has_map(const struct status *s, const char *name)
{
	for (size_t i = 0; i < s->map_count; i++) {
		if (!strcmp(s->maps[i].info.name, name))
			return true;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int read_maps(const struct install_paths *paths, struct status *s)
{
	_cleanup_free_ char(*names)[64] = NULL;
	size_t count;
	int err;

	err = pin_list(paths->pins, &names, &count);
	if (err)
		return err;
	s->maps = calloc(count + 1, sizeof(*s->maps));
	if (!s->maps)
		return log_err(-ENOMEM, "read maps");
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; !err && i < count; i++)
		err = read_map(paths, names[i], s);
	s->maps_missing =
		!has_map(s, table_defs[TABLE_ENDPOINTS].map) || !has_map(s, ATTACH_OWN_MAP);
	s->drift += s->maps_missing;
	return err;
}

static enum nft_state judge_nft(const struct record *record, const char *listing)
{
	char digest[DIGEST_TEXT_MAX];

	if (!record_has_nft(record))
		return NFT_NONE;
	if (!listing)
		return NFT_MISSING;
	digest_data(listing, strlen(listing), digest);
	return strcmp(digest, record->nft.listed) ? NFT_CHANGED : NFT_IN_PLACE;
}

static int read_nft(struct status *s)
{
	_cleanup_free_ char *listing = NULL;
	int err = record_has_nft(&s->record) ? nft_list(&listing) : 0;

	if (err)
		return log_err(err, "read nftables table ip " NFT_TABLE);
	s->nft = judge_nft(&s->record, listing);
	s->drift += s->nft == NFT_MISSING || s->nft == NFT_CHANGED;
	return 0;
}

static int read_services(struct status *s)
{
	struct node_facts facts;
	int err = facts_read_live(&facts);

	if (err)
		return err;
	facts.node_ip = s->record.node_ip;
	status_services_read(&facts, s);
	return 0;
}

static enum status_routing judge_routing(const struct status *s)
{
	if (!s->in_place)
		return ROUTING_NOT_INSTALLED;
	if (!s->record.complete || s->in_place < s->record.point_count)
		return ROUTING_INCOMPLETE;
	return s->record.host_routing ? ROUTING_BPF : ROUTING_LEGACY;
}

int status_read(const struct install_paths *paths, struct status *out)
{
	int err;

	*out = (struct status){ 0 };
	err = record_read(paths, &out->record);
	if (err)
		return err == -ENOENT ? 0 : err;
	out->is_installed = true;
	out->drift += !out->record.complete;
	err = read_node(paths, out);
	if (!err)
		err = read_maps(paths, out);
	if (!err)
		err = read_nft(out);
	if (!err)
		err = status_masquerade_read(paths, out);
	if (!err)
		err = read_services(out);
	if (!err)
		err = listener_lost_total(paths, &out->events_lost);
	out->routing = judge_routing(out);
	return err;
}

int status_run(const struct install_request *request)
{
	_cleanup_status_ struct status status = { 0 };

	if (preflight_process(&request->paths) || listener_reset(&request->paths) ||
	    status_read(&request->paths, &status) ||
	    status_print(&status, request->format, request->verbose))
		return EXIT_STATUS_ENVIRONMENT;
	if (!status.is_installed)
		return EXIT_STATUS_ABSENT;
	return status.drift ? EXIT_STATUS_DRIFT : EXIT_STATUS_OK;
}

void status_fini(struct status *status)
{
	free(status->points);
	free(status->maps);
	free(status->node_drift);
	record_fini(&status->record);
	*status = (struct status){ 0 };
}
