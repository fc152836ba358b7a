// SPDX-License-Identifier: BSD-2-Clause
/* Compares two sides and sums up what the change does to a node. Reads nothing, prints nothing. */
#include "compiler/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "compiler/diff_part.h"

static const char *const change_names[] = {
	[CHANGE_VALUE] = "changed",
	[CHANGE_SPELLING] = "respelt",
	[CHANGE_TO_EXPLICIT] = "now-explicit",
	[CHANGE_TO_DEFAULT] = "now-default",
	[CHANGE_OF_DEFAULT] = "default-changed",
	[CHANGE_ADDED] = "added",
	[CHANGE_REMOVED] = "removed",
};
_Static_assert(ARRAY_SIZE(change_names) == CHANGE__COUNT, "name every change");

/* A row unless both texts are the same; NULL is no text. */
static int add_texts(struct diff_rows *rows, const char *name, const char *old, const char *new)
{
	struct diff_row row = { .name = name, .old = old, .new = new };

	if (old && new && !strcmp(old, new))
		return 0;
	row.change = !old ? CHANGE_ADDED : !new ? CHANGE_REMOVED : CHANGE_VALUE;
	return diff_add_row(rows, row);
}

static const struct manifest_value *find_effective(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->effective_count; i++) {
		if (!strcmp(m->effective[i].name, name))
			return &m->effective[i];
	}
	return NULL;
}

/* Only what both say: a bundle of an older build says nothing. */
static int compare_effective(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	int err = 0;

	for (size_t i = 0; !err && i < b->effective_count; i++) {
		const struct manifest_value *new = &b->effective[i];
		const struct manifest_value *old = find_effective(a, new->name);
		struct diff_row row = { .name = new->name,
					.new = new->value,
					.new_note = new->why };

		if (!old || !strcmp(old->value, new->value))
			continue;
		row.old = old->value;
		row.old_note = old->why;
		err = diff_add_row(&d->effective, row);
	}
	return err;
}

static const char *find_macro(const struct diff_side *side, const char *name)
{
	for (size_t i = 0; i < side->macro_count; i++) {
		if (!strcmp(side->macros[i].name, name))
			return side->macros[i].value;
	}
	return NULL;
}

static int compare_macros(struct diff *d)
{
	int err = 0;

	for (size_t i = 0; !err && i < d->old->macro_count; i++) {
		const struct diff_macro *macro = &d->old->macros[i];

		err = add_texts(&d->macros, macro->name, macro->value,
				find_macro(d->new, macro->name));
	}
	for (size_t i = 0; !err && i < d->new->macro_count; i++) {
		const struct diff_macro *macro = &d->new->macros[i];

		if (!find_macro(d->old, macro->name))
			err = add_texts(&d->macros, macro->name, NULL, macro->value);
	}
	return err;
}

static bool has_gap(const struct manifest *m, const struct manifest_gap *gap)
{
	for (size_t i = 0; i < m->gap_count; i++) {
		if (!strcmp(m->gaps[i].key, gap->key) && !strcmp(m->gaps[i].text, gap->text))
			return true;
	}
	return false;
}

static int compare_gaps(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	int err = 0;

	for (size_t i = 0; !err && i < a->gap_count; i++) {
		if (!has_gap(b, &a->gaps[i]))
			err = add_texts(&d->gaps, a->gaps[i].key, a->gaps[i].text, NULL);
	}
	for (size_t i = 0; !err && i < b->gap_count; i++) {
		if (!has_gap(a, &b->gaps[i]))
			err = add_texts(&d->gaps, b->gaps[i].key, NULL, b->gaps[i].text);
	}
	return err;
}

static const struct manifest_hook *find_hook(const struct manifest *m,
					     const struct manifest_hook *hook)
{
	for (size_t i = 0; i < m->hook_count; i++) {
		if (!strcmp(m->hooks[i].program, hook->program) &&
		    !strcmp(m->hooks[i].interface, hook->interface) &&
		    !strcmp(m->hooks[i].direction, hook->direction))
			return &m->hooks[i];
	}
	return NULL;
}

