// SPDX-License-Identifier: BSD-2-Clause
/* common/cli: what a tool makes of its command line, what it prints, and with which status it ends. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/cli.h"
#include "common/log.h"

enum {
	OPT_FORCE = CLI_OPT_BASE,
};

/* What the tool's handler was given. */
struct given {
	const char *output;
	bool force;
};

static int handle(int id, const char *value, void *ctx)
{
	struct given *given = ctx;

	if (id == OPT_FORCE) {
		given->force = true;
		return 0;
	}
	if (!strcmp(value, "bad"))
		return log_fail(-1, "-o %s: not a directory", value);
	given->output = value;
	return 0;
}

static const struct cli_option options[] = {
	{ "output", 'o', "DIR", "where to write" },
	{ "force", OPT_FORCE, NULL, "do it anyway" },
	{ NULL, 0, NULL, NULL },
};

static const struct cli_tool tool = {
	.name = "hrtest",
	.synopsis = "[options] FILE",
	.summary = "Tests things.",
	.details = "Exit status: 0\n",
	.options = options,
	.handle = handle,
};

/* One run of a command line: result, and what went to stdout and stderr. */
struct run {
	int status, first;
	struct given given;
	struct cli_common common;
	char out[2048], err[2048];
};

static void read_back(FILE *file, char *text, size_t size)
{
	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static struct run run_tool(const struct cli_tool *this, char **argv)
{
	FILE *files[2] = { tmpfile(), tmpfile() };
	int saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
	struct run r = { .first = -7 };
	int argc = 0;

	assert_true(files[0] && files[1]);
	while (argv[argc])
		argc++;
	fflush(stdout);
	dup2(fileno(files[0]), STDOUT_FILENO);
	dup2(fileno(files[1]), STDERR_FILENO);
	optind = 0;
	r.status = cli_parse(this, argc, argv, &r.given, &r.common, &r.first);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	read_back(files[0], r.out, sizeof(r.out));
	read_back(files[1], r.err, sizeof(r.err));
	return r;
}

static struct run run(char **argv)
{
	return run_tool(&tool, argv);
}

#define RUN(...) run((char *[]){ "hrtest", __VA_ARGS__, NULL })

static void options_are_taken_and_operands_left(void **state)
{
	struct run r = RUN("--force", "a.yaml", "-o", "out", "b.yaml");

	(void)state;
	assert_int_equal(r.status, -1);
	assert_true(r.given.force);
	assert_string_equal(r.given.output, "out");
	assert_int_equal(r.first, 4);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "");
}

static void short_and_long_forms_mean_the_same(void **state)
{
	struct run glued = RUN("-oout", "x"), spelt = RUN("--output=out", "x");

	(void)state;
	assert_string_equal(glued.given.output, "out");
	assert_string_equal(spelt.given.output, "out");
	assert_int_equal(glued.first, 2);
}

static void a_lone_dash_and_what_follows_two_are_operands(void **state)
{
	struct run dash = RUN("-"), rest = RUN("--", "--force");

	(void)state;
	assert_int_equal(dash.status, -1);
	assert_int_equal(dash.first, 1);
	assert_int_equal(rest.first, 2);
	assert_false(rest.given.force);
}

static void help_goes_to_stdout_and_names_every_option(void **state)
{
	struct run r = RUN("--help");

	(void)state;
	assert_int_equal(r.status, EXIT_STATUS_OK);
	assert_string_equal(r.err, "");
	assert_non_null(strstr(r.out, "usage: hrtest [options] FILE\n\nTests things.\n"));
	assert_non_null(strstr(r.out, "-o, --output DIR"));
	assert_non_null(strstr(r.out, "--force"));
	assert_non_null(strstr(r.out, "--format text|json"));
	assert_non_null(strstr(r.out, "--quiet"));
	assert_non_null(strstr(r.out, "--version"));
	assert_non_null(strstr(r.out, "Exit status: 0\n"));
}

static void the_version_is_one_line(void **state)
{
	struct run r = RUN("--version", "--nonsense");

	(void)state;
	assert_int_equal(r.status, EXIT_STATUS_OK);
	assert_string_equal(r.out, "hrtest " HOSTROUTE_VERSION "\n");
}

