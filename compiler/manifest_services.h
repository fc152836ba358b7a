/* SPDX-License-Identifier: BSD-2-Clause */
/* The `services` object of a manifest, in both directions; hrinstall's record has the same one. */
#ifndef HR_COMPILER_MANIFEST_SERVICES_H
#define HR_COMPILER_MANIFEST_SERVICES_H

#include <jansson.h>

#include "compiler/json_cursor.h"
#include "compiler/manifest.h"

/* Reads c's member "services". 0, or -EINVAL after logging. */
int manifest_services_read(const struct json_cursor *c, struct manifest_services *out);

/* NULL when memory is out. */
json_t *manifest_services_json(const struct manifest_services *s);

/* Its member "turned_off" alone: what was asked for and is off, with the reason of each. NULL when memory is out. */
json_t *manifest_services_off_json(const struct manifest_services *s);

#endif
