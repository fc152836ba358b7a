/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CiliumNodeConfig objects (cilium.io/v2alpha1 and v2, since Cilium 1.13): values that override those of the
 * ConfigMap on the nodes that an object selects by their labels.
 */
#ifndef HR_CONFIG_NODE_CONFIG_H
#define HR_CONFIG_NODE_CONFIG_H

#include "config/entries.h"
#include "config/yaml.h"

#define NODE_CONFIG_SINCE CILIUM_1_13

/* What a user gives: files, and the labels of the node as "key=value" (value may be empty). All borrowed. */
struct node_config_source {
	const char *const *paths;
	size_t path_count;
	const char *const *labels;
	size_t label_count;
};

/* The overrides that are for the node. */
struct node_overrides {
	struct yaml_file *files; /* keep what entries point into */
	size_t file_count;
	struct entry *
		entries; /* objects in the order of their names: a later entry wins over an earlier one */
	size_t count;
};

/*
 * Reads all files, each with one or more CiliumNodeConfig objects (also in a List), into *out, which is valid
 * for node_overrides_fini() either way. Complaints go to diags. As the API server has it, an object without a
 * nodeSelector selects no node and one with an empty selector selects all. 0, -EINVAL when diags got an
 * error, or -ENOMEM.
 */
int node_overrides_read(const struct node_config_source *source, struct node_overrides *out,
			struct diag_list *diags);

void node_overrides_fini(struct node_overrides *overrides);

#endif
