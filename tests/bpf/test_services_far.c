// SPDX-License-Identifier: BSD-2-Clause
/*
 * Services for those outside with backends on other nodes: this node forwards to there, as their client, and back.
 * By from_netdev, and by from_overlay where answers come through the tunnel.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "tests/bpf/services.h"
#include "tests/bpf/vxlan.h"

#define NODE_PORT 30080
#define BACKEND_PORT 8080
#define TTL_OFFSET (PACKET_ETH + 8)
#define CLIENT2_IP "203.0.113.8"

static struct nat_node device;
static struct nat_node *const nodes[] = { &native, &vxlan, &device };
static struct datapath overlay; /* of device */
static int tunnelled_fd;

static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
static const struct test_backend far_pod = { REMOTE_POD_IP, BACKEND_PORT },
				 far_node = { NODE2_IP, BACKEND_PORT },
				 far_pod2 = { "10.233.65.8", BACKEND_PORT };

static struct l4_spec request_of(uint8_t protocol)
{
	return service_request(OUTSIDE_IP, NODE_IP, NODE_PORT, protocol);
}

static void serve(const struct nat_node *node, uint8_t protocol, const struct test_backend *backend)
{
	service_set(node, &(struct test_frontend){ .port = NODE_PORT, .protocol = protocol },
		    backend, 1);
}

static void settle(struct packet *expected, const uint8_t *got)
{
	uint8_t ttl = expected->data[OUTER_IP + 8];

	memcpy(expected->data + OUTER_IP + 4, got + OUTER_IP + 4, 2);
	memcpy(expected->data + OUTER_UDP, got + OUTER_UDP, 2);
	packet_set_ttl(expected, ttl);
}

/* The packet arrives at the NIC and leaves as *out, one hop on. */
static void expect_forward(const struct nat_node *node, const struct l4_spec *in,
			   const struct l4_spec *out)
{
	struct packet before, after;

	packet_l4(&before, in);
	packet_l4(&after, out);
	packet_set_macs(&before, NIC_MAC, NULL);
	packet_set_macs(&after, NIC_MAC, NULL);
	packet_set_ttl(&after, before.data[TTL_OFFSET] - 1);
	expect_verdict(&node->in, &(struct input){ .packet = &before, .ifindex = node->nic },
		       REASON_TO_SERVICE, &after);
}

static void expect_encapsulation(const struct nat_node *node, const struct l4_spec *in,
				 const struct l4_spec *out)
{
	struct packet before, inner, after;

	packet_l4(&before, in);
	packet_l4(&inner, out);
	packet_set_macs(&before, NIC_MAC, NULL);
	packet_set_macs(&inner, NIC_MAC, NULL);
	packet_set_ttl(&inner, before.data[TTL_OFFSET] - 1);
	after = inner;
	if (node == &vxlan)
		packet_vxlan(&after, &(struct vxlan_spec){ .src = NODE_IP,
							   .dst = NODE2_IP,
							   .vni = HR_ID_WORLD,
							   .inner = &inner });
	expect_verdict(&node->in,
		       &(struct input){ .packet = &before,
					.ifindex = node->nic,
					.settle = node == &vxlan ? settle : NULL },
		       REASON_TO_OVERLAY, &after);
}

static struct l4_spec asked_by(const struct l4_spec *request, const char *src,
			       const struct test_backend *backend, uint16_t sport)
{
	struct l4_spec out = nat_to(request, backend->ip, backend->port);

	out.src = src;
	out.sport = sport;
	return out;
}

static void expect_native(const struct nat_node *node, const struct l4_spec *request,
			  const struct test_backend *backend, uint16_t sport)
{
	struct l4_spec out = asked_by(request, NODE_IP, backend, sport);
	struct l4_spec answer = nat_answer(&out), seen = nat_answer(request);

	expect_forward(node, request, &out);
	expect_forward(node, &answer, &seen);
}

