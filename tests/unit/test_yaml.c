// SPDX-License-Identifier: BSD-2-Clause
/* config/yaml: the tree with its positions, what is refused, and that nothing hostile breaks it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "config/yaml.h"

/* One parsed text; each test owns one. */
struct parsed {
	struct yaml_file file;
	struct diag_list diags;
	int err;
};

static void parsed_fini(struct parsed *p)
{
	diag_fini(&p->diags);
	yaml_fini(&p->file);
}

#define _cleanup_parsed_ __attribute__((cleanup(parsed_fini)))

static struct parsed *parse_bytes(struct parsed *p, const char *text, size_t len)
{
	p->err = yaml_parse("t.yaml", text, len, &p->file, &p->diags);
	return p;
}

static struct parsed *parse(struct parsed *p, const char *text)
{
	return parse_bytes(p, text, strlen(text));
}

static void assert_error(const struct parsed *p, size_t i, size_t line, size_t col,
			 const char *text)
{
	assert_int_equal(p->err, -EINVAL);
	assert_true(i < p->diags.count);
	assert_non_null(strstr(p->diags.items[i].text, text));
	assert_string_equal(p->diags.items[i].pos.file, "t.yaml");
	assert_int_equal(p->diags.items[i].pos.line, line);
	assert_int_equal(p->diags.items[i].pos.col, col);
}

static void nodes_know_where_they_stand(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	struct yaml_node *root, *list;

	(void)state;
	assert_int_equal(parse(&p, "a: 1\nb:\n  - x\n  - \"y\"\n")->err, 0);
	assert_int_equal(p.file.count, 1);
	root = p.file.documents[0];
	assert_int_equal(root->kind, YAML_MAPPING);
	assert_int_equal(root->count, 2);
	assert_string_equal(root->keys[1]->text, "b");
	assert_int_equal(root->keys[1]->line, 2);
	assert_string_equal(yaml_text(yaml_get(root, "a")), "1");
	assert_int_equal(yaml_get(root, "a")->col, 4);
	list = yaml_get(root, "b");
	assert_int_equal(list->kind, YAML_SEQUENCE);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->items[1]->line, 4);
	assert_int_equal(list->items[1]->col, 5);
	assert_false(list->items[0]->quoted);
	assert_true(list->items[1]->quoted);
}

static void json_is_read_as_well(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	struct yaml_node *data;

	(void)state;
	parse(&p, "{\n\t\"data\": {\n\t\t\"a\": \"\\u003cx\\u003e \\/\",\n\t\t\"b\": 1, \"c\": "
		  "[]\n\t}\n}\n");
	assert_int_equal(p.err, 0);
	data = yaml_get(p.file.documents[0], "data");
	assert_string_equal(yaml_text(yaml_get(data, "a")), "<x> /");
	assert_true(yaml_get(data, "a")->quoted);
	assert_false(yaml_get(data, "b")->quoted);
	assert_int_equal(yaml_get(data, "c")->count, 0);
}

static void block_scalars_keep_their_lines(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	struct yaml_node *text;

	(void)state;
	parse(&p, "etcd: |-\n  ---\n  endpoints:\n    - x\nk: v\n");
	assert_int_equal(p.err, 0);
	assert_int_equal(p.file.count, 1);
	text = yaml_get(p.file.documents[0], "etcd");
	assert_string_equal(text->text, "---\nendpoints:\n  - x");
	assert_true(text->quoted);
}

static void empty_documents_are_left_out(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	assert_int_equal(parse(&p, "---\n---\na: b\n---\n# nothing\n---\nc\n...\n")->err, 0);
	assert_int_equal(p.file.count, 2);
	assert_string_equal(yaml_text(p.file.documents[1]), "c");
}

static void no_text_at_all_is_no_error(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	assert_int_equal(parse(&p, "")->err, 0);
	assert_int_equal(p.file.count, 0);
	assert_null(p.file.documents);
}

static void asking_what_is_not_there_gives_null(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "a: [1]\n");
	assert_null(yaml_get(NULL, "a"));
	assert_null(yaml_get(p.file.documents[0], "b"));
	assert_null(yaml_get(yaml_get(p.file.documents[0], "a"), "b"));
	assert_null(yaml_text(NULL));
	assert_null(yaml_text(p.file.documents[0]));
	assert_false(yaml_is_null(NULL));
	assert_false(yaml_is_not_string(NULL));
}

