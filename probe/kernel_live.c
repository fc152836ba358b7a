// SPDX-License-Identifier: BSD-2-Clause
/*
 * The running kernel, asked by bpf(2) itself: libbpf's wrappers retry, probe and raise limits of
 * their own, so that one attempt would be several calls.
 */
#include "probe/features.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "probe/bpf_uapi.h"
#include "probe/kernel_enums.h"

#define KERNEL_BTF_PATH "/sys/kernel/btf/vmlinux"

static int sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	long fd = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return fd < 0 ? -errno : (int)fd;
}

/*
 * Only kernels before 5.11 charge it, root included, and give it back late. Refused: go on with
 * what there is.
 */
static void live_prepare(void)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	if (!setrlimit(RLIMIT_MEMLOCK, &limit) || getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &limit);
}

static int live_prog_load(const struct prog_attempt *attempt)
{
	static const char license[] = "GPL"; /* some helpers are for GPL programs only */
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = attempt->prog_type;
	attr.expected_attach_type = attempt->attach_type;
	attr.insns = (uintptr_t)attempt->insns;
	attr.insn_cnt = (uint32_t)attempt->count;
	attr.license = (uintptr_t)license;
	if (attempt->log) {
		*attempt->log = '\0';
		attr.log_level = 1;
		attr.log_buf = (uintptr_t)attempt->log;
		attr.log_size = (uint32_t)attempt->log_size;
	}
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static int live_map_create(const struct map_attempt *attempt)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = attempt->map_type;
	attr.key_size = attempt->key_size;
	attr.value_size = attempt->value_size;
	attr.max_entries = attempt->max_entries;
	attr.map_flags = attempt->flags;
	attr.inner_map_fd = (uint32_t)attempt->inner_fd;
	return sys_bpf(BPF_MAP_CREATE, &attr);
}

static int live_link_create(int prog_fd, unsigned int ifindex, unsigned int attach_type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)prog_fd;
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = attach_type;
	return sys_bpf(BPF_LINK_CREATE, &attr);
}

static void live_close_fd(int fd)
{
	close(fd);
}

static int live_btf_has(const char *enumerator)
{
	static struct kernel_enums enums;
	static bool is_read;
	static int err;

	if (!is_read)
		err = kernel_enums_read(KERNEL_BTF_PATH, &enums);
	is_read = true;
	return err ? err : kernel_enums_has(&enums, enumerator);
}

static int live_btf_has_function(const char *name)
{
	_cleanup_free_ char *btf = NULL;
	bool found = false;
	size_t len;
	int err;

	err = file_read(KERNEL_BTF_PATH, KERNEL_ENUMS_MAX_BTF, &btf, &len);
	if (!err)
		err = kernel_functions_find(btf, len, &name, 1, &found);
	return err ? err : found;
}

static const char *live_release(void)
{
	static struct utsname name;

	return uname(&name) < 0 ? "" : name.release;
}

const struct kernel_ops kernel_live = {
	.prepare = live_prepare,
	.prog_load = live_prog_load,
	.map_create = live_map_create,
	.link_create = live_link_create,
	.close_fd = live_close_fd,
	.btf_has = live_btf_has,
	.btf_has_function = live_btf_has_function,
	.release = live_release,
};
