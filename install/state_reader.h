/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings and lists of a state file into structs, by the tables of state_field.h. Private to the state_*.c files. */
#ifndef HR_INSTALL_STATE_READER_H
#define HR_INSTALL_STATE_READER_H

#include "common/buf.h"
#include "config/yaml.h"
#include "install/state.h"
#include "install/state_field.h"

#define ELEMENT_NAME_MAX 64 /* "services[N].backends[N]" */

struct state_reader {
	const struct yaml_file *file;
	struct diag_list *diags;
	struct node_state *state;
	bool services_only; /* the document has `services` and nothing else */
};

/* One mapping into the struct at out; lists are left to the caller. 0 or -ENOMEM; what is wrong with it goes to the diagnostics. */
int state_read_fields(struct state_reader *r, const struct yaml_node *node, const char *what,
		      const struct state_fields *fields, void *out);

/* One value, which what and the field's key name in messages. */
void state_read_field(struct state_reader *r, const struct yaml_node *value, const char *what,
		      const struct state_field *field, void *out);

/* Is it a list of at most max elements? Complains if not. */
bool state_check_list(struct state_reader *r, const struct yaml_node *node, const char *what,
		      size_t max);

/* Complains about a key; keys: "a, b, c". 0 or -ENOMEM. */
int state_unknown_key(struct state_reader *r, const struct yaml_node *key, const char *what,
		      struct buf *keys);

/* `services:` into r->state. 0 or -ENOMEM. */
int state_read_services(struct state_reader *r, const struct yaml_node *node);

#endif
