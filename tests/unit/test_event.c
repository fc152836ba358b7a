// SPDX-License-Identifier: BSD-2-Clause
/* install/event: records of every kind to lines, and what is refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "install/event.h"

#define PORT 8472
#define VXLAN ((struct event_tunnel){ EVENT_ENCAP_VXLAN, PORT })
#define GENEVE ((struct event_tunnel){ EVENT_ENCAP_GENEVE, PORT })

struct record {
	struct hr_event head;
	uint8_t packet[160];
};

/* Ethernet, IPv4 and the first bytes of what is in it, at `at`; how long it is. */
static size_t put_ipv4(uint8_t *at, const char *src, const char *dst, uint8_t protocol,
		       const void *l4, size_t len)
{
	memset(at, 0, 34);
	at[12] = 8;
	at[14] = 0x45;
	at[23] = protocol;
	inet_pton(AF_INET, src, at + 26);
	inet_pton(AF_INET, dst, at + 30);
	memcpy(at + 34, l4, len);
	return 34 + len;
}

static struct record record_of(enum hr_event_type type, uint8_t reason)
{
	return (struct record){ .head = { .version = HR_EVENT_VERSION,
					  .type = (uint8_t)type,
					  .hook = HOOK_FROM_CONTAINER,
					  .reason = reason,
					  .ifindex = 7,
					  .hash = 0xdeadbeef,
					  .source = 4711,
					  .destination = 4712,
					  .len = 98 } };
}

static const uint8_t syn_ack[20] = { 0x03, 0xe8, 0, 80, [12] = 0x50, [13] = 0x12 };

static struct record tcp_record(enum hr_event_type type, uint8_t reason)
{
	struct record r = record_of(type, reason);

	r.head.captured = (uint16_t)put_ipv4(r.packet, "10.233.64.93", "10.233.64.94", 6, syn_ack,
					     sizeof(syn_ack));
	return r;
}

static void expect_line_in(const struct record *r, struct event_tunnel tunnel, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	struct event event;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(event_decode(r, sizeof(r->head) + r->head.captured, tunnel, &event), 0);
	assert_int_equal(event_print_text(&event, "lxc1", out), 0);
	fclose(out);
	assert_string_equal(text, wanted);
}

static void expect_line(const struct record *r, const char *wanted)
{
	expect_line_in(r, VXLAN, wanted);
}

static void a_trace_has_an_arrow_and_the_flow(void **state)
{
	struct record r = tcp_record(HR_EVENT_TRACE, REASON_TO_POD_PEER);

	(void)state;
	expect_line(&r, "-> endpoint (to-pod-peer) flow 0xdeadbeef ifindex 7 (lxc1) from_container "
			"identity 4711->4712 length 98: 10.233.64.93:1000 -> 10.233.64.94:80 tcp "
			"SYN,ACK\n");
}

static void of_a_masqueraded_packet_it_is_said_whose_it_was(void **state)
{
	struct record r = tcp_record(HR_EVENT_TRACE, REASON_MASQUERADED);

	(void)state;
	r.head.values[0] = htonl(0x0ae9405d);
	expect_line(&r, "-> network (masqueraded) flow 0xdeadbeef ifindex 7 (lxc1) from_container "
			"identity 4711->4712 length 98 orig-ip 10.233.64.93: 10.233.64.93:1000 -> "
			"10.233.64.94:80 tcp SYN,ACK\n");
}

static void a_drop_has_its_reason(void **state)
{
	static const uint8_t echo[] = { 8, 0 };
	struct record r = record_of(HR_EVENT_DROP, REASON_INVALID_SOURCE);

	(void)state;
	r.head.captured =
		(uint16_t)put_ipv4(r.packet, "10.0.0.1", "10.0.0.2", 1, echo, sizeof(echo));
	expect_line(&r, "xx drop (invalid-source) flow 0xdeadbeef ifindex 7 (lxc1) from_container "
			"identity 4711->4712 length 98: 10.0.0.1 -> 10.0.0.2 icmp type 8 code 0\n");
}

