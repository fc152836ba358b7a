/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many ConfigMaps for many targets in one run: one directory OUTPUT/CONFIG/TARGET per combination, each of them
 * a bundle like any other, and beside them fleet.json, which says what each combination got and why. Objects
 * that are equal are one file with several names (hard links). All of it appears at once or not at all.
 *
 * A combination that cannot be built (the agent would refuse it, the datapath does not do it, the target lacks
 * something) has a row and no directory. CONFIG is the file's name without .yaml, .yml or .json, and TARGET the
 * report's without .json, or "any"; characters that do not suit a file name become '-'.
 *
 * fleet.json, schema "hostroute.fleet/1": { schema, tool_version, combinations: [ { config, target, release
 * (of Cilium; null when the config could not be read), mode ("BPF", "Legacy"; null without a bundle), why (null for
 * BPF), bundle ("CONFIG/TARGET" or null), sha256 (of its manifest, or null) } ], objects: { stored, referenced } };
 * combinations in the order of the command line, configs first. Keys may be added at the end of an object.
 */
#ifndef HR_COMPILER_FLEET_H
#define HR_COMPILER_FLEET_H

#include "compiler/args.h"

#define FLEET_SCHEMA "hostroute.fleet/1"
#define FLEET_FILE "fleet.json"
#define FLEET_MAX_ROWS 4096
#define FLEET_NAME_MAX 64
#define FLEET_WHY_MAX 400

struct fleet_row {
	const char *config, *target; /* names, owned by the fleet */
	char release[16]; /* "" when the config could not be read */
	bool has_bundle;
	bool host_routing; /* of the bundle */
	char why[FLEET_WHY_MAX]; /* first cause of legacy routing, or of there being no bundle; "" for BPF */
	char sha256[DIGEST_TEXT_MAX]; /* of the bundle's manifest */
};

struct fleet {
	char (*names)[FLEET_NAME_MAX]; /* of configs, then of targets; owned */
	struct fleet_row *rows; /* owned */
	size_t row_count;
	size_t objects_referenced, objects_stored;
};

/* The name that a file of the command line gets, into the caller's buffer. 0; -EINVAL for stdin, and when nothing is left. */
int fleet_name(const char *path, char out[FLEET_NAME_MAX]);

/* As a table for people, with a line about the objects; as fleet.json. The caller frees *out. 0 or -ENOMEM. */
int fleet_write_text(const struct fleet *fleet, char **out);
int fleet_write_json(const struct fleet *fleet, char **out);

/* `hrcompile --fleet`: builds and reports. An exit status. */
int command_fleet(const struct compile_args *args, const struct cli_common *common);

#endif
