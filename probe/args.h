/* SPDX-License-Identifier: BSD-2-Clause */
/* hrprobe's command line: the table that is parsed and that --help is printed from. */
#ifndef HR_PROBE_ARGS_H
#define HR_PROBE_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cli.h"
#include "common/parse.h"
#include "probe/offline.h"
#include "probe/objects.h"

#define PROBE_MAX_NODE_CONFIGS 64
#define PROBE_MAX_NODE_LABELS 256

struct probe_args {
	struct object_paths objects; /* of --object; owned */
	struct offline_request target; /* all NULL: the running kernel */
	const char *bundle; /* NULL without --bundle */
	const char *config; /* as given; NULL without --config */
	uint32_t releases; /* set of one, of --cilium-version; 0: auto */
	bool all_releases; /* one row for each, instead of a report */
	const char *node_configs[PROBE_MAX_NODE_CONFIGS]; /* files of --node-config */
	size_t node_config_count;
	const char *node_labels[PROBE_MAX_NODE_LABELS]; /* "key=value" of --node-label */
	size_t node_label_count;
	const char *node_facts, *record_node_facts; /* file names as given, or NULL */
	bool functional;
	bool has_pod_cidr, has_node_ip, require_legacy;
	struct cidr4 pod_cidr;
	uint32_t node_ip; /* network byte order */
};

/* Fills struct probe_args, which cli_parse() passes through. */
extern const struct cli_tool probe_tool;

/* Is another kernel than the running one meant? */
bool probe_args_offline(const struct probe_args *args);

/* -1 when the options for the target go together; else EXIT_STATUS_USAGE, after saying what does not. */
int probe_args_check_target(const struct probe_args *args);

#endif
