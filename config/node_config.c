// SPDX-License-Identifier: BSD-2-Clause
/* Finds CiliumNodeConfig objects, matches their selectors, and orders what they set. Not what it means. */
#include "config/node_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/entries_yaml.h"

#define KIND "CiliumNodeConfig"
#define MAX_VALUES 1024 /* more than there are keys; bounds the search for what they override */

/* One object that selects the node. */
struct selected {
	const struct yaml_file *file;
	const struct yaml_node *defaults;
	const char *name;
	size_t place; /* in the input, among objects of one name */
};

struct reader {
	const struct node_config_source *source;
	struct diag_list *diags;
	struct selected *selected; /* owned */
	size_t selected_count;
	size_t object_count; /* of the file being read */
};

/* Value of a label, or NULL. */
static const char *find_label(const struct node_config_source *source, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < source->label_count; i++) {
		if (!strncmp(source->labels[i], key, len) && source->labels[i][len] == '=')
			return source->labels[i] + len + 1;
	}
	return NULL;
}

static bool has_text(const struct yaml_node *list, const char *text)
{
	for (size_t i = 0; list && list->kind == YAML_SEQUENCE && i < list->count; i++) {
		const char *item = yaml_text(list->items[i]);

		if (item && !strcmp(item, text))
			return true;
	}
	return false;
}

/* 1 when the labels match, 0 when not, -EINVAL for a mapping that is not key: value. */
static int match_labels(const struct reader *r, const struct yaml_file *file,
			const struct yaml_node *labels)
{
	int matches = 1;

	if (!labels || yaml_is_null(labels))
		return 1;
	if (labels->kind != YAML_MAPPING)
		return yaml_error(file, labels, r->diags, "matchLabels must be a mapping");
	for (size_t i = 0; i < labels->count; i++) {
		const char *have = find_label(r->source, labels->keys[i]->text);
		const char *want = yaml_text(labels->items[i]);

		if (!want)
			return yaml_error(file, labels->items[i], r->diags,
					  "the value of label %.64s must be a string",
					  labels->keys[i]->text);
		if (!have || strcmp(have, want))
			matches = 0;
	}
	return matches;
}

static int match_expression(const struct reader *r, const struct yaml_file *file,
			    const struct yaml_node *expression)
{
	const char *key = yaml_text(yaml_get(expression, "key"));
	const char *operator= yaml_text(yaml_get(expression, "operator"));
	const struct yaml_node *values = yaml_get(expression, "values");
	const char *have;

	if (!key || !operator)
		return yaml_error(file, expression, r->diags,
				  "a match expression needs a key and an operator");
	have = find_label(r->source, key);
	if (!strcmp(operator, "In"))
		return have && has_text(values, have);
	if (!strcmp(operator, "NotIn"))
		return !have || !has_text(values, have);
	if (!strcmp(operator, "Exists"))
		return !!have;
	if (!strcmp(operator, "DoesNotExist"))
		return !have;
	return yaml_error(file, yaml_get(expression, "operator"), r->diags,
			  "%.32s is no operator (In, NotIn, Exists, DoesNotExist)", operator);
}

static int match_expressions(const struct reader *r, const struct yaml_file *file,
			     const struct yaml_node *list)
{
	int matches = 1;

	if (!list || yaml_is_null(list))
		return 1;
	if (list->kind != YAML_SEQUENCE)
		return yaml_error(file, list, r->diags, "matchExpressions must be a list");
	for (size_t i = 0; i < list->count; i++) {
		int match = match_expression(r, file, list->items[i]);

		if (match < 0)
			return match;
		matches = matches && match;
	}
	return matches;
}

static int match_selector(const struct reader *r, const struct yaml_file *file,
			  const struct yaml_node *selector)
{
	int labels, expressions;

	if (!selector || yaml_is_null(selector))
		return 0;
	if (selector->kind != YAML_MAPPING)
		return yaml_error(file, selector, r->diags, "nodeSelector must be a mapping");
	labels = match_labels(r, file, yaml_get(selector, "matchLabels"));
	expressions = match_expressions(r, file, yaml_get(selector, "matchExpressions"));
	return labels < 0 || expressions < 0 ? -EINVAL : labels && expressions;
}

static int keep(struct reader *r, const struct selected *selected)
{
	struct selected *grown =
		reallocarray(r->selected, r->selected_count + 1, sizeof(*r->selected));

	if (!grown)
		return -ENOMEM;
	r->selected = grown;
	grown[r->selected_count] = *selected;
	grown[r->selected_count].place = r->selected_count;
	r->selected_count++;
	return 0;
}

