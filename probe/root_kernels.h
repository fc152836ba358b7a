/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernels of an unpacked image: boot/vmlinuz-R and its like, lib/modules/R/vmlinuz,
 * usr/lib/modules/R/vmlinuz (file-hierarchy(7), kernel-install(8)), and which of them is meant.
 */
#ifndef HR_PROBE_ROOT_KERNELS_H
#define HR_PROBE_ROOT_KERNELS_H

#include <stddef.h>

#include "probe/rootfs.h"

#define ROOT_KERNELS_MAX 64
#define ROOT_KERNEL_PATH_MAX 256

struct root_kernel {
	char release[65]; /* of its file or directory name; "" for boot/vmlinuz and the like */
	char image[ROOT_KERNEL_PATH_MAX]; /* in the root; "" when there are only modules */
};

struct root_kernels {
	struct root_kernel
		items[ROOT_KERNELS_MAX]; /* oldest first, those without a release before them */
	size_t count; /* what is beyond the maximum is not seen */
};

/* Looks for all of them. 0, or -errno of reading a directory that is there; logs nothing. */
int root_kernels_list(const struct rootfs *root, struct root_kernels *out);

/*
 * The newest, or the one of that release. An image without a release in its name is taken when it is the
 * only one. NULL after one line to the log that names those there are; dir is the root as given.
 */
const struct root_kernel *root_kernels_pick(const struct root_kernels *kernels, const char *release,
					    const char *dir);

/*
 * <0, 0, >0 as a is older than, the same as, or newer than b. Numbers count as numbers, and
 * "6.1.0-rc3" is older than "6.1.0".
 */
int kernel_release_compare(const char *a, const char *b);

#endif
