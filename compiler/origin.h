/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an option's value and its origin are shown: in messages, in the comments of node_config.h, in the
 * manifest. Without directories, so that outputs do not depend on where the input lay.
 */
#ifndef HR_COMPILER_ORIGIN_H
#define HR_COMPILER_ORIGIN_H

#include <stddef.h>

#include "config/options.h"

#define ORIGIN_TEXT_MAX 300
#define VALUE_TEXT_MAX 64

/* "default", or "<base name of the file>:<line>:<column>". Returns out. */
const char *origin_text(const struct option_value *value, char out[ORIGIN_TEXT_MAX]);

/*
 * The value as one printable line, cut with "..." when long: control characters become '.', and so does
 * the slash that would close a C comment. Returns out.
 */
const char *value_text(const struct option_value *value, char out[VALUE_TEXT_MAX]);

#endif
