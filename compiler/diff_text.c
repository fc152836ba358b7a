// SPDX-License-Identifier: BSD-2-Clause
/* A comparison for people. Decides nothing. */
#include <stdint.h>

#include "common/buf.h"
#include "compiler/diff.h"
#include "compiler/origin.h"
#include "probe/bpf_names.h"

#define LABEL "%-16s "

#define ALL SIZE_MAX
#define LINE_PART 32
#define SHORT 12 /* enough of a digest */

/* At most max bytes. A bundle may be anybody's, and its texts must not talk to the terminal. */
static void put(struct buf *b, const char *text, size_t max)
{
	for (size_t i = 0; i < max && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		buf_append(b, c < 0x20 || c == 0x7f ? "." : &text[i], 1);
	}
}

static void put_shown(struct buf *b, const char *text)
{
	struct option_value value = { .text = (char *)text };
	char out[VALUE_TEXT_MAX];

	buf_printf(b, "\"%s\"", value_text(&value, out));
}

static void put_name(struct buf *b, const char *name)
{
	buf_puts(b, "  ");
	put(b, name, ALL);
	buf_puts(b, ": ");
}

static void print_side(struct buf *b, const char *label, const struct diff_side *side)
{
	buf_printf(b, LABEL, label);
	put(b, side->name, ALL);
	buf_printf(b, " (%s, Cilium ", side->is_bundle ? "bundle" : "ConfigMap");
	put(b, side->c.manifest.cilium_version, ALL);
	buf_printf(b, ", host routing: %s)\n", side->c.manifest.host_routing ? "BPF" : "Legacy");
}

static void print_half(struct buf *b, const char *value, const char *note)
{
	if (!value)
		buf_puts(b, "none");
	else
		put_shown(b, value);
	if (!note)
		return;
	buf_puts(b, " (");
	put(b, note, ALL);
	buf_puts(b, ")");
}

static void print_keys(struct buf *b, const struct diff_rows *rows)
{
	if (rows->count)
		buf_puts(b, "Keys:\n");
	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->items[i];

		put_name(b, row->name);
		print_half(b, row->old, row->old_note);
		buf_puts(b, " -> ");
		print_half(b, row->new, row->new_note);
		if (row->change != CHANGE_VALUE)
			buf_printf(b, ", %s", diff_change_name(row->change));
		buf_puts(b, "\n");
	}
}

static void print_effective(struct buf *b, const struct diff_rows *rows)
{
	if (rows->count)
		buf_puts(b, "In force:\n");
	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->items[i];

		put_name(b, row->name);
		put(b, row->old, ALL);
		buf_puts(b, " -> ");
		put(b, row->new, ALL);
		buf_puts(b, " (");
		put(b, row->new_note, ALL);
		buf_puts(b, ")\n");
	}
}

static void print_rows(struct buf *b, const char *title, const struct diff_rows *rows)
{
	if (rows->count)
		buf_printf(b, "%s\n", title);
	for (size_t i = 0; i < rows->count; i++) {
		const struct diff_row *row = &rows->items[i];

		put_name(b, row->name);
		if (row->old && row->new) {
			put(b, row->old, LINE_PART);
			buf_puts(b, " -> ");
			put(b, row->new, LINE_PART);
		} else {
			buf_puts(b, row->old ? "no longer " : "now ");
			put(b, row->old ?: row->new, ALL);
		}
		buf_puts(b, "\n");
	}
}

static void print_objects(struct buf *b, const struct diff *d)
{
	if (!d->objects_known || d->objects.count)
		buf_puts(b, "Objects:\n");
	if (!d->objects_known)
		buf_puts(b, "  unknown, because they could not be built\n");
	for (size_t i = 0; i < d->objects.count; i++) {
		const struct diff_row *row = &d->objects.items[i];

		put_name(b, row->name);
		buf_puts(b, diff_change_name(row->change));
		if (row->old && row->new) {
			buf_puts(b, " (sha256 ");
			put(b, row->old, SHORT);
			buf_puts(b, " -> ");
			put(b, row->new, SHORT);
			buf_puts(b, ")");
		}
		buf_puts(b, "\n");
	}
}

static void print_shape(struct buf *b, const struct object_map *map)
{
	const char *type = map ? map_type_name(map->type) : NULL;

	if (!map)
		buf_puts(b, "none");
	else
		buf_printf(b, "%s, key %u, value %u, entries %u, flags %#x",
			   type ? type : "a type without a name", map->key_size, map->value_size,
			   map->max_entries, map->flags);
}

static void print_maps(struct buf *b, const struct diff *d)
{
	if (d->map_count)
		buf_puts(b, "Maps:\n");
	for (size_t i = 0; i < d->map_count; i++) {
		const struct diff_map *map = &d->maps[i];

		put_name(b, (map->old ?: map->new)->name);
		print_shape(b, map->old);
		buf_puts(b, " -> ");
		print_shape(b, map->new);
		buf_puts(b, diff_map_is_lost(map) ? ": contents are lost\n" : "\n");
	}
}

int diff_text(const struct diff *d, char **out)
{
	_cleanup_buf_ struct buf b = { 0 };

	print_side(&b, "Old:", d->old);
	print_side(&b, "New:", d->new);
	print_keys(&b, &d->keys);
	print_effective(&b, &d->effective);
	print_rows(&b, "Macros:", &d->macros);
	print_rows(&b, "Not provided:", &d->gaps);
	print_rows(&b, "Attachments:", &d->attachments);
	print_rows(&b, "Built by:", &d->build);
	print_objects(&b, d);
	print_maps(&b, d);
	if (!diff_has_rows(d))
		buf_puts(&b, "No difference.\n");
	buf_printf(&b, LABEL, "Disruption:");
	put(&b, d->disruption, ALL);
	buf_puts(&b, "\n");
	return buf_take(&b, out);
}
