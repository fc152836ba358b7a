// SPDX-License-Identifier: BSD-2-Clause
/* Which backends stand behind which frontend, for whom. */
#include "install/tables_service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/digest.h"

struct backend_set {
	struct service_backend *items; /* owned */
	size_t count;
	uint64_t id; /* 0 when it is empty */
	bool is_entered;
	bool has_maglev;
};

/* One service on its way into the tables. */
struct job {
	const struct node_state *state;
	const struct serving *serving;
	const struct service *service;
	struct table *out;
	struct backend_set all, local; /* of all nodes; of this node */
};

static int by_address(const void *a, const void *b)
{
	const struct service_backend *x = a, *y = b;
	uint32_t left = ntohl(x->ip), right = ntohl(y->ip);

	if (left != right)
		return left < right ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

static bool is_local(const struct node_state *state, const struct service_backend *backend)
{
	return backend->ip == state->ip ||
	       (backend->ip & cidr4_mask(state->pod_cidr.len)) == state->pod_cidr.addr;
}

static struct hr_slot slot_of(const struct service_backend *backend)
{
	return (struct hr_slot){ .addr = backend->ip, .port = htons(backend->port) };
}

static int set_name(const struct service *service, struct backend_set *set)
{
	size_t name = strlen(service->name) + 1, len = name + 1, k = 0;
	_cleanup_free_ uint8_t *text = malloc(len + set->count * sizeof(struct hr_slot));

	if (!text)
		return -ENOMEM;
	memcpy(text, service->name, name);
	text[name] = service->protocol;
	for (; k < set->count; k++) {
		struct hr_slot slot = slot_of(&set->items[k]);

		memcpy(text + len, &slot, sizeof(slot));
		len += sizeof(slot);
	}
	if (k)
		set->id = digest_number(text, len) ?: 1;
	return 0;
}

static int set_make(const struct job *job, bool local, struct backend_set *set)
{
	const struct service *service = job->service;

	set->items = calloc(service->backend_count + 1, sizeof(*set->items));
	if (!set->items)
		return -ENOMEM;
	for (int terminating = 0; !set->count && terminating <= job->serving->terminating;
	     terminating++) {
		for (size_t i = 0; i < service->backend_count; i++) {
			const struct service_backend *b = &service->backends[i];

			if (b->is_terminating == terminating && (!local || is_local(job->state, b)))
				set->items[set->count++] = *b;
		}
	}
	qsort(set->items, set->count, sizeof(*set->items), by_address);
	return set_name(service, set);
}

static int enter_set(struct job *job, struct backend_set *set)
{
	int err = 0;

	if (set->is_entered)
		return 0;
	set->is_entered = true;
	for (size_t i = 0; !err && i < set->count; i++) {
		struct hr_slot_key key = { .set = set->id, .slot = (uint32_t)i };
		struct hr_slot value = slot_of(&set->items[i]);

		err = table_add(&job->out[TABLE_SLOTS], TABLE_SLOTS, &key, &value);
	}
	return err;
}

/* Of one backend there is nothing to choose. */
static int enter_maglev(struct job *job, struct backend_set *set)
{
	const struct maglev *maglev = &job->serving->maglev;
	struct hr_maglev_key key = { .set = set->id };
	int err = 0;

	if (set->has_maglev || set->count < 2)
		return 0;
	set->has_maglev = true;
	key.variant = hr_maglev_variant(maglev->size, maglev->seed);
	for (; !err && key.piece < maglev_pieces(maglev); key.piece++)
		err = table_add(&job->out[TABLE_MAGLEV], TABLE_MAGLEV, &key, NULL);
	return err;
}

/* The same from another set is entered once, and found to be the same by the diff. */
static int enter_affinity(struct job *job, const struct hr_frontend_key *frontend,
			  const struct backend_set *set)
{
	const struct hr_affinity_match value = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < set->count; i++) {
		struct hr_affinity_match_key key = { .frontend = *frontend,
						     .backend = slot_of(&set->items[i]) };

		err = table_add(&job->out[TABLE_AFFINITY_MATCH], TABLE_AFFINITY_MATCH, &key,
				&value);
	}
	return err;
}

static int enter_source_ranges(struct job *job, const struct hr_frontend_key *frontend)
{
	const struct hr_source_range value = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < job->service->source_range_count; i++) {
		struct cidr4 range = job->service->source_ranges[i];
		struct hr_source_range_key key = { .len = HR_SOURCE_RANGE_LEN + range.len,
						   .frontend = *frontend,
						   .addr = range.addr };

		err = table_add(&job->out[TABLE_SOURCE_RANGES], TABLE_SOURCE_RANGES, &key, &value);
	}
	return err;
}

static bool has_source_ranges(const struct job *job, enum frontend_kind kind)
{
	bool usual = kind == FRONTEND_LOAD_BALANCER || kind == FRONTEND_EXTERNAL_IP;

	return job->service->source_range_count &&
	       (job->serving->source_ranges_everywhere || (job->serving->source_ranges && usual));
}

