// SPDX-License-Identifier: BSD-2-Clause
/* config/last_applied: one annotation is found where it is a text, and said to be missing where not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "config/last_applied.h"
#include "tests/unit/loaded.h"

#define DATA "kind: ConfigMap\ndata:\n  tunnel: vxlan\nmetadata:\n  name: cilium-config\n"
#define ANNOTATION "  annotations:\n    " LAST_APPLIED_ANNOTATION ": "
#define OLD                                                                                 \
	"{\"apiVersion\":\"v1\",\"data\":{\"tunnel\":\"disabled\"},\"kind\":\"ConfigMap\"," \
	"\"metadata\":{\"annotations\":{},\"name\":\"cilium-config\"}}"

static void find(struct loaded *l, const char *text, const char **out)
{
	*out = NULL;
	load(l, text);
	assert_int_equal(l->err, 0);
	l->err = last_applied_read(&l->cm, &l->diags, out);
}

static void assert_missing(const char *text, size_t line, const char *message)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	const char *found;

	find(&l, text, &found);
	assert_int_equal(l.err, -ENOENT);
	assert_null(found);
	assert_diag(&l, 0, DIAG_ERROR, line, message);
}

static void what_was_applied_is_found_and_read_as_a_configmap(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 }, old = { 0 };
	_cleanup_free_ char *name = NULL;
	struct config_source source = { .releases = RELEASES_ALL };
	const struct option_value *tunnel;

	(void)state;
	find(&l, DATA ANNOTATION "|\n      " OLD "\n", &source.text);
	assert_int_equal(l.err, 0);
	name = last_applied_name(&l.cm);
	assert_string_equal(name, "<stdin>@last-applied");
	source.path = name;
	assert_int_equal(configmap_read(&source, &old.cm, &old.diags, NULL), 0);
	tunnel = &old.cm.options.values[OPT_TUNNEL];
	assert_string_equal(tunnel->text, "disabled");
	assert_string_equal(tunnel->pos.file, name);
	assert_int_equal(tunnel->pos.line, 1);
}

static void json_has_it_too(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	const char *found;

	(void)state;
	find(&l,
	     "{\"kind\":\"ConfigMap\",\"data\":{\"tunnel\":\"vxlan\"},\"metadata\":{"
	     "\"annotations\":"
	     "{\"" LAST_APPLIED_ANNOTATION "\":\"{}\"}}}",
	     &found);
	assert_string_equal(found, "{}");
}

static void a_configmap_without_it_says_so_at_its_metadata(void **state)
{
	static const char missing[] = "no annotation " LAST_APPLIED_ANNOTATION
				      " here (only kubectl apply writes it); give another "
				      "ConfigMap to compare with";

	(void)state;
	assert_missing(DATA, 5, missing);
	assert_missing(DATA "  annotations: nothing\n", 5, missing);
	assert_missing(DATA "  annotations:\n    other: text\n", 5, missing);
	assert_missing("kind: ConfigMap\ndata:\n  tunnel: vxlan\n", 1, missing);
}

static void an_annotation_that_is_no_text_is_refused_where_it_stands(void **state)
{
	static const char wrong[] = LAST_APPLIED_ANNOTATION " is not a text";

	(void)state;
	assert_missing(DATA ANNOTATION "12\n", 7, wrong);
	assert_missing(DATA ANNOTATION "{a: b}\n", 7, wrong);
	assert_missing(DATA ANNOTATION "\n", 7, wrong);
}

static void what_is_in_it_is_bounded_as_any_input(void **state)
{
	_cleanup_loaded_ struct loaded l = { 0 };
	struct config_source source = {
		.path = "x@last-applied",
		.text = "{\"data\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
			"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
		.releases = RELEASES_ALL
	};

	(void)state;
	assert_int_equal(configmap_read(&source, &l.cm, &l.diags, NULL), -EINVAL);
	assert_true(diag_has_errors(&l.diags));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_applied_is_found_and_read_as_a_configmap),
		cmocka_unit_test(json_has_it_too),
		cmocka_unit_test(a_configmap_without_it_says_so_at_its_metadata),
		cmocka_unit_test(an_annotation_that_is_no_text_is_refused_where_it_stands),
		cmocka_unit_test(what_is_in_it_is_bounded_as_any_input),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
