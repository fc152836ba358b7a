/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompression of kernel images and configurations: gzip, xz, zstd and lz4 in its legacy frame (what
 * the kernel's build uses). Output grows in a reserved mapping, so memory is used as data comes and
 * never beyond the limit; whoever has seen enough stops it early. Input is hostile.
 */
#ifndef HR_PROBE_UNPACK_H
#define HR_PROBE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

enum unpack_format {
	UNPACK_NONE, /* not compressed, as far as its first bytes tell */
	UNPACK_GZIP,
	UNPACK_XZ,
	UNPACK_ZSTD,
	UNPACK_LZ4,
	UNPACK_OTHER, /* bzip2, lzma or lzo: known, not read */
	UNPACK__COUNT,
};

struct unpacked {
	unsigned char *data; /* a private mapping of size bytes */
	size_t len; /* bytes that came out; fewer than all when the sink stopped it */
	size_t size;
};

/*
 * Called whenever more has come out, with all of it from the start; is_last after the end of the
 * stream. 0 goes on, positive: enough, negative: an error that unpack() returns.
 */
struct unpack_sink {
	int (*more)(void *ctx, const unsigned char *data, size_t len, bool is_last);
	void *ctx;
};

enum unpack_format unpack_detect(const void *data, size_t len);
const char *unpack_format_name(enum unpack_format format); /* "gzip", ... */

/*
 * Decompresses one stream; what follows it is ignored (images append their size). sink may be NULL;
 * with one, which may stop before the checksum of an xz stream comes, that checksum is not calculated.
 * *out is for unpacked_fini() afterwards, also on failure. 0, -EINVAL (damaged or cut), -EFBIG (more
 * than max bytes come out, or it asks for a window that no kernel is built with), -ENOMEM,
 * -EOPNOTSUPP for a format that is not read, or the sink's error. Logs nothing.
 */
int unpack(const void *data, size_t len, size_t max, const struct unpack_sink *sink,
	   struct unpacked *out);

void unpacked_fini(struct unpacked *out);

#define _cleanup_unpacked_ __attribute__((cleanup(unpacked_fini)))

#endif
