// SPDX-License-Identifier: BSD-2-Clause
/*
 * The probe against the kernel that runs this test (root). What is asserted about particular
 * features holds for every kernel from 5.10; tcx is compared with a real attachment in a network
 * namespace of our own.
 */
#include "probe/features.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"
#include "tests/skip.h"

#define MAX_BPF_CALLS 60 /* design.md, section 9 */
#define NOBODY 65534

static struct features features;

static int probe_once(void **state)
{
	(void)state;
	features_probe(&kernel_live, &features);
	return 0;
}

static void assert_yes(enum feature_id id)
{
	const struct answer *a = &features.items[id];

	if (a->value != ANSWER_YES)
		print_message("# %s: %s %s\n", feature_defs[id].name, tri_name(a->value), a->note);
	assert_int_equal(a->value, ANSWER_YES);
	assert_int_equal(a->source, SOURCE_LOADED);
}

static void what_host_routing_needs_is_there(void **state)
{
	(void)state;
	assert_int_equal(features.kernel_5_10.value, ANSWER_YES);
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		if (feature_defs[id].users & NEEDED_BY_HOST_ROUTING)
			assert_yes(id);
	}
}

static void what_kube_proxy_replacement_needs_is_there(void **state)
{
	(void)state;
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		if (feature_defs[id].users & (NEEDED_BY_KPR | NEEDED_BY_MASQUERADE))
			assert_yes(id);
	}
}

static void nothing_is_left_unknown_for_root(void **state)
{
	(void)state;
	for (size_t i = 0; i < FEATURE__COUNT; i++)
		assert_int_not_equal(features.items[i].value, ANSWER_UNKNOWN);
}

static void the_whole_probe_stays_under_its_budget_of_calls(void **state)
{
	(void)state;
	print_message("# %u bpf() calls\n", features.syscalls);
	assert_true(features.syscalls < MAX_BPF_CALLS);
}

static void redirect_peer_from_xdp_is_a_no_whatever_libbpf_says(void **state)
{
	struct answer a;

	(void)state;
	print_message("# libbpf_probe_bpf_helper(xdp, redirect_peer) says %d here\n",
		      libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_peer, NULL));
	a = features_probe_helper(&kernel_live, BPF_PROG_TYPE_XDP, BPF_FUNC_redirect_peer);
	assert_int_equal(a.value, ANSWER_NO);
	assert_int_equal(a.err, EINVAL);
}

static void a_helper_that_does_not_exist_is_a_no(void **state)
{
	struct answer a;

	(void)state;
	a = features_probe_helper(&kernel_live, BPF_PROG_TYPE_SCHED_CLS, 4000);
	assert_int_equal(a.value, ANSWER_NO);
}

/*
 * Valid call and verifier's complaint are two ways to the same answer: none may be a no by bad
 * arguments.
 */
static void a_helper_outside_the_table_is_found(void **state)
{
	struct answer a;

	(void)state;
	a = features_probe_helper(&kernel_live, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_sk_lookup_tcp);
	assert_int_equal(a.value, ANSWER_YES);
	a = features_probe_helper(&kernel_live, BPF_PROG_TYPE_XDP, BPF_FUNC_map_lookup_elem);
	assert_int_equal(a.value, ANSWER_YES);
}

static void program_and_map_types_outside_the_table_are_found(void **state)
{
	(void)state;
	assert_int_equal(features_probe_prog_type(&kernel_live, BPF_PROG_TYPE_SK_LOOKUP).value,
			 ANSWER_YES);
	assert_int_equal(features_probe_map_type(&kernel_live, BPF_MAP_TYPE_LRU_PERCPU_HASH).value,
			 ANSWER_YES);
	assert_int_equal(features_probe_prog_type(&kernel_live, 4000).value, ANSWER_NO);
}

