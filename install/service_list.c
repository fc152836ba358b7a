// SPDX-License-Identifier: BSD-2-Clause
/* Lists frontends with the backends of their sets. Changes nothing and takes no lock. */
#include "install/service_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "install/maps.h"
#include "install/preflight.h"
#include "install/service_store.h"

#define LIST_SCHEMA "hostroute.services/1"
#define FRONTEND_TEXT_MAX 32

/* A frontend that is served, or known by name, or both. */
struct row {
	struct hr_frontend_key key;
	const char *name; /* NULL: not known, and the type neither */
	enum frontend_kind kind;
	bool is_served;
	struct hr_frontend value;
};

/* A backend of either set of a frontend. */
struct member {
	struct hr_slot slot;
	bool scopes[HR_SCOPE__COUNT];
};

struct list {
	const struct table *tables; /* sorted by key, those that are looked into */
	struct row *rows; /* owned */
	size_t count;
};

/* By address, port and protocol; of those that are the same the served one first. */
static int by_frontend(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	uint32_t left = ntohl(x->key.addr), right = ntohl(y->key.addr);

	if (left != right)
		return left < right ? -1 : 1;
	if (x->key.port != y->key.port)
		return ntohs(x->key.port) < ntohs(y->key.port) ? -1 : 1;
	if (x->key.protocol != y->key.protocol)
		return x->key.protocol < y->key.protocol ? -1 : 1;
	return y->is_served - x->is_served;
}

static void add_served(struct list *l)
{
	const struct table *t = &l->tables[TABLE_FRONTENDS];

	for (size_t i = 0; i < t->count; i++) {
		struct row *row = &l->rows[l->count++];

		row->is_served = true;
		memcpy(&row->key, t->entries[i].key, sizeof(row->key));
		memcpy(&row->value, t->entries[i].value, sizeof(row->value));
	}
}

static void add_named(struct list *l, const struct service *service)
{
	for (size_t i = 0; i < service->frontend_count; i++) {
		const struct service_frontend *f = &service->frontends[i];

		l->rows[l->count++] = (struct row){ .key = { .addr = f->ip,
							     .port = htons(f->port),
							     .protocol = service->protocol },
						    .name = service->name,
						    .kind = f->kind };
	}
}

/* A row of the map and one with its name become one. */
static void join_rows(struct list *l)
{
	size_t kept = 0;

	qsort(l->rows, l->count, sizeof(*l->rows), by_frontend);
	for (size_t i = 0; i < l->count; i++) {
		struct row *last = kept ? &l->rows[kept - 1] : NULL;
		const struct row *row = &l->rows[i];

		if (last && !memcmp(&last->key, &row->key, sizeof(row->key)) && !last->name) {
			last->name = row->name;
			last->kind = row->kind;
		} else {
			l->rows[kept++] = *row;
		}
	}
	l->count = kept;
}

static int make_rows(struct list *l, const struct node_state *names)
{
	size_t size = l->tables[TABLE_FRONTENDS].count;

	for (size_t i = 0; i < names->service_count; i++)
		size += names->services[i].frontend_count;
	l->rows = calloc(size + 1, sizeof(*l->rows));
	if (!l->rows)
		return -ENOMEM;
	add_served(l);
	for (size_t i = 0; i < names->service_count; i++)
		add_named(l, &names->services[i]);
	join_rows(l);
	return 0;
}

static int by_slot(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	uint32_t left = ntohl(x->slot.addr), right = ntohl(y->slot.addr);

	if (left != right)
		return left < right ? -1 : 1;
	return ntohs(x->slot.port) - ntohs(y->slot.port);
}

