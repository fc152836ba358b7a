// SPDX-License-Identifier: BSD-2-Clause
/* bpf(2) for tcx, with the attribute layouts of Linux 6.6. */
#include "install/tcx.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* union bpf_attr, link_create: the part that a link without position and revision needs. */
struct link_create_attr {
	uint32_t prog_fd;
	uint32_t target_ifindex;
	uint32_t attach_type;
	uint32_t flags; /* 0: append */
};

/* union bpf_attr, query, as of 6.6. */
struct query_attr {
	uint32_t target_ifindex;
	uint32_t attach_type;
	uint32_t query_flags;
	uint32_t attach_flags;
	uint64_t prog_ids;
	uint32_t count; /* in: room, out: programs */
	uint32_t pad;
	uint64_t prog_attach_flags;
	uint64_t link_ids;
	uint64_t link_attach_flags;
	uint64_t revision;
};

_Static_assert(sizeof(struct link_create_attr) == 16, "layout of BPF_LINK_CREATE");
_Static_assert(sizeof(struct query_attr) == 64, "layout of BPF_PROG_QUERY");

static int sys_bpf(enum bpf_cmd cmd, void *attr, unsigned int size)
{
	int ret = (int)syscall(__NR_bpf, cmd, attr, size);

	return ret < 0 ? -errno : ret;
}

int tcx_query(unsigned int ifindex, enum tcx_hook hook, struct tcx_list *out)
{
	uint32_t prog_ids[TCX_MAX_PROGRAMS] = { 0 }, link_ids[TCX_MAX_PROGRAMS] = { 0 };
	struct query_attr attr = {
		.target_ifindex = ifindex,
		.attach_type = hook,
		.prog_ids = (uintptr_t)prog_ids,
		.link_ids = (uintptr_t)link_ids,
		.count = TCX_MAX_PROGRAMS,
	};
	int err = sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));

	/* Older kernels refuse the attach type, the oldest already the length of the attributes. */
	if (err == -EINVAL || err == -E2BIG)
		return -EOPNOTSUPP;
	/* First kernels with tcx: no program was ever attached here. */
	if (err == -ENOENT)
		attr.count = 0;
	else if (err)
		return err;
	if (attr.count > TCX_MAX_PROGRAMS)
		return -E2BIG;
	*out = (struct tcx_list){ .count = attr.count };
	for (size_t i = 0; i < out->count; i++)
		out->items[i] = (struct tcx_program){ prog_ids[i], link_ids[i] };
	return 0;
}

int tcx_link_create(int prog_fd, unsigned int ifindex, enum tcx_hook hook, int *link_fd)
{
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)prog_fd,
		.target_ifindex = ifindex,
		.attach_type = hook,
	};
	int fd = sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));

	if (fd < 0)
		return fd;
	*link_fd = fd;
	return 0;
}

int tcx_link_id(int link_fd, uint32_t *id)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(link_fd, &info, &len);

	if (err)
		return err;
	if (info.type != BPF_LINK_TYPE_TCX)
		return -EINVAL;
	*id = info.id;
	return 0;
}
