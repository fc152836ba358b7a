// SPDX-License-Identifier: BSD-2-Clause
/* A report into a struct. What it holds beside kernel and node is for people, and may grow. */
#include "probe/report_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jsonout.h"
#include "common/log.h"
#include "common/parse.h"
#include "probe/facts_json_part.h"
#include "probe/report.h"

/* A member that every report has; what else there is, is passed over. */
static int member(const struct json_place *at, const json_t *object, const char *key,
		  struct json_place *place, const json_t **out)
{
	*place = json_place_in(at, key, 0);
	*out = json_object_get(object, key);
	if (!json_is_object(object))
		return json_bad(at, "not an object");
	return *out ? 0 : json_bad(place, "missing");
}

static int take_feature(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	const char *name = json_string_value(json_object_get(value, "name"));
	struct answer *answer;

	(void)size;
	if (!name)
		return json_bad(at, "no name");
	answer = facts_json_find_feature(out, name);
	return answer ? facts_json_take_answer(at, value, answer) : 0;
}

static int take_features(const struct json_place *kernel, const json_t *object,
			 struct features *out)
{
	/* Every element is read into the same struct. */
	const struct json_array array = { take_feature, out, 1024, 0 };
	struct json_place place;
	const json_t *list;
	size_t count;
	int err = member(kernel, object, "features", &place, &list);

	for (size_t i = 0; i < FEATURE__COUNT; i++)
		out->items[i] = (struct answer){ .note = "not in the report" };
	return err ? err : json_read_array(&place, list, &array, &count);
}

static int take_kernel(const struct json_place *top, const json_t *root, struct node_record *out)
{
	struct features *features = &out->features;
	char release[sizeof(features->release)];
	const json_t *kernel, *value;
	struct json_place at, place;
	int err;

	err = member(top, root, "kernel", &at, &kernel);
	err = err ?: member(&at, kernel, "release", &place, &value);
	err = err ?: json_take_text(&place, value, release, sizeof(release));
	if (err)
		return err;
	features_set_release(features, release, SOURCE_FILE);
	err = member(&at, kernel, "at_least_5_10", &place, &value);
	err = err ?: facts_json_take_answer(&place, value, &features->kernel_5_10);
	err = err ?: take_features(&at, kernel, features);
	out->has_kernel = !err;
	return err;
}

/* Both are null where no node was looked at. */
static int take_node(const struct json_place *top, const json_t *root, struct node_record *out)
{
	struct node_facts *facts = &out->facts;
	struct json_place at, place;
	const json_t *node, *value;
	int err;

	err = member(top, root, "node", &at, &node);
	err = err ?: member(&at, node, "node_ip", &place, &value);
	if (!err && !json_is_null(value))
		err = facts_json_take_ip4(&place, value, &facts->node_ip, sizeof(facts->node_ip));
	err = err ?: member(&at, node, "pod_cidr", &place, &value);
	if (err || json_is_null(value))
		return err;
	if (!json_is_string(value) || parse_cidr4(json_string_value(value), &facts->pod_cidr))
		return json_bad(&place, "not an IPv4 CIDR without host bits");
	facts->has_pod_cidr = true;
	return 0;
}

static json_t *parse_json(const char *text, size_t len, const char *name)
{
	json_error_t error;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		log_fail(-EINVAL, "%s:%d:%d: %s", name, error.line, error.column, error.text);
	return root;
}

static bool has_schema(const json_t *root, const char *schema)
{
	const char *text = json_string_value(json_object_get(root, "schema"));

	return text && !strcmp(text, schema);
}

static int take_report(const json_t *root, const char *name, struct node_record *out)
{
	const struct json_place top = { .file = name };
	int err;

	*out = (struct node_record){ 0 };
	err = take_kernel(&top, root, out);
	return err ? err : take_node(&top, root, out);
}

int report_parse(const char *text, size_t len, const char *name, struct node_record *out)
{
	_cleanup_(json) json_t *root = parse_json(text, len, name);

	if (!root)
		return -EINVAL;
	if (!has_schema(root, REPORT_SCHEMA))
		return log_fail(-EINVAL, "%s: schema: not " REPORT_SCHEMA, name);
	return take_report(root, name, out);
}

int report_or_facts_read(const char *path, struct node_record *out)
{
	_cleanup_(json) json_t *root = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int err = file_read(path, FACTS_JSON_MAX_BYTES, &text, &len);

	if (err)
		return log_err(err, "read target %s", path);
	root = parse_json(text, len, path);
	if (!root)
		return -EINVAL;
	if (has_schema(root, REPORT_SCHEMA))
		return take_report(root, path, out);
	if (has_schema(root, FACTS_JSON_SCHEMA))
		return facts_json_parse(text, len, path, out);
	return log_fail(-EINVAL,
			"%s: schema: not " REPORT_SCHEMA
			" (of hrprobe --format json) or " FACTS_JSON_SCHEMA
			" (of hrprobe --record-node-facts)",
			path);
}
