// SPDX-License-Identifier: BSD-2-Clause
/*
 * Direct server return, at both ends of the way: the node that is asked tells in an IP option what it was asked, the
 * node of the backend takes the option out, and answers with that address. The option's bytes are written down here
 * once more.
 */
#include <arpa/inet.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/services.h"

#define NODE_PORT 30080
#define BACKEND_PORT 8080
#define TTL_OFFSET (PACKET_ETH + 8)
#define OPTION_OFFSET (PACKET_ETH + 20)
#define SERVICE_IP "203.0.113.1"
#define CLUSTER_IP "10.96.0.10"
#define MTU 1500
#define DONT_FRAGMENT 0x4000
#define CLIENT_MAC "02:00:00:00:00:fe"

static struct nat_node dsr, hybrid;
static struct nat_node *const nodes[] = { &dsr, &hybrid };

static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
static const struct test_backend far_pod = { REMOTE_POD_IP, BACKEND_PORT },
				 pod_a = { POD_A_IP, BACKEND_PORT },
				 own_process = { NODE_IP, BACKEND_PORT };

static struct l4_spec packet_to(const char *dst, uint16_t dport, uint8_t protocol)
{
	return service_request(OUTSIDE_IP, dst, dport, protocol);
}

/* The option as the wire has it: type 154, 8 bytes, the port and the address of who was asked, most significant first. */
static void insert_option(struct packet *p, const char *ip, uint16_t port)
{
	uint8_t ttl = p->data[TTL_OFFSET];
	uint8_t option[8] = { 0x9a, 8, (uint8_t)(port >> 8), (uint8_t)port };

	assert_int_equal(inet_pton(AF_INET, ip, option + 4), 1);
	memmove(p->data + OPTION_OFFSET + 8, p->data + OPTION_OFFSET, p->len - OPTION_OFFSET);
	memcpy(p->data + OPTION_OFFSET, option, sizeof(option));
	p->len += 8;
	p->data[PACKET_ETH] = 0x47;
	packet_set_u16(p, PACKET_ETH + 2, (uint16_t)(p->len - PACKET_ETH));
	packet_set_ttl(p, ttl); /* and the checksum of the header */
}

static void serve(const struct nat_node *node, const char *ip, uint16_t port, uint8_t protocol,
		  const struct test_backend *backend)
{
	service_set(node, &(struct test_frontend){ .ip = ip, .port = port, .protocol = protocol },
		    backend, 1);
}

/* It comes to this node and goes on to the backend, with the option or without. */
static void expect_forward_to(const struct nat_node *node, const struct l4_spec *request,
			      bool has_option, const struct test_backend *backend)
{
	struct l4_spec out = nat_to(request, backend->ip, backend->port);
	struct packet before, after;

	packet_l4(&before, request);
	packet_l4(&after, &out);
	if (has_option)
		insert_option(&after, request->dst, request->dport);
	packet_set_macs(&before, NIC_MAC, NULL);
	packet_set_macs(&after, NIC_MAC, NULL);
	packet_set_ttl(&after, before.data[TTL_OFFSET] - 1);
	expect_verdict(&node->in, &(struct input){ .packet = &before, .ifindex = node->nic },
		       REASON_TO_SERVICE, &after);
}

static void expect_forward(const struct nat_node *node, const struct l4_spec *request,
			   bool has_option)
{
	expect_forward_to(node, request, has_option, &far_pod);
}

static void the_node_that_is_asked_leaves_the_client_its_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec node_port = packet_to(NODE_IP, NODE_PORT, protocols[i]);
		struct l4_spec service = packet_to(SERVICE_IP, 80, protocols[i]);

		service.sport++;
		serve(&dsr, NULL, NODE_PORT, protocols[i], &far_pod);
		serve(&dsr, SERVICE_IP, 80, protocols[i], &far_pod);
		expect_forward(&dsr, &node_port, true);
		expect_forward(&dsr, &service, true);
	}
	assert_int_equal(nat_count(&dsr), 8);
}

static void of_a_connection_its_first_packet_tells_and_every_datagram(void **state)
{
	struct l4_spec tcp = packet_to(NODE_IP, NODE_PORT, IPPROTO_TCP);
	struct l4_spec udp = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP);

	(void)state;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_TCP, &far_pod);
	serve(&dsr, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	expect_forward(&dsr, &tcp, true);
	expect_forward(&dsr, &tcp, true);
	tcp.tcp_flags = ACK;
	expect_forward(&dsr, &tcp, false);
	expect_forward(&dsr, &udp, true);
	expect_forward(&dsr, &udp, true);
}

