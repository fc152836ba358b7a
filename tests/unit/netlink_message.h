/* SPDX-License-Identifier: BSD-2-Clause */
/* One netlink message at a time, as the kernel would send it: tests of readers build them here. */
#ifndef HR_TESTS_NETLINK_MESSAGE_H
#define HR_TESTS_NETLINK_MESSAGE_H

#include <libmnl/libmnl.h>
#include <stdint.h>
#include <string.h>

static char message_buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));

/* Overwrites the one before; attributes are added to what it returns. */
static inline struct nlmsghdr *message(uint16_t type, const void *header, size_t size)
{
	struct nlmsghdr *nlh;

	memset(message_buffer, 0, sizeof(message_buffer));
	nlh = mnl_nlmsg_put_header(message_buffer);
	nlh->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	return nlh;
}

#endif
