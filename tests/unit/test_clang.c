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
static struct cache no_cache;

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/test_clang.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(templates, sizeof(templates), "%s/templates", top);
	snprintf(header, sizeof(header), "%s/header", top);
	snprintf(out, sizeof(out), "%s/out", top);
	cache_none(&no_cache);
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
	if (clang_find(NULL, &no_cache, clang))
		skip();
}

static int compile(const struct clang *clang, const char *const *names, size_t count)
{
	const struct clang_input input = {
		.templates = templates,
		.header_dir = header,
		.out_dir = out,
		.names = names,
		.count = count,
		.jobs = 2,
	};

	return clang_compile(clang, &input);
}

static void the_version_is_read_off_clang_itself(void **state)
{
	char script[PATH_MAX];
	struct clang clang;

	(void)state;
	store_script("#!/bin/sh\necho 'Debian clang version 14.0.6 (tags)'; echo Target: x\n",
		     script);
	assert_int_equal(clang_find(script, &no_cache, &clang), 0);
	assert_string_equal(clang.version, "clang 14.0.6");
}

static void a_missing_clang_is_told_as_such(void **state)
{
	struct clang clang;

	(void)state;
	assert_int_equal(clang_find("no-such-clang", &no_cache, &clang), -ENOENT);
	assert_int_equal(clang_find("/nowhere/clang", &no_cache, &clang), -ENOENT);
}

static void another_program_is_not_taken_for_clang(void **state)
{
	char script[PATH_MAX];
	struct clang clang;

	(void)state;
	assert_int_equal(clang_find("false", &no_cache, &clang), -EINVAL);
	assert_int_equal(clang_find("echo", &no_cache, &clang), -EINVAL);
	store_script("#!/bin/sh\necho 'clang version '\n", script);
	assert_int_equal(clang_find(script, &no_cache, &clang), -EINVAL);
	store_script("#!/bin/sh\necho 'clang version 14.0.6'; exit 1\n", script);
	assert_int_equal(clang_find(script, &no_cache, &clang), -EINVAL);
}

/* 0 or the error for a clang that says it is of this release. */
static int find_release(const char *release)
{
	char body[128], script[PATH_MAX];
	struct clang clang;

	snprintf(body, sizeof(body), "#!/bin/sh\necho 'clang version %s'\n", release);
	store_script(body, script);
	return clang_find(script, &no_cache, &clang);
}

static void a_release_that_is_too_old_is_refused(void **state)
{
	(void)state;
	assert_int_equal(find_release("12.0.1"), -EINVAL);
	assert_int_equal(find_release("3.4"), -EINVAL);
	assert_int_equal(find_release("new"), -EINVAL);
	assert_int_equal(find_release("99999999999.0"), -EINVAL);
	assert_int_equal(find_release("13.0.1"), 0);
	assert_int_equal(find_release("14.0.6"), 0);
	assert_int_equal(find_release("15.0.7-rc1"), 0);
	assert_int_equal(find_release("19.1.7"), 0);
	assert_int_equal(find_release("23.0.0git"), 0);
}

/* How often the stand-in was started, by the size of what it appends to. */
static size_t starts(void)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len = 0;

	assert_int_equal(path_format(path, sizeof(path), "%s/starts", top), 0);
	return file_read(path, 4096, &text, &len) ? 0 : len / 2;
}

static void a_known_compiler_is_not_asked_again_until_it_changes(void **state)
{
	char body[512], script[PATH_MAX], dir[PATH_MAX];
	struct clang first, second, third, fourth;
	struct cache cache;

	(void)state;
	assert_int_equal(path_format(dir, sizeof(dir), "%s/cache", top), 0);
	cache_open(dir, &cache);
	store(top, "clang", "the compiler behind the script");
	snprintf(body, sizeof(body),
		 "#!/bin/sh\necho x >>%s/starts\necho 'clang version 14.0.6'\n"
		 "echo 'InstalledDir: %s'\n",
		 top, top);
	store_script(body, script);
	assert_int_equal(clang_find(script, &cache, &first), 0);
	assert_int_equal(clang_find(script, &cache, &second), 0);
	assert_int_equal(starts(), 1);
	assert_string_equal(second.version, "clang 14.0.6");
	assert_string_equal(second.identity, first.identity);
	store(top, "clang", "another compiler");
	assert_int_equal(clang_find(script, &cache, &third), 0);
	assert_int_equal(starts(), 2);
	assert_string_not_equal(third.identity, first.identity);
	store_script(body, script);
	assert_int_equal(clang_find(script, &cache, &fourth), 0);
	assert_int_equal(starts(), 3);
	assert_string_not_equal(fourth.identity, third.identity);
	cache_close(&cache);
}

