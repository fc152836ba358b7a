/* SPDX-License-Identifier: BSD-2-Clause */
/* Text to typed value, one type at a time. Knows nothing of keys. */
#ifndef HR_CONFIG_OPTION_TYPES_H
#define HR_CONFIG_OPTION_TYPES_H

#include "config/govalue.h"
#include "config/options.h"

/*
 * Fills the typed part of value from a trimmed text, as an agent with this number grammar would. 0, -EINVAL
 * (not of the type), -ERANGE (a number that does not fit) or -ENOMEM.
 */
int option_type_parse(enum option_type type, enum go_grammar grammar, const char *text,
		      struct option_value *value);

/* What a text is when it is not of the type: "not an integer". */
const char *option_type_complaint(enum option_type type);

/* The value that an agent silently takes for a text that it converts without checking it. */
const char *option_type_zero(enum option_type type);

/* A copy without white space at either end, as the agent trims the files it reads. NULL without memory. */
char *option_trim(const char *text);

/* How a release reads numbers: since 1.18 the library for it is a more tolerant one. */
enum go_grammar option_grammar(enum cilium_release release);

#endif
