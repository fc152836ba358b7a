// SPDX-License-Identifier: BSD-2-Clause
/* `services:` of a state file: each alone. What they are together is in state_service_check.c. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/state_reader.h"

#define LIST_NAME_MAX (ELEMENT_NAME_MAX + 48)

/* A service as its mapping has it. */
struct input {
	struct service service;
	uint32_t cluster_ip, host_ip;
	uint16_t port, node_port, host_port;
};

static const char *set_service_name(const char *text, void *out)
{
	const char *why = service_name_problem(text);

	if (why)
		return why;
	/* The whole array, so that equal names are equal bytes. */
	memset(out, 0, SERVICE_NAME_MAX);
	memcpy(out, text, strlen(text));
	return NULL;
}

static const char *set_protocol(const char *text, void *out)
{
	if (strcmp(text, "TCP") && strcmp(text, "UDP"))
		return "is not TCP or UDP";
	*(uint8_t *)out = !strcmp(text, "TCP") ? IPPROTO_TCP : IPPROTO_UDP;
	return NULL;
}

static const char *set_port(const char *text, void *out)
{
	uint16_t port;

	if (parse_u16(text, &port) || !port)
		return "is not a port (1 to 65535)";
	*(uint16_t *)out = port;
	return NULL;
}

static const char *set_policy(const char *text, void *out)
{
	if (strcmp(text, "Cluster") && strcmp(text, "Local"))
		return "is not Cluster or Local";
	*(bool *)out = !strcmp(text, "Local");
	return NULL;
}

static const char *set_affinity(const char *text, void *out)
{
	uint64_t seconds;

	if (parse_uint(text, SERVICE_MAX_AFFINITY, &seconds) || !seconds)
		return "is not a number of seconds (1 to 86400)";
	*(uint32_t *)out = (uint32_t)seconds;
	return NULL;
}

_Static_assert(SERVICE_MAX_AFFINITY == 86400, "set_affinity() names the limit");

static const char *set_state(const char *text, void *out)
{
	if (strcmp(text, "active") && strcmp(text, "terminating"))
		return "is not active or terminating";
	*(bool *)out = !strcmp(text, "terminating");
	return NULL;
}

static const char *set_range(const char *text, void *out)
{
	return parse_cidr4(text, out) ? "is not an IPv4 prefix (a.b.c.d/n without host bits)"
				      : NULL;
}

static const struct state_field service_items[] = {
	{ "name", true, set_service_name, offsetof(struct input, service.name) },
	{ "protocol", false, set_protocol, offsetof(struct input, service.protocol) },
	{ "port", false, set_port, offsetof(struct input, port) },
	{ "cluster-ip", false, state_set_ipv4, offsetof(struct input, cluster_ip) },
	{ "node-port", false, set_port, offsetof(struct input, node_port) },
	{ "external-ips" },
	{ "load-balancer-ips" },
	{ "host-port", false, set_port, offsetof(struct input, host_port) },
	{ "host-ip", false, state_set_ipv4, offsetof(struct input, host_ip) },
	{ "external-traffic-policy", false, set_policy,
	  offsetof(struct input, service.external_local) },
	{ "internal-traffic-policy", false, set_policy,
	  offsetof(struct input, service.internal_local) },
	{ "session-affinity", false, set_affinity, offsetof(struct input, service.affinity) },
	{ "source-ranges" },
	{ "backends" },
};

static const struct state_field backend_items[] = {
	{ "ip", true, state_set_ipv4, offsetof(struct service_backend, ip) },
	{ "port", true, set_port, offsetof(struct service_backend, port) },
	{ "state", false, set_state, offsetof(struct service_backend, is_terminating) },
};

static const struct state_fields service_fields = { service_items, ARRAY_SIZE(service_items) };
static const struct state_fields backend_fields = { backend_items, ARRAY_SIZE(backend_items) };

/* Where the elements of one list of a mapping go: an array of them, which has room. */
struct sink {
	struct state_field element;
	void *items;
	size_t stride, *count;
};

static void read_elements(struct state_reader *r, const struct yaml_node *list, const char *what,
			  const struct sink *sink)
{
	for (size_t i = 0; i < list->count; i++) {
		char key[LIST_NAME_MAX];
		struct state_field field = sink->element;

		snprintf(key, sizeof(key), "%s[%zu]", field.key, i);
		field.key = key;
		state_read_field(r, list->items[i], what, &field,
				 (char *)sink->items + (*sink->count)++ * sink->stride);
	}
}

/* The list with that key, when there is one and it is a list of at most max. */
static const struct yaml_node *find_list(struct state_reader *r, const struct yaml_node *node,
					 const char *what, const char *key, size_t max)
{
	const struct yaml_node *list = yaml_get(node, key);
	char name[LIST_NAME_MAX];

	snprintf(name, sizeof(name), "%s.%s", what, key);
	return list && state_check_list(r, list, name, max) ? list : NULL;
}

static void add_frontend(struct service *service, enum frontend_kind kind, uint32_t ip,
			 uint16_t port)
{
	service->frontends[service->frontend_count++] =
		(struct service_frontend){ .ip = ip, .port = port, .kind = kind };
}

