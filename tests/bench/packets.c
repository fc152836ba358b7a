// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cost of the datapath's programs per packet, as a multiple of a control program in the same rounds, both net
 * of an empty program. BPF_PROG_TEST_RUN gives the mean of a batch; a round is one batch of each program,
 * one after the other, so that what disturbs the machine disturbs all. Prints "case<TAB>multiple<TAB>ns" per round.
 * What redirecting costs after the program has ended is not in it.
 *
 * A batch is one packet. One that gets headers, or loses them, is restored before each run. What the kernel takes to
 * change its length is counted as half of what there and back cost. bundles/bpf and masq-bpf are to make
 * room without marking the packet as encapsulated: no helper takes that mark off, and a marked one gets no more room.
 *
 * Then the same with cold caches, as "cold case": every batch is one packet, before which a buffer larger than the
 * last level of cache is written. Programs, maps and the kernel's code for helpers come from memory then; the packet
 * itself does not, as test_run has just made it.
 */
#include <arpa/inet.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "tests/bench/frame.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/packet_l4.h"
#include "tests/bpf/vxlan.h"

#define ROUNDS 300
/* The packet is the same one in a batch, and loses a hop each time. */
#define BATCH 200
#define COLD_ROUNDS 80
#define CACHE_LINE 64
#define FIRST_TTL 250

struct bench_case {
	const char *name;
	enum hr_hook hook;
	enum {
		AS_IT_IS,
		TUNNELLED, /* has come out of a VXLAN device */
		RESTORED, /* before each run, because the program leaves a packet of another flow */
	} before;
	const char *src, *dst;
	enum bundle bundle;
	int action;
	int grows; /* the packet, by so many bytes */
	uint16_t sport; /* 0: the packet's L4 header is of no interest */
	uint8_t protocol;
	struct datapath dp;
	struct packet packet;
	unsigned int ifindex;
	double room; /* ns of the last run that made it or took it away */
};

/* With masquerading in BPF, and "plain" the same without it, for what it costs those who do not use it. */
#define ROUTED(name, mode, grows, ...)                                            \
	{ name, __VA_ARGS__, BUNDLE_MASQ_##mode, TC_ACT_REDIRECT, grows },        \
	{                                                                         \
		"plain " name, __VA_ARGS__, BUNDLE_##mode, TC_ACT_REDIRECT, grows \
	}

/* A flow that is masqueraded, and its answers. */
#define REMOTE_PORT 443
#define KEPT_PORT 40000 /* of those that a flow may get */
#define CHANGED_PORT 1024
#define MASQUERADED(name, sport, protocol)                                         \
	{ "masquerade, " name, HOOK_TO_NETDEV, RESTORED, POD_A_IP, OUTSIDE_IP,     \
	  BUNDLE_MASQ_BPF,     TC_ACT_OK,      0,	 sport,	   protocol },     \
	{                                                                          \
		"answer, " name, HOOK_FROM_NETDEV, RESTORED, POD_A_IP, OUTSIDE_IP, \
			BUNDLE_MASQ_BPF, TC_ACT_REDIRECT, 0, sport, protocol       \
	}

static struct bench_case cases[] = {
	ROUTED("container to local pod", BPF, 0, HOOK_FROM_CONTAINER, AS_IT_IS, POD_A_IP, POD_B_IP),
	ROUTED("container to remote pod", BPF, VXLAN_ROOM, HOOK_FROM_CONTAINER, RESTORED, POD_A_IP,
	       REMOTE_POD_IP),
	{ "container to remote pod, by device", HOOK_FROM_CONTAINER, AS_IT_IS, POD_A_IP,
	  REMOTE_POD_IP, BUNDLE_DEVICE, TC_ACT_REDIRECT },
	ROUTED("NIC to pod", NATIVE, 0, HOOK_FROM_NETDEV, AS_IT_IS, REMOTE_POD_IP, POD_A_IP),
	ROUTED("NIC to pod, from outside", BPF, 0, HOOK_FROM_NETDEV, AS_IT_IS, OUTSIDE_IP,
	       POD_A_IP),
	ROUTED("NIC to pod, VXLAN", BPF, -VXLAN_ROOM, HOOK_FROM_NETDEV, RESTORED, REMOTE_POD_IP,
	       POD_A_IP),
	ROUTED("overlay to pod", BPF, 0, HOOK_FROM_OVERLAY, TUNNELLED, REMOTE_POD_IP, POD_A_IP),
	{ "masquerade, established", HOOK_TO_NETDEV, RESTORED, POD_A_IP, OUTSIDE_IP,
	  BUNDLE_MASQ_BPF, TC_ACT_OK },
	MASQUERADED("UDP, port kept", KEPT_PORT, IPPROTO_UDP),
	MASQUERADED("TCP, port kept", KEPT_PORT, IPPROTO_TCP),
	MASQUERADED("TCP, port changed", CHANGED_PORT, IPPROTO_TCP),
};

/* The programs of control.bpf.c. */
static struct {
	struct bpf_object *object;
	int empty, control, grown, shrunk, tunnelled, restored, calls, frames;
} bench;

static unsigned int lxc1, lxc2, nic;
static unsigned int batch = 1;

/* Written before each run; none while caches are to be warm. */
static struct {
	uint8_t *data;
	size_t len;
} eviction;

static void evict(void)
{
	for (size_t i = 0; i < eviction.len; i += CACHE_LINE)
		eviction.data[i]++;
}

/* Twice the last level's size, in which a virtual machine has only a part. */
static void eviction_open(void)
{
	long size = sysconf(_SC_LEVEL3_CACHE_SIZE);

	eviction.len = 2 * (size_t)(size > 0 ? size : 32 << 20);
	eviction.data = calloc(1, eviction.len);
	assert_non_null(eviction.data);
}

static int program_fd(const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(bench.object, name));
}