static void a_backend_by_the_routing_table_sees_the_node_and_the_client_its_frontend(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_of(protocols[i]);

		serve(&native, protocols[i], &far_pod);
		for (size_t round = 0; round < 2; round++) {
			expect_native(&native, &request, &far_pod, 40000);
			request.tcp_flags = ACK;
		}
		assert_int_equal(nat_count(&native), 4);
		service_forget_all(NULL);
	}
}

/* A tunnel leads to pods only. */
static void another_nodes_own_address_is_reached_by_the_routing_table(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		serve(nodes[i], IPPROTO_TCP, &far_node);
		expect_native(nodes[i], &request, &far_node, 40000);
	}
}

static void answer_by_tunnel(const struct l4_spec *answer, enum hr_reason reason,
			     const struct l4_spec *out)
{
	struct packet before, after;

	packet_l4(&before, answer);
	packet_l4(&after, out ? out : answer);
	if (reason == REASON_TO_SERVICE)
		packet_set_ttl(&after, before.data[TTL_OFFSET] - 1);
	expect_verdict(&overlay,
		       &(struct input){
			       .packet = &before, .ifindex = device.nic, .prog_fd = tunnelled_fd },
		       reason, &after);
}

static void a_backend_behind_the_tunnel_sees_an_address_that_it_answers_by_the_tunnel(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_of(protocols[i]);
		struct l4_spec out = asked_by(&request, ROUTER_IP, &far_pod, 40000);
		struct l4_spec answer = nat_answer(&out), seen = nat_answer(&request);

		serve(&vxlan, protocols[i], &far_pod);
		serve(&device, protocols[i], &far_pod);
		for (size_t round = 0; round < 2; round++) {
			expect_encapsulation(&vxlan, &request, &out);
			expect_encapsulation(&device, &request, &out);
			answer_by_tunnel(&answer, REASON_TO_SERVICE, &seen);
		}
		assert_int_equal(nat_count(&vxlan), 4 * (i + 1));
		assert_int_equal(nat_count(&device), 4 * (i + 1));
	}
}

static void what_comes_by_the_tunnel_and_answers_nothing_is_the_nodes(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP);
	struct l4_spec out = asked_by(&request, ROUTER_IP, &far_pod, 40000), answer;
	struct hr_nat_key key;

	(void)state;
	serve(&device, IPPROTO_UDP, &far_pod);
	expect_encapsulation(&device, &request, &out);
	answer = nat_answer(&out);
	answer.dport++;
	answer_by_tunnel(&answer, REASON_TO_HOST, NULL);
	answer = nat_answer(&out);
	answer.sport++;
	answer_by_tunnel(&answer, REASON_TO_HOST, NULL);
	answer = nat_answer(&out);
	answer.dport = 22;
	answer_by_tunnel(&answer, REASON_TO_HOST, NULL);
	/* Nor does a flow of another kind lead out of the node. */
	answer.dport = 50000;
	key = nat_key(&answer, HR_NAT_INGRESS);
	nat_put(&device, &key, &(struct hr_nat){ .addr = 1, .expires = nat_now() + 100 });
	answer_by_tunnel(&answer, REASON_TO_HOST, NULL);
}

static struct l4_spec translated(const struct nat_node *node, const struct l4_spec *request)
{
	struct l4_spec dnat = nat_to(request, REMOTE_POD_IP, BACKEND_PORT);
	struct hr_nat_key key = nat_key(&dnat, HR_NAT_EGRESS);

	return asked_by(request, NODE_IP, &far_pod, ntohs(nat_get(node, &key).port));
}

static void send_anyhow(const struct nat_node *node, const struct l4_spec *request)
{
	struct __sk_buff ctx = { .ifindex = node->nic };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	struct packet p;

	packet_l4(&p, request);
	packet_set_macs(&p, NIC_MAC, NULL);
	opts.data_in = p.data;
	opts.data_size_in = (uint32_t)p.len;
	assert_int_equal(bpf_prog_test_run_opts(node->in.prog_fd, &opts), 0);
}

