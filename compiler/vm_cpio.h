/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An initramfs in memory: the "newc" form of cpio, uncompressed, everything owned by root and of the epoch.
 * Layout: Documentation/driver-api/early-userspace/buffer-format.rst. A failed allocation shows in buf_take().
 */
#ifndef HR_COMPILER_VM_CPIO_H
#define HR_COMPILER_VM_CPIO_H

#include <stddef.h>

#include "common/buf.h"

/* Names are relative ("dev/console"); a directory comes before what is in it. */
void cpio_directory(struct buf *out, const char *name);
void cpio_character_device(struct buf *out, const char *name, unsigned int major,
			   unsigned int minor);
void cpio_file(struct buf *out, const char *name, unsigned int permissions, const void *data,
	       size_t len);

/* The record that ends an archive; nothing goes behind it. */
void cpio_end(struct buf *out);

#endif
