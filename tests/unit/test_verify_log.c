// SPDX-License-Identifier: BSD-2-Clause
/* What is read out of verifier logs of several kernels, and out of what is no log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "compiler/verify_log.h"

#define FIGURES                                                                                  \
	"verification time 1017 usec\n"                                                          \
	"stack depth 104+56\n"                                                                   \
	"processed 792 insns (limit 1000000) max_states_per_insn 4 total_states 57 peak_states " \
	"45 "                                                                                    \
	"mark_read 12\n"

static const char rejected[] = "func#0 @0\n"
			       "0: R1=ctx(off=0,imm=0) R10=fp0\n"
			       "; first line @ bpf_lxc.c:7\n"
			       "0: (61) r1 = *(u32 *)(r1 +8)\n"
			       ";   *p = 1; @ bpf_lxc.c:9\n"
			       "1: (61) r1 = *(u32 *)(r1 +0)\n"
			       "R1 invalid mem access 'scalar'\n" FIGURES;

static void figures_are_read(void **state)
{
	struct verify_stats stats;

	(void)state;
	assert_true(verify_log_stats(FIGURES, &stats));
	assert_int_equal(stats.processed, 792);
	assert_int_equal(stats.total_states, 57);
	assert_int_equal(stats.peak_states, 45);
	assert_int_equal(stats.time_us, 1017);
	assert_string_equal(stats.stack, "104+56");
}

static void figures_behind_a_story_are_read_too(void **state)
{
	struct verify_stats stats;

	(void)state;
	assert_true(verify_log_stats(rejected, &stats));
	assert_int_equal(stats.processed, 792);
}

static void what_has_no_figures_gives_none(void **state)
{
	static const char *const logs[] = { "",
					    "\n",
					    "processed",
					    "processed many insns\n",
					    "verification time 12 usec\nstack depth 8\n",
					    "R1 invalid mem access 'inv'\nprocessed 3 insns\n" };
	const struct verify_stats none = { 0 };
	struct verify_stats stats;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		assert_false(verify_log_stats(logs[i], &stats));
		assert_memory_equal(&stats, &none, sizeof(none));
	}
}

static void a_tail_ends_with_the_reason(void **state)
{
	_cleanup_free_ char *tail = NULL;
	const char *reason = "R1 invalid mem access 'scalar'\n";

	(void)state;
	assert_int_equal(verify_log_tail(rejected, &tail), 0);
	assert_string_equal(tail + strlen(tail) - strlen(reason), reason);
	assert_null(strstr(tail, "processed"));
}

static void a_tail_is_bounded_in_lines_and_bytes(void **state)
{
	char many[VERIFY_LOG_TAIL_LINES * 4 + 1] = "", wide[VERIFY_LOG_TAIL_BYTES * 2 + 1];
	_cleanup_free_ char *lines = NULL, *bytes = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(many) - 1; i++)
		many[i] = i % 2 ? '\n' : 'a';
	memset(wide, 'b', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	assert_int_equal(verify_log_tail(many, &lines), 0);
	assert_int_equal(strlen(lines), VERIFY_LOG_TAIL_LINES * 2);
	assert_int_equal(verify_log_tail(wide, &bytes), 0);
	assert_int_equal(strlen(bytes), VERIFY_LOG_TAIL_BYTES);
}

static void control_characters_do_not_reach_a_terminal(void **state)
{
	_cleanup_free_ char *tail = NULL;
	char source[VERIFY_SOURCE_MAX];

	(void)state;
	assert_int_equal(verify_log_tail("a\x1b[2J\r\n", &tail), 0);
	assert_string_equal(tail, "a.[2J.\n");
	verify_log_source("; a\x1b[2J\n", source);
	assert_string_equal(source, "a.[2J");
}

static void the_last_source_line_counts(void **state)
{
	char source[VERIFY_SOURCE_MAX];

	(void)state;
	verify_log_source(rejected, source);
	assert_string_equal(source, "*p = 1; @ bpf_lxc.c:9");
	verify_log_source("0: (95) exit\n", source);
	assert_string_equal(source, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_read),
		cmocka_unit_test(figures_behind_a_story_are_read_too),
		cmocka_unit_test(what_has_no_figures_gives_none),
		cmocka_unit_test(a_tail_ends_with_the_reason),
		cmocka_unit_test(a_tail_is_bounded_in_lines_and_bytes),
		cmocka_unit_test(control_characters_do_not_reach_a_terminal),
		cmocka_unit_test(the_last_source_line_counts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
