// SPDX-License-Identifier: BSD-2-Clause
/* How clang is run: found, told apart from other programs, fed, blamed; and what its objects must hold. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "compiler/clang.h"
#include "compiler/interrupt.h"
#include "compiler/object.h"

#define PROGRAM(name)                                       \
	"#include <linux/bpf.h>\n"                          \
	"#include <bpf/bpf_helpers.h>\n"                    \
	"#include \"node_config.h\"\n"                      \
	"#include \"lib/part.h\"\n"                         \
	"SEC(\"tc\") int " name "(struct __sk_buff *skb)\n" \
	"{\n"                                               \
	"	return ANSWER ? part(skb) : 0;\n"                 \
	"}\n"
#define LICENCE "char _license[] SEC(\"license\") = \"GPL\";\n"

static char top[64]; /* everything happens below it */
static char templates[80], header[80], out[80];

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/test_clang.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(templates, sizeof(templates), "%s/templates", top);
	snprintf(header, sizeof(header), "%s/header", top);
	snprintf(out, sizeof(out), "%s/out", top);
	interrupts_hold();
	return mkdir(templates, 0700) || mkdir(header, 0700) || mkdir(out, 0700) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	interrupts_release();
	return dir_remove(top);
}

static void store(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", dir, name), 0);
	assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
}

static void store_templates(void)
{
	char lib[PATH_MAX];

	assert_int_equal(path_format(lib, sizeof(lib), "%s/lib", templates), 0);
	assert_int_equal(dir_make(lib), 0);
	store(lib, "part.h",
	      "static __noinline int part(struct __sk_buff *skb) { return skb ? skb->len : 0; }\n");
	store(header, "node_config.h", "#define ANSWER 1\n");
	store(templates, "one.c", PROGRAM("first") LICENCE);
	store(templates, "two.c", PROGRAM("second") LICENCE);
}

/* A stand-in for clang: an executable shell script. Its path is in `path`. */
static void store_script(const char *body, char path[PATH_MAX])
{
	assert_int_equal(path_format(path, PATH_MAX, "%s/script", top), 0);
	store(top, "script", body);
	assert_int_equal(chmod(path, 0755), 0);
}

static char *contents(const char *dir, const char *name, size_t *len)
{
	char path[PATH_MAX];
	char *data;

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", dir, name), 0);
	assert_int_equal(file_read(path, 1 << 20, &data, len), 0);
	return data;
}

static void find_clang(struct clang *clang)
{
	if (clang_find(NULL, clang))
		skip();
}

static void the_version_is_read_off_clang_itself(void **state)
{
	char script[PATH_MAX];
	struct clang clang;

	(void)state;
	store_script("#!/bin/sh\necho 'Debian clang version 14.0.6 (tags)'; echo Target: x\n",
		     script);
	assert_int_equal(clang_find(script, &clang), 0);
	assert_string_equal(clang.version, "clang 14.0.6");
}

static void a_missing_clang_is_told_as_such(void **state)
{
	struct clang clang;

	(void)state;
	assert_int_equal(clang_find("no-such-clang", &clang), -ENOENT);
	assert_int_equal(clang_find("/nowhere/clang", &clang), -ENOENT);
}

static void another_program_is_not_taken_for_clang(void **state)
{
	char script[PATH_MAX];
	struct clang clang;

	(void)state;
	assert_int_equal(clang_find("false", &clang), -EINVAL);
	assert_int_equal(clang_find("echo", &clang), -EINVAL);
	store_script("#!/bin/sh\necho 'clang version '\n", script);
	assert_int_equal(clang_find(script, &clang), -EINVAL);
	store_script("#!/bin/sh\necho 'clang version 14.0.6'; exit 1\n", script);
	assert_int_equal(clang_find(script, &clang), -EINVAL);
}

static void a_relative_path_is_relative_to_here(void **state)
{
	char script[PATH_MAX], here[PATH_MAX];
	struct clang clang;

	(void)state;
	store_script("#!/bin/sh\necho 'clang version 1.2.3'\n", script);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(top), 0);
	assert_int_equal(clang_find("./script", &clang), 0);
	assert_int_equal(chdir(here), 0);
	assert_int_equal(clang.program[0], '/');
	assert_int_equal(clang_compile(&clang, templates, header, out, NULL, 0), 0);
}

static void the_environment_does_not_reach_clang(void **state)
{
	const char *const names[] = { "one" };
	char script[PATH_MAX];
	_cleanup_free_ char *seen = NULL;
	struct clang clang;
	size_t len;

	(void)state;
	store_script("#!/bin/sh\necho 'clang version 1.2.3'\n"
		     "for last; do :; done\ncase $last in *.o) env >$last ;; esac\n",
		     script);
	assert_int_equal(setenv("CPATH", "/somewhere", 1), 0);
	assert_int_equal(clang_find(script, &clang), 0);
	assert_int_equal(clang_compile(&clang, templates, header, out, names, 1), 0);
	unsetenv("CPATH");
	seen = contents(out, "one.o", &len);
	assert_null(strstr(seen, "CPATH"));
	assert_non_null(strstr(seen, "LC_ALL=C\n"));
}

