/* SPDX-License-Identifier: BSD-2-Clause */
/* What the predicates of the node audit share. Private to the audit*.c files. */
#ifndef HR_PROBE_AUDIT_CHECKS_H
#define HR_PROBE_AUDIT_CHECKS_H

#include "probe/audit.h"
#include "probe/devices.h"

struct audit_context {
	const struct audit_input *in;
	struct device_list devices; /* those the datapath attaches to */
	struct audit_finding *finding; /* the one being decided */
};

/* Says whether a finding holds, and adds its details. ANSWER_UNKNOWN where a fact it needs is not known. */
typedef enum tri (*audit_check_fn)(struct audit_context *c);

#define AUDIT(id, name, severity, check, text, consequence, fix) \
	enum tri audit_##check(struct audit_context *c);
#include "probe/audit.def"
#undef AUDIT

/* Adds a detail, separated by a comma; a list that does not fit ends with "...". */
void audit_detail(struct audit_context *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

bool audit_is_selected(const struct audit_context *c, const struct fact_device *dev);

static inline enum tri audit_answer(bool matched)
{
	return matched ? ANSWER_YES : ANSWER_NO;
}

#endif
