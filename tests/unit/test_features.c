// SPDX-License-Identifier: BSD-2-Clause
/* What the answers are on kernels that lack things, refuse, or lie. */
#include "probe/features.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_kernel.h"

#define MAX_BPF_CALLS 60 /* design.md, section 9 */

static struct features features;

static int a_capable_kernel(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int nothing_is_left_open(void **state)
{
	(void)state;
	return fake.open_fds;
}

static const struct answer *probe(enum feature_id id)
{
	features_probe(&kernel_fake, &features);
	return &features.items[id];
}

/* Everything but what is never tried, only looked up in BTF. */
static void assert_all(enum tri value)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		if (feature_defs[i].kind == FEATURE_KIND_XFRM_ATTR)
			continue;
		if (features.items[i].value != value)
			print_error("%s is %s (%s)\n", feature_defs[i].name,
				    tri_name(features.items[i].value), features.items[i].note);
		assert_int_equal(features.items[i].value, value);
	}
}

/* Every other feature keeps its yes. */
static void assert_only(enum feature_id id, enum tri value)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		assert_int_equal(features.items[i].value, i == id ? value : ANSWER_YES);
}

static void every_row_is_named_after_what_it_probes(void **state)
{
	static const char *const prefix[] = { "program", "helper",  "map", "attach",
					      "attach",	 "program", "xfrm" };
	char name[64];

	(void)state;
	_Static_assert(sizeof(prefix) / sizeof(prefix[0]) == FEATURE_KIND__COUNT, "all kinds");
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const struct feature_def *def = &feature_defs[i];

		assert_non_null(def->name);
		assert_true(!strncmp(def->name, prefix[def->kind], strlen(prefix[def->kind])));
		assert_true(def->users != 0);
		if (def->kind == FEATURE_KIND_HELPER)
			snprintf(name, sizeof(name), "helper/%s/%s", prog_type_name(def->prog_type),
				 helper_name(def->value));
		else if (def->kind == FEATURE_KIND_MAP_TYPE)
			snprintf(name, sizeof(name), "map/%s", map_type_name(def->value));
		else if (def->kind == FEATURE_KIND_PROG_TYPE)
			snprintf(name, sizeof(name), "program/%s", prog_type_name(def->prog_type));
		else
			continue;
		assert_string_equal(def->name, name);
	}
}

static void every_helper_row_has_its_program_type_in_the_table(void **state)
{
	bool is_probed[FAKE_MAX_TYPE + 1] = { false };

	(void)state;
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		if (feature_defs[i].kind == FEATURE_KIND_PROG_TYPE)
			is_probed[feature_defs[i].prog_type] = true;
	}
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		if (feature_defs[i].prog_type)
			assert_true(is_probed[feature_defs[i].prog_type]);
		if (feature_defs[i].kind == FEATURE_KIND_HELPER)
			assert_non_null(feature_defs[i].args);
	}
}

static void a_capable_kernel_has_everything_in_few_calls(void **state)
{
	(void)state;
	probe(FEATURE_TCX);
	assert_all(ANSWER_YES);
	assert_true(fake.prepared);
	assert_int_equal(features.syscalls, fake.calls);
	assert_true(features.syscalls < MAX_BPF_CALLS);
	assert_int_equal(features.items[FEATURE_TCX].source, SOURCE_LOADED);
	assert_int_equal(features.items[FEATURE_XFRM_OUTPUT_MASK].value, ANSWER_YES);
	assert_int_equal(features.items[FEATURE_XFRM_OUTPUT_MASK].source, SOURCE_BTF);
}

