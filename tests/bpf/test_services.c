// SPDX-License-Identifier: BSD-2-Clause
/* from_netdev and to_netdev: services for those outside with backends on this node, and every byte of their packets. */
#include <arpa/inet.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/services.h"

#define NODE_PORT 30080
#define BACKEND_PORT 8080
#define VIP "198.51.100.80"

static struct nat_node unmasqueraded, legacy_unmasqueraded;
static struct nat_node timeouts; /* of its own, for services and for other flows */
static struct nat_node *const nodes[] = { &vxlan, &legacy, &native, &unmasqueraded,
					  &legacy_unmasqueraded };

static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };

static const struct test_backend pod_a = { POD_A_IP, BACKEND_PORT },
				 pod_b = { POD_B_IP, BACKEND_PORT };

static struct test_frontend frontend_of(const char *ip, uint8_t protocol)
{
	return (struct test_frontend){ .ip = ip,
				       .port = ip ? 80 : NODE_PORT,
				       .protocol = protocol };
}

static struct l4_spec request_to(const char *ip, uint8_t protocol)
{
	return (struct l4_spec){ .protocol = protocol,
				 .src = OUTSIDE_IP,
				 .dst = ip,
				 .sport = 40000,
				 .dport = !strcmp(ip, VIP) ? 80 : NODE_PORT,
				 .tcp_flags = SYN };
}

/* The client's packets reach pod A, and its answers come from where the client asked. */
static void expect_conversation(const struct nat_node *node, const struct l4_spec *request)
{
	struct l4_spec delivered = nat_to(request, POD_A_IP, BACKEND_PORT);
	struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(request);

	nat_receive_for_pod(node, request, &delivered);
	nat_send(node, &answer, REASON_MASQUERADED, &seen);
}

static void a_client_talks_to_a_pod_by_the_nodes_address_and_by_one_of_the_service(void **state)
{
	static const char *const addresses[] = { NODE_IP, ROUTER_IP, VIP };
	static const size_t payloads[] = { 0, 1, 2, 1200 };
	static const uint8_t options[] = { 0, 1, 10 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * ARRAY_SIZE(addresses) * 2 * 4; i++) {
		const struct nat_node *node = nodes[i % ARRAY_SIZE(nodes)];
		const char *ip = addresses[i / ARRAY_SIZE(nodes) % ARRAY_SIZE(addresses)];
		uint8_t protocol = protocols[i / ARRAY_SIZE(nodes) / ARRAY_SIZE(addresses) % 2];
		struct test_frontend frontend =
			frontend_of(!strcmp(ip, VIP) ? VIP : NULL, protocol);
		struct l4_spec request = request_to(ip, protocol);
		struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);

		service_set(node, &frontend, &pod_a, 1);
		request.payload = payloads[i / ARRAY_SIZE(nodes) / ARRAY_SIZE(addresses) / 2];
		request.options = options[i % ARRAY_SIZE(options)];
		expect_conversation(node, &request);
		request.tcp_flags = ACK;
		expect_conversation(node, &request);
		assert_int_equal(nat_count(node), 2);
		assert_int_equal(nat_get(node, &key).flags & ~HR_NAT_SEEN_NON_SYN, HR_NAT_SERVICE);
		service_forget_all(NULL);
	}
}

static void an_address_of_the_node_that_is_a_services_too_is_the_services(void **state)
{
	struct test_frontend any = frontend_of(NULL, IPPROTO_TCP), own = any;
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);

	(void)state;
	own.ip = NODE_IP;
	service_set(&vxlan, &any, &pod_b, 1);
	service_set(&vxlan, &own, &pod_a, 1);
	expect_conversation(&vxlan, &request);
}

static void another_port_protocol_or_address_is_no_service(void **state)
{
	struct test_frontend any = frontend_of(NULL, IPPROTO_TCP),
			     vip = frontend_of(VIP, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_UDP);
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		service_set(nodes[i], &any, &pod_a, 1);
		service_set(nodes[i], &vip, &pod_a, 1);
		nat_receive(nodes[i], &request, NULL);
		request.protocol = IPPROTO_TCP;
		request.dport++;
		nat_receive(nodes[i], &request, NULL);
		request = request_to(VIP, IPPROTO_TCP);
		request.dport = NODE_PORT;
		packet_l4(&p, &request);
		packet_set_macs(&p, NIC_MAC, NULL);
		expect_verdict(&nodes[i]->in,
			       &(struct input){ .packet = &p, .ifindex = nodes[i]->nic },
			       REASON_TO_STACK, NULL);
		request = request_to(NODE_IP, IPPROTO_UDP);
		assert_int_equal(nat_count(nodes[i]), 0);
	}
}

