// SPDX-License-Identifier: BSD-2-Clause
/* Services in a state file: what is taken, and where errors point. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "tests/unit/state_fixture.h"

/* Four lines, then the services. */
#define NODE STATE_NODE "services:\n"

static void assert_serves(const char *text)
{
	assert_good(text);
	assert_true(state.has_services);
}

static void assert_frontend(size_t index, enum frontend_kind kind, const char *ip, uint16_t port)
{
	const struct service_frontend *f = &state.services[0].frontends[index];

	assert_int_equal(f->kind, kind);
	assert_int_equal(f->ip, ip4(ip));
	assert_int_equal(f->port, port);
}

static void a_service_with_all_it_can_have(void **unused)
{
	const struct service *s;

	(void)unused;
	assert_serves(NODE "  - name: default/web:http\n"
			   "    protocol: UDP\n"
			   "    port: 80\n"
			   "    cluster-ip: 10.96.0.10\n"
			   "    node-port: 30080\n"
			   "    external-ips: [192.0.2.1, 192.0.2.3]\n"
			   "    load-balancer-ips: [192.0.2.2]\n"
			   "    host-port: 8080\n"
			   "    host-ip: 192.0.2.9\n"
			   "    external-traffic-policy: Local\n"
			   "    internal-traffic-policy: Local\n"
			   "    session-affinity: 10800\n"
			   "    source-ranges: [198.51.100.0/24, 0.0.0.0/0]\n"
			   "    backends:\n"
			   "      - {ip: 10.233.64.93, port: 8080}\n"
			   "      - {ip: 10.233.64.93, port: 8081, state: terminating}\n");
	assert_int_equal(state.service_count, 1);
	s = &state.services[0];
	assert_string_equal(s->name, "default/web:http");
	assert_int_equal(s->protocol, IPPROTO_UDP);
	assert_true(s->external_local && s->internal_local);
	assert_int_equal(s->affinity, 10800);
	assert_int_equal(s->frontend_count, 6);
	assert_frontend(0, FRONTEND_CLUSTER_IP, "10.96.0.10", 80);
	assert_frontend(1, FRONTEND_NODE_PORT, "0.0.0.0", 30080);
	assert_frontend(2, FRONTEND_EXTERNAL_IP, "192.0.2.1", 80);
	assert_frontend(3, FRONTEND_EXTERNAL_IP, "192.0.2.3", 80);
	assert_frontend(4, FRONTEND_LOAD_BALANCER, "192.0.2.2", 80);
	assert_frontend(5, FRONTEND_HOST_PORT, "192.0.2.9", 8080);
	assert_int_equal(s->source_range_count, 2);
	assert_int_equal(s->source_ranges[0].len, 24);
	assert_int_equal(s->backend_count, 2);
	assert_int_equal(s->backends[0].ip, ip4("10.233.64.93"));
	assert_int_equal(s->backends[0].port, 8080);
	assert_false(s->backends[0].is_terminating);
	assert_true(s->backends[1].is_terminating);
}

static void what_is_left_out_has_a_default(void **unused)
{
	const struct service *s;

	(void)unused;
	assert_serves(NODE "  - name: a\n    node-port: 30080\n");
	s = &state.services[0];
	assert_int_equal(s->protocol, IPPROTO_TCP);
	assert_false(s->external_local || s->internal_local);
	assert_int_equal(s->affinity, 0);
	assert_int_equal(s->frontend_count, 1);
	assert_int_equal(s->backend_count + s->source_range_count, 0);
}

static void no_list_and_an_empty_list_are_not_the_same(void **unused)
{
	static const char without[] = "node:\n  ip: 192.168.64.8\n  pod-cidr: 10.233.64.0/24\n"
				      "  router-ip: 10.233.64.1\n";

	(void)unused;
	assert_int_equal(parse(without), 0);
	assert_false(state.has_services);
	assert_serves(NODE "  []\n");
	assert_int_equal(state.service_count, 0);
	assert_bad(NODE, 5, 10, "services: has no value");
}

static void values_that_cannot_be(void **unused)
{
	(void)unused;
	assert_bad(NODE "  - {port: 80, cluster-ip: 10.96.0.1}\n", 6, 5, "name is missing");
	assert_bad(NODE "  - {name: a b, node-port: 1}\n", 6, 12, "white space");
	assert_bad(NODE "  - {name: \u00e4, node-port: 1}\n", 6, 12, "not ASCII");
	assert_bad(NODE "  - {name: a, node-port: 0}\n", 6, 26, "is not a port");
	assert_bad(NODE "  - {name: a, node-port: 65536}\n", 6, 26, "is not a port");
	assert_bad(NODE "  - {name: a, host-port: 80x}\n", 6, 26, "is not a port");
	assert_bad(NODE "  - {name: a, node-port: 1, protocol: SCTP}\n", 6, 39, "TCP or UDP");
	assert_bad(NODE "  - {name: a, node-port: 1, external-traffic-policy: local}\n", 6, 54,
		   "Cluster or Local");
	assert_bad(NODE "  - {name: a, node-port: 1, session-affinity: 86401}\n", 6, 47,
		   "seconds (1 to 86400)");
	assert_bad(NODE "  - {name: a, node-port: 1, source-ranges: [10.0.0.1/8]}\n", 6, 45,
		   "services[0].source-ranges[0]: \"10.0.0.1/8\" is not an IPv4 prefix");
	assert_bad(NODE "  - {name: a, port: 1, external-ips: [192.0.2.1, 224.0.0.1]}\n", 6, 50,
		   "services[0].external-ips[1]: \"224.0.0.1\" is not an address");
	assert_bad(NODE "  - {name: a, port: 1, external-ips: 192.0.2.1}\n", 6, 38, "not a list");
	assert_bad(NODE "  - {name: a, node-port: 1, backends: [{ip: 10.0.0.1}]}\n", 6, 40,
		   "services[0].backends[0]: port is missing");
	assert_bad(NODE "  - {name: a, node-port: 1, backends: [{ip: 10.0.0.1, port: 1, "
			"state: dead}]}\n",
		   6, 71, "active or terminating");
	assert_bad(NODE "  - {name: a, nodeport: 1}\n", 6, 15, "unknown key");
	assert_bad(NODE "  - a\n", 6, 5, "not a mapping");
}