static void read_addresses(struct state_reader *r, const struct yaml_node *list, const char *what,
			   enum frontend_kind kind, struct input *in)
{
	struct service *service = &in->service;
	struct sink sink = {
		.element = { .key = kind == FRONTEND_EXTERNAL_IP ? "external-ips"
								 : "load-balancer-ips",
			     .set = state_set_ipv4 },
		.items = &service->frontends->ip,
		.stride = sizeof(*service->frontends),
		.count = &service->frontend_count,
	};

	for (size_t i = 0; i < list->count; i++)
		service->frontends[service->frontend_count + i] =
			(struct service_frontend){ .port = in->port, .kind = kind };
	read_elements(r, list, what, &sink);
}

static int read_frontends(struct state_reader *r, const struct yaml_node *node, const char *what,
			  struct input *in)
{
	const struct yaml_node *external, *balanced;
	struct service *service = &in->service;
	const size_t max = SERVICE_MAX_FRONTENDS - 3; /* cluster-ip, node-port, host-port */
	size_t count = 3;

	external = find_list(r, node, what, "external-ips", max);
	balanced = find_list(r, node, what, "load-balancer-ips", max);
	if (external && balanced && external->count + balanced->count > max) {
		yaml_error(r->file, balanced, r->diags,
			   "%s.load-balancer-ips: more than %zu addresses, external-ips included",
			   what, max);
		balanced = NULL;
	}
	count += (external ? external->count : 0) + (balanced ? balanced->count : 0);
	service->frontends = calloc(count, sizeof(*service->frontends));
	if (!service->frontends)
		return -ENOMEM;
	if (in->cluster_ip)
		add_frontend(service, FRONTEND_CLUSTER_IP, in->cluster_ip, in->port);
	if (in->node_port)
		add_frontend(service, FRONTEND_NODE_PORT, 0, in->node_port);
	if (external)
		read_addresses(r, external, what, FRONTEND_EXTERNAL_IP, in);
	if (balanced)
		read_addresses(r, balanced, what, FRONTEND_LOAD_BALANCER, in);
	if (in->host_port)
		add_frontend(service, FRONTEND_HOST_PORT, in->host_ip, in->host_port);
	return 0;
}

static int read_backends(struct state_reader *r, const struct yaml_node *node, const char *what,
			 struct service *service)
{
	const struct yaml_node *list = find_list(r, node, what, "backends", SERVICE_MAX_BACKENDS);
	int err = 0;

	if (!list)
		return 0;
	service->backends = calloc(list->count + 1, sizeof(*service->backends));
	if (!service->backends)
		return -ENOMEM;
	for (size_t i = 0; !err && i < list->count; i++) {
		char element[LIST_NAME_MAX];

		snprintf(element, sizeof(element), "%s.backends[%zu]", what, i);
		err = state_read_fields(r, list->items[i], element, &backend_fields,
					&service->backends[service->backend_count++]);
	}
	return err;
}

static int read_source_ranges(struct state_reader *r, const struct yaml_node *node,
			      const char *what, struct service *service)
{
	const struct yaml_node *list =
		find_list(r, node, what, "source-ranges", SERVICE_MAX_SOURCE_RANGES);
	struct sink sink = {
		.element = { .key = "source-ranges", .set = set_range },
		.stride = sizeof(*service->source_ranges),
		.count = &service->source_range_count,
	};

	if (!list)
		return 0;
	service->source_ranges = calloc(list->count + 1, sizeof(*service->source_ranges));
	if (!service->source_ranges)
		return -ENOMEM;
	sink.items = service->source_ranges;
	read_elements(r, list, what, &sink);
	return 0;
}

/* What one key is worth only with another. */
static void check_keys(struct state_reader *r, const struct yaml_node *node, const char *what)
{
	static const char *const needs[][2] = {
		{ "cluster-ip", "port" },
		{ "external-ips", "port" },
		{ "load-balancer-ips", "port" },
		{ "host-ip", "host-port" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		if (yaml_get(node, needs[i][0]) && !yaml_get(node, needs[i][1]))
			yaml_error(r->file, yaml_get(node, needs[i][0]), r->diags,
				   "%s.%s: needs %s", what, needs[i][0], needs[i][1]);
	}
}

static int read_service(struct state_reader *r, const struct yaml_node *node, const char *what,
			struct service *out)
{
	struct input in = { .service = { .protocol = IPPROTO_TCP } };
	int err;

	err = state_read_fields(r, node, what, &service_fields, &in);
	if (!err && node->kind == YAML_MAPPING) {
		check_keys(r, node, what);
		err = read_frontends(r, node, what, &in);
	}
	if (!err)
		err = read_source_ranges(r, node, what, &in.service);
	if (!err)
		err = read_backends(r, node, what, &in.service);
	*out = in.service;
	return err;
}

int state_read_services(struct state_reader *r, const struct yaml_node *node)
{
	struct node_state *state = r->state;
	int err = 0;

	state->has_services = true;
	if (!state_check_list(r, node, "services", STATE_MAX_SERVICES))
		return 0;
	state->services = calloc(node->count + 1, sizeof(*state->services));
	if (!state->services)
		return -ENOMEM;
	for (size_t i = 0; !err && i < node->count; i++) {
		char what[ELEMENT_NAME_MAX];

		snprintf(what, sizeof(what), "services[%zu]", i);
		err = read_service(r, node->items[i], what, &state->services[i]);
		state->service_count++;
	}
	return err;
}
