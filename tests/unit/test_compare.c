// SPDX-License-Identifier: BSD-2-Clause
/*
 * install/{goal,compare,release}: what is done to a node, and in which order, decided on plain structs: a fake
 * manifest, state and node, no kernel.
 */
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

static void add_hook(struct manifest *m, const char *program, const char *interface,
		     const char *direction)
{
	struct manifest_hook *hook = &m->hooks[m->hook_count++];

	snprintf(hook->program, sizeof(hook->program), "%s", program);
	snprintf(hook->interface, sizeof(hook->interface), "%s", interface);
	snprintf(hook->direction, sizeof(hook->direction), "%s", direction);
}

static void add_map(struct manifest_object *object, enum table_id id)
{
	struct object_map *map = &object->needs.maps[object->needs.map_count++];

	snprintf(map->name, sizeof(map->name), "%s", table_defs[id].map);
	map->key_size = (uint32_t)table_defs[id].key_size;
	map->value_size = (uint32_t)table_defs[id].value_size;
}

static void fill_manifest(struct world *w)
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

static void fill_state(struct world *w)
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

static int make_goal(struct world *w)
{
	struct device_list nics = { .items = { &w->nic }, .count = 1 };
	int err;

	err = goal_init(&w->goal, &w->manifest, &w->state, &w->nic, &nics);
	w->goal.bundle = "bundle";
	w->goal.attach = ATTACH_TCX;
	memset(w->goal.bundle_sha256, 'b', DIGEST_TEXT_MAX - 1);
	return err;
}

static void exists(struct world *w, const char *name, unsigned int ifindex)
{
	struct node_interface *interface = &w->node.interfaces[goal_find_interface(&w->goal, name)];

	interface->exists = true;
	interface->link = (struct rtnl_link){ .ifindex = ifindex, .mtu = 1500, .is_up = true };
	snprintf(interface->link.name, sizeof(interface->link.name), "%s", name);
}

/* A node nobody has touched: a NIC and a pod's interface, sysctls at the kernel's defaults. */
static void fill_node(struct world *w)
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

static int setup(void **state)
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

static int teardown(void **state)
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

static void compare(struct world *w)
{
	const struct record *old = w->has_old ? &w->old : NULL;

	steps_fini(&w->plan);
	record_fini(&w->next);
	assert_int_equal(compare_record(&w->goal, &w->node, &w->paths, old, &w->next), 0);
	assert_int_equal(compare_plan(&w->goal, &w->node, old, &w->paths, &w->plan), 0);
}

static void set_sysctls(struct world *w)
{
	for (size_t i = 0; i < w->goal.interface_count; i++) {
		for (size_t k = 0; k < SYSCTL__COUNT; k++) {
			if (sysctl_defs[k].roles & w->goal.interfaces[i].role)
				w->node.interfaces[i].sysctls[k] = sysctl_defs[k].value;
		}
	}
}

static void pin_and_attach(struct world *w)
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
static void make_applied(struct world *w)
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
static int find(const struct world *w, enum step_kind kind, const char *text)
{
	for (size_t i = 0; i < w->plan.count; i++) {
		if (w->plan.items[i].kind == kind && strstr(w->plan.items[i].text, text))
			return (int)i;
	}
	return -1;
}

static size_t count(const struct world *w, enum step_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < w->plan.count; i++)
		n += w->plan.items[i].kind == kind;
	return n;
}

static void a_node_as_the_goal_says_needs_no_step(void **state)
{
	struct world *w = *state;

	make_applied(w);
	compare(w);
	if (w->plan.count)
		fail_msg("would %s", w->plan.items[0].text);
}

static void a_node_as_the_goal_says_keeps_its_record(void **state)
{
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct world *w = *state;

	make_applied(w);
	compare(w);
	w->next.complete = true;
	assert_int_equal(record_format(&w->old, &before), 0);
	assert_int_equal(record_format(&w->next, &after), 0);
	assert_string_equal(before, after);
}

