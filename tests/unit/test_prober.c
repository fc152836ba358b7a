// SPDX-License-Identifier: BSD-2-Clause
/* How verifier logs are read, and what the programs look like that are tried. */
#include "probe/prober.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fake_kernel.h"

static const char *log_text;
static int load_err;
static struct bpf_insn seen[512];
static size_t seen_count;

/* A verifier of which the test says the words. */
static int scripted_load(const struct prog_attempt *a)
{
	fake.calls++;
	assert_true(a->count <= sizeof(seen) / sizeof(seen[0]));
	memcpy(seen, a->insns, a->count * sizeof(*seen));
	seen_count = a->count;
	if (a->log && log_text)
		snprintf(a->log, a->log_size, "%s", log_text);
	return load_err ? load_err : fake_open();
}

static const struct kernel_ops kernel_scripted = { FAKE_OPS, .prog_load = scripted_load };

static int fresh(void **state)
{
	(void)state;
	fake_reset();
	log_text = NULL;
	load_err = 0;
	return 0;
}

static int nothing_is_left_open(void **state)
{
	(void)state;
	return fake.open_fds;
}

static struct call_result call(unsigned int helper, const char *args)
{
	const struct helper_call c = { .helper = helper, .args = args };
	_cleanup_prober_ struct prober p;

	prober_init(&p, &kernel_scripted);
	return prober_call(&p, BPF_PROG_TYPE_SCHED_CLS, 0, &c);
}

static enum call_outcome outcome_of(unsigned int helper, int err, const char *log)
{
	load_err = err;
	log_text = log;
	return call(helper, NULL).outcome;
}

static void the_wordings_of_all_kernels_are_refusals(void **state)
{
	static const char *const logs[] = {
		"0: (85) call bpf_redirect_peer#155\nunknown func bpf_redirect_peer#155\n",
		("0: R1=ctx() R10=fp0\n0: (85) call bpf_redirect_peer#155\n"
		 "program of this type cannot use helper bpf_redirect_peer#155\nprocessed 1 insns"),
		"invalid func unknown#155",
		"helper call is not allowed in probe\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++)
		assert_int_equal(outcome_of(155, -EINVAL, logs[i]), CALL_REFUSED);
}

static void a_refusal_of_another_helper_is_not_ours(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(155, -EINVAL, "invalid func unknown#1555\n"), CALL_COMPLAINT);
	assert_int_equal(outcome_of(15, -EINVAL, "unknown func bpf_redirect_peer#155\n"),
			 CALL_COMPLAINT);
	assert_int_equal(outcome_of(155, -EINVAL, "unknown func\nR1 #155\n"), CALL_COMPLAINT);
	assert_int_equal(outcome_of(155, -EINVAL, "unknown func x\n#155\n"), CALL_COMPLAINT);
}

static void a_complaint_keeps_its_last_words(void **state)
{
	struct call_result r;

	(void)state;
	load_err = -EACCES;
	log_text = "0: R1=ctx() R10=fp0\n0: (85) call x#1\nR2 !read_ok\nprocessed 1 insns\n";
	r = call(1, NULL);
	assert_int_equal(r.outcome, CALL_COMPLAINT);
	assert_int_equal(r.err, EACCES);
	assert_string_equal(r.reason, "R2 !read_ok");
}

static void an_overlong_complaint_is_cut(void **state)
{
	char log[4096];
	struct call_result r;

	(void)state;
	memset(log, 'x', sizeof(log));
	log[sizeof(log) - 1] = '\0';
	load_err = -EACCES;
	log_text = log;
	r = call(1, NULL);
	assert_int_equal(strlen(r.reason), sizeof(r.reason) - 1);
}

static void an_empty_log_is_silence(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(155, -EINVAL, ""), CALL_SILENT);
	assert_int_equal(outcome_of(155, -EPERM, ""), CALL_SILENT);
}

static void a_map_that_cannot_be_made_is_silence(void **state)
{
	struct call_result r;

	(void)state;
	fake.lacks_map_type = BPF_MAP_TYPE_HASH;
	r = call(BPF_FUNC_map_lookup_elem, "hb");
	assert_int_equal(r.outcome, CALL_SILENT);
	assert_int_equal(r.err, EINVAL);
}

static const struct bpf_insn *insn_setting(unsigned int reg)
{
	for (size_t i = seen_count; i-- > 0;) {
		if (seen[i].dst_reg == reg && seen[i].code != 0)
			return &seen[i];
	}
	return NULL;
}

