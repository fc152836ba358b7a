/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tcx calls that libbpf 1.1 and the 6.1 UAPI headers do not know: create a link, list what is
 * attached. Updating, pinning and detaching a tcx link are libbpf's bpf_link_update(), bpf_obj_pin() and
 * bpf_link_detach(). All return 0 or a negative errno; none of them logs.
 *
 * Source of layouts: include/uapi/linux/bpf.h of Linux 6.6.
 */
#ifndef HR_INSTALL_TCX_H
#define HR_INSTALL_TCX_H

#include <stddef.h>
#include <stdint.h>

#include "probe/bpf_uapi.h"

enum tcx_hook {
	TCX_INGRESS = BPF_TCX_INGRESS,
	TCX_EGRESS = BPF_TCX_EGRESS,
};

#define TCX_MAX_PROGRAMS 64 /* the kernel's BPF_MPROG_MAX, per interface and side */

struct tcx_program {
	uint32_t prog_id;
	uint32_t link_id; /* 0: attached without a link */
};

struct tcx_list {
	struct tcx_program items[TCX_MAX_PROGRAMS]; /* in the order they run */
	size_t count;
};

/* What is attached. -EOPNOTSUPP when the kernel has no tcx, -ENODEV when it has no such interface. */
int tcx_query(unsigned int ifindex, enum tcx_hook hook, struct tcx_list *out);

/*
 * A link that appends prog_fd to an interface's programs. The caller closes *link_fd; without a pin the
 * program is detached then.
 */
int tcx_link_create(int prog_fd, unsigned int ifindex, enum tcx_hook hook, int *link_fd);

/* Id of a link. -EINVAL when it is of another type than tcx. */
int tcx_link_id(int link_fd, uint32_t *id);

#endif
