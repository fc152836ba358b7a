// SPDX-License-Identifier: BSD-2-Clause
/* What is ours on an interface and what is not: foreign programs, hidden and stale pins, namesakes. */
#include "install/attach_survey.h"

#include "tests/bpf/counter.h"

static void a_switch_that_was_interrupted_is_seen_and_finished(void **state)
{
	struct counter c;

	(void)state;
	own_open(&c);
	set(&lo_ingress, ATTACH_TCX, &c, false);
	foreign_filter_add(&c, ATTACH_TC_HANDLE, ATTACH_TC_PRIORITY);
	assert_true(query(&lo_ingress).needs_repair);
	assert_int_equal(query(&lo_ingress).foreign, 0);
	set(&lo_ingress, ATTACH_TCX, &c, false);
	assert_held(&lo_ingress, ATTACH_TCX, &c);
	assert_int_equal(filter_count("ingress"), 0);
	counter_close(&c);
}

static void foreign_programs_are_counted_and_left_alone(void **state)
{
	struct counter own, filter, link;
	int link_fd;

	(void)state;
	own_open(&own);
	counter_open(&filter, "their_filter", "their_map", TCX_NEXT);
	counter_open(&link, "their_link", "their_map", TCX_NEXT);
	foreign_filter_add(&filter, 1, 2);
	foreign_filter_add(&filter, 1, ATTACH_TC_PRIORITY);
	assert_int_equal(tcx_link_create(link.prog_fd, LO_IFINDEX, TCX_INGRESS, &link_fd), 0);
	assert_int_equal(query(&lo_ingress).foreign, 3);
	assert_false(query(&lo_ingress).is_attached);
	assert_int_equal(query(&lo_egress).foreign, 0);
	set(&lo_ingress, ATTACH_TC, &own, false);
	assert_held(&lo_ingress, ATTACH_TC, &own);
	set(&lo_ingress, ATTACH_TCX, &own, false);
	assert_int_equal(query(&lo_ingress).foreign, 3);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(query(&lo_ingress).foreign, 3);
	send_datagrams(1);
	assert_int_equal(counter_value(&link), 1);
	assert_int_equal(counter_value(&filter), 2);
	assert_int_equal(counter_value(&own), 0);
	close(link_fd);
	counter_close(&own);
	counter_close(&filter);
	counter_close(&link);
}

static void clsact_stays_as_long_as_a_foreign_filter_is_on_either_side(void **state)
{
	struct counter own, other;

	(void)state;
	own_open(&own);
	counter_open(&other, "their_filter", "their_map", TCX_NEXT);
	set(&lo_egress, ATTACH_TC, &own, true);
	foreign_filter_add(&other, 1, 7);
	assert_int_equal(attach_clear(LINKS, &lo_egress), 0);
	assert_int_equal(attach_clsact_remove(LO_IFINDEX, "lo"), 0);
	assert_true(lo_has_clsact());
	assert_int_equal(filter_count("ingress"), 1);
	assert_int_equal(sandbox_run("tc", "filter", "del", "dev", "lo", "ingress"), 0);
	assert_int_equal(attach_clsact_remove(LO_IFINDEX, "lo"), 0);
	assert_false(lo_has_clsact());
	assert_int_equal(attach_clsact_remove(LO_IFINDEX, "lo"), 0);
	counter_close(&own);
	counter_close(&other);
}

static void a_program_of_our_name_without_our_map_is_foreign(void **state)
{
	struct counter namesake;

	(void)state;
	counter_open(&namesake, "from_test", "their_map", TCX_NEXT);
	foreign_filter_add(&namesake, ATTACH_TC_HANDLE, ATTACH_TC_PRIORITY);
	assert_false(query(&lo_ingress).is_attached);
	assert_int_equal(query(&lo_ingress).foreign, 1);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(filter_count("ingress"), 1);
	counter_close(&namesake);
}

static void a_program_with_our_map_under_another_name_is_foreign(void **state)
{
	struct counter sibling;

	(void)state;
	counter_open(&sibling, "from_sibling", ATTACH_OWN_MAP, TCX_NEXT);
	foreign_filter_add(&sibling, ATTACH_TC_HANDLE, ATTACH_TC_PRIORITY);
	assert_false(query(&lo_ingress).is_attached);
	assert_int_equal(query(&lo_ingress).foreign, 1);
	counter_close(&sibling);
}

static void a_foreign_filter_in_our_place_is_busy_and_survives(void **state)
{
	struct counter own, namesake;
	bool created;

	(void)state;
	own_open(&own);
	counter_open(&namesake, "from_test", "their_map", TCX_NEXT);
	foreign_filter_add(&namesake, ATTACH_TC_HANDLE, ATTACH_TC_PRIORITY);
	assert_int_equal(attach_set(LINKS, &lo_ingress, ATTACH_TC, own.prog_fd, &created), -EBUSY);
	send_datagrams(1);
	assert_int_equal(counter_value(&namesake), 1);
	counter_close(&own);
	counter_close(&namesake);
}

