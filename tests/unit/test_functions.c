// SPDX-License-Identifier: BSD-2-Clause
/* Which functions a program takes along, from objects that clang's assembler makes: every instruction is written here. */
#include "probe/functions.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/log.h"
#include "probe/bpf_uapi.h"
#include "probe/needs.h"
#include "probe/object_check.h"
#include "tests/skip.h"

#define FUNCTION(name, body) \
	".type " name ",@function\n" name ":\n" body ".size " name ", .-" name "\n"
#define PROGRAM(name, body) ".section tc,\"ax\",@progbits\n.globl " name "\n" FUNCTION(name, body)
#define TEXT ".text\n"
#define EXIT "r0 = 0\nexit\n"

static char folder[] = "/tmp/test_functions.XXXXXX";
static char source_path[PATH_MAX], object_path[PATH_MAX];
static struct object_needs needs;

/* 0, or -1 when clang is not there or has no BPF target. */
static int assemble(const char *text)
{
	char *argv[] = { "clang",     "-target",   "bpf", "-c",	       "-x",
			 "assembler", source_path, "-o",  object_path, NULL };
	char *environment[] = { NULL };
	pid_t pid;
	int status;

	if (file_write_atomic(source_path, text, strlen(text)) ||
	    posix_spawnp(&pid, "clang", NULL, NULL, argv, environment) ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	return status ? -1 : 0;
}

static int make_folder(void)
{
	log_init("test", LOG_LEVEL_ERROR);
	if (!mkdtemp(folder))
		return -1;
	path_format(source_path, sizeof(source_path), "%s/source.s", folder);
	path_format(object_path, sizeof(object_path), "%s/object.o", folder);
	return assemble(PROGRAM("f", EXIT));
}

static int remove_folder(void **state)
{
	(void)state;
	return dir_remove(folder);
}

/* Of the program `f` of a source: what the reader of an object is told. */
static size_t instructions(const char *text)
{
	assert_int_equal(assemble(text), 0);
	assert_int_equal(needs_read(object_path, &needs), 0);
	for (size_t i = 0; i < needs.program_count; i++) {
		if (!strcmp(needs.programs[i].name, "f"))
			return needs.programs[i].insns;
	}
	fail_msg("no program f");
	return 0;
}

/* What functions_reach() says, without libbpf before it, which refuses some of these itself. */
static int reach(const char *text, const char *section, const char *name)
{
	_cleanup_functions_ struct functions f = { 0 };
	_cleanup_free_ char *image = NULL;
	size_t len;
	int err;

	assert_int_equal(assemble(text), 0);
	assert_int_equal(file_read(object_path, NEEDS_MAX_OBJECT_BYTES, &image, &len), 0);
	assert_int_equal(object_check(image, len), 0);
	err = functions_read(image, len, &f);
	return err ?: functions_reach(&f, section, name);
}

static void a_program_without_calls_is_its_own_instructions(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("f", "r1 = 1\n" EXIT)), 3);
	assert_int_equal(instructions(PROGRAM("f", "call 7\n" EXIT)), 3); /* a helper */
}

static void a_function_that_is_called_counts_once(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("f", "call g\n" EXIT) TEXT FUNCTION("g", EXIT)), 5);
	assert_int_equal(
		instructions(PROGRAM("f", "call g\ncall g\n" EXIT) TEXT FUNCTION("g", EXIT)), 6);
	assert_int_equal(instructions(PROGRAM("f", "call g\n" EXIT) TEXT
				      ".globl g\n" FUNCTION("g", EXIT)),
			 5);
}

static void a_function_that_nobody_calls_does_not_count(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("f", "call g\n" EXIT)
					      TEXT FUNCTION("other", "r1 = 1\n" EXIT)
						      FUNCTION("g", EXIT) FUNCTION("last", EXIT)),
			 5);
}

static void functions_of_functions_count_and_both_may_call_one(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("f", "call g\ncall h\n" EXIT) TEXT FUNCTION(
				 "h", "call i\n" EXIT) FUNCTION("g", "call i\n" EXIT)
					      FUNCTION("i", "r1 = 1\nr1 += 1\n" EXIT)),
			 4 + 3 + 3 + 4);
}

static void a_callback_counts(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("f", "r2 = g ll\ncall 181\n" EXIT) TEXT FUNCTION(
				 "other", EXIT) FUNCTION("g", "r1 = 1\n" EXIT)),
			 2 + 1 + 2 + 3);
}

