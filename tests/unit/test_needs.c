// SPDX-License-Identifier: BSD-2-Clause
/* What is read from an object that clang makes here, and from damaged copies of it. */
#include "probe/needs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/features_offline.h"
#include "tests/skip.h"
#include "tests/unit/fake_kernel.h"

#define DAMAGED_COPIES 3000

/* Two program types, two maps, .rodata, and a helper that only a static subprogram calls. */
static const char source[] =
	"#define SEC(n) __attribute__((section(n), used))\n"
	"#define MAP(name, kind, bytes)                                                    \\\n"
	"	struct {                                                                  \\\n"
	"		int (*type)[kind];                                                \\\n"
	"		struct { int word[bytes / 4]; } *key;                             \\\n"
	"		unsigned int *value;                                              \\\n"
	"		int (*max_entries)[64];                                           \\\n"
	"		int (*map_flags)[1];                                              \\\n"
	"	} name SEC(\".maps\")\n"
	"MAP(prefixes, 11, 8);\n"
	"MAP(flows, 1, 4);\n"
	"static void *(*map_lookup_elem)(void *, const void *) = (void *)1;\n"
	"static unsigned int (*get_prandom_u32)(void) = (void *)7;\n"
	"static long (*redirect_peer)(unsigned int, unsigned long) = (void *)155;\n"
	"const volatile unsigned int node_ip = 0;\n"
	"static __attribute__((noinline)) int choose(unsigned int n)\n"
	"{\n"
	"	return (int)(get_prandom_u32() % (n + 1));\n"
	"}\n"
	"SEC(\"tc\") int from_container(void *ctx)\n"
	"{\n"
	"	unsigned int key = node_ip;\n"
	"	unsigned int *value = map_lookup_elem(&flows, &key);\n"
	"	return value ? (int)redirect_peer(*value, 0) : choose(key);\n"
	"}\n"
	"SEC(\"cgroup/connect4\") int sock_connect(void *ctx)\n"
	"{\n"
	"	unsigned int key[2] = { 32, 1 };\n"
	"	return map_lookup_elem(&prefixes, key) ? choose(3) & 1 : 1;\n"
	"}\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n";

static char folder[] = "/tmp/test_needs.XXXXXX";
static char object_path[PATH_MAX], copy_path[PATH_MAX];
static struct object_needs needs;

static const char *debug_option = "-g";

