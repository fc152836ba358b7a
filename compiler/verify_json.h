/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verifier said, as JSON: written by the report and by the loader in a VM, whose text is read back. */
#ifndef HR_COMPILER_VERIFY_JSON_H
#define HR_COMPILER_VERIFY_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "compiler/verify_load.h"

#define VERIFY_SCHEMA "hostroute.verify/1"
#define VERIFY_JSON_MAX_BYTES (4u << 20)

/* The array under "programs": an object per row, keys always the same; a new reference, NULL without memory. */
json_t *verify_programs_json(const struct verify_result *result);

/* The loader's text: { "schema", "release", "programs" }. The caller frees *out. 0 or -ENOMEM. */
int verify_result_write(const struct verify_result *result, char **out);

/*
 * Reads that text back; where names it in messages. It is as hostile as the kernel it comes from. 0, or a negative
 * errno after logging one line; *out is for verify_result_fini() either way.
 */
int verify_result_parse(const char *where, const char *text, size_t len, struct verify_result *out);

#endif
