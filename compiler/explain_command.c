// SPDX-License-Identifier: BSD-2-Clause
/* The order of things of --explain: the ConfigMap if there is one, the names, the output. */
#include "compiler/explain.h"

#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/report.h"

static int print(const struct explanation *e, const struct cli_common *common)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = common->format == CLI_JSON ? explain_json(e, &text) : explain_text(e, &text);
	if (err) {
		log_err(err, "write the explanation");
		return EXIT_STATUS_ENVIRONMENT;
	}
	fputs(text, stdout);
	return EXIT_STATUS_OK;
}

/* What is known is told, also when something is not. */
static int print_with_use(const struct compile_args *args, struct explanation *e,
			  const struct cli_common *common)
{
	int err = explain_read_use(args->tools.templates, e), status = print(e, common);

	return status == EXIT_STATUS_OK && err ? EXIT_STATUS_ENVIRONMENT : status;
}

static int explain(const struct compile_args *args, const struct compilation *c,
		   const struct cli_common *common)
{
	_cleanup_free_ struct explanation *e = calloc(1, sizeof(*e));
	int err, status;

	if (!e) {
		log_err(-ENOMEM, "explain");
		return EXIT_STATUS_ENVIRONMENT;
	}
	err = explain_read(args->names, args->name_count, c, e);
	if (err == -ENOMEM)
		log_err(err, "explain");
	if (err)
		status = err == -ENOMEM ? EXIT_STATUS_ENVIRONMENT : EXIT_STATUS_USAGE;
	else
		status = print_with_use(args, e, common);
	explain_fini(e);
	return status;
}

int command_explain(const struct compile_args *args, const struct cli_common *common)
{
	static struct target target;
	_cleanup_compilation_ struct compilation c = { 0 };
	struct compile_request request;
	int err, status;

	if (!args->operand_count)
		return explain(args, NULL, common);
	if (target_read(&args->target, &target))
		return EXIT_STATUS_INPUT;
	request = compile_args_request(args, args->operands[0]);
	request.target = &target;
	err = compile_decide(&request, &c);
	report_diagnostics(&c, true);
	if (err && (diag_has_errors(&c.read_diags) || !diag_has_errors(&c.plan_diags)))
		status = EXIT_STATUS_INPUT;
	else
		status = explain(args, &c, common);
	target_fini(&target);
	return status == EXIT_STATUS_OK && err ? EXIT_STATUS_INPUT : status;
}
