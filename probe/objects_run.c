// SPDX-License-Identifier: BSD-2-Clause
/* hrprobe --object and --bundle: arguments in, one report out. */
#include "probe/objects_run.h"

#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/objects.h"

static int print(const struct objects *objects, const struct cli_common *common)
{
	_cleanup_free_ char *text = NULL;
	int err = common->format == CLI_JSON ? objects_write_json(objects, &text)
					     : objects_write_text(objects, &text);

	if (err)
		return log_err(err, "write the report");
	fputs(text, stdout);
	return 0;
}

int objects_run(struct probe_args *args, const struct cli_common *common)
{
	_cleanup_offline_ struct offline offline = { .root.fd = -1 };
	_cleanup_objects_ struct objects objects = { 0 };
	struct objects_target target = { .live = &kernel_live };

	if (args->config || args->node_facts || args->functional || args->require_legacy ||
	    common->format >= CLI_FORMAT_OWN)
		return cli_misuse(&probe_tool,
				  "--object and --bundle go with --format text or json, and not "
				  "with --config, --node-facts, --functional or --require legacy");
	if (probe_args_offline(args)) {
		if (offline_read(&args->target, &offline))
			return EXIT_STATUS_INPUT;
		target = (struct objects_target){ .offline = &offline.target };
	}
	if ((args->bundle && object_paths_add_dir(&args->objects, args->bundle)) ||
	    objects_check(&args->objects, &target, &objects))
		return EXIT_STATUS_INPUT;
	if (!common->quiet && print(&objects, common))
		return EXIT_STATUS_ENVIRONMENT;
	return cli_finish(objects.status);
}
