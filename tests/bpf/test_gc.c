// SPDX-License-Identifier: BSD-2-Clause
/* install/gc on maps of this kernel: what has expired goes, the rest stays. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <bpf/bpf.h>
#include <cmocka.h>

#include "bpf-templates/lib/abi.h"
#include "common/cleanup.h"
#include "install/gc.h"
#include "tests/bpf/sandbox.h"

#define NOW 1000
#define MANY 20000 /* more than one batch */

static int new_map(uint32_t value_size, uint32_t entries)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "hr_nat4", sizeof(struct hr_nat_key),
				value_size, entries, NULL);

	assert_true(fd >= 0);
	return fd;
}

static void add(int fd, uint32_t n, uint32_t expires)
{
	struct hr_nat_key key = { .saddr = n, .direction = HR_NAT_INGRESS };
	struct hr_nat value = { .expires = expires };

	assert_int_equal(bpf_map_update_elem(fd, &key, &value, BPF_ANY), 0);
}

static bool has(int fd, uint32_t n)
{
	struct hr_nat_key key = { .saddr = n, .direction = HR_NAT_INGRESS };
	struct hr_nat value;

	return bpf_map_lookup_elem(fd, &key, &value) == 0;
}

/* Three kinds in turn: past, now, not yet. */
static void fill(int fd)
{
	for (uint32_t i = 0; i < MANY; i++)
		add(fd, i, NOW - 1 + i % 3);
}

static void check_filled(int fd, const struct gc_result *result)
{
	assert_int_equal(result->scanned, MANY);
	assert_int_equal(result->deleted, MANY - MANY / 3);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(has(fd, i), i % 3 == 2);
}

static void what_has_expired_goes_and_the_rest_stays(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 4 * MANY);
	struct gc_result result;

	(void)state;
	fill(fd);
	assert_int_equal(gc_map(fd, NOW, &result), 0);
	check_filled(fd, &result);
	assert_int_equal(gc_map(fd, NOW, &result), 0);
	assert_int_equal(result.scanned, MANY / 3);
	assert_int_equal(result.deleted, 0);
}

static void the_same_goes_without_batches(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 4 * MANY);
	struct gc_result result;

	(void)state;
	fill(fd);
	assert_int_equal(gc_map_singly(fd, NOW, 4 * MANY, &result), 0);
	check_filled(fd, &result);
}

static void a_walk_of_single_entries_is_bounded(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 4 * MANY);
	struct gc_result result;

	(void)state;
	fill(fd);
	assert_int_equal(gc_map_singly(fd, NOW, 10, &result), 0);
	assert_int_equal(result.scanned, 10);
}

static void an_empty_map_is_nothing_to_do(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 64);
	struct gc_result result;

	(void)state;
	assert_int_equal(gc_map(fd, NOW, &result), 0);
	assert_int_equal(result.scanned, 0);
}

static void a_map_of_another_version_is_left_alone(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat) + 8, 64);
	struct gc_result result;

	(void)state;
	assert_int_equal(gc_map(fd, NOW, &result), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_expired_goes_and_the_rest_stays),
		cmocka_unit_test(the_same_goes_without_batches),
		cmocka_unit_test(a_walk_of_single_entries_is_bounded),
		cmocka_unit_test(an_empty_map_is_nothing_to_do),
		cmocka_unit_test(a_map_of_another_version_is_left_alone),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!sandbox_is_possible(&status))
		return status;
	return cmocka_run_group_tests_name("gc", tests, NULL, NULL);
}
