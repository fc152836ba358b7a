// SPDX-License-Identifier: BSD-2-Clause
/* What the programs tell a listener of each packet, what they merge, and that they tell nobody else anything. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "install/event.h"
#include "tests/bpf/fixture.h"
#include "tests/bpf/harness.h"
#include "tests/bpf/packet_l4.h"

#define TUNNEL_PORT 8472

static struct datapath plain, merged;
static unsigned int lxc1, lxc2;

/* Events as they came. */
static struct {
	struct event list[64];
	size_t count;
} got;

static int map_of(const struct datapath *dp, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(dp->object, name);

	assert_true(fd >= 0);
	return fd;
}

static void listen_to(const struct datapath *dp, uint32_t listens)
{
	const struct hr_monitor value = { .listens = listens };

	assert_int_equal(bpf_map_update_elem(map_of(dp, "hr_monitor"), &(uint32_t){ 0 }, &value,
					     BPF_ANY),
			 0);
}

static int take(void *ctx, void *data, size_t len)
{
	(void)ctx;
	assert_true(got.count < ARRAY_SIZE(got.list));
	assert_int_equal(event_decode(data, len,
				      (struct event_tunnel){ EVENT_ENCAP_VXLAN, TUNNEL_PORT },
				      &got.list[got.count]),
			 0);
	got.count++;
	return 0;
}

/* Reads what has come since the last call. */
static size_t collect(const struct datapath *dp)
{
	struct ring_buffer *ring = ring_buffer__new(map_of(dp, "hr_events"), take, NULL, NULL);

	assert_non_null(ring);
	got.count = 0;
	assert_true(ring_buffer__consume(ring) >= 0);
	ring_buffer__free(ring);
	return got.count;
}

static uint64_t lost(const struct datapath *dp)
{
	uint64_t values[1024] = { 0 }, sum = 0;

	assert_true(libbpf_num_possible_cpus() <= (int)ARRAY_SIZE(values));
	assert_int_equal(
		bpf_map_lookup_elem(map_of(dp, "hr_events_lost"), &(uint32_t){ 0 }, values), 0);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		sum += values[i];
	return sum;
}

/* Sends without looking at more than the action: expect_verdict() of the other tests does that. */
static int send_packet(const struct datapath *dp, const struct packet *p)
{
	struct __sk_buff ctx = { .ifindex = lxc1 };
	static uint8_t out[PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p->data, .data_size_in = (uint32_t)p->len,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	assert_int_equal(bpf_prog_test_run_opts(dp->prog_fd, &opts), 0);
	return (int)opts.retval;
}

static struct packet tcp(const char *src, const char *dst, uint16_t sport, uint8_t flags)
{
	struct packet p;

	packet_l4(&p, &(struct l4_spec){ .src = src,
					 .dst = dst,
					 .sport = sport,
					 .dport = 80,
					 .protocol = IPPROTO_TCP,
					 .tcp_flags = flags,
					 .payload = 100 });
	packet_set_macs(&p, POD_A_NODE_MAC, NULL);
	return p;
}

static struct packet to_b(uint16_t sport, uint8_t flags)
{
	return tcp(POD_A_IP, POD_B_IP, sport, flags);
}

static void nothing_is_told_when_nobody_listens(void **state)
{
	struct packet p = to_b(1000, SYN);

	(void)state;
	listen_to(&plain, 0);
	send_packet(&plain, &p);
	assert_int_equal(collect(&plain), 0);
	listen_to(&plain, 1);
	send_packet(&plain, &p);
	assert_int_equal(collect(&plain), 1);
}

static void a_delivery_is_a_trace_with_identities_addresses_and_flags(void **state)
{
	struct packet p = to_b(1001, SYN | ACK);
	const struct event *e = &got.list[0];

	(void)state;
	send_packet(&plain, &p);
	assert_int_equal(collect(&plain), 1);
	assert_int_equal(e->head.type, HR_EVENT_TRACE);
	assert_int_equal(e->head.hook, HOOK_FROM_CONTAINER);
	assert_int_equal(e->head.reason, REASON_TO_POD_PEER);
	assert_int_equal(e->head.ifindex, lxc1);
	assert_int_equal(e->head.source, POD_A_IDENTITY);
	assert_int_equal(e->head.destination, POD_B_IDENTITY);
	assert_int_equal(e->head.len, p.len);
	assert_int_equal(e->head.captured, 128);
	assert_int_not_equal(e->head.time, 0);
	assert_int_equal(e->packet.sport, 1001);
	assert_int_equal(e->packet.dport, 80);
	assert_int_equal(e->packet.tcp_flags, SYN | ACK);
}

static void every_drop_is_told_also_where_events_are_merged(void **state)
{
	struct packet p = tcp(POD_B_IP, OUTSIDE_IP, 1002, ACK);
	struct datapath *const both[] = { &plain, &merged };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		for (int n = 0; n < 3; n++)
			send_packet(both[i], &p);
		assert_int_equal(collect(both[i]), 3);
		assert_int_equal(got.list[2].head.type, HR_EVENT_DROP);
		assert_int_equal(got.list[2].head.reason, REASON_INVALID_SOURCE);
	}
}

static void without_merging_every_packet_is_told(void **state)
{
	struct packet p = to_b(1003, ACK);

	(void)state;
	for (int n = 0; n < 5; n++)
		send_packet(&plain, &p);
	assert_int_equal(collect(&plain), 5);
}

