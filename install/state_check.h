/* SPDX-License-Identifier: BSD-2-Clause */
/* What the values of a node state mean together. Private to the state reader. */
#ifndef HR_INSTALL_STATE_CHECK_H
#define HR_INSTALL_STATE_CHECK_H

#include "config/yaml.h"
#include "install/state.h"

/*
 * Complains about what does not go together in a state that was read from file, where a field that could
 * not be read is zero. root is the document. Time is n log n in nodes, endpoints and services. 0 or -ENOMEM.
 */
int state_check(const struct node_state *state, const struct yaml_file *file,
		const struct yaml_node *root, struct diag_list *diags);

#endif
