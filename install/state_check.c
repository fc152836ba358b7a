// SPDX-License-Identifier: BSD-2-Clause
/*
 * Duplicates, overlaps, addresses on the wrong side of a prefix. Sorted, never compared pairwise: a state has
 * thousands of entries.
 */
#include "install/state_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/state_service_check.h"

struct check {
	const struct node_state *state;
	const struct yaml_file *file;
	const struct yaml_node *node, *remotes, *endpoints,
		*services; /* NULL when the input has none */
	struct diag_list *diags;
};

/* A field that no two elements of a list may share. */
struct unique {
	const char *key;
	size_t offset, size; /* of the value in an element; all bytes zero = not given */
};

/* A list of the input and the structs that it became, element by element. */
struct list {
	const char *name;
	const struct yaml_node *node;
	const char *items;
	size_t count, stride;
};

static const struct unique endpoint_unique[] = {
	{ "ip", offsetof(struct endpoint, ip), sizeof(uint32_t) },
	{ "interface", offsetof(struct endpoint, interface), IFNAMSIZ },
	{ "name", offsetof(struct endpoint, name), STATE_NAME_MAX },
};

static const struct unique service_unique[] = {
	{ "name", offsetof(struct service, name), SERVICE_NAME_MAX },
};

static const struct unique remote_unique[] = {
	{ "ip", offsetof(struct remote_node, ip), sizeof(uint32_t) },
};

struct ranked {
	const char *value;
	size_t rank; /* place in the list */
};

static int by_value(const void *a, const void *b, void *ctx)
{
	const struct ranked *x = a, *y = b;
	int order = memcmp(x->value, y->value, *(const size_t *)ctx);

	return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

static bool is_zero(const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (value[i])
			return false;
	}
	return true;
}

/* Fills first[] with, per element, the number of the first element of the same value. */
static int find_firsts(const struct list *list, const struct unique *u, size_t *first)
{
	_cleanup_free_ struct ranked *sorted = calloc(list->count, sizeof(*sorted));
	size_t size = u->size;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = (struct ranked){ list->items + i * list->stride + u->offset, i };
	qsort_r(sorted, list->count, sizeof(*sorted), by_value, &size);
	for (size_t i = 0; i < list->count; i++) {
		bool same = i && !memcmp(sorted[i].value, sorted[i - 1].value, size) &&
			    !is_zero(sorted[i].value, size);

		first[sorted[i].rank] = same ? first[sorted[i - 1].rank] : sorted[i].rank;
	}
	return 0;
}

static int check_unique(const struct check *c, const struct list *list, const struct unique *u)
{
	_cleanup_free_ size_t *first = calloc(list->count + 1, sizeof(*first));

	if (!first || (list->count && find_firsts(list, u, first)))
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *value = yaml_get(list->node->items[i], u->key);

		if (first[i] != i)
			yaml_error(c->file, value, c->diags,
				   "%s[%zu].%s: \"%s\" is also that of %s[%zu]", list->name, i,
				   u->key, yaml_text(value), list->name, first[i]);
	}
	return 0;
}

static bool cidr_contains(struct cidr4 cidr, uint32_t addr)
{
	return cidr.len && (addr & cidr4_mask(cidr.len)) == cidr.addr;
}

/* A pod CIDR as a range of addresses in host byte order, and whose it is. */
struct range {
	uint32_t start, end;
	size_t owner; /* 0: this node, else remote number owner - 1 */
	size_t inside; /* number of the range that this one overlaps, NO_RANGE if none */
};

#define NO_RANGE SIZE_MAX

static int by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* The larger first, so that what is inside comes after it. */
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return (x->owner > y->owner) - (x->owner < y->owner);
}

static struct range range_of(struct cidr4 cidr, size_t owner)
{
	uint32_t start = ntohl(cidr.addr);

	return (struct range){
		.start = start,
		.end = start | ~ntohl(cidr4_mask(cidr.len)),
		.owner = owner,
		.inside = NO_RANGE,
	};
}

/* Sorted ranges of all pod CIDRs that were read; the number of them. */
static size_t collect_ranges(const struct node_state *state, struct range *out)
{
	size_t count = 0;

	if (state->pod_cidr.len)
		out[count++] = range_of(state->pod_cidr, 0);
	for (size_t i = 0; i < state->remote_count; i++) {
		if (state->remotes[i].pod_cidr.len)
			out[count++] = range_of(state->remotes[i].pod_cidr, i + 1);
	}
	qsort(out, count, sizeof(*out), by_start);
	return count;
}

#define OWNER_NAME_MAX 40

/* "node" or "remote-nodes[3]". */
static const char *owner_name(size_t owner, char out[OWNER_NAME_MAX])
{
	snprintf(out, OWNER_NAME_MAX, owner ? "remote-nodes[%zu]" : "node", owner - 1);
	return out;
}

static const struct yaml_node *owner_field(const struct check *c, size_t owner, const char *key)
{
	return yaml_get(owner ? c->remotes->items[owner - 1] : c->node, key);
}

/* Of two that overlap, the one that comes later in the input is reported. */
static void report_overlap(const struct check *c, size_t a, size_t b)
{
	size_t late = a > b ? a : b, early = a > b ? b : a;
	const struct yaml_node *value = owner_field(c, late, "pod-cidr");
	char late_name[OWNER_NAME_MAX], early_name[OWNER_NAME_MAX];

	yaml_error(c->file, value, c->diags, "%s.pod-cidr: \"%s\" overlaps that of %s (%s)",
		   owner_name(late, late_name), yaml_text(value), owner_name(early, early_name),
		   yaml_text(owner_field(c, early, "pod-cidr")));
}

