/* SPDX-License-Identifier: BSD-2-Clause */
/* Which node hrprobe is about: the running one, one in a file, or none, with what the command line says of it. */
#ifndef HR_PROBE_NODE_INPUT_H
#define HR_PROBE_NODE_INPUT_H

#include "probe/args.h"
#include "probe/facts_json.h"

/*
 * Fills *out from --node-facts, or from the running node unless an offline kernel is asked about, whose node
 * is not this one. -1 to go on; else an exit status, and why has been logged.
 */
int node_input_read(const struct probe_args *args, struct node_record *out);

/*
 * Writes the file of --record-node-facts, if that was asked for, with the kernel's answers. -1 to go on; else
 * an exit status, and why has been logged.
 */
int node_input_save(const struct probe_args *args, const struct features *features,
		    struct node_record *record);

#endif
