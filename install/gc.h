/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall gc`: takes masqueraded flows that have expired out of hr_nat4, once. A flow without packets stays in the
 * map until the kernel needs its place; until then its port is taken.
 * Prints how many entries (two a flow) there were, or JSON, schema "hostroute.gc/1": scanned, deleted, alive.
 */
#ifndef HR_INSTALL_GC_H
#define HR_INSTALL_GC_H

#include <stddef.h>
#include <stdint.h>

#include "install/request.h"

struct gc_result {
	size_t scanned, deleted;
};

/*
 * Deletes the entries of a map of struct hr_nat_key and struct hr_nat whose `expires` is not after now (seconds of
 * CLOCK_MONOTONIC). Entries that come while it runs may be seen or not. 0 or a negative errno.
 */
int gc_map(int fd, uint32_t now, struct gc_result *out);

/* The same without batches, which gc_map() does where the kernel has none; max bounds the entries looked at. */
int gc_map_singly(int fd, uint32_t now, size_t max, struct gc_result *out);

/* EXIT_STATUS_OK, also when nothing is installed; EXIT_STATUS_ENVIRONMENT. */
int gc_run(const struct install_request *request);

#endif
