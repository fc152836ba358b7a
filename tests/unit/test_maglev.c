// SPDX-License-Identifier: BSD-2-Clause
/* install/maglev and config/maglev: the tables, and what they are made by. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "config/maglev.h"
#include "install/maglev.h"

#define SEED "JLfvgnHc2kaSUFaI"
#define MOVED_MAX_PERCENT 2

static const uint32_t sizes[] = { 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071 };

static struct maglev with(uint32_t size, const char *seed)
{
	struct manifest_services s = { .nodeport = true,
				       .algorithm = "maglev",
				       .maglev_size = size };

	snprintf(s.maglev_seed, sizeof(s.maglev_seed), "%s", seed);
	return maglev_of(&s);
}

/* 10.233.64.1:8080 and so on. */
static struct hr_slot *backends(size_t count)
{
	struct hr_slot *slots = calloc(count, sizeof(*slots));

	assert_non_null(slots);
	for (size_t i = 0; i < count; i++)
		slots[i] = (struct hr_slot){ .addr = htonl(0x0ae94001 + (uint32_t)i),
					     .port = htons(8080) };
	return slots;
}

/* The address of the backend of each entry, which the caller frees. */
static uint32_t *choices(const struct maglev *m, const struct hr_slot *slots, size_t count)
{
	struct hr_maglev *table = calloc(maglev_pieces(m), sizeof(*table));
	uint32_t *out = calloc(m->size, sizeof(*out));

	assert_true(table && out);
	assert_int_equal(maglev_fill(m, slots, count, table), 0);
	for (uint32_t i = 0; i < m->size; i++) {
		uint16_t slot = table[i / HR_MAGLEV_PIECE].slots[i % HR_MAGLEV_PIECE];

		assert_true(slot < count);
		out[i] = slots[slot].addr;
	}
	free(table);
	return out;
}

static uint32_t share(const struct maglev *m, const uint32_t *choice, uint32_t addr)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->size; i++)
		n += choice[i] == addr;
	return n;
}

/* They take turns, so nobody has more than one entry more than others. */
static void every_backend_has_the_same_share(void **state)
{
	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct maglev m = with(sizes[s], SEED);
		_cleanup_free_ struct hr_slot *slots = backends(100);
		_cleanup_free_ uint32_t *choice = choices(&m, slots, 100);

		for (size_t i = 0; i < 100; i++)
			assert_in_range(share(&m, choice, slots[i].addr), sizes[s] / 100,
					sizes[s] / 100 + 1);
	}
}

