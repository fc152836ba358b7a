// SPDX-License-Identifier: BSD-2-Clause
/* Reads our YAML into a node state. */
#include "install/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/state_check.h"
#include "install/state_reader.h"

/* A key of the document. */
struct section {
	const char *key;
	bool is_required;
	int (*read)(struct state_reader *r, const struct yaml_node *node);
};

static int read_node(struct state_reader *r, const struct yaml_node *node)
{
	return state_read_fields(r, node, "node", &state_node_fields, r->state);
}

static int read_remotes(struct state_reader *r, const struct yaml_node *node)
{
	struct node_state *state = r->state;
	int err = 0;

	if (!state_check_list(r, node, "remote-nodes", STATE_MAX_NODES))
		return 0;
	state->remotes = calloc(node->count + 1, sizeof(*state->remotes));
	if (!state->remotes)
		return -ENOMEM;
	state->remote_count = node->count;
	for (size_t i = 0; !err && i < node->count; i++) {
		char what[ELEMENT_NAME_MAX];

		snprintf(what, sizeof(what), "remote-nodes[%zu]", i);
		err = state_read_fields(r, node->items[i], what, &state_remote_fields,
					&state->remotes[i]);
	}
	return err;
}

static int read_endpoints(struct state_reader *r, const struct yaml_node *node)
{
	struct node_state *state = r->state;
	int err = 0;

	state->has_endpoints = true;
	if (!state_check_list(r, node, "endpoints", STATE_MAX_ENDPOINTS))
		return 0;
	state->endpoints = calloc(node->count + 1, sizeof(*state->endpoints));
	if (!state->endpoints)
		return -ENOMEM;
	state->endpoint_count = node->count;
	for (size_t i = 0; !err && i < node->count; i++) {
		char what[ELEMENT_NAME_MAX];

		snprintf(what, sizeof(what), "endpoints[%zu]", i);
		endpoint_init(&state->endpoints[i]);
		err = state_read_fields(r, node->items[i], what, &state_endpoint_fields,
					&state->endpoints[i]);
	}
	return err;
}

static const struct section sections[] = {
	{ "node", true, read_node },
	{ "remote-nodes", false, read_remotes },
	{ "endpoints", false, read_endpoints },
	{ "services", false, state_read_services },
};

static bool is_known(const struct state_reader *r, const struct section *section)
{
	return !r->services_only || section->read == state_read_services;
}

static bool is_required(const struct state_reader *r, const struct section *section)
{
	return r->services_only ? is_known(r, section) : section->is_required;
}

static int unknown_section(struct state_reader *r, const struct yaml_node *key)
{
	_cleanup_buf_ struct buf keys = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (is_known(r, &sections[i]))
			buf_printf(&keys, "%s%s", keys.len ? ", " : "", sections[i].key);
	}
	return state_unknown_key(r, key, "", &keys);
}

static const struct section *section_find(const struct state_reader *r, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!strcmp(sections[i].key, key) && is_known(r, &sections[i]))
			return &sections[i];
	}
	return NULL;
}

static int read_document(struct state_reader *r, const struct yaml_node *root)
{
	int err = 0;

	if (root->kind != YAML_MAPPING) {
		yaml_error(r->file, root, r->diags,
			   r->services_only ? "is not a list of services (services: ...)"
					    : "is not a node state (node: ...)");
		return 0;
	}
	for (size_t i = 0; !err && i < root->count; i++) {
		const struct section *section = section_find(r, root->keys[i]->text);

		err = section ? section->read(r, root->items[i])
			      : unknown_section(r, root->keys[i]);
	}
	for (size_t i = 0; !err && i < ARRAY_SIZE(sections); i++) {
		if (is_required(r, &sections[i]) && !yaml_get(root, sections[i].key))
			yaml_error(r->file, root, r->diags, "%s is missing", sections[i].key);
	}
	return err ? err : state_check(r->state, r->file, root, r->diags);
}

static int whole_file_error(const struct state_reader *r, int err, const char *text)
{
	diag_add(r->diags, DIAG_ERROR, (struct pos){ .file = r->file->name }, NULL, "%s", text);
	return err;
}

static int read_file(struct state_reader *r)
{
	const struct yaml_file *file = r->file;
	size_t errors = r->diags->errors;
	int err;

	if (!file->count)
		return whole_file_error(r, -EINVAL,
					r->services_only
						? "is empty; there is at least services:"
						: "is empty; a node state has at least node:");
	if (file->count > 1)
		return whole_file_error(r, -EINVAL,
					"has several documents; a node state is one document");
	err = read_document(r, file->documents[0]);
	if (err)
		return whole_file_error(r, err, "out of memory");
	return r->diags->errors > errors ? -EINVAL : 0;
}

/* Takes over what was parsed; parse_err is what the YAML reader returned. */
static int state_from_yaml(int parse_err, struct yaml_file *file, bool services_only,
			   struct node_state *out, struct diag_list *diags)
{
	_cleanup_state_ struct node_state state = { 0 };
	struct state_reader r = {
		.file = file, .diags = diags, .state = &state, .services_only = services_only
	};
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

	return state_from_yaml(yaml_parse_large(name, text, len, &file, diags), &file, false, out,
			       diags);
}

int state_read(const char *path, struct node_state *out, struct diag_list *diags)
{
	_cleanup_yaml_ struct yaml_file file = { 0 };

	return state_from_yaml(yaml_read_large(path, &file, diags), &file, false, out, diags);
}

int state_parse_services(const char *name, const char *text, size_t len, struct node_state *out,
			 struct diag_list *diags)
{
	_cleanup_yaml_ struct yaml_file file = { 0 };
	int err = yaml_parse_large(name, text, len, &file, diags);

	return state_from_yaml(err, &file, true, out, diags);
}

int state_read_services_file(const char *path, struct node_state *out, struct diag_list *diags)
{
	_cleanup_yaml_ struct yaml_file file = { 0 };
	int err = yaml_read_large(path, &file, diags);

	return state_from_yaml(err, &file, true, out, diags);
}

void state_fini(struct node_state *state)
{
	free(state->source);
	free(state->remotes);
	free(state->endpoints);
	for (size_t i = 0; i < state->service_count; i++)
		service_fini(&state->services[i]);
	free(state->services);
	*state = (struct node_state){ 0 };
}
