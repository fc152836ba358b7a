// SPDX-License-Identifier: BSD-2-Clause
/* What there will be to take back: the record of a goal on a node. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "install/compare.h"
#include "install/paths.h"
#include "install/route_digest.h"

/* 0 when the goal has no such device, or it is still to be created. */
static uint32_t device_ifindex(const struct goal *goal, const struct node *node, const char *name)
{
	size_t i = goal_find_interface(goal, name);

	return i < goal->interface_count && node->interfaces[i].exists
		       ? node->interfaces[i].link.ifindex
		       : 0;
}

static void fill_constants(const struct goal *goal, const struct node *node, struct record *out)
{
	for (size_t i = 0; i < goal->constant_count; i++) {
		const struct goal_constant *wanted = &goal->constants[i];
		struct record_constant *constant = &out->constants[out->constant_count++];

		snprintf(constant->name, sizeof(constant->name), "%s", wanted->name);
		constant->value =
			wanted->device ? device_ifindex(goal, node, wanted->device) : wanted->value;
	}
}

static void fill_nft(const struct goal *goal, const struct node *node, struct record_nft *out)
{
	if (!goal->nft)
		return;
	digest_data(goal->nft, strlen(goal->nft), out->written);
	if (node->nft)
		digest_data(node->nft, strlen(node->nft), out->listed);
}

static void fill_head(const struct goal *goal, const struct node *node, struct record *out)
{
	const struct manifest *m = goal->manifest;

	memcpy(out->bundle_sha256, goal->bundle_sha256, sizeof(out->bundle_sha256));
	out->host_routing = m->host_routing;
	out->attach = goal->attach;
	out->node_ip = goal->state->ip;
	out->router_ip = goal->state->router_ip;
	out->pod_cidr = goal->state->pod_cidr;
	snprintf(out->ip_masq_config, sizeof(out->ip_masq_config), "%s",
		 goal->ip_masq_config ? goal->ip_masq_config : "");
	memcpy(out->cilium_version, m->cilium_version, sizeof(out->cilium_version));
	out->services = m->services;
	memcpy(out->gaps, m->gaps, sizeof(out->gaps));
	out->gap_count = m->gap_count;
	for (size_t i = 0; i < m->hook_count; i++) {
		struct record_program *program = &out->programs[out->program_count++];

		memcpy(program->name, m->hooks[i].program, sizeof(program->name));
		memcpy(program->tag, node->programs[i].info.tag, sizeof(program->tag));
	}
	for (size_t i = 0; i < goal->interface_count; i++) {
		if (goal->interfaces[i].role & ROLES_OWN)
			memcpy(out->devices[out->device_count++], goal->interfaces[i].name,
			       IFNAMSIZ);
	}
	fill_constants(goal, node, out);
	fill_nft(goal, node, &out->nft);
}

/* Who has mounted it stays as the first of several runs has found it. */
static void fill_cgroup(const struct goal *goal, const struct node *node, const struct record *old,
			struct record_cgroup *out)
{
	if (!goal->cgroup)
		return;
	snprintf(out->dir, sizeof(out->dir), "%s", goal->cgroup);
	if (old && old->cgroup.mounted && !strcmp(old->cgroup.dir, out->dir)) {
		*out = old->cgroup;
	} else if (!node->interfaces[goal->interface_count - 1].exists) {
		out->mounted = true;
		out->made = node->cgroup_dirs_missing;
	}
}

/* Keeps the value that the first of several runs has found. */
static int add_sysctl(const struct record *old, struct record_sysctl found, struct record *out)
{
	const struct record_sysctl *known = NULL;

	if (old)
		known = record_find_sysctl(old, found.interface, found.ifindex, found.name);
	if (!known && found.old == found.set)
		return 0;
	return record_add_sysctl(out, known ? known : &found);
}

/* Own devices take their sysctls with them when they go. */
static int add_interface_sysctls(const struct goal_interface *wanted,
				 const struct node_interface *have, const struct record *old,
				 struct record *out)
{
	int err = 0;

	if (wanted->role & ROLES_OWN)
		return 0;
	for (size_t i = 0; !err && i < SYSCTL__COUNT; i++) {
		struct record_sysctl found = { .ifindex = have->link.ifindex,
					       .old = have->sysctls[i],
					       .set = sysctl_defs[i].value };

		if (!(sysctl_defs[i].roles & wanted->role))
			continue;
		memcpy(found.interface, wanted->name, sizeof(found.interface));
		snprintf(found.name, sizeof(found.name), "%s", sysctl_defs[i].name);
		err = add_sysctl(old, found, out);
	}
	return err;
}

static int add_sysctls(const struct goal *goal, const struct node *node, const struct record *old,
		       struct record *out)
{
	struct record_sysctl all = { .interface = "all", .old = node->all_rp_filter };
	int err = 0;

	for (size_t i = 0; !err && i < goal->interface_count; i++)
		err = add_interface_sysctls(&goal->interfaces[i], &node->interfaces[i], old, out);
	if (err)
		return err;
	snprintf(all.name, sizeof(all.name), "%s", sysctl_defs[SYSCTL_RP_FILTER].name);
	if (all.old != RP_FILTER_STRICT)
		all.set = all.old;
	return add_sysctl(old, all, out);
}

static int add_point(const struct goal *goal, const struct node *node, size_t index,
		     const struct record *old, struct record *out)
{
	const struct goal_point *want = &goal->points[index];
	const struct attach_status *have = &node->points[index];
	struct record_point point = { .point = want->point,
				      .foreign = have->foreign,
				      .ip = want->ip };
	const struct record_point *known = NULL;

	point.point.ifindex = node->interfaces[want->interface].link.ifindex;
	if (old)
		known = record_find_point(old, want->point.interface, want->point.direction);
	if (known && known->point.ifindex != point.point.ifindex)
		known = NULL;
	point.created_clsact = goal_attach_mode(goal, &want->point) == ATTACH_TC &&
			       ((known && known->created_clsact) || !have->has_clsact);
	return record_add_point(out, &point);
}

int compare_record(const struct goal *goal, const struct node *node,
		   const struct install_paths *paths, const struct record *old, struct record *out)
{
	_cleanup_record_ struct record record = { 0 };
	int err;

	memcpy(record.bpffs, paths->bpffs, sizeof(record.bpffs));
	fill_head(goal, node, &record);
	fill_cgroup(goal, node, old, &record.cgroup);
	err = route_digest(node->routes, node->route_count, record.routes);
	if (!err)
		err = add_sysctls(goal, node, old, &record);
	for (size_t i = 0; !err && i < goal->point_count; i++)
		err = add_point(goal, node, i, old, &record);
	if (err)
		return log_err(err, "make a record");
	*out = record;
	record = (struct record){ 0 };
	return 0;
}
