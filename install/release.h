/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steps that give back what the record holds and nobody wants any more. A goal keeps what it mentions; without
 * one everything goes, which is `remove`; with an interface only what is on it, which is `endpoint del`.
 * Pure. What is gone already is no error: the steps find nothing to do.
 */
#ifndef HR_INSTALL_RELEASE_H
#define HR_INSTALL_RELEASE_H

#include "install/goal.h"
#include "install/steps.h"
#include "install/record.h"

struct release {
	const struct record *record;
	const struct goal *goal; /* keeps what it mentions; NULL: keeps nothing */
	const char *interface; /* only this one; NULL: all */
};

/* In the reverse order of attachment: NICs first, so that what still arrives finds the pods' side whole. */
void release_attachments(const struct release *release, struct steps *plan);

/* Back to the old value, where it still is what we set and the interface is still the same. */
void release_sysctls(const struct release *release, struct steps *plan);

/* The clsact qdiscs of our making, also those that a goal with tcx needs no more. */
void release_clsacts(const struct release *release, struct steps *plan);

/* Devices of our making. */
void release_devices(const struct release *release, struct steps *plan);

/* The nftables table, when it is ours and not wanted any more. */
void release_nft(const struct release *release, struct steps *plan);

/* The mount of the cgroup, when it is ours and not wanted any more. */
void release_cgroup(const struct release *release, struct steps *plan);

void release_device(const char *name, struct steps *plan);
void release_pin(const char *dir, const char *name, struct steps *plan);

#endif
