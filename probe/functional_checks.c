// SPDX-License-Identifier: BSD-2-Clause
/*
 * Attach, send, see what arrives. A plain redirect is the control of all deliveries: where that does not
 * deliver either, the stage is at fault and nothing is a no.
 */
#include "probe/functional_checks.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/bpf_uapi.h"
#include "probe/features.h"
#include "probe/functional_net.h"
#include "probe/functional_prog.h"

#define LOOPBACK 1 /* its ifindex in every namespace */
#define SEGMENT_SIZE 500
#define SEGMENTS 4
#define ATTEMPTS 3
#define WAIT_MS 15 /* for what will not come; what comes is there in less than one */
#define FIB_SKIP_NEIGH (1u << 2) /* enum of <linux/bpf.h>, 6.1 to 6.10 */
#define FIB_TBID (1u << 3)
#define FIB_SRC (1u << 4)
#define FIB_MARK (1u << 5)
#define ROOM_ENCAP_L2_ETH (1ULL << 6)
#define ROOM_DECAP_L3_IPV4 (1ULL << 7)

static struct answer found(enum tri value, int err, const char *note)
{
	struct answer a = { .value = value,
			    .source = SOURCE_FUNCTIONAL,
			    .err = err < 0 ? -err : err };

	snprintf(a.note, sizeof(a.note), "%s", note);
	return a;
}

static struct answer not_tried(int err, const char *what)
{
	struct answer a = found(ANSWER_UNKNOWN, err, "");

	snprintf(a.note, sizeof(a.note), "%s: %s", what, errno_text(err));
	return a;
}

/* Puts a program at a device's tc ingress, in the place of the one before. prog_fd may be an errno. */
static int attach(unsigned int ifindex, int prog_fd)
{
	_cleanup_close_ int fd = prog_fd;
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1, .prog_fd = fd,
		    .flags = BPF_TC_F_REPLACE);
	int err;

	if (fd < 0)
		return fd;
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		return err;
	return bpf_tc_attach(&hook, &opts);
}

/*
 * How many datagrams of SEGMENT_SIZE arrive when `count` are sent in one call; or a negative errno. What is
 * late from a call before is not counted.
 */
static int deliver(const struct stage *stage, int count)
{
	const struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
	const int segment = count > 1 ? SEGMENT_SIZE : 0;
	static unsigned char token;
	char data[SEGMENT_SIZE * SEGMENTS];
	int arrived = 0;

	memset(data, ++token, sizeof(data));
	if (setsockopt(stage->receiver, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(stage->sender, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)) < 0 ||
	    send(stage->sender, data, (size_t)count * SEGMENT_SIZE, 0) < 0)
		return -errno;
	while (arrived < count && recv(stage->receiver, data, sizeof(data), 0) == SEGMENT_SIZE)
		arrived += (unsigned char)data[0] == token;
	return arrived;
}

/* One lost datagram is no proof of anything on a busy machine; the same loss several times is. */
static struct answer delivery(const struct stage *stage, int count)
{
	int arrived = 0;
	struct answer a;

	for (int i = 0; i < ATTEMPTS && arrived >= 0 && arrived < count; i++)
		arrived = deliver(stage, count);
	if (arrived < 0)
		return not_tried(arrived, "send");
	if (arrived == count)
		return found(ANSWER_YES, 0, "");
	a = found(ANSWER_NO, 0, "");
	snprintf(a.note, sizeof(a.note), "%d of %d datagrams arrived, in each of %d attempts",
		 arrived, count, ATTEMPTS);
	return a;
}

/* At `entry`; the answer is whether `count` segments of one send arrive. */
static struct answer delivery_by(const struct stage *stage, int prog_fd, int count)
{
	int err = attach(stage->entry, prog_fd);

	return err ? not_tried(err, "load and attach") : delivery(stage, count);
}

