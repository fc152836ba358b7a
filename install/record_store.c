// SPDX-License-Identifier: BSD-2-Clause
/*
 * The record's files: record.json, and endpoints.XXXXXX/<address>:<interface>.json, of which the kernel lets
 * no interface name contain a ':'. An endpoint is looked for by file name only.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/record_json.h"

#define DIR_PREFIX "endpoints."
#define SUFFIX ".json"
/* A reader without the lock may find that what it just read of was replaced. */
#define READ_TRIES 5

/* Which endpoints to read. */
struct wanted {
	bool all;
	const char *interface; /* NULL: none */
	uint32_t ip; /* 0: none */
};

static int refuse(const char *path, int err, const char *why)
{
	return log_fail(err,
			"%s is damaged (%s): delete it, and run remove to take away what is still "
			"pinned",
			path, why);
}

/* "10.233.64.95:lxc3.json"; false for all else, such as a file that somebody is writing. */
static bool parse_name(const char *name, uint32_t *ip, char interface[IFNAMSIZ])
{
	const char *colon = strchr(name, ':');
	size_t len = strlen(name), suffix = strlen(SUFFIX);
	char address[IPV4_TEXT_MAX];

	if (!colon || (size_t)(colon - name) >= sizeof(address) || len < suffix ||
	    strcmp(name + len - suffix, SUFFIX) || colon + 1 > name + len - suffix)
		return false;
	if (snprintf(interface, IFNAMSIZ, "%.*s", (int)(name + len - suffix - colon - 1),
		     colon + 1) >= IFNAMSIZ)
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(colon - name), name);
	return *interface && !parse_ipv4(address, ip);
}

static int endpoint_path(const struct install_paths *paths, const char *dir,
			 const struct record_point *point, char out[PATH_MAX])
{
	char ip[IPV4_TEXT_MAX];

	return path_format(out, PATH_MAX, "%s/%s/%s:%s" SUFFIX, paths->run, dir,
			   ipv4_text(point->ip, ip), point->point.interface);
}

static int read_endpoint(const char *path, const char *interface, struct record *out)
{
	_cleanup_free_ char *text = NULL;
	char why[160] = "";
	size_t len;
	int err;

	err = file_read(path, RECORD_MAX_ENDPOINT_BYTES, &text, &len);
	if (err == -ENOENT) /* deleted meanwhile */
		return 0;
	if (err)
		return log_err(err, "read %s", path);
	err = record_parse_endpoint(text, len, interface, out, why, sizeof(why));
	return err ? refuse(path, err, why) : 0;
}

/* -ESTALE when the directory is gone. */
static int read_endpoints(const struct install_paths *paths, const struct wanted *wanted,
			  struct record *out)
{
	_cleanup_(closedir) DIR *dir = NULL;
	char path[PATH_MAX];
	struct dirent *entry;
	int err;

	err = path_format(path, sizeof(path), "%s/%s", paths->run, out->endpoints);
	if (err)
		return log_err(err, "read %s", paths->run);
	dir = opendir(path);
	if (!dir) {
		err = -errno;
		return err == -ENOENT ? -ESTALE : log_err(err, "read %s", path);
	}
	while (!err && (entry = readdir(dir))) {
		char interface[IFNAMSIZ];
		uint32_t ip;

		if (!parse_name(entry->d_name, &ip, interface))
			continue;
		if (!wanted->all && ip != wanted->ip &&
		    !(wanted->interface && !strcmp(wanted->interface, interface)))
			continue;
		err = path_format(path, sizeof(path), "%s/%s/%s", paths->run, out->endpoints,
				  entry->d_name);
		if (!err)
			err = read_endpoint(path, interface, out);
	}
	return err;
}

static int read_node(const struct install_paths *paths, struct record *out)
{
	_cleanup_free_ char *text = NULL;
	char why[160] = "";
	size_t len;
	int err;

	err = file_read(paths->record, RECORD_MAX_BYTES, &text, &len);
	if (err == -ENOENT)
		return err;
	if (err)
		return log_err(err, "read %s", paths->record);
	err = record_parse(text, len, out, why, sizeof(why));
	if (!err && out->endpoints[0] &&
	    strncmp(out->endpoints, DIR_PREFIX, strlen(DIR_PREFIX)) != 0) {
		record_fini(out);
		err = -EINVAL;
		snprintf(why, sizeof(why), "endpoints is not a directory of ours");
	}
	return err ? refuse(paths->record, err, why) : 0;
}

static int read_once(const struct install_paths *paths, const struct wanted *wanted,
		     struct record *out)
{
	int err;

