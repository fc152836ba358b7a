/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every writer of JSON shares, on top of jansson: values that are put without checks (a failed
 * allocation shows in jsonout_text()), and the finished text.
 */
#ifndef HR_COMMON_JSONOUT_H
#define HR_COMMON_JSONOUT_H

#include <jansson.h>
#include <stddef.h>

#include "common/cleanup.h"

/* _cleanup_(json): drops the reference. */
DEFINE_CLEANUP(json, json_t *, json_decref)

/* Sets a key to a value whose reference is taken over; NULL becomes null. */
void jsonout_put(json_t *object, const char *key, json_t *value);

/* Sets a key to a string; NULL becomes null. */
void jsonout_put_text(json_t *object, const char *key, const char *text);

/*
 * A string; a text that is not UTF-8 (a file of a mounted ConfigMap may hold any bytes) is shown with '?' for what is
 * not ASCII. NULL when memory is out.
 */
json_t *jsonout_shown(const char *text);

/*
 * The text of a tree in the order its keys were put, closed by a newline; the caller frees *out. -ENOMEM
 * also for a NULL root.
 */
int jsonout_text(const json_t *root, size_t indent, char **out);

#endif
