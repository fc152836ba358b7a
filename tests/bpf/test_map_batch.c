// SPDX-License-Identifier: BSD-2-Clause
/* install/map_batch on the running kernel: many entries in and out, in maps with batches and without. */
#include "tests/bpf/sandbox.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "common/cleanup.h"
#include "install/maps.h"

#define MANY 10000 /* more than two batches */

/* Types that take keys and values of TABLE_NODES: the last is one for which no kernel has batches. */
static const enum bpf_map_type types[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LPM_TRIE,
					   BPF_MAP_TYPE_DEVMAP_HASH };

/* In a trie the key is the address's last 32 bits, and the table is one with longer keys. */
static enum table_id table_of(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_LPM_TRIE ? TABLE_IPMASQ : TABLE_NODES;
}

static int new_map(enum bpf_map_type type, uint32_t entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	const struct table_def *def = &table_defs[table_of(type)];
	int fd;

	if (type == BPF_MAP_TYPE_LPM_TRIE)
		opts.map_flags = BPF_F_NO_PREALLOC;
	fd = bpf_map_create(type, "test", (uint32_t)def->key_size, (uint32_t)def->value_size,
			    entries, &opts);
	assert_true(fd >= 0);
	return fd;
}

/* A device of a DEVMAP_HASH has to exist: only lo is certain to. */
static void fill(struct table *t, enum bpf_map_type type, uint32_t from, uint32_t to,
		 uint32_t identity)
{
	for (uint32_t i = from; i < to; i++) {
		struct hr_prefix4 prefix = { .len = 32, .addr = i };
		struct hr_ipmasq member = { .pad = identity };
		struct hr_node node = { .identity = 1 };

		if (type == BPF_MAP_TYPE_LPM_TRIE)
			assert_int_equal(table_add(t, TABLE_IPMASQ, &prefix, &member), 0);
		else if (type == BPF_MAP_TYPE_HASH)
			assert_int_equal(table_add(t, TABLE_NODES, &i,
						   &(struct hr_node){ .identity = identity }),
					 0);
		else
			assert_int_equal(table_add(t, TABLE_NODES, &i, &node), 0);
	}
}

static void assert_holds(int fd, enum bpf_map_type type, struct table *want)
{
	struct table have = { 0 };
	struct table_diff diff;

	assert_int_equal(map_dump(fd, table_of(type), &have), 0);
	assert_int_equal(have.count, want->count);
	assert_int_equal(table_diff(want, &have, &diff), 0);
	assert_int_equal(diff.count, 0);
	table_diff_fini(&diff);
	table_fini(&have);
}

/* From before to after and back. */
static void assert_changes(enum bpf_map_type type, uint32_t entries)
{
	_cleanup_close_ int fd = new_map(type, entries);
	struct table none = { 0 }, before = { 0 }, after = { 0 };
	struct table_diff first, second;

	fill(&before, type, 0, MANY, 1);
	fill(&after, type, MANY / 2, MANY, 2);
	fill(&after, type, MANY, MANY + MANY / 2, 1);
	assert_int_equal(table_diff(&before, &none, &first), 0);
	assert_int_equal(table_diff(&after, &before, &second), 0);
	assert_int_equal(map_write_diff(fd, &first), 0);
	assert_holds(fd, type, &before);
	assert_int_equal(map_write_diff(fd, &second), 0);
	assert_holds(fd, type, &after);
	assert_int_equal(map_revert_diff(fd, &second), 0);
	assert_holds(fd, type, &before);
	assert_int_equal(map_revert_diff(fd, &first), 0);
	assert_holds(fd, type, &none);
	table_diff_fini(&first);
	table_diff_fini(&second);
	table_fini(&before);
	table_fini(&after);
}

static void thousands_of_changes_are_made_and_taken_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_changes(types[i], 2 * MANY);
}

static void a_full_map_gets_back_what_it_had(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_close_ int fd = new_map(types[i], 6000);
		struct table none = { 0 }, before = { 0 }, after = { 0 };
		struct table_diff diff;

		fill(&before, types[i], 0, 1000, 1);
		fill(&after, types[i], 500, MANY, 2);
		assert_int_equal(table_diff(&before, &none, &diff), 0);
		assert_int_equal(map_write_diff(fd, &diff), 0);
		table_diff_fini(&diff);
		assert_int_equal(table_diff(&after, &before, &diff), 0);
		assert_true(map_write_diff(fd, &diff) < 0);
		assert_holds(fd, types[i], &before);
		table_diff_fini(&diff);
		table_fini(&before);
		table_fini(&after);
	}
}

static void what_is_gone_already_does_not_keep_the_rest(void **state)
{
	_cleanup_close_ int fd = new_map(BPF_MAP_TYPE_HASH, MANY);
	struct table none = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	fill(&have, BPF_MAP_TYPE_HASH, 0, MANY, 1);
	assert_int_equal(table_diff(&have, &none, &diff), 0);
	assert_int_equal(map_write_diff(fd, &diff), 0);
	table_diff_fini(&diff);
	for (uint32_t i = 0; i < MANY; i += 7)
		assert_int_equal(bpf_map_delete_elem(fd, &i), 0);
	assert_int_equal(table_diff(&none, &have, &diff), 0);
	assert_int_equal(map_write_diff(fd, &diff), 0);
	assert_holds(fd, BPF_MAP_TYPE_HASH, &none);
	table_diff_fini(&diff);
	table_fini(&have);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_changes_are_made_and_taken_back),
		cmocka_unit_test(a_full_map_gets_back_what_it_had),
		cmocka_unit_test(what_is_gone_already_does_not_keep_the_rest),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!sandbox_is_possible(&status))
		return status;
	return cmocka_run_group_tests_name("map_batch", tests, NULL, NULL);
}
