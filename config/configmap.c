// SPDX-License-Identifier: BSD-2-Clause
/*
 * Finds the one ConfigMap in what users have, and says what is wrong when it is not there. The
 * meaning of keys and values is entries.c's business.
 */
#include "config/configmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "config/configmap_dir.h"
#include "config/entries.h"

#define CILIUM_CONFIG "cilium-config"
#define GET_A_GOOD_COPY "kubectl -n kube-system get configmap cilium-config -o yaml"

/* The ConfigMaps of a stream. */
struct search {
	const struct yaml_node *any; /* the last one, whatever its name */
	const struct yaml_node *named; /* the one named cilium-config */
	const struct yaml_node *second; /* another of that name */
	size_t count;
};

static const char *kind_of(const struct yaml_node *object)
{
	return yaml_text(yaml_get(object, "kind"));
}

static bool has_kind(const struct yaml_node *object, const char *kind)
{
	const char *text = kind_of(object);

	return text && !strcmp(text, kind);
}

static const struct yaml_node *name_of(const struct yaml_node *object)
{
	return yaml_get(yaml_get(object, "metadata"), "name");
}

static const struct yaml_node *find_key(const struct yaml_node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++) {
		if (!strcmp(mapping->keys[i]->text, key))
			return mapping->keys[i];
	}
	return NULL;
}

/* The first key of a mapping that belongs into a cilium-config, or NULL. */
static const struct yaml_node *first_known_key(const struct yaml_node *mapping)
{
	for (size_t i = 0; mapping && mapping->kind == YAML_MAPPING && i < mapping->count; i++) {
		if (entry_is_known(mapping->keys[i]->text))
			return mapping->keys[i];
	}
	return NULL;
}

static bool is_configmap_field(const char *key)
{
	static const char *const fields[] = { "apiVersion", "kind",	  "metadata",
					      "data",	    "binaryData", "immutable" };

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!strcmp(key, fields[i]))
			return true;
	}
	return false;
}

static bool is_empty(const struct yaml_node *node)
{
	return !node || yaml_is_null(node) || (node->kind != YAML_SCALAR && !node->count);
}

/*
 * A ConfigMap whose lines all begin in one column has a `data` without a value and the keys beside
 * it. The kind may be missing, because the "---" inside etcd-config ends the document early, or name
 * the List around it. In JSON, where the word data is quoted, indentation means nothing.
 */
static const struct yaml_node *lost_data(const struct yaml_node *document)
{
	const struct yaml_node *data;

	if (document->kind != YAML_MAPPING)
		return NULL;
	if (kind_of(document) && !has_kind(document, "ConfigMap") && !has_kind(document, "List"))
		return NULL;
	data = find_key(document, "data");
	if (!data || data->quoted || !is_empty(yaml_get(document, "data")))
		return NULL;
	return first_known_key(document) ? data : NULL;
}

/* The first key that should stand below data: of those behind it, or else the first known one. */
static const struct yaml_node *misplaced_key(const struct yaml_node *document,
					     const struct yaml_node *data)
{
	bool behind = false;

	for (size_t i = 0; i < document->count; i++) {
		const struct yaml_node *key = document->keys[i];

		if (behind && !is_configmap_field(key->text))
			return key;
		behind = behind || key == data;
	}
	return first_known_key(document);
}

static bool report_lost_indentation(const struct yaml_file *file, struct diag_list *diags)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct yaml_node *data = lost_data(file->documents[i]), *key;

		if (!data)
			continue;
		key = misplaced_key(file->documents[i], data);
		yaml_error(file, data, diags,
			   "the indentation was lost in copying: %.64s (line %zu) must be indented "
			   "below data; get a good copy with: " GET_A_GOOD_COPY,
			   key->text, key->line);
		return true;
	}
	return false;
}

