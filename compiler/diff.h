/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `hrcompile --diff OLD [NEW]`: two ConfigMaps or bundles, or a ConfigMap and what it was when last applied
 * (config/last_applied.h): what differs, and what a node would go through from the one to the other.
 *
 * JSON, schema "hostroute.diff/1", keys in this order and always present:
 *
 *   schema, tool_version
 *   old, new      { name, kind ("configmap", "bundle"), release, release_reason ("" when nobody chose), mode }
 *   differs       is there any row below
 *   disruption    one line: "none", or what happens, joined by "; "
 *   bypass        of the host's netfilter by pod traffic: "starts", "stops", or null when that stays as it is
 *   keys          { name, change, old, new, old_origin, new_origin }; change is "changed", "respelt" (the same
 *                 value, written otherwise), "now-explicit", "now-default", "default-changed" (by the release),
 *                 "added" or "removed" (a key that is set on one side and means nothing to the other)
 *   effective     what is in force, { name, old, new, old_why, new_why }
 *   macros        { name, old, new }
 *   gaps          what is asked for and not provided, { name, old, new }: the key, and what is missing
 *   attachments   { name, old, new }: programs with where they attach, and the node's devices
 *   build         { name, old, new }: versions of tool, compiler and templates; objects differ by them too
 *   objects       { name, old, new }: files with their sha256; null: not known, see disruption
 *   maps          maps of another shape, { name, old, new, lost }: { type, key_size, value_size, max_entries, flags };
 *                 lost: their contents do not survive; null: not known
 *
 * A side's value is null where that side has none.
 */
#ifndef HR_COMPILER_DIFF_H
#define HR_COMPILER_DIFF_H

#include "common/cli.h"
#include "compiler/args.h"

#define DIFF_SCHEMA "hostroute.diff/1"
#define DIFF_MAX_MACROS 64

struct diff_macro {
	char name[48];
	char value[48];
};

/* One of the two. Zeroed: nothing was read. */
struct diff_side {
	char *name; /* owned; as given, or FILE@last-applied */
	bool is_bundle;
	bool has_objects; /* in c.manifest: a bundle, or built */
	struct compilation c; /* of a bundle: manifest and header only */
	enum cilium_release release;
	struct diff_macro macros[DIFF_MAX_MACROS]; /* sorted by name */
	size_t macro_count;
	struct manifest_option
		*settings; /* owned; every key of a ConfigMap, whoever reads it; sorted */
	size_t setting_count;
};

/*
 * Reads one side; request is for what path names. The diagnostics of c, or one logged line, say what went wrong.
 * A bundle must be whole. *out is for diff_side_fini() either way. 0 or a negative errno.
 */
int diff_side_read(const struct compile_request *request, struct diff_side *out);

/* The same of what the ConfigMap of `from`, which must outlive *out, was when last applied; what is missing is told in from's diagnostics. */
int diff_side_read_last_applied(const struct compile_request *request, struct diff_side *from,
				struct diff_side *out);

/*
 * Objects for the sides that have none, built in a temporary directory that is gone afterwards. 0, or a negative errno
 * after logging. A signal ends the process, after the same clean-up.
 */
int diff_sides_build(const struct build_tools *tools, struct diff_side *a, struct diff_side *b);

void diff_side_fini(struct diff_side *side);

enum diff_change {
	CHANGE_VALUE,
	CHANGE_SPELLING,
	CHANGE_TO_EXPLICIT,
	CHANGE_TO_DEFAULT,
	CHANGE_OF_DEFAULT,
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE__COUNT,
};

/* Something of that name that is not the same in both. Texts are borrowed from the sides. */
struct diff_row {
	const char *name;
	const char *old, *new; /* NULL: that side has none */
	const char *old_note, *new_note; /* origin, or why; NULL where there is none */
	enum diff_change change; /* of keys; else by which side has a value */
};

struct diff_rows {
	struct diff_row *items; /* owned */
	size_t count;
};

/* A map that is not the same in both. */
struct diff_map {
	const struct object_map *old, *new; /* one may be NULL */
};

enum diff_bypass {
	BYPASS_SAME,
	BYPASS_STARTS, /* legacy to BPF host routing */
	BYPASS_STOPS,
};

struct diff {
	const struct diff_side *old, *new;
	struct diff_rows keys, effective, macros, gaps, attachments, build, objects;
	struct diff_map *maps; /* owned */
	size_t map_count;
	/* Of objects and maps. Equal macros of two ConfigMaps make equal objects, so nobody needs to build these. */
	bool objects_known;
	enum diff_bypass bypass;
	bool tunnel_changes; /* protocol or port, or whether there is one */
	bool routes_change; /* between nodes: auto-direct-node-routes */
	char *disruption; /* owned */
};

/* True when objects must be built for an answer about them. */
bool diff_needs_objects(const struct diff_side *old, const struct diff_side *new);

/* Compares; sides must outlive *out, which is for diff_fini() either way. 0 or -ENOMEM. */
int diff_make(const struct diff_side *old, const struct diff_side *new, struct diff *out);

/* Is anything at all different? */
bool diff_has_rows(const struct diff *d);

/* Are the contents of a map that differs lost? */
bool diff_map_is_lost(const struct diff_map *map);

void diff_fini(struct diff *d);

/* "changed", "respelt", ... */
const char *diff_change_name(enum diff_change change);

/* For people, or JSON as above; the caller frees *out. 0 or -ENOMEM. */
int diff_text(const struct diff *d, char **out);
int diff_json(const struct diff *d, char **out);

/*
 * The command. EXIT_STATUS_OK whatever differs; EXIT_STATUS_INPUT when a side cannot be read or would not be
 * built; EXIT_STATUS_ENVIRONMENT when objects were needed and could not be built: the rest is printed all the same.
 */
int command_diff(const struct compile_args *args, const struct cli_common *common);

#define _cleanup_diff_ __attribute__((cleanup(diff_fini)))

#endif