/* 0, or -1 when clang is not there or has no BPF target. */
static int compile(const char *text, const char *out)
{
	char *argv[] = { "clang", "-O2", (char *)debug_option, "-target", "bpf", "-c", "-x", "c",
			 NULL,	  "-o",	 (char *)out,	       NULL };
	char path[PATH_MAX], *environment[] = { NULL };
	pid_t pid;
	int status;

	if (path_format(path, sizeof(path), "%s/source.c", folder) ||
	    file_write_atomic(path, text, strlen(text)))
		return -1;
	argv[8] = path;
	if (posix_spawnp(&pid, "clang", NULL, NULL, argv, environment) ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	return status ? -1 : 0;
}

static int make_object(void)
{
	log_init("test", LOG_LEVEL_ERROR);
	fake_reset();
	if (!mkdtemp(folder))
		return -1;
	path_format(object_path, sizeof(object_path), "%s/object.o", folder);
	path_format(copy_path, sizeof(copy_path), "%s/copy.o", folder);
	return compile(source, object_path);
}

static int remove_object(void **state)
{
	(void)state;
	return dir_remove(folder);
}

static void read_object(void)
{
	assert_int_equal(needs_read(object_path, &needs), 0);
}

static bool has_need(enum need_kind kind, unsigned int prog_type, unsigned int value)
{
	for (size_t i = 0; i < needs.count; i++) {
		const struct need *n = &needs.needs[i];

		if (n->kind == kind && n->prog_type == prog_type && n->value == value)
			return true;
	}
	return false;
}

static void helpers_belong_to_the_program_type_that_calls_them(void **state)
{
	(void)state;
	read_object();
	assert_true(has_need(NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer));
	assert_false(has_need(NEED_HELPER, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_redirect_peer));
	assert_true(has_need(NEED_PROG_TYPE, BPF_PROG_TYPE_SCHED_CLS, 0));
	assert_true(has_need(NEED_PROG_TYPE, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 0));
}

static void helpers_of_a_subprogram_count_for_every_program_type(void **state)
{
	(void)state;
	read_object();
	assert_true(has_need(NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_get_prandom_u32));
	assert_true(
		has_need(NEED_HELPER, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_get_prandom_u32));
}

static void global_data_is_no_map_of_the_object_but_needs_arrays(void **state)
{
	(void)state;
	read_object();
	assert_int_equal(needs.map_count, 2);
	for (size_t i = 0; i < needs.map_count; i++)
		assert_int_not_equal(needs.maps[i].type, BPF_MAP_TYPE_ARRAY);
	assert_true(has_need(NEED_MAP_TYPE, 0, BPF_MAP_TYPE_ARRAY));
}

static void maps_and_programs_are_described(void **state)
{
	const struct object_map *prefixes;

	(void)state;
	read_object();
	prefixes = !strcmp(needs.maps[0].name, "prefixes") ? &needs.maps[0] : &needs.maps[1];
	assert_string_equal(prefixes->name, "prefixes");
	assert_int_equal(prefixes->type, BPF_MAP_TYPE_LPM_TRIE);
	assert_int_equal(prefixes->key_size, 8);
	assert_int_equal(prefixes->value_size, 4);
	assert_int_equal(prefixes->max_entries, 64);
	assert_int_equal(prefixes->flags, BPF_F_NO_PREALLOC);
	assert_int_equal(needs.program_count, 2);
	assert_string_equal(needs.programs[0].name, "from_container");
	assert_string_equal(needs.programs[0].section, "tc");
	assert_int_equal(needs.programs[0].prog_type, BPF_PROG_TYPE_SCHED_CLS);
	assert_true(needs.programs[0].insns > 5);
}

static void needs_are_sorted_and_unique(void **state)
{
	(void)state;
	read_object();
	assert_int_equal(needs.count, 11);
	for (size_t i = 1; i < needs.count; i++) {
		const struct need *a = &needs.needs[i - 1], *b = &needs.needs[i];

		assert_true(a->kind <= b->kind);
		if (a->kind == b->kind && a->prog_type == b->prog_type)
			assert_true(a->value < b->value);
	}
}

static void an_attach_type_comes_from_the_section_name(void **state)
{
	(void)state;
	read_object();
	assert_true(has_need(NEED_ATTACH_TYPE, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
			     BPF_CGROUP_INET4_CONNECT));
	assert_false(has_need(NEED_BTF, 0, 0));
}

#define SECTION "#define SEC(n) __attribute__((section(n), used))\n"

static bool needs_function(const char *name)
{
	for (size_t i = 0; i < needs.count; i++)
		if (needs.needs[i].kind == NEED_KFUNC && !strcmp(needs.needs[i].name, name))
			return true;
	return false;
}

static void a_kernel_function_is_a_need_unless_it_is_weak(void **state)
{
	(void)state;
	assert_int_equal(
		compile(SECTION
			"extern int must(void) SEC(\".ksyms\");\n"
			"extern int may(void) __attribute__((weak)) SEC(\".ksyms\");\n"
			"SEC(\"tc\") int f(void *c) { return must() + (may ? may() : 0); }\n",
			copy_path),
		0);
	assert_int_equal(needs_read(copy_path, &needs), 0);
	assert_true(needs_function("must"));
	assert_false(needs_function("may"));
	assert_true(has_need(NEED_BTF, 0, 0));
}

static void relocations_and_tracing_programs_need_kernel_btf(void **state)
{
	(void)state;
	assert_int_equal(
		compile(SECTION
			"struct sk { int a; } __attribute__((preserve_access_index));\n"
			"SEC(\"cgroup/connect4\") int f(struct sk *c) { return c->a & 1; }\n",
			copy_path),
		0);
	assert_int_equal(needs_read(copy_path, &needs), 0);
	assert_true(has_need(NEED_BTF, 0, 0));
	assert_int_equal(
		compile(SECTION "SEC(\"fentry/x\") int f(void *c) { return 0; }\n", copy_path), 0);
	assert_int_equal(needs_read(copy_path, &needs), 0);
	assert_true(has_need(NEED_BTF, 0, 0));
}

static void an_object_without_btf_is_read_if_it_has_no_maps(void **state)
{
	(void)state;
	debug_option = "-g0";
	assert_int_equal(compile(SECTION "static long (*redirect_peer)(int, long) = (void *)155;\n"
					 "SEC(\"tc\") int f(void *c)\n"
					 "{ return redirect_peer(1, 0); }\n",
				 copy_path),
			 0);
	debug_option = "-g";
	assert_int_equal(needs_read(copy_path, &needs), 0);
	assert_true(has_need(NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer));
	assert_false(has_need(NEED_BTF, 0, 0));
}

static int read_text(const char *text, size_t len)
{
	assert_int_equal(file_write_atomic(copy_path, text, len), 0);
	return needs_read(copy_path, &needs);
}

static void what_is_not_an_object_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_text("apiVersion: v1\n", 15), -EINVAL);
	assert_int_equal(read_text("", 0), -EINVAL);
	assert_int_equal(needs_read("/proc/self/exe", &needs), -EINVAL);
	assert_int_equal(needs.count, 0);
}

