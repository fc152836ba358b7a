/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a directory of files is already as it should be. Knows nothing of what is in them. */
#ifndef HR_COMPILER_BUNDLE_SAME_H
#define HR_COMPILER_BUNDLE_SAME_H

#include <stdbool.h>

/*
 * Do both directories hold files of the same names and bytes, and nothing else? In `there` these must be regular
 * files of mode 0644, and the directory itself of 0755. What cannot be read is not the same.
 */
bool bundle_is_same(const char *fresh, const char *there);

/* Gives the directory and its files the present time, as writing them would have. Errors do not matter here. */
void bundle_touch(const char *there);

#endif
