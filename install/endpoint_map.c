// SPDX-License-Identifier: BSD-2-Clause
/* hr_endpoints4 as a list of endpoints. */
#include "install/endpoint_map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/maps.h"
#include "install/tables.h"

DEFINE_CLEANUP(endpoints, struct endpoint *, free)

static int dump(const struct install_paths *paths, struct table *out)
{
	const struct table_def *def = &table_defs[TABLE_ENDPOINTS];
	_cleanup_close_ int fd = -1;
	struct object_map info;
	int err;

	err = pin_open(paths->pins, def->map, &fd);
	if (err)
		return err;
	err = map_describe(fd, &info);
	if (!err && (info.key_size != def->key_size || info.value_size != def->value_size))
		return log_fail(-EINVAL,
				"map %s was pinned by another version of hrinstall: its endpoints "
				"cannot be read",
				def->map);
	if (!err)
		err = map_dump(fd, TABLE_ENDPOINTS, out);
	return err ? log_err(err, "read map %s", def->map) : 0;
}

static int read_entry(const struct table_entry *entry, struct rtnl *nl, struct endpoint *out)
{
	struct hr_endpoint value;
	struct rtnl_link link;
	int err;

	*out = (struct endpoint){ 0 };
	memcpy(&out->ip, entry->key, sizeof(out->ip));
	memcpy(&value, entry->value, sizeof(value));
	memcpy(out->mac, value.mac, sizeof(out->mac));
	out->identity = value.identity;
	err = rtnl_link_get_by_index(nl, value.ifindex, &link);
	if (err == -ENODEV)
		return 0;
	if (err)
		return log_err(err, "look up interface %u", value.ifindex);
	memcpy(out->interface, link.name, sizeof(out->interface));
	return 0;
}

static bool is_own_address(const struct table_entry *entry)
{
	struct hr_endpoint value;

	memcpy(&value, entry->value, sizeof(value));
	return value.flags & HR_ENDPOINT_HOST;
}

static int compare_addresses(const void *a, const void *b)
{
	uint32_t left = ntohl(((const struct endpoint *)a)->ip);
	uint32_t right = ntohl(((const struct endpoint *)b)->ip);

	return (left > right) - (left < right);
}

static int read_entries(const struct table *table, struct rtnl *nl, struct endpoint **out,
			size_t *count)
{
	_cleanup_(endpoints) struct endpoint *list = calloc(table->count + 1, sizeof(*list));
	size_t n = 0;
	int err = 0;

	if (!list)
		return log_err(-ENOMEM, "list endpoints");
	for (size_t i = 0; !err && i < table->count; i++) {
		if (!is_own_address(&table->entries[i]))
			err = read_entry(&table->entries[i], nl, &list[n++]);
	}
	if (err)
		return err;
	qsort(list, n, sizeof(*list), compare_addresses);
	*out = TAKE_PTR(list);
	*count = n;
	return 0;
}

int endpoint_map_read(const struct install_paths *paths, struct rtnl *nl, struct endpoint **out,
		      size_t *count)
{
	struct table table = { 0 };
	int err;

	*out = NULL;
	*count = 0;
	err = dump(paths, &table);
	if (!err)
		err = read_entries(&table, nl, out, count);
	table_fini(&table);
	return err;
}