/* As on 5.10, where one is missing that 6.1 has, and on a kernel that lacks three of them. */
static void helpers_that_are_missing_cost_few_calls_more(void **state)
{
	unsigned int capable;

	(void)state;
	probe(FEATURE_TCX);
	capable = features.syscalls;
	fake.lacks_helper = BPF_FUNC_skb_set_tstamp;
	probe(FEATURE_HELPER_SCHED_CLS_SKB_SET_TSTAMP);
	assert_int_equal(features.syscalls, capable + 2);
	assert_true(features.syscalls < MAX_BPF_CALLS);
	fake.lacks_helper = BPF_FUNC_jiffies64;
	fake.forbids_helper = BPF_FUNC_fib_lookup;
	fake.new_wording = true;
	probe(FEATURE_TCX);
	assert_true(features.syscalls < MAX_BPF_CALLS);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_CLS_JIFFIES64].value, ANSWER_NO);
	assert_int_equal(features.items[FEATURE_HELPER_XDP_JIFFIES64].value, ANSWER_NO);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_CLS_FIB_LOOKUP].value, ANSWER_NO);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP].value, ANSWER_NO);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT].value, ANSWER_YES);
}

static void a_kernel_of_4096_instructions_has_no_large_programs(void **state)
{
	(void)state;
	fake.max_insns = 4096;
	probe(FEATURE_LARGE_PROGRAM);
	assert_only(FEATURE_LARGE_PROGRAM, ANSWER_NO);
	assert_int_equal(features.items[FEATURE_LARGE_PROGRAM].err, E2BIG);
	fake.max_insns = 4097;
	probe(FEATURE_LARGE_PROGRAM);
	assert_all(ANSWER_YES);
}

static void a_kernel_that_takes_any_size_is_not_believed_about_large_programs(void **state)
{
	const struct answer *a;

	(void)state;
	fake.forgets_max_insns = true;
	a = probe(FEATURE_LARGE_PROGRAM);
	assert_only(FEATURE_LARGE_PROGRAM, ANSWER_UNKNOWN);
	assert_non_null(strstr(a->note, "control failed"));
}

static void xfrm_is_answered_by_btf_alone(void **state)
{
	const struct answer *a;

	(void)state;
	fake.refuses_all = -EPERM;
	a = probe(FEATURE_XFRM_OUTPUT_MASK);
	assert_int_equal(a->value, ANSWER_YES);
	fake.btf_lacks = "XFRMA_SET_MARK_MASK";
	a = probe(FEATURE_XFRM_OUTPUT_MASK);
	assert_int_equal(a->value, ANSWER_NO);
	assert_int_equal(a->source, SOURCE_BTF);
	fake.btf_err = -ENODATA;
	a = probe(FEATURE_XFRM_OUTPUT_MASK);
	assert_int_equal(a->value, ANSWER_UNKNOWN);
	assert_int_equal(a->err, ENODATA);
}

static void a_kernel_that_says_yes_to_everything_is_believed_nothing(void **state)
{
	(void)state;
	fake.says_yes = true;
	probe(FEATURE_TCX);
	assert_all(ANSWER_UNKNOWN);
	assert_non_null(strstr(features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER].note,
			       "control failed: a helper that does not exist"));
	assert_non_null(strstr(features.items[FEATURE_MAP_LPM_TRIE].note, "control failed"));
	assert_non_null(strstr(features.items[FEATURE_ATTACH_CONNECT4].note, "control failed"));
	assert_non_null(strstr(features.items[FEATURE_TCX].note, "control failed"));
}

static void the_same_kernel_is_believed_nothing_without_btf(void **state)
{
	(void)state;
	fake.says_yes = true;
	fake.btf_err = -ENOENT;
	probe(FEATURE_TCX);
	assert_all(ANSWER_UNKNOWN);
}

static void foreign_helpers_that_load_discredit_the_family(void **state)
{
	(void)state;
	fake.foreign_helpers_load = true;
	probe(FEATURE_TCX);
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		bool has_program = feature_defs[i].prog_type;

		assert_int_equal(features.items[i].value,
				 has_program ? ANSWER_UNKNOWN : ANSWER_YES);
	}
	assert_non_null(strstr(features.items[FEATURE_HELPER_XDP_JIFFIES64].note,
			       "control failed: a helper of another program type"));
}

static void lack_of_privilege_is_unknown(void **state)
{
	const struct answer *a;

	(void)state;
	fake.refuses_all = -EPERM;
	a = probe(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER);
	assert_all(ANSWER_UNKNOWN);
	assert_int_equal(a->err, EPERM);
	assert_string_equal(a->note, "kernel has it; needs CAP_BPF to try in sched_cls");
}