static void refused(const struct nat_node *node, const struct l4_spec *request,
		    enum hr_reason reason)
{
	struct packet p;

	packet_l4(&p, request);
	packet_set_macs(&p, NIC_MAC, NULL);
	expect_verdict(&node->in, &(struct input){ .packet = &p, .ifindex = node->nic }, reason,
		       NULL);
	assert_int_equal(nat_count(node), 0);
}

static void nobody_outside_uses_a_service_of_the_clusters_own(void **state)
{
	struct l4_spec request = request_to(VIP, IPPROTO_TCP);
	struct test_frontend own = frontend_of(VIP, IPPROTO_TCP);

	(void)state;
	own.flags = HR_FRONTEND_INTERNAL;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		service_set(nodes[i], &own, &pod_a, 1);
		refused(nodes[i], &request, REASON_IS_CLUSTER_IP);
	}
}

static void only_those_in_its_source_ranges_use_a_service_that_has_some(void **state)
{
	struct test_frontend frontend = frontend_of(VIP, IPPROTO_UDP), other = frontend;
	struct l4_spec request = request_to(VIP, IPPROTO_UDP);

	(void)state;
	frontend.flags = HR_FRONTEND_SOURCE_RANGES;
	other.port++;
	service_allow(&vxlan, &other, OUTSIDE_IP "/32"); /* another service's */
	service_set(&vxlan, &frontend, &pod_a, 1);
	refused(&vxlan, &request, REASON_NOT_IN_SOURCE_RANGE);
	service_allow(&vxlan, &frontend, "203.0.113.8/32");
	refused(&vxlan, &request, REASON_NOT_IN_SOURCE_RANGE);
	service_allow(&vxlan, &frontend, "203.0.113.0/24");
	expect_conversation(&vxlan, &request);
}

static void
the_nodes_stack_answers_for_a_service_without_backends_where_it_has_the_address(void **state)
{
	struct test_frontend any = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);

	(void)state;
	service_set(&vxlan, &any, NULL, 0);
	nat_receive(&vxlan, &request, NULL);
}

static void a_backend_may_be_the_node_itself(void **state)
{
	static const struct test_backend own = { NODE_IP, 9090 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * 2; i++) {
		const struct nat_node *node = nodes[i / 2];
		struct test_frontend frontend = frontend_of(NULL, protocols[i % 2]);
		struct l4_spec request = request_to(NODE_IP, protocols[i % 2]);
		struct l4_spec delivered = nat_to(&request, NODE_IP, 9090);
		struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(&request);

		service_set(node, &frontend, &own, 1);
		nat_receive(node, &request, &delivered);
		nat_send(node, &answer, REASON_MASQUERADED, &seen);
	}
}

static void a_port_that_flows_of_pods_may_have_can_be_a_services(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);

	(void)state;
	request.dport = frontend.port = 40000;
	service_set(&vxlan, &frontend, &pod_a, 1);
	expect_conversation(&vxlan, &request);
}

static void a_backend_that_serves_no_more_keeps_its_connections_and_gets_no_new_ones(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP), delivered;
	struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);

	(void)state;
	service_set(&legacy, &frontend, &pod_a, 1);
	expect_conversation(&legacy, &request);
	service_set(&legacy, &frontend, &pod_b, 1);
	expect_conversation(&legacy, &request); /* the same SYN again: pod A serves yet */
	service_retire(&legacy, &frontend, &pod_a);
	request.tcp_flags = ACK;
	nat_set_expiry(&legacy, &key, 5);
	expect_conversation(&legacy, &request);
	request.tcp_flags = SYN;
	delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
	nat_receive_for_pod(&legacy, &request, &delivered);
}

static void a_connection_after_one_that_ended_gets_its_backend_anew(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP), delivered;

	(void)state;
	service_set(&legacy, &frontend, &pod_a, 1);
	expect_conversation(&legacy, &request);
	service_set(&legacy, &frontend, &pod_b, 1);
	request.tcp_flags = RST;
	expect_conversation(&legacy, &request);
	request.tcp_flags = SYN;
	delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
	nat_receive_for_pod(&legacy, &request, &delivered);
}

