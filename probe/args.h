/* SPDX-License-Identifier: BSD-2-Clause */
/* hrprobe's command line: the table that is parsed and that --help is printed from. */
#ifndef HR_PROBE_ARGS_H
#define HR_PROBE_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cli.h"
#include "common/parse.h"
#include "config/config_args.h"
#include "probe/facts.h"
#include "probe/offline.h"
#include "probe/objects.h"

struct probe_args {
	struct object_paths objects; /* of --object; owned */
	struct offline_request target; /* all NULL: the running kernel */
	const char *bundle; /* NULL without --bundle */
	const char *config; /* as given; NULL without --config */
	struct config_args config_args; /* its release, and what overrides it */
	bool all_releases; /* one row for each, instead of a report */
	const char *node_facts, *record_node_facts; /* file names as given, or NULL */
	bool functional;
	bool has_pod_cidr, has_node_ip, require_legacy;
	struct cidr4 pod_cidr;
	bool has_node_ip6;
	uint8_t node_ip6[16];
	char pod_cidr6[FACTS_CIDR6_MAX]; /* "": not given */
	uint32_t node_ip; /* network byte order */
};

/* Fills struct probe_args, which cli_parse() passes through. */
extern const struct cli_tool probe_tool;

/* Is another kernel than the running one meant? */
bool probe_args_offline(const struct probe_args *args);

/* -1 when the options for the target go together; else EXIT_STATUS_USAGE, after saying what does not. */
int probe_args_check_target(const struct probe_args *args);

#endif
