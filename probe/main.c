// SPDX-License-Identifier: BSD-2-Clause
/* hrprobe: arguments in, one report out. Everything it says is decided in report.c and below. */
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "config/configmap.h"
#include "probe/args.h"
#include "probe/report.h"

/* Returns -1 to go on, maybe with values that the agent would refuse in diags; else an exit status. */
static int read_config(const char *path, bool quiet, struct configmap *cm, struct diag_list *diags)
{
	bool bad_value = false;
	int err = configmap_read(path, false, cm, diags, &bad_value);

	if (!quiet || diag_has_errors(diags))
		diag_print(diags, stderr);
	return err && !bad_value ? EXIT_STATUS_INPUT : -1;
}

static int read_node(const struct probe_args *args, struct node_facts *facts)
{
	int err = facts_read_live(facts);

	if (args->has_node_ip)
		facts->node_ip = args->node_ip;
	if (args->has_pod_cidr) {
		facts->pod_cidr = args->pod_cidr;
		facts->has_pod_cidr = true;
	}
	return err;
}

static int print(const struct report *report, const struct cli_common *common)
{
	_cleanup_free_ char *text = NULL;
	int err = common->format == CLI_JSON ? report_write_json(report, &text)
					     : report_write_text(report, common->verbose, &text);

	if (err)
		return log_err(err, "write the report");
	fputs(text, stdout);
	return 0;
}

static int exit_status(const struct report *report, const struct probe_args *args)
{
	if (!args->require_legacy)
		return report->status;
	if (report->mode == VERDICT_LEGACY)
		return EXIT_STATUS_OK;
	return report->mode == VERDICT_BPF ? EXIT_STATUS_LEGACY : report->status;
}

int main(int argc, char **argv)
{
	_cleanup_configmap_ struct configmap cm = { 0 };
	_cleanup_diag_ struct diag_list diags = { 0 };
	static struct features features;
	static struct node_facts facts;
	struct report_input input = { .features = &features, .facts = &facts };
	struct cli_common common = { 0 };
	static struct report report;
	struct probe_args args = { 0 };
	int first, status;

	status = cli_parse(&probe_tool, argc, argv, &args, &common, &first);
	if (status >= 0)
		return status;
	if (first < argc)
		return cli_misuse(&probe_tool, "unexpected operand %s (--config %s?)", argv[first],
				  argv[first]);
	if (args.require_legacy && !args.config)
		return cli_misuse(&probe_tool,
				  "--require legacy needs --config: any kernel can do legacy");
	if (args.config) {
		status = read_config(args.config, common.quiet, &cm, &diags);
		if (status >= 0)
			return status;
		if (read_node(&args, &facts))
			return EXIT_STATUS_ENVIRONMENT;
		input.options = &cm.options;
		input.config_source = args.config;
		input.bad_values = &diags;
	}
	features_probe(&kernel_live, &features);
	report_build(&input, &report);
	if (!common.quiet && print(&report, &common))
		return EXIT_STATUS_ENVIRONMENT;
	return cli_finish(exit_status(&report, &args));
}
