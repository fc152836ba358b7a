// SPDX-License-Identifier: BSD-2-Clause
/* The rtnetlink socket: sends a request, checks and hands out the replies. Knows no message type. */
#include "install/rtnl_talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

#define RECEIVE_BYTES 32768 /* the kernel fills dumps up to this, if the reader offers it */
#define REQUEST_BYTES 1024
#define DUMP_ATTEMPTS 5

struct rtnl {
	struct mnl_socket *socket;
	unsigned int portid, seq;
	/* Aligned for struct nlmsghdr. */
	char request[REQUEST_BYTES] __attribute__((aligned(8)));
	char reply[RECEIVE_BYTES] __attribute__((aligned(8)));
};

/* One exchange. */
struct talk {
	unsigned int portid, seq;
	uint16_t reply_type;
	size_t reply_size;
	rtnl_reply_fn fn;
	void *ctx;
	int err; /* first error of a reply */
	bool is_interrupted;
	bool is_done;
};

static int kernel_error(const struct nlmsghdr *msg)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(msg);

	if (mnl_nlmsg_get_payload_len(msg) < sizeof(*error))
		return -EBADMSG;
	return error->error > 0 ? -EBADMSG : error->error;
}

/* The end of a dump carries the error that cut it short. */
static int dump_end_error(const struct nlmsghdr *msg)
{
	int err = 0;

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(msg), sizeof(err));
	return err < 0 ? err : 0;
}

static int take_reply(const struct nlmsghdr *msg, const struct talk *t)
{
	if (msg->nlmsg_type != t->reply_type || !t->fn)
		return 0;
	if (mnl_nlmsg_get_payload_len(msg) < t->reply_size)
		return -EBADMSG;
	return t->fn(msg, t->ctx);
}

static void take_message(const struct nlmsghdr *msg, struct talk *t)
{
	int err;

	/* What an earlier, abandoned exchange left in the socket, or another process sent to it. */
	if (msg->nlmsg_seq != t->seq || msg->nlmsg_pid != t->portid)
		return;
	if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
		t->is_interrupted = true;
	switch (msg->nlmsg_type) {
	case NLMSG_ERROR:
		err = kernel_error(msg);
		t->is_done = true;
		break;
	case NLMSG_DONE:
		err = dump_end_error(msg);
		t->is_done = true;
		break;
	default:
		err = take_reply(msg, t);
	}
	if (!t->err)
		t->err = err;
}

static int receive(struct rtnl *nl, struct talk *t)
{
	ssize_t got = mnl_socket_recvfrom(nl->socket, nl->reply, sizeof(nl->reply));
	const struct nlmsghdr *msg = (const struct nlmsghdr *)nl->reply;
	int left;

	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	left = (int)got;
	while (!t->is_done && mnl_nlmsg_ok(msg, left)) {
		take_message(msg, t);
		msg = mnl_nlmsg_next(msg, &left);
	}
	return 0;
}

DEFINE_CLEANUP(mnl_socket, struct mnl_socket *, mnl_socket_close)

int rtnl_open(struct rtnl **out)
{
	_cleanup_(mnl_socket) struct mnl_socket *socket = NULL;
	_cleanup_free_ struct rtnl *nl = calloc(1, sizeof(*nl));
	int on = 1;

	if (!nl)
		return -ENOMEM;
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno; // cppcheck-suppress memleak ; the cleanup attribute frees nl
	/* Dumps are then filtered by the kernel. Where it cannot, the readers' own filters do. */
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	nl->portid = mnl_socket_get_portid(socket);
	nl->socket = TAKE_PTR(socket);
	*out = TAKE_PTR(nl);
	return 0;
}

void rtnl_close(struct rtnl *nl)
{
	if (!nl)
		return;
	mnl_socket_close(nl->socket);
	free(nl);
}

struct nlmsghdr *rtnl_request(struct rtnl *nl, uint16_t type, uint16_t flags, size_t size,
			      void **body)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(nl->request);

	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | flags;
	msg->nlmsg_seq = ++nl->seq;
	*body = mnl_nlmsg_put_extra_header(msg, size);
	return msg;
}

int rtnl_talk(struct rtnl *nl, struct nlmsghdr *request, uint16_t reply_type, size_t reply_size,
	      rtnl_reply_fn fn, void *ctx)
{
	struct talk t = {
		.portid = nl->portid,
		.seq = request->nlmsg_seq,
		.reply_type = reply_type,
		.reply_size = reply_size,
		.fn = fn,
		.ctx = ctx,
	};
	int err = 0;

	if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (!err && !t.is_done)
		err = receive(nl, &t);
	if (err)
		return err;
	if (t.err)
		return t.err;
	return t.is_interrupted ? -EINTR : 0;
}

int rtnl_command(struct rtnl *nl, struct nlmsghdr *request)
{
	request->nlmsg_flags |= NLM_F_ACK;
	return rtnl_talk(nl, request, NLMSG_NOOP, 0, NULL, NULL);
}

bool rtnl_attr_u32(const struct nlattr *attr, uint32_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return false;
	memcpy(out, mnl_attr_get_payload(attr), sizeof(*out));
	return true;
}

bool rtnl_attr_u16(const struct nlattr *attr, uint16_t *out)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*out))
		return false;
	memcpy(out, mnl_attr_get_payload(attr), sizeof(*out));
	return true;
}

bool rtnl_attr_string(const struct nlattr *attr, char *out, size_t size)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t max = mnl_attr_get_payload_len(attr), len = strnlen(text, max);

	if (len == max || len >= size)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

int rtnl_array_add(struct rtnl_array *array, const void *item)
{
	if (array->count == array->room) {
		size_t room = array->room ? array->room * 2 : 16;
		char *items = reallocarray(array->items, room, array->size);

		if (!items)
			return -ENOMEM;
		array->items = items;
		array->room = room;
	}
	memcpy(array->items + array->count * array->size, item, array->size);
	array->count++;
	return 0;
}

int rtnl_dump(struct rtnl *nl, rtnl_dump_fn dump, const void *ctx, size_t size, void **items,
	      size_t *count)
{
	struct rtnl_array array = { .size = size };
	int err = -EINTR;

	for (int i = 0; i < DUMP_ATTEMPTS && err == -EINTR; i++) {
		array.count = 0;
		err = dump(nl, ctx, &array);
	}
	if (err) {
		free(array.items);
		return err;
	}
	*items = array.items;
	*count = array.count;
	return 0;
}
