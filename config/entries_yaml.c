// SPDX-License-Identifier: BSD-2-Clause
/* Knows what YAML calls a string and what Kubernetes does; not what any key means. */
#include "config/entries_yaml.h"

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

size_t entries_read_mapping(const struct yaml_file *file, const struct yaml_node *data,
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