/* The backends of both sets, each once; the caller frees *out. */
static int make_members(const struct list *l, const struct row *row, struct member **out,
			size_t *count)
{
	const struct hr_frontend *f = &row->value;
	struct member *members = calloc((size_t)f->counts[0] + f->counts[1] + 1, sizeof(*members));
	size_t n = 0, kept = 0;

	if (!members)
		return -ENOMEM;
	for (int scope = 0; scope < HR_SCOPE__COUNT; scope++) {
		for (uint32_t i = 0; i < f->counts[scope]; i++) {
			struct hr_slot_key key = { .set = f->sets[scope], .slot = i };
			const void *slot = table_find(&l->tables[TABLE_SLOTS], TABLE_SLOTS, &key);

			if (!slot)
				continue;
			memcpy(&members[n].slot, slot, sizeof(members[n].slot));
			members[n++].scopes[scope] = true;
		}
	}
	qsort(members, n, sizeof(*members), by_slot);
	for (size_t i = 0; i < n; i++) {
		if (kept && !by_slot(&members[kept - 1], &members[i])) {
			for (int scope = 0; scope < HR_SCOPE__COUNT; scope++)
				members[kept - 1].scopes[scope] |= members[i].scopes[scope];
			continue;
		}
		members[kept++] = members[i];
	}
	*out = members;
	*count = kept;
	return 0;
}

static const char *state_of(const struct list *l, const struct row *row, const struct member *m)
{
	struct hr_backend_key key = { .addr = m->slot.addr,
				      .port = m->slot.port,
				      .protocol = row->key.protocol };
	struct hr_backend value = { 0 };
	const void *found = table_find(&l->tables[TABLE_BACKENDS], TABLE_BACKENDS, &key);

	if (found)
		memcpy(&value, found, sizeof(value));
	return value.services && value.services == value.terminating ? "terminating" : "active";
}

static const char *frontend_text(const struct row *row, char out[FRONTEND_TEXT_MAX])
{
	char ip[IPV4_TEXT_MAX];

	snprintf(out, FRONTEND_TEXT_MAX, "%s:%u/%s",
		 row->key.addr ? ipv4_text(row->key.addr, ip) : "*", ntohs(row->key.port),
		 protocol_name(row->key.protocol));
	return out;
}

static int print_row(const struct list *l, const struct row *row, FILE *out)
{
	struct member *members;
	char text[FRONTEND_TEXT_MAX];
	size_t count;

	if (make_members(l, row, &members, &count))
		return -ENOMEM;
	fprintf(out, "%-26s %-14s %-32s ", frontend_text(row, text),
		row->name ? frontend_kind_name(row->kind) : "-", row->name ?: "-");
	if (!count)
		fprintf(out, "%s\n", row->is_served ? "none" : "not served");
	for (size_t i = 0; i < count; i++) {
		const struct member *m = &members[i];
		char ip[IPV4_TEXT_MAX];

		fprintf(out, "%*s%zu => %s:%u (%s%s)\n", i ? 75 : 0, "", i + 1,
			ipv4_text(m->slot.addr, ip), ntohs(m->slot.port), state_of(l, row, m),
			!m->scopes[HR_SCOPE_EXTERNAL]	? ", from inside only"
			: !m->scopes[HR_SCOPE_INTERNAL] ? ", from outside only"
							: "");
	}
	free(members);
	return 0;
}

static int print_text(const struct list *l, FILE *out)
{
	int err = 0;

	fprintf(out, "%-26s %-14s %-32s %s\n", "Frontend", "Service Type", "Service", "Backend");
	for (size_t i = 0; !err && i < l->count; i++)
		err = print_row(l, &l->rows[i], out);
	return err;
}

static json_t *members_json(const struct list *l, const struct row *row)
{
	static const char *const scopes[HR_SCOPE__COUNT] = { "external", "internal" };
	json_t *array = json_array();
	struct member *members;
	size_t count;

	if (make_members(l, row, &members, &count)) {
		json_decref(array);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const struct member *m = &members[i];
		json_t *object = json_object(), *list = json_array();
		char ip[IPV4_TEXT_MAX];

		jsonout_put_text(object, "ip", ipv4_text(m->slot.addr, ip));
		jsonout_put(object, "port", json_integer(ntohs(m->slot.port)));
		jsonout_put_text(object, "state", state_of(l, row, m));
		for (int scope = 0; scope < HR_SCOPE__COUNT; scope++) {
			if (m->scopes[scope])
				json_array_append_new(list, json_string(scopes[scope]));
		}
		jsonout_put(object, "scopes", list);
		json_array_append_new(array, object);
	}
	free(members);
	return array;
}

