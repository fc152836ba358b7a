// SPDX-License-Identifier: BSD-2-Clause
/* Runs the predicates of audit.def, in audit_network.c and audit_system.c, over the facts of a node. */
#include "probe/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/audit_checks.h"

const struct audit_def audit_defs[AUDIT_ID__COUNT] = {
#define AUDIT(id, name, severity, check, text, consequence, fix) \
	[AUDIT_ID_##id] = { name, AUDIT_##severity, text, consequence, fix },
#include "probe/audit.def"
#undef AUDIT
};

static const audit_check_fn checks[] = {
#define AUDIT(id, name, severity, check, text, consequence, fix) [AUDIT_ID_##id] = audit_##check,
#include "probe/audit.def"
#undef AUDIT
};
_Static_assert(ARRAY_SIZE(checks) == AUDIT_ID__COUNT, "a predicate for every finding");

static void select_devices(struct audit_context *c)
{
	const struct verdict *v = c->in->verdict;
	struct device_request request = { .families = FACT_IPV4 };

	if (!v || !v->device_count) {
		devices_select(&request, c->in->facts, &c->devices);
		return;
	}
	memcpy(c->devices.items, v->devices, sizeof(v->devices));
	c->devices.count = v->device_count;
}

static void run_checks(struct audit_context *c, enum audit_severity severity, enum tri wanted,
		       struct audit *out)
{
	for (enum audit_id id = 0; id < AUDIT_ID__COUNT; id++) {
		struct audit_finding *f = &out->items[out->count];

		if (severity != AUDIT_SEVERITY__COUNT && audit_defs[id].severity != severity)
			continue;
		*f = (struct audit_finding){ .id = id };
		c->finding = f;
		f->matched = checks[id](c);
		if (f->matched == wanted)
			out->count++;
	}
}

void audit_detail(struct audit_context *c, const char *fmt, ...)
{
	char *detail = c->finding->detail;
	size_t len = strlen(detail), size = sizeof(c->finding->detail);
	va_list args;
	int more;

	if (len >= size - sizeof("..."))
		return;
	if (len)
		len += (size_t)snprintf(detail + len, size - len, ", ");
	va_start(args, fmt);
	more = vsnprintf(detail + len, size - len, fmt, args);
	va_end(args);
	if (more < 0 || (size_t)more >= size - len)
		memcpy(detail + size - sizeof("..."), "...", sizeof("..."));
}

bool audit_is_selected(const struct audit_context *c, const struct fact_device *dev)
{
	for (size_t i = 0; i < c->devices.count; i++)
		if (c->devices.items[i] == dev)
			return true;
	return false;
}

void audit_decide(const struct audit_input *in, struct audit *out)
{
	struct audit_context c = { .in = in };

	*out = (struct audit){ 0 };
	if (!in->audit->is_looked_at)
		return;
	select_devices(&c);
	for (enum audit_severity severity = 0; severity < AUDIT_SEVERITY__COUNT; severity++)
		run_checks(&c, severity, ANSWER_YES, out);
	out->unknown = out->count;
	run_checks(&c, AUDIT_SEVERITY__COUNT, ANSWER_UNKNOWN, out);
	out->unknown = out->count - out->unknown;
}

const char *audit_severity_name(enum audit_severity severity)
{
	static const char *const names[] = { "problem", "warning", "info" };
	_Static_assert(ARRAY_SIZE(names) == AUDIT_SEVERITY__COUNT, "a name for every severity");

	return names[severity];
}
