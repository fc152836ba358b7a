// SPDX-License-Identifier: BSD-2-Clause
/* Names of releases. Knows nothing of what they differ in. */
#include "config/release.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

static const char *const names[] = {
#define RELEASE(id, name) [CILIUM_##id] = name,
#include "config/release.def"
#undef RELEASE
};
_Static_assert(ARRAY_SIZE(names) == CILIUM__COUNT, "name every release");

#define DIGITS "0123456789"

/* "1.12" and what follows it: nothing, or a dot, a number, and what distributors append to that. */
static bool has_form(const char *text, size_t *minor_len, const char **patch)
{
	size_t major = strspn(text, DIGITS), minor, number;

	if (!major || text[major] != '.')
		return false;
	minor = strspn(text + major + 1, DIGITS);
	if (!minor)
		return false;
	*minor_len = major + 1 + minor;
	*patch = text + *minor_len;
	if (!**patch)
		return true;
	if (*(*patch)++ != '.')
		return false;
	number = strspn(*patch, DIGITS);
	return number && strchr("-+", (*patch)[number]);
}

/* One unbroken run of releases; returns the number of characters. */
static int run_text(enum cilium_release first, enum cilium_release last, char *out, size_t size)
{
	if (first == last && last != CILIUM_NEWEST)
		return snprintf(out, size, "%s", names[first]);
	if (first == CILIUM_OLDEST && last != CILIUM_NEWEST)
		return snprintf(out, size, "up to %s", names[last]);
	if (last == CILIUM_NEWEST)
		return snprintf(out, size, "%s and later", names[first]);
	return snprintf(out, size, "%s to %s", names[first], names[last]);
}

int release_parse(const char *text, struct cilium_version *out)
{
	const char *name = text + (*text == 'v'), *patch;
	size_t len;

	if (!has_form(name, &len, &patch))
		return -EINVAL;
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		if (strlen(names[release]) != len || strncmp(names[release], name, len))
			continue;
		*out = (struct cilium_version){ .release = release, .patch = patch };
		return 0;
	}
	return -ERANGE;
}

const char *release_name(enum cilium_release release)
{
	return names[release];
}

const char *releases_text(uint32_t releases, char out[RELEASES_TEXT_MAX])
{
	size_t len = 0;

	snprintf(out, RELEASES_TEXT_MAX, "none");
	for (enum cilium_release first = 0, last; first < CILIUM__COUNT; first = last + 1) {
		last = first;
		if (!releases_have(releases, first))
			continue;
		while (last + 1 < CILIUM__COUNT && releases_have(releases, last + 1))
			last++;
		if (len)
			len += (size_t)snprintf(out + len, RELEASES_TEXT_MAX - len, ", ");
		len += (size_t)run_text(first, last, out + len, RELEASES_TEXT_MAX - len);
		if (len >= RELEASES_TEXT_MAX)
			break;
	}
	return out;
}