static void a_key_given_twice_is_an_error_at_the_second(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "z: 1\nb: 1\na: 1\nb: 2\nm: {k: 1, k: 2}\nz: 2\nb: 3\n");
	assert_int_equal(p.diags.count, 4);
	assert_error(&p, 0, 5, 11, "k is given twice, first in line 5");
	assert_error(&p, 1, 4, 1, "b is given twice, first in line 2");
	assert_error(&p, 2, 6, 1, "z is given twice, first in line 1");
	assert_error(&p, 3, 7, 1, "b is given twice, first in line 2");
}

static void a_quoted_key_equals_the_plain_one(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "a: 1\n\"a\": 2\n");
	assert_error(&p, 0, 2, 1, "a is given twice, first in line 1");
}

static void anchors_aliases_tags_and_merges_are_refused(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "a: &x 1\nb: *x\nc: !!binary aGk=\nd: !foo {}\n<<: {q: r}\ne: &y [1]\n");
	assert_int_equal(p.diags.count, 6);
	assert_error(&p, 0, 1, 4, "anchors are not supported");
	assert_error(&p, 1, 2, 4, "aliases are not supported");
	assert_error(&p, 2, 3, 4, "tags are not supported");
	assert_error(&p, 3, 4, 4, "tags are not supported");
	assert_error(&p, 4, 5, 1, "merge keys are not supported");
	assert_error(&p, 5, 6, 4, "anchors are not supported");
	assert_string_equal(yaml_text(yaml_get(p.file.documents[0], "a")), "1");
}

static void a_tag_that_says_string_makes_a_string(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	struct yaml_node *root;

	(void)state;
	parse(&p, "a: !!str true\nb: ! 12\nc: !!map {}\nd: !!seq []\n\"<<\": x\n");
	assert_int_equal(p.err, 0);
	root = p.file.documents[0];
	assert_false(yaml_is_not_string(yaml_get(root, "a")));
	assert_false(yaml_is_not_string(yaml_get(root, "b")));
}

static void a_key_that_is_no_word_is_refused(void **state)
{
	_cleanup_parsed_ struct parsed list = { 0 }, mapping = { 0 };

	(void)state;
	parse(&list, "ok: 1\n[a, b]: c\n");
	assert_error(&list, 0, 2, 1, "a key must be a plain word");
	parse(&mapping, "? {a: b}\n: c\n");
	assert_error(&mapping, 0, 1, 3, "a key must be a plain word");
}

static void nul_characters_are_refused(void **state)
{
	_cleanup_parsed_ struct parsed escaped = { 0 }, raw = { 0 };

	(void)state;
	parse(&escaped, "a: \"x\\0y\"\n");
	assert_error(&escaped, 0, 1, 4, "NUL");
	parse_bytes(&raw, "a: x\nb\0: y\n", 11);
	assert_error(&raw, 0, 2, 2, "control characters are not allowed");
}

static void a_syntax_error_has_its_place_and_libyaml_s_reason(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "a: b\nc: [1, 2\nd: e\n");
	assert_int_equal(p.diags.count, 1);
	assert_error(&p, 0, 3, 2,
		     "not valid YAML: did not find expected ',' or ']', while parsing a flow "
		     "sequence that begins in line 2");
}

static void a_tab_as_indentation_is_a_syntax_error(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "# \u00e4\u00f6\u00fc\ndata:\n\tdebug: \"true\"\n");
	assert_error(&p, 0, 3, 1, "a tab cannot indent; use blanks");
}

static void what_came_before_a_syntax_error_stays(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	parse(&p, "a: b\n---\nc: d\ne:\n  - f\n bad\n");
	assert_int_equal(p.err, -EINVAL);
	assert_int_equal(p.file.count, 2);
	assert_string_equal(yaml_text(yaml_get(p.file.documents[0], "a")), "b");
	assert_string_equal(yaml_text(yaml_get(p.file.documents[1], "c")), "d");
}