/* Every value of the checksum, about which one's complement has something to say. */
static void the_header_checksum_is_right_whatever_it_was(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP);

	(void)state;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	for (uint32_t id = 0; id < 0x10000; id += 13) {
		request.id = (uint16_t)id;
		expect_forward(&dsr, &request, true);
	}
}

/* The node that was asked sees no answer: the client's end of a connection is all of it. */
static void a_connection_ends_with_its_client(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_TCP);
	struct l4_spec dnat = nat_to(&request, far_pod.ip, far_pod.port);
	struct l4_spec answer = nat_answer(&dnat);
	struct hr_nat_key in = nat_key(&request, HR_NAT_INGRESS),
			  out = nat_key(&answer, HR_NAT_EGRESS);

	(void)state;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_TCP, &far_pod);
	expect_forward(&dsr, &request, true);
	expect_lifetime(&dsr, &in, 60);
	request.tcp_flags = ACK;
	expect_forward(&dsr, &request, false);
	expect_lifetime(&dsr, &in, 21600);
	request.tcp_flags = FIN | ACK;
	expect_forward(&dsr, &request, false);
	expect_lifetime(&dsr, &in, 10);
	expect_lifetime(&dsr, &out, 10);
}

static void hybrid_is_direct_for_tcp_and_by_this_node_for_udp(void **state)
{
	struct l4_spec tcp = packet_to(NODE_IP, NODE_PORT, IPPROTO_TCP);
	struct l4_spec udp = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP), out;
	struct packet before, after;

	(void)state;
	serve(&hybrid, NULL, NODE_PORT, IPPROTO_TCP, &far_pod);
	serve(&hybrid, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	expect_forward(&hybrid, &tcp, true);
	out = nat_to(&udp, far_pod.ip, far_pod.port);
	out.src = NODE_IP;
	packet_l4(&before, &udp);
	packet_l4(&after, &out);
	packet_set_macs(&before, NIC_MAC, NULL);
	packet_set_macs(&after, NIC_MAC, NULL);
	packet_set_ttl(&after, 63);
	expect_verdict(&hybrid.in, &(struct input){ .packet = &before, .ifindex = hybrid.nic },
		       REASON_TO_SERVICE, &after);
}

/* Of two backends, by turns, a flow that is not known any more would get the other one as often as not. */
static void by_maglev_a_forgotten_flow_gets_the_backend_that_it_had(void **state)
{
	/* As tests/bpf/configs/dsr-hybrid.yaml has it. */
	static const struct manifest_services services = { .nodeport = true,
							   .algorithm = "maglev",
							   .maglev_size = 4093,
							   .maglev_seed = "JLfvgnHc2kaSUFaI" };
	static const struct test_backend both[] = { { REMOTE_POD_IP, BACKEND_PORT },
						    { REMOTE_POD_IP, BACKEND_PORT + 1 } };
	struct maglev maglev = maglev_of(&services);
	unsigned int chosen[ARRAY_SIZE(both)] = { 0 };

	(void)state;
	service_set(&hybrid, &(struct test_frontend){ .port = NODE_PORT, .protocol = IPPROTO_TCP },
		    both, ARRAY_SIZE(both));
	service_add_maglev(&hybrid, &maglev);
	for (uint16_t i = 0; i < 64; i++) {
		struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_TCP);
		unsigned int backend;

		request.sport = (uint16_t)(request.sport + i);
		backend = ntohs(service_chosen(&hybrid, &request).port) - BACKEND_PORT;
		assert_in_range(backend, 0, ARRAY_SIZE(both) - 1);
		chosen[backend]++;
		nat_forget(&hybrid);
		expect_forward_to(&hybrid, &request, true, &both[backend]);
	}
	assert_in_range(chosen[0], 16, 48);
}

