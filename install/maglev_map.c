// SPDX-License-Identifier: BSD-2-Clause
/* Pieces of one set follow each other in a difference, so its table is made once. */
#include "install/maglev_map.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/service.h"

struct writer {
	int fd, slots_fd;
	const struct maglev *maglev;
	struct hr_slot *slots; /* owned, as table */
	struct hr_maglev *table; /* of `set` */
	uint64_t set;
	bool has_table;
};

static void writer_fini(struct writer *w)
{
	free(w->slots);
	free(w->table);
}

static int writer_init(struct writer *w)
{
	w->slots = calloc(SERVICE_MAX_BACKENDS, sizeof(*w->slots));
	w->table = calloc(maglev_pieces(w->maglev) + 1, sizeof(*w->table));
	if (w->slots && w->table)
		return 0;
	writer_fini(w);
	return -ENOMEM;
}

static int make_table(struct writer *w, uint64_t set)
{
	struct hr_slot_key key = { .set = set };
	int err;

	if (w->has_table && w->set == set)
		return 0;
	while (key.slot < SERVICE_MAX_BACKENDS &&
	       !bpf_map_lookup_elem(w->slots_fd, &key, &w->slots[key.slot]))
		key.slot++;
	if (!key.slot)
		return -ENOENT;
	err = maglev_fill(w->maglev, w->slots, key.slot, w->table);
	w->set = set;
	w->has_table = !err;
	return err;
}

static int write_piece(struct writer *w, const void *entry)
{
	struct hr_maglev_key key;
	int err;

	memcpy(&key, entry, sizeof(key));
	if (key.piece >= maglev_pieces(w->maglev))
		return -EINVAL;
	err = make_table(w, key.set);
	if (!err && bpf_map_update_elem(w->fd, &key, &w->table[key.piece], BPF_ANY))
		err = -errno;
	return err;
}

static int delete_piece(const struct writer *w, const void *entry)
{
	return bpf_map_delete_elem(w->fd, entry) && errno != ENOENT ? -errno : 0;
}

static int change_one(struct writer *w, const struct table_change *change, bool reverse)
{
	if (change->op == TABLE_UPDATE)
		return 0;
	if ((change->op == TABLE_INSERT) != reverse)
		return write_piece(w, reverse ? change->old.key : change->new.key);
	return delete_piece(w, reverse ? change->new.key : change->old.key);
}

/* What cannot be taken back is passed over: the first failure is answered. */
static int revert(struct writer *w, const struct table_diff *diff, size_t count)
{
	int first = 0;

	while (count--) {
		int err = change_one(w, &diff->changes[count], true);

		first = first ?: err;
	}
	return first;
}

static int make(struct writer *w, const struct table_diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		int err = change_one(w, &diff->changes[i], false);

		if (!err)
			continue;
		revert(w, diff, i);
		return err;
	}
	return 0;
}

int maglev_map_change(int fd, int slots_fd, const struct maglev *m, const struct table_diff *diff,
		      bool reverse)
{
	struct writer w = { .fd = fd, .slots_fd = slots_fd, .maglev = m };
	int err = writer_init(&w);

	if (err)
		return err;
	err = reverse ? revert(&w, diff, diff->count) : make(&w, diff);
	writer_fini(&w);
	return err;
}

bool maglev_map_has(int fd, const void *key)
{
	struct hr_maglev piece;

	return !bpf_map_lookup_elem(fd, key, &piece);
}

int maglev_map_dump(int fd, struct table *out)
{
	struct hr_maglev_key key;
	void *previous = NULL;
	int err = 0;

	while (!err && bpf_map_get_next_key(fd, previous, &key) == 0) {
		previous = &key;
		err = table_add(out, TABLE_MAGLEV, &key, NULL);
	}
	return err ? err : errno == ENOENT ? 0 : -errno;
}
