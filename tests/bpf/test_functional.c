// SPDX-License-Identifier: BSD-2-Clause
/*
 * The functional probe on this kernel: what it finds, that it can find the opposite, and that nothing of it
 * survives a kill. Needs root.
 */
#include "probe/functional.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>
#include <net/if.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"
#include "probe/features.h"
#include "probe/functional_prog.h"
#include "tests/skip.h"

#define TAGS 32
#define ROUNDS 20 /* of kills, at most */
#define PAUSES 16
#define PATIENCE_MS 5000

static struct functional result;

static enum tri value_of(enum functional_id id)
{
	return result.items[id].value;
}

static void real_packets_take_the_ways_that_host_routing_uses(void **state)
{
	(void)state;
	functional_probe(&result);
	assert_int_equal(value_of(FUNCTIONAL_REDIRECT_PEER), ANSWER_YES);
	assert_int_equal(value_of(FUNCTIONAL_REDIRECT_NEIGH), ANSWER_YES);
	assert_int_equal(value_of(FUNCTIONAL_VXLAN_PUSH_POP), ANSWER_YES);
}

static void every_check_has_an_answer_and_says_how_it_was_learnt(void **state)
{
	(void)state;
	for (size_t i = 0; i < FUNCTIONAL__COUNT; i++) {
		assert_int_not_equal(result.items[i].value, ANSWER_UNKNOWN);
		assert_int_equal(result.items[i].source, SOURCE_FUNCTIONAL);
		print_message("# %s: %s\n", functional_defs[i].name,
			      tri_name(result.items[i].value));
	}
}

/* Two ways to ask the same: a link on a device that does not exist, and one on a device that does. */
static void a_real_tcx_link_agrees_with_the_feature_probe(void **state)
{
	static struct features features;

	(void)state;
	features_probe(&kernel_live, &features);
	assert_int_equal(value_of(FUNCTIONAL_TCX_LINK), features.items[FEATURE_TCX].value);
}

static void an_unknown_flag_is_refused_and_a_known_one_is_not(void **state)
{
	int known = 1, unknown = 1, neither = 1;

	(void)state;
	assert_int_equal(run_adjust_room(50, PUSH_FLAGS, &known), 0);
	assert_int_equal(run_adjust_room(50, PUSH_FLAGS | 1 << 20, &unknown), 0);
	assert_int_equal(known, 0);
	assert_int_equal(unknown, -EINVAL);
	assert_int_equal(run_fib_lookup(1 << 20, &neither), 0);
	assert_int_equal(neither, -EINVAL);
}

/* In a process of its own, which is left in a namespace that is not the test's. 0: as it should be. */
static int run_apart(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int probe_as_nobody(void)
{
	if (setgid(65534) || setuid(65534))
		return 1;
	functional_probe(&result);
	for (size_t i = 0; i < FUNCTIONAL__COUNT; i++)
		if (result.items[i].value != ANSWER_UNKNOWN || result.items[i].err != EPERM)
			return 2;
	return 0;
}

static void without_privilege_everything_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(run_apart(probe_as_nobody), 0);
}

static int probe_without_processes(void)
{
	const struct rlimit none = { 0, 0 };

	/* The limit on processes does not hold for root. */
	if (setrlimit(RLIMIT_NOFILE, &none))
		return 1;
	functional_probe(&result);
	return result.items[0].value == ANSWER_UNKNOWN && result.items[0].err == EMFILE ? 0 : 2;
}

static void a_probe_that_cannot_start_answers_unknown(void **state)
{
	(void)state;
	assert_int_equal(run_apart(probe_without_processes), 0);
}

static unsigned int interface_count(void)
{
	struct if_nameindex *list = if_nameindex();
	unsigned int n = 0;

	assert_non_null(list);
	while (list[n].if_index)
		n++;
	if_freenameindex(list);
	return n;
}

/* Tags (digests of the instructions) of the program at `wire1`, for whatever number pod0 may have. */
static uint8_t tags[TAGS][BPF_TAG_SIZE];

static void learn_tags(void)
{
	for (unsigned int i = 0; i < TAGS; i++) {
		_cleanup_close_ int fd = program_vxlan_pop(i + 1);
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
		memcpy(tags[i], info.tag, sizeof(info.tag));
	}
}

static bool is_ours(uint32_t id)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	for (unsigned int i = 0; i < TAGS; i++)
		if (!memcmp(info.tag, tags[i], sizeof(info.tag)))
			return true;
	return false;
}

static unsigned int count_programs(void)
{
	unsigned int n = 0;
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		n += is_ours(id);
	return n;
}

static void sleep_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* How long one probe takes here, so that kills are spread over all of it. */
static long probe_ms(void)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	functional_probe(&result);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

/*
 * Kills a process in the middle of its probe, and waits for it and for the one it started. Returns the
 * programs that it had at that moment.
 */
static unsigned int kill_after(long ms)
{
	unsigned int seen;
	pid_t pid = fork();
	int left = 0;

	if (!pid)
		for (;;)
			functional_probe(&result);
	sleep_ms(ms);
	seen = count_programs();
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* The probe's process is the test's now (PR_SET_CHILD_SUBREAPER): it must end by itself. */
	while (left++ < PATIENCE_MS) {
		pid_t ended = waitpid(-1, NULL, WNOHANG);

		if (ended < 0 && errno == ECHILD)
			return seen;
		if (!ended)
			sleep_ms(1);
	}
	fail_msg("a process of the probe still runs %d ms after the kill at %ld ms", PATIENCE_MS,
		 ms);
	return 0;
}

/* With one CPU, a round of kills may miss all the moments at which there are programs: then another, a bit later. */
static void nothing_is_left_when_it_is_killed_at_any_moment(void **state)
{
	unsigned int before = interface_count(), seen = 0, left = 1;
	long whole = probe_ms();

	(void)state;
	learn_tags();
	for (int i = 0; i < PAUSES || (!seen && i < ROUNDS * PAUSES); i++)
		seen += kill_after(whole * (i % PAUSES) / PAUSES + i / PAUSES);
	assert_true(seen > 0);
	assert_int_equal(interface_count(), before);
	/* The kernel takes a namespace and its filters down a moment after its last process. */
	for (int i = 0; i < PATIENCE_MS / 10 && left; i++) {
		sleep_ms(10);
		left = count_programs();
	}
	assert_int_equal(left, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_packets_take_the_ways_that_host_routing_uses),
		cmocka_unit_test(every_check_has_an_answer_and_says_how_it_was_learnt),
		cmocka_unit_test(a_real_tcx_link_agrees_with_the_feature_probe),
		cmocka_unit_test(an_unknown_flag_is_refused_and_a_known_one_is_not),
		cmocka_unit_test(without_privilege_everything_is_unknown),
		cmocka_unit_test(a_probe_that_cannot_start_answers_unknown),
		cmocka_unit_test(nothing_is_left_when_it_is_killed_at_any_moment),
	};

	if (geteuid())
		return skip_all("needs root");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
