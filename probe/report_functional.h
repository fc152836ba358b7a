/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "Tried" of hrprobe's report. Private to the report*.c files. */
#ifndef HR_PROBE_REPORT_FUNCTIONAL_H
#define HR_PROBE_REPORT_FUNCTIONAL_H

#include <jansson.h>

#include "common/buf.h"
#include "probe/functional.h"

void report_put_functional(struct buf *b, const struct functional *functional);

/* A new array, as probe/functional.h documents it; the caller owns it. */
json_t *report_functional_json(const struct functional *functional);

#endif
