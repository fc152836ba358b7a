/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An offline target: finds and reads the files of a kernel that does not run, so that features_offline()
 * can answer from them.
 */
#ifndef HR_PROBE_OFFLINE_H
#define HR_PROBE_OFFLINE_H

#include <stdbool.h>

#include "probe/features_offline.h"
#include "probe/image.h"
#include "probe/kconfig.h"
#include "probe/modules.h"
#include "probe/root_kernels.h"
#include "probe/rootfs.h"

/* As on the command line; NULL for what was not given. At least one of the first four is given. */
struct offline_request {
	const char *kernel, *btf, *kconfig, *root;
	const char *release; /* which kernel of the root; without one, what a file does not tell */
};

struct offline {
	struct offline_target target; /* points into the rest; valid after offline_read() */
	struct answer needs[NEED__COUNT]; /* of the target */
	char kernel_path
		[ROOT_KERNEL_PATH_MAX]; /* image that was read, in the root if there is one; or "" */
	char kconfig_path
		[ROOT_KERNEL_PATH_MAX]; /* ditto; "IKCONFIG" for that inside the image; or "" */

	char release[65];
	struct kernel_image image, btf;
	struct kconfig kconfig;
	struct rootfs root;
	struct modules modules;
};

/*
 * Reads everything that was asked for. The configuration is the one given, else the image's own, else
 * boot/config-R or lib/modules/R/config of the root. *out is for offline_fini() afterwards, also on
 * failure; do not copy it. 0, or a negative errno, logged.
 */
int offline_read(const struct offline_request *request, struct offline *out);
void offline_fini(struct offline *offline);

#define _cleanup_offline_ __attribute__((cleanup(offline_fini)))

#endif
