// SPDX-License-Identifier: BSD-2-Clause
/*
 * Netlink dumps and attributes by libmnl. Every length is checked against the attribute: the kernel is trusted
 * to be honest, but a message of another kernel version need not have the size we know.
 */
#include "probe/netlink.h"

#include <errno.h>
#include <string.h>

#define DUMP_BUFFER_SIZE 32768 /* what the kernel fills at most per read */

static int keep_attr(const struct nlattr *attr, void *data)
{
	struct netlink_attrs *attrs = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type < ARRAY_SIZE(attrs->by_type))
		attrs->by_type[type] = attr;
	return MNL_CB_OK;
}

bool netlink_attrs(const struct nlmsghdr *nlh, size_t header, struct netlink_attrs *out)
{
	*out = (struct netlink_attrs){ 0 };
	if (nlh->nlmsg_len < NLMSG_HDRLEN || mnl_nlmsg_get_payload_len(nlh) < header)
		return false;
	return mnl_attr_parse(nlh, (unsigned int)header, keep_attr, out) == MNL_CB_OK;
}

bool netlink_nested(const struct nlattr *nest, struct netlink_attrs *out)
{
	*out = (struct netlink_attrs){ 0 };
	return !nest || mnl_attr_parse_nested(nest, keep_attr, out) == MNL_CB_OK;
}

bool netlink_bytes(const struct nlattr *attr, void *out, size_t size)
{
	if (!attr)
		return true;
	if (mnl_attr_get_payload_len(attr) != size)
		return false;
	memcpy(out, mnl_attr_get_payload(attr), size);
	return true;
}

bool netlink_string(const struct nlattr *attr, char *out, size_t size)
{
	size_t len;

	if (!attr)
		return true;
	len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
	if (len >= size)
		return false;
	memcpy(out, mnl_attr_get_payload(attr), len);
	out[len] = '\0';
	return true;
}

int netlink_bad_message(void)
{
	errno = EBADMSG;
	return MNL_CB_ERROR;
}

int netlink_open(int bus, struct mnl_socket **out)
{
	_cleanup_(mnl_socket) struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	*out = TAKE_PTR(nl);
	return 0;
}

int netlink_dump(struct mnl_socket *nl, uint16_t type, const void *header, size_t size, mnl_cb_t fn,
		 void *data)
{
	char buf[DUMP_BUFFER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	unsigned int port = mnl_socket_get_portid(nl);
	static unsigned int seq;
	ssize_t n;
	int more;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++seq;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		more = mnl_cb_run(buf, (size_t)n, seq, port, fn, data);
	} while (more > MNL_CB_STOP);
	return more < 0 ? -errno : 0;
}
