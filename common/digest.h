/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 as lower-case hex, by libmd. */
#ifndef HR_COMMON_DIGEST_H
#define HR_COMMON_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_MAX 65

/* Digest of a byte string. */
void digest_data(const void *data, size_t len, char out[DIGEST_TEXT_MAX]);

/* The first 64 bits of it, the same number on any machine. */
uint64_t digest_number(const void *data, size_t len);

/* Digest of a file of at most max bytes; errors as file_read(). */
int digest_file(const char *path, size_t max, char out[DIGEST_TEXT_MAX]);

#endif
