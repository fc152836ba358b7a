/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command line says about a ConfigMap beside its name: the release that reads it, overrides, the node's labels. */
#ifndef HR_CONFIG_CONFIG_ARGS_H
#define HR_CONFIG_CONFIG_ARGS_H

#include "config/configmap.h"

#define CONFIG_MAX_NODE_CONFIGS 64
#define CONFIG_MAX_NODE_LABELS 256

/* Zeroed: the release is read off the ConfigMap, nothing overrides it. Texts are borrowed from argv. */
struct config_args {
	uint32_t releases; /* set of one, of --cilium-version; 0: auto */
	const char *node_configs[CONFIG_MAX_NODE_CONFIGS]; /* files of --node-config */
	size_t node_config_count;
	const char *node_labels[CONFIG_MAX_NODE_LABELS]; /* "key=value" of --node-label */
	size_t node_label_count;
};

/* One value each of --cilium-version (V or "auto"), --node-config, --node-label. 0, or -1 after logging why not. */
int config_args_set_version(struct config_args *args, const char *value);
int config_args_add_node_config(struct config_args *args, const char *value);
int config_args_add_node_label(struct config_args *args, const char *value);

/* What to read, by these arguments: borrows from args, which must outlive it, and path. */
struct config_source config_args_source(const struct config_args *args, const char *path);

#endif