static void pods_are_attached_after_the_maps_are_filled_and_nics_last(void **state)
{
	struct world *w = *state;
	int maps, host, overlay, pod, nic;

	compare(w);
	maps = find(w, STEP_WRITE_TABLE, "hr_endpoints4");
	host = find(w, STEP_ATTACH, "from_host to hr_host egress");
	overlay = find(w, STEP_ATTACH, "from_overlay to hr_vxlan ingress");
	pod = find(w, STEP_ATTACH, "from_container to lxc1 ingress");
	nic = find(w, STEP_ATTACH, "from_netdev to eth0 ingress");
	assert_true(maps >= 0);
	assert_true(maps < host && host < overlay && overlay < pod && pod < nic);
	assert_true(find(w, STEP_ADD_DEVICE, DEVICE_VXLAN) < find(w, STEP_LOAD, "4 programs"));
	assert_true(find(w, STEP_LOAD, "4 programs") < maps);
	assert_true(nic < find(w, STEP_PIN, "program from_container"));
}

static void sysctls_are_recorded_with_the_value_they_had(void **state)
{
	const struct record_sysctl *sysctl;
	struct world *w = *state;

	compare(w);
	sysctl = record_find_sysctl(&w->next, "lxc1", POD_INDEX, "send_redirects");
	assert_non_null(sysctl);
	assert_int_equal(sysctl->old, 1);
	assert_int_equal(sysctl->set, 0);
	/* As it should be already: not ours to restore. */
	assert_null(record_find_sysctl(&w->next, "lxc1", 0, "rp_filter"));
	/* Vanishes with its device. */
	assert_null(record_find_sysctl(&w->next, DEVICE_HOST, 0, "forwarding"));
}

static void a_second_run_keeps_the_first_old_value(void **state)
{
	struct world *w = *state;

	make_applied(w);
	compare(w);
	assert_int_equal(record_find_sysctl(&w->next, "lxc1", POD_INDEX, "send_redirects")->old, 1);
}

static void strict_reverse_path_filtering_on_all_is_switched_off_and_loose_is_left(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->node.all_rp_filter = 2;
	compare(w);
	assert_int_equal(w->plan.count, 0);
	w->node.all_rp_filter = 1;
	compare(w);
	assert_int_equal(w->plan.count, 1);
	assert_string_equal(w->plan.items[0].text, "set net.ipv4.conf.all: rp_filter=0");
	assert_int_equal(record_find_sysctl(&w->next, "all", 0, "rp_filter")->old, 1);
}

static void a_run_that_did_not_end_loads_again(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->old.complete = false;
	compare(w);
	assert_int_equal(count(w, STEP_LOAD), 1);
	assert_int_equal(count(w, STEP_ATTACH), 4);
	assert_int_equal(count(w, STEP_ADD_DEVICE), 0);
}

static void another_bundle_is_loaded_and_keeps_compatible_maps(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->goal.bundle_sha256[0] = 'c';
	compare(w);
	assert_int_equal(count(w, STEP_LOAD), 1);
	assert_int_equal(find(w, STEP_PIN, "map"), -1);
	assert_int_equal(count(w, STEP_PIN), 4);
	assert_int_equal(count(w, STEP_WRITE_TABLE), 0);
}

static void an_incompatible_map_is_filled_and_pinned_anew(void **state)
{
	struct world *w = *state;

	make_applied(w);
	for (size_t i = 0; i < w->goal.map_count; i++) {
		if (!strcmp(w->goal.maps[i]->name, "hr_ipcache4"))
			w->node.maps[i].is_compatible = false;
	}
	table_fini(&w->node.tables[TABLE_IPCACHE]);
	compare(w);
	assert_true(find(w, STEP_PIN, "map hr_ipcache4") > 0);
	assert_true(find(w, STEP_WRITE_TABLE, "hr_ipcache4: 1 added") > 0);
	assert_int_equal(count(w, STEP_WRITE_TABLE), 1);
}

static void a_program_that_is_not_the_pinned_one_is_replaced(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->node.points[0].prog_id = 999;
	compare(w);
	assert_int_equal(w->plan.count, 1);
	assert_int_equal(w->plan.items[0].kind, STEP_ATTACH);
}

static void an_attachment_that_needs_repair_is_made_again(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->node.points[3].needs_repair = true;
	compare(w);
	assert_int_equal(w->plan.count, 1);
	assert_int_equal(w->plan.items[0].kind, STEP_ATTACH);
}