static void kernel_btf_where_there_is_one_names_what_loads(void **state)
{
	(void)state;
	if (access("/sys/kernel/btf/vmlinux", F_OK)) {
		assert_int_equal(kernel_live.btf_has("BPF_FUNC_map_lookup_elem"), -ENOENT);
		return;
	}
	assert_int_equal(kernel_live.btf_has("BPF_FUNC_map_lookup_elem"), 1);
	assert_int_equal(kernel_live.btf_has("BPF_MAP_TYPE_LPM_TRIE"), 1);
	assert_int_equal(kernel_live.btf_has("BPF_PROG_TYPE_SCHED_CLS"), 1);
	assert_int_equal(kernel_live.btf_has("BPF_CGROUP_INET4_CONNECT"), 1);
	assert_int_equal(kernel_live.btf_has("BPF_FUNC_no_such_helper"), 0);
}

/* 0, or the errno of attaching to lo of a new network namespace, which goes with this process. */
static int attach_to_private_loopback(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct prog_attempt attempt = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = insns,
		.count = ARRAY_SIZE(insns),
	};
	int prog_fd, link_fd;

	if (unshare(CLONE_NEWNET))
		return 255;
	prog_fd = kernel_live.prog_load(&attempt);
	if (prog_fd < 0)
		return -prog_fd;
	link_fd = kernel_live.link_create(prog_fd, if_nametoindex("lo"), BPF_TCX_INGRESS);
	return link_fd < 0 ? -link_fd : 0;
}

/* Runs f in a child and returns its exit status. */
static int in_child(int (*f)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void tcx_on_an_interface_that_cannot_exist_tells_what_a_real_one_does(void **state)
{
	int err;

	(void)state;
	err = in_child(attach_to_private_loopback);
	assert_int_equal(features.items[FEATURE_TCX].value, err ? ANSWER_NO : ANSWER_YES);
	assert_int_equal(err, err ? EINVAL : 0);
	if (kernel_live.btf_has("BPF_TCX_INGRESS") == 1)
		assert_int_equal(err, 0);
}

/* Answers without the word of BTF, and those that BTF alone must not give. */
static int wrong_answers_as_nobody(void)
{
	int wrong = 0;

	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return 255;
	features_probe(&kernel_live, &features);
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const struct answer *a = &features.items[i];

		wrong += a->value != ANSWER_UNKNOWN && a->source != SOURCE_BTF;
		wrong += a->value == ANSWER_YES && feature_defs[i].kind != FEATURE_KIND_XFRM_ATTR;
	}
	return wrong;
}

static void without_privilege_nothing_that_must_be_tried_is_a_yes(void **state)
{
	(void)state;
	assert_int_equal(in_child(wrong_answers_as_nobody), 0);
}

static int libbpf_as_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return 255;
	libbpf_set_print(NULL);
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, 4000, NULL) > 0;
}

static int nonexistent_helper_as_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return 255;
	return (int)features_probe_helper(&kernel_live, BPF_PROG_TYPE_SCHED_CLS, 4000).value;
}

static void without_privilege_a_helper_that_does_not_exist_is_no_yes_either(void **state)
{
	(void)state;
	print_message("# libbpf says %d for a helper that does not exist, as nobody\n",
		      in_child(libbpf_as_nobody));
	assert_int_equal(in_child(nonexistent_helper_as_nobody), ANSWER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_host_routing_needs_is_there),
		cmocka_unit_test(what_kube_proxy_replacement_needs_is_there),
		cmocka_unit_test(nothing_is_left_unknown_for_root),
		cmocka_unit_test(the_whole_probe_stays_under_its_budget_of_calls),
		cmocka_unit_test(redirect_peer_from_xdp_is_a_no_whatever_libbpf_says),
		cmocka_unit_test(a_helper_that_does_not_exist_is_a_no),
		cmocka_unit_test(a_helper_outside_the_table_is_found),
		cmocka_unit_test(program_and_map_types_outside_the_table_are_found),
		cmocka_unit_test(kernel_btf_where_there_is_one_names_what_loads),
		cmocka_unit_test(tcx_on_an_interface_that_cannot_exist_tells_what_a_real_one_does),
		cmocka_unit_test(without_privilege_nothing_that_must_be_tried_is_a_yes),
		cmocka_unit_test(without_privilege_a_helper_that_does_not_exist_is_no_yes_either),
	};

	if (geteuid() != 0)
		return skip_all("needs root");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, probe_once, NULL);
}
