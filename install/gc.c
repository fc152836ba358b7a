// SPDX-License-Identifier: BSD-2-Clause
/* Garbage collection of hr_nat4: looked at by batches, or singly where the kernel has none for this map. */
#include "install/gc.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "install/maps.h"
#include "install/preflight.h"

#define NAT_MAP "hr_nat4"
#define BATCH_FIRST 4096
#define BATCH_MAX (1u << 20) /* no bucket of a hash is that full */
#define ENOTSUPP_KERNEL \
	524 /* what the kernel calls an operation that a map lacks; not in errno.h */

/* One window of the map. */
struct batch {
	struct hr_nat_key *keys; /* owned */
	struct hr_nat *values; /* owned */
	uint32_t size;
};

static void batch_fini(struct batch *b)
{
	free(b->keys);
	free(b->values);
	*b = (struct batch){ 0 };
}

static int batch_resize(struct batch *b, uint32_t size)
{
	batch_fini(b);
	b->keys = calloc(size, sizeof(*b->keys));
	b->values = calloc(size, sizeof(*b->values));
	b->size = size;
	return b->keys && b->values ? 0 : -ENOMEM;
}

/* Success when the entry is gone already, or has been refreshed. */
static int collect_entry(int fd, uint32_t now, const struct hr_nat_key *key, struct gc_result *out)
{
	struct hr_nat value;
	int err = bpf_map_lookup_elem(fd, key, &value);

	if (!err && value.expires > now)
		return 0;
	if (!err)
		err = bpf_map_delete_elem(fd, key);
	out->deleted += !err;
	return err == -ENOENT ? 0 : err;
}

int gc_entries(int fd, uint32_t now, const struct hr_nat_key *keys, size_t count,
	       struct gc_result *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = collect_entry(fd, now, &keys[i], out);
	return err;
}

/* One entry after the other. The next key is asked for before the one at hand goes. */
int gc_map_singly(int fd, uint32_t now, size_t max, struct gc_result *out)
{
	struct hr_nat_key key, next;
	int more = bpf_map_get_next_key(fd, NULL, &next), err = 0;

	*out = (struct gc_result){ 0 };
	/* A map that changes under us can restart the walk: its size bounds it. */
	while (!err && !more && out->scanned < max) {
		key = next;
		more = bpf_map_get_next_key(fd, &key, &next);
		out->scanned++;
		err = collect_entry(fd, now, &key, out);
	}
	return err ?: more == -ENOENT ? 0 : more;
}

/* Moves the expired keys of a window to its front, and deletes them. */
static int collect_window(int fd, uint32_t now, struct batch *b, uint32_t count,
			  struct gc_result *out)
{
	uint32_t expired = 0;

	out->scanned += count;
	for (uint32_t i = 0; i < count; i++) {
		if (b->values[i].expires <= now)
			b->keys[expired++] = b->keys[i];
	}
	return gc_entries(fd, now, b->keys, expired, out);
}

static bool lacks_batches(int err)
{
	return err == -EINVAL || err == -EOPNOTSUPP || err == -ENOTSUPP_KERNEL;
}

static int collect_batches(int fd, uint32_t now, size_t max, struct batch *b, struct gc_result *out)
{
	uint32_t cursor = 0, next = 0;
	bool started = false, ended = false;
	int err = batch_resize(b, BATCH_FIRST);

	while (!err && !ended && out->scanned <= max) {
		uint32_t n = b->size;

		err = bpf_map_lookup_batch(fd, started ? &cursor : NULL, &next, b->keys, b->values,
					   &n, NULL);
		/* A bucket with more entries than there is room for. */
		if (err == -ENOSPC && b->size < BATCH_MAX) {
			err = batch_resize(b, b->size * 2);
			continue;
		}
		ended = err == -ENOENT;
		if (err && !ended)
			return err;
		err = collect_window(fd, now, b, n, out);
		cursor = next;
		started = true;
	}
	return err;
}

int gc_map(int fd, uint32_t now, struct gc_result *out)
{
	struct batch batch = { 0 };
	struct object_map info;
	int err;

	*out = (struct gc_result){ 0 };
	err = map_describe(fd, &info);
	if (err)
		return err;
	if (info.key_size != sizeof(struct hr_nat_key) || info.value_size != sizeof(struct hr_nat))
		return -EPROTO;
	err = collect_batches(fd, now, info.max_entries, &batch, out);
	if (lacks_batches(err) && !out->scanned)
		err = gc_map_singly(fd, now, info.max_entries, out);
	batch_fini(&batch);
	return err;
}

static int print_result(const struct gc_result *result, enum cli_format format)
{
	json_int_t scanned = (json_int_t)result->scanned, deleted = (json_int_t)result->deleted;
	json_auto_t *root = NULL;

	if (format != CLI_JSON) {
		printf("%zu scanned, %zu deleted, %zu alive\n", result->scanned, result->deleted,
		       result->scanned - result->deleted);
		return 0;
	}
	root = json_pack("{s:s, s:I, s:I, s:I}", "schema", "hostroute.gc/1", "scanned", scanned,
			 "deleted", deleted, "alive", scanned - deleted);
	if (!root || json_dumpf(root, stdout, JSON_INDENT(2)))
		return log_err(-ENOMEM, "print what was collected");
	putchar('\n');
	return 0;
}

static int collect(const struct install_paths *paths, struct gc_result *out)
{
	_cleanup_close_ int fd = -1;
	struct timespec now;
	int err;

	*out = (struct gc_result){ 0 };
	err = pin_open(paths->pins, NAT_MAP, &fd);
	if (err == -ENOENT) {
		log_info("nothing masquerades in BPF on this node: there is no map " NAT_MAP);
		return 0;
	}
	if (err)
		return err;
	clock_gettime(CLOCK_MONOTONIC, &now);
	err = gc_map(fd, (uint32_t)now.tv_sec, out);
	if (err == -EPROTO)
		return log_fail(err, "map " NAT_MAP " was pinned by another version of hrinstall");
	return err ? log_err(err, "collect expired flows of map " NAT_MAP) : 0;
}

int gc_run(const struct install_request *request)
{
	struct gc_result result;

	if (preflight_process(&request->paths) || collect(&request->paths, &result) ||
	    print_result(&result, request->format))
		return EXIT_STATUS_ENVIRONMENT;
	return EXIT_STATUS_OK;
}
