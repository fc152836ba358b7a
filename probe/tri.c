// SPDX-License-Identifier: BSD-2-Clause
/* Names of the three answers and of their sources, as they stand in reports. */
#include "probe/tri.h"

static const char *const tri_names[] = { "unknown", "no", "yes" };
_Static_assert(sizeof(tri_names) / sizeof(tri_names[0]) == ANSWER__COUNT, "name every answer");

static const char *const source_names[] = {
	"none",	   "loaded", "btf",	"uname", "sysctl",     "netlink",
	"kconfig", "banner", "assumed", "file",	 "functional",
};
_Static_assert(sizeof(source_names) / sizeof(source_names[0]) == SOURCE__COUNT,
	       "name every source");

const char *tri_name(enum tri value)
{
	return (unsigned int)value < ANSWER__COUNT ? tri_names[value] : tri_names[ANSWER_UNKNOWN];
}

const char *source_name(enum answer_source source)
{
	return (unsigned int)source < SOURCE__COUNT ? source_names[source]
						    : source_names[SOURCE_NONE];
}
