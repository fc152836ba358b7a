// SPDX-License-Identifier: BSD-2-Clause
/*
 * The record in memory: looking things up, adding, merging. Its JSON form is in record_json.c, its files are in
 * record_store.c.
 */
#include "install/record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/*
 * Room for one more. Grown by doubling at powers of two, so that no capacity is kept; taking items away
 * keeps that true.
 */
static void *with_room(void *items, size_t count, size_t item_size)
{
	if (count & (count - 1))
		return items;
	return reallocarray(items, count ? count * 2 : 1, item_size);
}

int record_add_sysctl(struct record *record, const struct record_sysctl *sysctl)
{
	void *grown = with_room(record->sysctls, record->sysctl_count, sizeof(*sysctl));

	if (!grown)
		return -ENOMEM;
	record->sysctls = grown;
	record->sysctls[record->sysctl_count++] = *sysctl;
	return 0;
}

int record_add_point(struct record *record, const struct record_point *point)
{
	void *grown = with_room(record->points, record->point_count, sizeof(*point));

	if (!grown)
		return -ENOMEM;
	record->points = grown;
	record->points[record->point_count++] = *point;
	return 0;
}

int record_copy(const struct record *from, struct record *out)
{
	_cleanup_record_ struct record copy = *from;
	int err = 0;

	copy.sysctls = NULL;
	copy.points = NULL;
	copy.sysctl_count = copy.point_count = 0;
	for (size_t i = 0; !err && i < from->sysctl_count; i++)
		err = record_add_sysctl(&copy, &from->sysctls[i]);
	for (size_t i = 0; !err && i < from->point_count; i++)
		err = record_add_point(&copy, &from->points[i]);
	if (err)
		return err;
	*out = copy;
	copy = (struct record){ 0 };
	return 0;
}

void record_forget_interface(struct record *record, const char *interface)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->sysctl_count; i++) {
		if (strcmp(record->sysctls[i].interface, interface))
			record->sysctls[kept++] = record->sysctls[i];
	}
	record->sysctl_count = kept;
	kept = 0;
	for (size_t i = 0; i < record->point_count; i++) {
		if (strcmp(record->points[i].point.interface, interface))
			record->points[kept++] = record->points[i];
	}
	record->point_count = kept;
}

const struct record_sysctl *record_find_sysctl(const struct record *record, const char *interface,
					       unsigned int ifindex, const char *name)
{
	for (size_t i = 0; i < record->sysctl_count; i++) {
		const struct record_sysctl *sysctl = &record->sysctls[i];

		if (!strcmp(sysctl->interface, interface) && !strcmp(sysctl->name, name) &&
		    (!ifindex || sysctl->ifindex == ifindex))
			return sysctl;
	}
	return NULL;
}

static struct record_point *find_point(const struct record *record, const char *interface,
				       enum attach_direction direction)
{
	for (size_t i = 0; i < record->point_count; i++) {
		struct record_point *point = &record->points[i];

		if (point->point.direction == direction &&
		    !strcmp(point->point.interface, interface))
			return point;
	}
	return NULL;
}

const struct record_point *record_find_point(const struct record *record, const char *interface,
					     enum attach_direction direction)
{
	return find_point(record, interface, direction);
}

const struct record_program *record_find_program(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->program_count; i++) {
		if (!strcmp(record->programs[i].name, name))
			return &record->programs[i];
	}
	return NULL;
}

bool record_has_device(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->device_count; i++) {
		if (!strcmp(record->devices[i], name))
			return true;
	}
	return false;
}

bool record_has_nft(const struct record *record)
{
	return record->nft.written[0];
}

static int merge_sysctls(struct record *record, const struct record *before)
{
	int err = 0;

	for (size_t i = 0; !err && i < before->sysctl_count; i++) {
		const struct record_sysctl *sysctl = &before->sysctls[i];

		if (!record_find_sysctl(record, sysctl->interface, sysctl->ifindex, sysctl->name))
			err = record_add_sysctl(record, sysctl);
	}
	return err;
}

static int merge_points(struct record *record, const struct record *before)
{
	int err = 0;

	for (size_t i = 0; !err && i < before->point_count; i++) {
		const struct record_point *old = &before->points[i];
		struct record_point *new =
			find_point(record, old->point.interface, old->point.direction);

		if (!new)
			err = record_add_point(record, old);
		else if (new->point.ifindex == old->point.ifindex)
			new->created_clsact |= old->created_clsact;
	}
	return err;
}

int record_merge(struct record *record, const struct record *before)
{
	int err = merge_sysctls(record, before);

	if (!err)
		err = merge_points(record, before);
	if (!record_has_nft(record))
		record->nft = before->nft;
	if (!record->cgroup.dir[0])
		record->cgroup = before->cgroup;
	for (size_t i = 0; i < before->device_count; i++) {
		if (!record_has_device(record, before->devices[i]) &&
		    record->device_count < RECORD_MAX_DEVICES)
			memcpy(record->devices[record->device_count++], before->devices[i],
			       IFNAMSIZ);
	}
	return err;
}

static int compare_numbers(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

static int compare_points(const void *a, const void *b)
{
	const struct record_point *left = a, *right = b;
	int order = compare_numbers(ntohl(left->ip), ntohl(right->ip));

	if (!order)
		order = compare_numbers(left->point.ifindex, right->point.ifindex);
	if (!order)
		order = strcmp(left->point.interface, right->point.interface);
	return order ? order : compare_numbers(left->point.direction, right->point.direction);
}

static int compare_sysctls(const void *a, const void *b)
{
	const struct record_sysctl *left = a, *right = b;
	int order = compare_numbers(left->ifindex, right->ifindex);

	if (!order)
		order = strcmp(left->interface, right->interface);
	return order ? order : strcmp(left->name, right->name);
}

void record_sort(struct record *record)
{
	if (record->point_count)
		qsort(record->points, record->point_count, sizeof(record->points[0]),
		      compare_points);
	if (record->sysctl_count)
		qsort(record->sysctls, record->sysctl_count, sizeof(record->sysctls[0]),
		      compare_sysctls);
}

void record_fini(struct record *record)
{
	free(record->sysctls);
	free(record->points);
	*record = (struct record){ 0 };
}
