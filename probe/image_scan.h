/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds what tells of a kernel in its uncompressed code: the banner, the BTF and the configuration
 * (IKCONFIG). By content, so that every architecture's image is read alike, and while it is still being
 * decompressed: linkers put read-only data before BTF, BTF before the rest
 * (include/asm-generic/vmlinux.lds.h, RO_DATA).
 */
#ifndef HR_PROBE_IMAGE_SCAN_H
#define HR_PROBE_IMAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/kconfig.h"
#include "probe/kernel_enums.h"

struct image_scan {
	char release[65]; /* of the banner; "" until it is found */
	bool has_btf;
	struct kernel_enums enums; /* valid when has_btf */
	bool witnesses[NEED__COUNT]; /* functions of kconfig_needs[] that BTF names */
	size_t config_at; /* the compressed configuration starts there; 0: not found */

	size_t btf_next, banner_next, config_next; /* where to look on */
	unsigned int candidates; /* BTF headers that were tried */
};

void image_scan_fini(struct image_scan *scan);

/*
 * Looks at what is new in data, which starts at the image's first byte in every call. is_last: no more
 * will come. 1 when there is nothing more to be found further on, else 0.
 */
int image_scan_more(struct image_scan *scan, const unsigned char *data, size_t len, bool is_last);

/* Takes the whole of one BTF blob. 0, or -EINVAL when it is not a kernel's. */
int image_scan_btf(struct image_scan *scan, const void *data, size_t len);

/* The configuration that was found; data and len as in the last call. 0 or -ENODATA. */
int image_scan_config(const struct image_scan *scan, const unsigned char *data, size_t len,
		      struct kconfig *out);

#define _cleanup_image_scan_ __attribute__((cleanup(image_scan_fini)))

#endif
