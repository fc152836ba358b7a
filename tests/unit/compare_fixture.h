/* SPDX-License-Identifier: BSD-2-Clause */
/* For the tests of install/compare: a fake manifest, state and node, and what a plan would have made of them. */
#ifndef HR_TESTS_COMPARE_FIXTURE_H
#define HR_TESTS_COMPARE_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/compare.h"
#include "install/release.h"

#define HOST_INDEX 20
#define PEER_INDEX 21
#define OVERLAY_INDEX 22
#define POD_INDEX 5
#define NIC_INDEX 2

/* A bundle with all four hooks, a state with one pod and one remote node, a node that is as found. */
struct world {
	struct manifest manifest;
	struct manifest_object object;
	struct node_state state;
	struct remote_node remote;
	struct endpoint endpoint;
	struct fact_device nic;
	struct install_paths paths;
	struct goal goal;
	struct node node;
	struct record old; /* used when has_old */
	bool has_old;
	struct steps plan;
	struct record next;
};

static inline void add_hook(struct manifest *m, const char *program, const char *interface,
			    const char *direction)
{
	struct manifest_hook *hook = &m->hooks[m->hook_count++];

	snprintf(hook->program, sizeof(hook->program), "%s", program);
	snprintf(hook->interface, sizeof(hook->interface), "%s", interface);
	snprintf(hook->direction, sizeof(hook->direction), "%s", direction);
}

static inline void add_map(struct manifest_object *object, enum table_id id)
{
	struct object_map *map = &object->needs.maps[object->needs.map_count++];

	snprintf(map->name, sizeof(map->name), "%s", table_defs[id].map);
	map->key_size = (uint32_t)table_defs[id].key_size;
	map->value_size = (uint32_t)table_defs[id].value_size;
	map->max_entries = 64;
}

static inline void fill_manifest(struct world *w)
{
	struct manifest *m = &w->manifest;

	*m = (struct manifest){ .host_routing = true,
				.tunnel = true,
				.tunnel_protocol = "vxlan",
				.tunnel_port = 8472 };
	/* Not in the order of attachment, on purpose. */
	add_hook(m, "from_netdev", "device", "ingress");
	add_hook(m, "from_container", "endpoint", "ingress");
	add_hook(m, "from_overlay", "overlay", "ingress");
	add_hook(m, "from_host", "host", "egress");
	w->object = (struct manifest_object){ .file = "bpf_lxc.o" };
	w->object.needs.program_count = 1;
	snprintf(w->object.needs.programs[0].name, sizeof(w->object.needs.programs[0].name),
		 "from_container");
	for (int id = 0; id < TABLE__COUNT; id++)
		add_map(&w->object, (enum table_id)id);
	m->objects = &w->object;
	m->object_count = 1;
}

static inline void fill_state(struct world *w)
{
	struct node_state *s = &w->state;

	w->remote = (struct remote_node){ 0 };
	w->endpoint = (struct endpoint){ .interface = "lxc1", .mac = { 2, 0, 0, 0, 0, 1 } };
	*s = (struct node_state){ .remotes = &w->remote,
				  .remote_count = 1,
				  .endpoints = &w->endpoint,
				  .endpoint_count = 1,
				  .has_endpoints = true };
	parse_ipv4("192.168.64.8", &s->ip);
	parse_ipv4("10.233.64.1", &s->router_ip);
	parse_cidr4("10.233.64.0/24", &s->pod_cidr);
	parse_ipv4("192.168.64.9", &w->remote.ip);
	parse_cidr4("10.233.65.0/24", &w->remote.pod_cidr);
	snprintf(w->remote.device, sizeof(w->remote.device), "eth0");
	parse_ipv4("10.233.64.93", &w->endpoint.ip);
}

static inline int make_goal(struct world *w)
{
	struct device_list nics = { .items = { &w->nic }, .count = 1 };
	int err;

	err = goal_init(&w->goal, &w->manifest, &w->state, &w->nic, &nics);
	w->goal.bundle = "bundle";
	w->goal.attach = ATTACH_TCX;
	memset(w->goal.bundle_sha256, 'b', DIGEST_TEXT_MAX - 1);
	return err;
}

static inline void exists(struct world *w, const char *name, unsigned int ifindex)
{
	struct node_interface *interface = &w->node.interfaces[goal_find_interface(&w->goal, name)];

	interface->exists = true;
	interface->link = (struct rtnl_link){ .ifindex = ifindex, .mtu = 1500, .is_up = true };
	snprintf(interface->link.name, sizeof(interface->link.name), "%s", name);
}

