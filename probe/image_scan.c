// SPDX-License-Identifier: BSD-2-Clause
/* Three searches over one growing buffer, each of which remembers how far it got. */
#include "probe/image_scan.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/features.h"
#include "probe/unpack.h"

#define BANNER "Linux version "
#define CONFIG_START "IKCFG_ST" /* kernel/configs.c */
#define BTF_ALIGN 4 /* of the section, and of the section's place in the file */
#define MAX_CANDIDATES 64 /* a kernel has its own BTF and those of a few programs it carries */

void image_scan_fini(struct image_scan *scan)
{
	kernel_enums_fini(&scan->enums);
}

int image_scan_btf(struct image_scan *scan, const void *data, size_t len)
{
	const char *names[NEED__COUNT];
	int err;

	kernel_enums_fini(&scan->enums);
	err = kernel_enums_parse(data, len, &scan->enums);
	/* Programs that a kernel carries have BTF too, without the enum that no struct mentions. */
	if (!err && !scan->enums.names[KERNEL_ENUM_FUNC_ID].len)
		err = -EINVAL;
	for (size_t i = 0; i < NEED__COUNT; i++)
		names[i] = kconfig_needs[i].witness;
	if (!err)
		err = kernel_functions_find(data, len, names, NEED__COUNT, scan->witnesses);
	scan->has_btf = !err;
	return err;
}

/* Next place at which BTF may start, or len. */
static size_t btf_candidate(const unsigned char *data, size_t at, size_t len)
{
	static const struct btf_header header = { .magic = BTF_MAGIC, .version = BTF_VERSION };
	uint32_t start, word;

	memcpy(&start, &header, sizeof(start));
	for (; at + sizeof(word) <= len; at += BTF_ALIGN) {
		memcpy(&word, data + at, sizeof(word));
		if (word == start)
			return at;
	}
	return at;
}

static void find_btf(struct image_scan *s, const unsigned char *data, size_t len, bool is_last)
{
	while (!s->has_btf && s->candidates < MAX_CANDIDATES) {
		size_t size, at = btf_candidate(data, s->btf_next, len);

		s->btf_next = at;
		if (at + sizeof(struct btf_header) > len)
			return;
		size = kernel_btf_size(data + at, len - at);
		if (size && size <= KERNEL_ENUMS_MAX_BTF) {
			if (size > len - at && !is_last)
				return; /* wait for the rest of it */
			s->candidates++;
			if (size <= len - at && !image_scan_btf(s, data + at, size))
				return;
		}
		s->btf_next = at + BTF_ALIGN;
	}
}

/* "Linux version 6.1.0-18-amd64 (builder@host) ..."; format strings of the same beginning have no digit. */
static bool banner_release(struct image_scan *s, const unsigned char *at, size_t len)
{
	const unsigned char *end =
		memchr(at, ' ', len < sizeof(s->release) ? len : sizeof(s->release));
	unsigned int major, minor;
	char release[sizeof(s->release)];

	if (!end)
		return false;
	snprintf(release, sizeof(release), "%.*s", (int)(end - at), (const char *)at);
	if (strlen(release) != (size_t)(end - at) || kernel_release_parse(release, &major, &minor))
		return false;
	for (const char *p = release; *p; p++)
		if (*p < '!' || *p > '~')
			return false;
	memcpy(s->release, release, sizeof(release));
	return true;
}

/* Next place of text from *next on, or NULL; *next moves so that nothing is looked at twice. */
static const unsigned char *find_text(const unsigned char *data, size_t len, const char *text,
				      size_t *next)
{
	const unsigned char *hit;
	size_t size = strlen(text);

	if (len < *next + size)
		return NULL;
	hit = memmem(data + *next, len - *next, text, size);
	*next = hit ? (size_t)(hit - data) + size : len - size + 1;
	return hit ? hit + size : NULL;
}

static void find_banner(struct image_scan *s, const unsigned char *data, size_t len, bool is_last)
{
	while (!s->release[0]) {
		size_t before = s->banner_next;
		const unsigned char *at = find_text(data, len, BANNER, &s->banner_next);

		if (!at)
			return;
		if (!is_last && (size_t)(data + len - at) < sizeof(s->release)) {
			s->banner_next = before;
			return;
		}
		banner_release(s, at, (size_t)(data + len - at));
	}
}

static void find_config(struct image_scan *s, const unsigned char *data, size_t len)
{
	while (!s->config_at) {
		const unsigned char *at = find_text(data, len, CONFIG_START, &s->config_next);

		if (!at)
			return;
		/* Cut off by the end of what has come: found when the next piece is looked at. */
		if ((size_t)(data + len - at) < 4) {
			s->config_next -= strlen(CONFIG_START);
			return;
		}
		if (unpack_detect(at, (size_t)(data + len - at)) == UNPACK_GZIP)
			s->config_at = (size_t)(at - data);
	}
}

int image_scan_more(struct image_scan *scan, const unsigned char *data, size_t len, bool is_last)
{
	find_banner(scan, data, len, is_last);
	find_config(scan, data, len);
	find_btf(scan, data, len, is_last);
	return scan->has_btf && scan->release[0];
}

int image_scan_config(const struct image_scan *scan, const unsigned char *data, size_t len,
		      struct kconfig *out)
{
	if (!scan->config_at || scan->config_at >= len)
		return -ENODATA;
	return kconfig_read(data + scan->config_at, len - scan->config_at, out) ? -ENODATA : 0;
}
