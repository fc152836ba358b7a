/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hrcompile tells: diagnostics on stderr, the summary on stdout as text or JSON. Decides nothing.
 *
 * JSON, schema "hostroute.compile/1", one document whether it went well or not, keys in this order and always
 * present:
 *
 *   schema, tool_version
 *   exit_status     of hrcompile
 *   mode            "BPF", "Legacy", "refused" or "undetermined"; null when the input could not be read
 *   release         of Cilium that the ConfigMap was read as, "1.16"; null when the input could not be read
 *   release_reason  why that one; null with it
 *   target          null for any kernel, else { name (as given), kernel (release; "" when unknown) }
 *   error           null, or what went wrong where there is no line to show: an unreadable target, clang, disk
 *   diagnostics     [ { severity ("error", "warning", "note"), file, line, column (from 1), text, source_line } ];
 *                   file is null when it is not about an input, line and column when it is about the whole file,
 *                   source_line (a part of it when it is long) when there is none
 *   dropped         number of diagnostics beyond those, see common/diag.h
 *   warnings        number of warnings, shown or not
 *   reasons         why the mode is Legacy: [ { rule, text } ]
 *   gaps            [ { key, text } ]: what the config asks for and the datapath does not do yet
 *   effective       [ { name, value, why } ]: see compiler/effective.def
 *   map_sizes       [ { name, key, from, entries, formula } ]: see struct manifest_map_size
 *   objects         [ { file, sha256, programs: [ { name, insns } ] } ]; none unless compiled
 *   bundle, sha256  directory as given, and digest of its manifest; null unless written
 *
 * Keys may be added at the end of an object within the schema's number.
 */
#ifndef HR_COMPILER_REPORT_H
#define HR_COMPILER_REPORT_H

#include <stdbool.h>

#include "common/cli.h"
#include "compiler/compile.h"

#define COMPILE_SCHEMA "hostroute.compile/1"

/* Prints all diagnostics; with errors_only, those of a list without errors are left out. */
void report_diagnostics(const struct compilation *c, bool errors_only);

/*
 * Release, mode, map sizes, objects with programs and instruction counts, warnings, bundle. output is NULL when
 * none was written.
 */
void report_text(const struct compilation *c, const char *output);

/* The document above, of a compilation that may have failed anywhere. 0 or -ENOMEM, logged. */
int report_json(const struct compilation *c, const char *output, enum exit_status status);

#endif
