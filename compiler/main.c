// SPDX-License-Identifier: BSD-2-Clause
/* hrcompile: arguments in, one call, results out. */
#include <stdio.h>

#include "common/cli.h"
#include "compiler/compile.h"
#include "compiler/report.h"

enum {
	ARG_CHECK = CLI_OPT_BASE + 16,
	ARG_EMIT_HEADERS,
	ARG_STRICT,
	ARG_CLANG,
	ARG_TEMPLATES,
	ARG_CILIUM_VERSION,
};

struct arguments {
	struct compile_request request;
	const char *cilium_version;
	bool check, emit_headers;
};

static int handle(int id, const char *value, void *ctx)
{
	struct arguments *args = ctx;

	switch (id) {
	case 'o':
		args->request.output = value;
		return 0;
	case ARG_CHECK:
		args->check = true;
		return 0;
	case ARG_EMIT_HEADERS:
		args->emit_headers = true;
		return 0;
	case ARG_STRICT:
		args->request.strict = true;
		return 0;
	case ARG_CLANG:
		args->request.clang = value;
		return 0;
	case ARG_TEMPLATES:
		args->request.templates = value;
		return 0;
	default:
		args->cilium_version = value;
		return 0;
	}
}

static const struct cli_option options[] = {
	{ "output", 'o', "DIR", "bundle directory to write or replace (default ./bundle)" },
	{ "check", ARG_CHECK, NULL, "read and validate only" },
	{ "emit-headers", ARG_EMIT_HEADERS, NULL, "print node_config.h, compile nothing" },
	{ "strict", ARG_STRICT, NULL, "unknown keys are errors" },
	{ "cilium-version", ARG_CILIUM_VERSION, "V", "rules to judge by: 1.12 or 1.12.x" },
	{ "clang", ARG_CLANG, "PATH", "compiler (default: clang in PATH)" },
	{ "templates", ARG_TEMPLATES, "DIR", "datapath sources (default: those of this build)" },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "hrcompile",
	.synopsis = "[options] cilium-config.yaml|DIR|-",
	.summary = "Compile the datapath that a cilium-config ConfigMap asks for.",
	.details = "Exit status: 0 done, 2 usage, 3 the ConfigMap cannot be read, is invalid, or "
		   "asks for\n"
		   "what cannot be built, 4 clang, templates or disk failed (an old bundle is "
		   "untouched).\n",
	.options = options,
	.handle = handle,
};

/* -1 to go on, else the exit status. */
static int check_arguments(const struct arguments *args, const struct cli_common *common,
			   int operands)
{
	if (operands != 1)
		return cli_misuse(&tool,
				  operands ? "one ConfigMap at a time" : "no ConfigMap given");
	if (args->check && args->emit_headers)
		return cli_misuse(&tool, "--check and --emit-headers exclude each other");
	if (args->emit_headers && common->format == CLI_JSON)
		return cli_misuse(&tool, "--emit-headers has no JSON form");
	if (!*args->request.output)
		return cli_misuse(&tool, "--output needs the name of a directory");
	if (!plan_knows_version(args->cilium_version))
		return cli_misuse(&tool,
				  "--cilium-version %s: only the rules of " PLAN_CILIUM_VERSION
				  " are known",
				  args->cilium_version);
	return -1;
}

static int report(const struct compilation *c, const char *output, const struct cli_common *common)
{
	if (common->format == CLI_JSON)
		return report_json(c, output) ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_OK;
	report_text(c, output);
	return EXIT_STATUS_OK;
}

static int run(const struct arguments *args, const struct cli_common *common)
{
	_cleanup_compilation_ struct compilation c = { 0 };
	int err;

	err = compile_decide(&args->request, &c);
	report_diagnostics(&c, common->quiet);
	if (err)
		return EXIT_STATUS_INPUT;
	if (args->emit_headers) {
		fputs(c.header, stdout);
		return EXIT_STATUS_OK;
	}
	if (args->check)
		return report(&c, NULL, common);
	if (compile_build(&args->request, &c))
		return EXIT_STATUS_ENVIRONMENT;
	return report(&c, args->request.output, common);
}

int main(int argc, char **argv)
{
	struct arguments args = { .request.output = "bundle",
				  .cilium_version = PLAN_CILIUM_VERSION };
	struct cli_common common = { 0 };
	int first, status;

	status = cli_parse(&tool, argc, argv, &args, &common, &first);
	if (status >= 0)
		return status;
	status = check_arguments(&args, &common, argc - first);
	if (status >= 0)
		return status;
	args.request.input = argv[first];
	return cli_finish(run(&args, &common));
}
