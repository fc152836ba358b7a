/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bill of materials of a bundle: SPDX 2.3 as JSON (spdx.github.io/spdx-spec/v2.3). Packages: the bundle, the
 * templates it was compiled from, the compiler and libbpf, which linked it. The same bundle gives the same bytes:
 * the time of creation is the epoch's, and the namespace is derived from the digests of what is described.
 */
#ifndef HR_COMPILER_SBOM_H
#define HR_COMPILER_SBOM_H

#include "compiler/manifest.h"

#define SBOM_FILE "sbom.spdx.json"

/*
 * Describes the files of m->files as they lie in dir. The caller frees *out. 0, or a negative errno after
 * logging one line.
 */
int sbom_render(const char *dir, const struct manifest *m, char **out);

#endif
