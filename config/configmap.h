/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cilium-config ConfigMap, as users have it: `kubectl get cm -o yaml` or `-o json`, a List, a
 * multi-document manifest with many kinds, or the mounted directory (one file per key). Only `data` is
 * read; annotations, and so the last-applied-configuration in them, are never looked at.
 */
#ifndef HR_CONFIG_CONFIGMAP_H
#define HR_CONFIG_CONFIGMAP_H

#include <stdbool.h>

#include "common/diag.h"
#include "config/options.h"
#include "config/yaml.h"

struct configmap {
	struct yaml_file file; /* keeps the names and texts that positions point into */
	char **entry_names; /* of a directory: "DIR/KEY" of each file, for the same purpose */
	size_t entry_count;
	struct options options;
};

/*
 * Reads path (file, directory or "-") into *out and every complaint into diags:
 *   errors    unreadable, not YAML, no ConfigMap in it (or several and none named cilium-config),
 *             indentation lost in copying, a data value that is not a string, a value not of its key's
 *             type as the Go agent types it;
 *   warnings  unknown keys, with the nearest known one (errors when strict); deprecated names and keys in
 *             other case, which the agent still reads; a wrong value that only the operator would read.
 * Returns 0 when there was no error, else -EINVAL or the read error; *out is valid for configmap_fini()
 * either way, and after a value error it holds the default for that key.
 * bad_value, when not NULL, is set to true if the input was read and the only errors are values that the
 * agent itself would refuse at start.
 */
int configmap_read(const char *path, bool strict, struct configmap *out, struct diag_list *diags,
		   bool *bad_value);

void configmap_fini(struct configmap *cm);

#define _cleanup_configmap_ __attribute__((cleanup(configmap_fini)))

#endif
