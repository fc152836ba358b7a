// SPDX-License-Identifier: BSD-2-Clause
/* The ip-masq-agent's file into its map, and nothing else. */
#include "install/ip_masq_reload.h"

#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/ip_masq.h"
#include "install/lock.h"
#include "install/maps.h"
#include "install/preflight.h"
#include "install/record.h"
#include "install/tables.h"

static int open_map(const struct install_paths *paths, int *fd)
{
	const struct table_def *def = &table_defs[TABLE_IPMASQ];
	struct object_map info;
	int err = pin_open(paths->pins, def->map, fd);

	if (err == -ENOENT)
		return log_fail(err, "no bundle with an ip-masq-agent is applied on this node");
	if (err)
		return err;
	err = map_describe(*fd, &info);
	if (err)
		return log_err(err, "describe map %s", def->map);
	if (info.key_size != def->key_size || info.value_size != def->value_size)
		return log_fail(-EPROTO, "map %s was pinned by another version of hrinstall",
				def->map);
	return 0;
}

static int write_map(int fd, struct table *want, struct table *have)
{
	struct table_diff diff = { 0 };
	char text[128];
	int err = map_dump(fd, TABLE_IPMASQ, have);

	if (!err)
		err = table_diff(want, have, &diff);
	if (!err)
		err = map_write_diff(fd, &diff);
	table_diff_text(&diff, TABLE_IPMASQ, text, sizeof(text));
	if (!err)
		puts(diff.count ? text : "nothing to do");
	table_diff_fini(&diff);
	return err ? log_err(err, "write map %s", table_defs[TABLE_IPMASQ].map) : 0;
}

static int change_map(const struct install_paths *paths, const struct ip_masq *masq)
{
	struct table want = { 0 }, have = { 0 };
	_cleanup_close_ int fd = -1;
	int err = open_map(paths, &fd);

	if (!err) {
		err = table_add_exempt(&want, masq);
		err = err ? log_err(err, "list prefixes") : write_map(fd, &want, &have);
	}
	table_fini(&want);
	table_fini(&have);
	return err;
}

static int reload(const struct install_request *request)
{
	_cleanup_record_ struct record record = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };
	_cleanup_diag_ struct diag_list diags = { 0 };
	const char *path = request->ip_masq_config;
	int err = 0;

	if (!path)
		err = record_read(&request->paths, &record);
	if (err && err != -ENOENT)
		return EXIT_STATUS_ENVIRONMENT;
	path = path ?: record.ip_masq_config;
	if (!*path) {
		log_fail(-ENOENT, "no bundle with an ip-masq-agent is applied on this node");
		return EXIT_STATUS_ENVIRONMENT;
	}
	err = ip_masq_read(path, &masq, &diags);
	diag_print(&diags, stderr);
	if (err)
		return EXIT_STATUS_INPUT;
	return change_map(&request->paths, &masq) ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}

int ip_masq_reload(const struct install_request *request)
{
	const struct install_paths *paths = &request->paths;
	struct lock lock = { .fd = -1 };
	int status = EXIT_STATUS_ENVIRONMENT;

	if (preflight_process(paths) || lock_take(paths, &lock))
		return status;
	status = reload(request);
	lock_release(paths, &lock, false);
	return status;
}