static void text_that_is_not_utf_8_is_refused_with_its_place(void **state)
{
	_cleanup_parsed_ struct parsed invalid = { 0 }, utf16 = { 0 }, bom = { 0 };

	(void)state;
	parse(&invalid, "a: b\ncd: \xff\n");
	assert_error(&invalid, 0, 2, 5, "invalid leading UTF-8 octet");
	parse_bytes(&utf16,
		    "\xff\xfe"
		    "a\0:\0",
		    6);
	assert_error(&utf16, 0, 0, 0, "UTF-16");
	parse(&bom, "\xef\xbb\xbf"
		    "a: b\nc: d\n");
	assert_int_equal(bom.err, 0);
	assert_string_equal(bom.file.documents[0]->keys[0]->text, "a");
	assert_string_equal(bom.file.documents[0]->keys[1]->text, "c");
}

static void nesting_is_limited(void **state)
{
	_cleanup_parsed_ struct parsed deep = { 0 }, fine = { 0 };
	char text[2 * YAML_MAX_DEPTH + 3];

	(void)state;
	memset(text, '[', YAML_MAX_DEPTH);
	memset(text + YAML_MAX_DEPTH, ']', YAML_MAX_DEPTH);
	parse_bytes(&fine, text, 2 * YAML_MAX_DEPTH);
	assert_int_equal(fine.err, 0);
	memset(text, '[', YAML_MAX_DEPTH + 1);
	parse_bytes(&deep, text, YAML_MAX_DEPTH + 1);
	assert_error(&deep, 0, 1, YAML_MAX_DEPTH + 1, "nested too deeply");
}

static void the_number_of_values_is_limited(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	_cleanup_buf_ struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i <= YAML_MAX_NODES; i++)
		buf_puts(&text, "- \n");
	parse_bytes(&p, text.data, text.len);
	assert_int_equal(p.diags.count, 1);
	assert_error(&p, 0, YAML_MAX_NODES, 2, "too many values");
}

static void the_size_is_limited(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	_cleanup_free_ char *text = malloc(YAML_MAX_BYTES + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', YAML_MAX_BYTES + 1);
	parse_bytes(&p, text, YAML_MAX_BYTES + 1);
	assert_error(&p, 0, 0, 0, "larger than 4 MiB");
}

static void a_mapping_may_have_a_hundred_thousand_keys(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	_cleanup_buf_ struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < YAML_MAX_NODES / 2 - 1; i++)
		buf_printf(&text, "k%zu: \n", i);
	parse_bytes(&p, text.data, text.len);
	assert_int_equal(p.err, 0);
	assert_int_equal(p.file.documents[0]->count, YAML_MAX_NODES / 2 - 1);
}

static void plain_scalars_are_typed_as_the_api_server_types_them(void **state)
{
	static const char *const others[] = {
		"true", "False", "yes",	 "No",	  "on",	  "OFF",  "y",
		"N",	"null",	 "~",	 "12",	  "-7",	  "0x1f", "017",
		"08",	"0b11",	 "0o7",	 "1_000", "1.5",  ".5",	  "5.",
		"1e3",	"-1E-3", ".inf", "-.Inf", ".NaN", "+1",	  "99999999999999999999999",
	};
	static const char *const strings[] = {
		"abc", "1.2.3", "10.0.0.0/8", "127.0.0.1:9234", "2h",	      "tRUE",  "1e",  "-",
		".",   "0x",	"0xg",	      "1e3x",		"2023-07-08", "12:30", "nan", "inf",
		"_1",  "vxlan", "yes please",
	};
	struct yaml_node node = { .kind = YAML_SCALAR };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		node.text = (char *)others[i];
		assert_true(yaml_is_not_string(&node));
	}
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		node.text = (char *)strings[i];
		assert_false(yaml_is_not_string(&node));
	}
	node.quoted = true;
	node.text = (char *)"true";
	assert_false(yaml_is_not_string(&node));
}

static void only_an_absent_or_plain_null_is_null(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };
	struct yaml_node *root;

	(void)state;
	parse(&p, "a:\nb: null\nc: ~\nd: \"\"\ne: 'null'\nf: {}\n");
	root = p.file.documents[0];
	assert_true(yaml_is_null(yaml_get(root, "a")));
	assert_true(yaml_is_null(yaml_get(root, "b")));
	assert_true(yaml_is_null(yaml_get(root, "c")));
	assert_false(yaml_is_null(yaml_get(root, "d")));
	assert_false(yaml_is_null(yaml_get(root, "e")));
	assert_false(yaml_is_null(yaml_get(root, "f")));
}