static void bench_open(const char *path)
{
	struct hr_endpoint pod = { .ifindex = lxc2 };
	struct bpf_map *rodata;
	uint32_t ip;

	bench.object = bpf_object__open_file(path, NULL);
	assert_non_null(bench.object);
	rodata = bpf_object__find_map_by_name(bench.object, ".rodata");
	assert_non_null(rodata);
	assert_int_equal(parse_ipv4(NODE2_IP, &ip), 0);
	ip = ntohl(ip);
	assert_int_equal(bpf_map__set_initial_value(rodata, &ip, sizeof(ip)), 0);
	assert_int_equal(bpf_object__load(bench.object), 0);
	bench.empty = program_fd("empty");
	bench.control = program_fd("control");
	bench.grown = program_fd("grown");
	bench.shrunk = program_fd("shrunk");
	bench.tunnelled = program_fd("tunnelled");
	bench.restored = program_fd("restored");
	bench.frames = bpf_object__find_map_fd_by_name(bench.object, "bench_frames");
	bench.calls = bpf_object__find_map_fd_by_name(bench.object, "bench_calls");
	assert_int_equal(parse_ipv4(POD_B_IP, &ip), 0);
	assert_int_equal(
		bpf_map_update_elem(bpf_object__find_map_fd_by_name(bench.object, "bench_pods"),
				    &ip, &pod, BPF_ANY),
		0);
}

static double now_ns(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/*
 * Mean nanoseconds of one run. The last one must have done with the packet what is said. Of a batch the kernel tells
 * whole nanoseconds, and the control program takes less than ten.
 */
static double run(int fd, const struct bench_case *c, int action, int grows)
{
	struct __sk_buff ctx = { .ifindex = c->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = c->packet.data,
		    .data_size_in = (uint32_t)c->packet.len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)batch);
	double begin, end;

	evict();
	begin = now_ns();
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	end = now_ns();
	assert_int_equal((int)opts.retval, action);
	assert_int_equal((int)opts.data_size_out, (int)c->packet.len + grows);
	return batch == 1 ? opts.duration : (end - begin) / batch;
}

static void case_packet(struct bench_case *c)
{
	if (c->sport)
		packet_l4(&c->packet, &(struct l4_spec){ .src = c->src,
							 .dst = c->dst,
							 .sport = c->sport,
							 .dport = REMOTE_PORT,
							 .protocol = c->protocol,
							 .payload = 44 });
	else
		packet_ipv4(&c->packet,
			    &(struct ipv4_spec){ .src = c->src, .dst = c->dst, .payload = 64 });
}

/* The packet becomes the one that another node wraps it in. */
static void case_wrap(struct bench_case *c)
{
	struct packet inner = c->packet;

	packet_vxlan(&c->packet, &(struct vxlan_spec){ .src = NODE2_IP,
						       .dst = NODE_IP,
						       .sport = 50000,
						       .vni = POD_B_IDENTITY,
						       .inner = &inner });
}

/* The packet becomes the answer to what leaves when it is sent. */
static void case_answer(struct bench_case *c)
{
	struct hr_nat_key key = { 0 };
	int flows = datapath_map(&c->dp, "hr_nat4");
	struct l4_spec answer = { .src = OUTSIDE_IP,
				  .dst = NODE_IP,
				  .sport = REMOTE_PORT,
				  .protocol = c->protocol,
				  .payload = 44 };
	struct datapath out;

	datapath_share(&c->dp, HOOK_TO_NETDEV, &out);
	run(out.prog_fd, c, TC_ACT_OK, 0);
	while (key.direction != HR_NAT_INGRESS)
		assert_int_equal(bpf_map_get_next_key(flows, &key, &key), 0);
	answer.dport = ntohs(key.dport);
	packet_l4(&c->packet, &answer);
	datapath_close(&out);
}

