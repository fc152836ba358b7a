// SPDX-License-Identifier: BSD-2-Clause
/* hrcompile: arguments in, one command, results out. */
#include <stdio.h>

#include "compiler/args.h"
#include "compiler/diff.h"
#include "compiler/explain.h"
#include "compiler/fleet.h"
#include "compiler/report.h"
#include "compiler/verify.h"

/* Reads, decides, and builds where that is asked for. An exit status; *output is what was written, if anything. */
static int compile(const struct compile_args *args, const struct cli_common *common,
		   struct target *target, struct compilation *c, const char **output)
{
	struct compile_request request = compile_args_request(args, args->operands[0]);
	int err;

	if (target_read(&args->target, target))
		return EXIT_STATUS_INPUT;
	request.target = target;
	err = compile_decide(&request, c);
	report_diagnostics(c, common->quiet);
	if (err)
		return EXIT_STATUS_INPUT;
	if (args->command != COMMAND_BUILD)
		return EXIT_STATUS_OK;
	if (compile_build(&request, c))
		return EXIT_STATUS_ENVIRONMENT;
	*output = args->output;
	return EXIT_STATUS_OK;
}

/* The commands about one ConfigMap. */
static int run(const struct compile_args *args, const struct cli_common *common)
{
	static struct target target;
	_cleanup_compilation_ struct compilation c = { 0 };
	const char *output = NULL;
	int status = compile(args, common, &target, &c, &output);

	if (common->format == CLI_JSON)
		status = report_json(&c, output, status) ? EXIT_STATUS_ENVIRONMENT : status;
	else if (status == EXIT_STATUS_OK && args->command == COMMAND_EMIT_HEADERS)
		fputs(c.header, stdout);
	else if (status == EXIT_STATUS_OK)
		report_text(&c, output);
	target_fini(&target);
	return status;
}

int main(int argc, char **argv)
{
	struct compile_args args = { .output = "bundle" };
	struct cli_common common = { 0 };
	int first, status;

	status = cli_parse(&compile_tool, argc, argv, &args, &common, &first);
	if (status >= 0)
		return status;
	args.operands = argv + first;
	args.operand_count = (size_t)(argc - first);
	status = compile_args_check(&args, &common);
	if (status >= 0)
		return status;
	if (args.command == COMMAND_EXPLAIN)
		return cli_finish(command_explain(&args, &common));
	if (args.command == COMMAND_VERIFY)
		return cli_finish(command_verify(&args, &common));
	if (args.command == COMMAND_DIFF)
		return cli_finish(command_diff(&args, &common));
	if (args.command == COMMAND_FLEET)
		return cli_finish(command_fleet(&args, &common));
	return cli_finish(run(&args, &common));
}
