// SPDX-License-Identifier: BSD-2-Clause
/* The VM's report: what the loader writes is what is read, and nothing else is believed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "compiler/verify_json.h"

static struct verify_result *sample(void)
{
	struct verify_result *result = calloc(1, sizeof(*result));

	assert_non_null(result);
	memcpy(result->release, "6.1.0-9-amd64", 14);
	result->count = 2;
	result->programs[0] = (struct verify_program){
		.object = "bpf_lxc.o",
		.name = "from_container",
		.constants = VERIFY_CONSTANTS_SET,
		.insns = 395,
		.jited_bytes = 1955,
		.stats = { .processed = 789,
			   .total_states = 59,
			   .peak_states = 52,
			   .time_us = 11188,
			   .stack = "104+56" },
	};
	result->programs[1] = (struct verify_program){
		.object = "bpf_host.o",
		.name = "from_host",
		.outcome = VERIFY_REJECTED,
		.err = -EACCES,
		.source = "bpf_host.c:9: *p = 1;",
		.log = strdup("R1 invalid mem access 'scalar'\n"),
	};
	return result;
}

static void result_free(struct verify_result *result)
{
	verify_result_fini(result);
	free(result);
}

DEFINE_CLEANUP(result, struct verify_result *, result_free)

static void a_report_reads_back_as_it_was_written(void **state)
{
	_cleanup_(result) struct verify_result *in = sample(), *out = calloc(1, sizeof(*out));
	_cleanup_free_ char *text = NULL, *log = NULL;

	(void)state;
	assert_int_equal(verify_result_write(in, &text), 0);
	assert_int_equal(verify_result_parse("report", text, strlen(text), out), 0);
	assert_string_equal(out->release, in->release);
	assert_int_equal(out->count, 2);
	assert_string_equal(out->programs[1].log, in->programs[1].log);
	assert_int_equal(verify_rejected(out), 1);
	log = TAKE_PTR(out->programs[1].log);
	free(out->programs[0].log);
	out->programs[0].log = NULL;
	out->programs[1].log = in->programs[1].log;
	assert_memory_equal(out->programs, in->programs, sizeof(in->programs));
	out->programs[1].log = NULL;
}

static void no_damaged_report_crashes_the_reader(void **state)
{
	_cleanup_(result) struct verify_result *in = sample(), *out = calloc(1, sizeof(*out));
	_cleanup_free_ char *text = NULL;
	size_t len, refused = 0;

	(void)state;
	assert_int_equal(verify_result_write(in, &text), 0);
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		text[i] ^= (char)(1 << (i % 8));
		refused += verify_result_parse("report", text, len, out) != 0;
		verify_result_fini(out);
		text[i] ^= (char)(1 << (i % 8));
		if (i + 1 < len)
			assert_int_not_equal(verify_result_parse("report", text, i, out), 0);
		verify_result_fini(out);
	}
	assert_true(refused > len / 4);
}

static void lies_are_refused(void **state)
{
	static const char *const lies[] = {
		"",
		"[]",
		"{}",
		"{\"schema\": \"hostroute.verify/2\", \"release\": \"\", \"programs\": []}",
		"{\"schema\": \"hostroute.verify/1\", \"release\": 6, \"programs\": []}",
		"{\"schema\": \"hostroute.verify/1\", \"release\": \"6.1\", \"programs\": {}}",
		"{\"schema\": \"hostroute.verify/1\", \"release\": \"6.1\", \"programs\": [1]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		_cleanup_(result) struct verify_result *out = calloc(1, sizeof(*out));

		assert_int_not_equal(verify_result_parse("report", lies[i], strlen(lies[i]), out),
				     0);
	}
}

/* What the readers log of each lie is not what is tested. */
static int be_quiet(void **state)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	return null < 0 || dup2(null, STDERR_FILENO) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_reads_back_as_it_was_written),
		cmocka_unit_test(no_damaged_report_crashes_the_reader),
		cmocka_unit_test(lies_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, be_quiet, NULL);
}
