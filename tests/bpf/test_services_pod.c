// SPDX-License-Identifier: BSD-2-Clause
/*
 * Services for pods whose sockets do not know them: from_container gives their packets a backend, and whichever program
 * an answer enters the pod by gives it the address that was asked.
 */
#include <arpa/inet.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/bpf/services.h"
#include "tests/bpf/vxlan.h"

#define CLUSTER_IP "10.96.0.10"
#define NODE_PORT 30080
#define BACKEND_PORT 8080
#define TTL_OFFSET (PACKET_ETH + 8)
#define LOOPBACK "169.254.42.1"

static struct nat_node bpf;
static struct nat_node *const nodes[] = { &bpf, &legacy };
static struct datapath pods, legacy_pods, from_host,
	legacy_from_host; /* from_container and from_host */

static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
static const struct test_backend pod_b = { POD_B_IP, BACKEND_PORT },
				 pod_a = { POD_A_IP, BACKEND_PORT },
				 far_pod = { REMOTE_POD_IP, BACKEND_PORT },
				 far_node = { NODE2_IP, 6443 }, own = { NODE_IP, 6443 };

static struct l4_spec request_to(const char *ip, uint16_t port, uint8_t protocol)
{
	return service_request(POD_A_IP, ip, port, protocol);
}

static void serve(const struct nat_node *node, uint8_t protocol, const struct test_backend *backend)
{
	service_set(node,
		    &(struct test_frontend){ .ip = CLUSTER_IP,
					     .port = 80,
					     .protocol = protocol,
					     .flags = HR_FRONTEND_INTERNAL },
		    backend, backend != NULL);
}

static struct packet frame_of(const struct l4_spec *spec, const char *dmac, const char *smac)
{
	struct packet p;

	packet_l4(&p, spec);
	packet_set_macs(&p, dmac, smac);
	return p;
}

/* A pod's packet, by its interface. */
static void expect_from(const struct datapath *dp, const struct l4_spec *in, enum hr_reason reason,
			const struct packet *out)
{
	bool is_a = !strcmp(in->src, POD_A_IP);
	struct packet p = is_a ? frame_of(in, POD_A_NODE_MAC, POD_A_MAC)
			       : frame_of(in, POD_B_NODE_MAC, POD_B_MAC);

	expect_verdict(dp, &(struct input){ .packet = &p, .ifindex = is_a ? bpf.lxc1 : bpf.lxc2 },
		       reason, out);
}

static struct packet delivered_to(const struct l4_spec *out)
{
	bool is_a = !strcmp(out->dst, POD_A_IP);
	struct packet p = is_a ? frame_of(out, POD_A_MAC, POD_A_NODE_MAC)
			       : frame_of(out, POD_B_MAC, POD_B_NODE_MAC);

	packet_set_ttl(&p, p.data[TTL_OFFSET] - 1);
	return p;
}

static void expect_peer(const struct l4_spec *in, const struct l4_spec *out)
{
	struct packet p = delivered_to(out);

	expect_from(&pods, in, REASON_TO_POD_PEER, &p);
}

static void a_pod_talks_to_another_by_a_service(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_to(CLUSTER_IP, 80, protocols[i]);
		struct l4_spec delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
		struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(&request);

		serve(&bpf, protocols[i], &pod_b);
		for (size_t round = 0; round < 2; round++) {
			expect_peer(&request, &delivered);
			expect_peer(&answer, &seen);
		}
		assert_int_equal(nat_count(&bpf), 2 * (i + 1));
	}
}

static void a_pod_is_its_own_backend_and_sees_somebody_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_to(CLUSTER_IP, 80, protocols[i]);
		struct l4_spec delivered = nat_to(&request, POD_A_IP, BACKEND_PORT);
		struct l4_spec answer, seen = nat_answer(&request);

		delivered.src = LOOPBACK;
		answer = nat_answer(&delivered);
		serve(&bpf, protocols[i], &pod_a);
		for (size_t round = 0; round < 2; round++) {
			expect_peer(&request, &delivered);
			expect_peer(&answer, &seen);
		}
	}
}

static void an_answer_to_itself_that_nobody_asked_for_goes_nowhere(void **state)
{
	struct l4_spec answer = nat_from(
		&(struct l4_spec){ .protocol = IPPROTO_TCP, .dst = LOOPBACK, .dport = 40000 },
		POD_A_IP, BACKEND_PORT);
	struct l4_spec turned = answer;
	struct packet left;

	(void)state;
	turned.dst = POD_A_IP;
	left = frame_of(&turned, POD_A_NODE_MAC, POD_A_MAC);
	expect_from(&pods, &answer, REASON_NAT_NO_MAPPING, &left);
}

