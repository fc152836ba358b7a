// SPDX-License-Identifier: BSD-2-Clause
/* "Nobody listens", of a service without backends: ICMP as RFC 792 and RFC 1812 section 4.3 have it. */
#include <arpa/inet.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "tests/bpf/services.h"

#define VIP "198.51.100.80"
#define TCP_LEN 20
#define UDP_LEN 8
#define IP_LEN 20
#define CLIENT_MAC "02:00:00:00:00:fe"

static struct nat_node services_legacy;
static struct nat_node *const nodes[] = { &vxlan, &legacy, &native, &services_legacy };

static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };

static struct l4_spec request_of(uint8_t protocol)
{
	return (struct l4_spec){ .protocol = protocol,
				 .src = OUTSIDE_IP,
				 .dst = VIP,
				 .sport = 40000,
				 .dport = 80,
				 .tcp_flags = SYN,
				 .payload = 11 };
}

static size_t l4_len(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? TCP_LEN : UDP_LEN;
}

static size_t check_offset(uint8_t protocol)
{
	return PACKET_ETH + IP_LEN + (protocol == IPPROTO_TCP ? 16u : 6u);
}

static void without_backends(const struct nat_node *node, uint8_t protocol)
{
	service_set(node, &(struct test_frontend){ .ip = VIP, .port = 80, .protocol = protocol },
		    NULL, 0);
}

static struct packet arriving(const struct l4_spec *request)
{
	struct packet p;

	packet_l4(&p, request);
	packet_set_macs(&p, NIC_MAC, CLIENT_MAC);
	return p;
}

/* As it goes back to who sent `about`, in an IP packet that a router writes. */
static struct packet refusal_of(const struct packet *about)
{
	struct packet p;

	packet_icmp_error(&p, &(struct icmp_error_spec){
				      .src = VIP,
				      .dst = OUTSIDE_IP,
				      .type = ICMP_TYPE_UNREACHABLE,
				      .code = 3,
				      .about = about,
				      .quoted = IP_LEN + l4_len(about->data[PACKET_ETH + 9]) });
	packet_set_macs(&p, CLIENT_MAC, NIC_MAC);
	packet_set_u8(&p, PACKET_ETH + 1, 0xc0);
	packet_set_u16(&p, PACKET_ETH + 6, 0x4000);
	packet_set_ttl(&p, 64);
	return p;
}

static void expect_refusal(const struct nat_node *node, const struct packet *in,
			   const struct packet *out)
{
	expect_verdict(&node->in, &(struct input){ .packet = in, .ifindex = node->nic },
		       REASON_REFUSED, out);
	assert_int_equal(nat_count(node), 0);
}

static void who_asks_a_service_without_backends_is_told_that_nobody_listens(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * 2; i++) {
		struct l4_spec request = request_of(protocols[i % 2]);
		struct packet in = arriving(&request), out = refusal_of(&in);

		without_backends(nodes[i / 2], protocols[i % 2]);
		expect_refusal(nodes[i / 2], &in, &out);
	}
}

static void a_short_frame_and_a_first_fragment_are_answered_too(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP);
	struct packet in, out, whole;

	(void)state;
	without_backends(&vxlan, IPPROTO_UDP);
	request.payload = 0;
	in = arriving(&request);
	out = refusal_of(&in);
	in.len = 60;
	expect_refusal(&vxlan, &in, &out);
	request.payload = 1016;
	whole = arriving(&request);
	packet_fragment(&in, &whole, 0, 512);
	out = refusal_of(&in);
	expect_refusal(&vxlan, &in, &out);
}

/* The answer keeps the sender's type of service, but not its marks of congestion. */
static void the_answer_has_the_type_of_service_of_the_packet(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP);
	struct packet in = arriving(&request), out;

	(void)state;
	without_backends(&vxlan, IPPROTO_TCP);
	packet_set_u8(&in, PACKET_ETH + 1, 0x0b);
	packet_set_ttl(&in, 64);
	out = refusal_of(&in);
	packet_set_u8(&out, PACKET_ETH + 1, 0xc8);
	packet_set_ttl(&out, 64);
	expect_refusal(&vxlan, &in, &out);
}