/* Its answer would never leave the node, where that has the backend. */
static void another_node_is_answered_by_this_one(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_TCP), out;
	struct packet before, after;

	(void)state;
	request.src = NODE2_IP;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_TCP, &far_pod);
	out = nat_to(&request, far_pod.ip, far_pod.port);
	out.src = NODE_IP;
	packet_l4(&before, &request);
	packet_l4(&after, &out);
	packet_set_macs(&before, NIC_MAC, NULL);
	packet_set_macs(&after, NIC_MAC, NULL);
	packet_set_ttl(&after, 63);
	expect_verdict(&dsr.in, &(struct input){ .packet = &before, .ifindex = dsr.nic },
		       REASON_TO_SERVICE, &after);
}

/* With the option already, because the stack may cut the packet and take it on. */
static void what_does_not_fit_with_its_option_is_the_stacks(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP), out;
	struct packet before, after;

	(void)state;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	request.payload = MTU - 28 - 8;
	expect_forward(&dsr, &request, true);
	request.payload++;
	out = nat_to(&request, far_pod.ip, far_pod.port);
	packet_l4(&before, &request);
	packet_l4(&after, &out);
	insert_option(&after, NODE_IP, NODE_PORT);
	packet_set_macs(&before, NIC_MAC, NULL);
	packet_set_macs(&after, NIC_MAC, NULL);
	expect_verdict(&dsr.in, &(struct input){ .packet = &before, .ifindex = dsr.nic },
		       REASON_FRAG_NEEDED, &after);
}

static struct packet from_client(const struct l4_spec *request)
{
	struct packet p;

	packet_l4(&p, request);
	packet_set_macs(&p, NIC_MAC, CLIENT_MAC);
	return p;
}

/* RFC 1191, from the address that was asked, about the packet that was sent to it. */
static void expect_told_mtu(const struct nat_node *node, const struct l4_spec *request,
			    uint16_t mtu)
{
	struct packet before = from_client(request), after;

	packet_icmp_error(&after, &(struct icmp_error_spec){
					  .src = request->dst,
					  .dst = request->src,
					  .type = ICMP_TYPE_UNREACHABLE,
					  .code = 4,
					  .mtu = mtu,
					  .about = &before,
					  .quoted = request->protocol == IPPROTO_TCP ? 40 : 28 });
	packet_set_macs(&after, CLIENT_MAC, NIC_MAC);
	packet_set_u8(&after, PACKET_ETH + 1, 0xc0);
	packet_set_u16(&after, PACKET_ETH + 6, DONT_FRAGMENT);
	packet_set_ttl(&after, 64);
	expect_verdict(&node->in, &(struct input){ .packet = &before, .ifindex = node->nic },
		       REASON_REFUSED, &after);
}

static void who_may_not_be_cut_is_told_what_fits_with_the_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct l4_spec request = packet_to(i < 2 ? NODE_IP : SERVICE_IP,
						   i < 2 ? NODE_PORT : 80, protocols[i % 2]);
		size_t headers = request.protocol == IPPROTO_TCP ? 40 : 28;

		request.fragment = DONT_FRAGMENT;
		serve(&dsr, NULL, NODE_PORT, request.protocol, &far_pod);
		serve(&dsr, SERVICE_IP, 80, request.protocol, &far_pod);
		request.payload = MTU - headers;
		expect_told_mtu(&dsr, &request, MTU - 8);
		request.payload -= 8;
		expect_forward(&dsr, &request, true);
	}
}

static void without_a_checksum_too(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP);

	(void)state;
	request.fragment = DONT_FRAGMENT;
	request.no_checksum = true;
	request.payload = MTU - 28;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	expect_told_mtu(&dsr, &request, MTU - 8);
}

/* About which the stack says how long a packet may be; one of that length is the one above. */
static void what_would_not_fit_without_its_option_is_the_stacks(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP), out;
	struct packet before, after;

	(void)state;
	serve(&dsr, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	request.fragment = DONT_FRAGMENT;
	request.payload = MTU - 28 + 8;
	out = nat_to(&request, far_pod.ip, far_pod.port);
	before = from_client(&request);
	after = from_client(&out);
	expect_verdict(&dsr.in, &(struct input){ .packet = &before, .ifindex = dsr.nic },
		       REASON_FRAG_NEEDED, &after);
}

/* To a backend of this node: into it without the option, or to the stack as it came. */
static void expect_pod_takes(const struct nat_node *node, const struct l4_spec *packet,
			     const char *ip, uint16_t port)
{
	struct packet before, after;

	packet_l4(&before, packet);
	after = before;
	insert_option(&before, ip, port);
	nat_receive_packet_for_pod(node, &before, &after);
}