static void a_nodeport_of_the_node_is_a_service_for_its_pods_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct test_frontend frontend = { .port = NODE_PORT,
							.protocol = protocols[i] };
		struct l4_spec request = request_to(NODE_IP, NODE_PORT, protocols[i]);
		struct l4_spec delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
		struct l4_spec answer = nat_answer(&delivered), seen = nat_answer(&request);

		service_set(&bpf, &frontend, &pod_b, 1);
		expect_peer(&request, &delivered);
		expect_peer(&answer, &seen);
	}
}

/* At the NIC, for pod A. */
static void expect_arrival(const struct l4_spec *in, const struct l4_spec *out)
{
	struct packet p = frame_of(in, NIC_MAC, NULL), left = delivered_to(out);

	expect_verdict(&bpf.in, &(struct input){ .packet = &p, .ifindex = bpf.nic },
		       REASON_TO_POD_PEER, &left);
}

static void settle(struct packet *expected, const uint8_t *got)
{
	uint8_t ttl = expected->data[OUTER_IP + 8];

	memcpy(expected->data + OUTER_IP + 4, got + OUTER_IP + 4, 2);
	memcpy(expected->data + OUTER_UDP, got + OUTER_UDP, 2);
	packet_set_ttl(expected, ttl);
}

static void a_backend_behind_the_tunnel_is_asked_and_answers_by_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_to(CLUSTER_IP, 80, protocols[i]);
		struct l4_spec asked = nat_to(&request, REMOTE_POD_IP, BACKEND_PORT);
		struct l4_spec answer = nat_answer(&asked), seen = nat_answer(&request);
		struct packet in = frame_of(&request, POD_A_NODE_MAC, POD_A_MAC), out, back;
		struct packet inner = frame_of(&asked, POD_A_NODE_MAC, POD_A_MAC);
		struct packet arriving = frame_of(&answer, POD_A_MAC, NULL);
		struct packet left = delivered_to(&seen);

		serve(&bpf, protocols[i], &far_pod);
		packet_vxlan(&out, &(struct vxlan_spec){ .src = NODE_IP,
							 .dst = NODE2_IP,
							 .vni = POD_A_IDENTITY,
							 .inner = &inner });
		expect_verdict(
			&pods,
			&(struct input){ .packet = &in, .ifindex = bpf.lxc1, .settle = settle },
			REASON_TO_OVERLAY, &out);
		packet_vxlan(&back, &(struct vxlan_spec){ .src = NODE2_IP,
							  .dst = NODE_IP,
							  .sport = 50000,
							  .vni = POD_B_IDENTITY,
							  .inner = &arriving });
		packet_set_macs(&back, NIC_MAC, NULL);
		expect_verdict(&bpf.in, &(struct input){ .packet = &back, .ifindex = bpf.nic },
			       REASON_TO_POD_PEER, &left);
	}
}

/* As the servers of the cluster's API are: the pod leaves with the node's address, and both are undone. */
static void a_backend_that_is_another_node_sees_the_node_and_the_pod_its_service(void **state)
{
	struct l4_spec request = request_to(CLUSTER_IP, 80, IPPROTO_TCP);
	struct l4_spec asked = nat_to(&request, NODE2_IP, 6443);
	struct l4_spec out = nat_from(&asked, NODE_IP, 40000);
	struct l4_spec answer = nat_answer(&out), seen = nat_answer(&request);
	struct packet sent = frame_of(&asked, POD_A_NODE_MAC, POD_A_MAC);

	(void)state;
	packet_set_ttl(&sent, sent.data[TTL_OFFSET] - 1);
	serve(&bpf, IPPROTO_TCP, &far_node);
	for (size_t round = 0; round < 2; round++) {
		expect_from(&pods, &request, REASON_TO_NETWORK, &sent);
		nat_send(&bpf, &asked, REASON_MASQUERADED, &out);
		expect_arrival(&answer, &seen);
	}
}

static void expect_from_host(const struct datapath *dp, const struct l4_spec *in,
			     const struct l4_spec *out)
{
	struct packet p = frame_of(in, "02:00:00:00:00:ff", "02:00:00:00:00:fe"), left;

	left = frame_of(out, POD_A_MAC, POD_A_NODE_MAC);
	expect_verdict(dp, &(struct input){ .packet = &p, .ifindex = bpf.nic }, REASON_TO_POD,
		       &left);
}

