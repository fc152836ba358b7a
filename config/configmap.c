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
#include "config/entries_yaml.h"

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

/* A node gets binaryData as files beside those of data, so the agent reads its keys too. */
static void report_binary_data(const struct yaml_file *file, const struct yaml_node *object,
			       struct diag_list *diags)
{
	const struct yaml_node *binary = yaml_get(object, "binaryData");

	for (size_t i = 0; binary && binary->kind == YAML_MAPPING && i < binary->count; i++) {
		const struct yaml_node *key = binary->keys[i];

		if (entry_is_known(key->text))
			diag_add(diags, DIAG_WARNING, yaml_pos(file, key), file->text,
				 "%s in binaryData is not read here, but by the agent; move it to "
				 "data",
				 key->text);
	}
}

static int collect_entries(struct configmap *cm, const struct yaml_node *data,
			   struct diag_list *diags)
{
	cm->entries = calloc(data->count + 1, sizeof(*cm->entries));
	if (!cm->entries)
		return -ENOMEM;
	cm->entry_count = entries_read_mapping(&cm->file, data, diags, cm->entries);
	return 0;
}

static int read_object(struct configmap *cm, const struct yaml_node *object,
		       struct diag_list *diags)
{
	const struct yaml_node *data = yaml_get(object, "data"), *name = name_of(object);
	const char *text = yaml_text(name);

	report_strays(&cm->file, object, diags);
	report_binary_data(&cm->file, object, diags);
	if (!data || yaml_is_null(data))
		return yaml_error(&cm->file, object, diags, "this ConfigMap has no data");
	if (data->kind != YAML_MAPPING)
		return yaml_error(&cm->file, data, diags, "data must be a mapping, key: value");
	if (text && strcmp(text, CILIUM_CONFIG) && !first_known_key(data))
		return yaml_error(&cm->file, name, diags,
				  "ConfigMap %.64s has no key that a Cilium agent knows", text);
	return collect_entries(cm, data, diags);
}

static int read_file(const struct config_source *source, struct configmap *cm,
		     struct diag_list *diags)
{
	_cleanup_diag_ struct diag_list syntax = { 0 };
	const struct yaml_node *object = NULL;
	int err;

	err = source->text ? yaml_parse(source->path, source->text, strlen(source->text), &cm->file,
					&syntax)
			   : yaml_read(source->path, &cm->file, &syntax);
	/* The one cause, instead of the syntax errors that follow from it. */
	if (report_lost_indentation(&cm->file, diags) ||
	    (err && report_bare_keys(&cm->file, diags)))
		return -EINVAL;
	diag_move(diags, &syntax);
	if (!err)
		err = select_configmap(&cm->file, diags, &object);
	cm->object = object;
	if (!err)
		err = read_object(cm, object, diags);
	return err;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Both sets of entries, an override in the place of what it overrides. */
static int merge_overrides(struct configmap *cm)
{
	const struct node_overrides *over = &cm->overrides;

	cm->merged = calloc(cm->entry_count + over->count + 1, sizeof(*cm->merged));
	if (!cm->merged)
		return -ENOMEM;
	if (cm->entry_count)
		memcpy(cm->merged, cm->entries, cm->entry_count * sizeof(*cm->merged));
	cm->merged_count = cm->entry_count;
	for (size_t i = 0; i < over->count; i++) {
		size_t at = 0;

		while (at < cm->merged_count && strcmp(cm->merged[at].key, over->entries[i].key))
			at++;
		cm->merged[at] = over->entries[i];
		cm->merged_count += at == cm->merged_count;
	}
	return 0;
}

static int read_overrides(const struct config_source *source, struct configmap *cm,
			  struct diag_list *diags)
{
	int err;

	if (!source->node_configs.path_count)
		return 0;
	err = node_overrides_read(&source->node_configs, &cm->overrides, diags);
	return err ? err : merge_overrides(cm);
}

static int read_source(const struct config_source *source, struct configmap *cm,
		       struct diag_list *diags)
{
	int err;

	err = !source->text && is_directory(source->path)
		      ? configmap_dir_read(source->path, cm, diags)
		      : read_file(source, cm, diags);
	/* Wrong overrides are reported beside what is wrong with the values. */
	return err ?: read_overrides(source, cm, diags) == -ENOMEM ? -ENOMEM : 0;
}

static void report_ignored_overrides(const struct configmap *cm, enum cilium_release release,
				     struct diag_list *diags)
{
	diag_add(diags, DIAG_WARNING, (struct pos){ .file = cm->overrides.files[0].name }, NULL,
		 "Cilium %s has no CiliumNodeConfig; its values are ignored",
		 release_name(release));
}

int configmap_options(const struct configmap *cm, enum cilium_release release, struct options *out,
		      struct diag_list *diags, size_t *refused)
{
	bool overridden = cm->merged && release >= NODE_CONFIG_SINCE;
	int err;

	err = options_init(out, release);
	if (err)
		return err;
	if (cm->merged && !overridden)
		report_ignored_overrides(cm, release, diags);
	return entries_apply(overridden ? cm->merged : cm->entries,
			     overridden ? cm->merged_count : cm->entry_count, cm->strict, out,
			     diags, refused);
}

static int choose_release(struct configmap *cm, uint32_t candidates)
{
	return dialect_guess(cm->merged ? cm->merged : cm->entries,
			     cm->merged ? cm->merged_count : cm->entry_count, candidates,
			     &cm->dialect);
}

int configmap_read(const struct config_source *source, struct configmap *out,
		   struct diag_list *diags, bool *bad_value)
{
	size_t refused = 0, errors = diags->errors;
	int err;

	*out = (struct configmap){ .strict = source->strict };
	err = read_source(source, out, diags);
	err = err ?: choose_release(out, source->releases);
	if (!err)
		err = configmap_options(out, out->dialect.release, &out->options, diags, &refused);
	else if (options_init(&out->options, out->dialect.release)) /* nothing was set */
		err = -ENOMEM;
	errors = diags->errors - errors;
	if (err == -ENOMEM && !errors)
		diag_add(diags, DIAG_ERROR, (struct pos){ 0 }, NULL, "out of memory");
	if (bad_value)
		*bad_value = !err && errors && errors == refused;
	return err ? err : errors ? -EINVAL : 0;
}

void configmap_fini(struct configmap *cm)
{
	for (size_t i = 0; i < cm->text_count; i++)
		free(cm->texts[i]);
	free(cm->texts);
	free(cm->entries);
	free(cm->merged);
	node_overrides_fini(&cm->overrides);
	yaml_fini(&cm->file);
	options_fini(&cm->options);
	*cm = (struct configmap){ 0 };
}