static void an_unreadable_file_is_one_diagnostic_with_its_name(void **state)
{
	_cleanup_parsed_ struct parsed absent = { 0 }, dir = { 0 };

	(void)state;
	absent.err = yaml_read("tests/absent.yaml", &absent.file, &absent.diags);
	assert_int_equal(absent.err, -ENOENT);
	assert_int_equal(absent.diags.count, 1);
	assert_string_equal(absent.diags.items[0].pos.file, "tests/absent.yaml");
	dir.err = yaml_read("tests", &dir.file, &dir.diags);
	assert_int_equal(dir.err, -EISDIR);
	assert_int_equal(dir.diags.count, 1);
}

static void a_file_is_read_under_its_name(void **state)
{
	_cleanup_parsed_ struct parsed p = { 0 };

	(void)state;
	p.err = yaml_read("examples/cilium-config.yaml", &p.file, &p.diags);
	assert_int_equal(p.err, 0);
	assert_string_equal(p.file.name, "examples/cilium-config.yaml");
	assert_string_equal(yaml_text(yaml_get(p.file.documents[0], "kind")), "ConfigMap");
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void damaged_input_is_refused_or_read_but_never_crashes(void **state)
{
	_cleanup_free_ char *good = NULL, *bad = NULL;
	uint32_t seed = 20230708;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_read("examples/cilium-config.yaml", YAML_MAX_BYTES, &good, &len), 0);
	bad = malloc(len);
	assert_non_null(bad);
	for (size_t cut = 0; cut < len; cut++) {
		_cleanup_parsed_ struct parsed p = { 0 };

		parse_bytes(&p, good, cut);
		assert_true((p.err == 0) == (p.diags.errors == 0));
	}
	for (int round = 0; round < 2000; round++) {
		_cleanup_parsed_ struct parsed p = { 0 };

		memcpy(bad, good, len);
		for (uint32_t i = next_random(&seed) % 8 + 1; i; i--)
			bad[next_random(&seed) % len] = (char)next_random(&seed);
		parse_bytes(&p, bad, len);
		assert_true((p.err == 0) == (p.diags.errors == 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_where_they_stand),
		cmocka_unit_test(json_is_read_as_well),
		cmocka_unit_test(block_scalars_keep_their_lines),
		cmocka_unit_test(empty_documents_are_left_out),
		cmocka_unit_test(no_text_at_all_is_no_error),
		cmocka_unit_test(asking_what_is_not_there_gives_null),
		cmocka_unit_test(a_key_given_twice_is_an_error_at_the_second),
		cmocka_unit_test(a_quoted_key_equals_the_plain_one),
		cmocka_unit_test(anchors_aliases_tags_and_merges_are_refused),
		cmocka_unit_test(a_tag_that_says_string_makes_a_string),
		cmocka_unit_test(a_key_that_is_no_word_is_refused),
		cmocka_unit_test(nul_characters_are_refused),
		cmocka_unit_test(a_syntax_error_has_its_place_and_libyaml_s_reason),
		cmocka_unit_test(a_tab_as_indentation_is_a_syntax_error),
		cmocka_unit_test(what_came_before_a_syntax_error_stays),
		cmocka_unit_test(text_that_is_not_utf_8_is_refused_with_its_place),
		cmocka_unit_test(nesting_is_limited),
		cmocka_unit_test(the_number_of_values_is_limited),
		cmocka_unit_test(the_size_is_limited),
		cmocka_unit_test(a_mapping_may_have_a_hundred_thousand_keys),
		cmocka_unit_test(plain_scalars_are_typed_as_the_api_server_types_them),
		cmocka_unit_test(only_an_absent_or_plain_null_is_null),
		cmocka_unit_test(an_unreadable_file_is_one_diagnostic_with_its_name),
		cmocka_unit_test(a_file_is_read_under_its_name),
		cmocka_unit_test(damaged_input_is_refused_or_read_but_never_crashes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