static uint16_t frontend_flags(const struct job *job, enum frontend_kind kind)
{
	uint16_t flags = 0;

	if (kind == FRONTEND_CLUSTER_IP && !job->serving->cluster_ip_outside)
		flags |= HR_FRONTEND_INTERNAL;
	if (has_source_ranges(job, kind))
		flags |= HR_FRONTEND_SOURCE_RANGES;
	return flags;
}

/* A policy is about those who come by the address that it is for. */
static struct backend_set *set_for(struct job *job, enum frontend_kind kind, enum hr_scope scope)
{
	const struct service *service = job->service;
	bool local = false;

	if (kind == FRONTEND_CLUSTER_IP)
		local = scope == HR_SCOPE_INTERNAL && service->internal_local;
	else if (kind != FRONTEND_HOST_PORT)
		local = scope == HR_SCOPE_EXTERNAL && service->external_local;
	return local ? &job->local : &job->all;
}

static int enter_frontend(struct job *job, const struct service_frontend *frontend)
{
	struct hr_frontend_key key = { .addr = frontend->ip,
				       .port = htons(frontend->port),
				       .protocol = job->service->protocol };
	struct hr_frontend value = { .flags = frontend_flags(job, frontend->kind) };
	int err = 0;

	if (job->serving->affinity)
		value.affinity = job->service->affinity;
	for (int scope = 0; !err && scope < HR_SCOPE__COUNT; scope++) {
		struct backend_set *set = set_for(job, frontend->kind, (enum hr_scope)scope);

		value.sets[scope] = set->id;
		value.counts[scope] = (uint16_t)set->count;
		err = enter_set(job, set);
		if (!err && scope == HR_SCOPE_EXTERNAL && !(value.flags & HR_FRONTEND_INTERNAL))
			err = enter_maglev(job, set);
		if (!err && value.affinity)
			err = enter_affinity(job, &key, set);
	}
	if (!err && value.flags & HR_FRONTEND_SOURCE_RANGES)
		err = enter_source_ranges(job, &key);
	return err ? err : table_add(&job->out[TABLE_FRONTENDS], TABLE_FRONTENDS, &key, &value);
}

/* Also those of no set: they have the connections that they have. */
static int enter_backends(struct job *job)
{
	int err = 0;

	for (size_t i = 0; !err && i < job->service->backend_count; i++) {
		const struct service_backend *b = &job->service->backends[i];
		struct hr_backend_key key = { .addr = b->ip,
					      .port = htons(b->port),
					      .protocol = job->service->protocol };
		struct hr_backend value = { .services = 1, .terminating = b->is_terminating };

		if (b->is_terminating && !job->serving->terminating)
			continue;
		err = table_add(&job->out[TABLE_BACKENDS], TABLE_BACKENDS, &key, &value);
	}
	return err;
}

static int enter_service(struct job *job)
{
	const struct service *service = job->service;
	bool is_served = false;
	int err = set_make(job, false, &job->all);

	if (!err)
		err = set_make(job, true, &job->local);
	for (size_t i = 0; !err && i < service->frontend_count; i++) {
		if (!job->serving->kinds[service->frontends[i].kind])
			continue;
		is_served = true;
		err = enter_frontend(job, &service->frontends[i]);
	}
	return err || !is_served ? err : enter_backends(job);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct table_entry *)a)->key, ((const struct table_entry *)b)->key,
		      TABLE_KEY_MAX);
}

void tables_merge_backends(struct table *t)
{
	size_t kept = 0;

	if (t->count)
		qsort(t->entries, t->count, sizeof(*t->entries), by_key);
	for (size_t i = 0; i < t->count; i++) {
		struct hr_backend value, sum;

		if (!kept || by_key(&t->entries[kept - 1], &t->entries[i])) {
			t->entries[kept++] = t->entries[i];
			continue;
		}
		memcpy(&value, t->entries[i].value, sizeof(value));
		memcpy(&sum, t->entries[kept - 1].value, sizeof(sum));
		sum.services += value.services;
		sum.terminating += value.terminating;
		memcpy(t->entries[kept - 1].value, &sum, sizeof(sum));
	}
	t->count = kept;
}

int tables_add_services(const struct node_state *state, const struct serving *serving,
			struct table out[TABLE__COUNT])
{
	int err = 0;

	for (size_t i = 0; !err && i < state->service_count; i++) {
		struct job job = { .state = state,
				   .serving = serving,
				   .service = &state->services[i],
				   .out = out };

		err = enter_service(&job);
		free(job.all.items);
		free(job.local.items);
	}
	tables_merge_backends(&out[TABLE_BACKENDS]);
	return err;
}

bool table_is_of_services(enum table_id id)
{
	return id >= TABLE_BACKENDS && id <= TABLE_FRONTENDS;
}
