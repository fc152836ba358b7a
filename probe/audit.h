/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The node audit: what on a node would treat pod traffic differently once BPF host routing forwards it, each
 * finding from the table audit.def with a severity, what would happen, and what to do. A pure function of
 * facts and, where there is one, the verdict; it does not change the verdict or an exit status.
 *
 * Source of the causes: ../shared/reference/peers-and-users.md section 4 (outages that users reported).
 */
#ifndef HR_PROBE_AUDIT_H
#define HR_PROBE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/options.h"
#include "probe/facts.h"
#include "probe/facts_audit.h"
#include "probe/features.h"
#include "probe/verdict.h"

/* In the order in which findings are listed. */
enum audit_severity {
	AUDIT_PROBLEM, /* pods lose traffic */
	AUDIT_WARNING, /* some traffic may be lost, or escape what filters it today */
	AUDIT_INFO, /* worth knowing; nothing to repair */
	AUDIT_SEVERITY__COUNT,
};

enum audit_id {
#define AUDIT(id, ...) AUDIT_ID_##id,
#include "probe/audit.def"
#undef AUDIT
	AUDIT_ID__COUNT,
};

struct audit_def {
	const char *name; /* "NODE-IP-RULES": stable, for scripts */
	enum audit_severity severity;
	const char *text; /* what it is */
	const char *consequence; /* what it means for pod traffic in BPF mode */
	const char *fix;
};

extern const struct audit_def audit_defs[AUDIT_ID__COUNT];

#define AUDIT_DETAIL_MAX 200

struct audit_finding {
	enum audit_id id;
	enum tri matched; /* ANSWER_YES, or ANSWER_UNKNOWN where the facts it needs are unknown */
	char detail[AUDIT_DETAIL_MAX]; /* devices, rules, values it is about; may be "" */
};

/* All of it is borrowed. */
struct audit_input {
	const struct node_facts *facts;
	const struct audit_facts *audit;
	const struct features *features; /* NULL: no kernel is known */
	const struct options *options; /* NULL: no config */
	const struct verdict *verdict; /* NULL, or without devices: those the agent would detect */
};

struct audit {
	/* By severity, then in the table's order; those that are unknown last. */
	struct audit_finding items[AUDIT_ID__COUNT];
	size_t count;
	size_t unknown; /* how many of count are unknown */
};

/* Decides. Nothing is found in audit facts that nobody has looked at. */
void audit_decide(const struct audit_input *in, struct audit *out);

const char *audit_severity_name(enum audit_severity severity); /* "problem", "warning", "info" */

#endif