/* Prefixes are disjoint or nested, so a range overlaps if it begins before the farthest end so far. */
static void check_overlaps(const struct check *c, struct range *ranges, size_t count)
{
	size_t far = 0;

	for (size_t i = 1; i < count; i++) {
		if (ranges[i].start <= ranges[far].end) {
			ranges[i].inside = far;
			report_overlap(c, ranges[i].owner, ranges[far].owner);
		} else {
			far = i;
		}
	}
}

/* The range that holds an address, or NULL. Ranges inside others do not matter: those others hold it. */
static const struct range *range_find(const struct range *ranges, size_t count, uint32_t addr)
{
	uint32_t value = ntohl(addr);
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges[middle].start <= value)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	if (ranges[low - 1].inside != NO_RANGE)
		low = ranges[low - 1].inside + 1;
	return ranges[low - 1].end >= value ? &ranges[low - 1] : NULL;
}

/* A route to the pods through a node that is one of the pods would lead back to itself. */
static void check_node_ip(const struct check *c, const struct range *ranges, size_t count,
			  size_t owner, uint32_t addr)
{
	const struct range *range = addr ? range_find(ranges, count, addr) : NULL;
	const struct yaml_node *value;
	char name[OWNER_NAME_MAX], holder[OWNER_NAME_MAX];

	if (!range)
		return;
	value = owner_field(c, owner, "ip");
	yaml_error(c->file, value, c->diags, "%s.ip: \"%s\" is inside the pod-cidr of %s",
		   owner_name(owner, name), yaml_text(value), owner_name(range->owner, holder));
}

static int check_pod_cidrs(const struct check *c)
{
	const struct node_state *state = c->state;
	_cleanup_free_ struct range *ranges = calloc(state->remote_count + 1, sizeof(*ranges));
	size_t count;

	if (!ranges)
		return -ENOMEM;
	count = collect_ranges(state, ranges);
	check_overlaps(c, ranges, count);
	check_node_ip(c, ranges, count, 0, state->ip);
	for (size_t i = 0; i < state->remote_count; i++)
		check_node_ip(c, ranges, count, i + 1, state->remotes[i].ip);
	return 0;
}

static void check_node(const struct check *c)
{
	const struct node_state *state = c->state;
	const struct yaml_node *value = yaml_get(c->node, "router-ip");

	if (!state->pod_cidr.len || !state->router_ip)
		return;
	if (!cidr_contains(state->pod_cidr, state->router_ip))
		yaml_error(c->file, value, c->diags,
			   "node.router-ip: \"%s\" is outside the node's pod-cidr",
			   yaml_text(value));
	else if (state->router_ip == state->pod_cidr.addr)
		yaml_error(c->file, value, c->diags,
			   "node.router-ip: \"%s\" is the network address of the node's pod-cidr",
			   yaml_text(value));
}

static void check_remotes(const struct check *c)
{
	for (size_t i = 0; i < c->state->remote_count; i++) {
		const struct yaml_node *value;

		if (!c->state->ip || c->state->remotes[i].ip != c->state->ip)
			continue;
		value = yaml_get(c->remotes->items[i], "ip");
		yaml_error(c->file, value, c->diags,
			   "remote-nodes[%zu].ip: \"%s\" is this node's own", i, yaml_text(value));
	}
}

static void check_endpoints(const struct check *c)
{
	const struct node_state *state = c->state;

	for (size_t i = 0; i < state->endpoint_count; i++) {
		const char *why = NULL;
		const struct yaml_node *value;

		if (state->endpoints[i].ip && state->pod_cidr.len)
			why = endpoint_problem(&state->endpoints[i], state->pod_cidr,
					       state->router_ip);
		if (!why)
			continue;
		value = yaml_get(c->endpoints->items[i], "ip");
		yaml_error(c->file, value, c->diags, "endpoints[%zu].ip: \"%s\" %s", i,
			   yaml_text(value), why);
	}
}

static int check_duplicates(const struct check *c)
{
	const struct list remotes = { "remote-nodes", c->remotes, (const char *)c->state->remotes,
				      c->state->remote_count, sizeof(struct remote_node) };
	const struct list endpoints = { "endpoints", c->endpoints,
					(const char *)c->state->endpoints, c->state->endpoint_count,
					sizeof(struct endpoint) };
	const struct list services = { "services", c->services, (const char *)c->state->services,
				       c->state->service_count, sizeof(struct service) };
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(service_unique); i++)
		err = check_unique(c, &services, &service_unique[i]);
	for (size_t i = 0; !err && i < ARRAY_SIZE(remote_unique); i++)
		err = check_unique(c, &remotes, &remote_unique[i]);
	for (size_t i = 0; !err && i < ARRAY_SIZE(endpoint_unique); i++)
		err = check_unique(c, &endpoints, &endpoint_unique[i]);
	return err;
}

const char *endpoint_problem(const struct endpoint *ep, struct cidr4 pod_cidr, uint32_t router_ip)
{
	if (!cidr_contains(pod_cidr, ep->ip))
		return "is outside the node's pod-cidr";
	if (ep->ip == router_ip)
		return "is the node's router-ip";
	return NULL;
}

int state_check(const struct node_state *state, const struct yaml_file *file,
		const struct yaml_node *root, struct diag_list *diags)
{
	const struct check c = {
		.state = state,
		.file = file,
		.node = yaml_get(root, "node"),
		.remotes = yaml_get(root, "remote-nodes"),
		.endpoints = yaml_get(root, "endpoints"),
		.services = yaml_get(root, "services"),
		.diags = diags,
	};
	int err;

	check_node(&c);
	check_remotes(&c);
	err = check_pod_cidrs(&c);
	if (err)
		return err;
	check_endpoints(&c);
	err = check_duplicates(&c);
	return err ? err : state_check_services(state, file, c.services, diags);
}
