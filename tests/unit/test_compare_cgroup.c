// SPDX-License-Identifier: BSD-2-Clause
/* install/{goal,compare,release}: programs at a cgroup, and its mount, on plain structs. */
#include "tests/unit/compare_fixture.h"

#define DIR "/run/cilium/cgroupv2"

static struct node_interface *cgroup(struct world *w)
{
	return &w->node.interfaces[w->goal.interface_count - 1];
}

static void with_call(struct world *w)
{
	goal_fini(&w->goal);
	node_fini(&w->node);
	add_hook(&w->manifest, "connect4", "cgroup", "connect4");
	assert_int_equal(make_goal(w), 0);
	fill_node(w);
	w->node.cgroup_dirs_missing = 2;
}

/* As hrinstall leaves it: mounted, and attached by a link. */
static void make_applied_with_call(struct world *w)
{
	with_call(w);
	make_applied(w);
	cgroup(w)->exists = true;
	w->node.points[w->goal.point_count - 1].mode = ATTACH_CGROUP;
	w->node.cgroup_dirs_missing = 0;
}

static void a_missing_cgroup_is_mounted_and_attached_to_last(void **state)
{
	struct world *w = *state;
	const struct step *mount, *attach;
	int at;

	with_call(w);
	compare(w);
	at = find(w, STEP_MOUNT_CGROUP, "mount cgroup v2 at " DIR);
	assert_true(at >= 0 && at < find(w, STEP_LOAD, "5 programs"));
	mount = &w->plan.items[at];
	assert_string_equal(mount->cgroup.dir, DIR);
	assert_int_equal(mount->cgroup.made, 2);
	at = find(w, STEP_ATTACH, "connect4 to cgroup connect4 (link)");
	assert_true(at > find(w, STEP_ATTACH, "from_netdev"));
	attach = &w->plan.items[at];
	assert_string_equal(attach->attach.cgroup, DIR);
	assert_int_equal(attach->attach.mode, ATTACH_CGROUP);
	assert_true(w->next.cgroup.mounted);
	assert_int_equal(w->next.cgroup.made, 2);
}

static void a_cgroup_that_is_there_is_nobodys_to_unmount(void **state)
{
	struct world *w = *state;

	with_call(w);
	cgroup(w)->exists = true;
	compare(w);
	assert_int_equal(count(w, STEP_MOUNT_CGROUP), 0);
	assert_string_equal(w->next.cgroup.dir, DIR);
	assert_false(w->next.cgroup.mounted);
}

static void what_is_in_place_needs_no_step_and_keeps_its_record(void **state)
{
	struct world *w = *state;

	make_applied_with_call(w);
	assert_int_equal(w->old.cgroup.made, 2);
	compare(w);
	if (w->plan.count)
		fail_msg("would %s", w->plan.items[0].text);
	assert_true(w->next.cgroup.mounted);
	assert_int_equal(w->next.cgroup.made, 2);
}

static void a_bundle_without_calls_gives_the_cgroup_back(void **state)
{
	struct world *w = *state;
	int detach;

	make_applied_with_call(w);
	goal_fini(&w->goal);
	w->manifest.hook_count--;
	assert_int_equal(make_goal(w), 0);
	compare(w);
	detach = find(w, STEP_DETACH, "connect4 from cgroup connect4");
	assert_true(detach >= 0);
	assert_string_equal(w->plan.items[detach].attach.cgroup, DIR);
	assert_true(find(w, STEP_UNMOUNT_CGROUP, DIR) > detach);
	assert_string_equal(w->next.cgroup.dir, "");
}

static void another_directory_is_attached_to_and_the_old_one_unmounted(void **state)
{
	struct world *w = *state;

	make_applied_with_call(w);
	w->goal.cgroup = "/sys/fs/cgroup";
	w->node.points[w->goal.point_count - 1].is_attached = false;
	compare(w);
	assert_string_equal(w->plan.items[find(w, STEP_ATTACH, "connect4 to cgroup")].attach.cgroup,
			    "/sys/fs/cgroup");
	assert_int_equal(count(w, STEP_DETACH), 0);
	assert_int_equal(count(w, STEP_MOUNT_CGROUP), 0);
	assert_true(find(w, STEP_UNMOUNT_CGROUP, DIR) > find(w, STEP_ATTACH, "connect4"));
	assert_false(w->next.cgroup.mounted);
}

static void a_call_at_an_interface_or_a_side_of_a_cgroup_makes_no_sense(void **state)
{
	struct world *w = *state;

	goal_fini(&w->goal);
	add_hook(&w->manifest, "connect4", "host", "connect4");
	assert_int_equal(make_goal(w), -EINVAL);
	w->manifest.hook_count--;
	add_hook(&w->manifest, "connect4", "cgroup", "ingress");
	assert_int_equal(make_goal(w), -EINVAL);
}

static void the_cookie_of_the_network_namespace_is_two_constants(void **state)
{
	struct world *w = *state;
	const struct goal_constant *last;

	goal_set_netns(&w->goal, UINT64_C(0x123456789));
	last = &w->goal.constants[w->goal.constant_count - 2];
	assert_string_equal(last[0].name, "node_netns_low");
	assert_int_equal(last[0].value, 0x23456789);
	assert_string_equal(last[1].name, "node_netns_high");
	assert_int_equal(last[1].value, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_missing_cgroup_is_mounted_and_attached_to_last),
		TEST(a_cgroup_that_is_there_is_nobodys_to_unmount),
		TEST(what_is_in_place_needs_no_step_and_keeps_its_record),
		TEST(a_bundle_without_calls_gives_the_cgroup_back),
		TEST(another_directory_is_attached_to_and_the_old_one_unmounted),
		TEST(a_call_at_an_interface_or_a_side_of_a_cgroup_makes_no_sense),
		TEST(the_cookie_of_the_network_namespace_is_two_constants),
	};

	log_init("test", LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
