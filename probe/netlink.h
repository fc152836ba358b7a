/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the readers of node facts share in speaking netlink: dumps over libmnl, and attributes whose length is
 * checked before they are copied.
 */
#ifndef HR_PROBE_NETLINK_H
#define HR_PROBE_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

DEFINE_CLEANUP(mnl_socket, struct mnl_socket *, mnl_socket_close)

/* Attributes by type; unknown types are ignored, of repeated ones the last counts. */
struct netlink_attrs {
	const struct nlattr *by_type[64];
};

/* False when the message is shorter than its family header, or malformed behind it. */
bool netlink_attrs(const struct nlmsghdr *nlh, size_t header, struct netlink_attrs *out);
bool netlink_nested(const struct nlattr *nest, struct netlink_attrs *out);

/* False when the attribute is there with another size than asked for. *out is untouched when it is absent. */
bool netlink_bytes(const struct nlattr *attr, void *out, size_t size);

/* False when the text does not fit. *out is untouched when it is absent. */
bool netlink_string(const struct nlattr *attr, char *out, size_t size);

/* Sets errno to EBADMSG; for `return netlink_bad_message();` in a libmnl callback. */
int netlink_bad_message(void);

/* A bound socket of NETLINK_ROUTE, NETLINK_NETFILTER, ... The caller closes it. 0 or a negative errno. */
int netlink_open(int bus, struct mnl_socket **out);

/*
 * Sends a dump request of this type whose family header is `size` bytes, and gives every reply to fn. 0 or a
 * negative errno: fn's, or the kernel's (-EINTR: what was dumped changed meanwhile).
 */
int netlink_dump(struct mnl_socket *nl, uint16_t type, const void *header, size_t size, mnl_cb_t fn,
		 void *data);

#endif
