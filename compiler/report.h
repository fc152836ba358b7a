/* SPDX-License-Identifier: BSD-2-Clause */
/* What hrcompile tells: diagnostics on stderr, the summary on stdout as text or JSON. Decides nothing. */
#ifndef HR_COMPILER_REPORT_H
#define HR_COMPILER_REPORT_H

#include <stdbool.h>

#include "compiler/compile.h"

/* Prints all diagnostics; with errors_only, those of a list without errors are left out. */
void report_diagnostics(const struct compilation *c, bool errors_only);

/* Mode, objects with programs and instruction counts, warnings, bundle. output is NULL when none was written. */
void report_text(const struct compilation *c, const char *output);

/* The same as one JSON object. 0 or -ENOMEM, logged. */
int report_json(const struct compilation *c, const char *output);

#endif