static void a_debug_event_has_its_values_by_name(void **state)
{
	struct record r = record_of(HR_EVENT_DEBUG, HR_DEBUG_FIB);

	(void)state;
	r.head.values[0] = 7;
	r.head.values[1] = 3;
	r.head.values[2] = 1500;
	expect_line(&r,
		    "-- fib-lookup (the routing table was asked) flow 0xdeadbeef ifindex 7 (lxc1) "
		    "from_container result 7 ifindex 3 mtu 1500\n");
}

#define TOLD                                                                                \
	"-> overlay (to-overlay) flow 0xdeadbeef ifindex 7 (lxc1) from_container identity " \
	"4711->4712 length 98: "
#define INNER "10.233.64.93:1000 -> 10.233.65.7:80 tcp SYN,ACK"
#define OUTER TOLD "192.168.64.8:50000 -> 192.168.64.9:8472 udp\n"

/* A frame behind a UDP header, a tunnel's of 8 bytes, and so many bytes of options. */
static struct record tunnelled_record(const uint8_t header[8], size_t options)
{
	struct record r = record_of(HR_EVENT_TRACE, REASON_TO_OVERLAY);
	uint8_t udp[16 + 16 + 54] = { 0xc3, 0x50, PORT >> 8, PORT & 255 };
	size_t len = 16 + options;

	memcpy(udp + 8, header, 8);
	len += put_ipv4(udp + len, "10.233.64.93", "10.233.65.7", 6, syn_ack, sizeof(syn_ack));
	r.head.captured =
		(uint16_t)put_ipv4(r.packet, "192.168.64.8", "192.168.64.9", 17, udp, len);
	return r;
}

static const uint8_t vxlan[8] = { 8, [5] = 0x12, [6] = 0x67 };

static void in_a_tunnel_the_inner_flow_is_told(void **state)
{
	struct record r = tunnelled_record(vxlan, 0);

	(void)state;
	expect_line(&r, TOLD INNER " in vxlan 192.168.64.8 -> 192.168.64.9 vni 4711\n");
	expect_line_in(&r, (struct event_tunnel){ EVENT_ENCAP_VXLAN, PORT + 1 }, OUTER);
	expect_line_in(&r, (struct event_tunnel){ EVENT_ENCAP_NONE, PORT }, OUTER);
}

static const uint8_t geneve[8] = { [2] = 0x65, [3] = 0x58, [5] = 0x12, [6] = 0x67 };

static void geneve_is_a_tunnel_too_with_options_and_without(void **state)
{
	struct record r = tunnelled_record(geneve, 0);

	(void)state;
	expect_line_in(&r, GENEVE, TOLD INNER " in geneve 192.168.64.8 -> 192.168.64.9 vni 4711\n");
	r = tunnelled_record(geneve, 12);
	r.packet[42] = 3;
	expect_line_in(&r, GENEVE, TOLD INNER " in geneve 192.168.64.8 -> 192.168.64.9 vni 4711\n");
}

static void what_is_no_frame_in_geneve_stays_as_it_is(void **state)
{
	struct record r = tunnelled_record(geneve, 0);

	(void)state;
	r.packet[42] = 0x40; /* another version */
	expect_line_in(&r, GENEVE, OUTER);
	r = tunnelled_record(geneve, 0);
	r.packet[44] = 8; /* IPv4 without Ethernet */
	r.packet[45] = 0;
	expect_line_in(&r, GENEVE, OUTER);
	r = tunnelled_record(geneve, 12);
	r.packet[42] = 3;
	r.head.captured = 42 + 8 + 8; /* within the options */
	expect_line_in(&r, GENEVE, OUTER);
	r = tunnelled_record(geneve, 0);
	r.head.captured = 42 + 7;
	expect_line_in(&r, GENEVE, OUTER);
}

