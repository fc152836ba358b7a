/* SPDX-License-Identifier: BSD-2-Clause */
/* Between diff.c and diff_keys.c, which are one comparison in two files. Not for others. */
#ifndef HR_COMPILER_DIFF_PART_H
#define HR_COMPILER_DIFF_PART_H

#include "compiler/diff.h"

/* Appends a row. 0 or -ENOMEM. */
int diff_add_row(struct diff_rows *rows, struct diff_row row);

/* Fills d->keys. 0 or -ENOMEM. */
int diff_keys(struct diff *d);

#endif
