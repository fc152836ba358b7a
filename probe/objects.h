/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can this kernel run these BPF objects? Every need of every object (needs.h) with the kernel's answer.
 *
 * JSON, schema "hostroute.objects/1", keys in this order and always present:
 *
 *   schema, tool_version
 *   kernel        release; "" when unknown
 *   verdict       "yes": each need is met; "no": one is not; "unknown": none is known to be missing, one is not known
 *   exit_status   0, 10 or 20, in that order
 *   objects       each { file, verdict, needs }; a need is { need: words, kind ("program_type", "helper",
 *                 "map_type", "attach_type", "kfunc", "btf"), value ("yes", "no", "unknown"), source, errno,
 *                 note, since (mainline release; null: not known to this build) }
 */
#ifndef HR_PROBE_OBJECTS_H
#define HR_PROBE_OBJECTS_H

#include <stddef.h>

#include "common/cli.h"
#include "probe/features.h"
#include "probe/needs.h"

#define OBJECTS_SCHEMA "hostroute.objects/1"
#define OBJECTS_MAX 64

/* Files to look at, in the order of reports. */
struct object_paths {
	char *items[OBJECTS_MAX]; /* owned */
	size_t count;
};

struct checked_need {
	struct need need;
	struct answer answer;
};

struct checked_object {
	const char *path; /* of the list that was checked */
	struct checked_need *needs; /* owned */
	size_t count;
	enum tri verdict; /* the worst answer: no before unknown before yes */
};

struct objects {
	char release[65];
	struct checked_object items[OBJECTS_MAX];
	size_t count;
	enum tri verdict;
	enum exit_status status;
};

/* Appends a copy of path. 0, -E2BIG after logging, or -ENOMEM. */
int object_paths_add(struct object_paths *paths, const char *path);

/*
 * Appends every *.o of a folder, by name. A bundle is one; its manifest is not read. 0, or a negative
 * errno after logging one line (-ENOENT: not one object in it).
 */
int object_paths_add_dir(struct object_paths *paths, const char *dir);

void object_paths_fini(struct object_paths *paths);

/* Whom to ask: one of the two, the other is NULL. */
struct objects_target {
	const struct kernel_ops *live;
	const struct offline_target *offline;
};

/*
 * Reads all objects and asks the kernel for each different need once. paths must outlive *out, which is for
 * objects_fini() either way. 0, or a negative errno after needs_read() has logged it.
 */
int objects_check(const struct object_paths *paths, const struct objects_target *target,
		  struct objects *out);

/* Text for people, or JSON as above. The caller frees *out. 0 or -ENOMEM. */
int objects_write_text(const struct objects *objects, char **out);
int objects_write_json(const struct objects *objects, char **out);

void objects_fini(struct objects *objects);

#define _cleanup_object_paths_ __attribute__((cleanup(object_paths_fini)))
#define _cleanup_objects_ __attribute__((cleanup(objects_fini)))

#endif