static void a_file_that_cannot_be_read_keeps_its_errno(void **state)
{
	(void)state;
	assert_int_equal(needs_read("tests/unit/no-such-object.o", &needs), -ENOENT);
	assert_int_equal(needs_read("/tmp", &needs), -EISDIR);
}

static void a_file_over_the_limit_is_not_read(void **state)
{
	_cleanup_close_ int fd = open(copy_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, NEEDS_MAX_OBJECT_BYTES + 1), 0);
	assert_int_equal(needs_read(copy_path, &needs), -EFBIG);
}

static void a_section_that_names_no_program_type_is_a_need_nobody_can_answer(void **state)
{
	const struct offline_target target = { 0 };
	char text[96];

	(void)state;
	assert_int_equal(compile(SECTION "static int (*redirect)(int, long) = (void *)23;\n"
					 "SEC(\"from-mystery\") int f(void *c)\n"
					 "{ return redirect(1, 0); }\n"
					 "SEC(\"tc\") int g(void *c) { return 0; }\n",
				 copy_path),
			 0);
	assert_int_equal(needs_read(copy_path, &needs), 0);
	assert_int_equal(needs.program_count, 2);
	assert_int_equal(needs.count, 2);
	assert_true(has_need(NEED_PROG_TYPE, BPF_PROG_TYPE_SCHED_CLS, 0));
	need_text(&needs.needs[0], text, sizeof(text));
	assert_string_equal(text, "program type of section from-mystery");
	assert_int_equal(need_check(&kernel_fake, &needs.needs[0]).value, ANSWER_UNKNOWN);
	assert_int_equal(need_check_offline(&target, &needs.needs[0]).value, ANSWER_UNKNOWN);
	assert_null(need_since(&needs.needs[0]));
}

static void a_name_that_could_steer_a_terminal_is_refused(void **state)
{
	_cleanup_free_ char *image = NULL;
	size_t len, changed = 0;

	(void)state;
	assert_int_equal(file_read(object_path, NEEDS_MAX_OBJECT_BYTES, &image, &len), 0);
	for (char *p = image; (p = memmem(p, len - (size_t)(p - image), "from_cont", 9)); changed++)
		p[4] = '\033';
	assert_true(changed > 0);
	assert_int_equal(read_text(image, len), -EINVAL);
}

static void damage(char *image, size_t len)
{
	for (int i = 1 + rand() % 6; i > 0; i--) {
		/* Half of the hits where the structure is: the section headers at the end. */
		size_t back = (size_t)rand() % (rand() % 2 ? len : len / 4);

		image[len - 1 - back] ^= (char)(1 << rand() % 8);
	}
}

