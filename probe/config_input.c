// SPDX-License-Identifier: BSD-2-Clause
/* From --config and the options around it to options of one release. */
#include "probe/config_input.h"

#include <stdio.h>

int config_input_read(const struct probe_args *args, bool quiet, struct config_input *out,
		      struct report_input *report)
{
	struct config_source source = config_args_source(&args->config_args, args->config);
	bool bad_value = false;
	int err;

	if (!args->config)
		return -1;
	err = configmap_read(&source, &out->configmap, &out->diags, &bad_value);
	if (!quiet || diag_has_errors(&out->diags))
		diag_print(&out->diags, stderr);
	if (err && !bad_value)
		return EXIT_STATUS_INPUT;
	report->options = &out->configmap.options;
	report->dialect = args->config_args.releases ? NULL : &out->configmap.dialect;
	report->config_source = args->config;
	report->bad_values = &out->diags;
	return -1;
}

void config_input_fini(struct config_input *input)
{
	configmap_fini(&input->configmap);
	diag_fini(&input->diags);
}
