/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "Node" of hrprobe's report. Private to the report*.c files; probe/report.h documents the JSON. */
#ifndef HR_PROBE_REPORT_AUDIT_H
#define HR_PROBE_REPORT_AUDIT_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buf.h"
#include "probe/audit.h"

/* Findings for information are counted only, unless verbose. */
void report_put_audit(struct buf *b, const struct audit *audit, bool verbose);

/* A new array; the caller owns it. */
json_t *report_audit_json(const struct audit *audit);

#endif
