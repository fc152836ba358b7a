/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrinstall gc`: takes masqueraded flows that have expired out of hr_nat4, once. A flow without packets stays in the
 * map until the kernel needs its place, or another flow its port.
 * Prints how many entries (two a flow) there were, or JSON, schema "hostroute.gc/1": scanned, deleted, alive (those
 * that were seen and left). Without such a map all are 0, and why is said on stderr. Memory is that of one batch.
 *
 * Packets go on meanwhile. A flow that has expired is none to the datapath, which begins it anew, perhaps between our
 * look and our deletion; so each entry is looked at once more just before it goes. What is left is the time between
 * two system calls. An entry that is lost in it is made again from its other half by the next packet of either
 * direction (nat_refresh() of nat.h). Both halves cannot go by one such accident; if two coincide, the next packet
 * that leaves begins the flow again, at the port that it would be given as a new one.
 */
#ifndef HR_INSTALL_GC_H
#define HR_INSTALL_GC_H

#include <stddef.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"
#include "install/request.h"

struct gc_result {
	size_t scanned, deleted;
};

/*
 * Deletes the entries of a map of struct hr_nat_key and struct hr_nat whose `expires` is not after now (seconds of
 * CLOCK_MONOTONIC). Entries that come while it runs may be seen or not. 0 or a negative errno: -EPROTO for a map of
 * other sizes, else what the kernel says.
 */
int gc_map(int fd, uint32_t now, struct gc_result *out);

/* Of these, deletes what has still expired by now, and adds to out->deleted. What is gone already is no error. */
int gc_entries(int fd, uint32_t now, const struct hr_nat_key *keys, size_t count,
	       struct gc_result *out);

/* gc_map() without batches, which it does where the kernel has none; max bounds the entries looked at. */
int gc_map_singly(int fd, uint32_t now, size_t max, struct gc_result *out);

/* EXIT_STATUS_OK, also when nothing is installed; EXIT_STATUS_ENVIRONMENT. */
int gc_run(const struct install_request *request);

#endif
