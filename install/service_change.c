// SPDX-License-Identifier: BSD-2-Clause
/*
 * A few services in and out. What they were comes from the store, what of it is in the maps from looking up their own
 * keys; a backend goes when its count says that no other service has it.
 */
#include "install/service_change.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/actions.h"
#include "install/lock.h"
#include "install/maps.h"
#include "install/preflight.h"
#include "install/record.h"
#include "install/service_store.h"
#include "install/table_plan.h"
#include "install/tables_service.h"

/* What one command works with. The services of old and new have the names that are changed. */
struct change {
	const struct install_request *request;
	struct record record; /* owned, as all here */
	struct node_state old, new;
	struct table before[TABLE__COUNT], after[TABLE__COUNT]; /* of old and new alone */
	struct table have[TABLE__COUNT]; /* what the maps have for the keys of both */
	struct steps plan;
	/* What else is in the files with the names of old and new: read once, since the lock is held. */
	struct node_state rest[SERVICE_STORE_FILES];
	bool rest_is_read[SERVICE_STORE_FILES];
};

/* Takes the service of that name out; false when there is none. */
static bool take_service(struct node_state *state, const char *name, struct service *out)
{
	for (size_t i = 0; i < state->service_count; i++) {
		if (strcmp(state->services[i].name, name))
			continue;
		*out = state->services[i];
		state->services[i] = state->services[--state->service_count];
		return true;
	}
	return false;
}

/* Room for one more service behind those that there are; NULL: out of memory. */
static struct service *grow_services(struct node_state *state)
{
	struct service *grown =
		reallocarray(state->services, state->service_count + 1, sizeof(*grown));

	if (grown)
		state->services = grown;
	return grown ? &grown[state->service_count] : NULL;
}

static int read_record(struct change *c)
{
	const struct install_paths *paths = &c->request->paths;
	int err = record_read_endpoint(paths, NULL, 0, &c->record);

	if (err == -ENOENT)
		return log_fail(err, "nothing is applied on this node: run hrinstall apply first");
	if (err)
		return err;
	if (!c->record.complete || service_store_is_changing(paths))
		return log_fail(-EAGAIN,
				"the last change did not end: run hrinstall apply again, with a "
				"state that has services");
	c->old.ip = c->new.ip = c->record.node_ip;
	c->old.pod_cidr = c->new.pod_cidr = c->record.pod_cidr;
	return 0;
}

static int read_old(struct change *c, const char *name)
{
	unsigned int file = service_store_file(name);
	struct service *room;
	int err = 0;

	if (!c->rest_is_read[file])
		err = service_store_read_file(&c->request->paths, file, &c->rest[file]);
	if (err)
		return err;
	c->rest_is_read[file] = true;
	room = grow_services(&c->old);
	if (!room)
		return log_err(-ENOMEM, "read services");
	c->old.service_count += take_service(&c->rest[file], name, room);
	return 0;
}

static struct hr_backend counts_of(const struct table *t, const void *key)
{
	const void *found = table_find(t, TABLE_BACKENDS, key);
	struct hr_backend value = { 0 };

	if (found)
		memcpy(&value, found, sizeof(value));
	return value;
}

static uint32_t without(uint32_t count, uint32_t part)
{
	return count > part ? count - part : 0;
}

/* To the counts of `after` those that others have: what the map has without those of `before`. */
static int recount(struct table *after, const struct table *before, const struct table *have)
{
	int err = 0;

	for (size_t i = 0; !err && i < have->count; i++) {
		const uint8_t *key = have->entries[i].key;
		struct hr_backend old = counts_of(before, key), value = counts_of(have, key);

		value.services = without(value.services, old.services);
		value.terminating = without(value.terminating, old.terminating);
		if (value.services)
			err = table_add(after, TABLE_BACKENDS, key, &value);
	}
	tables_merge_backends(after);
	return err;
}

static int look_up(int fd, enum table_id id, const struct table *keys, struct table *have)
{
	int err = 0;

	for (size_t i = 0; !err && i < keys->count; i++) {
		struct table_entry entry;

		err = map_lookup(fd, id, keys->entries[i].key, &entry);
		if (!err)
			err = table_add(have, id, entry.key, entry.value);
		else if (err == -ENOENT)
			err = 0;
	}
	return err;
}

/* A trie also answers for a shorter prefix, so of source ranges the store is believed. */
static int fill_have(struct change *c, int fd, enum table_id id)
{
	int err;

	if (id == TABLE_SOURCE_RANGES)
		return table_copy(&c->before[id], &c->have[id]);
	err = look_up(fd, id, &c->before[id], &c->have[id]);
	if (!err)
		err = look_up(fd, id, &c->after[id], &c->have[id]);
	table_sort(&c->before[id]);
	table_sort(&c->have[id]);
	return err;
}

static int read_table(struct change *c, enum table_id id, struct object_map *map)
{
	const struct table_def *def = &table_defs[id];
	_cleanup_close_ int fd = -1;
	int err = pin_open(c->request->paths.pins, def->map, &fd);

	if (err)
		return err;
	err = map_describe(fd, map);
	if (!err && (map->key_size != def->key_size || map->value_size != def->value_size))
		return log_fail(-EINVAL, "map %s was pinned by another version of hrinstall",
				def->map);
	if (!err)
		err = fill_have(c, fd, id);
	return err ? log_err(err, "read map %s", def->map) : 0;
}

