// SPDX-License-Identifier: BSD-2-Clause
/*
 * config/options against the lists of keys that Cilium documents or its chart renders, row by row: releases,
 * type and default in each release. data/options/hidden.tsv has the releases that no list names.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "config/configmap.h"

#define LIST(name) "tests/unit/data/options/" name ".tsv"
#define MAX_CHANGES 8

/* One row of a list. What it leaves out is empty. */
struct row {
	const char *key, *type, *releases, *dflt;
};

typedef void row_visitor(const struct row *row, void *context);

/* Fields of the chart's list: key, releases. Of the others: key, type, releases, default. */
static void split_row(char *line, struct row *out)
{
	char *fields[4] = { "", "", "", "" };
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	while (line && count < ARRAY_SIZE(fields))
		fields[count++] = strsep(&line, "\t");
	*out = count == 2 ? (struct row){ fields[0], "", fields[1], "" }
			  : (struct row){ fields[0], fields[1], fields[2], fields[3] };
}

static size_t for_each_row(const char *path, row_visitor *visit, void *context)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0, count = 0;
	struct row row;

	assert_non_null(file);
	assert_true(getline(&line, &size, file) > 0);
	for (; getline(&line, &size, file) > 0; count++) {
		split_row(line, &row);
		visit(&row, context);
	}
	return count;
}

static enum cilium_release release_of(const char *text, size_t len)
{
	struct cilium_version version = { .release = CILIUM__COUNT };
	char name[16];

	assert_true(len < sizeof(name));
	memcpy(name, text, len);
	name[len] = '\0';
	assert_int_equal(release_parse(name, &version), 0);
	return version.release;
}

/* "1.9", "1.9-1.12", "1.9-1.10,1.12-1.19". */
static uint32_t releases_of(const char *text)
{
	uint32_t releases = 0;

	while (*text) {
		size_t len = strcspn(text, "-,");
		enum cilium_release first = release_of(text, len), last = first;

		text += len;
		if (*text == '-') {
			len = strcspn(++text, ",");
			last = release_of(text, len);
			text += len;
		}
		releases |= RELEASES_IN(first, last);
		text += *text == ',';
	}
	return releases;
}

/* What holds in a release of "1.9+: a | 1.12+: b", or of a text that never changed. */
static void value_at(const char *notation, enum cilium_release release, char *out, size_t size)
{
	_cleanup_free_ char *copy = strdup(notation);
	char *rest = copy, *part;

	snprintf(out, size, "%s", notation);
	if (!strstr(notation, "+: "))
		return;
	while ((part = strsep(&rest, "|"))) {
		char *value = strstr(part, "+: ");
		size_t len;

		part += strspn(part, " ");
		assert_non_null(value);
		if (release_of(part, (size_t)(value - part)) > release)
			continue;
		value += strlen("+: ");
		len = strlen(value);
		while (len && value[len - 1] == ' ')
			len--;
		snprintf(out, size, "%.*s", (int)len, value);
	}
}

static enum option_type type_named(const char *name)
{
	static const struct {
		const char *name;
		enum option_type type;
	} types[] = {
		{ "bool", OPTION_BOOL },
		{ "int", OPTION_INT },
		{ "int32", OPTION_INT },
		{ "uint", OPTION_UINT },
		{ "uint8", OPTION_UINT },
		{ "uint16", OPTION_UINT },
		{ "uint32", OPTION_UINT },
		{ "float", OPTION_FLOAT },
		{ "float32", OPTION_FLOAT },
		{ "duration", OPTION_DURATION },
		{ "string", OPTION_STRING },
		{ "stdout",
		  OPTION_STRING }, /* hubble-export-file-path: its default, taken for a type */
		{ "strings", OPTION_LIST },
		{ "ints", OPTION_LIST },
		{ "map", OPTION_MAP },
		{ "stringToString", OPTION_MAP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(types[i].name, name))
			return types[i].type;
	}
	fail_msg("no type is called %s", name);
	return OPTION_TYPE__COUNT;
}

