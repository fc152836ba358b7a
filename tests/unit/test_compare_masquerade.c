// SPDX-License-Identifier: BSD-2-Clause
/* install/{goal,compare}: what masquerading adds to a goal, and when the nftables table is written or taken away. */
#include "tests/unit/compare_fixture.h"

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

static void an_nftables_table_that_is_as_it_was_written_stays(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	compare(w);
	assert_int_equal(count(w, STEP_WRITE_NFT), 0);
	assert_int_equal(count(w, STEP_DELETE_NFT), 0);
}

static void an_nftables_table_is_written_when_it_was_changed(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	w->node.nft[0] = 'L';
	compare(w);
	assert_int_equal(count(w, STEP_WRITE_NFT), 1);
}

static void an_nftables_table_is_written_after_a_run_that_did_not_end(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	w->old.complete = false;
	compare(w);
	assert_int_equal(count(w, STEP_WRITE_NFT), 1);
}

static void an_nftables_table_that_nobody_wants_goes(void **state)
{
	struct world *w = *state;

	make_masqueraded(w);
	free(w->goal.nft);
	w->goal.nft = NULL;
	compare(w);
	assert_int_equal(count(w, STEP_WRITE_NFT), 0);
	assert_int_equal(count(w, STEP_DELETE_NFT), 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_nftables_table_that_is_as_it_was_written_stays),
		TEST(an_nftables_table_is_written_when_it_was_changed),
		TEST(an_nftables_table_is_written_after_a_run_that_did_not_end),
		TEST(an_nftables_table_that_nobody_wants_goes),
		TEST(what_is_not_masqueraded_is_a_cidr_the_node_s_own_or_nothing),
		TEST(a_nic_that_masquerades_is_written_into_its_map),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("compare_masquerade", tests, NULL, NULL);
}
