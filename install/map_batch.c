// SPDX-License-Identifier: BSD-2-Clause
/*
 * Many entries of a map at once. Where the kernel has no batches for a type (tries up to 5.12, and whatever comes), the
 * same entry by entry.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/maglev_map.h"
#include "install/maps.h"

#define BATCH_MAX 4096
#define KERNEL_ENOTSUPP 524 /* not in errno.h: the kernel's own */

/* Room for a batch of one map. */
struct batch {
	int fd;
	size_t key_size, value_size;
	unsigned char *keys, *values; /* owned */
	bool one_by_one;
};

static void batch_fini(struct batch *b)
{
	free(b->keys);
	free(b->values);
}

/* count: of entries, at least one. */
static int batch_init(struct batch *b, int fd, size_t count)
{
	struct object_map info;
	int err = map_describe(fd, &info);

	if (err)
		return err;
	*b = (struct batch){ .fd = fd, .key_size = info.key_size, .value_size = info.value_size };
	b->keys = malloc(count * b->key_size);
	b->values = malloc(count * b->value_size);
	if (b->keys && b->values)
		return 0;
	batch_fini(b);
	return -ENOMEM;
}

static bool has_no_batch(int err)
{
	return err == -KERNEL_ENOTSUPP || err == -EOPNOTSUPP;
}

static int set_entry(int fd, const void *key, const void *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY) ? -errno : 0;
}

static int delete_entry(int fd, const void *key)
{
	return bpf_map_delete_elem(fd, key) && errno != ENOENT ? -errno : 0;
}

static int write_one_by_one(struct batch *b, bool is_delete, uint32_t count, uint32_t *done)
{
	int err = 0;

	while (!err && *done < count) {
		const void *key = b->keys + *done * b->key_size;
		const void *value = b->values + *done * b->value_size;

		err = is_delete ? delete_entry(b->fd, key) : set_entry(b->fd, key, value);
		*done += !err;
	}
	return err;
}

/* The entries that are in the batch. *done of them were written, also when it fails. */
static int write_batch(struct batch *b, bool is_delete, uint32_t count, uint32_t *done)
{
	int err;

	*done = 0;
	if (b->one_by_one || count == 1)
		return write_one_by_one(b, is_delete, count, done);
	*done = count;
	err = is_delete ? bpf_map_delete_batch(b->fd, b->keys, done, NULL)
			: bpf_map_update_batch(b->fd, b->keys, b->values, done, NULL);
	if (!err)
		return 0;
	err = -errno;
	/* The kernel did not get as far as to count. */
	if (*done == count)
		*done = 0;
	b->one_by_one = has_no_batch(err);
	/* A batch stops at what is gone already. */
	if (b->one_by_one || (is_delete && err == -ENOENT))
		return write_one_by_one(b, is_delete, count, done);
	return err;
}

/* One change, or its reverse, as an entry to set or to delete. */
static const struct table_entry *entry_of(const struct table_change *change, bool reverse,
					  bool *is_delete)
{
	*is_delete = change->op == (reverse ? TABLE_INSERT : TABLE_DELETE);
	if (reverse)
		return *is_delete ? &change->new : &change->old;
	return *is_delete ? &change->old : &change->new;
}

/* Change number i of count, from the end when they are taken back. */
static const struct table_change *change_at(const struct table_diff *diff, size_t count, size_t i,
					    bool reverse)
{
	return &diff->changes[reverse ? count - 1 - i : i];
}

/* As many as fit and are of the same kind; their number. */
static uint32_t fill_batch(struct batch *b, const struct table_diff *diff, size_t count,
			   size_t first, bool reverse, bool *is_delete)
{
	uint32_t n = 0;

	for (size_t i = first; i < count && n < BATCH_MAX; i++) {
		bool deletes;
		const struct table_entry *entry =
			entry_of(change_at(diff, count, i, reverse), reverse, &deletes);

		if (!n)
			*is_delete = deletes;
		else if (*is_delete != deletes)
			break;
		memcpy(b->keys + n * b->key_size, entry->key, b->key_size);
		memcpy(b->values + n * b->value_size, entry->value, b->value_size);
		n++;
	}
	return n;
}