static void expect_refused(const struct nat_node *node, const struct packet *packet)
{
	size_t flows = nat_count(node);
	struct packet p = *packet;

	packet_set_macs(&p, NIC_MAC, NULL);
	expect_verdict(&node->in, &(struct input){ .packet = &p, .ifindex = node->nic },
		       REASON_IP_OPTIONS, NULL);
	assert_in_range(nat_count(node), flows,
			flows + 1); /* at most as one that was opened from outside */
}

static void expect_not_answered_as(const struct nat_node *node, const struct l4_spec *packet)
{
	struct l4_spec answer = nat_answer(packet);

	nat_send(node, &answer, REASON_TO_WIRE, NULL);
}

static void expect_answer(const struct nat_node *node, const struct l4_spec *packet, const char *ip,
			  uint16_t port)
{
	struct l4_spec answer = nat_answer(packet), out = nat_from(&answer, ip, port);

	nat_send(node, &answer, REASON_MASQUERADED, &out);
}

static void the_backend_sees_no_option_and_answers_as_who_was_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, protocols[i]);

		serve(&dsr, NULL, NODE_PORT, protocols[i], &pod_a);
		serve(&dsr, SERVICE_IP, 80, protocols[i], &pod_a);
		expect_pod_takes(&dsr, &packet, NODE2_IP, NODE_PORT);
		expect_answer(&dsr, &packet, NODE2_IP, NODE_PORT);
		packet.sport++;
		expect_pod_takes(&dsr, &packet, SERVICE_IP, 80);
		expect_answer(&dsr, &packet, SERVICE_IP, 80);
		packet.tcp_flags = ACK;
		nat_receive_for_pod(&dsr, &packet, &packet);
		expect_answer(&dsr, &packet, SERVICE_IP, 80);
	}
}

static void the_checksum_without_the_option_is_right_whatever_it_was(void **state)
{
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, IPPROTO_UDP);

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_UDP, &pod_a);
	for (uint32_t id = 0; id < 0x10000; id += 13) {
		packet.id = (uint16_t)id;
		expect_pod_takes(&dsr, &packet, SERVICE_IP, 80);
	}
}

static void a_process_of_the_node_is_a_backend_too(void **state)
{
	struct l4_spec packet = packet_to(NODE_IP, BACKEND_PORT, IPPROTO_TCP);
	struct packet before, after;

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_TCP, &own_process);
	packet_l4(&before, &packet);
	after = before;
	insert_option(&before, SERVICE_IP, 80);
	nat_receive_packet(&dsr, &before, &after);
	expect_answer(&dsr, &packet, SERVICE_IP, 80);
}

static void what_no_service_has_is_not_believed(void **state)
{
	static const struct {
		const char *ip;
		uint16_t port;
	} forged[] = {
		{ "198.51.100.66", 80 }, /* nobody's */
		{ SERVICE_IP, 81 },	     { "198.51.100.66", NODE_PORT }, /* no node */
		{ NODE2_IP, NODE_PORT + 1 }, { CLUSTER_IP, 80 }, /* not for those outside */
		{ "203.0.113.3", 80 }, /* not for this client */
		{ "0.0.0.0", NODE_PORT },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(forged); i++) {
		struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, protocols[i % 2]);
		struct test_frontend inner = { .ip = CLUSTER_IP,
					       .port = 80,
					       .protocol = protocols[i % 2],
					       .flags = HR_FRONTEND_INTERNAL },
				     ranged = { .ip = "203.0.113.3",
						.port = 80,
						.protocol = protocols[i % 2],
						.flags = HR_FRONTEND_SOURCE_RANGES };
		struct packet p;

		serve(&dsr, NULL, NODE_PORT, protocols[i % 2], &pod_a);
		serve(&dsr, SERVICE_IP, 80, protocols[i % 2], &pod_a);
		service_set(&dsr, &inner, &pod_a, 1);
		service_set(&dsr, &ranged, &pod_a, 1);
		packet_l4(&p, &packet);
		insert_option(&p, forged[i / 2].ip, forged[i / 2].port);
		expect_refused(&dsr, &p);
		expect_not_answered_as(&dsr, &packet);
		service_forget_all(NULL);
	}
}