static void as_json_the_outer_header_is_an_object(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct record r = tunnelled_record(geneve, 0);
	struct event event;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(event_decode(&r, sizeof(r), GENEVE, &event), 0);
	assert_int_equal(event_print_json(&event, NULL, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "\"packet\":{\"source\":\"10.233.64.93\","));
	assert_non_null(strstr(text, "\"tunnel\":{\"source\":\"192.168.64.8\",\"destination\":"
				     "\"192.168.64.9\",\"protocol\":\"geneve\",\"vni\":4711}}"));
}

static void what_was_not_captured_is_not_made_up(void **state)
{
	struct record r = tcp_record(HR_EVENT_TRACE, REASON_TO_STACK);
	struct event event;

	(void)state;
	r.head.captured = 34 + 13; /* up to the flags */
	assert_int_equal(event_decode(&r, sizeof(r), VXLAN, &event), 0);
	assert_true(event.packet.is_ipv4);
	assert_false(event.packet.has_l4);
	r.head.captured = 33;
	assert_int_equal(event_decode(&r, sizeof(r), VXLAN, &event), 0);
	assert_false(event.packet.is_ipv4);
}

static void a_later_fragment_has_no_ports(void **state)
{
	struct record r = tcp_record(HR_EVENT_TRACE, REASON_TO_STACK);
	struct event event;

	(void)state;
	r.packet[21] = 1;
	assert_int_equal(event_decode(&r, sizeof(r), VXLAN, &event), 0);
	assert_true(event.packet.is_ipv4);
	assert_false(event.packet.has_l4);
}

static void what_is_no_event_of_this_version_is_refused(void **state)
{
	const struct record good = tcp_record(HR_EVENT_DROP, REASON_INVALID);
	struct record bad[6] = { good, good, good, good, good, good };
	struct event event;

	(void)state;
	bad[0].head.version++;
	bad[1].head.type = HR_EVENT__COUNT;
	bad[2].head.hook = HOOK__COUNT;
	bad[3].head.reason = REASON__COUNT;
	bad[4].head.captured = sizeof(good.packet) + 1;
	bad[5].head.type = HR_EVENT_DEBUG;
	bad[5].head.reason = HR_DEBUG__COUNT;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(event_decode(&bad[i], sizeof(bad[i]), VXLAN, &event), -EBADMSG);
	assert_int_equal(event_decode(&good, sizeof(good.head) - 1, VXLAN, &event), -EBADMSG);
}

static void json_is_one_line_with_null_for_what_is_not_known(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct record r = record_of(HR_EVENT_TRACE, REASON_ARP_REPLY);
	struct event event;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(event_decode(&r, sizeof(r.head), VXLAN, &event), 0);
	assert_int_equal(event_print_json(&event, NULL, out), 0);
	fclose(out);
	assert_string_equal(
		text,
		"{\"schema\":\"hostroute.event/1\",\"time_ns\":0,\"type\":\"trace\",\"program\":"
		"\"from_container\",\"direction\":\"egress\",\"reason\":\"arp-reply\",\"ifindex\":"
		"7,"
		"\"interface\":null,\"hash\":\"0xdeadbeef\",\"source_identity\":4711,"
		"\"destination_identity\":4712,\"original_source\":null,\"length\":98,\"captured\":"
		"0,\"packet\":null,"
		"\"tunnel\":null}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_has_an_arrow_and_the_flow),
		cmocka_unit_test(of_a_masqueraded_packet_it_is_said_whose_it_was),
		cmocka_unit_test(a_drop_has_its_reason),
		cmocka_unit_test(a_debug_event_has_its_values_by_name),
		cmocka_unit_test(in_a_tunnel_the_inner_flow_is_told),
		cmocka_unit_test(geneve_is_a_tunnel_too_with_options_and_without),
		cmocka_unit_test(what_is_no_frame_in_geneve_stays_as_it_is),
		cmocka_unit_test(as_json_the_outer_header_is_an_object),
		cmocka_unit_test(what_was_not_captured_is_not_made_up),
		cmocka_unit_test(a_later_fragment_has_no_ports),
		cmocka_unit_test(what_is_no_event_of_this_version_is_refused),
		cmocka_unit_test(json_is_one_line_with_null_for_what_is_not_known),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