static int compare_devices(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	static const char detected[] = "detected";
	int err = 0;

	if (a->device_count == b->device_count &&
	    !memcmp(a->devices, b->devices, a->device_count * sizeof(a->devices[0])))
		return 0;
	if (!a->device_count)
		err = add_texts(&d->attachments, "devices", detected, NULL);
	for (size_t i = 0; !err && i < a->device_count; i++)
		err = add_texts(&d->attachments, "devices", a->devices[i], NULL);
	if (!err && !b->device_count)
		err = add_texts(&d->attachments, "devices", NULL, detected);
	for (size_t i = 0; !err && i < b->device_count; i++)
		err = add_texts(&d->attachments, "devices", NULL, b->devices[i]);
	return err;
}

static int compare_attachments(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	int err = 0;

	for (size_t i = 0; !err && i < a->hook_count; i++) {
		if (!find_hook(b, &a->hooks[i]))
			err = add_texts(&d->attachments, a->hooks[i].program, a->hooks[i].interface,
					NULL);
	}
	for (size_t i = 0; !err && i < b->hook_count; i++) {
		if (!find_hook(a, &b->hooks[i]))
			err = add_texts(&d->attachments, b->hooks[i].program, NULL,
					b->hooks[i].interface);
	}
	return err ?: compare_devices(d);
}

static int compare_build(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	int err;

	if (!d->old->has_objects || !d->new->has_objects)
		return 0;
	err = add_texts(&d->build, "tool", a->tool_version, b->tool_version);
	err = err ?: add_texts(&d->build, "compiler", a->compiler, b->compiler);
	return err ?: add_texts(&d->build, "templates", a->templates_sha256, b->templates_sha256);
}

static const char *find_object(const struct manifest *m, const char *file)
{
	for (size_t i = 0; i < m->object_count; i++) {
		if (!strcmp(m->objects[i].file, file))
			return m->objects[i].sha256;
	}
	return NULL;
}

static int compare_objects(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	int err = 0;

	for (size_t i = 0; !err && i < a->object_count; i++)
		err = add_texts(&d->objects, a->objects[i].file, a->objects[i].sha256,
				find_object(b, a->objects[i].file));
	for (size_t i = 0; !err && i < b->object_count; i++) {
		if (!find_object(a, b->objects[i].file))
			err = add_texts(&d->objects, b->objects[i].file, NULL,
					b->objects[i].sha256);
	}
	return err;
}

/* The first of that name; objects of one bundle agree on the maps that they share. */
static const struct object_map *find_map(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->object_count; i++) {
		const struct object_needs *needs = &m->objects[i].needs;

		for (size_t j = 0; j < needs->map_count; j++) {
			if (!strcmp(needs->maps[j].name, name))
				return &needs->maps[j];
		}
	}
	return NULL;
}

static bool is_same_map(const struct object_map *a, const struct object_map *b)
{
	return a->type == b->type && a->key_size == b->key_size && a->value_size == b->value_size &&
	       a->max_entries == b->max_entries && a->flags == b->flags;
}

static int add_map(struct diff *d, struct diff_map map)
{
	struct diff_map *maps = reallocarray(d->maps, d->map_count + 1, sizeof(*maps));

	if (!maps)
		return -ENOMEM;
	d->maps = maps;
	maps[d->map_count++] = map;
	return 0;
}

/* The maps of one side, and with both of them those of the other that are not there. */
static int compare_maps_of(struct diff *d, const struct manifest *from,
			   const struct manifest *other, bool from_is_old)
{
	for (size_t i = 0; i < from->object_count; i++) {
		const struct object_needs *needs = &from->objects[i].needs;

		for (size_t j = 0; j < needs->map_count; j++) {
			const struct object_map *map = &needs->maps[j];
			const struct object_map *twin = find_map(other, map->name);
			bool is_first = find_map(from, map->name) == map;
			struct diff_map row = { from_is_old ? map : twin,
						from_is_old ? twin : map };

			if (!is_first || (twin && (!from_is_old || is_same_map(map, twin))))
				continue;
			if (add_map(d, row))
				return -ENOMEM;
		}
	}
	return 0;
}

static int compare_built(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;
	int err;

	d->objects_known =
		!diff_needs_objects(d->old, d->new) || (d->old->has_objects && d->new->has_objects);
	if (!d->old->has_objects || !d->new->has_objects)
		return 0;
	err = compare_objects(d);
	err = err ?: compare_maps_of(d, a, b, true);
	return err ?: compare_maps_of(d, b, a, false);
}