static void check_tunnel(const struct stage *stage, struct functional *out)
{
	struct answer *pushed = &out->items[FUNCTIONAL_VXLAN_PUSH_POP];
	struct answer *gso = &out->items[FUNCTIONAL_UDP_GSO];
	struct answer control = delivery_by(stage, program_redirect_peer(stage->pod0), SEGMENTS);
	int err = attach(stage->wire1, program_vxlan_pop(stage->pod0));

	*pushed = err ? not_tried(err, "load and attach")
		      : delivery_by(stage, program_vxlan_push(stage->wire0), 1);
	if (pushed->value != ANSWER_YES)
		*gso = found(ANSWER_UNKNOWN, 0, "not even a single datagram arrives");
	else if (control.value != ANSWER_YES)
		*gso = found(ANSWER_UNKNOWN, 0, "nor does one without a tunnel arrive");
	else
		*gso = delivery(stage, SEGMENTS);
}

static void check_deliveries(const struct stage *stage, struct functional *out)
{
	struct answer control = delivery_by(stage, program_redirect(stage->pod0), 1);

	if (control.value != ANSWER_YES) {
		if (control.value == ANSWER_NO)
			control = found(ANSWER_UNKNOWN, 0,
					"control failed: a plain redirect delivers nothing");
		for (enum functional_id id = 0; id <= FUNCTIONAL_UDP_GSO; id++)
			out->items[id] = control;
		return;
	}
	out->items[FUNCTIONAL_REDIRECT_PEER] =
		delivery_by(stage, program_redirect_peer(stage->pod0), 1);
	out->items[FUNCTIONAL_REDIRECT_NEIGH] =
		delivery_by(stage, program_redirect_neigh(stage->pod0, htonl(STAGE_POD_IP)), 1);
	check_tunnel(stage, out);
}

/* Flags are refused with EINVAL, which without them is not the answer: then the flag is not known. */
static struct answer flag_answer(int err, int with, int without)
{
	if (err)
		return not_tried(err, "run a program");
	if (without == -EINVAL)
		return found(ANSWER_UNKNOWN, EINVAL,
			     "control failed: refused without the flag too");
	return with == -EINVAL ? found(ANSWER_NO, EINVAL, "") : found(ANSWER_YES, 0, "");
}

static struct answer room_flag(int len, uint64_t base, uint64_t flag)
{
	int with = 0, without = 0;
	int err = run_adjust_room(len, base, &without) ?: run_adjust_room(len, base | flag, &with);

	return flag_answer(err, with, without);
}

static struct answer fib_flag(uint32_t flag)
{
	int with = 0, without = 0;
	int err = run_fib_lookup(0, &without) ?: run_fib_lookup(flag, &with);

	return flag_answer(err, with, without);
}

static struct answer tcx_link(void)
{
	_cleanup_close_ int prog = program_pass();
	_cleanup_close_ int link =
		prog < 0 ? prog : kernel_live.link_create(prog, LOOPBACK, BPF_TCX_INGRESS);

	if (link >= 0)
		return found(ANSWER_YES, 0, "");
	return prog >= 0 && link == -EINVAL ? found(ANSWER_NO, EINVAL, "")
					    : not_tried(link, "load and link");
}

static void check_calls(struct functional *out)
{
	out->items[FUNCTIONAL_ENCAP_L2_ETH] = room_flag(50, PUSH_FLAGS, ROOM_ENCAP_L2_ETH);
	out->items[FUNCTIONAL_DECAP_L3] =
		room_flag(-20, BPF_F_ADJ_ROOM_FIXED_GSO, ROOM_DECAP_L3_IPV4);
	out->items[FUNCTIONAL_FIB_SKIP_NEIGH] = fib_flag(FIB_SKIP_NEIGH);
	out->items[FUNCTIONAL_FIB_TBID] = fib_flag(FIB_TBID);
	out->items[FUNCTIONAL_FIB_SRC] = fib_flag(FIB_SRC);
	out->items[FUNCTIONAL_FIB_MARK] = fib_flag(FIB_MARK);
	out->items[FUNCTIONAL_TCX_LINK] = tcx_link();
}

void functional_checks(struct functional *out)
{
	struct stage stage;
	const char *failed;
	int err;

	libbpf_set_print(NULL);
	kernel_live.prepare();
	err = stage_open(&stage, &failed);
	if (err)
		for (enum functional_id id = 0; id < FUNCTIONAL__COUNT; id++)
			out->items[id] = not_tried(err, failed);
	else
		check_deliveries(&stage, out);
	/* In whichever new namespace: only without one would a link or a run touch the caller's. */
	if (!err || stage.node_ns >= 0)
		check_calls(out);
	stage_close(&stage);
}