static void programs_of_one_section_are_counted_each_by_itself(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("e", "call g\n" EXIT) PROGRAM("f", "call h\n" EXIT)
					      TEXT FUNCTION("g", EXIT)
						      FUNCTION("h", "r1 = 1\n" EXIT)),
			 6);
	assert_int_equal(needs.programs[0].insns, 5);
}

static void a_helper_is_a_need_of_programs_that_reach_it(void **state)
{
	size_t helpers = 0;

	(void)state;
	assert_int_equal(
		instructions(PROGRAM(
			"f",
			"call g\n" EXIT) ".section xdp,\"ax\",@progbits\n.globl x\n" FUNCTION("x",
											      EXIT)
				     TEXT FUNCTION("g", "call 7\n" EXIT)),
		6);
	for (size_t i = 0; i < needs.count; i++) {
		if (needs.needs[i].kind != NEED_HELPER)
			continue;
		helpers++;
		assert_int_equal(needs.needs[i].prog_type, BPF_PROG_TYPE_SCHED_CLS);
		assert_int_equal(needs.needs[i].value, BPF_FUNC_get_prandom_u32);
	}
	assert_int_equal(helpers, 1);
}

static void a_circle_of_calls_ends(void **state)
{
	(void)state;
	assert_int_equal(instructions(PROGRAM("f", "call g\n" EXIT) TEXT FUNCTION(
				 "g", "call h\n" EXIT) FUNCTION("h", "call g\n" EXIT)),
			 9);
}

static void what_is_called_must_be_a_function(void **state)
{
	(void)state;
	assert_int_equal(reach(PROGRAM("f", "call g\n" EXIT) TEXT "g:\n" EXIT, "tc", "f"), -EINVAL);
	assert_int_equal(reach(TEXT FUNCTION("f", ".byte 0x85, 0x10, 0, 0\n.long 99\n" EXIT),
			       ".text", "f"),
			 -EINVAL);
	assert_int_equal(reach(TEXT FUNCTION("f", ".byte 0x85, 0x10, 0, 0\n.long -99\n" EXIT),
			       ".text", "f"),
			 -EINVAL);
}

static void a_function_lies_within_its_section(void **state)
{
	(void)state;
	assert_int_equal(reach(PROGRAM("f", EXIT) ".size f, 24\n", "tc", "f"), -EINVAL);
	assert_int_equal(reach(PROGRAM("f", EXIT) ".size f, -8\n", "tc", "f"), -EINVAL);
	assert_int_equal(reach(PROGRAM("f", EXIT) ".size f, 12\n", "tc", "f"), -EINVAL);
	assert_int_equal(reach(PROGRAM("f", EXIT) ".size f, 0\n", "tc", "f"), -EINVAL);
}

static void a_program_is_asked_for_by_section_and_name(void **state)
{
	(void)state;
	assert_int_equal(reach(PROGRAM("f", EXIT), "tc", "f"), 0);
	assert_int_equal(reach(PROGRAM("f", EXIT), "xdp", "f"), -EINVAL);
	assert_int_equal(reach(PROGRAM("f", EXIT), "tc", "g"), -EINVAL);
}

static void more_instructions_than_any_kernel_takes_are_refused(void **state)
{
	(void)state;
	assert_int_equal(reach(PROGRAM("f", ".fill 499999, 8, 0xb7\ncall g\n")
				       TEXT FUNCTION("g", ".fill 500000, 8, 0xb7\n"),
			       "tc", "f"),
			 0);
	assert_int_equal(reach(PROGRAM("f", ".fill 500000, 8, 0xb7\ncall g\n")
				       TEXT FUNCTION("g", ".fill 500000, 8, 0xb7\n"),
			       "tc", "f"),
			 -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_without_calls_is_its_own_instructions),
		cmocka_unit_test(a_function_that_is_called_counts_once),
		cmocka_unit_test(a_function_that_nobody_calls_does_not_count),
		cmocka_unit_test(functions_of_functions_count_and_both_may_call_one),
		cmocka_unit_test(a_callback_counts),
		cmocka_unit_test(programs_of_one_section_are_counted_each_by_itself),
		cmocka_unit_test(a_helper_is_a_need_of_programs_that_reach_it),
		cmocka_unit_test(a_circle_of_calls_ends),
		cmocka_unit_test(what_is_called_must_be_a_function),
		cmocka_unit_test(a_function_lies_within_its_section),
		cmocka_unit_test(a_program_is_asked_for_by_section_and_name),
		cmocka_unit_test(more_instructions_than_any_kernel_takes_are_refused),
	};

	if (make_folder()) {
		remove_folder(NULL);
		return skip_all("no clang with a BPF target");
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, remove_folder);
}