static void clients_and_flows_of_the_node_share_its_ports(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP), request2 = request, out2, answer, seen;
	struct l4_spec own = asked_by(&request, NODE_IP, &far_pod, 40001);

	(void)state;
	serve(&native, IPPROTO_TCP, &far_pod);
	expect_native(&native, &request, &far_pod, 40000);
	request2.src = CLIENT2_IP;
	send_anyhow(&native, &request2);
	out2 = translated(&native, &request2);
	assert_int_not_equal(out2.sport, 40000);
	assert_in_range(out2.sport, NAT_FIRST_PORT, 65535);
	answer = nat_answer(&out2);
	seen = nat_answer(&request2);
	expect_forward(&native, &answer, &seen);
	expect_native(&native, &request, &far_pod, 40000);
	/* What the node itself has is none of theirs. */
	own.dst = NODE2_IP;
	nat_send(&native, &own, REASON_TO_WIRE, NULL);
	serve(&native, IPPROTO_TCP, &far_node);
	request.sport = 40001;
	send_anyhow(&native, &request);
	answer = nat_answer(&own);
	nat_receive(&native, &answer, NULL);
}

static void a_low_port_of_a_client_becomes_one_of_the_range(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP), out;

	(void)state;
	request.sport = 1025;
	serve(&native, IPPROTO_UDP, &far_pod);
	send_anyhow(&native, &request);
	out = translated(&native, &request);
	assert_in_range(out.sport, NAT_FIRST_PORT, 65535);
	expect_native(&native, &request, &far_pod, out.sport);
}

static void what_is_on_its_way_is_not_translated_once_more(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP);
	struct l4_spec out = asked_by(&request, NODE_IP, &far_pod, 40000);
	struct packet p;

	(void)state;
	out.dst = OUTSIDE_IP;
	packet_l4(&p, &out);
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		expect_verdict(&nodes[i]->out,
			       &(struct input){ .packet = &p,
						.ifindex = nodes[i]->nic,
						.mark = HR_MARK_TRANSLATED },
			       REASON_TO_WIRE, NULL);
		assert_int_equal(nat_count(nodes[i]), 0);
	}
}

/* Any one of the four entries may go. */
static void a_flow_that_lost_an_entry_gets_it_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct l4_spec request = request_of(protocols[i / 4]);
		struct l4_spec out = asked_by(&request, NODE_IP, &far_pod, 40000);
		struct l4_spec answer = nat_answer(&out);
		struct l4_spec dnat = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
		struct l4_spec undone = nat_answer(&dnat);
		const struct hr_nat_key keys[] = { nat_key(&request, HR_NAT_INGRESS),
						   nat_key(&dnat, HR_NAT_EGRESS),
						   nat_key(&answer, HR_NAT_INGRESS),
						   nat_key(&undone, HR_NAT_EGRESS) };

		serve(&native, protocols[i / 4], &far_pod);
		expect_native(&native, &request, &far_pod, 40000);
		nat_drop(&native, &keys[i % 4]);
		expect_native(&native, &request, &far_pod, 40000);
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			assert_true(nat_has(&native, &keys[k]));
		service_forget_all(NULL);
	}
}

/* The packet goes no further by the program, and leaves it as *left. */
static void expect_held(const struct l4_spec *in, enum hr_reason reason, const struct l4_spec *left)
{
	struct packet p, out;

	packet_l4(&p, in);
	packet_l4(&out, left);
	packet_set_macs(&p, NIC_MAC, NULL);
	packet_set_macs(&out, NIC_MAC, NULL);
	expect_verdict(&native.in, &(struct input){ .packet = &p, .ifindex = native.nic }, reason,
		       &out);
}

static void an_answer_whose_question_is_forgotten_goes_nowhere(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP);
	struct l4_spec out = asked_by(&request, NODE_IP, &far_pod, 40000);
	struct l4_spec answer = nat_answer(&out);
	struct l4_spec dnat = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
	struct l4_spec undone = nat_answer(&dnat);
	struct hr_nat_key key = nat_key(&undone, HR_NAT_EGRESS);

	(void)state;
	serve(&native, IPPROTO_TCP, &far_pod);
	expect_native(&native, &request, &far_pod, 40000);
	nat_drop(&native, &key);
	expect_held(&answer, REASON_NAT_NO_MAPPING, &undone);
}

