// SPDX-License-Identifier: BSD-2-Clause
/* Map sizes by key and by memory; test_verdict_rows compares them with real agents' besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/map_sizes.h"

#define GIB (UINT64_C(1) << 30)

static struct options opts;
static struct map_sizes sizes;

static void set(enum option_id id, const char *value)
{
	const char *why = "";

	assert_int_equal(option_set(&opts, id, value, (struct pos){ "config", 1, 1 }, &why), 0);
}

static void read_at(uint64_t bytes, unsigned int cpus)
{
	struct map_memory memory = { bytes, cpus };

	map_sizes_read(&opts, &memory, &sizes);
}

static int dynamic(void **state)
{
	(void)state;
	options_fini(&opts);
	assert_int_equal(options_init(&opts, CILIUM_1_12), 0);
	set(OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, "0.0025");
	return 0;
}

static void sizes_grow_with_memory(void **state)
{
	(void)state;
	read_at(16 * GIB, 2);
	assert_int_equal(sizes.ct_tcp, 150700);
	assert_int_equal(sizes.ct_any, 75350);
	assert_int_equal(sizes.nat, 150700);
	assert_int_equal(sizes.neigh, 150700);
	assert_int_equal(sizes.sock_rev, 75350);
	read_at(240 * GIB, 2);
	assert_int_equal(sizes.ct_tcp, 2260509);
	assert_int_equal(sizes.ct_any, 1130254);
}

static void small_nodes_get_the_minima_and_huge_ones_the_maximum(void **state)
{
	(void)state;
	read_at(13 * GIB, 2);
	assert_int_equal(sizes.ct_tcp, 131072);
	assert_int_equal(sizes.ct_any, 65536);
	assert_int_equal(sizes.sock_rev, 65536);
	read_at(UINT64_C(1) << 62, 2);
	assert_int_equal(sizes.ct_tcp, 1 << 24);
}

static void a_size_that_is_set_wins_even_if_it_is_the_default(void **state)
{
	(void)state;
	set(OPT_BPF_CT_GLOBAL_TCP_MAX, "524288");
	read_at(16 * GIB, 2);
	assert_int_equal(sizes.ct_tcp, 524288);
	assert_int_equal(sizes.ct_any, 75350);
}

static void nat_and_neighbours_stay_below_small_conntrack_maps(void **state)
{
	(void)state;
	set(OPT_BPF_CT_GLOBAL_TCP_MAX, "2048");
	set(OPT_BPF_CT_GLOBAL_ANY_MAX, "2048");
	read_at(16 * GIB, 2);
	assert_int_equal(sizes.nat, 2730);
	assert_int_equal(sizes.neigh, 2730);
}

static void without_a_ratio_only_the_default_nat_is_reduced(void **state)
{
	(void)state;
	set(OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, "0");
	set(OPT_BPF_CT_GLOBAL_TCP_MAX, "2048");
	set(OPT_BPF_CT_GLOBAL_ANY_MAX, "2048");
	read_at(0, 0);
	assert_int_equal(sizes.nat, 2730);
	assert_int_equal(sizes.neigh, 524288);
	assert_int_equal(sizes.sock_rev, 262144);
}

static void unknown_memory_leaves_sizes_unknown(void **state)
{
	(void)state;
	set(OPT_BPF_CT_GLOBAL_TCP_MAX, "4096");
	read_at(0, 0);
	assert_int_equal(sizes.ct_tcp, 4096);
	assert_int_equal(sizes.ct_any, 0);
	assert_int_equal(sizes.nat, 0);
	assert_int_equal(sizes.policy, 16384);
}

static void what_unknown_memory_could_reduce_is_unknown_too(void **state)
{
	(void)state;
	set(OPT_BPF_NAT_GLOBAL_MAX, "524288");
	read_at(0, 0);
	assert_int_equal(sizes.nat, 0);
	set(OPT_BPF_NAT_GLOBAL_MAX, "524287");
	read_at(0, 0);
	assert_int_equal(sizes.nat, 524287);
}

static void more_memory_than_there_can_be_gives_the_maximum(void **state)
{
	(void)state;
	set(OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, "1.0");
	read_at(UINT64_MAX, 2);
	assert_int_equal(sizes.ct_tcp, 1 << 24);
}

static void only_sizes_that_are_not_set_follow_memory(void **state)
{
	(void)state;
	assert_true(map_size_is_dynamic(&opts, MAP_SIZE_ct_tcp));
	assert_false(map_size_is_dynamic(&opts, MAP_SIZE_lb));
	set(OPT_BPF_CT_GLOBAL_TCP_MAX, "524288");
	assert_false(map_size_is_dynamic(&opts, MAP_SIZE_ct_tcp));
	set(OPT_BPF_SOCK_REV_MAP_MAX, "0");
	assert_true(map_size_is_dynamic(&opts, MAP_SIZE_sock_rev));
	set(OPT_BPF_MAP_DYNAMIC_SIZE_RATIO, "0");
	assert_false(map_size_is_dynamic(&opts, MAP_SIZE_sock_rev));
	read_at(16 * GIB, 2);
	assert_int_equal(map_size_entries(&sizes, MAP_SIZE_ct_any), 262144);
}

static void distributed_lru_rounds_up_to_the_cpus(void **state)
{
	(void)state;
	options_fini(&opts);
	assert_int_equal(options_init(&opts, CILIUM_1_19), 0);
	set(OPT_BPF_DISTRIBUTED_LRU, "true");
	read_at(16 * GIB, 3);
	assert_int_equal(sizes.ct_tcp, 150702);
	read_at(GIB, 3);
	assert_int_equal(sizes.ct_tcp, 131073);
	read_at(UINT64_C(1) << 62, 3);
	assert_int_equal(sizes.ct_tcp, 16777215);
}

#define TEST(name) cmocka_unit_test_setup(name, dynamic)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sizes_grow_with_memory),
		TEST(small_nodes_get_the_minima_and_huge_ones_the_maximum),
		TEST(a_size_that_is_set_wins_even_if_it_is_the_default),
		TEST(nat_and_neighbours_stay_below_small_conntrack_maps),
		TEST(without_a_ratio_only_the_default_nat_is_reduced),
		TEST(unknown_memory_leaves_sizes_unknown),
		TEST(what_unknown_memory_could_reduce_is_unknown_too),
		TEST(more_memory_than_there_can_be_gives_the_maximum),
		TEST(only_sizes_that_are_not_set_follow_memory),
		TEST(distributed_lru_rounds_up_to_the_cpus),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("map_sizes", tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
