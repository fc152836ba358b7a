// SPDX-License-Identifier: BSD-2-Clause
/* Reads our YAML into a node state: the document's mappings and lists by the tables of state_field.c. */
#include "install/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "config/yaml.h"
#include "install/state_check.h"
#include "install/state_field.h"

#define ELEMENT_NAME_MAX 40 /* "remote-nodes[N]" */

struct reader {
	const struct yaml_file *file;
	struct diag_list *diags;
	struct node_state *state;
};

/* A key of the document. */
struct section {
	const char *key;
	bool is_required;
	int (*read)(struct reader *r, const struct yaml_node *node);
};

/* keys: "a, b, c". */
static int unknown_key(struct reader *r, const struct yaml_node *key, const char *what,
		       struct buf *keys)
{
	_cleanup_free_ char *known = NULL;

	if (buf_take(keys, &known))
		return -ENOMEM;
	yaml_error(r->file, key, r->diags, "%s%s%.64s: unknown key (known are %s)", what,
		   *what ? "." : "", key->text, known);
	return 0;
}

static int unknown_field(struct reader *r, const struct yaml_node *key, const char *what,
			 const struct state_fields *fields)
{
	_cleanup_buf_ struct buf keys = { 0 };

	for (size_t i = 0; i < fields->count; i++)
		buf_printf(&keys, "%s%s", i ? ", " : "", fields->items[i].key);
	return unknown_key(r, key, what, &keys);
}

static void read_field(struct reader *r, const struct yaml_node *value, const char *what,
		       const struct state_field *field, void *out)
{
	const char *text = yaml_text(value), *why;

	if (!text || yaml_is_null(value)) {
		yaml_error(r->file, value, r->diags, "%s.%s: %s", what, field->key,
			   text ? "has no value" : "is a list or mapping, not one value");
		return;
	}
	why = field->set(text, (char *)out + field->offset);
	if (why)
		yaml_error(r->file, value, r->diags, "%s.%s: \"%.64s\" %s", what, field->key, text,
			   why);
}

/* One mapping into the struct at out. 0 or -ENOMEM; what is wrong with it goes to the diagnostics. */
static int read_fields(struct reader *r, const struct yaml_node *node, const char *what,
		       const struct state_fields *fields, void *out)
{
	int err = 0;

	if (node->kind != YAML_MAPPING) {
		yaml_error(r->file, node, r->diags, "%s: is not a mapping (key: value)", what);
		return 0;
	}
	for (size_t i = 0; !err && i < node->count; i++) {
		const struct state_field *field = state_field_find(fields, node->keys[i]->text);

		if (field)
			read_field(r, node->items[i], what, field, out);
		else
			err = unknown_field(r, node->keys[i], what, fields);
	}
	for (size_t i = 0; !err && i < fields->count; i++) {
		const struct state_field *field = &fields->items[i];

		if (field->is_required && !yaml_get(node, field->key))
			yaml_error(r->file, node, r->diags, "%s: %s is missing", what, field->key);
	}
	return err;
}

/* Is it a list of at most max elements? Complains if not. */
static bool check_list(struct reader *r, const struct yaml_node *node, const char *what, size_t max)
{
	if (yaml_is_null(node))
		yaml_error(r->file, node, r->diags,
			   "%s: has no value; write [] for none, or leave the key out", what);
	else if (node->kind != YAML_SEQUENCE)
		yaml_error(r->file, node, r->diags, "%s: is not a list", what);
	else if (node->count > max)
		yaml_error(r->file, node, r->diags, "%s: more than %zu entries", what, max);
	else
		return true;
	return false;
}

static int read_node(struct reader *r, const struct yaml_node *node)
{
	return read_fields(r, node, "node", &state_node_fields, r->state);
}

static int read_remotes(struct reader *r, const struct yaml_node *node)
{
	struct node_state *state = r->state;
	int err = 0;

	if (!check_list(r, node, "remote-nodes", STATE_MAX_NODES))
		return 0;
	state->remotes = calloc(node->count + 1, sizeof(*state->remotes));
	if (!state->remotes)
		return -ENOMEM;
	state->remote_count = node->count;
	for (size_t i = 0; !err && i < node->count; i++) {
		char what[ELEMENT_NAME_MAX];

		snprintf(what, sizeof(what), "remote-nodes[%zu]", i);
		err = read_fields(r, node->items[i], what, &state_remote_fields,
				  &state->remotes[i]);
	}
	return err;
}

