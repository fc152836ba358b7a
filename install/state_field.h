/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of a state file, one table per kind of mapping: key, how its text becomes a value, where the
 * value goes. Private to the state_*.c files; values that cannot be are refused here, values that do not
 * go together in state_check.c.
 */
#ifndef HR_INSTALL_STATE_FIELD_H
#define HR_INSTALL_STATE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "install/state.h"

/* Writes the value. NULL, or static text that follows the value in a message; *out is then unchanged. */
typedef const char *(*state_field_fn)(const char *text, void *out);

struct state_field {
	const char *key;
	bool is_required;
	state_field_fn set; /* NULL: a list, which its reader knows */
	size_t offset; /* of the value in its struct */
};

struct state_fields {
	const struct state_field *items;
	size_t count;
};

extern const struct state_fields state_node_fields; /* of struct node_state */
extern const struct state_fields state_remote_fields; /* of struct remote_node */
extern const struct state_fields state_endpoint_fields; /* of struct endpoint */

/* An address that one host can have. */
const char *state_set_ipv4(const char *text, void *out);

/* NULL when there is no such key. */
const struct state_field *state_field_find(const struct state_fields *fields, const char *key);

#endif