/* A default as the ConfigMap would spell it: without quotes and brackets; empty is the zero value. */
static void plain_default(enum option_type type, const char *listed, char *out, size_t size)
{
	static const char *const zeros[OPTION_TYPE__COUNT] = {
		[OPTION_BOOL] = "false", [OPTION_INT] = "0",	   [OPTION_UINT] = "0",
		[OPTION_FLOAT] = "0.0",	 [OPTION_DURATION] = "0s", [OPTION_STRING] = "",
		[OPTION_LIST] = "",	 [OPTION_MAP] = "",
	};
	size_t len = strlen(listed);

	if (!strcmp(listed, "map[]"))
		len = 0;
	if (len >= 2 && (*listed == '"' || (*listed == '[' && type != OPTION_STRING))) {
		listed++;
		len -= 2;
	}
	if (!len)
		len = strlen(listed = zeros[type]);
	assert_true(len < size);
	for (size_t i = 0; i < len; i++) {
		if (listed[i] != '\\')
			*out++ = listed[i];
	}
	*out = '\0';
}

/*
 * Rows whose default is none of the agent's: described in words ("tunnel", "config"), cut out of the help text
 * at the wrong place, or not what the 1.13.18 agent did when it was run (reference M).
 */
static bool is_default_wrong(const struct row *row, enum cilium_release release)
{
	static const struct {
		const char *key;
		uint32_t releases;
	} wrong[] = {
		{ "config", RELEASES_ALL },
		{ "enable-remote-node-identity", RELEASES_IN(CILIUM_1_13, CILIUM_1_13) },
		{ "tunnel", RELEASES_ALL },
		{ "tunnel-port", RELEASES_ALL },
		{ "tunnel-source-port-range", RELEASES_ALL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (!strcmp(wrong[i].key, row->key))
			return releases_have(wrong[i].releases, release);
	}
	return false;
}

/* Lists are given with commas or blanks; which of the two a key takes is not the lists' business. */
static bool is_same_text(const char *a, const char *b, enum option_type type)
{
	for (; *a && *b; a++, b++) {
		if (*a != *b && !(type == OPTION_LIST && strchr(" ,", *a) && strchr(" ,", *b)))
			return false;
	}
	return *a == *b;
}

/* Says every difference, not the first only. */
static void differ(const struct row *row, enum cilium_release release, const char *ours,
		   const char *listed, size_t *differences)
{
	print_error("%s in %s: %s, listed as %s\n", row->key, release_name(release), ours, listed);
	++*differences;
}

static bool is_same(const struct option_value *a, const struct option_value *b,
		    enum option_type type)
{
	if (type == OPTION_STRING || type == OPTION_LIST || type == OPTION_MAP)
		return is_same_text(a->text, b->text, type);
	return type == OPTION_BOOL    ? a->b == b->b
	       : type == OPTION_FLOAT ? (float)a->f == (float)b->f
				      : a->i == b->i;
}

static void check_default(const struct row *row, enum option_id id, enum cilium_release release,
			  size_t *differences)
{
	_cleanup_options_ struct options ours = { 0 }, listed = { 0 };
	enum option_type type = option_type_at(id, release);
	char notation[512], text[512];
	const char *why = NULL;

	value_at(row->dflt, release, notation, sizeof(notation));
	plain_default(type, notation, text, sizeof(text));
	assert_int_equal(options_init(&ours, release), 0);
	assert_int_equal(options_init(&listed, release), 0);
	if (option_set(&listed, id, text, (struct pos){ 0 }, &why) ||
	    !is_same(&ours.values[id], &listed.values[id], type))
		differ(row, release, option_text(&ours, id), text, differences);
}

/* Where agent and operator have a key in common, ours is the agent's. */
static bool is_agents(enum option_id id, enum cilium_release release)
{
	return option_scope_at(id, release) != OPTION_OTHER;
}

static void check_documented(const struct row *row, bool is_operator, size_t *differences)
{
	enum option_id id = option_find(row->key);
	uint32_t releases = releases_of(row->releases);
	char type[64];

	assert_int_not_equal(id, OPT__COUNT);
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		if (!releases_have(releases, release) || (is_operator && is_agents(id, release)))
			continue;
		value_at(row->type, release, type, sizeof(type));
		if (option_type_at(id, release) != type_named(type))
			differ(row, release, option_type_name(option_type_at(id, release)), type,
			       differences);
		else if (!is_default_wrong(row, release))
			check_default(row, id, release, differences);
	}
}

static void check_agent(const struct row *row, void *differences)
{
	check_documented(row, false, differences);
}

static void check_operator(const struct row *row, void *differences)
{
	check_documented(row, true, differences);
}

static void agent_keys_have_the_documented_type_and_default(void **state)
{
	size_t differences = 0;

	(void)state;
	assert_int_equal(for_each_row(LIST("agent"), check_agent, &differences), 507);
	assert_int_equal(differences, 0);
}