static void a_pod_that_is_no_longer_listed_is_given_back_whole(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->state.endpoint_count = 0;
	node_fini(&w->node);
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), 0);
	w->node.interfaces = calloc(w->goal.interface_count, sizeof(*w->node.interfaces));
	w->node.points = calloc(w->goal.point_count, sizeof(*w->node.points));
	w->node.remote_nics = calloc(w->state.remote_count, sizeof(*w->node.remote_nics));
	compare(w);
	assert_true(find(w, STEP_DETACH, "from_container from lxc1 ingress") > 0);
	assert_true(find(w, STEP_SET_SYSCTLS,
			 "restore net.ipv4.conf.lxc1: forwarding=0 accept_local=0 "
			 "send_redirects=1") > 0);
	assert_int_equal(find(w, STEP_DETACH, "eth0"), -1);
	assert_int_equal(find(w, STEP_SET_SYSCTLS, "restore net.ipv4.conf.eth0"), -1);
	assert_null(record_find_point(&w->next, "lxc1", ATTACH_INGRESS));
}

static void a_hook_that_is_no_longer_wanted_is_detached(void **state)
{
	struct world *w = *state;

	make_applied(w);
	memmove(&w->manifest.hooks[0], &w->manifest.hooks[1], 3 * sizeof(w->manifest.hooks[0]));
	w->manifest.hook_count = 3;
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), 0);
	w->goal.bundle_sha256[0] = 'c';
	compare(w);
	assert_true(find(w, STEP_DETACH, "from_netdev from eth0 ingress") > 0);
	assert_int_equal(count(w, STEP_DETACH), 1);
}

static void a_changed_tunnel_port_recreates_the_device_and_loads_again(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->manifest.tunnel_port = 4789;
	compare(w);
	assert_true(find(w, STEP_DELETE_DEVICE, DEVICE_VXLAN) >= 0);
	assert_true(find(w, STEP_DELETE_DEVICE, DEVICE_VXLAN) <
		    find(w, STEP_ADD_DEVICE, DEVICE_VXLAN));
	assert_int_equal(count(w, STEP_LOAD), 1);
	assert_int_equal(find(w, STEP_ADD_DEVICE, DEVICE_HOST), -1);
}

static void another_protocol_takes_another_device(void **state)
{
	struct world *w = *state;

	make_applied(w);
	snprintf(w->manifest.tunnel_protocol, sizeof(w->manifest.tunnel_protocol), "geneve");
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), 0);
	w->node.interfaces[goal_find_interface(&w->goal, DEVICE_GENEVE)] =
		(struct node_interface){ 0 };
	compare(w);
	assert_true(find(w, STEP_ADD_DEVICE, DEVICE_GENEVE) >= 0);
	assert_true(find(w, STEP_ATTACH, "from_overlay to hr_geneve ingress") >= 0);
	assert_true(find(w, STEP_DELETE_DEVICE, DEVICE_VXLAN) >= 0);
	assert_int_equal(count(w, STEP_LOAD), 1);
}

static void routes_of_a_recreated_device_are_added_again_but_not_deleted(void **state)
{
	struct world *w = *state;

	make_applied(w);
	parse_ipv4("10.233.64.2", &w->state.router_ip);
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), 0);
	compare(w);
	assert_true(find(w, STEP_DELETE_DEVICE, DEVICE_HOST) >= 0);
	assert_int_equal(count(w, STEP_DELETE_ROUTE), 0);
	assert_int_equal(count(w, STEP_ADD_ROUTE), 2);
}

static void a_changed_route_is_deleted_before_it_is_added(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->node.routes[1].mtu = 1400;
	compare(w);
	assert_int_equal(w->plan.count, 2);
	assert_int_equal(w->plan.items[0].kind, STEP_DELETE_ROUTE);
	assert_int_equal(w->plan.items[1].kind, STEP_ADD_ROUTE);
}

static void direct_routing_sends_remote_pods_to_their_node(void **state)
{
	struct world *w = *state;
	const struct goal_route *route;

	w->manifest.tunnel = false;
	w->manifest.auto_direct_node_routes = true;
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), 0);
	assert_int_equal(w->goal.route_count, 2);
	route = &w->goal.routes[1];
	assert_string_equal(route->interface, "eth0");
	assert_int_equal(route->route.gateway, w->remote.ip);
	assert_int_equal(route->route.mtu, 0);
	assert_int_equal(goal_find_interface(&w->goal, DEVICE_VXLAN), w->goal.interface_count);
}

static void a_node_of_no_network_of_ours_gets_no_direct_route(void **state)
{
	struct world *w = *state;

	w->manifest.tunnel = false;
	w->manifest.auto_direct_node_routes = true;
	w->remote.device[0] = '\0';
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), 0);
	assert_int_equal(w->goal.route_count, 1);
}