/* The stack answers about the packet; its error is translated on its way out. */
static void what_cannot_go_on_is_the_stacks_with_the_clients_address(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP);
	struct l4_spec dnat = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
	struct packet p, left, error, sent;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		serve(nodes[i], IPPROTO_UDP, &far_pod);
		packet_l4(&p, &request);
		packet_l4(&left, &dnat);
		packet_set_macs(&p, NIC_MAC, NULL);
		packet_set_macs(&left, NIC_MAC, NULL);
		packet_set_ttl(&p, 1);
		packet_set_ttl(&left, 1);
		expect_verdict(&nodes[i]->in,
			       &(struct input){ .packet = &p, .ifindex = nodes[i]->nic },
			       REASON_TTL_EXPIRED, &left);
		packet_icmp_error(&error, &(struct icmp_error_spec){ .src = NODE_IP,
								     .dst = OUTSIDE_IP,
								     .type = 11,
								     .about = &left });
		packet_icmp_error(&sent, &(struct icmp_error_spec){ .src = NODE_IP,
								    .dst = OUTSIDE_IP,
								    .type = 11,
								    .about = &p });
		nat_send_packet(nodes[i], &error, REASON_MASQUERADED, &sent);
	}
}

/* The stack cuts it, and the pieces leave as those do that fit. */
static void what_is_too_long_for_the_next_link_gets_its_source_where_it_leaves(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP), dnat, out, answer, seen;

	(void)state;
	request.payload = 1500 - 28 + 1;
	dnat = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
	out = asked_by(&request, NODE_IP, &far_pod, 40000);
	serve(&native, IPPROTO_UDP, &far_pod);
	expect_held(&request, REASON_FRAG_NEEDED, &dnat);
	dnat.payload = out.payload = request.payload = 8;
	nat_send(&native, &dnat, REASON_MASQUERADED, &out);
	answer = nat_answer(&out);
	seen = nat_answer(&request);
	expect_forward(&native, &answer, &seen);
}

static void what_does_not_fit_into_the_tunnel_may_be_cut(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP), left;

	(void)state;
	request.payload = 1450 - 28 + 1;
	left = asked_by(&request, ROUTER_IP, &far_pod, 40000);
	serve(&device, IPPROTO_UDP, &far_pod);
	expect_encapsulation(&device, &request, &left);
}

static void what_may_not_be_cut_is_the_stacks(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP), left, dnat;
	struct packet p, out;

	(void)state;
	request.payload = 1450 - 40; /* as long as can be */
	request.fragment = 0x4000;
	left = asked_by(&request, ROUTER_IP, &far_pod, 40000);
	serve(&device, IPPROTO_TCP, &far_pod);
	expect_encapsulation(&device, &request, &left);
	request.payload++;
	dnat = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
	packet_l4(&p, &request);
	packet_l4(&out, &dnat);
	packet_set_macs(&p, NIC_MAC, NULL);
	packet_set_macs(&out, NIC_MAC, NULL);
	expect_verdict(&device.in, &(struct input){ .packet = &p, .ifindex = device.nic },
		       REASON_FRAG_NEEDED, &out);
}

/* By rules, routes depend on the source; the backend's address is none that the client's network knows. */
static void an_answer_takes_the_way_of_the_address_that_it_gets(void **state)
{
	struct l4_spec request = request_of(IPPROTO_TCP);
	struct l4_spec out = asked_by(&request, ROUTER_IP, &far_pod, 40000);
	struct l4_spec answer = nat_answer(&out), seen = nat_answer(&request);

	(void)state;
	serve(&native, IPPROTO_TCP, &far_pod);
	serve(&device, IPPROTO_TCP, &far_pod);
	harness_ip("rule add from " REMOTE_POD_IP " unreachable");
	expect_native(&native, &request, &far_pod, 40000);
	expect_encapsulation(&device, &request, &out);
	answer_by_tunnel(&answer, REASON_TO_SERVICE, &seen);
	harness_ip("rule del from " REMOTE_POD_IP " unreachable");
}