static void datagrams_go_to_who_serves(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_UDP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_UDP), delivered;
	struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);

	(void)state;
	service_set(&legacy, &frontend, &pod_a, 1);
	expect_conversation(&legacy, &request);
	service_set(&legacy, &frontend, &pod_b, 1);
	nat_set_expiry(&legacy, &key, 5);
	expect_conversation(&legacy, &request); /* pod A serves yet */
	service_retire(&legacy, &frontend, &pod_a);
	nat_set_expiry(&legacy, &key, 5); /* which is looked at once a second */
	delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
	nat_receive_for_pod(&legacy, &request, &delivered);
	request = nat_answer(&request);
	delivered = nat_answer(&delivered);
	nat_send(&legacy, &delivered, REASON_MASQUERADED, &request);
}

static void a_flow_that_lost_one_half_gets_it_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct test_frontend frontend = frontend_of(NULL, protocols[i]);
		struct l4_spec request = request_to(NODE_IP, protocols[i]);
		struct l4_spec delivered = nat_to(&request, POD_A_IP, BACKEND_PORT);
		struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(&request);
		struct hr_nat_key in = nat_key(&request, HR_NAT_INGRESS);
		struct hr_nat_key out = nat_key(&answer, HR_NAT_EGRESS);

		service_set(&vxlan, &frontend, &pod_a, 1);
		expect_conversation(&vxlan, &request);
		service_set(&vxlan, &frontend, &pod_b, 1);
		nat_drop(&vxlan, &in);
		nat_send(&vxlan, &answer, REASON_MASQUERADED, &seen);
		assert_true(nat_has(&vxlan, &in));
		nat_drop(&vxlan, &out);
		nat_receive_for_pod(&vxlan, &request, &delivered);
		assert_true(nat_has(&vxlan, &out));
		assert_int_equal(nat_get(&vxlan, &out).flags, nat_get(&vxlan, &in).flags);
	}
}

static void flows_run_out_as_configured(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);
	struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);

	(void)state;
	service_set(&vxlan, &frontend, &pod_a, 1);
	expect_conversation(&vxlan, &request);
	expect_lifetime(&vxlan, &key, 60);
	request.tcp_flags = ACK;
	expect_conversation(&vxlan, &request);
	expect_lifetime(&vxlan, &key, 21600);
	request.tcp_flags = FIN;
	expect_conversation(&vxlan, &request);
	expect_lifetime(&vxlan, &key, 10);
	service_set(&vxlan, &frontend, NULL, 0);
	nat_set_expiry(&vxlan, &key, -1);
	request.tcp_flags = ACK;
	nat_receive(&vxlan, &request, NULL);
}

static void flows_of_services_have_timeouts_of_their_own(void **state)
{
	struct test_frontend tcp = frontend_of(NULL, IPPROTO_TCP),
			     udp = frontend_of(NULL, IPPROTO_UDP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_UDP);
	struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);

	(void)state;
	service_set(&timeouts, &udp, &pod_a, 1);
	expect_conversation(&timeouts, &request);
	expect_lifetime(&timeouts, &key, 70);
	service_set(&timeouts, &tcp, &pod_a, 1);
	request = request_to(NODE_IP, IPPROTO_TCP);
	key = nat_key(&request, HR_NAT_INGRESS);
	expect_conversation(&timeouts, &request);
	expect_lifetime(&timeouts, &key, 150);
	request.tcp_flags = ACK;
	expect_conversation(&timeouts, &request);
	expect_lifetime(&timeouts, &key, 2000);
}

/* Answers to clients that pods reach with their own addresses are translated all the same. */
static void a_client_may_be_where_nothing_is_masqueraded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
		struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP), flow;

		request.src = REMOTE_POD_IP;
		service_set(nodes[i], &frontend, &pod_a, 1);
		expect_conversation(nodes[i], &request);
		flow = nat_from(&request, POD_B_IP, 1234);
		flow.dst = REMOTE_POD_IP;
		nat_send(nodes[i], &flow, REASON_TO_WIRE, NULL);
		assert_int_equal(nat_count(nodes[i]), 2);
	}
}

