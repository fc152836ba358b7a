/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest set of changes to a config that gives BPF host routing on the same kernel and node, found by trying
 * the rules' cures (rules.def) and deciding again. It says what would give BPF, not what the cluster wants: a cure
 * may turn something off.
 */
#ifndef HR_PROBE_VERDICT_CURE_H
#define HR_PROBE_VERDICT_CURE_H

#include "common/buf.h"
#include "probe/verdict.h"

#define CURE_MAX_CHANGES 3

enum cure_result {
	CURE_NOT_NEEDED, /* the mode is BPF */
	CURE_FOUND,
	CURE_NONE, /* no such set, or none small enough; `obstacle` says what is in the way */
	CURE_UNDETERMINED, /* an answer that decides is unknown */
	CURE__COUNT,
};

struct cure_change {
	enum option_id option;
	bool removes; /* the key is to be removed; else set to value */
	char value[64];
};

struct verdict_cure {
	enum cure_result result;
	struct cure_change changes[CURE_MAX_CHANGES];
	size_t count; /* 0 unless CURE_FOUND */
	struct finding obstacle; /* CURE_NONE: the first finding that no key helps against */
	bool has_obstacle;
};

/*
 * Searches. v is the verdict on opts, features and facts, which stay as they are. 0 or -ENOMEM; *out is
 * left alone then.
 */
int verdict_cure(const struct options *opts, const struct features *features,
		 const struct node_facts *facts, const struct verdict *v, struct verdict_cure *out);

/* One change as people write it: "set enable-bpf-masquerade: true", "remove devices". */
void cure_change_text(const struct cure_change *change, struct buf *out);

const char *
cure_result_name(enum cure_result result); /* "not needed", "found", "none", "undetermined" */

#endif
