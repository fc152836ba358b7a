// SPDX-License-Identifier: BSD-2-Clause
/* install/gc on maps of this kernel: what has expired goes, the rest stays. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
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

static void what_is_refreshed_between_look_and_deletion_stays(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 64);
	const struct hr_nat_key seen[] = { { .saddr = 1, .direction = HR_NAT_INGRESS },
					   { .saddr = 2, .direction = HR_NAT_INGRESS },
					   { .saddr = 3, .direction = HR_NAT_INGRESS } };
	struct gc_result result = { 0 };

	(void)state;
	add(fd, 1, NOW + 1);
	add(fd, 3, NOW);
	assert_int_equal(gc_entries(fd, NOW, seen, ARRAY_SIZE(seen), &result), 0);
	assert_int_equal(result.deleted, 1);
	assert_true(has(fd, 1));
	assert_false(has(fd, 3));
}

/* Refreshes one third of the entries, and lets others come and go, until it is ended. */
static void churn(int fd)
{
	for (uint32_t i = 0;; i = (i + 1) % MANY) {
		struct hr_nat_key key = { .saddr = MANY + i, .direction = HR_NAT_INGRESS };
		struct hr_nat value = { .expires = NOW - 1 + i % 3 };

		if (i % 3 == 2)
			key.saddr = i;
		bpf_map_update_elem(fd, &key, &value, BPF_ANY);
		if (i % 3 == 1)
			bpf_map_delete_elem(fd, &key);
	}
}

static void a_map_that_changes_meanwhile_loses_only_what_has_expired(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 8 * MANY);
	struct gc_result result;
	pid_t child;

	(void)state;
	fill(fd);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		churn(fd);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(gc_map(fd, NOW, &result), 0);
		assert_int_equal(gc_map_singly(fd, NOW, 8 * MANY, &result), 0);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(gc_map(fd, NOW, &result), 0);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(has(fd, i), i % 3 == 2);
}

static void what_the_kernel_refuses_is_an_error(void **state)
{
	const struct hr_nat_key key = { .saddr = 1 };
	struct gc_result result = { 0 };

	(void)state;
	assert_int_equal(gc_entries(-1, NOW, &key, 1, &result), -EBADF);
	assert_int_equal(gc_map_singly(-1, NOW, 64, &result), -EBADF);
	assert_int_equal(result.deleted, 0);
}

static void an_empty_map_is_nothing_to_do(void **state)
{
	_cleanup_close_ int fd = new_map(sizeof(struct hr_nat), 64);
	struct gc_result result;

	(void)state;
	assert_int_equal(gc_map(fd, NOW, &result), 0);
	assert_int_equal(result.scanned, 0);
	assert_int_equal(gc_map_singly(fd, NOW, 64, &result), 0);
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
		cmocka_unit_test(what_is_refreshed_between_look_and_deletion_stays),
		cmocka_unit_test(a_map_that_changes_meanwhile_loses_only_what_has_expired),
		cmocka_unit_test(what_the_kernel_refuses_is_an_error),
		cmocka_unit_test(an_empty_map_is_nothing_to_do),
		cmocka_unit_test(a_map_of_another_version_is_left_alone),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!sandbox_is_possible(&status))
		return status;
	return cmocka_run_group_tests_name("gc", tests, NULL, NULL);
}
