// SPDX-License-Identifier: BSD-2-Clause
/* common/log: one line per failure on stderr, and the error handed through. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"

static FILE *caught;
static int saved;

/* From here to end_catch(), stderr goes to a file. */
static void begin_catch(void)
{
	fflush(stderr);
	caught = tmpfile();
	assert_non_null(caught);
	saved = dup(STDERR_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
}

static void end_catch(char *text, size_t size)
{
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(caught);
	text[fread(text, 1, size - 1, caught)] = '\0';
	fclose(caught);
	log_init("test", LOG_LEVEL_INFO);
}

static void an_error_is_one_line_with_its_reason(void **state)
{
	char text[256];
	int err;

	(void)state;
	begin_catch();
	log_init("hrtest", LOG_LEVEL_INFO);
	err = log_err(-ENOENT, "pin %s", "/a");
	end_catch(text, sizeof(text));
	assert_int_equal(err, -ENOENT);
	assert_string_equal(text, "hrtest: error: pin /a: No such file or directory\n");
}

static void an_error_that_explains_itself_has_no_errno_text(void **state)
{
	char text[256];
	int err, none;

	(void)state;
	begin_catch();
	log_init("hrtest", LOG_LEVEL_INFO);
	err = log_fail(-EINVAL, "no clang");
	none = log_err(0, "plain");
	end_catch(text, sizeof(text));
	assert_int_equal(err, -EINVAL);
	assert_int_equal(none, 0);
	assert_string_equal(text, "hrtest: error: no clang\nhrtest: error: plain\n");
}

static void the_level_decides_what_is_said(void **state)
{
	char quiet[256], usual[256], verbose[256];

	(void)state;
	for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		char *text = level == LOG_LEVEL_ERROR  ? quiet
			     : level == LOG_LEVEL_INFO ? usual
						       : verbose;

		begin_catch();
		log_init("t", level);
		log_fail(0, "e");
		log_warn("w");
		log_info("i");
		log_debug("d");
		end_catch(text, sizeof(quiet));
	}
	assert_string_equal(quiet, "t: error: e\n");
	assert_string_equal(usual, "t: error: e\nt: warning: w\nt: i\n");
	assert_string_equal(verbose, "t: error: e\nt: warning: w\nt: i\nt: debug: d\n");
}

static void the_kernel_s_own_not_supported_is_spelt_out(void **state)
{
	(void)state;
	assert_string_equal(errno_text(-524), "Operation not supported by this kernel");
	assert_string_equal(errno_text(524), "Operation not supported by this kernel");
	assert_string_equal(errno_text(-EPERM), strerror(EPERM));
}

static void the_last_error_is_kept_without_the_name_of_the_tool(void **state)
{
	char text[256];

	(void)state;
	begin_catch();
	log_init("hrtest", LOG_LEVEL_ERROR);
	log_err(-ENOENT, "pin %s", "/a");
	log_warn("never kept");
	end_catch(text, sizeof(text));
	assert_string_equal(log_last_error(), "pin /a: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_one_line_with_its_reason),
		cmocka_unit_test(an_error_that_explains_itself_has_no_errno_text),
		cmocka_unit_test(the_last_error_is_kept_without_the_name_of_the_tool),
		cmocka_unit_test(the_level_decides_what_is_said),
		cmocka_unit_test(the_kernel_s_own_not_supported_is_spelt_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