static json_t *row_json(const struct list *l, const struct row *row)
{
	json_t *object = json_object();
	char ip[IPV4_TEXT_MAX];

	jsonout_put_text(object, "name", row->name);
	jsonout_put_text(object, "type", row->name ? frontend_kind_name(row->kind) : NULL);
	jsonout_put_text(object, "ip", row->key.addr ? ipv4_text(row->key.addr, ip) : NULL);
	jsonout_put(object, "port", json_integer(ntohs(row->key.port)));
	jsonout_put_text(object, "protocol", protocol_name(row->key.protocol));
	jsonout_put(object, "served", json_boolean(row->is_served));
	jsonout_put(object, "affinity", json_integer(row->value.affinity));
	jsonout_put(object, "backends", members_json(l, row));
	return object;
}

static int print_json(const struct list *l, FILE *out)
{
	_cleanup_(json) json_t *root = json_object();
	_cleanup_free_ char *text = NULL;
	json_t *array = json_array();

	jsonout_put_text(root, "schema", LIST_SCHEMA);
	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, row_json(l, &l->rows[i]));
	jsonout_put(root, "services", array);
	if (jsonout_text(root, 2, &text))
		return -ENOMEM;
	fputs(text, out);
	return 0;
}

int service_list_print(const struct table tables[TABLE__COUNT], const struct node_state *names,
		       enum cli_format format, FILE *out)
{
	struct list l = { .tables = tables };
	int err = make_rows(&l, names);

	if (!err)
		err = format == CLI_JSON ? print_json(&l, out) : print_text(&l, out);
	free(l.rows);
	return err;
}

/* -ENOENT when it is not pinned. */
static int read_table(const struct install_paths *paths, enum table_id id, struct table *out)
{
	const struct table_def *def = &table_defs[id];
	_cleanup_close_ int fd = -1;
	struct object_map info;
	int err = pin_open(paths->pins, def->map, &fd);

	if (err)
		return err;
	err = map_describe(fd, &info);
	if (!err && (info.key_size != def->key_size || info.value_size != def->value_size))
		return log_fail(-EINVAL, "map %s was pinned by another version of hrinstall",
				def->map);
	if (!err)
		err = map_dump(fd, id, out);
	if (err)
		return log_err(err, "read map %s", def->map);
	table_sort(out);
	return 0;
}

static int read_all(const struct install_paths *paths, struct table tables[TABLE__COUNT],
		    struct node_state *names)
{
	static const enum table_id needed[] = { TABLE_FRONTENDS, TABLE_SLOTS, TABLE_BACKENDS };
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(needed); i++)
		err = read_table(paths, needed[i], &tables[needed[i]]);
	if (err == -ENOENT)
		return log_fail(err, "no bundle with services is applied on this node");
	if (err)
		return err;
	if (service_store_is_changing(paths)) {
		log_warn("a change of services has not ended: listed without names");
		return 0;
	}
	err = service_store_read(paths, names);
	return err == -ENOENT ? 0 : err;
}

int service_list(const struct install_request *request)
{
	_cleanup_state_ struct node_state names = { 0 };
	struct table tables[TABLE__COUNT] = { 0 };
	int err = preflight_process(&request->paths);

	if (!err)
		err = read_all(&request->paths, tables, &names);
	if (!err && service_list_print(tables, &names, request->format, stdout))
		err = log_err(-ENOMEM, "list services");
	for (int id = 0; id < TABLE__COUNT; id++)
		table_fini(&tables[id]);
	return err ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
}
