// SPDX-License-Identifier: BSD-2-Clause
/* install/compare: in which order maps are written, and which do not fit. */
#include "tests/unit/compare_fixture.h"

#include <netinet/in.h>

#include "install/tables_service.h"

/* A ClusterIP with backends 10.0.0.1 to 10.0.0.<backends>. */
struct test_service {
	struct service service;
	struct service_frontend frontend;
	struct service_backend backends[100];
};

static struct test_service web;

static void serve(struct world *w, size_t backends)
{
	web = (struct test_service){ 0 };
	web.service = (struct service){ .name = "default/web",
					.protocol = IPPROTO_TCP,
					.frontends = &web.frontend,
					.frontend_count = 1,
					.backends = web.backends,
					.backend_count = backends };
	web.frontend = (struct service_frontend){ .ip = htonl(0x0a600001), .port = 80 };
	for (size_t i = 0; i < backends; i++)
		web.backends[i] = (struct service_backend){ .ip = htonl(0x0a000001 + (uint32_t)i),
							    .port = 8080 };
	w->state.services = &web.service;
	w->state.service_count = 1;
	w->state.has_services = true;
}

/* As if the plan had been run. */
static void apply_tables(struct world *w)
{
	for (int id = 0; id < TABLE__COUNT; id++) {
		if (table_is_of_services((enum table_id)id))
			table_fini(&w->node.tables[id]);
	}
	assert_int_equal(tables_add_services(&w->state, &w->goal.serving, w->node.tables), 0);
}

static int plan_fails(struct world *w)
{
	steps_fini(&w->plan);
	return compare_plan(&w->goal, &w->node, &w->old, &w->paths, &w->plan);
}

/* What the step of a map with that change is, and where: -1 for none. */
static int find_write(const struct world *w, const char *map, const char *change)
{
	char text[64];
	int found = -1;

	snprintf(text, sizeof(text), "write map %s: %s", map, change);
	for (size_t i = 0; i < w->plan.count; i++) {
		if (w->plan.items[i].kind == STEP_WRITE_TABLE &&
		    !strcmp(w->plan.items[i].text, text))
			found = (int)i;
	}
	return found;
}

static void services_are_entered_from_the_backends_up(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve(w, 3);
	compare(w);
	assert_int_equal(w->plan.count, 3);
	assert_int_equal(find_write(w, "hr_backends4", "3 added"), 0);
	assert_int_equal(find_write(w, "hr_slots4", "3 added"), 1);
	assert_int_equal(find_write(w, "hr_frontends4", "1 added"), 2);
}

static void a_changed_service_is_entered_whole_before_the_old_goes(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve(w, 3);
	apply_tables(w);
	serve(w, 2);
	compare(w);
	assert_int_equal(w->plan.count, 4);
	assert_int_equal(find_write(w, "hr_slots4", "2 added"), 0);
	assert_int_equal(find_write(w, "hr_frontends4", "1 changed"), 1);
	assert_int_equal(find_write(w, "hr_slots4", "3 removed"), 2);
	assert_int_equal(find_write(w, "hr_backends4", "1 removed"), 3);
}

static void serve_by_maglev(struct world *w, size_t backends, uint32_t seed)
{
	w->goal.serving.maglev = (struct maglev){ .size = 4093, .seed = { seed } };
	w->goal.serving.kinds[FRONTEND_NODE_PORT] = true;
	serve(w, backends);
	web.frontend = (struct service_frontend){ .port = 30080, .kind = FRONTEND_NODE_PORT };
}

static void a_table_of_maglevs_comes_after_its_backends_and_goes_before_them(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve_by_maglev(w, 3, 1);
	apply_tables(w);
	serve_by_maglev(w, 2, 1);
	compare(w);
	assert_int_equal(w->plan.count, 6);
	assert_int_equal(find_write(w, "hr_slots4", "2 added"), 0);
	assert_int_equal(find_write(w, "hr_maglev4", "3 added"), 1);
	assert_int_equal(find_write(w, "hr_frontends4", "1 changed"), 2);
	assert_int_equal(find_write(w, "hr_maglev4", "3 removed"), 3);
	assert_int_equal(find_write(w, "hr_slots4", "3 removed"), 4);
	assert_int_equal(find_write(w, "hr_backends4", "1 removed"), 5);
}