static void a_datagram_in_pieces_is_forwarded(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP), out;
	struct packet whole, got;

	(void)state;
	request.payload = 1016;
	request.id = 9;
	out = asked_by(&request, ROUTER_IP, &far_pod, 40000);
	serve(&device, IPPROTO_UDP, &far_pod);
	packet_l4(&whole, &request);
	packet_l4(&got, &out);
	for (size_t at = 0; at < 1024; at += 512) {
		struct packet in, left;

		packet_fragment(&in, &whole, at, 512);
		packet_fragment(&left, &got, at, 512);
		packet_set_macs(&in, NIC_MAC, NULL);
		packet_set_macs(&left, NIC_MAC, NULL);
		packet_set_ttl(&left, in.data[TTL_OFFSET] - 1);
		expect_verdict(&device.in, &(struct input){ .packet = &in, .ifindex = device.nic },
			       REASON_TO_OVERLAY, &left);
	}
}

static struct packet error(const char *src, const char *dst, const struct l4_spec *about)
{
	struct packet p = service_error(src, dst, about);

	packet_set_macs(&p, NIC_MAC, NULL);
	return p;
}

/* What a backend's packets look like to it, and to the node by which they come. */
static struct l4_spec forwarded(const struct nat_node *node, const struct l4_spec *request)
{
	struct l4_spec out =
		asked_by(request, node == &native ? NODE_IP : ROUTER_IP, &far_pod, 40000);

	serve(node, request->protocol, &far_pod);
	send_anyhow(node, request);
	return out;
}

static void an_error_about_an_answer_goes_to_the_backend_that_sent_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * 2; i++) {
		const struct nat_node *node = nodes[i / 2];
		struct l4_spec request = request_of(protocols[i % 2]);
		struct l4_spec out = forwarded(node, &request);
		struct l4_spec answer = nat_answer(&out), seen = nat_answer(&request);
		struct packet arriving = error("198.51.100.1", NODE_IP, &seen);
		struct packet left = error("198.51.100.1", REMOTE_POD_IP, &answer);

		expect_verdict(&node->in,
			       &(struct input){ .packet = &arriving, .ifindex = node->nic },
			       REASON_TO_STACK, &left);
	}
}

/* From the backend, or somebody on the way to it. The client hears it from whom it has asked. */
static void an_error_about_a_request_goes_to_the_client_that_sent_it(void **state)
{
	static const char *const senders[] = { REMOTE_POD_IP, NODE2_IP, "10.233.65.1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(senders) * 4; i++) {
		bool by_tunnel = i & 1;
		const struct nat_node *node = by_tunnel ? &device : &native;
		struct l4_spec request = request_of(protocols[i >> 1 & 1]);
		struct l4_spec out = forwarded(node, &request);
		struct l4_spec dnat = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
		const char *sender = senders[i / 4];
		struct packet arriving = error(sender, out.src, &out);
		struct packet left = error(sender, OUTSIDE_IP, &dnat);
		struct packet told = error(NODE_IP, OUTSIDE_IP, &request);

		expect_verdict(by_tunnel ? &overlay : &node->in,
			       &(struct input){ .packet = &arriving,
						.ifindex = node->nic,
						.prog_fd = by_tunnel ? tunnelled_fd : 0 },
			       REASON_TO_STACK, &left);
		nat_send_packet(node, &left, REASON_MASQUERADED, &told);
	}
}

static void an_error_about_nothing_that_was_forwarded_is_the_nodes(void **state)
{
	struct l4_spec request = request_of(IPPROTO_UDP), out, other;
	struct packet arriving;

	(void)state;
	out = forwarded(&device, &request);
	other = out;
	other.sport++;
	arriving = error(REMOTE_POD_IP, ROUTER_IP, &other);
	expect_verdict(&overlay,
		       &(struct input){ .packet = &arriving,
					.ifindex = device.nic,
					.prog_fd = tunnelled_fd },
		       REASON_TO_HOST, NULL);
}