/* The keys of a ConfigMap without what is around them: a part of a copy. */
static bool report_bare_keys(const struct yaml_file *file, struct diag_list *diags)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct yaml_node *document = file->documents[i];
		const struct yaml_node *key = first_known_key(document);

		if (!key || kind_of(document) || yaml_get(document, "data"))
			continue;
		yaml_error(file, key, diags,
			   "%.64s stands alone, not in the data of a ConfigMap; get a whole one "
			   "with: " GET_A_GOOD_COPY,
			   key->text);
		return true;
	}
	return false;
}

static void search_object(struct search *search, const struct yaml_node *object, bool implied)
{
	const char *name = yaml_text(name_of(object));

	if (!has_kind(object, "ConfigMap") && (kind_of(object) || !implied))
		return;
	search->count++;
	search->any = object;
	if (!name || strcmp(name, CILIUM_CONFIG))
		return;
	if (search->named)
		search->second = object;
	else
		search->named = object;
}

/* The items of a ConfigMapList need no kind of their own. */
static void search_file(struct search *search, const struct yaml_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct yaml_node *document = file->documents[i];
		const struct yaml_node *items = yaml_get(document, "items");
		bool configmaps = has_kind(document, "ConfigMapList");

		if (!configmaps && !has_kind(document, "List")) {
			search_object(search, document, false);
			continue;
		}
		for (size_t j = 0; items && items->kind == YAML_SEQUENCE && j < items->count; j++)
			search_object(search, items->items[j], configmaps);
	}
}

/* No object of kind ConfigMap. */
static int report_none(const struct yaml_file *file, struct diag_list *diags)
{
	struct pos whole = { .file = file->name };

	for (size_t i = 0; i < file->count; i++) {
		const struct yaml_node *document = file->documents[i];

		if (!kind_of(document) && first_known_key(yaml_get(document, "data")))
			return yaml_error(file, find_key(document, "data"), diags,
					  "there is data, but no kind: ConfigMap beside it");
	}
	if (file->count && kind_of(file->documents[0]))
		diag_add(diags, DIAG_ERROR, whole, NULL, "no ConfigMap in it, but a %.64s",
			 kind_of(file->documents[0]));
	else
		diag_add(diags, DIAG_ERROR, whole, NULL, "no ConfigMap in it");
	return -EINVAL;
}

static int select_configmap(const struct yaml_file *file, struct diag_list *diags,
			    const struct yaml_node **out)
{
	struct search search = { 0 };

	search_file(&search, file);
	if (!search.count)
		return report_bare_keys(file, diags) ? -EINVAL : report_none(file, diags);
	if (search.second)
		return yaml_error(file, search.second, diags,
				  "a second ConfigMap " CILIUM_CONFIG "; the first is in line %zu",
				  search.named->line);
	if (!search.named && search.count > 1) {
		diag_add(diags, DIAG_ERROR, (struct pos){ .file = file->name }, NULL,
			 "%zu ConfigMaps and none is named " CILIUM_CONFIG, search.count);
		return -EINVAL;
	}
	*out = search.named ? search.named : search.any;
	return 0;
}

/* Keys that slipped out of data would silently not count. */
static void report_strays(const struct yaml_file *file, const struct yaml_node *object,
			  struct diag_list *diags)
{
	for (size_t i = 0; i < object->count; i++) {
		const struct yaml_node *key = object->keys[i];

		if (!is_configmap_field(key->text) && entry_is_known(key->text))
			yaml_error(file, key, diags, "%s stands beside data; indent it below data",
				   key->text);
	}
}

/* Whether the API server would take the value for a string; if not, says what to write. */
static bool is_string(const struct yaml_file *file, const struct yaml_node *key,
		      const struct yaml_node *value, struct diag_list *diags)
{
	if (value->kind != YAML_SCALAR)
		yaml_error(file, value, diags, "%.64s: a %s is not a string; put it in quotes",
			   key->text, value->kind == YAML_MAPPING ? "mapping" : "list");
	else if (yaml_is_null(value))
		yaml_error(file, value, diags, "%.64s has no value; write \"\" for an empty one",
			   key->text);
	else if (yaml_is_not_string(value))
		yaml_error(file, value, diags, "%.64s: %.64s is not a string; write \"%.64s\"",
			   key->text, value->text, value->text);
	else
		return true;
	return false;
}