	*out = (struct record){ 0 };
	err = read_node(paths, out);
	if (!err && strcmp(out->bpffs, paths->bpffs) != 0)
		err = log_fail(-EXDEV, "this node was applied with --bpffs %s: use that again",
			       out->bpffs);
	if (!err && out->endpoints[0])
		err = read_endpoints(paths, wanted, out);
	if (err)
		record_fini(out);
	else
		record_sort(out);
	return err;
}

static int read_record(const struct install_paths *paths, const struct wanted *wanted,
		       struct record *out)
{
	int err = -ESTALE;

	for (int i = 0; err == -ESTALE && i < READ_TRIES; i++)
		err = read_once(paths, wanted, out);
	return err == -ESTALE ? refuse(paths->record, -EINVAL, "the directory it names is gone")
			      : err;
}

int record_read(const struct install_paths *paths, struct record *out)
{
	return read_record(paths, &(struct wanted){ .all = true }, out);
}

int record_read_endpoint(const struct install_paths *paths, const char *interface, uint32_t ip,
			 struct record *out)
{
	return read_record(paths, &(struct wanted){ .interface = interface, .ip = ip }, out);
}

static int write_endpoint(const struct install_paths *paths, const char *dir,
			  const struct record *record, const struct record_point *point)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	int err;

	err = endpoint_path(paths, dir, point, path);
	if (!err)
		err = record_format_endpoint(record, point->point.interface, &text);
	if (!err)
		err = file_write_atomic(path, text, strlen(text));
	return err ? log_err(err, "write the record of %s in %s", point->point.interface,
			     paths->run)
		   : 0;
}

static int write_endpoints(const struct install_paths *paths, const char *dir,
			   const struct record *record)
{
	int err = 0;

	for (size_t i = 0; !err && i < record->point_count; i++) {
		if (record->points[i].ip)
			err = write_endpoint(paths, dir, record, &record->points[i]);
	}
	return err;
}

/* Directories of endpoints, all but one. What stays behind is found by the next to do this. */
static void sweep(const struct install_paths *paths, const char *keep)
{
	_cleanup_(closedir) DIR *dir = opendir(paths->run);
	struct dirent *entry;
	char path[PATH_MAX];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, DIR_PREFIX, strlen(DIR_PREFIX)) != 0 ||
		    !strcmp(entry->d_name, keep))
			continue;
		if (!path_format(path, sizeof(path), "%s/%s", paths->run, entry->d_name))
			dir_remove(path);
	}
}

static int write_node(const struct install_paths *paths, const struct record *record,
		      const char *dir)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = record_format_node(record, dir, &text);
	if (!err)
		err = file_write_atomic(paths->record, text, strlen(text));
	return err ? log_err(err, "write %s", paths->record) : 0;
}

int record_write(const struct install_paths *paths, const struct record *record)
{
	char path[PATH_MAX];
	const char *dir = path + strlen(paths->run) + 1;
	int err;

	err = path_format(path, sizeof(path), "%s/" DIR_PREFIX "XXXXXX", paths->run);
	if (!err && !mkdtemp(path))
		err = -errno;
	if (err)
		return log_err(err, "create a directory in %s", paths->run);
	err = write_endpoints(paths, dir, record);
	if (!err)
		err = write_node(paths, record, dir);
	if (err)
		dir_remove(path);
	else
		sweep(paths, dir);
	return err;
}

static bool has_endpoint(const struct record *record, const struct record_point *wanted)
{
	for (size_t i = 0; i < record->point_count; i++) {
		const struct record_point *point = &record->points[i];

		if (point->ip == wanted->ip &&
		    !strcmp(point->point.interface, wanted->point.interface))
			return true;
	}
	return false;
}

static int remove_endpoint(const struct install_paths *paths, const char *dir,
			   const struct record_point *point)
{
	char path[PATH_MAX];
	int err;

	err = endpoint_path(paths, dir, point, path);
	if (!err && unlink(path) && errno != ENOENT)
		err = -errno;
	return err ? log_err(err, "remove the record of %s in %s", point->point.interface,
			     paths->run)
		   : 0;
}

int record_write_endpoint(const struct install_paths *paths, const struct record *record,
			  const struct record *before)
{
	int err;

	/* A record of the first layout has everything in one file. */
	if (!before->endpoints[0])
		return record_write(paths, record);
	err = write_endpoints(paths, before->endpoints, record);
	for (size_t i = 0; !err && i < before->point_count; i++) {
		const struct record_point *point = &before->points[i];

		if (point->ip && !has_endpoint(record, point))
			err = remove_endpoint(paths, before->endpoints, point);
	}
	return err;
}

int record_remove(const struct install_paths *paths)
{
	int err = 0;

	/* First: without record.json the directories mean nothing. */
	if (unlink(paths->record) && errno != ENOENT)
		err = -errno;
	if (err)
		return log_err(err, "remove %s", paths->record);
	sweep(paths, "");
	return 0;
}
