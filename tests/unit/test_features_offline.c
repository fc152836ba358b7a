// SPDX-License-Identifier: BSD-2-Clause
/* From BTF, release, configuration and modules to the three answers. */
#include "probe/features_offline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"
#include "tests/unit/kernel_fixture.h"

static struct kernel_image image;
static struct kconfig config;
static struct offline_target target;

static void take_btf(const char *without, const char *without_function)
{
	_cleanup_buf_ struct buf btf = { 0 };

	image_fini(&image);
	fixture_btf(&btf, without, without_function);
	assert_int_equal(image_parse(btf.data, btf.len, "test", &image), 0);
}

/* A kernel of 6.12 with everything, known by BTF and configuration. */
static int setup(void **state)
{
	(void)state;
	take_btf(NULL, NULL);
	config = (struct kconfig){ .version = "6.12", .is_whole = true };
	for (size_t i = 0; i < NEED__COUNT; i++)
		config.values[i] = KCONFIG_YES;
	target = (struct offline_target){
		.release = "6.12.0-1-amd64",
		.release_source = SOURCE_BANNER,
		.btf = &image,
		.kconfig = &config,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	image_fini(&image);
	image = (struct kernel_image){ 0 };
	return 0;
}

static struct answer ask(enum feature_id id)
{
	struct features features;

	features_offline(&target, &features);
	return features.items[id];
}

static void assert_all(enum tri want)
{
	struct features features;

	features_offline(&target, &features);
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		if (features.items[i].value != want)
			fail_msg("%s is %s: %s", feature_defs[i].name,
				 tri_name(features.items[i].value), features.items[i].note);
}

static void a_kernel_with_everything_has_every_feature(void **state)
{
	struct features features;

	(void)state;
	assert_all(ANSWER_YES);
	features_offline(&target, &features);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER].source, SOURCE_BTF);
	assert_string_equal(features.release, "6.12.0-1-amd64");
	assert_int_equal(features.kernel_5_10.value, ANSWER_YES);
	assert_int_equal(features.kernel_5_10.source, SOURCE_BANNER);
	assert_int_equal(features.syscalls, 0);
}

static void without_a_configuration_functions_in_btf_prove_options(void **state)
{
	(void)state;
	target.kconfig = NULL;
	assert_all(ANSWER_YES);
	take_btf(NULL, "cgroup_bpf_prog_attach");
	assert_int_equal(ask(FEATURE_PROG_CGROUP_SOCK).value, ANSWER_UNKNOWN);
	assert_int_equal(ask(FEATURE_ATTACH_CONNECT4).value, ANSWER_UNKNOWN);
	assert_int_equal(ask(FEATURE_PROG_SCHED_CLS).value, ANSWER_YES);
}

static void what_btf_does_not_name_is_a_no(void **state)
{
	(void)state;
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		if (!*feature_defs[id].enumerator)
			continue;
		take_btf(feature_defs[id].enumerator, NULL);
		assert_int_equal(ask(id).value, ANSWER_NO);
		assert_int_equal(ask(id).source, SOURCE_BTF);
	}
}

static void an_old_release_does_not_take_away_what_btf_names(void **state)
{
	(void)state;
	target.release = "4.18.0-553.el8";
	assert_int_equal(ask(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER).value, ANSWER_YES);
	assert_int_equal(ask(FEATURE_TCX).value, ANSWER_YES);
}

static void a_helper_that_a_type_got_later_needs_the_release_or_is_unknown(void **state)
{
	(void)state;
	target.release = "5.7.0";
	assert_int_equal(ask(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD).value, ANSWER_UNKNOWN);
	target.release = "5.8.0";
	assert_int_equal(ask(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD).value, ANSWER_YES);
	target.release = "";
	assert_int_equal(ask(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD).value, ANSWER_UNKNOWN);
}

static void large_programs_have_no_name_and_follow_the_release(void **state)
{
	(void)state;
	target.release = "5.2.0";
	assert_int_equal(ask(FEATURE_LARGE_PROGRAM).value, ANSWER_YES);
	assert_int_equal(ask(FEATURE_LARGE_PROGRAM).source, SOURCE_BANNER);
	target.release = "4.18.0-553.el8";
	assert_int_equal(ask(FEATURE_LARGE_PROGRAM).value, ANSWER_UNKNOWN);
}

static void a_release_alone_decides_nothing(void **state)
{
	(void)state;
	target.btf = NULL;
	assert_all(ANSWER_UNKNOWN);
	assert_non_null(strstr(ask(FEATURE_TCX).note, "suggests yes"));
	target.release = "4.19.0";
	target.kconfig = NULL;
	assert_all(ANSWER_UNKNOWN);
}

static void without_the_system_call_nothing_is_there_even_without_btf(void **state)
{
	(void)state;
	target.btf = NULL;
	config.values[NEED_BPF_SYSCALL] = KCONFIG_NO;
	assert_all(ANSWER_NO);
	assert_int_equal(ask(FEATURE_MAP_HASH).source, SOURCE_KCONFIG);
}

