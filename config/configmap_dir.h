/* SPDX-License-Identifier: BSD-2-Clause */
/* The mounted ConfigMap: a directory with one file per key, read as the agent's --config-dir is. */
#ifndef HR_CONFIG_CONFIGMAP_DIR_H
#define HR_CONFIG_CONFIGMAP_DIR_H

#include "config/configmap.h"

/*
 * Reads the directory path into the entries and texts of *out. Sub-directories are skipped, and so are
 * names that begin with "..", which is where the kubelet keeps the versions its links point at.
 * Complaints go to diags; a file that cannot be read is one of them. 0, or the error of opening the
 * directory, -EINVAL for contents that are no cilium-config, -ENOMEM.
 */
int configmap_dir_read(const char *path, struct configmap *out, struct diag_list *diags);

#endif
