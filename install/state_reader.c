// SPDX-License-Identifier: BSD-2-Clause
/* What mappings and lists of a state file have in common. */
#include "install/state_reader.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"

/* keys: "a, b, c". */
int state_unknown_key(struct state_reader *r, const struct yaml_node *key, const char *what,
		      struct buf *keys)
{
	_cleanup_free_ char *known = NULL;

	if (buf_take(keys, &known))
		return -ENOMEM;
	yaml_error(r->file, key, r->diags, "%s%s%.64s: unknown key (known are %s)", what,
		   *what ? "." : "", key->text, known);
	return 0;
}

static int unknown_field(struct state_reader *r, const struct yaml_node *key, const char *what,
			 const struct state_fields *fields)
{
	_cleanup_buf_ struct buf keys = { 0 };

	for (size_t i = 0; i < fields->count; i++)
		buf_printf(&keys, "%s%s", i ? ", " : "", fields->items[i].key);
	return state_unknown_key(r, key, what, &keys);
}

void state_read_field(struct state_reader *r, const struct yaml_node *value, const char *what,
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
int state_read_fields(struct state_reader *r, const struct yaml_node *node, const char *what,
		      const struct state_fields *fields, void *out)
{
	int err = 0;

	if (node->kind != YAML_MAPPING) {
		yaml_error(r->file, node, r->diags, "%s: is not a mapping (key: value)", what);
		return 0;
	}
	for (size_t i = 0; !err && i < node->count; i++) {
		const struct state_field *field = state_field_find(fields, node->keys[i]->text);

		if (field && field->set)
			state_read_field(r, node->items[i], what, field, out);
		else if (!field)
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
bool state_check_list(struct state_reader *r, const struct yaml_node *node, const char *what,
		      size_t max)
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