static void an_option_that_is_off_takes_its_features_away(void **state)
{
	(void)state;
	take_btf(NULL, "cgroup_bpf_prog_attach");
	config.values[NEED_CGROUP_BPF] = KCONFIG_NO;
	assert_int_equal(ask(FEATURE_ATTACH_CONNECT4).value, ANSWER_NO);
	assert_int_equal(ask(FEATURE_HELPER_SOCK_NETNS_COOKIE).value, ANSWER_NO);
	assert_int_equal(ask(FEATURE_HELPER_SCHED_CLS_REDIRECT).value, ANSWER_YES);
	take_btf(NULL, "ip_rcv");
	config.values[NEED_INET] = KCONFIG_NO;
	assert_int_equal(ask(FEATURE_HELPER_SCHED_CLS_FIB_LOOKUP).value, ANSWER_NO);
}

static void tc_filters_are_needed_only_where_tcx_is_not(void **state)
{
	(void)state;
	take_btf(NULL, "cls_bpf_classify");
	config.values[NEED_NET_CLS_BPF] = KCONFIG_NO;
	assert_int_equal(ask(FEATURE_PROG_SCHED_CLS).value, ANSWER_YES);
	take_btf("BPF_TCX_INGRESS", "cls_bpf_classify");
	assert_int_equal(ask(FEATURE_PROG_SCHED_CLS).value, ANSWER_NO);
	config.values[NEED_NET_CLS_BPF] = KCONFIG_MODULE;
	assert_int_equal(ask(FEATURE_PROG_SCHED_CLS).value, ANSWER_YES);
}

static void a_module_is_there_when_it_is_shipped_and_unknown_without_a_root(void **state)
{
	char none[] = "kernel/fs/ext4/ext4.ko:\n",
	     builtin[] = "kernel/drivers/net/vxlan/vxlan.ko\n";
	struct modules modules = { .list = none };

	(void)state;
	take_btf(NULL, "vxlan_dev_create");
	config.values[NEED_VXLAN] = KCONFIG_MODULE;
	assert_int_equal(offline_need(&target, NEED_VXLAN).value, ANSWER_UNKNOWN);
	target.modules = &modules;
	assert_int_equal(offline_need(&target, NEED_VXLAN).value, ANSWER_NO);
	modules.builtin = builtin;
	assert_int_equal(offline_need(&target, NEED_VXLAN).value, ANSWER_YES);
}

static void witnesses_that_disagree_leave_it_unknown(void **state)
{
	(void)state;
	config.values[NEED_CGROUP_BPF] = KCONFIG_NO;
	assert_int_equal(offline_need(&target, NEED_CGROUP_BPF).value, ANSWER_UNKNOWN);
	assert_int_equal(ask(FEATURE_ATTACH_CONNECT4).value, ANSWER_UNKNOWN);
	assert_non_null(strstr(ask(FEATURE_ATTACH_CONNECT4).note, "disagree"));
}

static void what_is_not_in_the_table_is_answered_too(void **state)
{
	(void)state;
	assert_int_equal(offline_prog_type(&target, BPF_PROG_TYPE_XDP).value, ANSWER_YES);
	assert_int_equal(offline_prog_type(&target, BPF_PROG_TYPE_LSM).value, ANSWER_NO);
	assert_int_equal(offline_map_type(&target, BPF_MAP_TYPE_LPM_TRIE).value, ANSWER_YES);
	assert_int_equal(offline_map_type(&target, BPF_MAP_TYPE_STACK).value, ANSWER_NO);
	assert_int_equal(
		offline_helper(&target, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer).value,
		ANSWER_YES);
	assert_int_equal(offline_helper(&target, BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_peer).value,
			 ANSWER_UNKNOWN);
	assert_int_equal(offline_helper(&target, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_check_mtu).value,
			 ANSWER_NO);
	assert_int_equal(offline_helper(&target, BPF_PROG_TYPE_SCHED_CLS, 999999).value,
			 ANSWER_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kernel_with_everything_has_every_feature),
		TEST(without_a_configuration_functions_in_btf_prove_options),
		TEST(what_btf_does_not_name_is_a_no),
		TEST(an_old_release_does_not_take_away_what_btf_names),
		TEST(a_helper_that_a_type_got_later_needs_the_release_or_is_unknown),
		TEST(large_programs_have_no_name_and_follow_the_release),
		TEST(a_release_alone_decides_nothing),
		TEST(without_the_system_call_nothing_is_there_even_without_btf),
		TEST(an_option_that_is_off_takes_its_features_away),
		TEST(tc_filters_are_needed_only_where_tcx_is_not),
		TEST(a_module_is_there_when_it_is_shipped_and_unknown_without_a_root),
		TEST(witnesses_that_disagree_leave_it_unknown),
		TEST(what_is_not_in_the_table_is_answered_too),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
