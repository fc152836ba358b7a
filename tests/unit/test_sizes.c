// SPDX-License-Identifier: BSD-2-Clause
/* The sizes of hr_nat4 and hr_sockets4 on nodes of different memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "install/sizes.h"

#define GIB (UINT64_C(1) << 30)
#define COMPILED 524288

static struct manifest_object objects[2];
static struct manifest manifest;

static void add_size(const char *name, int64_t entries, int64_t scaled, int64_t min)
{
	struct manifest_map_size *size = &manifest.map_sizes[manifest.map_size_count++];

	*size = (struct manifest_map_size){
		.entries = entries, .ratio = 0.0025, .scaled = scaled, .min = min
	};
	snprintf(size->name, sizeof(size->name), "%s", name);
	snprintf(size->formula, sizeof(size->formula), "%s", scaled ? "as it says" : "");
}

static void set_up_manifest(int64_t ct_tcp, int64_t ct_any, int64_t nat)
{
	manifest = (struct manifest){ .objects = objects, .object_count = 2 };
	for (size_t i = 0; i < 2; i++) {
		objects[i].needs.map_count = 2;
		objects[i].needs.maps[0] =
			(struct object_map){ .name = "hr_nodes4", .max_entries = 7 };
		objects[i].needs.maps[1] =
			(struct object_map){ .name = "hr_nat4", .max_entries = COMPILED };
	}
	add_size("ct-tcp", ct_tcp, ct_tcp ? 0 : 524288, 131072);
	add_size("ct-any", ct_any, ct_any ? 0 : 262144, 65536);
	add_size("nat", nat, nat ? 0 : 524288, 131072);
}

static void expect_at(uint64_t bytes, unsigned int cpus, uint32_t entries)
{
	const struct map_memory memory = { .bytes = bytes, .cpus = cpus };

	sizes_fit(&manifest, &memory);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(objects[i].needs.maps[0].max_entries, 7);
		assert_int_equal(objects[i].needs.maps[1].max_entries, entries);
	}
}

static void expect(uint64_t bytes, uint32_t entries)
{
	expect_at(bytes, 3, entries);
}

static void it_follows_the_memory(void **state)
{
	(void)state;
	set_up_manifest(0, 0, 0);
	expect(16 * GIB, 150700);
	expect(30 * GIB, 282563);
	expect(64 * GIB, 602802);
	expect(240 * GIB, 2260509);
	expect(13 * GIB, 131072);
	expect(14 * GIB, 131863);
	expect(GIB, 131072);
	expect(100000 * GIB, 16777216);
}

static void it_is_at_most_two_thirds_of_the_connections(void **state)
{
	(void)state;
	set_up_manifest(2048, 2048, 0);
	expect(16 * GIB, 2730);
}

static void with_a_distributed_lru_it_is_a_multiple_of_the_cpus(void **state)
{
	(void)state;
	set_up_manifest(0, 0, 0);
	for (size_t i = 0; i < manifest.map_size_count; i++)
		manifest.map_sizes[i].multiple_of_cpus = true;
	expect_at(16 * GIB, 0, COMPILED);
	expect_at(16 * GIB, 1, 150700);
	expect_at(16 * GIB, 3, 150702);
	expect_at(GIB, 3, 131073);
	expect_at(100000 * GIB, 3, 16777215);
}

static void a_size_of_a_key_stays(void **state)
{
	(void)state;
	set_up_manifest(0, 0, COMPILED);
	expect(16 * GIB, COMPILED);
}

static void without_memory_or_sizes_it_stays_as_compiled(void **state)
{
	(void)state;
	set_up_manifest(0, 0, 0);
	expect(0, COMPILED);
	manifest.map_size_count = 0;
	expect(16 * GIB, COMPILED);
}

static void the_map_of_sockets_follows_the_memory_too(void **state)
{
	struct object_map *sockets = &objects[1].needs.maps[2];

	(void)state;
	set_up_manifest(0, 0, 0);
	objects[1].needs.map_count = 3;
	*sockets = (struct object_map){ .name = "hr_sockets4", .max_entries = COMPILED };
	expect(16 * GIB, 150700);
	assert_int_equal(sockets->max_entries, COMPILED);
	add_size("sock-rev", 0, 262144, 65536);
	expect(16 * GIB, 150700);
	assert_int_equal(sockets->max_entries, 75350);
	expect(GIB, 131072);
	assert_int_equal(sockets->max_entries, 65536);
}

static void a_size_of_a_key_stays_for_sockets(void **state)
{
	struct object_map *sockets = &objects[1].needs.maps[2];

	(void)state;
	set_up_manifest(0, 0, 0);
	objects[1].needs.map_count = 3;
	*sockets = (struct object_map){ .name = "hr_sockets4", .max_entries = COMPILED };
	add_size("sock-rev", COMPILED, 0, 65536);
	expect(16 * GIB, 150700);
	assert_int_equal(sockets->max_entries, COMPILED);
}

static void ratios_that_make_no_sense_are_cut(void **state)
{
	(void)state;
	assert_int_equal(map_size_budget(UINT64_MAX, -1e300), 0);
	assert_int_equal(map_size_budget(GIB, 1e300), GIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_follows_the_memory),
		cmocka_unit_test(it_is_at_most_two_thirds_of_the_connections),
		cmocka_unit_test(with_a_distributed_lru_it_is_a_multiple_of_the_cpus),
		cmocka_unit_test(a_size_of_a_key_stays),
		cmocka_unit_test(the_map_of_sockets_follows_the_memory_too),
		cmocka_unit_test(a_size_of_a_key_stays_for_sockets),
		cmocka_unit_test(ratios_that_make_no_sense_are_cut),
		cmocka_unit_test(without_memory_or_sizes_it_stays_as_compiled),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sizes", tests, NULL, NULL);
}
