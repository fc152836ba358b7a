/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel as a file: vmlinux (ELF), x86 bzImage, arm64 Image, EFI zboot image, any of them compressed
 * as a whole (Image.gz), or BTF alone. Read for what it tells about BPF; input is hostile.
 *
 * Layouts: Documentation/arch/x86/boot.rst (bzImage), drivers/firmware/efi/libstub/zboot-header.S.
 */
#ifndef HR_PROBE_IMAGE_H
#define HR_PROBE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/kconfig.h"
#include "probe/kernel_enums.h"

#define IMAGE_MAX_FILE \
	(256u << 20) /* bytes, of files that are read whole; a vmlinux may be larger */
#define IMAGE_MAX_UNPACKED (512u << 20)

struct kernel_image {
	char release[65]; /* as uname -r would print it; "" when the file does not tell */
	bool has_btf;
	struct kernel_enums enums; /* valid when has_btf */
	bool witnesses
		[NEED__COUNT]; /* functions of kconfig_needs[] that BTF names; valid when has_btf */
	bool has_config;
	struct kconfig config; /* IKCONFIG; valid when has_config */
};

void image_fini(struct kernel_image *image);

/*
 * Reads contents. *out is for image_fini() afterwards, also on failure. Logs one line that begins with
 * name, and returns 0 or: -EINVAL (no kernel, damaged or cut), -EFBIG, -EOPNOTSUPP (a compression that
 * is not read), -ENOMEM.
 */
int image_parse(const void *data, size_t len, const char *name, struct kernel_image *out);

/* The same from an open file, which stays open; an ELF file is read by sections. Also its errors. */
int image_read(int fd, const char *name, struct kernel_image *out);

#define _cleanup_image_ __attribute__((cleanup(image_fini)))

#endif
