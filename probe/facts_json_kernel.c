// SPDX-License-Identifier: BSD-2-Clause
/* The "kernel" and "sysctl" sections of a node-facts file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "probe/bpf_names.h"
#include "probe/facts_json_part.h"

#define FEATURE_NAME_MAX 96

struct answer *facts_json_find_feature(struct features *features, const char *name)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		if (!strcmp(feature_defs[i].name, name))
			return &features->items[i];
	return NULL;
}

/* A name that exists but is not asked about is no mistake: nothing depends on it. */
static bool set_missing(struct features *features, const char *kind, const char *name)
{
	char full[FEATURE_NAME_MAX];
	struct answer *answer;

	snprintf(full, sizeof(full), "%s/%s", kind, name);
	answer = facts_json_find_feature(features, full);
	if (answer)
		*answer = (struct answer){ .value = ANSWER_NO, .source = SOURCE_FILE };
	return answer;
}

static int take_release(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	struct features *features = out;
	char release[sizeof(features->release)];
	int err = json_take_text(at, value, release, sizeof(release));

	(void)size;
	if (err)
		return err;
	features_assume_all(features, release);
	if (kernel_release_parse(release, &features->major, &features->minor))
		features->kernel_5_10 =
			(struct answer){ .note = "the release has no version in it" };
	else
		features->kernel_5_10.source = SOURCE_FILE;
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		features->items[i] = (struct answer){ .note = "not in the node facts" };
	return 0;
}

static int take_base(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	struct features *features = out;

	(void)size;
	if (!strcmp(text, "none"))
		return 0;
	if (strcmp(text, "all") != 0)
		return json_bad(at, "not \"all\" or \"none\"");
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		features->items[i] = (struct answer){ .value = ANSWER_YES, .source = SOURCE_FILE };
	if (features->kernel_5_10.value == ANSWER_UNKNOWN)
		features->kernel_5_10 =
			(struct answer){ .value = ANSWER_YES, .source = SOURCE_FILE };
	return 0;
}

static int take_missing_helper(const struct json_place *at, const json_t *value, void *out,
			       size_t size)
{
	const char *prog = json_string_value(json_array_get(value, 0));
	const char *helper = json_string_value(json_array_get(value, 1));
	char name[FEATURE_NAME_MAX];

	(void)size;
	if (!prog || !helper || json_array_size(value) != 2)
		return json_bad(at, "not [program type, helper]");
	helper += strncmp(helper, "bpf_", 4) ? 0 : 4;
	if (prog_type_find(prog) < 0)
		return json_bad(at, "no such program type");
	if (helper_find(helper) < 0)
		return json_bad(at, "no such helper");
	snprintf(name, sizeof(name), "%s/%s", prog, helper);
	set_missing(out, "helper", name);
	return 0;
}

/* No program of a cgroup may be loaded: to an agent the same as a kernel without the hooks. */
static void refuse_attach_types(struct features *features)
{
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++)
		if (feature_defs[id].kind == FEATURE_KIND_CGROUP_ATTACH)
			features->items[id] = (struct answer){ .value = ANSWER_NO,
							       .source = SOURCE_FILE,
							       .err = EPERM };
}

static int take_missing_attach(const struct json_place *at, const json_t *value, void *out,
			       size_t size)
{
	(void)size;
	if (json_is_string(value) && !strcmp(json_string_value(value), "eperm")) {
		refuse_attach_types(out);
		return 0;
	}
	if (json_is_string(value) && set_missing(out, "attach", json_string_value(value)))
		return 0;
	return json_bad(at, "no such attach type");
}

static int take_missing_map(const struct json_place *at, const json_t *value, void *out,
			    size_t size)
{
	(void)size;
	if (!json_is_string(value) || map_type_find(json_string_value(value)) < 0)
		return json_bad(at, "no such map type");
	set_missing(out, "map", json_string_value(value));
	return 0;
}

static int take_missing_program(const struct json_place *at, const json_t *value, void *out,
				size_t size)
{
	(void)size;
	if (!json_is_string(value) || prog_type_find(json_string_value(value)) < 0)
		return json_bad(at, "no such program type");
	set_missing(out, "program", json_string_value(value));
	return 0;
}

static int take_each(const struct json_place *at, const json_t *value, json_field_fn read,
		     void *out)
{
	/* Every element is read into the same struct. */
	const struct json_array array = { read, out, 1024, 0 };
	size_t count;

	return json_read_array(at, value, &array, &count);
}

#define TAKE_EACH(name, read)                                                                     \
	static int name(const struct json_place *at, const json_t *value, void *out, size_t size) \
	{                                                                                         \
		(void)size;                                                                       \
		return take_each(at, value, read, out);                                           \
	}

TAKE_EACH(take_missing_helpers, take_missing_helper)
TAKE_EACH(take_missing_attaches, take_missing_attach)
TAKE_EACH(take_missing_maps, take_missing_map)
TAKE_EACH(take_missing_programs, take_missing_program)

/* True: the feature is missing; false says nothing. */
static int take_lack(const struct json_place *at, const json_t *value, struct features *features,
		     enum feature_id id)
{
	if (!json_is_boolean(value))
		return json_bad(at, "not true or false");
	if (json_is_true(value))
		features->items[id] = (struct answer){ .value = ANSWER_NO, .source = SOURCE_FILE };
	return 0;
}

#define TAKE_LACK(name, id)                                                                       \
	static int name(const struct json_place *at, const json_t *value, void *out, size_t size) \
	{                                                                                         \
		(void)size;                                                                       \
		return take_lack(at, value, out, id);                                             \
	}