static void lack_of_privilege_and_of_btf_is_unknown(void **state)
{
	const struct answer *a;

	(void)state;
	fake.refuses_all = -EPERM;
	fake.btf_err = -EACCES;
	a = probe(FEATURE_MAP_RINGBUF);
	assert_all(ANSWER_UNKNOWN);
	assert_non_null(strstr(a->note, "not permitted"));
}

static void a_kernel_where_nothing_loads_is_unknown_whatever_the_errno(void **state)
{
	static const int errors[] = { -EINVAL, -ENOSYS, -EACCES, -ENOMEM, -ENODEV, -524 };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.refuses_all = errors[i];
		probe(FEATURE_TCX);
		assert_all(ANSWER_UNKNOWN);
		assert_int_equal(features.items[FEATURE_PROG_XDP].err, -errors[i]);
	}
}

static void btf_without_the_helper_makes_it_a_no_without_privilege(void **state)
{
	const struct answer *a;

	(void)state;
	fake.refuses_all = -EPERM;
	fake.btf_lacks = "BPF_FUNC_redirect_peer";
	a = probe(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER);
	assert_int_equal(a->value, ANSWER_NO);
	assert_int_equal(a->source, SOURCE_BTF);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH].value,
			 ANSWER_UNKNOWN);
}

static void a_helper_the_kernel_does_not_know_is_a_no(void **state)
{
	(void)state;
	fake.lacks_helper = BPF_FUNC_redirect_peer;
	fake.btf_lacks = "BPF_FUNC_redirect_peer";
	fake.release = "5.4.0-150-generic";
	probe(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER);
	assert_only(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER, ANSWER_NO);
	assert_int_equal(features.items[FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER].source,
			 SOURCE_LOADED);
	assert_int_equal(features.kernel_5_10.value, ANSWER_NO);
}

static void a_helper_not_for_this_program_type_is_a_no_in_either_wording(void **state)
{
	(void)state;
	fake.forbids_helper = BPF_FUNC_skb_change_head;
	for (int i = 0; i < 2; i++) {
		fake.new_wording = i;
		probe(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD);
		assert_only(FEATURE_HELPER_SCHED_CLS_SKB_CHANGE_HEAD, ANSWER_NO);
	}
}

static void loading_what_btf_does_not_name_is_a_disagreement(void **state)
{
	const struct answer *a;

	(void)state;
	fake.btf_lacks = "BPF_FUNC_redirect_neigh";
	a = probe(FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH);
	assert_only(FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH, ANSWER_UNKNOWN);
	assert_non_null(strstr(a->note, "disagree"));
}

static void without_btf_the_first_witness_stands_alone(void **state)
{
	(void)state;
	fake.btf_err = -ENOENT;
	probe(FEATURE_TCX);
	assert_all(ANSWER_YES);
}

static void a_complaint_about_a_valid_call_is_unknown_and_quoted(void **state)
{
	const struct answer *a;

	(void)state;
	fake.complains = true;
	a = probe(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER);
	assert_int_equal(a->value, ANSWER_UNKNOWN);
	assert_int_equal(a->err, EACCES);
	assert_string_equal(a->note, "verifier: R2 !read_ok");
}

static void an_empty_log_proves_nothing(void **state)
{
	(void)state;
	fake.fails_silently = true;
	assert_int_equal(probe(FEATURE_HELPER_SCHED_CLS_REDIRECT_PEER)->value, ANSWER_UNKNOWN);
	assert_int_equal(features.items[FEATURE_HELPER_XDP_JIFFIES64].value, ANSWER_UNKNOWN);
}

static void a_missing_program_type_is_a_no_with_all_its_helpers(void **state)
{
	(void)state;
	fake.lacks_prog_type = BPF_PROG_TYPE_CGROUP_SOCK;
	probe(FEATURE_PROG_CGROUP_SOCK);
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		assert_int_equal(features.items[i].value,
				 feature_defs[i].prog_type == BPF_PROG_TYPE_CGROUP_SOCK
					 ? ANSWER_NO
					 : ANSWER_YES);
}

