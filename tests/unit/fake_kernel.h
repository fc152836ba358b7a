/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel for tests: answers as the verifiers of 5.10 to 6.18 do, lacks what a test takes away,
 * and lies when told to. Counts calls and open descriptors.
 */
#ifndef HR_TESTS_UNIT_FAKE_KERNEL_H
#define HR_TESTS_UNIT_FAKE_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "probe/bpf_names.h"
#include "probe/bpf_uapi.h"
#include "probe/features.h"

#define FAKE_FD 1000 /* never a real descriptor */
#define FAKE_MAX_TYPE 35 /* program, map and attach types beyond do not exist; tcx apart */
#define FAKE_MAX_ATTACH_TYPE 43

static struct fake_kernel {
	bool says_yes; /* to everything, with a descriptor */
	int refuses_all; /* -errno for everything */
	bool new_wording; /* of 6.12 */
	unsigned int max_helper;
	size_t max_insns; /* per program */
	bool forgets_max_insns; /* takes any size */
	unsigned int lacks_helper; /* not known at all */
	unsigned int forbids_helper; /* known, but not to any program type */
	unsigned int lacks_prog_type, lacks_map_type, lacks_attach_type;
	bool foreign_helpers_load; /* any known helper may be called from anywhere */
	bool lacks_tcx;
	bool finds_any_link_type; /* looks for the interface first, whatever is linked */
	bool fails_silently; /* every program with a call: EINVAL, empty log */
	bool complains; /* every program with a call: EACCES and a log about a register */
	int btf_err; /* -errno of reading BTF */
	const char *btf_lacks; /* one enumerator */
	const char *release;

	unsigned int calls;
	int open_fds;
	bool prepared;
} fake;

static void fake_reset(void)
{
	fake = (struct fake_kernel){ .max_helper = 211,
				     .max_insns = 1000000,
				     .release = "6.12.1-test" };
}

static int fake_open(void)
{
	fake.open_fds++;
	return FAKE_FD;
}

static void fake_close_fd(int fd)
{
	(void)fd;
	fake.open_fds--;
}

static void fake_prepare(void)
{
	fake.prepared = true;
}

static bool fake_may_call(unsigned int prog_type, unsigned int helper)
{
	if (helper == fake.forbids_helper)
		return false;
	if (fake.foreign_helpers_load)
		return true;
	if (helper == BPF_FUNC_xdp_adjust_head)
		return prog_type == BPF_PROG_TYPE_XDP;
	if (helper == BPF_FUNC_redirect_peer)
		return prog_type == BPF_PROG_TYPE_SCHED_CLS;
	return true;
}

static void fake_log(const struct prog_attempt *a, const char *text, unsigned int helper)
{
	const char *name = helper_name(helper);

	if (!a->log)
		return;
	if (helper)
		snprintf(a->log, a->log_size,
			 "func#0 @0\n0: (85) call x#%u\n%s%s%s#%u\nprocessed 1 insns\n", helper,
			 text, name ? "bpf_" : "", name ? name : "unknown", helper);
	else
		snprintf(a->log, a->log_size, "0: R1=ctx()\n%s\nprocessed 1 insns\n", text);
}

static int fake_call(const struct prog_attempt *a, unsigned int helper)
{
	if (fake.fails_silently)
		return -EINVAL;
	if (helper > fake.max_helper || helper == fake.lacks_helper) {
		fake_log(a, "invalid func ", helper);
		return -EINVAL;
	}
	if (!fake_may_call(a->prog_type, helper)) {
		fake_log(a,
			 fake.new_wording ? "program of this type cannot use helper "
					  : "unknown func ",
			 helper);
		return -EINVAL;
	}
	if (fake.complains) {
		fake_log(a, "R2 !read_ok", 0);
		return -EACCES;
	}
	return 0;
}

static int fake_prog_load(const struct prog_attempt *a)
{
	int err = 0;

	fake.calls++;
	if (a->log)
		*a->log = '\0';
	if (fake.refuses_all)
		return fake.refuses_all;
	if (fake.says_yes)
		return fake_open();
	if (a->count > fake.max_insns && !fake.forgets_max_insns)
		return -E2BIG;
	if (a->prog_type > FAKE_MAX_TYPE || a->attach_type > FAKE_MAX_ATTACH_TYPE)
		return -EINVAL;
	if ((fake.lacks_prog_type && a->prog_type == fake.lacks_prog_type) ||
	    (fake.lacks_attach_type && a->attach_type == fake.lacks_attach_type))
		return -EINVAL;
	for (size_t i = 0; i < a->count && !err; i++) {
		if (a->insns[i].code == (BPF_JMP | BPF_CALL))
			err = fake_call(a, (unsigned int)a->insns[i].imm);
	}
	return err ? err : fake_open();
}

static int fake_map_create(const struct map_attempt *a)
{
	fake.calls++;
	if (fake.refuses_all)
		return fake.refuses_all;
	if (fake.says_yes)
		return fake_open();
	if (a->map_type > FAKE_MAX_TYPE ||
	    (fake.lacks_map_type && a->map_type == fake.lacks_map_type))
		return -EINVAL;
	if (a->map_type == BPF_MAP_TYPE_HASH_OF_MAPS && a->inner_fd != FAKE_FD)
		return -EBADF;
	return fake_open();
}

static int fake_link_create(int prog_fd, unsigned int ifindex, unsigned int attach_type)
{
	(void)prog_fd;
	(void)ifindex;
	fake.calls++;
	if (fake.refuses_all)
		return fake.refuses_all;
	if (fake.says_yes)
		return fake_open();
	if (fake.finds_any_link_type)
		return -ENODEV;
	return attach_type == BPF_TCX_INGRESS && !fake.lacks_tcx ? -ENODEV : -EINVAL;
}

static int fake_btf_has(const char *enumerator)
{
	if (fake.btf_err)
		return fake.btf_err;
	return !fake.btf_lacks || strcmp(enumerator, fake.btf_lacks) != 0;
}

static int fake_btf_has_function(const char *name)
{
	if (fake.btf_err)
		return fake.btf_err;
	return !fake.btf_lacks || strcmp(name, fake.btf_lacks) != 0;
}

static const char *fake_release(void)
{
	return fake.release;
}

/* Everything but how a program is loaded. */
#define FAKE_OPS                                                                                 \
	.prepare = fake_prepare, .map_create = fake_map_create, .link_create = fake_link_create, \
	.close_fd = fake_close_fd, .btf_has = fake_btf_has,                                      \
	.btf_has_function = fake_btf_has_function, .release = fake_release

static const struct kernel_ops kernel_fake = { FAKE_OPS, .prog_load = fake_prog_load };

#endif