static void a_service_takes_datagrams_in_pieces(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_UDP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_UDP), delivered;
	struct packet whole, got;

	(void)state;
	request.payload = 1016;
	request.id = 7;
	delivered = nat_to(&request, POD_A_IP, BACKEND_PORT);
	for (size_t i = 0; i < 2; i++) {
		const struct nat_node *node = i ? &legacy : &vxlan;
		struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(&request);

		service_set(node, &frontend, &pod_a, 1);
		for (size_t at = 0; at < 1024; at += 512) {
			struct packet in, out;

			packet_l4(&whole, &request);
			packet_l4(&got, &delivered);
			packet_fragment(&in, &whole, at, 512);
			packet_fragment(&out, &got, at, 512);
			nat_receive_packet_for_pod(node, &in, &out);
		}
		for (size_t at = 0; at < 1024; at += 512) {
			struct packet in, out;

			packet_l4(&whole, &answer);
			packet_l4(&got, &seen);
			packet_fragment(&in, &whole, at, 512);
			packet_fragment(&out, &got, at, 512);
			nat_send_packet(node, &in, REASON_MASQUERADED, &out);
		}
	}
}

static void errors_are_about_packets_as_their_receiver_knows_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) * 4; i++) {
		const struct nat_node *node = nodes[i / 4];
		const char *ip = i & 2 ? VIP : NODE_IP;
		struct test_frontend frontend = frontend_of(i & 2 ? VIP : NULL, protocols[i % 2]);
		struct l4_spec request = request_to(ip, protocols[i % 2]);
		struct l4_spec delivered = nat_to(&request, POD_A_IP, BACKEND_PORT);
		struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(&request);
		struct packet arriving, to_pod, sent, left;

		service_set(node, &frontend, &pod_a, 1);
		expect_conversation(node, &request);
		arriving = service_error("198.51.100.1", ip, &seen);
		to_pod = service_error("198.51.100.1", POD_A_IP, &answer);
		nat_receive_packet_for_pod(node, &arriving, &to_pod);
		sent = service_error(POD_A_IP, OUTSIDE_IP, &delivered);
		left = service_error(ip, OUTSIDE_IP, &request);
		nat_send_packet(node, &sent, REASON_MASQUERADED, &left);
	}
}

static void a_pod_says_nothing_about_packets_that_another_one_got(void **state)
{
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);
	struct l4_spec delivered = nat_to(&request, POD_A_IP, BACKEND_PORT);
	struct packet forged;

	(void)state;
	service_set(&vxlan, &frontend, &pod_a, 1);
	expect_conversation(&vxlan, &request);
	forged = service_error(POD_B_IP, OUTSIDE_IP, &delivered);
	nat_send_packet(&vxlan, &forged, REASON_NAT_NO_MAPPING, NULL);
}

static uint32_t chosen_address(const struct nat_node *node, const struct l4_spec *request)
{
	struct hr_nat_key key = nat_key(request, HR_NAT_INGRESS);
	struct __sk_buff ctx = { .ifindex = node->nic };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	struct packet p;

	packet_l4(&p, request);
	packet_set_macs(&p, NIC_MAC, NULL);
	opts.data_in = p.data;
	opts.data_size_in = (uint32_t)p.len;
	assert_int_equal(bpf_prog_test_run_opts(node->in.prog_fd, &opts), 0);
	return nat_get(node, &key).addr;
}

static const char *chosen(const struct nat_node *node, const struct l4_spec *request)
{
	static char text[INET_ADDRSTRLEN];
	uint32_t addr = chosen_address(node, request);

	return inet_ntop(AF_INET, &addr, text, sizeof(text));
}

static void ten_thousand_connections_are_spread_within_five_percent(void **state)
{
	enum { BACKENDS = 10, CONNECTIONS = 10000 };

	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct test_backend backends[BACKENDS];
	char ips[BACKENDS][INET_ADDRSTRLEN];
	unsigned int counts[256] = { 0 };

	(void)state;
	for (int i = 0; i < BACKENDS; i++) {
		snprintf(ips[i], sizeof(ips[i]), "10.233.64.%d", 100 + i);
		backends[i] = (struct test_backend){ ips[i], BACKEND_PORT };
		datapath_add_endpoint(&vxlan.out, ips[i], vxlan.lxc2, POD_B_IDENTITY, POD_B_MAC,
				      POD_B_NODE_MAC);
	}
	service_set(&vxlan, &frontend, backends, BACKENDS);
	for (int i = 0; i < CONNECTIONS; i++) {
		struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);

		request.sport = (uint16_t)(1024 + i);
		counts[ntohl(chosen_address(&vxlan, &request)) & 0xff]++;
		if (i % 1000 == 0)
			nat_forget(&vxlan);
	}
	for (int i = 0; i < BACKENDS; i++)
		assert_in_range(counts[100 + i], 950, 1050);
}

