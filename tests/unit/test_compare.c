// SPDX-License-Identifier: BSD-2-Clause
/*
 * install/{goal,compare,release}: what is done to a node, and in which order, decided on plain structs: a fake
 * manifest, state and node, no kernel.
 */
#include "tests/unit/compare_fixture.h"

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

static void a_record_tells_the_routes_that_are_there_from_any_others(void **state)
{
	struct world *w = *state;

	make_applied(w);
	compare(w);
	assert_string_equal(w->next.routes, w->old.routes);
	w->node.routes[1].mtu = 1400;
	compare(w);
	assert_string_not_equal(w->next.routes, w->old.routes);
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

static void tunnelled_routes_leave_room_for_the_headers(void **state)
{
	struct world *w = *state;

	assert_int_equal(w->goal.route_count, 2);
	assert_string_equal(w->goal.routes[1].interface, DEVICE_HOST);
	assert_int_equal(w->goal.routes[1].route.mtu, 1450);
	assert_int_equal(w->goal.routes[1].route.src, w->state.router_ip);
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
		TEST(a_record_tells_the_routes_that_are_there_from_any_others),
		TEST(direct_routing_sends_remote_pods_to_their_node),
		TEST(a_node_of_no_network_of_ours_gets_no_direct_route),
		TEST(tunnelled_routes_leave_room_for_the_headers),
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
