/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The minor releases of Cilium that differ in keys, defaults, value grammar and verdict rules. Releases
 * compare with < and >=; CILIUM__COUNT is no release.
 */
#ifndef HR_CONFIG_RELEASE_H
#define HR_CONFIG_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cilium_release {
#define RELEASE(id, name) CILIUM_##id,
#include "config/release.def"
#undef RELEASE
	CILIUM__COUNT,
};

#define CILIUM_OLDEST ((enum cilium_release)0)
#define CILIUM_NEWEST ((enum cilium_release)(CILIUM__COUNT - 1))

/* Sets of releases: bit N is release N. Both ends of a range belong to it. */
#define RELEASES_IN(first, last) ((UINT32_C(2) << (last)) - (UINT32_C(1) << (first)))
#define RELEASES_SINCE(first) RELEASES_IN(first, CILIUM_NEWEST)
#define RELEASES_UNTIL(last) RELEASES_IN(CILIUM_OLDEST, last)
#define RELEASES_ALL RELEASES_IN(CILIUM_OLDEST, CILIUM_NEWEST)

static inline bool releases_have(uint32_t releases, enum cilium_release release)
{
	return releases >> release & 1;
}

/* One version as a user names it. */
struct cilium_version {
	enum cilium_release release;
	const char *patch; /* what follows the minor number: "", "1", "19-rc.1"; borrowed */
};

/*
 * Reads "1.12", "v1.12", "1.12.1" or "v1.16.19-abc". Nothing is inferred from the patch text. 0, -EINVAL when
 * text is not of that form, -ERANGE for a release that is not in the table; *out is left alone then.
 */
int release_parse(const char *text, struct cilium_version *out);

/* "1.12". */
const char *release_name(enum cilium_release release);

#define RELEASES_TEXT_MAX 96

/*
 * A set in words, into the caller's buffer: "1.14 and later", "up to 1.13", "1.10 to 1.16", "1.10, 1.18 and
 * later", "none". Returns out.
 */
const char *releases_text(uint32_t releases, char out[RELEASES_TEXT_MAX]);

#endif
