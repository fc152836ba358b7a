/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cilium-config ConfigMap, as users have it: `kubectl get cm -o yaml` or `-o json`, a List, a
 * multi-document manifest with many kinds, or the mounted directory (one file per key). Only `data` is
 * read; annotations are never looked at, but config/last_applied.h can read one of them.
 */
#ifndef HR_CONFIG_CONFIGMAP_H
#define HR_CONFIG_CONFIGMAP_H

#include <stdbool.h>

#include "common/diag.h"
#include "config/dialect.h"
#include "config/node_config.h"
#include "config/options.h"
#include "config/yaml.h"

/* What to read, all of it borrowed, and as which release. */
struct config_source {
	const char *path; /* file, directory or "-" */
	const char *text; /* to be read instead of path, which names it then; NULL: none */
	bool strict; /* unknown keys are errors */
	uint32_t releases; /* one, or those that the keys and values choose among */
	struct node_config_source node_configs; /* no paths: no overrides */
};

struct configmap {
	const struct yaml_node *object; /* found in file; NULL for a directory */
	struct yaml_file file; /* keeps the names and texts that positions point into */
	char **texts; /* of a directory: "DIR/KEY" and text of each file, for the same purpose */
	size_t text_count;
	struct entry *entries; /* of the ConfigMap itself */
	size_t entry_count;
	struct node_overrides overrides;
	struct entry *merged; /* entries with the overrides in place; NULL when there are none */
	size_t merged_count;
	bool strict;
	struct dialect dialect; /* the release that options are of, and why */
	struct options options;
};

/*
 * Reads source into *out and every complaint into diags:
 *   errors    unreadable, not YAML, no ConfigMap in it (or several and none named cilium-config),
 *             indentation lost in copying, a data value that is not a string, a value not of its key's
 *             type as the Go agent types it;
 *   warnings  unknown keys, with the nearest known one, and keys of other releases (errors when strict);
 *             deprecated names and keys in other case, which the agent still reads; a wrong value that only
 *             the operator would read; overrides that the release does not know.
 * Values of the overrides win over those of the ConfigMap, and their positions are in the files of the
 * overrides. Returns 0 when there was no error, else -EINVAL or the read error; *out is valid for
 * configmap_fini() either way, and after an error it holds the default for each key without a value.
 * bad_value, when not NULL, is set to true if the input was read and the only errors are values that the
 * agent itself would refuse at start.
 */
int configmap_read(const struct config_source *source, struct configmap *out,
		   struct diag_list *diags, bool *bad_value);

/*
 * What an agent of another release would make of a ConfigMap that was read, into *out, which cm must outlive.
 * *refused grows by the values that this agent would refuse at start. 0 or -ENOMEM.
 */
int configmap_options(const struct configmap *cm, enum cilium_release release, struct options *out,
		      struct diag_list *diags, size_t *refused);

void configmap_fini(struct configmap *cm);

#define _cleanup_configmap_ __attribute__((cleanup(configmap_fini)))

#endif
