/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scope-bound ownership: a variable marked _cleanup_x_ is released when it goes out of scope, and
 * TAKE_PTR()/TAKE_FD() hand it on instead. File descriptors start at -1.
 * Kernel state (links, pins, routes) is not memory and is never released this way.
 */
#ifndef HR_COMMON_CLEANUP_H
#define HR_COMMON_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* Defines cleanup_<name>() for a pointer type; use it as __attribute__((cleanup(cleanup_name))). */
#define DEFINE_CLEANUP(name, type, release)         \
	static inline void cleanup_##name(type *pp) \
	{                                           \
		if (*pp)                            \
			release(*pp);               \
	}

static inline void cleanup_free(void *pp)
{
	free(*(void **)pp);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

DEFINE_CLEANUP(fclose, FILE *, fclose)
DEFINE_CLEANUP(closedir, DIR *, closedir)

#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))
#define _cleanup_fclose_ __attribute__((cleanup(cleanup_fclose)))
#define _cleanup_(name) __attribute__((cleanup(cleanup_##name)))

#endif
