/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel does, seen by doing it: tiny BPF programs on veth pairs in private network namespaces, and
 * datagrams sent through them.
 *
 * Everything lives in a child process whose namespaces have no name: devices, filters, links and programs
 * go with the last descriptor, so also when the child or its parent is killed. Nothing is asked of, or
 * changed in, the namespace of the caller.
 *
 * JSON: "functional" of the report, an array of { name, value, source, errno, note, text }.
 */
#ifndef HR_PROBE_FUNCTIONAL_H
#define HR_PROBE_FUNCTIONAL_H

#include "probe/tri.h"

enum functional_id {
#define FUNCTIONAL(id, ...) FUNCTIONAL_##id,
#include "probe/functional.def"
#undef FUNCTIONAL
	FUNCTIONAL__COUNT,
};

struct functional_def {
	const char *name; /* "redirect_peer" */
	const char *text; /* what a yes means */
};

extern const struct functional_def functional_defs[FUNCTIONAL__COUNT];

struct functional {
	struct answer items[FUNCTIONAL__COUNT];
};

/*
 * Tries everything; needs root (CAP_SYS_ADMIN for the namespaces, CAP_BPF and CAP_NET_ADMIN in them) and takes
 * about 100 ms. Never fails: what could not be tried is unknown, with the errno.
 */
void functional_probe(struct functional *out);

#endif