static uint16_t pseudo_sum(const struct packet *p)
{
	uint32_t sum = p->data[PACKET_ETH + 9] + (uint32_t)(p->len - PACKET_ETH - IP_LEN);

	return (uint16_t)~packet_checksum(p, PACKET_ETH + 12, PACKET_ETH + IP_LEN, sum);
}

/*
 * A sender on the same machine leaves its checksum to the device; then the last device on the way writes it into the
 * quote, over what is left of the packet, and must not make the ICMP checksum wrong by that.
 */
static void a_checksum_that_is_yet_to_be_written_may_be_written_into_the_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_of(protocols[i]);
		struct packet in = arriving(&request), out, written;
		size_t at = check_offset(protocols[i]), quoted = at + 28;
		size_t l4 = PACKET_ETH + IP_LEN, end = l4 + l4_len(protocols[i]);

		packet_set_u16(&in, at, pseudo_sum(&in));
		written = in;
		packet_set_u16(&written, at, packet_checksum(&in, l4, end, 0));
		out = refusal_of(&written);
		memcpy(out.data + quoted, in.data + at, 2);
		without_backends(&vxlan, protocols[i]);
		expect_refusal(&vxlan, &in, &out);
	}
}

static void unanswered(const struct packet *in)
{
	expect_verdict(&vxlan.in, &(struct input){ .packet = in, .ifindex = vxlan.nic },
		       REASON_NO_BACKEND, NULL);
}

static void nobody_is_told_where_rfc_1812_forbids_it(void **state)
{
	static const char *const groups[] = { "224.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3",
					      "240.0.0.1" };
	struct l4_spec request = request_of(IPPROTO_TCP);
	struct packet in, whole;

	(void)state;
	without_backends(&vxlan, IPPROTO_TCP);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		request.src = groups[i];
		in = arriving(&request);
		unanswered(&in);
	}
	/* Nor where less than its header is there, or more that may say where to go. */
	request = request_of(IPPROTO_TCP);
	request.payload = 100;
	whole = arriving(&request);
	packet_fragment(&in, &whole, 0, 16);
	unanswered(&in);
	request.options = 2;
	in = arriving(&request);
	unanswered(&in);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The kernel's own limit for a node: 1,000 a second, 50 at once. */
static void a_flood_gets_a_thousand_answers_a_second(void **state)
{
	enum { FLOOD = 20000 };

	struct l4_spec request = request_of(IPPROTO_TCP);
	struct packet in = arriving(&request), left;
	uint64_t begun = milliseconds(), answers = 0;

	(void)state;
	without_backends(&vxlan, IPPROTO_TCP);
	for (int i = 0; i < FLOOD; i++) {
		struct __sk_buff ctx = { .ifindex = vxlan.nic };
		LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
			    .data_in = in.data, .data_size_in = (uint32_t)in.len,
			    .data_out = left.data, .data_size_out = sizeof(left.data));

		assert_int_equal(bpf_prog_test_run_opts(vxlan.in.prog_fd, &opts), 0);
		answers += opts.data_size_out != in.len;
	}
	assert_true(answers >= 1);
	assert_true(answers <= 51 + milliseconds() - begun);
	usleep(60000); /* until as many may be sent again */
}

static int set_up(void **state)
{
	int err = nat_open_modes(state);

	nat_open(&services_legacy, BUNDLE_SERVICES_LEGACY);
	service_nodes(nodes, ARRAY_SIZE(nodes));
	return err;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(who_asks_a_service_without_backends_is_told_that_nobody_listens),
		SERVICE_TEST(a_short_frame_and_a_first_fragment_are_answered_too),
		SERVICE_TEST(the_answer_has_the_type_of_service_of_the_packet),
		SERVICE_TEST(a_checksum_that_is_yet_to_be_written_may_be_written_into_the_answer),
		SERVICE_TEST(nobody_is_told_where_rfc_1812_forbids_it),
		SERVICE_TEST(a_flood_gets_a_thousand_answers_a_second),
	};

	return harness_main(tests, set_up, nat_close_all);
}