static void a_pod_that_is_no_backend_has_no_such_flow(void **state)
{
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT + 1, IPPROTO_UDP);
	struct packet p;

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_UDP, &pod_a);
	packet_l4(&p, &packet);
	insert_option(&p, SERVICE_IP, 80);
	expect_refused(&dsr, &p);
	expect_not_answered_as(&dsr, &packet);
}

/* An open connection is nothing that somebody else could turn. */
static void in_the_middle_of_a_connection_nothing_is_believed(void **state)
{
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, IPPROTO_TCP);
	struct packet p;

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_TCP, &pod_a);
	nat_receive_for_pod(&dsr, &packet, &packet);
	packet.tcp_flags = ACK;
	packet_l4(&p, &packet);
	insert_option(&p, SERVICE_IP, 80);
	expect_refused(&dsr, &p);
	expect_not_answered_as(&dsr, &packet);
}

static void an_option_that_is_not_whole_is_none(void **state)
{
	static const uint8_t types[] = { 0x9a, 0x9a, 0x9a, 0x1a, 0x94, 0x01 };
	static const uint8_t lengths[] = { 0, 4, 12, 8, 8, 8 };
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, IPPROTO_UDP);

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_UDP, &pod_a);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct packet p;

		packet_l4(&p, &packet);
		insert_option(&p, SERVICE_IP, 80);
		p.data[OPTION_OFFSET] = types[i];
		p.data[OPTION_OFFSET + 1] = lengths[i];
		packet_set_ttl(&p, 64);
		expect_refused(&dsr, &p);
		expect_not_answered_as(&dsr, &packet);
	}
}

/* It ends behind its option, or in it. */
static void a_packet_cut_short_is_not_believed(void **state)
{
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, IPPROTO_UDP);
	struct packet whole, p;

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_UDP, &pod_a);
	packet_l4(&whole, &packet);
	insert_option(&whole, SERVICE_IP, 80);
	for (size_t len = 20; len < 36; len++) {
		p = whole;
		p.len = PACKET_ETH + len;
		packet_set_u16(&p, PACKET_ETH + 2, (uint16_t)len);
		packet_set_ttl(&p, 64);
		packet_set_macs(&p, NIC_MAC, NULL);
		expect_verdict(&dsr.in, &(struct input){ .packet = &p, .ifindex = dsr.nic },
			       len < 28 ? REASON_TO_STACK : REASON_IP_OPTIONS, NULL);
	}
	assert_int_equal(nat_count(&dsr), 0);
}

static void what_is_for_others_keeps_its_option(void **state)
{
	struct l4_spec packet = packet_to(REMOTE_POD_IP, BACKEND_PORT, IPPROTO_UDP);
	struct packet p;

	(void)state;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_UDP, &far_pod);
	packet_l4(&p, &packet);
	insert_option(&p, SERVICE_IP, 80);
	packet_set_macs(&p, NIC_MAC, NULL);
	expect_verdict(&dsr.in, &(struct input){ .packet = &p, .ifindex = dsr.nic },
		       REASON_TO_STACK, NULL);
}

static void hybrid_believes_no_datagram(void **state)
{
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, IPPROTO_UDP);
	struct packet p;

	(void)state;
	serve(&hybrid, SERVICE_IP, 80, IPPROTO_UDP, &pod_a);
	packet_l4(&p, &packet);
	insert_option(&p, SERVICE_IP, 80);
	expect_refused(&hybrid, &p);
	packet.protocol = IPPROTO_TCP;
	serve(&hybrid, SERVICE_IP, 80, IPPROTO_TCP, &pod_a);
	expect_pod_takes(&hybrid, &packet, SERVICE_IP, 80);
	expect_answer(&hybrid, &packet, SERVICE_IP, 80);
}

/* The client's own pieces tell with the first one; pieces that were made on the way have the option each. */
static void a_datagram_in_pieces_tells_with_the_first(void **state)
{
	struct l4_spec request = packet_to(NODE_IP, NODE_PORT, IPPROTO_UDP), out;
	struct packet whole, left;

	(void)state;
	request.payload = 1016;
	request.id = 9;
	out = nat_to(&request, far_pod.ip, far_pod.port);
	serve(&dsr, NULL, NODE_PORT, IPPROTO_UDP, &far_pod);
	packet_l4(&whole, &request);
	packet_l4(&left, &out);
	for (size_t at = 0; at < 1024; at += 512) {
		struct packet before, after;

		packet_fragment(&before, &whole, at, 512);
		packet_fragment(&after, &left, at, 512);
		if (!at)
			insert_option(&after, NODE_IP, NODE_PORT);
		packet_set_macs(&before, NIC_MAC, NULL);
		packet_set_macs(&after, NIC_MAC, NULL);
		packet_set_ttl(&after, 63);
		expect_verdict(&dsr.in, &(struct input){ .packet = &before, .ifindex = dsr.nic },
			       REASON_TO_SERVICE, &after);
	}
}

