/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a bundle's objects to loaded programs and maps: sets the load-time constants, keeps compatible pinned
 * maps, loads only the programs that the manifest attaches. Attaches and pins nothing, so that closing the
 * result leaves no trace.
 */
#ifndef HR_INSTALL_LOADER_H
#define HR_INSTALL_LOADER_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/manifest.h"
#include "install/maps.h"
#include "install/record.h"

#define LOADER_MAX_MAPS NEEDS_MAX_MAPS

struct loaded_map {
	char name[16];
	int fd;
};

struct loaded_program {
	struct program_info info;
	int fd;
};

struct loaded {
	struct loaded_map maps[LOADER_MAX_MAPS];
	size_t map_count;
	struct loaded_program programs[RECORD_MAX_PROGRAMS];
	size_t program_count;
};

/*
 * Loads the bundle in directory `bundle`. pins is where maps may be pinned already; a map of the same name that
 * several objects have is one map. An object that has a constant named node_* which is not among constants[]
 * is refused: it would run with a zero where it expects a fact about this node. 0, or a negative errno after
 * logging one line; *out is empty then. The caller ends it with loaded_fini().
 */
int loader_load(const char *bundle, const struct manifest *manifest, const char *pins,
		const struct record_constant *constants, size_t constant_count, struct loaded *out);

/* Borrowed fds, or -1. */
int loaded_map_fd(const struct loaded *loaded, const char *name);
int loaded_program_fd(const struct loaded *loaded, const char *name);

void loaded_fini(struct loaded *loaded);

#endif
