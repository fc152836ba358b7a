/* SPDX-License-Identifier: BSD-2-Clause */
/* The config hrprobe is about, with what the command line says of it: the release, overrides, labels. */
#ifndef HR_PROBE_CONFIG_INPUT_H
#define HR_PROBE_CONFIG_INPUT_H

#include "config/configmap.h"
#include "probe/args.h"
#include "probe/report.h"

/* What was read; a report borrows from it. */
struct config_input {
	struct configmap configmap;
	struct diag_list diags; /* may hold values that the agent would refuse */
};

/*
 * Reads --config into *out and fills the report's part of it; nothing happens without --config. Complaints are
 * printed, warnings only unless quiet. -1 to go on, else an exit status.
 */
int config_input_read(const struct probe_args *args, bool quiet, struct config_input *out,
		      struct report_input *report);

void config_input_fini(struct config_input *input);

#define _cleanup_config_input_ __attribute__((cleanup(config_input_fini)))

#endif
