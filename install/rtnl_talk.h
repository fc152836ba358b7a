/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the rtnl_*.c files speak to the kernel: one request, its replies, its acknowledgement. Private to
 * them; everybody else uses install/rtnl.h.
 */
#ifndef HR_INSTALL_RTNL_TALK_H
#define HR_INSTALL_RTNL_TALK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "install/rtnl.h"

/*
 * Starts a message in the socket's buffer: header, then `size` zeroed bytes of family header, *body. Room for
 * all attributes that any request here has.
 */
struct nlmsghdr *rtnl_request(struct rtnl *nl, uint16_t type, uint16_t flags, size_t size,
			      void **body);

/* Takes one reply whose payload has at least the family header. 0, or a negative errno that is kept. */
typedef int (*rtnl_reply_fn)(const struct nlmsghdr *reply, void *ctx);

/*
 * Sends the request that was started last and reads until its acknowledgement or, for a dump, its end.
 * Replies of `reply_type` with a payload of `reply_size` bytes or more go to fn, all of them even after fn
 * failed; shorter ones are -EBADMSG. Returns the first error, the kernel's or fn's, or -EINTR when what was
 * dumped changed meanwhile, or 0. A request that is no dump must carry NLM_F_ACK.
 */
int rtnl_talk(struct rtnl *nl, struct nlmsghdr *request, uint16_t reply_type, size_t reply_size,
	      rtnl_reply_fn fn, void *ctx);

/* A request that is answered by its acknowledgement alone. */
int rtnl_command(struct rtnl *nl, struct nlmsghdr *request);

/*
 * Attribute readers: true, and *out written, when the payload is exactly of that size (string: terminated
 * and shorter than size).
 */
bool rtnl_attr_u32(const struct nlattr *attr, uint32_t *out);
bool rtnl_attr_u16(const struct nlattr *attr, uint16_t *out);
bool rtnl_attr_string(const struct nlattr *attr, char *out, size_t size);

/* A growing array of equal elements that a dump fills. */
struct rtnl_array {
	char *items; /* owned */
	size_t count, room;
	size_t size; /* bytes of an element; set by the owner */
};

/* Appends a copy. 0 or -ENOMEM. */
int rtnl_array_add(struct rtnl_array *array, const void *item);

/* A dump function: fills an empty array with one request. */
typedef int (*rtnl_dump_fn)(struct rtnl *nl, const void *ctx, struct rtnl_array *array);

/* Runs a dump until it is consistent, a few times at most, and hands over the elements. */
int rtnl_dump(struct rtnl *nl, rtnl_dump_fn dump, const void *ctx, size_t size, void **items,
	      size_t *count);

#endif