/* A node nobody has touched: a NIC and a pod's interface, sysctls at the kernel's defaults. */
static inline void fill_node(struct world *w)
{
	w->node.interfaces = calloc(w->goal.interface_count, sizeof(*w->node.interfaces));
	w->node.points = calloc(w->goal.point_count, sizeof(*w->node.points));
	w->node.remote_nics = calloc(w->state.remote_count, sizeof(*w->node.remote_nics));
	assert_true(w->node.interfaces && w->node.points);
	exists(w, "lxc1", POD_INDEX);
	exists(w, "eth0", NIC_INDEX);
	w->node.interfaces[goal_find_interface(&w->goal, "lxc1")].sysctls[SYSCTL_SEND_REDIRECTS] =
		1;
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->nic = (struct fact_device){ .name = "eth0", .ifindex = NIC_INDEX, .mtu = 1500 };
	fill_manifest(w);
	fill_state(w);
	assert_int_equal(paths_init(&w->paths, "/bpf", "/run/hr"), 0);
	assert_int_equal(make_goal(w), 0);
	fill_node(w);
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	steps_fini(&w->plan);
	record_fini(&w->next);
	record_fini(&w->old);
	node_fini(&w->node);
	goal_fini(&w->goal);
	free(w);
	return 0;
}

static inline void compare(struct world *w)
{
	const struct record *old = w->has_old ? &w->old : NULL;

	steps_fini(&w->plan);
	record_fini(&w->next);
	assert_int_equal(compare_record(&w->goal, &w->node, &w->paths, old, &w->next), 0);
	assert_int_equal(compare_plan(&w->goal, &w->node, old, &w->paths, &w->plan), 0);
}

static inline void set_sysctls(struct world *w)
{
	for (size_t i = 0; i < w->goal.interface_count; i++) {
		for (size_t k = 0; k < SYSCTL__COUNT; k++) {
			if (sysctl_defs[k].roles & w->goal.interfaces[i].role)
				w->node.interfaces[i].sysctls[k] = sysctl_defs[k].value;
		}
	}
}

static inline void pin_and_attach(struct world *w)
{
	for (size_t i = 0; i < w->goal.map_count; i++)
		w->node.maps[i] = (struct node_map){ true, true };
	for (size_t i = 0; i < w->manifest.hook_count; i++) {
		w->node.programs[i].is_pinned = true;
		w->node.programs[i].info.id = 100 + (uint32_t)i;
		snprintf(w->node.programs[i].info.tag, sizeof(w->node.programs[i].info.tag),
			 "tag%u", (unsigned int)i & 0xf);
	}
	for (size_t i = 0; i < w->goal.point_count; i++) {
		w->node.points[i] =
			(struct attach_status){ .is_attached = true, .mode = ATTACH_TCX };
		for (size_t k = 0; k < w->manifest.hook_count; k++) {
			if (!strcmp(w->manifest.hooks[k].program, w->goal.points[i].point.program))
				w->node.points[i].prog_id = 100 + (uint32_t)k;
		}
	}
}

/* Does to the fake node what a plan would do, and records it. */
static inline void make_applied(struct world *w)
{
	struct table_link link = { .ifindex = POD_INDEX };

	assert_int_equal(compare_record(&w->goal, &w->node, &w->paths, NULL, &w->next), 0);
	exists(w, DEVICE_HOST, HOST_INDEX);
	exists(w, DEVICE_PEER, PEER_INDEX);
	exists(w, DEVICE_VXLAN, OVERLAY_INDEX);
	w->node.interfaces[goal_find_interface(&w->goal, DEVICE_VXLAN)].link.tunnel_port = 8472;
	w->node.has_dirs = w->node.has_router_address = true;
	set_sysctls(w);
	pin_and_attach(w);
	w->node.routes = calloc(w->goal.route_count, sizeof(*w->node.routes));
	assert_non_null(w->node.routes);
	for (size_t i = 0; i < w->goal.route_count; i++) {
		w->node.routes[i] = w->goal.routes[i].route;
		w->node.routes[i].ifindex = HOST_INDEX;
	}
	w->node.route_count = w->goal.route_count;
	assert_int_equal(tables_from_state(&w->state, &link, w->node.remote_nics, w->node.tables),
			 0);
	assert_int_equal(compare_record(&w->goal, &w->node, &w->paths, &w->next, &w->old), 0);
	w->old.complete = w->has_old = true;
}

/* Position of the first step of that kind whose text contains `text`, or -1. */
static inline int find(const struct world *w, enum step_kind kind, const char *text)
{
	for (size_t i = 0; i < w->plan.count; i++) {
		if (w->plan.items[i].kind == kind && strstr(w->plan.items[i].text, text))
			return (int)i;
	}
	return -1;
}

static inline size_t count(const struct world *w, enum step_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < w->plan.count; i++)
		n += w->plan.items[i].kind == kind;
	return n;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
