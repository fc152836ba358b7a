// SPDX-License-Identifier: BSD-2-Clause
/* hrprobe: arguments in, one report out. Everything it says is decided in report.c and below. */
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/args.h"
#include "probe/config_input.h"
#include "probe/node_input.h"
#include "probe/objects_run.h"
#include "probe/report.h"
#include "probe/report_format.h"
#include "probe/verdict_releases.h"

static int print(const struct report *report, const struct cli_common *common)
{
	_cleanup_free_ char *text = NULL;
	int err = report_write(report, (enum report_format)common->format, common->verbose, &text);

	if (err)
		return log_err(err, "write the report");
	fputs(text, stdout);
	return 0;
}

/* A row per release; that it could be made is the success. */
static int print_releases(const struct configmap *cm, const struct report_input *input,
			  const struct cli_common *common)
{
	struct release_verdict rows[CILIUM__COUNT];
	_cleanup_free_ char *text = NULL;
	int err = verdict_releases(cm, input->features, input->facts, rows);

	if (!err && common->format == CLI_JSON)
		err = verdict_releases_json(rows, input->config_source, &text);
	else if (!err)
		err = verdict_releases_text(rows, &text);
	if (err) {
		log_err(err, "write the rows of every release");
		return EXIT_STATUS_ENVIRONMENT;
	}
	if (!common->quiet)
		fputs(text, stdout);
	return cli_finish(EXIT_STATUS_OK);
}

static int exit_status(const struct report *report, const struct probe_args *args)
{
	if (!args->require_legacy)
		return report->status;
	if (report->mode == VERDICT_LEGACY)
		return EXIT_STATUS_OK;
	return report->mode == VERDICT_BPF ? EXIT_STATUS_LEGACY : report->status;
}

/* The answers of the kernel that is meant. -1 to go on, else an exit status. */
static int ask_kernel(const struct probe_args *args, const struct node_record *node,
		      struct offline *offline, struct features *features)
{
	if (!probe_args_offline(args) && node->has_kernel) {
		*features = node->features;
		return -1;
	}
	if (!probe_args_offline(args)) {
		features_probe(&kernel_live, features);
		return -1;
	}
	if (offline_read(&args->target, offline))
		return EXIT_STATUS_INPUT;
	features_offline(&offline->target, features);
	return -1;
}

int main(int argc, char **argv)
{
	_cleanup_config_input_ struct config_input config = { 0 };
	_cleanup_offline_ struct offline offline = { .root.fd = -1 };
	static struct functional functional;
	static struct features features;
	static struct node_record node;
	struct report_input input = { .features = &features,
				      .facts = &node.facts,
				      .audit = &node.audit };
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
	status = probe_args_check_target(&args);
	if (status >= 0)
		return status;
	if (args.objects.count || args.bundle) {
		status = objects_run(&args, &common);
		object_paths_fini(&args.objects);
		return status;
	}
	if (args.require_legacy && !args.config)
		return cli_misuse(&probe_tool,
				  "--require legacy needs --config: any kernel can do legacy");
	if (args.all_releases &&
	    (common.format > CLI_JSON || args.functional || args.require_legacy))
		return cli_misuse(&probe_tool,
				  "--cilium-version all goes with --format text or json, "
				  "and not with --functional or --require legacy");
	status = config_input_read(&args, common.quiet, &config, &input);
	if (status < 0)
		status = node_input_read(&args, &node);
	if (status < 0)
		status = ask_kernel(&args, &node, &offline, &features);
	if (status < 0)
		status = node_input_save(&args, &features, &node);
	if (status >= 0)
		return status;
	if (args.all_releases)
		return print_releases(&config.configmap, &input, &common);
	if (args.functional) {
		functional_probe(&functional);
		input.functional = &functional;
	}
	input.offline = probe_args_offline(&args) ? &offline : NULL;
	report_build(&input, &report);
	if (!common.quiet && print(&report, &common))
		return EXIT_STATUS_ENVIRONMENT;
	return cli_finish(exit_status(&report, &args));
}