static void the_node_itself_is_asked_and_answers_by_its_stack(void **state)
{
	struct l4_spec request = request_to(CLUSTER_IP, 80, IPPROTO_TCP);
	struct l4_spec asked = nat_to(&request, NODE_IP, 6443);
	struct l4_spec answer = nat_answer(&asked), seen = nat_answer(&request);
	struct packet left = frame_of(&asked, POD_A_NODE_MAC, POD_A_MAC);

	(void)state;
	serve(&bpf, IPPROTO_TCP, &own);
	expect_from(&pods, &request, REASON_TO_HOST, &left);
	expect_from_host(&from_host, &answer, &seen);
}

/* The stack, and what it remembers of the flow, sees backends both ways. */
static void in_legacy_mode_answers_get_the_service_behind_the_stack(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_to(CLUSTER_IP, 80, protocols[i]);
		struct l4_spec asked = nat_to(&request, POD_B_IP, BACKEND_PORT);
		struct l4_spec answer = nat_answer(&asked), seen = nat_answer(&request);
		struct packet left = frame_of(&asked, POD_A_NODE_MAC, POD_A_MAC);

		serve(&legacy, protocols[i], &pod_b);
		expect_from(&legacy_pods, &request, REASON_TO_STACK, &left);
		expect_from(&legacy_pods, &answer, REASON_TO_STACK, NULL);
		expect_from_host(&legacy_from_host, &answer, &seen);
	}
}

static void what_is_no_service_passes_as_it_is(void **state)
{
	struct l4_spec flow = request_to(POD_B_IP, 80, IPPROTO_TCP), answer = nat_answer(&flow);
	struct packet left;

	(void)state;
	serve(&bpf, IPPROTO_TCP, &pod_b);
	expect_peer(&flow, &flow);
	expect_peer(&answer, &answer);
	flow = request_to(NODE_IP, 22, IPPROTO_TCP);
	expect_from(&pods, &flow, REASON_TO_HOST, NULL);
	flow = request_to(OUTSIDE_IP, 80, IPPROTO_TCP);
	left = frame_of(&flow, POD_A_NODE_MAC, POD_A_MAC);
	packet_set_ttl(&left, left.data[TTL_OFFSET] - 1);
	expect_from(&pods, &flow, REASON_TO_NETWORK, &left);
	assert_int_equal(nat_count(&bpf), 0);
}

static void a_service_without_backends_is_refused(void **state)
{
	struct l4_spec request = request_to(CLUSTER_IP, 80, IPPROTO_TCP);
	struct l4_spec by_node = request_to(NODE_IP, NODE_PORT, IPPROTO_TCP);
	struct packet asked, told;

	(void)state;
	serve(&bpf, IPPROTO_TCP, NULL);
	service_set(&bpf, &(struct test_frontend){ .port = NODE_PORT, .protocol = IPPROTO_TCP },
		    NULL, 0);
	asked = frame_of(&request, POD_A_NODE_MAC, POD_A_MAC);
	packet_icmp_error(&told, &(struct icmp_error_spec){ .src = CLUSTER_IP,
							    .dst = POD_A_IP,
							    .type = ICMP_TYPE_UNREACHABLE,
							    .code = 3,
							    .about = &asked,
							    .quoted = 40 });
	packet_set_macs(&told, POD_A_MAC, POD_A_NODE_MAC);
	packet_set_u8(&told, PACKET_ETH + 1, 0xc0);
	packet_set_u16(&told, PACKET_ETH + 6, 0x4000);
	packet_set_ttl(&told, 64);
	expect_from(&pods, &request, REASON_REFUSED, &told);
	expect_from(&pods, &by_node, REASON_TO_HOST, NULL);
	assert_int_equal(nat_count(&bpf), 0);
}

static struct packet error_about(const char *src, const struct l4_spec *about)
{
	struct packet cause, p;

	packet_l4(&cause, about);
	packet_icmp_error(&p, &(struct icmp_error_spec){ .src = src,
							 .dst = POD_A_IP,
							 .type = ICMP_TYPE_UNREACHABLE,
							 .code = 3,
							 .about = &cause });
	return p;
}

/* From the backend, which is a pod here, and from the node, which could not send to one elsewhere. */
static void a_pod_hears_errors_about_what_it_sent_to_the_service(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct l4_spec request = request_to(CLUSTER_IP, 80, protocols[i]);
		struct l4_spec delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
		struct packet sent, told = error_about(CLUSTER_IP, &request);

		serve(&bpf, protocols[i], &pod_b);
		expect_peer(&request, &delivered);
		sent = error_about(POD_B_IP, &delivered);
		packet_set_macs(&sent, POD_B_NODE_MAC, POD_B_MAC);
		packet_set_macs(&told, POD_A_MAC, POD_A_NODE_MAC);
		packet_set_ttl(&told, 63);
		expect_verdict(&pods, &(struct input){ .packet = &sent, .ifindex = bpf.lxc2 },
			       REASON_TO_POD_PEER, &told);
		sent = error_about(ROUTER_IP, &delivered);
		packet_set_ttl(&told, 64);
		expect_verdict(&from_host, &(struct input){ .packet = &sent }, REASON_TO_POD,
			       &told);
	}
}