static void operator_keys_have_the_documented_type_and_default(void **state)
{
	size_t differences = 0;

	(void)state;
	assert_int_equal(for_each_row(LIST("operator"), check_operator, &differences), 174);
	assert_int_equal(differences, 0);
}

/* What the list took for keys: fields of the object itself. */
static bool is_metadata(const char *key)
{
	return !strcmp(key, "name") || !strcmp(key, "namespace") || !strcmp(key, "annotations");
}

static void note_releases(const struct row *row, void *context)
{
	uint32_t *listed = context;
	enum option_id id = option_find(row->key);

	if (is_metadata(row->key))
		return;
	if (id == OPT__COUNT)
		fail_msg("%s is no key", row->key);
	/* hidden.tsv has two columns, as the chart's list has. */
	listed[id] |= releases_of(row->releases);
}

static void every_key_exists_in_the_listed_releases_and_in_no_other(void **state)
{
	uint32_t listed[OPT__COUNT] = { 0 };
	char ours[RELEASES_TEXT_MAX], theirs[RELEASES_TEXT_MAX];

	(void)state;
	for_each_row(LIST("agent"), note_releases, listed);
	for_each_row(LIST("operator"), note_releases, listed);
	assert_int_equal(for_each_row(LIST("helm-configmap-keys"), note_releases, listed), 463);
	for_each_row(LIST("hidden"), note_releases, listed);
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		if (listed[id] != option_defs[id].releases)
			fail_msg("%s: %s, listed: %s", option_defs[id].name,
				 releases_text(option_defs[id].releases, ours),
				 releases_text(listed[id], theirs));
	}
}

struct rendering {
	enum cilium_release release;
	struct options dflts;
	struct buf text;
	size_t keys;
};

static void render_key(const struct row *row, void *context)
{
	struct rendering *r = context;
	enum option_id id = option_find(row->key);
	const char *text;

	if (is_metadata(row->key) || !releases_have(releases_of(row->releases), r->release))
		return;
	text = option_text(&r->dflts, id);
	buf_printf(&r->text, "  %s: '%s'\n", row->key, text);
	r->keys++;
}

static void render(struct rendering *r)
{
	buf_puts(&r->text, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium-config\n"
			   "  namespace: kube-system\ndata:\n");
	assert_int_equal(options_init(&r->dflts, r->release), 0);
	for_each_row(LIST("helm-configmap-keys"), render_key, r);
	assert_true(r->keys > 100);
}

/* Reads the text as a file. No cm: a test looks at the complaints only. */
static void read_text(const struct buf *text, uint32_t releases, struct diag_list *diags)
{
	_cleanup_configmap_ struct configmap cm = { 0 };
	char path[] = "/tmp/options-lists-XXXXXX";
	struct config_source source = { .path = path, .releases = releases };
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text->data, text->len), text->len);
	close(fd);
	err = configmap_read(&source, &cm, diags, NULL);
	unlink(path);
	assert_int_equal(err, 0);
}

static void a_rendered_configmap_has_no_unknown_key(void **state)
{
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		_cleanup_diag_ struct diag_list diags = { 0 };
		struct rendering r = { .release = release };

		(void)state;
		render(&r);
		read_text(&r.text, UINT32_C(1) << release, &diags);
		if (diags.count)
			fail_msg("%s, %zu keys: %s", release_name(release), r.keys,
				 diags.items[0].text);
		buf_fini(&r.text);
		options_fini(&r.dflts);
	}
}

static void an_invented_key_among_them_is_the_only_one_that_is_flagged(void **state)
{
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		_cleanup_diag_ struct diag_list diags = { 0 };
		struct rendering r = { .release = release };

		(void)state;
		render(&r);
		buf_puts(&r.text, "  enable-host-routing: 'true'\n");
		read_text(&r.text, UINT32_C(1) << release, &diags);
		assert_int_equal(diags.count, 1);
		assert_non_null(strstr(diags.items[0].text, "unknown key enable-host-routing"));
		buf_fini(&r.text);
		options_fini(&r.dflts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agent_keys_have_the_documented_type_and_default),
		cmocka_unit_test(operator_keys_have_the_documented_type_and_default),
		cmocka_unit_test(every_key_exists_in_the_listed_releases_and_in_no_other),
		cmocka_unit_test(a_rendered_configmap_has_no_unknown_key),
		cmocka_unit_test(an_invented_key_among_them_is_the_only_one_that_is_flagged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
