/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which release of Cilium a ConfigMap was written for, read off its keys and values: keys come and go, some
 * values too. A guess, and it says what it rests on.
 */
#ifndef HR_CONFIG_DIALECT_H
#define HR_CONFIG_DIALECT_H

#include <stddef.h>
#include <stdint.h>

#include "config/entries.h"
#include "config/release.h"

#define DIALECT_REASON_MAX 224

struct dialect {
	enum cilium_release release; /* the choice: the newest of the possible ones */
	uint32_t possible; /* releases that fit as well as any does */
	/* Known keys that the choice does not have, and values that it refuses: 0 when all fits. */
	size_t misfits;
	char reason[DIALECT_REASON_MAX]; /* "kube-proxy-replacement: probe ends with 1.12" */
};

/*
 * Chooses among candidates, a set that must not be empty. Keys that no release knows, or that are not spelt
 * as a flag of the agent is, say nothing. 0 or -ENOMEM.
 */
int dialect_guess(const struct entry *entries, size_t count, uint32_t candidates,
		  struct dialect *out);

#endif