static void misuse_is_one_line_on_stderr_and_status_two(void **state)
{
	static const struct {
		char *argv[4];
		const char *said;
	} cases[] = {
		{ { "hrtest", "--frobnicate" }, "unknown option --frobnicate" },
		{ { "hrtest", "-z" }, "unknown option -z" },
		{ { "hrtest", "a", "-zo" }, "unknown option -z" },
		{ { "hrtest", "-o" }, "-o needs a value" },
		{ { "hrtest", "--output" }, "--output needs a value" },
		{ { "hrtest", "--force=1" }, "--force=1: this option takes no value" },
		{ { "hrtest", "--format", "xml" }, "--format xml: not text or json" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run r = run((char **)cases[i].argv);
		char line[128];

		snprintf(line, sizeof(line), "hrtest: error: %s (see hrtest --help)\n",
			 cases[i].said);
		assert_int_equal(r.status, EXIT_STATUS_USAGE);
		assert_string_equal(r.err, line);
		assert_string_equal(r.out, "");
	}
}

static void a_value_the_tool_refuses_is_misuse(void **state)
{
	struct run r = RUN("-o", "bad", "--force");

	(void)state;
	assert_int_equal(r.status, EXIT_STATUS_USAGE);
	assert_string_equal(r.err, "hrtest: error: -o bad: not a directory\n");
	assert_false(r.given.force);
}

static void common_options_set_format_and_level(void **state)
{
	struct run json = RUN("--format", "json", "--quiet");
	enum log_level quiet = log_level();
	struct run text = RUN("--format=text", "--verbose");
	enum log_level verbose = log_level();

	(void)state;
	assert_int_equal(json.common.format, CLI_JSON);
	assert_true(json.common.quiet);
	assert_int_equal(quiet, LOG_LEVEL_ERROR);
	assert_int_equal(text.common.format, CLI_TEXT);
	assert_int_equal(verbose, LOG_LEVEL_DEBUG);
}

static void a_tool_may_name_formats_of_its_own(void **state)
{
	static const char *const names[] = { "csv", "labels", NULL };
	struct cli_tool own = tool;
	struct run last, wrong, help;

	(void)state;
	own.formats = names;
	last = run_tool(&own, (char *[]){ "hrtest", "--format", "labels", NULL });
	wrong = run_tool(&own, (char *[]){ "hrtest", "--format", "label", NULL });
	help = run_tool(&own, (char *[]){ "hrtest", "--help", NULL });
	assert_int_equal(last.status, -1);
	assert_int_equal(last.common.format, CLI_FORMAT_OWN + 1);
	assert_int_equal(wrong.status, EXIT_STATUS_USAGE);
	assert_non_null(strstr(wrong.err, "--format label: not text, json, csv or labels"));
	assert_non_null(strstr(help.out, "--format text|json|csv|labels "));
}

/* Runs cli_finish() with stdout on a full device, and its complaint thrown away. */
static int finish_on_full(int status)
{
	int saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) }, result;
	int full = open("/dev/full", O_WRONLY), null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	dup2(full, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	printf("lost");
	result = cli_finish(status);
	clearerr(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	close(full);
	close(null);
	return result;
}

static void output_that_cannot_be_written_is_not_success(void **state)
{
	(void)state;
	assert_int_equal(cli_finish(EXIT_STATUS_LEGACY), EXIT_STATUS_LEGACY);
	assert_int_equal(finish_on_full(EXIT_STATUS_OK), EXIT_STATUS_ENVIRONMENT);
	assert_int_equal(finish_on_full(EXIT_STATUS_INPUT), EXIT_STATUS_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_taken_and_operands_left),
		cmocka_unit_test(short_and_long_forms_mean_the_same),
		cmocka_unit_test(a_lone_dash_and_what_follows_two_are_operands),
		cmocka_unit_test(help_goes_to_stdout_and_names_every_option),
		cmocka_unit_test(the_version_is_one_line),
		cmocka_unit_test(misuse_is_one_line_on_stderr_and_status_two),
		cmocka_unit_test(a_value_the_tool_refuses_is_misuse),
		cmocka_unit_test(common_options_set_format_and_level),
		cmocka_unit_test(a_tool_may_name_formats_of_its_own),
		cmocka_unit_test(output_that_cannot_be_written_is_not_success),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
