// SPDX-License-Identifier: BSD-2-Clause
/* The record's contents as steps that take them back. */
#include "install/release.h"

#include <string.h>

#include "install/nft_text.h"
#include "install/paths.h"

static bool concerns(const struct release *r, const char *interface)
{
	return !r->interface || !strcmp(r->interface, interface);
}

static bool keeps_interface(const struct release *r, const char *interface)
{
	/* "all" is nobody's interface: it goes back only when everything does. */
	return r->goal && (!strcmp(interface, "all") ||
			   goal_find_interface(r->goal, interface) < r->goal->interface_count);
}

static bool keeps_point(const struct release *r, const struct attach_point *point)
{
	for (size_t i = 0; r->goal && i < r->goal->point_count; i++) {
		const struct attach_point *want = &r->goal->points[i].point;

		if (want->direction == point->direction &&
		    !strcmp(want->interface, point->interface))
			return true;
	}
	return false;
}

void release_attachments(const struct release *r, struct steps *plan)
{
	for (size_t i = r->record->point_count; i-- > 0;) {
		const struct attach_point *point = &r->record->points[i].point;
		struct step *step;

		if (!concerns(r, point->interface) || keeps_point(r, point))
			continue;
		step = steps_add(plan, STEP_DETACH, "detach %s from %s %s", point->program,
				 point->interface, attach_direction_name(point->direction));
		step->attach.point = *point;
		memcpy(step->attach.cgroup, r->record->cgroup.dir, sizeof(step->attach.cgroup));
	}
}

void release_cgroup(const struct release *r, struct steps *plan)
{
	const struct record_cgroup *cgroup = &r->record->cgroup;
	struct step *step;

	if (!cgroup->mounted ||
	    (r->goal && r->goal->cgroup && !strcmp(r->goal->cgroup, cgroup->dir)))
		return;
	step = steps_add(plan, STEP_UNMOUNT_CGROUP, "unmount cgroup v2 from %s", cgroup->dir);
	memcpy(step->cgroup.dir, cgroup->dir, sizeof(step->cgroup.dir));
	step->cgroup.made = cgroup->made;
}

/* All recorded sysctls of the interface that the one at `first` is on. */
static void release_interface_sysctls(const struct record *record, size_t first, struct steps *plan)
{
	const struct record_sysctl *head = &record->sysctls[first];
	struct step_sysctls s = { .ifindex = head->ifindex, .is_restore = true };

	memcpy(s.interface, head->interface, sizeof(s.interface));
	for (size_t i = first; i < record->sysctl_count && s.count < STEP_MAX_SYSCTLS; i++) {
		const struct record_sysctl *sysctl = &record->sysctls[i];

		if (strcmp(sysctl->interface, head->interface) || sysctl->ifindex != head->ifindex)
			continue;
		s.items[s.count].left = sysctl->set;
		steps_sysctl_item(&s, sysctl->name, sysctl->old);
	}
	steps_sysctls(plan, &s);
}

static bool is_first_of_interface(const struct record *record, size_t index)
{
	const struct record_sysctl *sysctl = &record->sysctls[index];

	for (size_t i = 0; i < index; i++) {
		if (record->sysctls[i].ifindex == sysctl->ifindex &&
		    !strcmp(record->sysctls[i].interface, sysctl->interface))
			return false;
	}
	return true;
}

void release_sysctls(const struct release *r, struct steps *plan)
{
	for (size_t i = 0; i < r->record->sysctl_count; i++) {
		const char *interface = r->record->sysctls[i].interface;

		if (concerns(r, interface) && !keeps_interface(r, interface) &&
		    is_first_of_interface(r->record, i))
			release_interface_sysctls(r->record, i, plan);
	}
}

void release_clsacts(const struct release *r, struct steps *plan)
{
	for (size_t i = 0; i < r->record->point_count; i++) {
		const struct record_point *point = &r->record->points[i];
		struct step *step;

		if (!point->created_clsact || !concerns(r, point->point.interface))
			continue;
		if (keeps_point(r, &point->point) && r->goal->attach == ATTACH_TC)
			continue;
		step = steps_add(plan, STEP_REMOVE_CLSACT, "remove qdisc clsact from %s",
				 point->point.interface);
		step->attach.point = point->point;
	}
}

void release_device(const char *name, struct steps *plan)
{
	struct step *step = steps_add(plan, STEP_DELETE_DEVICE, "delete device %s", name);

	snprintf(step->device.name, sizeof(step->device.name), "%s", name);
}

void release_devices(const struct release *r, struct steps *plan)
{
	for (size_t i = 0; i < r->record->device_count; i++) {
		const char *name = r->record->devices[i];

		/* It goes with its veth peer. */
		if (strcmp(name, DEVICE_PEER) && !keeps_interface(r, name))
			release_device(name, plan);
	}
}

void release_nft(const struct release *r, struct steps *plan)
{
	if (record_has_nft(r->record) && !(r->goal && r->goal->nft))
		steps_add(plan, STEP_DELETE_NFT, "delete nftables table ip " NFT_TABLE);
}

void release_pin(const char *dir, const char *name, struct steps *plan)
{
	struct step *step = steps_add(plan, STEP_UNPIN, "remove pin %s", name);

	snprintf(step->pin.name, sizeof(step->pin.name), "%s", name);
	snprintf(step->pin.dir, sizeof(step->pin.dir), "%s", dir);
}