static void datagrams_go_to_another_backend_when_theirs_is_gone(void **state)
{
	const struct test_frontend frontend = { .port = NODE_PORT, .protocol = IPPROTO_UDP };
	struct l4_spec request = request_of(IPPROTO_UDP);
	struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);

	(void)state;
	serve(&native, IPPROTO_UDP, &far_pod);
	expect_native(&native, &request, &far_pod, 40000);
	serve(&native, IPPROTO_UDP, &far_pod2);
	service_retire(&native, &frontend, &far_pod);
	nat_set_expiry(&native, &key, 5);
	expect_native(&native, &request, &far_pod2, 40000);
}

static void open_overlay(void)
{
	static const struct bpf_insn receive_from_tunnel[] = {
		{ BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8 },
		{ BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -16 },
		{ BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -24 },
		{ BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -32 },
		{ BPF_ST | BPF_MEM | BPF_W, .dst_reg = 10, .off = -32, .imm = 4711 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -32 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3,
		  .imm = offsetof(struct bpf_tunnel_key, local_ipv4) },
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4, .imm = 0 },
		{ BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_set_tunnel_key },
	};

	datapath_open_beside(&overlay, BUNDLE_MASQ_LEGACY, HOOK_FROM_OVERLAY, &device.in);
	datapath_add_node(&overlay, "0.0.0.0"); /* whom such a packet is from */
	tunnelled_fd =
		datapath_prefixed(&overlay, receive_from_tunnel, ARRAY_SIZE(receive_from_tunnel));
}

static int set_up(void **state)
{
	(void)state;
	service_add_devices();
	nat_open(&native, BUNDLE_MASQ_NATIVE);
	nat_open(&vxlan, BUNDLE_MASQ_BPF);
	nat_open(&device, BUNDLE_MASQ_LEGACY);
	datapath_add_prefix(&vxlan.in, NODE2_PODS, NODE2_IP, HR_ID_WORLD);
	datapath_add_prefix(&device.in, NODE2_PODS, NODE2_IP, HR_ID_WORLD);
	service_nodes(nodes, ARRAY_SIZE(nodes));
	open_overlay();
	return 0;
}

static int tear_down(void **state)
{
	close(tunnelled_fd);
	datapath_close(&overlay);
	return nat_close_all(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(
			a_backend_by_the_routing_table_sees_the_node_and_the_client_its_frontend),
		SERVICE_TEST(another_nodes_own_address_is_reached_by_the_routing_table),
		SERVICE_TEST(
			a_backend_behind_the_tunnel_sees_an_address_that_it_answers_by_the_tunnel),
		SERVICE_TEST(what_comes_by_the_tunnel_and_answers_nothing_is_the_nodes),
		SERVICE_TEST(clients_and_flows_of_the_node_share_its_ports),
		SERVICE_TEST(a_low_port_of_a_client_becomes_one_of_the_range),
		SERVICE_TEST(what_is_on_its_way_is_not_translated_once_more),
		SERVICE_TEST(a_flow_that_lost_an_entry_gets_it_back),
		SERVICE_TEST(an_answer_whose_question_is_forgotten_goes_nowhere),
		SERVICE_TEST(what_cannot_go_on_is_the_stacks_with_the_clients_address),
		SERVICE_TEST(what_is_too_long_for_the_next_link_gets_its_source_where_it_leaves),
		SERVICE_TEST(what_does_not_fit_into_the_tunnel_may_be_cut),
		SERVICE_TEST(what_may_not_be_cut_is_the_stacks),
		SERVICE_TEST(an_answer_takes_the_way_of_the_address_that_it_gets),
		SERVICE_TEST(a_datagram_in_pieces_is_forwarded),
		SERVICE_TEST(an_error_about_an_answer_goes_to_the_backend_that_sent_it),
		SERVICE_TEST(an_error_about_a_request_goes_to_the_client_that_sent_it),
		SERVICE_TEST(an_error_about_nothing_that_was_forwarded_is_the_nodes),
		SERVICE_TEST(datagrams_go_to_another_backend_when_theirs_is_gone),
	};

	return harness_main(tests, set_up, tear_down);
}
