// SPDX-License-Identifier: BSD-2-Clause
/* Options that hrprobe and hrcompile share. */
#include "config/config_args.h"

#include <string.h>

#include "common/log.h"

int config_args_set_version(struct config_args *args, const char *value)
{
	struct cilium_version version;

	args->releases = 0;
	if (!strcmp(value, "auto"))
		return 0;
	if (release_parse(value, &version))
		return log_fail(-1,
				"--cilium-version %s: no release from %s to %s (1.12, v1.16.3), "
				"nor auto",
				value, release_name(CILIUM_OLDEST), release_name(CILIUM_NEWEST));
	args->releases = RELEASES_IN(version.release, version.release);
	return 0;
}

int config_args_add_node_config(struct config_args *args, const char *value)
{
	if (args->node_config_count == CONFIG_MAX_NODE_CONFIGS)
		return log_fail(-1, "--node-config %s: more than %d files", value,
				CONFIG_MAX_NODE_CONFIGS);
	args->node_configs[args->node_config_count++] = value;
	return 0;
}

int config_args_add_node_label(struct config_args *args, const char *value)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		return log_fail(-1, "--node-label %s: not key=value", value);
	if (args->node_label_count == CONFIG_MAX_NODE_LABELS)
		return log_fail(-1, "--node-label %s: more than %d labels", value,
				CONFIG_MAX_NODE_LABELS);
	args->node_labels[args->node_label_count++] = value;
	return 0;
}

struct config_source config_args_source(const struct config_args *args, const char *path)
{
	return (struct config_source){
		.path = path,
		.releases = args->releases ? args->releases : RELEASES_ALL,
		.node_configs = { args->node_configs, args->node_config_count, args->node_labels,
				  args->node_label_count },
	};
}