static void a_pod_cannot_use_anothers_flow(void **state)
{
	struct l4_spec request = request_to(CLUSTER_IP, 80, IPPROTO_TCP);
	struct l4_spec delivered = nat_to(&request, POD_B_IP, BACKEND_PORT);
	struct l4_spec answer = nat_answer(&delivered);
	struct packet p = frame_of(&answer, POD_A_NODE_MAC, POD_A_MAC);

	(void)state;
	serve(&bpf, IPPROTO_TCP, &pod_b);
	expect_peer(&request, &delivered);
	expect_verdict(&pods, &(struct input){ .packet = &p, .ifindex = bpf.lxc1 },
		       REASON_INVALID_SOURCE, NULL);
}

static void datagrams_go_to_who_serves(void **state)
{
	struct l4_spec request = request_to(CLUSTER_IP, 80, IPPROTO_UDP);
	struct l4_spec to_b = nat_to(&request, POD_B_IP, BACKEND_PORT), to_self = to_b;
	struct hr_nat_key key = nat_key(&request, HR_NAT_INGRESS);
	const struct test_frontend frontend = { .ip = CLUSTER_IP,
						.port = 80,
						.protocol = IPPROTO_UDP };

	(void)state;
	serve(&bpf, IPPROTO_UDP, &pod_b);
	expect_peer(&request, &to_b);
	serve(&bpf, IPPROTO_UDP, &pod_a);
	service_retire(&bpf, &frontend, &pod_b);
	nat_set_expiry(&bpf, &key, 5);
	to_self.src = LOOPBACK;
	to_self.dst = POD_A_IP;
	expect_peer(&request, &to_self);
}

static void without_it_no_packet_of_a_pod_is_looked_at(void **state)
{
	struct datapath plain;

	(void)state;
	datapath_open(&plain, BUNDLE_MASQ_BPF, HOOK_FROM_CONTAINER);
	assert_false(datapath_has_map(&plain, "hr_frontends4"));
	assert_false(datapath_has_map(&plain, "hr_nat4"));
	datapath_close(&plain);
}

static int set_up(void **state)
{
	(void)state;
	service_add_devices();
	nat_open(&bpf, BUNDLE_SERVICES_PODS);
	nat_open(&legacy, BUNDLE_SERVICES_PODS_LEGACY);
	datapath_open_beside(&pods, BUNDLE_SERVICES_PODS, HOOK_FROM_CONTAINER, &bpf.in);
	datapath_open_beside(&legacy_pods, BUNDLE_SERVICES_PODS_LEGACY, HOOK_FROM_CONTAINER,
			     &legacy.in);
	datapath_share(&bpf.in, HOOK_FROM_HOST, &from_host);
	datapath_share(&legacy.in, HOOK_FROM_HOST, &legacy_from_host);
	datapath_add_prefix(&bpf.in, NODE2_PODS, NODE2_IP, HR_ID_WORLD);
	service_nodes(nodes, ARRAY_SIZE(nodes));
	return 0;
}

static int tear_down(void **state)
{
	datapath_close(&from_host);
	datapath_close(&legacy_from_host);
	datapath_close(&pods);
	datapath_close(&legacy_pods);
	return nat_close_all(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(a_pod_talks_to_another_by_a_service),
		SERVICE_TEST(a_pod_is_its_own_backend_and_sees_somebody_else),
		SERVICE_TEST(an_answer_to_itself_that_nobody_asked_for_goes_nowhere),
		SERVICE_TEST(a_nodeport_of_the_node_is_a_service_for_its_pods_too),
		SERVICE_TEST(a_backend_behind_the_tunnel_is_asked_and_answers_by_it),
		SERVICE_TEST(a_backend_that_is_another_node_sees_the_node_and_the_pod_its_service),
		SERVICE_TEST(the_node_itself_is_asked_and_answers_by_its_stack),
		SERVICE_TEST(in_legacy_mode_answers_get_the_service_behind_the_stack),
		SERVICE_TEST(what_is_no_service_passes_as_it_is),
		SERVICE_TEST(a_service_without_backends_is_refused),
		SERVICE_TEST(a_pod_hears_errors_about_what_it_sent_to_the_service),
		SERVICE_TEST(a_pod_cannot_use_anothers_flow),
		SERVICE_TEST(datagrams_go_to_who_serves),
		cmocka_unit_test(without_it_no_packet_of_a_pod_is_looked_at),
	};

	return harness_main(tests, set_up, tear_down);
}