/* An applied node whose record and kernel have the table that the goal asks for. */
static void make_masqueraded(struct world *w)
{
	w->goal.nft = strdup("table");
	w->node.nft = strdup("listing");
	assert_true(w->goal.nft && w->node.nft);
	make_applied(w);
	record_fini(&w->old);
	assert_int_equal(compare_record(&w->goal, &w->node, &w->paths, NULL, &w->old), 0);
	w->old.complete = true;
}

static size_t count_steps(const struct world *w, enum step_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < w->plan.count; i++)
		count += w->plan.items[i].kind == kind;
	return count;
}

static void an_nftables_table_that_is_as_it_was_written_stays(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	compare(w);
	assert_int_equal(count_steps(w, STEP_WRITE_NFT), 0);
	assert_int_equal(count_steps(w, STEP_DELETE_NFT), 0);
}

static void an_nftables_table_is_written_when_it_was_changed(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	w->node.nft[0] = 'L';
	compare(w);
	assert_int_equal(count_steps(w, STEP_WRITE_NFT), 1);
}

static void an_nftables_table_is_written_after_a_run_that_did_not_end(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	w->old.complete = false;
	compare(w);
	assert_int_equal(count_steps(w, STEP_WRITE_NFT), 1);
}

static void an_nftables_table_that_nobody_wants_goes(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	free(w->goal.nft);
	w->goal.nft = NULL;
	compare(w);
	assert_int_equal(count_steps(w, STEP_WRITE_NFT), 0);
	assert_int_equal(count_steps(w, STEP_DELETE_NFT), 1);
}

static void tunnelled_routes_leave_room_for_the_headers(void **state)
{
	struct world *w = *state;

	assert_int_equal(w->goal.route_count, 2);
	assert_string_equal(w->goal.routes[1].interface, DEVICE_HOST);
	assert_int_equal(w->goal.routes[1].route.mtu, 1450);
	assert_int_equal(w->goal.routes[1].route.src, w->state.router_ip);
}

static uint32_t constant(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->goal.constant_count; i++) {
		if (!strcmp(w->goal.constants[i].name, name))
			return w->goal.constants[i].value;
	}
	fail_msg("no constant %s", name);
	return 0;
}

static void check_exclusion(struct world *w, enum snat_exclusion kind, uint32_t addr, uint32_t mask)
{
	goal_fini(&w->goal);
	w->manifest.masquerade.exclusion = kind;
	assert_int_equal(make_goal(w), 0);
	assert_int_equal(constant(w, "node_snat_exclusion_addr"), addr);
	assert_int_equal(constant(w, "node_snat_exclusion_mask"), mask);
}

static void what_is_not_masqueraded_is_a_cidr_the_node_s_own_or_nothing(void **state)
{
	struct world *w = *state;
	struct cidr4 *cidr = &w->manifest.masquerade.exclusion_cidr;

	assert_int_equal(parse_cidr4("10.0.0.0/8", cidr), 0);
	check_exclusion(w, SNAT_EXCLUSION_KEY, cidr->addr, cidr4_mask(8));
	check_exclusion(w, SNAT_EXCLUSION_POD_CIDR, w->state.pod_cidr.addr, cidr4_mask(24));
	check_exclusion(w, SNAT_EXCLUSION_NONE, NODE_SNAT_EXCLUSION_NONE, 0);
}

static void a_nic_that_masquerades_is_written_into_its_map(void **state)
{
	struct world *w = *state;

	compare(w);
	assert_int_equal(find(w, STEP_WRITE_TABLE, "write map hr_devices4"), -1);
	w->goal.interfaces[goal_find_interface(&w->goal, "eth0")].masquerade = w->state.ip;
	compare(w);
	assert_true(find(w, STEP_WRITE_TABLE, "write map hr_devices4: 1 added") >= 0);
}

static void a_hook_on_an_unknown_kind_of_interface_is_refused(void **state)
{
	struct world *w = *state;

	snprintf(w->manifest.hooks[0].interface, sizeof(w->manifest.hooks[0].interface), "cgroup");
	goal_fini(&w->goal);
	assert_int_equal(make_goal(w), -EINVAL);
}

static void a_clsact_that_tc_mode_will_create_is_recorded_beforehand(void **state)
{
	struct world *w = *state;

	w->goal.attach = ATTACH_TC;
	w->node.points[2].has_clsact = true; /* lxc1's is somebody else's */
	compare(w);
	assert_string_equal(w->next.points[2].point.interface, "lxc1");
	assert_false(w->next.points[2].created_clsact);
	assert_true(w->next.points[3].created_clsact);
}