static size_t collect_entries(const struct yaml_file *file, const struct yaml_node *data,
			      struct diag_list *diags, struct entry *entries)
{
	size_t count = 0;

	for (size_t i = 0; i < data->count; i++) {
		const struct yaml_node *key = data->keys[i], *value = data->items[i];

		if (!is_string(file, key, value, diags))
			continue;
		entries[count++] = (struct entry){
			.key = key->text,
			.text = value->text,
			.key_pos = yaml_pos(file, key),
			.pos = yaml_pos(file, value),
			.source = file->text,
		};
	}
	return count;
}

static int apply_data(struct configmap *cm, const struct yaml_node *data, bool strict,
		      struct diag_list *diags, size_t *refused)
{
	_cleanup_free_ struct entry *entries = calloc(data->count + 1, sizeof(*entries));
	size_t count;

	if (!entries)
		return -ENOMEM;
	count = collect_entries(&cm->file, data, diags, entries);
	return entries_apply(entries, count, strict, &cm->options, diags, refused);
}

static int read_object(struct configmap *cm, const struct yaml_node *object, bool strict,
		       struct diag_list *diags, size_t *refused)
{
	const struct yaml_node *data = yaml_get(object, "data"), *name = name_of(object);
	const char *text = yaml_text(name);

	report_strays(&cm->file, object, diags);
	if (!data || yaml_is_null(data))
		return yaml_error(&cm->file, object, diags, "this ConfigMap has no data");
	if (data->kind != YAML_MAPPING)
		return yaml_error(&cm->file, data, diags, "data must be a mapping, key: value");
	if (text && strcmp(text, CILIUM_CONFIG) && !first_known_key(data))
		return yaml_error(&cm->file, name, diags,
				  "ConfigMap %.64s has no key that a Cilium agent knows", text);
	return apply_data(cm, data, strict, diags, refused);
}

static int read_file(const char *path, bool strict, struct configmap *cm, struct diag_list *diags,
		     size_t *refused)
{
	_cleanup_diag_ struct diag_list syntax = { 0 };
	const struct yaml_node *object = NULL;
	int err;

	err = yaml_read(path, &cm->file, &syntax);
	/* The one cause, instead of the syntax errors that follow from it. */
	if (report_lost_indentation(&cm->file, diags) ||
	    (err && report_bare_keys(&cm->file, diags)))
		return -EINVAL;
	diag_move(diags, &syntax);
	if (!err)
		err = select_configmap(&cm->file, diags, &object);
	if (!err)
		err = read_object(cm, object, strict, diags, refused);
	return err;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode);
}

int configmap_read(const char *path, bool strict, struct configmap *out, struct diag_list *diags,
		   bool *bad_value)
{
	size_t refused = 0, errors = diags->errors;
	int err;

	*out = (struct configmap){ 0 };
	err = options_init(&out->options);
	if (!err)
		err = is_directory(path) ? configmap_dir_read(path, strict, out, diags, &refused)
					 : read_file(path, strict, out, diags, &refused);
	errors = diags->errors - errors;
	if (err == -ENOMEM && !errors)
		diag_add(diags, DIAG_ERROR, (struct pos){ 0 }, NULL, "out of memory");
	if (bad_value)
		*bad_value = !err && errors && errors == refused;
	return err ? err : errors ? -EINVAL : 0;
}

void configmap_fini(struct configmap *cm)
{
	for (size_t i = 0; i < cm->entry_count; i++)
		free(cm->entry_names[i]);
	free(cm->entry_names);
	yaml_fini(&cm->file);
	options_fini(&cm->options);
	*cm = (struct configmap){ 0 };
}