static int read_endpoints(struct reader *r, const struct yaml_node *node)
{
	struct node_state *state = r->state;
	int err = 0;

	state->has_endpoints = true;
	if (!check_list(r, node, "endpoints", STATE_MAX_ENDPOINTS))
		return 0;
	state->endpoints = calloc(node->count + 1, sizeof(*state->endpoints));
	if (!state->endpoints)
		return -ENOMEM;
	state->endpoint_count = node->count;
	for (size_t i = 0; !err && i < node->count; i++) {
		char what[ELEMENT_NAME_MAX];

		snprintf(what, sizeof(what), "endpoints[%zu]", i);
		endpoint_init(&state->endpoints[i]);
		err = read_fields(r, node->items[i], what, &state_endpoint_fields,
				  &state->endpoints[i]);
	}
	return err;
}

static const struct section sections[] = {
	{ "node", true, read_node },
	{ "remote-nodes", false, read_remotes },
	{ "endpoints", false, read_endpoints },
};

static int unknown_section(struct reader *r, const struct yaml_node *key)
{
	_cleanup_buf_ struct buf keys = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		buf_printf(&keys, "%s%s", i ? ", " : "", sections[i].key);
	return unknown_key(r, key, "", &keys);
}

static const struct section *section_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!strcmp(sections[i].key, key))
			return &sections[i];
	}
	return NULL;
}

static int read_document(struct reader *r, const struct yaml_node *root)
{
	int err = 0;

	if (root->kind != YAML_MAPPING) {
		yaml_error(r->file, root, r->diags, "is not a node state (node: ...)");
		return 0;
	}
	for (size_t i = 0; !err && i < root->count; i++) {
		const struct section *section = section_find(root->keys[i]->text);

		err = section ? section->read(r, root->items[i])
			      : unknown_section(r, root->keys[i]);
	}
	for (size_t i = 0; !err && i < ARRAY_SIZE(sections); i++) {
		if (sections[i].is_required && !yaml_get(root, sections[i].key))
			yaml_error(r->file, root, r->diags, "%s is missing", sections[i].key);
	}
	return err ? err : state_check(r->state, r->file, root, r->diags);
}

static int whole_file_error(const struct reader *r, int err, const char *text)
{
	diag_add(r->diags, DIAG_ERROR, (struct pos){ .file = r->file->name }, NULL, "%s", text);
	return err;
}

static int read_file(struct reader *r)
{
	const struct yaml_file *file = r->file;
	size_t errors = r->diags->errors;
	int err;

	if (!file->count)
		return whole_file_error(r, -EINVAL, "is empty; a node state has at least node:");
	if (file->count > 1)
		return whole_file_error(r, -EINVAL,
					"has several documents; a node state is one document");
	err = read_document(r, file->documents[0]);
	if (err)
		return whole_file_error(r, err, "out of memory");
	return r->diags->errors > errors ? -EINVAL : 0;
}

/* Takes over what was parsed; parse_err is what the YAML reader returned. */
static int state_from_yaml(int parse_err, struct yaml_file *file, struct node_state *out,
			   struct diag_list *diags)
{
	_cleanup_state_ struct node_state state = { 0 };
	struct reader r = { .file = file, .diags = diags, .state = &state };
	int err = parse_err;

	*out = (struct node_state){ 0 };
	if (!err)
		err = read_file(&r);
	/* Diagnostics point at the name, and are printed after the file is gone. */
	if (err) {
		out->source = TAKE_PTR(file->name);
		return err;
	}
	state.source = TAKE_PTR(file->name);
	*out = state;
	state = (struct node_state){ 0 };
	return 0;
}

int state_parse(const char *name, const char *text, size_t len, struct node_state *out,
		struct diag_list *diags)
{
	_cleanup_yaml_ struct yaml_file file = { 0 };

	return state_from_yaml(yaml_parse(name, text, len, &file, diags), &file, out, diags);
}

int state_read(const char *path, struct node_state *out, struct diag_list *diags)
{
	_cleanup_yaml_ struct yaml_file file = { 0 };

	return state_from_yaml(yaml_read(path, &file, diags), &file, out, diags);
}

void state_fini(struct node_state *state)
{
	free(state->source);
	free(state->remotes);
	free(state->endpoints);
	*state = (struct node_state){ 0 };
}
