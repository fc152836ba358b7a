/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The enumerators of the kernel's BPF enums (helpers, program, map and attach types) and of its xfrm
 * attributes, as its BTF names them. A scanner for these five enums only: 1 ms on 6.18, where libbpf's reader takes 7 and
 * the rest of a live probe less than that.
 *
 * Layout: Documentation/bpf/btf.rst and <linux/btf.h>. Input is hostile: every offset is checked.
 */
#ifndef HR_PROBE_KERNEL_ENUMS_H
#define HR_PROBE_KERNEL_ENUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

#define KERNEL_ENUMS_MAX_BTF (64u << 20) /* distribution kernels have 4 to 8 MiB */

enum kernel_enum {
	KERNEL_ENUM_FUNC_ID, /* BPF_FUNC_* */
	KERNEL_ENUM_PROG_TYPE, /* BPF_PROG_TYPE_* */
	KERNEL_ENUM_MAP_TYPE, /* BPF_MAP_TYPE_* */
	KERNEL_ENUM_XFRM_ATTR, /* XFRMA_*: what IPsec states can be given */
	KERNEL_ENUM_ATTACH_TYPE, /* all others */
	KERNEL_ENUM__COUNT,
};

struct kernel_enums {
	struct buf names[KERNEL_ENUM__COUNT]; /* NUL-separated; empty: BTF has no such enum */
};

/*
 * Scans raw BTF of this machine's byte order. 0, -EINVAL when it is not well-formed BTF, -E2BIG or
 * -ENOMEM. *out is for kernel_enums_fini() either way.
 */
int kernel_enums_parse(const void *data, size_t len, struct kernel_enums *out);

/*
 * The same from the kernel's own file; also the errors of opening and reading it. Logs nothing. The
 * file may be mapped: not for files that somebody could truncate meanwhile.
 */
int kernel_enums_read(const char *path, struct kernel_enums *out);

/*
 * Is "BPF_FUNC_redirect_peer" named? 1, 0, or -ENODATA when the enum it would belong to is not
 * there at all, so that its absence means nothing.
 */
int kernel_enums_has(const struct kernel_enums *enums, const char *enumerator);

void kernel_enums_fini(struct kernel_enums *enums);

/*
 * Bytes that the BTF starting at data covers by its own header, of which there may be more than len;
 * 0 when no BTF starts there.
 */
size_t kernel_btf_size(const void *data, size_t len);

/*
 * Which functions does raw BTF name? found[i] for names[i]. A function that is named was compiled in;
 * one that is not may have been left out for other reasons. Errors as kernel_enums_parse().
 */
int kernel_functions_find(const void *data, size_t len, const char *const *names, size_t count,
			  bool *found);

#endif