static void merged_a_flow_is_told_once_and_at_each_new_flag(void **state)
{
	static const struct {
		uint8_t flags;
		size_t told;
	} steps[] = {
		{ SYN, 1 }, { SYN, 0 },	      { ACK, 0 }, { RST, 0 }, /* not in the config's list */
		{ ACK, 0 }, { FIN | ACK, 1 }, { FIN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct packet p = to_b(1004, steps[i].flags);

		send_packet(&merged, &p);
		if (collect(&merged) != steps[i].told)
			fail_msg("step %zu: %zu events", i, got.count);
	}
}

static void merged_a_flow_is_told_again_after_the_interval(void **state)
{
	struct packet p = to_b(1005, ACK);

	(void)state;
	send_packet(&merged, &p);
	send_packet(&merged, &p);
	assert_int_equal(collect(&merged), 1);
	usleep(1100 * 1000);
	send_packet(&merged, &p);
	send_packet(&merged, &p);
	assert_int_equal(collect(&merged), 1);
}

static void merged_two_flows_are_told_apart(void **state)
{
	struct packet one = to_b(1006, ACK), other = to_b(1007, ACK);

	(void)state;
	send_packet(&merged, &one);
	send_packet(&merged, &other);
	assert_int_equal(collect(&merged), 2);
}

static void as_much_is_captured_as_the_config_says(void **state)
{
	struct packet p = to_b(1008, ACK);

	(void)state;
	send_packet(&merged, &p);
	assert_int_equal(collect(&merged), 1);
	assert_int_equal(got.list[0].head.captured, 90);
}

/* The header is on by the time of the event, and the flags are those behind it. */
static void in_a_tunnel_the_flow_is_the_pods(void **state)
{
	struct packet syn = tcp(POD_A_IP, REMOTE_POD_IP, 1009, SYN),
		      ack = tcp(POD_A_IP, REMOTE_POD_IP, 1009, ACK),
		      fin = tcp(POD_A_IP, REMOTE_POD_IP, 1009, FIN);
	const struct packet *const all[] = { &syn, &ack, &fin };
	size_t told = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		send_packet(&merged, all[i]);
		collect(&merged);
		for (size_t k = 0; k < got.count; k++)
			told += got.list[k].head.type == HR_EVENT_TRACE;
	}
	assert_int_equal(told, 2);
}

static void debug_events_tell_what_lookups_answered(void **state)
{
	struct packet p = tcp(POD_A_IP, REMOTE_POD_IP, 1010, ACK);

	(void)state;
	send_packet(&merged, &p);
	assert_true(collect(&merged) >= 2);
	assert_int_equal(got.list[0].head.type, HR_EVENT_DEBUG);
	assert_int_equal(got.list[0].head.reason, HR_DEBUG_REMOTE);
	assert_int_equal(got.list[0].head.values[1], 6);
	p = tcp(POD_A_IP, OUTSIDE_IP, 1010, ACK);
	send_packet(&merged, &p);
	assert_true(collect(&merged) >= 2);
	assert_int_equal(got.list[0].head.reason, HR_DEBUG_FIB);
	send_packet(&plain, &p);
	assert_int_equal(collect(&plain), 1);
}

static void a_full_ring_loses_events_and_no_packets(void **state)
{
	struct packet p = to_b(1011, ACK);
	uint64_t before = lost(&plain);

	(void)state;
	for (int n = 0; n < 8000; n++)
		assert_int_equal(send_packet(&plain, &p), 7 /* TC_ACT_REDIRECT */);
	assert_true(lost(&plain) > before);
	assert_true(lost(&plain) < before + 8000);
}

static void open_one(struct datapath *dp, enum bundle bundle)
{
	datapath_open(dp, bundle, HOOK_FROM_CONTAINER);
	datapath_add_endpoint(dp, POD_A_IP, lxc1, POD_A_IDENTITY, POD_A_MAC, POD_A_NODE_MAC);
	datapath_add_endpoint(dp, POD_B_IP, lxc2, POD_B_IDENTITY, POD_B_MAC, POD_B_NODE_MAC);
	datapath_add_prefix(dp, NODE2_PODS, NODE2_IP, 6);
	listen_to(dp, 1);
}

static int set_up(void **state)
{
	(void)state;
	lxc1 = harness_veth("lxc1", POD_A_NODE_MAC);
	lxc2 = harness_veth("lxc2", POD_B_NODE_MAC);
	open_one(&plain, BUNDLE_BPF);
	open_one(&merged, BUNDLE_EVENTS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	datapath_close(&plain);
	datapath_close(&merged);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_when_nobody_listens),
		cmocka_unit_test(a_delivery_is_a_trace_with_identities_addresses_and_flags),
		cmocka_unit_test(every_drop_is_told_also_where_events_are_merged),
		cmocka_unit_test(without_merging_every_packet_is_told),
		cmocka_unit_test(merged_a_flow_is_told_once_and_at_each_new_flag),
		cmocka_unit_test(merged_a_flow_is_told_again_after_the_interval),
		cmocka_unit_test(merged_two_flows_are_told_apart),
		cmocka_unit_test(as_much_is_captured_as_the_config_says),
		cmocka_unit_test(in_a_tunnel_the_flow_is_the_pods),
		cmocka_unit_test(debug_events_tell_what_lookups_answered),
		cmocka_unit_test(a_full_ring_loses_events_and_no_packets),
	};

	return harness_main(tests, set_up, tear_down);
}