static void the_order_of_the_backends_does_not_count(void **state)
{
	struct maglev m = with(16381, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(100), *other = backends(100);
	_cleanup_free_ uint32_t *one = choices(&m, slots, 100), *two = NULL, *three = NULL;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		other[i] = slots[99 - i];
	two = choices(&m, other, 100);
	for (size_t i = 0; i < 100; i++)
		other[i] = slots[i * 37 % 100];
	three = choices(&m, other, 100);
	assert_memory_equal(one, two, m.size * sizeof(*one));
	assert_memory_equal(one, three, m.size * sizeof(*one));
}

/* Every one of 100, each time without it. */
static void a_backend_that_goes_moves_few_flows_of_others(void **state)
{
	struct maglev m = with(MAGLEV_SIZE_DEFAULT, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(100), *rest = backends(100);
	_cleanup_free_ uint32_t *before = choices(&m, slots, 100);

	(void)state;
	for (size_t gone = 0; gone < 100; gone++) {
		_cleanup_free_ uint32_t *after = NULL;
		uint32_t moved = 0;

		memcpy(rest, slots, gone * sizeof(*rest));
		memcpy(rest + gone, slots + gone + 1, (99 - gone) * sizeof(*rest));
		after = choices(&m, rest, 99);
		for (uint32_t i = 0; i < m.size; i++) {
			assert_int_not_equal(after[i], slots[gone].addr);
			moved += before[i] != slots[gone].addr && before[i] != after[i];
		}
		if (moved * 100 >= m.size * MOVED_MAX_PERCENT)
			fail_msg("without backend %zu %u of %u entries moved", gone, moved, m.size);
	}
}

static void one_backend_has_it_all(void **state)
{
	struct maglev m = with(251, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(1);
	_cleanup_free_ uint32_t *choice = choices(&m, slots, 1);

	(void)state;
	assert_int_equal(share(&m, choice, slots[0].addr), 251);
}

static void of_more_backends_than_entries_each_entry_has_another(void **state)
{
	struct maglev m = with(251, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(1000);
	_cleanup_free_ uint32_t *choice = choices(&m, slots, 1000);
	uint32_t used = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		used += share(&m, choice, slots[i].addr);
	assert_int_equal(used, 251);
	for (size_t i = 0; i < 1000; i++)
		assert_in_range(share(&m, choice, slots[i].addr), 0, 1);
}

static void a_backend_that_is_there_twice_counts_once(void **state)
{
	struct maglev m = with(1021, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(3), *twice = backends(5);
	_cleanup_free_ uint32_t *once = choices(&m, slots, 3), *choice = NULL;

	(void)state;
	twice[3] = twice[0];
	twice[4] = twice[0];
	choice = choices(&m, twice, 5);
	assert_memory_equal(once, choice, m.size * sizeof(*once));
}

static void backends_of_one_address_are_told_apart_by_their_ports(void **state)
{
	struct maglev m = with(1021, SEED);
	struct hr_slot slots[] = { { .addr = htonl(0x0ae94001), .port = htons(1) },
				   { .addr = htonl(0x0ae94001), .port = htons(2) } };
	struct hr_maglev table[1];
	uint32_t second = 0;

	(void)state;
	assert_int_equal(maglev_fill(&m, slots, 2, table), 0);
	for (uint32_t i = 0; i < m.size; i++)
		second += table[0].slots[i];
	assert_in_range(second, 510, 511);
}

/* Nine of ten entries of two tables that have nothing to do with each other differ. */
static void another_seed_makes_another_table(void **state)
{
	static const char *const seeds[] = { "KLfvgnHc2kaSUFaI", "JLfvgnHd2kaSUFaI",
					     "JLfvgnHc2kaSUFaJ" };
	struct maglev m = with(4093, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(10);
	_cleanup_free_ uint32_t *usual = choices(&m, slots, 10);

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(seeds); s++) {
		struct maglev other = with(4093, seeds[s]);
		_cleanup_free_ uint32_t *choice = choices(&other, slots, 10);
		uint32_t differ = 0;

		for (uint32_t i = 0; i < m.size; i++)
			differ += choice[i] != usual[i];
		assert_in_range(differ, 3500, 3900);
		assert_int_not_equal(hr_maglev_variant(m.size, m.seed),
				     hr_maglev_variant(other.size, other.seed));
	}
}

/* Nodes of other versions and machines have to choose alike: what this table is stays as it is. */
static void a_table_is_the_same_for_ever(void **state)
{
	struct maglev m = with(251, SEED);
	_cleanup_free_ struct hr_slot *slots = backends(3);
	struct hr_maglev table[1];
	char text[25] = "";

	(void)state;
	assert_int_equal(maglev_fill(&m, slots, 3, table), 0);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('0' + table[0].slots[i]);
	assert_string_equal(text, "211121210101200021210201");
	for (size_t i = 251; i < HR_MAGLEV_PIECE; i++)
		assert_int_equal(table[0].slots[i], 0);
	assert_int_equal(hr_maglev_variant(m.size, m.seed), 0x53594536);
}

static void a_table_is_in_pieces_of_two_thousand_entries(void **state)
{
	static const uint32_t pieces[] = { 1, 1, 1, 2, 3, 5, 9, 17, 33, 66 };

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct maglev m = with(sizes[s], SEED);

		assert_int_equal(maglev_pieces(&m), pieces[s]);
	}
}

static void a_size_is_one_of_the_agents_primes(void **state)
{
	static const int64_t others[] = { -251, 0, 1, 2, 250, 252, 257, 16383, 131072, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_true(maglev_size_is_valid(sizes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(maglev_size_is_valid(others[i]));
}

/* RFC 4648: "Zm9vYmFy" is "foobar". */
static void a_seed_is_twelve_bytes_in_base64(void **state)
{
	static const char *const others[] = { "",
					      "Zm9vYmFyZm9vYmF",
					      "Zm9vYmFyZm9vYmFyZm9v",
					      "Zm9vYmFyZm9vYmE=",
					      "Zm9vYmFyZm9vYm-y",
					      "Zm9vYmFyZm9vYmF " };
	uint32_t seed[HR_MAGLEV_SEEDS];

	(void)state;
	assert_true(maglev_seed_parse("Zm9vYmFyZm9vYmFy", seed));
	assert_int_equal(seed[0], 0x626f6f66); /* "foob" */
	assert_int_equal(seed[1], 0x6f667261); /* "arfo" */
	assert_int_equal(seed[2], 0x7261626f); /* "obar" */
	assert_true(maglev_seed_parse("++++////0000AAAA", seed));
	assert_int_equal(seed[0], 0xffbeeffb);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_false(maglev_seed_parse(others[i], seed));
		assert_int_equal(seed[0] | seed[1] | seed[2], 0);
	}
}

static void there_are_tables_only_where_they_are_asked_for(void **state)
{
	struct manifest_services s = {
		.nodeport = true, .algorithm = "maglev", .maglev_size = 251, .maglev_seed = SEED
	};

	(void)state;
	assert_int_equal(maglev_of(&s).size, 251);
	s.nodeport = false;
	assert_int_equal(maglev_of(&s).size, 0);
	s.nodeport = true;
	snprintf(s.algorithm, sizeof(s.algorithm), "random");
	assert_int_equal(maglev_of(&s).size, 0);
	snprintf(s.algorithm, sizeof(s.algorithm), "maglev");
	s.maglev_size = 250; /* a manifest that somebody has written */
	assert_int_equal(maglev_of(&s).size, 0);
	s.maglev_size = 251;
	s.maglev_seed[0] = '\0';
	assert_int_equal(maglev_of(&s).size, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_backend_has_the_same_share),
		cmocka_unit_test(the_order_of_the_backends_does_not_count),
		cmocka_unit_test(a_backend_that_goes_moves_few_flows_of_others),
		cmocka_unit_test(one_backend_has_it_all),
		cmocka_unit_test(of_more_backends_than_entries_each_entry_has_another),
		cmocka_unit_test(a_backend_that_is_there_twice_counts_once),
		cmocka_unit_test(backends_of_one_address_are_told_apart_by_their_ports),
		cmocka_unit_test(another_seed_makes_another_table),
		cmocka_unit_test(a_table_is_the_same_for_ever),
		cmocka_unit_test(a_table_is_in_pieces_of_two_thousand_entries),
		cmocka_unit_test(a_size_is_one_of_the_agents_primes),
		cmocka_unit_test(a_seed_is_twelve_bytes_in_base64),
		cmocka_unit_test(there_are_tables_only_where_they_are_asked_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