static void arguments_are_set_as_the_letters_say(void **state)
{
	(void)state;
	assert_int_equal(call(BPF_FUNC_perf_event_output, "ce0bs").outcome, CALL_LOADED);
	assert_int_equal(insn_setting(BPF_REG_1)->src_reg, BPF_REG_6);
	assert_int_equal(insn_setting(BPF_REG_2)->src_reg, BPF_PSEUDO_MAP_FD);
	assert_int_equal(insn_setting(BPF_REG_2)->imm, FAKE_FD);
	assert_int_equal(insn_setting(BPF_REG_3)->imm, 0);
	assert_int_equal(insn_setting(BPF_REG_4)->imm, -insn_setting(BPF_REG_5)->imm);
	assert_int_equal(seen[seen_count - 1].code, BPF_JMP | BPF_EXIT);
}

static void maps_are_made_once_for_all_calls(void **state)
{
	const struct helper_call items[] = {
		{ .helper = BPF_FUNC_map_lookup_elem, .args = "hb" },
		{ .helper = BPF_FUNC_map_delete_elem, .args = "hb" },
	};
	const struct helper_calls calls = { items, 2 };
	_cleanup_prober_ struct prober p;

	(void)state;
	prober_init(&p, &kernel_scripted);
	assert_int_equal(prober_call_all(&p, BPF_PROG_TYPE_SCHED_CLS, 0, &calls, NULL), 0);
	assert_int_equal(prober_call_all(&p, BPF_PROG_TYPE_SCHED_CLS, 0, &calls, NULL), 0);
	assert_int_equal(p.syscalls, 3);
	assert_int_equal(fake.calls, 3);
}

static size_t refused_of(const char *log, int *err)
{
	const struct helper_call items[] = { { BPF_FUNC_jiffies64, "" },
					     { BPF_FUNC_redirect_peer, "00" } };
	const struct helper_calls calls = { items, 2 };
	_cleanup_prober_ struct prober p;
	size_t refused = 99;

	log_text = log;
	prober_init(&p, &kernel_scripted);
	*err = prober_call_all(&p, BPF_PROG_TYPE_SCHED_CLS, 0, &calls, &refused);
	return refused;
}

static void the_refused_one_of_many_calls_is_named(void **state)
{
	int err;

	(void)state;
	assert_int_equal(refused_of("", &err), 2);
	assert_int_equal(err, 0);
	load_err = -EINVAL;
	assert_int_equal(
		refused_of("9: (85) call x#155\nunknown func bpf_redirect_peer#155\n", &err), 1);
	assert_int_equal(refused_of("invalid func unknown#118\n", &err), 0);
	assert_int_equal(refused_of("invalid func unknown#119\n", &err), 2);
	assert_int_equal(refused_of("helper call is not allowed in probe\n", &err), 2);
	assert_int_equal(refused_of("R1 !read_ok\n", &err), 2);
	assert_int_equal(err, -EINVAL);
}

static void a_long_program_is_as_long_as_asked_and_ends(void **state)
{
	_cleanup_prober_ struct prober p;

	(void)state;
	prober_init(&p, &kernel_scripted);
	assert_int_equal(prober_load_long(&p, BPF_PROG_TYPE_SCHED_CLS, 300), 0);
	assert_int_equal(seen_count, 300);
	assert_int_equal(seen[298].code, BPF_ALU64 | BPF_MOV | BPF_K);
	assert_int_equal(seen[299].code, BPF_JMP | BPF_EXIT);
	prober_init(&p, &kernel_fake);
	assert_int_equal(prober_load_too_long(&p, BPF_PROG_TYPE_SCHED_CLS), -E2BIG);
}

static void a_map_in_map_gets_its_template(void **state)
{
	_cleanup_prober_ struct prober p;

	(void)state;
	prober_init(&p, &kernel_scripted);
	assert_int_equal(prober_create_map(&p, BPF_MAP_TYPE_HASH_OF_MAPS), 0);
	assert_int_equal(p.syscalls, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, nothing_is_left_open)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_wordings_of_all_kernels_are_refusals),
		TEST(a_refusal_of_another_helper_is_not_ours),
		TEST(a_complaint_keeps_its_last_words),
		TEST(an_overlong_complaint_is_cut),
		TEST(an_empty_log_is_silence),
		TEST(a_map_that_cannot_be_made_is_silence),
		TEST(arguments_are_set_as_the_letters_say),
		TEST(maps_are_made_once_for_all_calls),
		TEST(the_refused_one_of_many_calls_is_named),
		TEST(a_long_program_is_as_long_as_asked_and_ends),
		TEST(a_map_in_map_gets_its_template),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