/* The first `count` changes, or the reverse of them; *done of them are made when it fails. */
static int make_changes(struct batch *b, const struct table_diff *diff, size_t count, bool reverse,
			size_t *done)
{
	int err = 0;

	*done = 0;
	while (!err && *done < count) {
		bool is_delete = false;
		uint32_t written, n = fill_batch(b, diff, count, *done, reverse, &is_delete);

		err = write_batch(b, is_delete, n, &written);
		*done += written;
	}
	return err;
}

/* What cannot be taken back is passed over: the first failure is answered. */
static int revert_changes(struct batch *b, const struct table_diff *diff, size_t count)
{
	int first = 0;

	while (count) {
		size_t done;
		int err = make_changes(b, diff, count, true, &done);

		first = first ?: err;
		count -= err ? done + 1 : done;
	}
	return first;
}

/* No more than is needed: room for BATCH_MAX is mapped and unmapped each time. */
static size_t room_for(const struct table_diff *diff)
{
	return diff->count < BATCH_MAX ? diff->count ?: 1 : BATCH_MAX;
}

int map_write_diff(int fd, const struct table_diff *diff)
{
	struct batch b;
	size_t done;
	int err = batch_init(&b, fd, room_for(diff));

	if (err)
		return err;
	err = make_changes(&b, diff, diff->count, false, &done);
	if (err)
		revert_changes(&b, diff, done);
	batch_fini(&b);
	return err;
}

int map_revert_diff(int fd, const struct table_diff *diff)
{
	struct batch b;
	int err = batch_init(&b, fd, room_for(diff));

	if (err)
		return err;
	err = revert_changes(&b, diff, diff->count);
	batch_fini(&b);
	return err;
}

static int dump_one_by_one(int fd, enum table_id id, struct table *out)
{
	struct table_entry entry = { 0 };
	void *key = NULL;
	int err = 0;

	while (!err && bpf_map_get_next_key(fd, key, entry.key) == 0) {
		key = entry.key;
		if (bpf_map_lookup_elem(fd, entry.key, entry.value) == 0)
			err = table_add(out, id, entry.key, entry.value);
		else if (errno != ENOENT)
			err = -errno;
	}
	if (!err && errno != ENOENT)
		err = -errno;
	return err;
}

/*
 * At its end a walk answers ENOENT with the entries that were left; ENOSPC means that one bucket of the hash has more
 * than fit. The place in the map is a number for hashes, a key for tries.
 */
static int dump_batches(struct batch *b, enum table_id id, uint32_t size, struct table *out)
{
	unsigned char place[TABLE_KEY_MAX];
	void *in = NULL;
	int err = 0;

	while (!err) {
		uint32_t count = size;

		err = bpf_map_lookup_batch(b->fd, in, place, b->keys, b->values, &count, NULL);
		err = err ? -errno : 0;
		if (err && err != -ENOENT)
			return err;
		in = place;
		for (uint32_t i = 0; i < count; i++) {
			if (table_add(out, id, b->keys + i * b->key_size,
				      b->values + i * b->value_size))
				return -ENOMEM;
		}
	}
	return 0;
}

int map_dump(int fd, enum table_id id, struct table *out)
{
	uint32_t size = BATCH_MAX;
	int err = -ENOSPC;

	if (id == TABLE_MAGLEV)
		return maglev_map_dump(fd, out);
	while (err == -ENOSPC) {
		struct batch b;

		out->count = 0;
		err = batch_init(&b, fd, size);
		if (err)
			return err;
		err = dump_batches(&b, id, size, out);
		batch_fini(&b);
		size *= 2;
	}
	if (!has_no_batch(err))
		return err;
	out->count = 0;
	return dump_one_by_one(fd, id, out);
}
