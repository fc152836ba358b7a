/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is an object file safe to hand to libbpf? libbpf 1.1 follows the type ids of an object's BTF
 * without looking: ids beyond the end crash it, circular types never end. To be called before it
 * sees a file that we did not make.
 */
#ifndef HR_PROBE_OBJECT_CHECK_H
#define HR_PROBE_OBJECT_CHECK_H

#include <stddef.h>

/*
 * 0 when image is a relocatable 64-bit BPF ELF file of this machine's byte order whose BTF, if any,
 * is coherent; else -EINVAL. Logs nothing and does not change image.
 */
int object_check(char *image, size_t len);

#endif
