// SPDX-License-Identifier: BSD-2-Clause
/* getopt_long() driven by one table per tool; the same table prints the help. */
#include "common/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"

enum {
	OPT_HELP = 1,
	OPT_VERSION,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_FORMAT,
};

static const struct cli_option common_options[] = {
	{ "format", OPT_FORMAT, "FORMAT", "output format (default text)" },
	{ "verbose", OPT_VERBOSE, NULL, "say more on stderr" },
	{ "quiet", OPT_QUIET, NULL, "errors only on stderr" },
	{ "help", OPT_HELP, NULL, "this text" },
	{ "version", OPT_VERSION, NULL, "the version" },
};

/* Every tool has these; the index is the enum cli_format. */
static const char *const common_formats[] = { "text", "json" };
_Static_assert(ARRAY_SIZE(common_formats) == CLI_FORMAT_OWN, "own formats follow the common ones");

/* NULL behind the last one. */
static const char *format_name(const struct cli_tool *tool, unsigned int format)
{
	if (format < CLI_FORMAT_OWN)
		return common_formats[format];
	return tool->formats ? tool->formats[format - CLI_FORMAT_OWN] : NULL;
}

/* "text, json or labels"; last_separator is " or " then. */
static void join_formats(const struct cli_tool *tool, const char *separator,
			 const char *last_separator, struct buf *out)
{
	const char *name;

	for (unsigned int i = 0; (name = format_name(tool, i)); i++) {
		if (i)
			buf_puts(out, format_name(tool, i + 1) ? separator : last_separator);
		buf_puts(out, name);
	}
}

static bool is_short(const struct cli_option *option)
{
	return option->id > ' ' && option->id < CLI_OPT_BASE;
}

static size_t option_count(const struct cli_option *options)
{
	size_t n = 0;

	while (options[n].name)
		n++;
	return n;
}

static void print_option(const struct cli_option *option, const char *value)
{
	char left[64];

	if (is_short(option))
		snprintf(left, sizeof(left), "-%c, --%s %s", option->id, option->name, value);
	else
		snprintf(left, sizeof(left), "--%s %s", option->name, value);
	printf("  %-32s %s\n", left, option->help);
}

static void print_options(const struct cli_tool *tool)
{
	_cleanup_buf_ struct buf formats = { 0 };

	for (const struct cli_option *o = tool->options; o->name; o++)
		print_option(o, o->value ? o->value : "");
	join_formats(tool, "|", "|", &formats);
	for (size_t i = 0; i < ARRAY_SIZE(common_options); i++) {
		const struct cli_option *o = &common_options[i];

		if (o->id == OPT_FORMAT)
			print_option(o, formats.data ? formats.data : o->value);
		else
			print_option(o, o->value ? o->value : "");
	}
}

static void print_help(const struct cli_tool *tool)
{
	printf("usage: %s %s\n\n%s\n\noptions:\n", tool->name, tool->synopsis, tool->summary);
	print_options(tool);
	if (tool->details)
		printf("\n%s", tool->details);
}

/* ":" first: a missing value is told apart from an unknown option. */
static void fill_short_options(char *out, const struct cli_option *options)
{
	*out++ = ':';
	for (; options->name; options++) {
		if (!is_short(options))
			continue;
		*out++ = (char)options->id;
		if (options->value)
			*out++ = ':';
	}
	*out = '\0';
}

static void fill_long_options(struct option *out, const struct cli_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].value ? required_argument : no_argument,
			.val = options[i].id,
		};
}

/* Returns -1 to go on, else an exit status. */
static int set_format(const struct cli_tool *tool, const char *value, struct cli_common *common)
{
	_cleanup_buf_ struct buf known = { 0 };
	const char *name;

	for (unsigned int i = 0; (name = format_name(tool, i)); i++) {
		if (strcmp(value, name))
			continue;
		common->format = i;
		return -1;
	}
	join_formats(tool, ", ", " or ", &known);
	return cli_misuse(tool, "--format %s: not %s", value, known.data ? known.data : "known");
}

/* Returns -1 to go on, else an exit status. */
static int handle_common(const struct cli_tool *tool, int id, struct cli_common *common)
{
	switch (id) {
	case OPT_HELP:
		print_help(tool);
		return cli_finish(EXIT_STATUS_OK);
	case OPT_VERSION:
		printf("%s %s\n", tool->name, HOSTROUTE_VERSION);
		return cli_finish(EXIT_STATUS_OK);
	case OPT_VERBOSE:
		common->verbose = true;
		return -1;
	case OPT_QUIET:
		common->quiet = true;
		return -1;
	default:
		return set_format(tool, optarg, common);
	}
}

int cli_misuse(const struct cli_tool *tool, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	log_fail(0, "%s (see %s --help)", text ? text : "out of memory", tool->name);
	return EXIT_STATUS_USAGE;
}

/* In a cluster such as -xz, word is the argument before it: optind has not moved on yet. */
static int refuse_option(const struct cli_tool *tool, const char *word)
{
	bool has_value = !strncmp(word, "--", 2) && strchr(word, '=');

	if (optopt && has_value)
		return cli_misuse(tool, "%s: this option takes no value", word);
	if (optopt)
		return cli_misuse(tool, "unknown option -%c", optopt);
	return cli_misuse(tool, "unknown option %s", word);
}

int cli_parse(const struct cli_tool *tool, int argc, char **argv, void *ctx,
	      struct cli_common *common, int *first)
{
	size_t own = option_count(tool->options), all = own + ARRAY_SIZE(common_options);
	_cleanup_free_ struct option *longopts = calloc(all + 1, sizeof(*longopts));
	_cleanup_free_ char *shortopts = calloc(own + 1, 2);
	int id, status = -1;

	log_init(tool->name, LOG_LEVEL_INFO);
	if (!longopts || !shortopts) {
		log_err(-ENOMEM, "read the command line");
		return EXIT_STATUS_ENVIRONMENT;
	}
	fill_short_options(shortopts, tool->options);
	fill_long_options(longopts, tool->options, own);
	fill_long_options(longopts + own, common_options, ARRAY_SIZE(common_options));
	opterr = 0;
	while (status < 0 && (id = getopt_long(argc, argv, shortopts, longopts, NULL)) != -1) {
		if (id == ':')
			status = cli_misuse(tool, "%s needs a value", argv[optind - 1]);
		else if (id == '?')
			status = refuse_option(tool, argv[optind - 1]);
		else if (id <= OPT_FORMAT)
			status = handle_common(tool, id, common);
		else if (tool->handle(id, optarg, ctx))
			status = EXIT_STATUS_USAGE;
	}
	if (status >= 0)
		return status;
	log_init(tool->name, common->quiet     ? LOG_LEVEL_ERROR
			     : common->verbose ? LOG_LEVEL_DEBUG
					       : LOG_LEVEL_INFO);
	*first = optind;
	return -1;
}

int cli_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_err(-EIO, "write to standard output");
	return status == EXIT_STATUS_OK ? EXIT_STATUS_ENVIRONMENT : status;
}