static void a_missing_map_type_is_a_no(void **state)
{
	(void)state;
	fake.lacks_map_type = BPF_MAP_TYPE_LPM_TRIE;
	probe(FEATURE_MAP_LPM_TRIE);
	assert_only(FEATURE_MAP_LPM_TRIE, ANSWER_NO);
}

static void a_missing_attach_type_is_a_no(void **state)
{
	(void)state;
	fake.lacks_attach_type = BPF_CGROUP_UDP4_RECVMSG;
	probe(FEATURE_ATTACH_RECVMSG4);
	assert_only(FEATURE_ATTACH_RECVMSG4, ANSWER_NO);
}

static void a_kernel_before_tcx_has_no_tcx(void **state)
{
	(void)state;
	fake.lacks_tcx = true;
	probe(FEATURE_TCX);
	assert_only(FEATURE_TCX, ANSWER_NO);
}

static void a_missing_interface_says_nothing_where_every_link_type_gets_that_far(void **state)
{
	(void)state;
	fake.finds_any_link_type = true;
	probe(FEATURE_TCX);
	assert_only(FEATURE_TCX, ANSWER_UNKNOWN);
}

static void a_helper_outside_the_table_is_judged_by_the_complaint(void **state)
{
	struct answer a;

	(void)state;
	fake.complains = true;
	a = features_probe_helper(&kernel_fake, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_sk_assign);
	assert_int_equal(a.value, ANSWER_YES);
	a = features_probe_helper(&kernel_fake, BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_peer);
	assert_int_equal(a.value, ANSWER_NO);
	a = features_probe_helper(&kernel_fake, BPF_PROG_TYPE_XDP, 5000);
	assert_int_equal(a.value, ANSWER_NO);
}

static void a_single_helper_has_its_controls_too(void **state)
{
	struct answer a;

	(void)state;
	fake.says_yes = true;
	a = features_probe_helper(&kernel_fake, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer);
	assert_int_equal(a.value, ANSWER_UNKNOWN);
	a = features_probe_prog_type(&kernel_fake, BPF_PROG_TYPE_SCHED_CLS);
	assert_int_equal(a.value, ANSWER_UNKNOWN);
	a = features_probe_map_type(&kernel_fake, BPF_MAP_TYPE_HASH);
	assert_int_equal(a.value, ANSWER_UNKNOWN);
}

static void a_program_type_that_needs_a_target_is_unknown(void **state)
{
	struct answer a;

	(void)state;
	a = features_probe_prog_type(&kernel_fake, BPF_PROG_TYPE_TRACING);
	assert_int_equal(a.value, ANSWER_UNKNOWN);
	a = features_probe_helper(&kernel_fake, BPF_PROG_TYPE_LSM, BPF_FUNC_ktime_get_ns);
	assert_int_equal(a.value, ANSWER_UNKNOWN);
}

static void a_refused_map_that_we_may_have_asked_wrongly_is_unknown(void **state)
{
	struct answer a;

	(void)state;
	fake.lacks_map_type = BPF_MAP_TYPE_SK_STORAGE;
	a = features_probe_map_type(&kernel_fake, BPF_MAP_TYPE_SK_STORAGE);
	assert_int_equal(a.value, ANSWER_UNKNOWN);
	fake.btf_lacks = "BPF_MAP_TYPE_SK_STORAGE";
	a = features_probe_map_type(&kernel_fake, BPF_MAP_TYPE_SK_STORAGE);
	assert_int_equal(a.value, ANSWER_NO);
	fake.lacks_map_type = BPF_MAP_TYPE_HASH;
	a = features_probe_map_type(&kernel_fake, BPF_MAP_TYPE_HASH);
	assert_int_equal(a.value, ANSWER_NO);
}