static void a_change_to_tcx_takes_back_the_qdiscs_we_made(void **state)
{
	struct world *w = *state;

	make_applied(w);
	w->old.attach = ATTACH_TC;
	for (size_t i = 0; i < w->old.point_count; i++) {
		w->old.points[i].created_clsact = i != 2;
		w->node.points[i].mode = ATTACH_TC;
		w->node.points[i].has_clsact = true;
	}
	compare(w);
	assert_int_equal(count(w, STEP_ATTACH), 4);
	assert_int_equal(count(w, STEP_REMOVE_CLSACT), 3);
	assert_true(find(w, STEP_REMOVE_CLSACT, "eth0") > find(w, STEP_ATTACH, "eth0"));
	assert_int_equal(find(w, STEP_REMOVE_CLSACT, "lxc1"), -1);
}

static void removing_takes_nics_first_and_the_host_last(void **state)
{
	struct world *w = *state;
	struct release release;

	make_applied(w);
	release = (struct release){ .record = &w->old };
	release_attachments(&release, &w->plan);
	assert_int_equal(w->plan.count, 4);
	assert_true(find(w, STEP_DETACH, "eth0") < find(w, STEP_DETACH, "lxc1"));
	assert_true(find(w, STEP_DETACH, "lxc1") < find(w, STEP_DETACH, DEVICE_VXLAN));
	assert_true(find(w, STEP_DETACH, DEVICE_VXLAN) < find(w, STEP_DETACH, DEVICE_HOST));
}

static void removing_restores_every_recorded_sysctl(void **state)
{
	struct world *w = *state;
	struct release release;

	w->node.all_rp_filter = 1;
	make_applied(w);
	release = (struct release){ .record = &w->old };
	release_sysctls(&release, &w->plan);
	assert_int_equal(w->plan.count, 3);
	assert_true(find(w, STEP_SET_SYSCTLS, "restore net.ipv4.conf.lxc1:") >= 0);
	assert_true(find(w, STEP_SET_SYSCTLS, "restore net.ipv4.conf.eth0: forwarding=0") >= 0);
	assert_true(find(w, STEP_SET_SYSCTLS, "restore net.ipv4.conf.all: rp_filter=1") >= 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_as_the_goal_says_needs_no_step),
		TEST(a_node_as_the_goal_says_keeps_its_record),
		TEST(pods_are_attached_after_the_maps_are_filled_and_nics_last),
		TEST(sysctls_are_recorded_with_the_value_they_had),
		TEST(a_second_run_keeps_the_first_old_value),
		TEST(strict_reverse_path_filtering_on_all_is_switched_off_and_loose_is_left),
		TEST(a_run_that_did_not_end_loads_again),
		TEST(another_bundle_is_loaded_and_keeps_compatible_maps),
		TEST(an_incompatible_map_is_filled_and_pinned_anew),
		TEST(a_program_that_is_not_the_pinned_one_is_replaced),
		TEST(an_attachment_that_needs_repair_is_made_again),
		TEST(a_pod_that_is_no_longer_listed_is_given_back_whole),
		TEST(a_hook_that_is_no_longer_wanted_is_detached),
		TEST(a_changed_tunnel_port_recreates_the_device_and_loads_again),
		TEST(another_protocol_takes_another_device),
		TEST(routes_of_a_recreated_device_are_added_again_but_not_deleted),
		TEST(a_changed_route_is_deleted_before_it_is_added),
		TEST(direct_routing_sends_remote_pods_to_their_node),
		TEST(a_node_of_no_network_of_ours_gets_no_direct_route),
		TEST(an_nftables_table_that_is_as_it_was_written_stays),
		TEST(an_nftables_table_is_written_when_it_was_changed),
		TEST(an_nftables_table_is_written_after_a_run_that_did_not_end),
		TEST(an_nftables_table_that_nobody_wants_goes),
		TEST(tunnelled_routes_leave_room_for_the_headers),
		TEST(what_is_not_masqueraded_is_a_cidr_the_node_s_own_or_nothing),
		TEST(a_nic_that_masquerades_is_written_into_its_map),
		TEST(a_hook_on_an_unknown_kind_of_interface_is_refused),
		TEST(a_clsact_that_tc_mode_will_create_is_recorded_beforehand),
		TEST(a_change_to_tcx_takes_back_the_qdiscs_we_made),
		TEST(removing_takes_nics_first_and_the_host_last),
		TEST(removing_restores_every_recorded_sysctl),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