static int read_object(struct reader *r, const struct yaml_file *file,
		       const struct yaml_node *object)
{
	const char *version = yaml_text(yaml_get(object, "apiVersion"));
	const char *name = yaml_text(yaml_get(yaml_get(object, "metadata"), "name"));
	const struct yaml_node *spec = yaml_get(object, "spec");
	const struct yaml_node *defaults = yaml_get(spec, "defaults");
	int match;

	r->object_count++;
	if (!version || (strcmp(version, "cilium.io/v2") && strcmp(version, "cilium.io/v2alpha1")))
		return yaml_error(file, object, r->diags,
				  "a " KIND " must be of cilium.io/v2 or cilium.io/v2alpha1");
	if (!name)
		return yaml_error(file, object, r->diags, "this " KIND " has no name");
	if (defaults && !yaml_is_null(defaults) && defaults->kind != YAML_MAPPING)
		return yaml_error(file, defaults, r->diags, "defaults must be a mapping");
	match = match_selector(r, file, yaml_get(spec, "nodeSelector"));
	if (match <= 0 || !defaults || yaml_is_null(defaults))
		return match < 0 ? match : 0;
	return keep(r, &(struct selected){ .file = file, .defaults = defaults, .name = name });
}

/* Objects that are wrong are in diags; only -ENOMEM stops. */
static int read_one(struct reader *r, const struct yaml_file *file, const struct yaml_node *object)
{
	const char *kind = yaml_text(yaml_get(object, "kind"));

	if (!kind || strcmp(kind, KIND))
		return 0;
	return read_object(r, file, object) == -ENOMEM ? -ENOMEM : 0;
}

static int read_document(struct reader *r, const struct yaml_file *file,
			 const struct yaml_node *document)
{
	const struct yaml_node *items = yaml_get(document, "items");
	int err = 0;

	if (!items || items->kind != YAML_SEQUENCE)
		return read_one(r, file, document);
	for (size_t i = 0; !err && i < items->count; i++)
		err = read_one(r, file, items->items[i]);
	return err;
}

static int read_file(struct reader *r, const char *path, struct yaml_file *file)
{
	int err = yaml_read(path, file, r->diags);

	if (err)
		return err == -ENOMEM ? err : 0;
	r->object_count = 0;
	for (size_t i = 0; !err && i < file->count; i++)
		err = read_document(r, file, file->documents[i]);
	if (!err && !r->object_count)
		diag_add(r->diags, DIAG_ERROR, (struct pos){ .file = file->name }, NULL,
			 "no " KIND " in it");
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct selected *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->place < y->place ? -1 : 1;
}

static int collect(struct reader *r, struct node_overrides *out)
{
	size_t total = 0;

	for (size_t i = 0; i < r->selected_count; i++)
		total += r->selected[i].defaults->count;
	if (total > MAX_VALUES) {
		diag_add(r->diags, DIAG_ERROR, (struct pos){ .file = out->files[0].name }, NULL,
			 "%zu values for one node in " KIND " objects; the limit is %d", total,
			 MAX_VALUES);
		return 0;
	}
	out->entries = calloc(total + 1, sizeof(*out->entries));
	if (!out->entries)
		return -ENOMEM;
	if (r->selected_count)
		qsort(r->selected, r->selected_count, sizeof(*r->selected), by_name);
	for (size_t i = 0; i < r->selected_count; i++)
		out->count += entries_read_mapping(r->selected[i].file, r->selected[i].defaults,
						   r->diags, out->entries + out->count);
	return 0;
}

int node_overrides_read(const struct node_config_source *source, struct node_overrides *out,
			struct diag_list *diags)
{
	struct reader r = { .source = source, .diags = diags };
	size_t errors = diags->errors;
	int err = 0;

	*out = (struct node_overrides){ 0 };
	out->files = calloc(source->path_count + 1, sizeof(*out->files));
	if (!out->files)
		return -ENOMEM;
	for (size_t i = 0; !err && i < source->path_count; i++) {
		out->file_count++;
		err = read_file(&r, source->paths[i], &out->files[i]);
	}
	err = err ?: collect(&r, out);
	free(r.selected);
	return err ? err : diags->errors != errors ? -EINVAL : 0;
}

void node_overrides_fini(struct node_overrides *overrides)
{
	for (size_t i = 0; i < overrides->file_count; i++)
		yaml_fini(&overrides->files[i]);
	free(overrides->files);
	free(overrides->entries);
	*overrides = (struct node_overrides){ 0 };
}
