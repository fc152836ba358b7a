/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys and texts into options, whatever they came from: aliases, unknown keys, misspelt keys, wrong
 * values. Must not know YAML or directories.
 */
#ifndef HR_CONFIG_ENTRIES_H
#define HR_CONFIG_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/diag.h"
#include "config/options.h"

/* One key of a ConfigMap and its value. Everything is borrowed from the input it was found in. */
struct entry {
	const char *key;
	const char *text;
	struct pos key_pos;
	struct pos pos; /* of the value */
	const char *source; /* text of the input, for diagnostics */
};

/* The option of some release that a key means, in any case or by its deprecated name; else OPT__COUNT. */
enum option_id entry_option(const char *key);

/* The deprecated name by which agents of every release still read an option, or NULL. */
const char *entry_deprecated_name(enum option_id id);

/* True for a key that a cilium-config of any release may hold, in any case, and for deprecated names. */
bool entry_is_known(const char *key);

/*
 * Sets opts from entries, as the agent would: a deprecated name counts when the new one is absent; a key in
 * other case counts too, but its value is not checked. Complaints go to diags as config/configmap.h says;
 * *refused grows by the errors that are values the agent refuses. 0 or -ENOMEM.
 */
int entries_apply(const struct entry *entries, size_t count, bool strict, struct options *opts,
		  struct diag_list *diags, size_t *refused);

#endif
