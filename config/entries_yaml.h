/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys and texts of a YAML mapping as entries, for a ConfigMap's data and what overrides it. */
#ifndef HR_CONFIG_ENTRIES_YAML_H
#define HR_CONFIG_ENTRIES_YAML_H

#include "config/entries.h"
#include "config/yaml.h"

/*
 * Writes one entry for each key of data whose value is a string to the API server; for each other one diags
 * gets an error that says what to write. entries has room for data->count and borrows from file. Returns the
 * number written.
 */
size_t entries_read_mapping(const struct yaml_file *file, const struct yaml_node *data,
			    struct diag_list *diags, struct entry *entries);

#endif
