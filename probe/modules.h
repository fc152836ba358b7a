/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The modules that an unpacked image ships for one kernel: lib/modules/R with modules.builtin,
 * modules.dep and modules.order (Documentation/kbuild/kbuild.rst, depmod(8)), and the files themselves.
 */
#ifndef HR_PROBE_MODULES_H
#define HR_PROBE_MODULES_H

#include "probe/rootfs.h"

enum module_state {
	MODULE_UNKNOWN, /* no list of modules to look it up in */
	MODULE_ABSENT,
	MODULE_SHIPPED, /* its file is there */
	MODULE_BUILTIN,
};

struct modules {
	const struct rootfs *root; /* borrowed */
	char dir[128]; /* "usr/lib/modules/6.1.0-18-amd64"; "" when there is none */
	char *builtin, *list; /* texts of the lists; NULL when they are not there */
};

/* Reads the lists for a release; that there are none is no error. 0, -ENOMEM, or the error of reading one. */
int modules_read(const struct rootfs *root, const char *release, struct modules *out);
void modules_fini(struct modules *modules);

/* name without ".ko"; '-' and '_' are the same. */
enum module_state modules_find(const struct modules *modules, const char *name);

#define _cleanup_modules_ __attribute__((cleanup(modules_fini)))

#endif
