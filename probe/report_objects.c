// SPDX-License-Identifier: BSD-2-Clause
/* Objects and the kernel's answers to their needs, as text and as JSON. */
#include <errno.h>
#include <jansson.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/jsonout.h"
#include "probe/objects.h"

/* Paths come from the command line or a folder: one stays one line. */
static void put_path(struct buf *b, const char *path)
{
	for (; *path; path++)
		buf_append(b, *path < ' ' || *path == 0x7f ? "." : path, 1);
}

static void put_need(struct buf *b, const struct checked_need *n)
{
	const char *since = need_since(&n->need);
	char text[128];

	need_text(&n->need, text, sizeof(text));
	buf_printf(b, "  %-7s  %s", tri_name(n->answer.value), text);
	if (n->answer.value == ANSWER_NO && since)
		buf_printf(b, ", since %s", since);
	if (n->answer.source != SOURCE_NONE)
		buf_printf(b, " (%s)", source_name(n->answer.source));
	if (n->answer.note[0])
		buf_printf(b, ": %s", n->answer.note);
	buf_puts(b, "\n");
}

int objects_write_text(const struct objects *objects, char **out)
{
	static const char *const verdicts[] = {
		[ANSWER_YES] = "can run here",
		[ANSWER_NO] = "cannot run here",
		[ANSWER_UNKNOWN] = "cannot tell whether it runs here",
	};
	_Static_assert(ARRAY_SIZE(verdicts) == ANSWER__COUNT, "words for every answer");
	_cleanup_buf_ struct buf b = { 0 };

	buf_printf(&b, "Kernel %s\n",
		   objects->release[0] ? objects->release : "of unknown release");
	for (size_t i = 0; i < objects->count; i++) {
		const struct checked_object *object = &objects->items[i];

		buf_puts(&b, "\n");
		put_path(&b, object->path);
		buf_printf(&b, ": %s\n", verdicts[object->verdict]);
		for (size_t k = 0; k < object->count; k++)
			put_need(&b, &object->needs[k]);
	}
	return buf_take(&b, out);
}

/* Text that is no UTF-8 is null, never a failed report. */
static json_t *need_json(const struct checked_need *n)
{
	static const char *const kinds[] = {
		[NEED_PROG_TYPE] = "program_type",
		[NEED_HELPER] = "helper",
		[NEED_MAP_TYPE] = "map_type",
		[NEED_ATTACH_TYPE] = "attach_type",
		[NEED_KFUNC] = "kfunc",
		[NEED_BTF] = "btf",
	};
	_Static_assert(ARRAY_SIZE(kinds) == NEED_KIND__COUNT, "a word for every kind");
	json_t *object = json_object();
	char text[128];

	need_text(&n->need, text, sizeof(text));
	jsonout_put_text(object, "need", text);
	jsonout_put_text(object, "kind", kinds[n->need.kind]);
	jsonout_put_text(object, "value", tri_name(n->answer.value));
	jsonout_put_text(object, "source", source_name(n->answer.source));
	json_object_set_new(object, "errno", json_integer(n->answer.err));
	jsonout_put_text(object, "note", n->answer.note);
	jsonout_put_text(object, "since", need_since(&n->need));
	return object;
}

static json_t *object_json(const struct checked_object *object)
{
	json_t *root = json_object(), *needs = json_array();

	jsonout_put_text(root, "file", object->path);
	jsonout_put_text(root, "verdict", tri_name(object->verdict));
	for (size_t i = 0; i < object->count; i++)
		json_array_append_new(needs, need_json(&object->needs[i]));
	json_object_set_new(root, "needs", needs);
	return root;
}

int objects_write_json(const struct objects *objects, char **out)
{
	_cleanup_(json) json_t *root = json_object();
	json_t *list = json_array();

	jsonout_put_text(root, "schema", OBJECTS_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	jsonout_put_text(root, "kernel", objects->release);
	jsonout_put_text(root, "verdict", tri_name(objects->verdict));
	json_object_set_new(root, "exit_status", json_integer(objects->status));
	for (size_t i = 0; i < objects->count; i++)
		json_array_append_new(list, object_json(&objects->items[i]));
	json_object_set_new(root, "objects", list);
	return jsonout_text(root, 2, out);
}