static void assumed_answers_say_that_they_are(void **state)
{
	(void)state;
	features_assume_all(&features, "");
	assert_all(ANSWER_YES);
	assert_int_equal(features.items[FEATURE_TCX].source, SOURCE_ASSUMED);
	assert_int_equal(features.kernel_5_10.value, ANSWER_YES);
	assert_int_equal(features.kernel_5_10.source, SOURCE_ASSUMED);
	features_assume_all(&features, "5.4.0");
	assert_int_equal(features.kernel_5_10.value, ANSWER_NO);
	assert_int_equal(features.minor, 4);
	assert_int_equal(fake.calls, 0);
}

static void the_release_decides_about_the_floor(void **state)
{
	static const struct {
		const char *release;
		enum tri value;
	} cases[] = {
		{ "5.10.0-28-amd64", ANSWER_YES },
		{ "5.9.16", ANSWER_NO },
		{ "6.1.0", ANSWER_YES },
		{ "4.19.0", ANSWER_NO },
		{ "5.10", ANSWER_YES },
		{ "", ANSWER_UNKNOWN },
		{ "linux", ANSWER_UNKNOWN },
		{ "5", ANSWER_UNKNOWN },
		{ "5.x", ANSWER_UNKNOWN },
		{ ".10", ANSWER_UNKNOWN },
		{ "-5.1", ANSWER_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake.release = cases[i].release;
		probe(FEATURE_TCX);
		assert_int_equal(features.kernel_5_10.value, cases[i].value);
	}
}

static void a_release_out_of_range_is_not_a_version(void **state)
{
	unsigned int major = 1, minor = 2;

	(void)state;
	assert_int_equal(kernel_release_parse("99999999999999999999.1", &major, &minor), -EINVAL);
	assert_int_equal(kernel_release_parse("6.99999", &major, &minor), -EINVAL);
	assert_int_equal(major, 1);
	assert_int_equal(minor, 2);
	assert_int_equal(kernel_release_parse("6.18.44-x", &major, &minor), 0);
	assert_int_equal(major, 6);
	assert_int_equal(minor, 18);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, a_capable_kernel, nothing_is_left_open)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_named_after_what_it_probes),
		TEST(every_helper_row_has_its_program_type_in_the_table),
		TEST(a_capable_kernel_has_everything_in_few_calls),
		TEST(helpers_that_are_missing_cost_few_calls_more),
		TEST(a_kernel_of_4096_instructions_has_no_large_programs),
		TEST(a_kernel_that_takes_any_size_is_not_believed_about_large_programs),
		TEST(xfrm_is_answered_by_btf_alone),
		TEST(a_kernel_that_says_yes_to_everything_is_believed_nothing),
		TEST(the_same_kernel_is_believed_nothing_without_btf),
		TEST(foreign_helpers_that_load_discredit_the_family),
		TEST(lack_of_privilege_is_unknown),
		TEST(lack_of_privilege_and_of_btf_is_unknown),
		TEST(a_kernel_where_nothing_loads_is_unknown_whatever_the_errno),
		TEST(btf_without_the_helper_makes_it_a_no_without_privilege),
		TEST(a_helper_the_kernel_does_not_know_is_a_no),
		TEST(a_helper_not_for_this_program_type_is_a_no_in_either_wording),
		TEST(loading_what_btf_does_not_name_is_a_disagreement),
		TEST(without_btf_the_first_witness_stands_alone),
		TEST(a_complaint_about_a_valid_call_is_unknown_and_quoted),
		TEST(an_empty_log_proves_nothing),
		TEST(a_missing_program_type_is_a_no_with_all_its_helpers),
		TEST(a_missing_map_type_is_a_no),
		TEST(a_missing_attach_type_is_a_no),
		TEST(a_kernel_before_tcx_has_no_tcx),
		TEST(a_missing_interface_says_nothing_where_every_link_type_gets_that_far),
		TEST(a_helper_outside_the_table_is_judged_by_the_complaint),
		TEST(a_single_helper_has_its_controls_too),
		TEST(a_program_type_that_needs_a_target_is_unknown),
		TEST(a_refused_map_that_we_may_have_asked_wrongly_is_unknown),
		TEST(assumed_answers_say_that_they_are),
		TEST(the_release_decides_about_the_floor),
		TEST(a_release_out_of_range_is_not_a_version),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