static void an_address_needs_a_port(void **unused)
{
	(void)unused;
	assert_bad(NODE "  - {name: a, cluster-ip: 10.96.0.1}\n", 6, 27, "cluster-ip: needs port");
	assert_bad(NODE "  - {name: a, external-ips: [192.0.2.1]}\n", 6, 29, "needs port");
	assert_bad(NODE "  - {name: a, load-balancer-ips: [192.0.2.1]}\n", 6, 34, "needs port");
	assert_bad(NODE "  - {name: a, node-port: 1, host-ip: 192.0.2.1}\n", 6, 38,
		   "needs host-port");
}

static void names_are_unique(void **unused)
{
	(void)unused;
	assert_bad(NODE "  - {name: a, node-port: 1}\n  - {name: a, node-port: 2}\n", 7, 12,
		   "services[1].name: \"a\" is also that of services[0]");
}

static void a_frontend_belongs_to_one_service(void **unused)
{
	(void)unused;
	assert_bad(NODE "  - {name: a, port: 80, cluster-ip: 10.96.0.1}\n"
			"  - {name: b, port: 80, external-ips: [10.96.0.2, 10.96.0.1]}\n",
		   7, 51,
		   "services[1].external-ips: 10.96.0.1:80/TCP is also the cluster-ip of "
		   "services[0] (a)");
	assert_bad(NODE "  - {name: a, node-port: 80}\n  - {name: b, host-port: 80}\n", 7, 26,
		   "*:80/TCP is also the node-port of services[0]");
	assert_bad(NODE "  - {name: a, port: 1, load-balancer-ips: [192.0.2.1, 192.0.2.1]}\n", 6,
		   55, "is also the load-balancer-ips of services[0]");
	assert_serves(NODE "  - {name: a, node-port: 80}\n"
			   "  - {name: b, node-port: 80, protocol: UDP}\n"
			   "  - {name: c, port: 80, cluster-ip: 10.96.0.1}\n"
			   "  - {name: d, port: 81, cluster-ip: 10.96.0.1}\n"
			   "  - {name: e, port: 80, cluster-ip: 10.96.0.2}\n");
}

static void a_backend_is_listed_once_in_a_service(void **unused)
{
	(void)unused;
	assert_bad(NODE "  - name: a\n    node-port: 1\n    backends:\n"
			"      - {ip: 10.0.0.1, port: 1}\n"
			"      - {ip: 10.0.0.1, port: 2}\n"
			"      - {ip: 10.0.0.1, port: 1, state: terminating}\n",
		   11, 9, "services[0].backends[2]: 10.0.0.1:1 is also that of backends[0]");
	assert_serves(NODE "  - {name: a, node-port: 1, backends: [{ip: 10.0.0.1, port: 1}]}\n"
			   "  - {name: b, node-port: 2, backends: [{ip: 10.0.0.1, port: 1}]}\n");
}

static void lists_have_limits(void **unused)
{
	_cleanup_buf_ struct buf text = { 0 };

	(void)unused;
	buf_puts(&text,
		 NODE "  - {name: a, port: 1, load-balancer-ips: [192.0.2.1], external-ips: [");
	for (int i = 0; i < SERVICE_MAX_FRONTENDS - 4; i++)
		buf_printf(&text, "10.0.0.%d, ", i + 1);
	buf_puts(&text, "]}\n");
	assert_serves(text.data);
	assert_int_equal(state.services[0].frontend_count, SERVICE_MAX_FRONTENDS - 3);
	text.len -= strlen("]}\n");
	buf_puts(&text, "10.0.1.1]}\n");
	assert_bad(text.data, 6, 43, "more than 61 addresses, external-ips included");
}

/* Takes seconds where something is compared pairwise. */
static void thousands_of_services_are_read(void **unused)
{
	_cleanup_buf_ struct buf text = { 0 };

	(void)unused;
	buf_puts(&text, NODE);
	for (unsigned int i = 0; i < 10000; i++) {
		buf_printf(&text,
			   "- name: ns/service%u:http\n  port: 80\n  cluster-ip: 10.96.%u.%u\n"
			   "  backends:\n",
			   i, i >> 8, i & 255);
		for (unsigned int k = 0; k < 10; k++)
			buf_printf(&text, "  - ip: 10.%u.%u.%u\n    port: 8080\n", k + 1, i >> 8,
				   i & 255);
	}
	assert_serves(text.data);
	assert_int_equal(state.service_count, 10000);
	assert_int_equal(state.services[9999].backend_count, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_service_with_all_it_can_have),
		TEST(what_is_left_out_has_a_default),
		TEST(no_list_and_an_empty_list_are_not_the_same),
		TEST(values_that_cannot_be),
		TEST(an_address_needs_a_port),
		TEST(names_are_unique),
		TEST(a_frontend_belongs_to_one_service),
		TEST(a_backend_is_listed_once_in_a_service),
		TEST(lists_have_limits),
		TEST(thousands_of_services_are_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