/* Frontends that are somebody else's. */
static int check_frontends(const struct change *c)
{
	const struct table *have = &c->have[TABLE_FRONTENDS];

	for (size_t i = 0; i < have->count; i++) {
		struct hr_frontend_key key;
		char ip[IPV4_TEXT_MAX];

		if (table_find(&c->before[TABLE_FRONTENDS], TABLE_FRONTENDS, have->entries[i].key))
			continue;
		memcpy(&key, have->entries[i].key, sizeof(key));
		return log_fail(-EEXIST, "%s:%u/%s is another service's",
				key.addr ? ipv4_text(key.addr, ip) : "*", ntohs(key.port),
				protocol_name(key.protocol));
	}
	return 0;
}

/* Reads what the maps of services have; maps[id] stays NULL where there is none. */
static int read_tables(struct change *c, struct object_map infos[TABLE__COUNT],
		       const struct object_map *maps[TABLE__COUNT])
{
	int err = 0;

	for (int id = 0; !err && id < TABLE__COUNT; id++) {
		if (!table_is_of_services((enum table_id)id))
			continue;
		err = read_table(c, (enum table_id)id, &infos[id]);
		if (!err)
			maps[id] = &infos[id];
		if (err == -ENOENT && id != TABLE_FRONTENDS)
			err = 0;
		/* How full it is nobody knows without a look at all of it. */
		infos[id].max_entries = UINT32_MAX;
	}
	return err == -ENOENT ? log_fail(err, "the bundle that is applied has no services") : err;
}

static int make_plan(struct change *c)
{
	const struct object_map *maps[TABLE__COUNT] = { 0 };
	struct object_map infos[TABLE__COUNT];
	const struct serving serving = serving_of(&c->record.services);
	int err = tables_add_services(&c->old, &serving, c->before);

	if (!err)
		err = tables_add_services(&c->new, &serving, c->after);
	if (err)
		return log_err(err, "list services");
	err = read_tables(c, infos, maps);
	if (!err)
		err = check_frontends(c);
	if (!err)
		err = recount(&c->after[TABLE_BACKENDS], &c->before[TABLE_BACKENDS],
			      &c->have[TABLE_BACKENDS]);
	if (!err)
		err = table_plan(&c->plan, maps, c->after, c->have);
	table_plan_maglev(&c->plan, &serving.maglev, &serving.maglev);
	return err;
}

/* What is new goes to the rest of its file. */
static int join_rest(struct change *c)
{
	struct node_state *new = &c->new;

	while (new->service_count) {
		const struct service *last = &new->services[new->service_count - 1];
		struct node_state *rest = &c->rest[service_store_file(last->name)];
		struct service *room = grow_services(rest);

		if (!room)
			return log_err(-ENOMEM, "write services");
		*room = *last;
		rest->service_count++;
		new->service_count--;
	}
	return 0;
}

static int write_store(struct change *c)
{
	int err = join_rest(c);

	for (unsigned int file = 0; !err && file < SERVICE_STORE_FILES; file++) {
		const struct node_state *rest = &c->rest[file];

		if (c->rest_is_read[file])
			err = service_store_write_file(&c->request->paths, file, rest->services,
						       rest->service_count);
	}
	return err;
}

static int carry_out(struct change *c)
{
	const struct install_paths *paths = &c->request->paths;
	_cleanup_step_env_ struct step_env env = { .paths = paths };
	bool clean = true;
	int err = service_store_begin(paths);

	if (err)
		return err;
	err = steps_run(&c->plan, step_ops, &env, &clean);
	if (err)
		return clean ? (service_store_end(paths), err) : err;
	err = write_store(c);
	return err ? err : service_store_end(paths);
}

/* An enum exit_status. name: of the one that goes; NULL: those of c->new come. */
static int change_locked(struct change *c, const char *name)
{
	int err = read_record(c);

	for (size_t i = 0; !err && i < c->new.service_count; i++)
		err = read_old(c, c->new.services[i].name);
	if (!err && name)
		err = read_old(c, name);
	if (!err)
		err = make_plan(c);
	if (!err && (c->new.service_count || c->old.service_count))
		err = carry_out(c);
	return err ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}

static void change_fini(struct change *c)
{
	steps_fini(&c->plan);
	for (int id = 0; id < TABLE__COUNT; id++) {
		table_fini(&c->before[id]);
		table_fini(&c->after[id]);
		table_fini(&c->have[id]);
	}
	state_fini(&c->old);
	state_fini(&c->new);
	for (unsigned int file = 0; file < SERVICE_STORE_FILES; file++)
		state_fini(&c->rest[file]);
	record_fini(&c->record);
}

static int run_locked(struct change *c, const char *name)
{
	const struct install_request *request = c->request;
	struct lock lock = { .fd = -1 };
	int status = EXIT_STATUS_ENVIRONMENT;

	if (!preflight_process(&request->paths) && !lock_take(&request->paths, &lock))
		status = change_locked(c, name);
	lock_release(&request->paths, &lock, false);
	if (status == EXIT_STATUS_OK &&
	    steps_print(&c->plan, step_ops, false, request->format, stdout))
		status = EXIT_STATUS_ENVIRONMENT;
	return status;
}

int service_set(const struct install_request *request)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	struct change c = { .request = request };
	int status = EXIT_STATUS_INPUT;
	int err = state_read_services_file(request->operand, &c.new, &diags);

	diag_print(&diags, stderr);
	if (!err)
		status = run_locked(&c, NULL);
	change_fini(&c);
	return status;
}

int service_del(const struct install_request *request)
{
	struct change c = { .request = request };
	int status = run_locked(&c, request->operand);

	change_fini(&c);
	return status;
}
