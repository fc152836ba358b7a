/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory of datapath sources: where it is, and a digest of what is in it. */
#ifndef HR_COMPILER_TEMPLATES_H
#define HR_COMPILER_TEMPLATES_H

#include <stddef.h>

#include "common/digest.h"

#define TEMPLATES_MAX_FILES 256
#define TEMPLATES_MAX_FILE_BYTES (1u << 20)

/*
 * Absolute path of the templates: `asked` if not NULL, else bpf-templates beside the directory of this
 * executable (a build tree), else where installed ones lie from there. 0, or a negative errno after logging
 * one line.
 */
int templates_find(const char *asked, char *out, size_t size);

/*
 * Digest over names and contents of the sources (*.c, *.h, *.def, here and in lib/): the SHA-256 of
 * what `sha256sum` would print for them, sorted by name. 0, or a negative errno after logging one line.
 */
int templates_digest(const char *dir, char out[DIGEST_TEXT_MAX]);

#endif