static void damaged_objects_are_read_or_refused_never_a_crash(void **state)
{
	_cleanup_close_ int fd = open(copy_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	_cleanup_close_ int quiet = open("/dev/null", O_WRONLY), saved = dup(STDERR_FILENO);
	_cleanup_free_ char *whole = NULL, *image = NULL;
	size_t len, refused = 0;

	(void)state;
	assert_int_equal(file_read(object_path, NEEDS_MAX_OBJECT_BYTES, &whole, &len), 0);
	image = malloc(len);
	assert_non_null(image);
	srand(1);
	dup2(quiet, STDERR_FILENO);
	for (int i = 0; i < DAMAGED_COPIES; i++) {
		size_t part = i % 4 ? len : (size_t)rand() % len;

		memcpy(image, whole, len);
		if (i % 4)
			damage(image, len);
		assert_int_equal(ftruncate(fd, (off_t)part), 0);
		assert_int_equal(pwrite(fd, image, part, 0), part);
		refused += needs_read(copy_path, &needs) != 0;
	}
	dup2(saved, STDERR_FILENO);
	assert_true(refused > DAMAGED_COPIES / 10);
	assert_true(refused < DAMAGED_COPIES);
}

static void a_need_is_checked_against_the_kernel_it_is_asked_of(void **state)
{
	const struct need helper = { NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer };
	const struct need program = { NEED_PROG_TYPE, BPF_PROG_TYPE_XDP, 0 };
	const struct need map = { NEED_MAP_TYPE, 0, BPF_MAP_TYPE_LPM_TRIE };

	(void)state;
	fake_reset();
	assert_int_equal(need_check(&kernel_fake, &helper).value, ANSWER_YES);
	assert_int_equal(need_check(&kernel_fake, &program).value, ANSWER_YES);
	assert_int_equal(need_check(&kernel_fake, &map).value, ANSWER_YES);
	fake.lacks_helper = BPF_FUNC_redirect_peer;
	fake.lacks_prog_type = BPF_PROG_TYPE_XDP;
	fake.lacks_map_type = BPF_MAP_TYPE_LPM_TRIE;
	assert_int_equal(need_check(&kernel_fake, &helper).value, ANSWER_NO);
	assert_int_equal(need_check(&kernel_fake, &program).value, ANSWER_NO);
	assert_int_equal(need_check(&kernel_fake, &map).value, ANSWER_NO);
	fake.refuses_all = -EPERM;
	assert_int_equal(need_check(&kernel_fake, &helper).value, ANSWER_UNKNOWN);
	assert_int_equal(fake.open_fds, 0);
}

static void what_only_a_load_can_tell_is_unknown(void **state)
{
	struct need function = { .kind = NEED_KFUNC, .name = "bpf_ct_release" };
	const struct need btf = { .kind = NEED_BTF };

	(void)state;
	fake_reset();
	assert_int_equal(need_check(&kernel_fake, &function).value, ANSWER_UNKNOWN);
	assert_int_equal(need_check(&kernel_fake, &btf).value, ANSWER_YES);
	fake.btf_err = -ENOENT;
	assert_int_equal(need_check(&kernel_fake, &btf).value, ANSWER_NO);
	fake.btf_err = -EACCES;
	assert_int_equal(need_check(&kernel_fake, &btf).value, ANSWER_UNKNOWN);
}

static void an_attach_type_is_checked_by_loading_where_the_kernel_looks(void **state)
{
	const struct need need = { NEED_ATTACH_TYPE, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
				   BPF_CGROUP_INET4_CONNECT };

	(void)state;
	fake_reset();
	assert_int_equal(need_check(&kernel_fake, &need).value, ANSWER_YES);
	fake.lacks_attach_type = BPF_CGROUP_INET4_CONNECT;
	assert_int_equal(need_check(&kernel_fake, &need).value, ANSWER_NO);
	fake.refuses_all = -EPERM;
	assert_int_equal(need_check(&kernel_fake, &need).value, ANSWER_UNKNOWN);
}

static void a_kernel_that_does_not_run_answers_from_its_btf_or_not_at_all(void **state)
{
	const struct need attach = { NEED_ATTACH_TYPE, BPF_PROG_TYPE_SCHED_CLS, BPF_CGROUP_DEVICE };
	const struct need function = { .kind = NEED_KFUNC, .name = "bpf_ct_release" };
	const struct need btf = { .kind = NEED_BTF };
	struct kernel_image image = { .has_btf = true };
	struct offline_target target = { .release = "" };

	(void)state;
	assert_int_equal(need_check_offline(&target, &attach).value, ANSWER_UNKNOWN);
	assert_int_equal(need_check_offline(&target, &btf).value, ANSWER_UNKNOWN);
	target.btf = &image;
	assert_int_equal(need_check_offline(&target, &btf).value, ANSWER_YES);
	assert_int_equal(need_check_offline(&target, &attach).value, ANSWER_UNKNOWN);
	assert_int_equal(need_check_offline(&target, &function).value, ANSWER_UNKNOWN);
	buf_append(&image.enums.names[KERNEL_ENUM_PROG_TYPE], "BPF_PROG_TYPE_XDP", 18);
	assert_int_equal(need_check_offline(&target, &attach).value, ANSWER_NO);
	image_fini(&image);
}

static void a_need_says_since_which_release_it_can_be_met(void **state)
{
	static const struct {
		struct need need;
		const char *since;
	} cases[] = {
		{ { NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer }, "5.10" },
		{ { NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_skb_change_head }, "5.8" },
		{ { NEED_HELPER, BPF_PROG_TYPE_LWT_XMIT, BPF_FUNC_skb_change_head }, "4.10" },
		{ { NEED_HELPER, BPF_PROG_TYPE_XDP, BPF_FUNC_fib_lookup }, "4.18" },
		{ { NEED_HELPER, BPF_PROG_TYPE_XDP, BPF_FUNC_timer_init }, "5.15" },
		{ { NEED_MAP_TYPE, 0, BPF_MAP_TYPE_RINGBUF }, "5.8" },
		{ { NEED_MAP_TYPE, 0, BPF_MAP_TYPE_PERCPU_HASH }, "4.6" },
		{ { NEED_PROG_TYPE, BPF_PROG_TYPE_SK_LOOKUP, 0 }, "5.9" },
		{ { NEED_ATTACH_TYPE, BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		    BPF_CGROUP_INET4_GETPEERNAME },
		  "5.8" },
		{ { .kind = NEED_BTF }, "5.4" },
	};
	const struct need future = { NEED_HELPER, BPF_PROG_TYPE_XDP, 4711 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(need_since(&cases[i].need), cases[i].since);
	assert_null(need_since(&future));
}

static void a_need_is_named_in_words_even_when_it_has_no_name(void **state)
{
	static const struct {
		struct need need;
		const char *text;
	} cases[] = {
		{ { NEED_PROG_TYPE, BPF_PROG_TYPE_SCHED_CLS, 0 }, "program type sched_cls" },
		{ { NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer },
		  "helper redirect_peer in sched_cls" },
		{ { NEED_MAP_TYPE, 0, BPF_MAP_TYPE_LPM_TRIE }, "map type lpm_trie" },
		{ { NEED_HELPER, 9999, 4000000000 }, "helper #4000000000 in #9999" },
		{ { NEED_MAP_TYPE, 0, 9999 }, "map type #9999" },
		{ { NEED_ATTACH_TYPE, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT },
		  "attach type cgroup_inet4_connect in cgroup_sock_addr" },
		{ { .kind = NEED_KFUNC, .name = "f" }, "kernel function f" },
		{ { .kind = NEED_BTF }, "kernel BTF" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		need_text(&cases[i].need, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	need_text(&cases[0].need, text, 8);
	assert_string_equal(text, "program");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helpers_belong_to_the_program_type_that_calls_them),
		cmocka_unit_test(helpers_of_a_subprogram_count_for_every_program_type),
		cmocka_unit_test(global_data_is_no_map_of_the_object_but_needs_arrays),
		cmocka_unit_test(maps_and_programs_are_described),
		cmocka_unit_test(needs_are_sorted_and_unique),
		cmocka_unit_test(an_attach_type_comes_from_the_section_name),
		cmocka_unit_test(a_kernel_function_is_a_need_unless_it_is_weak),
		cmocka_unit_test(relocations_and_tracing_programs_need_kernel_btf),
		cmocka_unit_test(an_object_without_btf_is_read_if_it_has_no_maps),
		cmocka_unit_test(what_is_not_an_object_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_keeps_its_errno),
		cmocka_unit_test(a_file_over_the_limit_is_not_read),
		cmocka_unit_test(a_section_that_names_no_program_type_is_a_need_nobody_can_answer),
		cmocka_unit_test(a_name_that_could_steer_a_terminal_is_refused),
		cmocka_unit_test(damaged_objects_are_read_or_refused_never_a_crash),
		cmocka_unit_test(a_need_is_checked_against_the_kernel_it_is_asked_of),
		cmocka_unit_test(what_only_a_load_can_tell_is_unknown),
		cmocka_unit_test(an_attach_type_is_checked_by_loading_where_the_kernel_looks),
		cmocka_unit_test(a_kernel_that_does_not_run_answers_from_its_btf_or_not_at_all),
		cmocka_unit_test(a_need_says_since_which_release_it_can_be_met),
		cmocka_unit_test(a_need_is_named_in_words_even_when_it_has_no_name),
	};

	if (make_object()) {
		remove_object(NULL);
		return skip_all("no clang with a BPF target");
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, remove_object);
}