static void set_last_use(const struct test_frontend *frontend, uint32_t ago)
{
	struct hr_affinity_key key = { .frontend = { .port = htons(frontend->port),
						     .protocol = frontend->protocol } };
	int fd = datapath_map(&vxlan.in, "hr_affinity4");
	struct hr_affinity value;

	assert_int_equal(inet_pton(AF_INET, OUTSIDE_IP, &key.client), 1);
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &value), 0);
	value.used = nat_now() - ago;
	assert_int_equal(bpf_map_update_elem(fd, &key, &value, BPF_ANY), 0);
}

static void a_client_keeps_its_backend_until_it_was_away_for_the_timeout(void **state)
{
	const struct test_backend both[] = { pod_a, pod_b };
	struct test_frontend frontend = frontend_of(NULL, IPPROTO_TCP);
	struct l4_spec request = request_to(NODE_IP, IPPROTO_TCP);

	(void)state;
	frontend.affinity = 100;
	service_set(&vxlan, &frontend, &pod_a, 1);
	assert_string_equal(chosen(&vxlan, &request), POD_A_IP);
	service_set(&vxlan, &frontend, both, 2);
	for (int i = 0; i < 20; i++) {
		request.sport++;
		assert_string_equal(chosen(&vxlan, &request), POD_A_IP);
	}
	service_set(&vxlan, &frontend, &pod_b, 1); /* pod A may still be kept */
	set_last_use(&frontend, 97);
	request.sport++;
	assert_string_equal(chosen(&vxlan, &request), POD_A_IP);
	set_last_use(&frontend, 100);
	request.sport++;
	assert_string_equal(chosen(&vxlan, &request), POD_B_IP);
	service_set(&vxlan, &frontend, &pod_a, 1);
	service_retire(&vxlan, &frontend, &pod_b);
	request.sport++;
	assert_string_equal(chosen(&vxlan, &request), POD_A_IP);
}

static int set_up(void **state)
{
	static const enum bundle bundles[] = { BUNDLE_MASQ_BPF, BUNDLE_MASQ_LEGACY,
					       BUNDLE_MASQ_NATIVE, BUNDLE_BPF,
					       BUNDLE_SERVICES_LEGACY };

	(void)state;
	nat_add_devices();
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		nat_open(nodes[i], bundles[i]);
	nat_open(&timeouts, BUNDLE_MASQ_PORTS);
	service_nodes(nodes, ARRAY_SIZE(nodes));
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(
			a_client_talks_to_a_pod_by_the_nodes_address_and_by_one_of_the_service),
		SERVICE_TEST(an_address_of_the_node_that_is_a_services_too_is_the_services),
		SERVICE_TEST(another_port_protocol_or_address_is_no_service),
		SERVICE_TEST(nobody_outside_uses_a_service_of_the_clusters_own),
		SERVICE_TEST(only_those_in_its_source_ranges_use_a_service_that_has_some),
		SERVICE_TEST(
			the_nodes_stack_answers_for_a_service_without_backends_where_it_has_the_address),
		SERVICE_TEST(a_backend_may_be_the_node_itself),
		SERVICE_TEST(a_port_that_flows_of_pods_may_have_can_be_a_services),
		SERVICE_TEST(
			a_backend_that_serves_no_more_keeps_its_connections_and_gets_no_new_ones),
		SERVICE_TEST(a_connection_after_one_that_ended_gets_its_backend_anew),
		SERVICE_TEST(datagrams_go_to_who_serves),
		SERVICE_TEST(a_flow_that_lost_one_half_gets_it_back),
		SERVICE_TEST(flows_run_out_as_configured),
		SERVICE_TEST(flows_of_services_have_timeouts_of_their_own),
		SERVICE_TEST(a_client_may_be_where_nothing_is_masqueraded),
		SERVICE_TEST(a_service_takes_datagrams_in_pieces),
		SERVICE_TEST(errors_are_about_packets_as_their_receiver_knows_them),
		SERVICE_TEST(a_pod_says_nothing_about_packets_that_another_one_got),
		SERVICE_TEST(ten_thousand_connections_are_spread_within_five_percent),
		SERVICE_TEST(a_client_keeps_its_backend_until_it_was_away_for_the_timeout),
	};

	return harness_main(tests, set_up, nat_close_all);
}
