/* SPDX-License-Identifier: BSD-2-Clause */
/* hrprobe's command line: the table that is parsed and that --help is printed from. */
#ifndef HR_PROBE_ARGS_H
#define HR_PROBE_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cli.h"
#include "common/parse.h"

struct probe_args {
	const char *config; /* as given; NULL without --config */
	bool has_pod_cidr, has_node_ip, require_legacy;
	struct cidr4 pod_cidr;
	uint32_t node_ip; /* network byte order */
};

/* Fills struct probe_args, which cli_parse() passes through. */
extern const struct cli_tool probe_tool;

#endif