TAKE_LACK(take_no_lru, FEATURE_MAP_LRU_HASH)
TAKE_LACK(take_no_lpm, FEATURE_MAP_LPM_TRIE)
TAKE_LACK(take_no_large_insn, FEATURE_LARGE_PROGRAM)
TAKE_LACK(take_no_xfrm_output_mask, FEATURE_XFRM_OUTPUT_MASK)

static int take_value(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	struct answer *answer = out;

	(void)size;
	for (enum tri tri = 0; json_is_string(value) && tri < ANSWER__COUNT; tri++) {
		if (strcmp(json_string_value(value), tri_name(tri)) != 0)
			continue;
		*answer = (struct answer){ .value = tri, .source = SOURCE_FILE };
		return 0;
	}
	return json_bad(at, "not \"yes\", \"no\" or \"unknown\"");
}

static int take_errno(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	uint16_t number = 0;
	int err = json_take_uint(at, value, &number, sizeof(number));

	(void)size;
	*(int *)out = number;
	return err;
}

/* Of an answer in a report, what its place in the file says already. */
static int take_nothing(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	(void)at;
	(void)value;
	(void)out;
	(void)size;
	return 0;
}

int facts_json_take_answer(const struct json_place *at, const json_t *value, struct answer *answer)
{
	static const struct json_field fields[] = {
		{ "value", take_value, 0, sizeof(struct answer), true },
		JSON_FIELD(struct answer, err, "errno", take_errno),
		JSON_FIELD(struct answer, note, "note", json_take_text),
		JSON_WHOLE(struct answer, "name", take_nothing),
		JSON_WHOLE(struct answer, "source", take_nothing),
		JSON_WHOLE(struct answer, "since", take_nothing),
		{ 0 },
	};

	if (json_is_string(value))
		return take_value(at, value, answer, sizeof(*answer));
	return json_read_object(at, value, fields, answer);
}

/* Names of another build's features are passed over: they decide nothing here. */
static int take_features(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	const char *name;
	json_t *item;

	(void)size;
	if (!json_is_object(value))
		return json_bad(at, "not an object");
	json_object_foreach((json_t *)value, name, item)
	{
		struct json_place place = json_place_in(at, name, 0);
		struct answer *answer = facts_json_find_feature(out, name);

		if (answer && facts_json_take_answer(&place, item, answer))
			return -EINVAL;
	}
	return 0;
}

int facts_json_take_kernel(const struct json_place *at, const json_t *value, void *record,
			   size_t size)
{
	static const struct json_field fields[] = {
		JSON_WHOLE(struct features, "release", take_release),
		JSON_WHOLE(struct features, "base", take_base),
		JSON_WHOLE(struct features, "features", take_features),
		JSON_WHOLE(struct features, "missing_helpers", take_missing_helpers),
		JSON_WHOLE(struct features, "missing_attach", take_missing_attaches),
		JSON_WHOLE(struct features, "missing_maps", take_missing_maps),
		JSON_WHOLE(struct features, "missing_programs", take_missing_programs),
		JSON_WHOLE(struct features, "no_lru", take_no_lru),
		JSON_WHOLE(struct features, "no_lpm", take_no_lpm),
		JSON_WHOLE(struct features, "no_large_insn", take_no_large_insn),
		JSON_WHOLE(struct features, "no_xfrm_output_mask", take_no_xfrm_output_mask),
		{ 0 },
	};
	struct node_record *out = record;

	(void)size;
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		out->features.items[i] = (struct answer){ .note = "not in the node facts" };
	out->has_kernel = true;
	return json_read_object(at, value, fields, &out->features);
}

static int take_port(const char *text, size_t len, uint16_t *out)
{
	char digits[8];

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	return parse_u16(digits, out);
}

/* "32768 60999", as the kernel prints it: blanks or a tab between. */
static int take_port_range(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	size_t first = strcspn(text, " \t"), gap = strspn(text + first, " \t");
	uint16_t *range = out;

	(void)size;
	if (take_port(text, first, &range[0]) ||
	    take_port(text + first + gap, strlen(text + first + gap), &range[1]))
		return json_bad(at, "not two port numbers");
	return 0;
}

static int take_number(const struct json_place *at, const json_t *value, struct fact_number *out)
{
	uint64_t number;

	if (!json_is_string(value) || parse_uint(json_string_value(value), INT32_MAX, &number))
		return json_bad(at, "not a number in quotes");
	*out = (struct fact_number){ .known = true, .value = (int64_t)number };
	return 0;
}

int facts_json_take_sysctls(const struct json_place *at, const json_t *value, void *record,
			    size_t size)
{
	static const char range[] = "net.ipv4.ip_local_port_range";
	static const char reserved[] = "net.ipv4.ip_local_reserved_ports";
	struct node_record *out = record;
	struct node_facts *facts = &out->facts;
	const json_t *ports = json_object_get(value, range);
	const json_t *list = json_object_get(value, reserved), *item;
	struct json_place place = json_place_in(at, range, 0);
	int err = 0;

	(void)size;
	if (!json_is_object(value))
		return json_bad(at, "not an object");
	if (ports)
		err = take_port_range(&place, ports, facts->ip_local_port_range, 0);
	place = json_place_in(at, reserved, 0);
	if (!err && list)
		err = json_take_text(&place, list, facts->ip_local_reserved_ports,
				     sizeof(facts->ip_local_reserved_ports));
	facts->has_ip_local_port_range = !err && ports && list;
	for (enum fact_sysctl id = 0; !err && id < FACT_SYSCTL__COUNT; id++) {
		place = json_place_in(at, fact_sysctl_names[id], 0);
		item = json_object_get(value, fact_sysctl_names[id]);
		if (item)
			err = take_number(&place, item, &out->audit.sysctls[id]);
	}
	return err;
}
