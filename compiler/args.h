/* SPDX-License-Identifier: BSD-2-Clause */
/* hrcompile's command line: the table that is parsed and that --help is printed from. */
#ifndef HR_COMPILER_ARGS_H
#define HR_COMPILER_ARGS_H

#include "common/cli.h"
#include "compiler/compile.h"
#include "config/config_args.h"

/* What to do; building is the default, each other one has an option of its own. */
enum compile_command {
	COMMAND_BUILD,
	COMMAND_CHECK, /* --check */
	COMMAND_EMIT_HEADERS, /* --emit-headers */
	COMMAND_EXPLAIN, /* --explain NAME ... */
	COMMAND_DIFF, /* --diff */
	COMMAND_VERIFY, /* --verify: the operand is a bundle */
	COMMAND_FLEET, /* --fleet */
	COMMAND__COUNT,
};

#define COMPILE_MAX_NAMES 32 /* of --explain */
#define COMPILE_MAX_TARGETS 64

struct compile_args {
	enum compile_command command;
	size_t commands_given; /* how many of their options; more than one is misuse */
	struct config_args config_args;
	bool strict; /* unknown keys are errors */
	const char *
		target_files[COMPILE_MAX_TARGETS]; /* of --target; more than one only for --fleet */
	size_t target_file_count;
	struct target_request target; /* its kernel is also the one that --verify boots */
	const char *modules; /* of --verify --kernel; NULL: not given */
	struct map_memory memory; /* of --memory and --cpus; zeros when not given */
	enum vxlan_by vxlan;
	const char *output; /* bundle directory */
	struct build_tools tools;
	const char *names[COMPILE_MAX_NAMES]; /* of --explain; borrowed from argv */
	size_t name_count;
	char **operands; /* what follows the options: in argv */
	size_t operand_count;
};

/* Fills struct compile_args, which cli_parse() passes through. */
extern const struct cli_tool compile_tool;

/* -1 when options and operands go together; else EXIT_STATUS_USAGE, after saying what does not. */
int compile_args_check(const struct compile_args *args, const struct cli_common *common);

/* The request for one ConfigMap; it borrows from args. */
struct compile_request compile_args_request(const struct compile_args *args, const char *input);

#endif
