/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel's configuration (.config, /boot/config-R, IKCONFIG), reduced to the options of
 * kconfig_needs.def. Bytes in, struct out; input is hostile.
 */
#ifndef HR_PROBE_KCONFIG_H
#define HR_PROBE_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

enum kconfig_need {
#define NEED(symbol, ...) NEED_##symbol,
#include "probe/kconfig_needs.def"
#undef NEED
	NEED__COUNT,
};

enum kconfig_value {
	KCONFIG_UNKNOWN, /* not mentioned, in a text that need not be a whole configuration */
	KCONFIG_NO, /* "is not set", or not mentioned in a whole one: its dependencies are missing */
	KCONFIG_MODULE,
	KCONFIG_YES,
};

struct kconfig_need_def {
	const char *name; /* "CONFIG_NET_CLS_BPF" */
	const char *module; /* "cls_bpf"; "" when it cannot be one */
	const char *witness; /* function that only a kernel with it built in has */
	const char *text; /* what it is for */
};

extern const struct kconfig_need_def kconfig_needs[NEED__COUNT];

struct kconfig {
	enum kconfig_value values[NEED__COUNT];
	char version[32]; /* "6.1.90", of its header; "" without one */
	bool is_whole; /* as the kernel's build wrote it, not a fragment */
};

#define KCONFIG_MAX (16u << 20) /* bytes of text; distributions have 0.3 MiB */

/* Reads text. 0, or -EINVAL when no line of it is about an option. */
int kconfig_parse(const char *text, size_t len, struct kconfig *out);

/* The same from file contents that may be compressed in any format of unpack.h; also its errors. */
int kconfig_read(const void *data, size_t len, struct kconfig *out);

#endif
