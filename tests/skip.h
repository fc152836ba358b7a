/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Skipping in TAP's way, before the group runs; cmocka's own skip() prints "not ok", which a TAP harness takes for a
 * failure. Include it behind cmocka.h.
 */
#ifndef HR_TESTS_SKIP_H
#define HR_TESTS_SKIP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole test binary: a TAP plan of nothing, or one failure with STRICT=1. Returns main()'s exit status. */
static inline int skip_all(const char *why)
{
	const char *strict = getenv("STRICT");

	if (!strict || strcmp(strict, "1") != 0) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	printf("1..1\nnot ok 1 - can run here: %s\n", why);
	return 1;
}

static inline void skip_nothing(void **state)
{
	(void)state;
}

/* Those tests of a group that have an initial state: it is the title that says why ("name # SKIP why"). */
static inline void skip_titled(struct CMUnitTest *tests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tests[i].initial_state)
			tests[i] = (struct CMUnitTest){ .name = tests[i].initial_state,
							.test_func = skip_nothing };
}

#endif
