/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * YAML (and so JSON) into a tree whose nodes know their line and column. No type guessing: scalars stay
 * text, with the one bit Kubernetes cares about (quoted or not). Built on libyaml's event API.
 *
 * Hostile input is bounded: YAML_MAX_BYTES of input, YAML_MAX_NODES nodes, YAML_MAX_DEPTH levels; anchors
 * and aliases are refused with an error that says so, and so is a key that a mapping has twice.
 */
#ifndef HR_CONFIG_YAML_H
#define HR_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "common/diag.h"

#define YAML_MAX_BYTES (4u << 20) /* etcd limits a ConfigMap to 1 MiB; a List may hold several */
#define YAML_MAX_NODES 200000
#define YAML_LARGE_BYTES (32u << 20) /* the services of a whole cluster: see yaml_read_large() */
#define YAML_LARGE_NODES 4000000
#define YAML_MAX_DEPTH 64

enum yaml_kind {
	YAML_SCALAR,
	YAML_MAPPING,
	YAML_SEQUENCE,
};

struct yaml_node {
	enum yaml_kind kind;
	size_t line, col; /* of its first character, from 1 */
	char *text; /* YAML_SCALAR: NUL-terminated UTF-8 without embedded NULs */
	bool quoted; /* YAML_SCALAR: 'x', "x", | or >: a string whatever it looks like */
	struct yaml_node **keys; /* YAML_MAPPING: `count` scalar keys */
	struct yaml_node **items; /* YAML_MAPPING: their values; YAML_SEQUENCE: elements */
	size_t count;
};

/* A parsed stream: its documents in order, and the text they came from (for diagnostics). */
struct yaml_file {
	char *name; /* as given; "<stdin>" for "-" */
	char *text;
	struct yaml_node **documents; /* empty documents are left out */
	size_t count;
};

/*
 * Reads and parses path ("-" is stdin). Always leaves *out valid for yaml_fini(), with what could be
 * parsed before the first syntax error. Problems go to diags with their position; returns 0, -EINVAL
 * (diags say why) or the read error (one diagnostic naming the file).
 */
int yaml_read(const char *path, struct yaml_file *out, struct diag_list *diags);

/* As yaml_read() for a text in memory; name is for messages. len excludes any NUL. */
int yaml_parse(const char *name, const char *text, size_t len, struct yaml_file *out,
	       struct diag_list *diags);

/* The same for what may be YAML_LARGE_BYTES and YAML_LARGE_NODES. */
int yaml_read_large(const char *path, struct yaml_file *out, struct diag_list *diags);
int yaml_parse_large(const char *name, const char *text, size_t len, struct yaml_file *out,
		     struct diag_list *diags);

void yaml_fini(struct yaml_file *file);

/* Value of a key in a mapping, or NULL (also when node is NULL or not a mapping). */
struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* Text of a scalar, or NULL when node is NULL or not a scalar. Owned by the node. */
const char *yaml_text(const struct yaml_node *node);

/* True for an absent value: `key:` or an unquoted null or ~. */
bool yaml_is_null(const struct yaml_node *node);

/*
 * A boolean as Kubernetes' reader of YAML 1.1 takes it: true, yes, on, y and their opposites, unquoted, in three
 * spellings each (yes, Yes, YES). -EINVAL for anything else, *out untouched.
 */
int yaml_bool(const struct yaml_node *node, bool *out);

/*
 * True when an unquoted scalar would reach Kubernetes as something else than a string (true, yes, 12,
 * 1.5, null, ...; YAML 1.1 as its API server reads it), so that a ConfigMap with it is rejected there.
 */
bool yaml_is_not_string(const struct yaml_node *node);

struct pos yaml_pos(const struct yaml_file *file, const struct yaml_node *node);

/* Adds an error at a node. Returns -EINVAL, so that `return yaml_error(...)` is the whole error path. */
int yaml_error(const struct yaml_file *file, const struct yaml_node *node, struct diag_list *diags,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#define _cleanup_yaml_ __attribute__((cleanup(yaml_fini)))

#endif