static void compare_modes(struct diff *d)
{
	const struct manifest *a = &d->old->c.manifest, *b = &d->new->c.manifest;

	if (a->host_routing != b->host_routing)
		d->bypass = b->host_routing ? BYPASS_STARTS : BYPASS_STOPS;
	d->tunnel_changes = a->tunnel != b->tunnel ||
			    (a->tunnel && (strcmp(a->tunnel_protocol, b->tunnel_protocol) ||
					   a->tunnel_port != b->tunnel_port));
	d->routes_change = a->auto_direct_node_routes != b->auto_direct_node_routes;
}

static void say(struct buf *b, const char *text)
{
	if (b->len)
		buf_puts(b, "; ");
	buf_puts(b, text);
}

static void say_maps(struct buf *b, const struct diff *d)
{
	size_t count = 0;

	for (size_t i = 0; i < d->map_count; i++) {
		if (!diff_map_is_lost(&d->maps[i]))
			continue;
		if (!count++)
			say(b, "maps lost: ");
		else
			buf_puts(b, ", ");
		buf_puts(b, d->maps[i].old->name);
	}
}

static void say_tunnel(struct buf *b, const struct manifest *m)
{
	if (m->tunnel)
		buf_printf(b, "%s port %u", m->tunnel_protocol, m->tunnel_port);
	else
		buf_puts(b, "no tunnel");
}

static int sum_up(struct diff *d)
{
	_cleanup_buf_ struct buf b = { 0 };

	if (d->objects.count)
		say(&b, "reload");
	say_maps(&b, d);
	if (d->bypass == BYPASS_STARTS)
		say(&b, "mode changes: Legacy to BPF, traffic starts to bypass netfilter");
	if (d->bypass == BYPASS_STOPS)
		say(&b, "mode changes: BPF to Legacy, traffic stops bypassing netfilter");
	if (d->tunnel_changes) {
		say(&b, "tunnel changes: ");
		say_tunnel(&b, &d->old->c.manifest);
		buf_puts(&b, " to ");
		say_tunnel(&b, &d->new->c.manifest);
	}
	if (d->attachments.count)
		say(&b, "attachments change");
	if (d->routes_change)
		say(&b, "routes between nodes change");
	if (!d->objects_known)
		say(&b, "objects and maps unknown");
	if (!b.len)
		say(&b, "none");
	return buf_take(&b, &d->disruption);
}

int diff_add_row(struct diff_rows *rows, struct diff_row row)
{
	struct diff_row *items;

	items = reallocarray(rows->items, rows->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	rows->items = items;
	items[rows->count++] = row;
	return 0;
}

bool diff_needs_objects(const struct diff_side *old, const struct diff_side *new)
{
	if (old->is_bundle || new->is_bundle || old->macro_count != new->macro_count)
		return true;
	for (size_t i = 0; i < old->macro_count; i++) {
		const char *value = find_macro(new, old->macros[i].name);

		if (!value || strcmp(value, old->macros[i].value))
			return true;
	}
	return false;
}

int diff_make(const struct diff_side *old, const struct diff_side *new, struct diff *out)
{
	int err;

	*out = (struct diff){ .old = old, .new = new };
	compare_modes(out);
	err = diff_keys(out);
	err = err ?: compare_effective(out);
	err = err ?: compare_macros(out);
	err = err ?: compare_gaps(out);
	err = err ?: compare_attachments(out);
	err = err ?: compare_build(out);
	err = err ?: compare_built(out);
	return err ?: sum_up(out);
}

bool diff_has_rows(const struct diff *d)
{
	return d->keys.count || d->effective.count || d->macros.count || d->gaps.count ||
	       d->attachments.count || d->build.count || d->objects.count || d->map_count ||
	       d->old->release != d->new->release;
}

bool diff_map_is_lost(const struct diff_map *map)
{
	return map->old != NULL;
}

const char *diff_change_name(enum diff_change change)
{
	return change_names[change];
}

void diff_fini(struct diff *d)
{
	struct diff_rows *all[] = { &d->keys,	     &d->effective, &d->macros, &d->gaps,
				    &d->attachments, &d->build,	    &d->objects };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		free(all[i]->items);
	free(d->maps);
	free(d->disruption);
	*d = (struct diff){ 0 };
}
