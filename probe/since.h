/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Since which mainline release a kernel has a thing: for reports, never to decide whether it has it (stable
 * branches and distributions backport).
 */
#ifndef HR_PROBE_SINCE_H
#define HR_PROBE_SINCE_H

enum since_table {
	SINCE_helpers, /* in any program type */
	SINCE_map_types,
	SINCE_prog_types,
	SINCE_attach_types,
	SINCE__COUNT,
};

/* "5.10"; NULL when it is not known. value as in <linux/bpf.h>. */
const char *since_release(enum since_table table, unsigned int value);

#endif
