/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an object leaves open for the loader to resolve: kernel functions it calls, and whether that takes the
 * kernel's BTF. needs.c's other half.
 */
#ifndef HR_PROBE_NEEDS_EXTERNS_H
#define HR_PROBE_NEEDS_EXTERNS_H

#include <stddef.h>

#include "probe/needs.h"

/*
 * Adds to needs that already hold the programs' types. image has passed object_check(); weak externs are no
 * needs. 0, -E2BIG, or -EINVAL when the file contradicts itself.
 */
int needs_add_externs(struct object_needs *out, char *image, size_t len);

#endif