static void case_open(struct bench_case *c)
{
	struct hr_device device = { 0 };

	c->ifindex = c->hook == HOOK_FROM_CONTAINER ? lxc1 : nic;
	datapath_open(&c->dp, c->bundle, c->hook);
	datapath_add_endpoint(&c->dp, NODE_IP, 0, HR_ID_HOST, NIC_MAC, NIC_MAC);
	datapath_add_endpoint(&c->dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(&c->dp, POD_B_IP, lxc2, POD_B_IDENTITY, POD_B_MAC, POD_B_NODE_MAC);
	if (datapath_has_map(&c->dp, "hr_ipcache4"))
		datapath_add_neighbour(&c->dp, NODE2_PODS, NODE2_IP, nic);
	if (datapath_has_map(&c->dp, "hr_nodes4"))
		datapath_add_node(&c->dp, NODE2_IP);
	if (datapath_has_map(&c->dp, "hr_devices4")) {
		assert_int_equal(parse_ipv4(NODE_IP, &device.masquerade), 0);
		assert_int_equal(bpf_map_update_elem(datapath_map(&c->dp, "hr_devices4"), &nic,
						     &device, BPF_ANY),
				 0);
	}
	case_packet(c);
	if (c->grows < 0)
		case_wrap(c);
	if (c->sport && c->hook == HOOK_FROM_NETDEV)
		case_answer(c);
	packet_set_macs(&c->packet, c->hook == HOOK_FROM_CONTAINER ? POD_A_NODE_MAC : NIC_MAC,
			POD_A_MAC);
	packet_set_ttl(&c->packet, FIRST_TTL);
}

/* The same behind another program. */
static double run_behind(int first, int fd, const struct bench_case *c, int action, int grows)
{
	assert_int_equal(bpf_map_update_elem(bench.calls, &(uint32_t){ 0 }, &fd, BPF_ANY), 0);
	return run(first, c, action, grows);
}

static void case_restore(const struct bench_case *c)
{
	struct bench_frame frame = { .len = (uint32_t)c->packet.len };

	memcpy(frame.headers, c->packet.data + PACKET_ETH, sizeof(frame.headers));
	assert_int_equal(bpf_map_update_elem(bench.frames, &(uint32_t){ 0 }, &frame, BPF_ANY), 0);
}

/* What the kernel takes to change the length; in a batch that includes changing it back. */
static double run_resizing(const struct bench_case *c, double empty)
{
	int fd = c->grows > 0 ? bench.grown : bench.shrunk;

	return run_behind(bench.restored, fd, c, TC_ACT_OK, c->grows) - empty;
}

static double run_case(struct bench_case *c)
{
	int first = c->before == TUNNELLED ? bench.tunnelled : bench.restored;
	double empty, cost;

	if (c->before == AS_IT_IS)
		return run(c->dp.prog_fd, c, c->action, 0) - run(bench.empty, c, TC_ACT_OK, 0);
	case_restore(c);
	empty = run_behind(first, bench.empty, c, TC_ACT_OK, 0);
	cost = run_behind(first, c->dp.prog_fd, c, c->action, c->grows) - empty;
	if (!c->grows)
		return cost;
	c->room = run_resizing(c, empty);
	if (batch == 1)
		return cost;
	c->room /= 2;
	return cost - c->room;
}

static void print_cost(const char *prefix, const char *name, double cost, double control)
{
	if (control > 0)
		printf("%s%s\t%.3f\t%.1f\n", prefix, name, cost / control, cost);
}

static void run_round(const char *prefix, bool is_counted)
{
	const struct bench_case *local = &cases[0];
	double control = run(bench.control, local, TC_ACT_REDIRECT, 0) -
			 run(bench.empty, local, TC_ACT_OK, 0);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double cost = run_case(&cases[i]);

		if (!is_counted)
			continue;
		print_cost(prefix, cases[i].name, cost, control);
		if (cases[i].grows < 0)
			print_cost(prefix, "VXLAN's room", cases[i].room, control);
	}
	if (is_counted)
		print_cost(prefix, "control", control, control);
}

static void run_rounds(void)
{
	batch = BATCH;
	for (int i = -20; i < ROUNDS; i++)
		run_round("", i >= 0);
	eviction_open();
	batch = 1;
	for (int i = -2; i < COLD_ROUNDS; i++)
		run_round("cold ", i >= 0);
	free(eviction.data);
}

/* What its action alone would not tell from a packet that passes as it is. */
static void case_close(struct bench_case *c)
{
	struct hr_nat_key key;

	if (c->hook == HOOK_TO_NETDEV)
		assert_int_equal(bpf_map_get_next_key(datapath_map(&c->dp, "hr_nat4"), NULL, &key),
				 0);
	datapath_close(&c->dp);
}

int main(int argc, char **argv)
{
	int status;

	if (argc != 2 || !harness_enter(&status)) {
		fprintf(stderr, "usage: %s control.bpf.o, with the harness's environment\n",
			argv[0]);
		return 2;
	}
	/* Outside of a cmocka test a failed assertion is silent otherwise. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	lxc2 = harness_veth("lxc2", POD_B_NODE_MAC);
	nic = harness_veth("nic", NIC_MAC);
	bench_open(argv[1]);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_open(&cases[i]);
	run_rounds();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_close(&cases[i]);
	bpf_object__close(bench.object);
	return 0;
}
