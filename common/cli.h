/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the three command lines share: exit statuses, the options every tool has, and usage text that is
 * generated from the same tables that are parsed.
 */
#ifndef HR_COMMON_CLI_H
#define HR_COMMON_CLI_H

#include <getopt.h>
#include <stdbool.h>

#define HOSTROUTE_VERSION "0.1.0"

/* Exit statuses: a documented interface (README.md). Never an errno. */
enum exit_status {
	EXIT_STATUS_OK = 0, /* done; hrprobe: BPF host routing */
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_INPUT = 3, /* unreadable or invalid input */
	EXIT_STATUS_ENVIRONMENT = 4, /* privileges, clang, bpffs, kernel refused, ... */
	EXIT_STATUS_LEGACY = 10, /* hrprobe: legacy host routing */
	EXIT_STATUS_REFUSED = 11, /* hrprobe: the agent would refuse this config */
	EXIT_STATUS_DRIFT = 12, /* hrinstall status: installed, but not as it was recorded */
	EXIT_STATUS_ABSENT = 13, /* hrinstall status: nothing is installed */
	EXIT_STATUS_REJECTED = 14, /* hrcompile --verify: a kernel refuses a program */
	EXIT_STATUS_UNDETERMINED = 20, /* hrprobe: cannot know */
};

enum cli_format {
	CLI_TEXT,
	CLI_JSON,
	CLI_FORMAT_OWN, /* first of the tool's own, see struct cli_tool */
};

/* One option: a struct option for getopt_long() with its help. `value` names the argument, NULL for a flag. */
struct cli_option {
	const char *name;
	int id; /* what the tool's handler gets; > CLI_OPT_BASE, or a letter for a short form */
	const char *value;
	const char *help;
};

#define CLI_OPT_BASE 256

struct cli_tool {
	const char *name;
	const char *synopsis; /* after the name: "[options] cilium-config.yaml|DIR|-" */
	const char *summary; /* one line */
	const char *details; /* printed below the options, or NULL */
	const struct cli_option
		*options; /* tool's own, closed by a NULL name; common ones are added */
	/*
	 * Names of formats beyond text and json, closed by NULL; NULL: none. formats[i] is CLI_FORMAT_OWN + i,
	 * so a tool numbers its own enum from there.
	 */
	const char *const *formats;
	/* Called for each of the tool's own options. 0, or nonzero after logging why the value is wrong. */
	int (*handle)(int id, const char *value, void *ctx);
};

struct cli_common {
	enum cli_format format;
	bool quiet;
	bool verbose;
};

/*
 * Parses argv: the tool's options and --help, --version, --verbose, --quiet, --format text|json|... On success
 * returns -1 and sets *first to the index of the first operand. Otherwise everything has been said and the
 * return value is the exit status (0 after --help or --version, EXIT_STATUS_USAGE on misuse).
 * Initialises the log with the tool's name and the level asked for.
 */
int cli_parse(const struct cli_tool *tool, int argc, char **argv, void *ctx,
	      struct cli_common *common, int *first);

/* Logs "<text> (see <tool> --help)" and returns EXIT_STATUS_USAGE. */
int cli_misuse(const struct cli_tool *tool, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Flushes stdout; a failed write (full disk, closed pipe) turns a good status into EXIT_STATUS_ENVIRONMENT. */
int cli_finish(int status);

#endif
