// SPDX-License-Identifier: BSD-2-Clause
/* Names of program types, map types and helpers, both ways. */
#include "probe/bpf_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/bpf_uapi.h"

static void names_are_those_bpftool_prints(void **state)
{
	(void)state;
	assert_string_equal(prog_type_name(BPF_PROG_TYPE_SCHED_CLS), "sched_cls");
	assert_string_equal(map_type_name(BPF_MAP_TYPE_LPM_TRIE), "lpm_trie");
	assert_string_equal(helper_name(BPF_FUNC_redirect_peer), "redirect_peer");
}

static void every_helper_of_the_header_is_found_by_its_name(void **state)
{
	(void)state;
	for (unsigned int id = 1; id < __BPF_FUNC_MAX_ID; id++) {
		assert_non_null(helper_name(id));
		assert_int_equal(helper_find(helper_name(id)), id);
	}
}

static void every_named_type_is_found_by_its_name(void **state)
{
	(void)state;
	for (unsigned int i = 1; prog_type_name(i); i++)
		assert_int_equal(prog_type_find(prog_type_name(i)), i);
	for (unsigned int i = 1; map_type_name(i); i++)
		assert_int_equal(map_type_find(map_type_name(i)), i);
}

static void what_does_not_exist_has_no_name(void **state)
{
	(void)state;
	assert_null(helper_name(0));
	assert_null(helper_name(__BPF_FUNC_MAX_ID));
	assert_null(helper_name(UINT32_MAX));
	assert_null(prog_type_name(9999));
	assert_null(prog_type_name(UINT32_MAX));
	assert_null(map_type_name(UINT32_MAX));
}

static void only_a_whole_name_is_found(void **state)
{
	(void)state;
	assert_int_equal(helper_find("redirect"), BPF_FUNC_redirect);
	assert_int_equal(helper_find("redirect_pee"), -1);
	assert_int_equal(helper_find("bpf_redirect_peer"), -1);
	assert_int_equal(helper_find("unspec"), -1);
	assert_int_equal(helper_find(""), -1);
	assert_int_equal(prog_type_find("SCHED_CLS"), -1);
	assert_int_equal(map_type_find("lpm"), -1);
}

static void enumerators_are_spelt_as_in_the_kernel(void **state)
{
	char text[ENUMERATOR_TEXT_MAX];

	(void)state;
	assert_string_equal(prog_type_enumerator(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, text),
			    "BPF_PROG_TYPE_CGROUP_SOCK_ADDR");
	assert_string_equal(map_type_enumerator(BPF_MAP_TYPE_LRU_HASH, text),
			    "BPF_MAP_TYPE_LRU_HASH");
	assert_string_equal(helper_enumerator(BPF_FUNC_get_netns_cookie, text),
			    "BPF_FUNC_get_netns_cookie");
	assert_string_equal(helper_enumerator(9999, text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_bpftool_prints),
		cmocka_unit_test(every_helper_of_the_header_is_found_by_its_name),
		cmocka_unit_test(every_named_type_is_found_by_its_name),
		cmocka_unit_test(what_does_not_exist_has_no_name),
		cmocka_unit_test(only_a_whole_name_is_found),
		cmocka_unit_test(enumerators_are_spelt_as_in_the_kernel),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