static void another_classifier_on_our_priority_is_busy_and_survives(void **state)
{
	char out[SANDBOX_OUTPUT_MAX];
	struct counter own;
	bool created;

	(void)state;
	own_open(&own);
	assert_int_equal(sandbox_run("tc", "qdisc", "add", "dev", "lo", "clsact"), 0);
	if (sandbox_run("tc", "filter", "add", "dev", "lo", "ingress", "prio", "1", "protocol",
			"ip", "u32", "match", "u32", "0", "0", "flowid", "1:1"))
		sandbox_skip("no u32 classifier");
	assert_int_equal(attach_set(LINKS, &lo_ingress, ATTACH_TC, own.prog_fd, &created), -EBUSY);
	assert_false(created);
	sandbox_output(out, "tc", "filter", "show", "dev", "lo", "ingress");
	assert_non_null(strstr(out, "u32"));
	counter_close(&own);
}

static void a_link_whose_pin_is_hidden_is_recognised_and_pinned_again(void **state)
{
	struct counter a, b;
	uint32_t link_id;
	struct tcx_list list;

	(void)state;
	own_open(&a);
	own_open(&b);
	set(&lo_ingress, ATTACH_TCX, &a, false);
	link_id = pinned_link_id("lo_ingress");
	assert_int_equal(sandbox_mount_bpffs(), 0);
	assert_int_equal(pinned_link_id("lo_ingress"), 0);
	assert_true(query(&lo_ingress).is_attached);
	assert_true(query(&lo_ingress).needs_repair);
	set(&lo_ingress, ATTACH_TCX, &b, false);
	assert_int_equal(pinned_link_id("lo_ingress"), link_id);
	assert_int_equal(tcx_query(LO_IFINDEX, TCX_INGRESS, &list), 0);
	assert_int_equal(list.count, 1);
	assert_held(&lo_ingress, ATTACH_TCX, &b);
	assert_int_equal(attach_clear(LINKS, &lo_ingress), 0);
	assert_int_equal(tcx_query(LO_IFINDEX, TCX_INGRESS, &list), 0);
	assert_int_equal(list.count, 0);
	counter_close(&a);
	counter_close(&b);
}

static void a_stale_pin_of_a_deleted_interface_is_replaced(void **state)
{
	struct attach_point point;
	struct counter c;
	uint32_t stale;

	(void)state;
	own_open(&c);
	veth_add("lxc1", &point);
	set(&point, ATTACH_TCX, &c, false);
	stale = pinned_link_id("lxc1_ingress");
	assert_int_equal(sandbox_run("ip", "link", "del", "lxc1"), 0);
	assert_false(query(&point).is_attached);
	veth_add("lxc1", &point);
	assert_false(query(&point).is_attached);
	assert_int_equal(pinned_link_id("lxc1_ingress"), stale);
	set(&point, ATTACH_TCX, &c, false);
	assert_int_not_equal(pinned_link_id("lxc1_ingress"), stale);
	assert_held(&point, ATTACH_TCX, &c);
	assert_int_equal(attach_clear(LINKS, &point), 0);
	counter_close(&c);
}

static void an_interface_that_is_gone_is_cleared_with_its_pin(void **state)
{
	struct attach_point point;
	struct counter c;
	bool created;

	(void)state;
	own_open(&c);
	veth_add("lxc1", &point);
	set(&point, ATTACH_TCX, &c, false);
	assert_int_equal(sandbox_run("ip", "link", "del", "lxc1"), 0);
	assert_int_equal(attach_set(LINKS, &point, ATTACH_TCX, c.prog_fd, &created), -ENODEV);
	assert_int_equal(attach_set(LINKS, &point, ATTACH_TC, c.prog_fd, &created), -ENODEV);
	assert_int_equal(attach_clear(LINKS, &point), 0);
	assert_int_equal(pinned_link_id("lxc1_ingress"), 0);
	assert_int_equal(attach_clsact_remove(point.ifindex, "lxc1"), 0);
	counter_close(&c);
}

static void an_interface_name_with_dots_can_be_pinned(void **state)
{
	struct attach_point point;
	struct counter c;

	(void)state;
	own_open(&c);
	veth_add("eth0.100", &point);
	set(&point, ATTACH_TCX, &c, false);
	assert_int_not_equal(pinned_link_id("eth0%2e100_ingress"), 0);
	assert_held(&point, ATTACH_TCX, &c);
	assert_int_equal(attach_clear(LINKS, &point), 0);
	assert_int_equal(pinned_link_id("eth0%2e100_ingress"), 0);
	counter_close(&c);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		TCX_TEST(a_switch_that_was_interrupted_is_seen_and_finished),
		TCX_TEST(foreign_programs_are_counted_and_left_alone),
		ATTACH_TEST(clsact_stays_as_long_as_a_foreign_filter_is_on_either_side),
		ATTACH_TEST(a_program_of_our_name_without_our_map_is_foreign),
		ATTACH_TEST(a_program_with_our_map_under_another_name_is_foreign),
		ATTACH_TEST(a_foreign_filter_in_our_place_is_busy_and_survives),
		ATTACH_TEST(another_classifier_on_our_priority_is_busy_and_survives),
		TCX_TEST(a_link_whose_pin_is_hidden_is_recognised_and_pinned_again),
		TCX_TEST(a_stale_pin_of_a_deleted_interface_is_replaced),
		TCX_TEST(an_interface_that_is_gone_is_cleared_with_its_pin),
		TCX_TEST(an_interface_name_with_dots_can_be_pinned),
	};

	return attach_main(tests);
}
