// SPDX-License-Identifier: BSD-2-Clause
/* The upgrade oracle: reads and decides once per release, then prints the rows. */
#include "probe/verdict_releases.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/jsonout.h"
#include "common/cli.h"
#include "probe/report.h"

/* Texts repeat values of the input: what would break a line or a terminal is replaced. */
static void put_clean(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
	for (; *out; out++)
		if ((unsigned char)*out < ' ' || *out == 0x7f)
			*out = '?';
}

static void take_bad_value(const struct diag_list *diags, struct release_verdict *row)
{
	row->mode = VERDICT_REFUSED;
	snprintf(row->rule, sizeof(row->rule), "%s", REPORT_BAD_VALUE_RULE);
	for (size_t i = diags->count; i-- > 0;)
		if (diags->items[i].severity == DIAG_ERROR && diags->items[i].text)
			put_clean(row->text, sizeof(row->text), diags->items[i].text);
}

static void take_verdict(const struct verdict *v, struct release_verdict *row)
{
	row->mode = v->mode;
	if (v->mode == VERDICT_BPF || !v->count)
		return;
	snprintf(row->rule, sizeof(row->rule), "%s", rule_defs[v->findings[0].rule].name);
	snprintf(row->text, sizeof(row->text), "%s", rule_defs[v->findings[0].rule].text);
	put_clean(row->detail, sizeof(row->detail), v->findings[0].detail);
}

static int decide_release(const struct configmap *cm, const struct features *features,
			  const struct node_facts *facts, struct release_verdict *row)
{
	_cleanup_options_ struct options opts = { 0 };
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_free_ struct verdict *v = NULL;
	size_t refused = 0;
	int err = configmap_options(cm, row->release, &opts, &diags, &refused);

	if (err)
		return err;
	if (refused) {
		take_bad_value(&diags, row);
		return 0;
	}
	v = malloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	verdict_decide(&opts, features, facts, v);
	take_verdict(v, row);
	return 0;
}

int verdict_releases(const struct configmap *cm, const struct features *features,
		     const struct node_facts *facts, struct release_verdict rows[CILIUM__COUNT])
{
	int err = 0;

	for (enum cilium_release release = CILIUM_OLDEST; release < CILIUM__COUNT && !err;
	     release++) {
		rows[release] = (struct release_verdict){ .release = release };
		err = decide_release(cm, features, facts, &rows[release]);
	}
	return err;
}

int verdict_releases_text(const struct release_verdict rows[CILIUM__COUNT], char **out)
{
	_cleanup_buf_ struct buf b = { 0 };

	for (size_t i = 0; i < CILIUM__COUNT; i++) {
		const struct release_verdict *row = &rows[i];

		buf_printf(&b, "%-6s %s", release_name(row->release), verdict_mode_name(row->mode));
		if (row->rule[0])
			buf_printf(&b, ": %s: %s", row->rule, row->text);
		if (row->detail[0])
			buf_printf(&b, " (%s)", row->detail);
		buf_puts(&b, "\n");
	}
	return buf_take(&b, out);
}

static json_t *row_json(const struct release_verdict *row)
{
	json_t *object = json_object();

	jsonout_put_text(object, "release", release_name(row->release));
	jsonout_put_text(object, "mode", verdict_mode_name(row->mode));
	jsonout_put_text(object, "rule", row->rule[0] ? row->rule : NULL);
	jsonout_put_text(object, "text", row->text[0] ? row->text : NULL);
	jsonout_put_text(object, "detail", row->detail[0] ? row->detail : NULL);
	return object;
}

int verdict_releases_json(const struct release_verdict rows[CILIUM__COUNT], const char *source,
			  char **out)
{
	_cleanup_(json) json_t *root = json_object();
	json_t *array = json_array();

	jsonout_put_text(root, "schema", RELEASES_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	jsonout_put_text(root, "source", source);
	for (size_t i = 0; i < CILIUM__COUNT; i++)
		json_array_append_new(array, row_json(&rows[i]));
	json_object_set_new(root, "releases", array);
	return jsonout_text(root, 2, out);
}