static void one_that_stays_is_not_written_again(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve_by_maglev(w, 3, 1);
	apply_tables(w);
	compare(w);
	assert_int_equal(w->plan.count, 0);
}

/* What goes is taken back by the seed that it was made with. */
static void another_seed_makes_the_tables_anew_and_nothing_else(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve_by_maglev(w, 3, 1);
	apply_tables(w);
	w->old.services = (struct manifest_services){ .nodeport = true,
						      .algorithm = "maglev",
						      .maglev_size = 4093,
						      .maglev_seed = "AQAAAAAAAAAAAAAA" };
	assert_int_equal(maglev_of(&w->old.services).seed[0], 1);
	serve_by_maglev(w, 3, 2);
	compare(w);
	assert_int_equal(w->plan.count, 2);
	assert_int_equal(find_write(w, "hr_maglev4", "3 added"), 0);
	assert_int_equal(find_write(w, "hr_maglev4", "3 removed"), 1);
	assert_int_equal(w->plan.items[0].table.maglev.seed[0], 2);
	assert_int_equal(w->plan.items[1].table.maglev.seed[0], 1);
}

static void services_go_from_the_frontends_down(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve(w, 3);
	apply_tables(w);
	w->state.service_count = 0;
	compare(w);
	assert_int_equal(w->plan.count, 3);
	assert_int_equal(find_write(w, "hr_frontends4", "1 removed"), 0);
	assert_int_equal(find_write(w, "hr_slots4", "3 removed"), 1);
	assert_int_equal(find_write(w, "hr_backends4", "3 removed"), 2);
}

static void a_state_without_services_leaves_them_as_they_are(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve(w, 3);
	apply_tables(w);
	w->state.has_services = false;
	w->state.service_count = 0;
	compare(w);
	assert_int_equal(w->plan.count, 0);
}

static void more_than_a_map_holds_is_refused(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve(w, 64);
	assert_int_equal(plan_fails(w), 0);
	serve(w, 65);
	assert_int_equal(plan_fails(w), -E2BIG);
	assert_int_equal(w->plan.count, 0);
}

/* 40 and 40 in a map for 64. */
static void what_fits_only_without_what_it_replaces_is_refused(void **state)
{
	struct world *w = *state;

	make_applied(w);
	serve(w, 40);
	apply_tables(w);
	web.backends[0].port++;
	assert_int_equal(plan_fails(w), -E2BIG);
	serve(w, 32);
	apply_tables(w);
	web.backends[0].port++;
	assert_int_equal(plan_fails(w), 0);
}

static void other_tables_are_written_in_that_order_too(void **state)
{
	struct world *w = *state;
	struct remote_node other = w->remote;

	make_applied(w);
	parse_ipv4("192.168.64.10", &other.ip);
	parse_cidr4("10.233.66.0/24", &other.pod_cidr);
	w->remote = other;
	compare(w);
	assert_true(find_write(w, "hr_nodes4", "1 added") >= 0);
	assert_true(find_write(w, "hr_nodes4", "1 added") <
		    find_write(w, "hr_ipcache4", "1 added"));
	assert_true(find_write(w, "hr_ipcache4", "1 added") <
		    find_write(w, "hr_ipcache4", "1 removed"));
	assert_true(find_write(w, "hr_ipcache4", "1 removed") <
		    find_write(w, "hr_nodes4", "1 removed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(services_are_entered_from_the_backends_up),
		TEST(a_changed_service_is_entered_whole_before_the_old_goes),
		TEST(a_table_of_maglevs_comes_after_its_backends_and_goes_before_them),
		TEST(one_that_stays_is_not_written_again),
		TEST(another_seed_makes_the_tables_anew_and_nothing_else),
		TEST(services_go_from_the_frontends_down),
		TEST(a_state_without_services_leaves_them_as_they_are),
		TEST(more_than_a_map_holds_is_refused),
		TEST(what_fits_only_without_what_it_replaces_is_refused),
		TEST(other_tables_are_written_in_that_order_too),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
