/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF maps and pins, the system call side: opening, describing, dumping, changing. Functions return 0 or a
 * negative errno; those that take a path or a name log, the others leave that to their caller.
 */
#ifndef HR_INSTALL_MAPS_H
#define HR_INSTALL_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"
#include "install/tables.h"
#include "probe/needs.h"

/* What the kernel says of a loaded program. */
struct program_info {
	char name[16];
	char tag[17];
	uint32_t id;
	uint32_t insns; /* as loaded, after the verifier's rewriting; 0 when the kernel hides it */
};

/* Opens <dir>/<name>. -ENOENT when there is none (not logged). */
int pin_open(const char *dir, const char *name, int *fd);

/*
 * Pins fd as <dir>/<name>, replacing what is there in one step: pinned under a temporary name, then renamed.
 * Logs.
 */
int pin_replace(const char *dir, const char *name, int fd);

/* Removes a pin. Success when there is none. Logs. */
int pin_remove(const char *dir, const char *name);

/* Names in a pin directory that are no directories; the caller frees *out, one allocation. Logs. */
int pin_list(const char *dir, char (**out)[64], size_t *count);

int map_describe(int fd, struct object_map *out);
int program_describe(int fd, struct program_info *out);
int program_describe_id(uint32_t id, struct program_info *out);

/* Type, key and value size, number of entries and flags agree: one can stand in for the other. */
bool map_is_compatible(const struct object_map *a, const struct object_map *b);

/* All entries of one of our tables. */
int map_dump(int fd, enum table_id id, struct table *out);

/* The entry with that key. -ENOENT when there is none. */
int map_lookup(int fd, enum table_id id, const void *key, struct table_entry *out);

/* Number of entries: counted for hashes and tries, max_entries for arrays. */
int map_count(int fd, const struct object_map *info, size_t *out);

/* Writes or takes back a difference. What was written before a failure is taken back. */
int map_write_diff(int fd, const struct table_diff *diff);
int map_revert_diff(int fd, const struct table_diff *diff);

/* Sums the CPUs' slots of hr_metrics. */
int metrics_read(int fd, struct hr_metric out[HR_METRIC_SLOTS]);

#endif