static void every_object_is_compiled(void **state)
{
	const char *const names[] = { "one", "two" };
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct clang clang;
	size_t len;

	(void)state;
	find_clang(&clang);
	store_templates();
	assert_int_equal(clang_compile(&clang, templates, header, out, names, 2), 0);
	first = contents(out, "one.o", &len);
	second = contents(out, "two.o", &len);
	assert_memory_equal(first, "\177ELF", 4);
	assert_memory_equal(second, "\177ELF", 4);
}

static void a_broken_template_fails_the_build(void **state)
{
	const char *const names[] = { "one", "two" };
	struct clang clang;

	(void)state;
	find_clang(&clang);
	store_templates();
	store(templates, "one.c", PROGRAM("first") LICENCE "int unused_thing = MISSPELT;\n");
	assert_int_equal(clang_compile(&clang, templates, header, out, names, 2), -EINVAL);
}

static void a_warning_fails_the_build(void **state)
{
	const char *const names[] = { "one" };
	struct clang clang;

	(void)state;
	find_clang(&clang);
	store_templates();
	store(templates, "one.c", PROGRAM("first") LICENCE "static int unused_thing;\n");
	assert_int_equal(clang_compile(&clang, templates, header, out, names, 1), -EINVAL);
}

/* Compiles one.c and links it to <out>/linked.o. */
static void make_object(char path[PATH_MAX])
{
	const char *const names[] = { "one" };
	char raw[PATH_MAX];
	struct clang clang;

	find_clang(&clang);
	assert_int_equal(clang_compile(&clang, templates, header, out, names, 1), 0);
	assert_int_equal(path_format(raw, sizeof(raw), "%s/one.o", out), 0);
	assert_int_equal(path_format(path, PATH_MAX, "%s/linked.o", out), 0);
	assert_int_equal(object_link(raw, path), 0);
}

static void an_object_is_the_same_wherever_it_is_built(void **state)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	size_t first_len, second_len;
	char path[PATH_MAX];

	(void)state;
	store_templates();
	make_object(path);
	first = contents(out, "linked.o", &first_len);
	assert_null(memmem(first, first_len, top, strlen(top)));
	tear_down(state);
	assert_int_equal(set_up(state), 0); /* another random name */
	store_templates();
	make_object(path);
	second = contents(out, "linked.o", &second_len);
	assert_int_equal(first_len, second_len);
	assert_memory_equal(first, second, first_len);
}

static void an_object_holds_what_was_promised(void **state)
{
	const char *const promised[] = { "first" }, *const missing[] = { "first", "third" };
	struct object_needs needs;
	char path[PATH_MAX];

	(void)state;
	store_templates();
	make_object(path);
	assert_int_equal(needs_read(path, &needs), 0);
	assert_int_equal(object_verify(path, &needs, promised, 1), 0);
	assert_int_equal(object_verify(path, &needs, missing, 2), -ENOEXEC);
}

static void an_object_without_licence_is_refused(void **state)
{
	struct object_needs needs = { 0 };
	char path[PATH_MAX];

	(void)state;
	store_templates();
	store(templates, "one.c", PROGRAM("first"));
	make_object(path);
	assert_int_equal(object_verify(path, &needs, NULL, 0), -ENOEXEC);
}

static void what_is_no_object_is_refused(void **state)
{
	struct object_needs needs = { 0 };
	char from[PATH_MAX], to[PATH_MAX];

	(void)state;
	store(out, "one.o", "not an ELF file");
	assert_int_equal(path_format(from, sizeof(from), "%s/one.o", out), 0);
	assert_int_equal(path_format(to, sizeof(to), "%s/linked.o", out), 0);
	assert_true(object_link(from, to) < 0);
	assert_int_equal(object_verify(from, &needs, NULL, 0), -ENOEXEC);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_version_is_read_off_clang_itself),
		TEST(a_missing_clang_is_told_as_such),
		TEST(another_program_is_not_taken_for_clang),
		TEST(a_relative_path_is_relative_to_here),
		TEST(the_environment_does_not_reach_clang),
		TEST(every_object_is_compiled),
		TEST(a_broken_template_fails_the_build),
		TEST(a_warning_fails_the_build),
		TEST(an_object_is_the_same_wherever_it_is_built),
		TEST(an_object_holds_what_was_promised),
		TEST(an_object_without_licence_is_refused),
		TEST(what_is_no_object_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
