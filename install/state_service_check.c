// SPDX-License-Identifier: BSD-2-Clause
/* What services may not have twice. Sorted, never compared pairwise. */
#include "install/state_service_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

struct check {
	const struct service *services;
	size_t count;
	const struct yaml_file *file;
	const struct yaml_node *node; /* the list */
	struct diag_list *diags;
};

static int by_place(const void *a, const void *b)
{
	const struct service_place *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static int by_address(const void *a, const void *b)
{
	const struct service_place *x = *(const struct service_place *const *)a;
	const struct service_place *y = *(const struct service_place *const *)b;

	if (x->ip != y->ip)
		return x->ip < y->ip ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	if (x->is_cluster_ip != y->is_cluster_ip)
		return x->is_cluster_ip ? -1 : 1;
	return by_place(x, y);
}

/* Sets `first` of all that are the same as another one; what could not be read has no port. */
static int find_firsts(struct service_place *entries, size_t count)
{
	_cleanup_free_ struct service_place **sorted = calloc(count + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &entries[i];
	qsort(sorted, count, sizeof(*sorted), by_address);
	for (size_t i = 1; i < count; i++) {
		const struct service_place *last = sorted[i - 1];
		struct service_place *e = sorted[i];

		if (e->port && e->ip == last->ip && e->port == last->port &&
		    e->protocol == last->protocol)
			e->first = last->first ? last->first : last;
	}
	return 0;
}

static const char *kind_key(enum frontend_kind kind)
{
	static const char *const keys[FRONTEND_KIND__COUNT] = {
		[FRONTEND_CLUSTER_IP] = "cluster-ip",
		[FRONTEND_NODE_PORT] = "node-port",
		[FRONTEND_EXTERNAL_IP] = "external-ips",
		[FRONTEND_LOAD_BALANCER] = "load-balancer-ips",
		[FRONTEND_HOST_PORT] = "host-port",
	};

	return keys[kind];
}

/* The value in the input: number n of those of its kind. */
static const struct yaml_node *frontend_value(const struct check *c, const struct service_place *e)
{
	const struct service *service = &c->services[e->service];
	enum frontend_kind kind = service->frontends[e->item].kind;
	const struct yaml_node *value = yaml_get(c->node->items[e->service], kind_key(kind));
	size_t n = 0;

	for (size_t i = 0; i < e->item; i++)
		n += service->frontends[i].kind == kind;
	return value->kind == YAML_SEQUENCE ? value->items[n] : value;
}

static void report_frontend(const struct check *c, const struct service_place *e)
{
	const struct service_frontend *frontend = &c->services[e->service].frontends[e->item];
	const struct service *first = &c->services[e->first->service];
	char ip[IPV4_TEXT_MAX];

	yaml_error(c->file, frontend_value(c, e), c->diags,
		   "services[%zu].%s: %s:%u/%s is also the %s of services[%zu] (%.64s)", e->service,
		   kind_key(frontend->kind), frontend->ip ? ipv4_text(frontend->ip, ip) : "*",
		   frontend->port, protocol_name(e->protocol),
		   kind_key(first->frontends[e->first->item].kind), e->first->service, first->name);
}

int service_frontends(const struct service *services, size_t count, struct service_place **out,
		      size_t *out_count)
{
	_cleanup_free_ struct service_place *places = NULL;
	size_t size = 0, n = 0;

	for (size_t i = 0; i < count; i++)
		size += services[i].frontend_count;
	places = calloc(size + 1, sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct service *service = &services[i];

		for (size_t k = 0; k < service->frontend_count; k++) {
			const struct service_frontend *f = &service->frontends[k];
			bool any = f->kind == FRONTEND_NODE_PORT || f->kind == FRONTEND_HOST_PORT;

			places[n++] = (struct service_place){ .ip = f->ip,
							      .port = f->ip || any ? f->port : 0,
							      .protocol = service->protocol,
							      .is_cluster_ip = f->kind ==
									       FRONTEND_CLUSTER_IP,
							      .service = i,
							      .item = k };
		}
	}
	if (find_firsts(places, n))
		return -ENOMEM;
	*out = TAKE_PTR(places);
	*out_count = n;
	return 0;
}

static int check_frontends(const struct check *c)
{
	_cleanup_free_ struct service_place *places = NULL;
	size_t count;

	if (service_frontends(c->services, c->count, &places, &count))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (places[i].first)
			report_frontend(c, &places[i]);
	}
	return 0;
}

static void report_backend(const struct check *c, const struct service_place *e)
{
	const struct yaml_node *list = yaml_get(c->node->items[e->service], "backends");
	char ip[IPV4_TEXT_MAX];

	yaml_error(c->file, list->items[e->item], c->diags,
		   "services[%zu].backends[%zu]: %s:%u is also that of backends[%zu]", e->service,
		   e->item, ipv4_text(e->ip, ip), e->port, e->first->item);
}

static int check_backends(const struct check *c, size_t index)
{
	const struct service *service = &c->services[index];
	_cleanup_free_ struct service_place *entries =
		calloc(service->backend_count + 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < service->backend_count; i++) {
		const struct service_backend *b = &service->backends[i];

		entries[i] = (struct service_place){
			.ip = b->ip, .port = b->ip ? b->port : 0, .service = index, .item = i
		};
	}
	if (find_firsts(entries, service->backend_count))
		return -ENOMEM;
	for (size_t i = 0; i < service->backend_count; i++) {
		if (entries[i].first)
			report_backend(c, &entries[i]);
	}
	return 0;
}

int state_check_services(const struct node_state *state, const struct yaml_file *file,
			 const struct yaml_node *node, struct diag_list *diags)
{
	const struct check c = { .services = state->services,
				 .count = state->service_count,
				 .file = file,
				 .node = node,
				 .diags = diags };
	int err = check_frontends(&c);

	for (size_t i = 0; !err && i < c.count; i++)
		err = check_backends(&c, i);
	return err;
}