static void every_piece_reaches_the_backend_without_its_option(void **state)
{
	struct l4_spec packet = packet_to(POD_A_IP, BACKEND_PORT, IPPROTO_UDP);
	struct packet whole;

	(void)state;
	packet.payload = 1016;
	packet.id = 9;
	serve(&dsr, SERVICE_IP, 80, IPPROTO_UDP, &pod_a);
	packet_l4(&whole, &packet);
	for (size_t at = 0; at < 1024; at += 512) {
		struct packet before, after;

		packet_fragment(&after, &whole, at, 512);
		before = after;
		insert_option(&before, SERVICE_IP, 80);
		nat_receive_packet_for_pod(&dsr, &before, &after);
	}
	packet.payload = 33;
	expect_answer(&dsr, &packet, SERVICE_IP, 80);
}

/* The bundle asks for that: service-no-backend-response. */
static void who_asks_a_service_without_backends_may_hear_nothing(void **state)
{
	struct l4_spec request = packet_to(SERVICE_IP, 80, IPPROTO_TCP);
	struct packet packet;

	(void)state;
	service_set(
		&hybrid,
		&(struct test_frontend){ .ip = SERVICE_IP, .port = 80, .protocol = IPPROTO_TCP },
		NULL, 0);
	packet_l4(&packet, &request);
	packet_set_macs(&packet, NIC_MAC, NULL);
	expect_verdict(&hybrid.in, &(struct input){ .packet = &packet, .ifindex = hybrid.nic },
		       REASON_NO_BACKEND, &packet);
}

static int set_up(void **state)
{
	(void)state;
	service_add_devices();
	nat_open(&dsr, BUNDLE_DSR);
	nat_open(&hybrid, BUNDLE_DSR_HYBRID);
	service_nodes(nodes, ARRAY_SIZE(nodes));
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(the_node_that_is_asked_leaves_the_client_its_address),
		SERVICE_TEST(of_a_connection_its_first_packet_tells_and_every_datagram),
		SERVICE_TEST(the_header_checksum_is_right_whatever_it_was),
		SERVICE_TEST(a_connection_ends_with_its_client),
		SERVICE_TEST(hybrid_is_direct_for_tcp_and_by_this_node_for_udp),
		SERVICE_TEST(by_maglev_a_forgotten_flow_gets_the_backend_that_it_had),
		SERVICE_TEST(another_node_is_answered_by_this_one),
		SERVICE_TEST(what_does_not_fit_with_its_option_is_the_stacks),
		SERVICE_TEST(who_may_not_be_cut_is_told_what_fits_with_the_option),
		SERVICE_TEST(without_a_checksum_too),
		SERVICE_TEST(what_would_not_fit_without_its_option_is_the_stacks),
		SERVICE_TEST(the_backend_sees_no_option_and_answers_as_who_was_asked),
		SERVICE_TEST(the_checksum_without_the_option_is_right_whatever_it_was),
		SERVICE_TEST(a_process_of_the_node_is_a_backend_too),
		SERVICE_TEST(what_no_service_has_is_not_believed),
		SERVICE_TEST(a_pod_that_is_no_backend_has_no_such_flow),
		SERVICE_TEST(in_the_middle_of_a_connection_nothing_is_believed),
		SERVICE_TEST(an_option_that_is_not_whole_is_none),
		SERVICE_TEST(a_packet_cut_short_is_not_believed),
		SERVICE_TEST(what_is_for_others_keeps_its_option),
		SERVICE_TEST(hybrid_believes_no_datagram),
		SERVICE_TEST(a_datagram_in_pieces_tells_with_the_first),
		SERVICE_TEST(every_piece_reaches_the_backend_without_its_option),
		SERVICE_TEST(who_asks_a_service_without_backends_may_hear_nothing),
	};

	return harness_main(tests, set_up, nat_close_all);
}