static void a_relative_directory_of_the_path_is_passed_over(void **state)
{
	_cleanup_free_ char *path = strdup(getenv("PATH"));
	char script[PATH_MAX], here[PATH_MAX];
	struct clang clang;

	(void)state;
	store_script("#!/bin/sh\necho 'clang version 14.9.9'\n", script);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(top), 0);
	setenv("PATH", ".::", 1);
	assert_int_equal(clang_find("script", &no_cache, &clang), -ENOENT);
	setenv("PATH", top, 1);
	assert_int_equal(clang_find("script", &no_cache, &clang), 0);
	assert_string_equal(clang.program, script);
	setenv("PATH", path, 1);
	assert_int_equal(chdir(here), 0);
}

static void no_more_run_at_a_time_than_allowed(void **state)
{
	const char *const names[] = { "a", "b", "c", "d" };
	struct clang_input input = { templates, header, out, names, ARRAY_SIZE(names), 1 };
	char body[512], script[PATH_MAX];
	struct clang clang;

	(void)state;
	/* Fails when it finds another one at work. */
	snprintf(body, sizeof(body),
		 "#!/bin/sh\ncase $1 in --version) echo 'clang version 14.0.6'; exit ;; esac\n"
		 "mkdir %s/busy || exit 1\nsleep 0.02\nrmdir %s/busy\n",
		 top, top);
	store_script(body, script);
	assert_int_equal(clang_find(script, &no_cache, &clang), 0);
	assert_int_equal(clang_compile(&clang, &input), 0);
	input.jobs = 0;
	assert_int_equal(clang_compile(&clang, &input), -EINVAL);
}

static void as_many_run_at_a_time_as_allowed(void **state)
{
	const char *const names[] = { "a", "b", "c", "d" };
	struct clang_input input = { templates, header, out, names, ARRAY_SIZE(names), 4 };
	char body[512], script[PATH_MAX];
	struct clang clang;

	(void)state;
	/* Ends when four of them are there, or in half a minute. */
	snprintf(body, sizeof(body),
		 "#!/bin/sh\ncase $1 in --version) echo 'clang version 14.0.6'; exit ;; esac\n"
		 "echo x >>%s/starts\nfor i in $(seq 600); do\n"
		 "[ $(wc -l <%s/starts) -lt 4 ] || exit 0\nsleep 0.05\ndone\nexit 1\n",
		 top, top);
	store_script(body, script);
	assert_int_equal(clang_find(script, &no_cache, &clang), 0);
	assert_int_equal(clang_compile(&clang, &input), 0);
	assert_int_equal(starts(), 4);
}

static void a_relative_path_is_relative_to_here(void **state)
{
	char script[PATH_MAX], here[PATH_MAX];
	struct clang clang;

	(void)state;
	store_script("#!/bin/sh\necho 'clang version 14.9.9'\n", script);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(top), 0);
	assert_int_equal(clang_find("./script", &no_cache, &clang), 0);
	assert_int_equal(chdir(here), 0);
	assert_int_equal(clang.program[0], '/');
	assert_int_equal(compile(&clang, NULL, 0), 0);
}

static void the_environment_does_not_reach_clang(void **state)
{
	const char *const names[] = { "one" };
	char script[PATH_MAX];
	_cleanup_free_ char *seen = NULL;
	struct clang clang;
	size_t len;

	(void)state;
	store_script("#!/bin/sh\necho 'clang version 14.9.9'\n"
		     "for last; do :; done\ncase $last in *.o) env >$last ;; esac\n",
		     script);
	assert_int_equal(setenv("CPATH", "/somewhere", 1), 0);
	assert_int_equal(clang_find(script, &no_cache, &clang), 0);
	assert_int_equal(compile(&clang, names, 1), 0);
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
	assert_int_equal(compile(&clang, names, 2), 0);
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
	assert_int_equal(compile(&clang, names, 2), -EINVAL);
}

static void a_warning_fails_the_build(void **state)
{
	const char *const names[] = { "one" };
	struct clang clang;

	(void)state;
	find_clang(&clang);
	store_templates();
	store(templates, "one.c", PROGRAM("first") LICENCE "static int unused_thing;\n");
	assert_int_equal(compile(&clang, names, 1), -EINVAL);
}

/* Compiles one.c and links it to <out>/linked.o. */
static void make_object(char path[PATH_MAX])
{
	const char *const names[] = { "one" };
	char raw[PATH_MAX];
	struct clang clang;

	find_clang(&clang);
	assert_int_equal(compile(&clang, names, 1), 0);
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
		TEST(a_release_that_is_too_old_is_refused),
		TEST(a_known_compiler_is_not_asked_again_until_it_changes),
		TEST(a_relative_directory_of_the_path_is_passed_over),
		TEST(no_more_run_at_a_time_than_allowed),
		TEST(as_many_run_at_a_time_as_allowed),
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
