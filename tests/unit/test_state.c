// SPDX-License-Identifier: BSD-2-Clause
/* The node state reader: what it takes, and where it points when it does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "tests/unit/state_fixture.h"

#define NODE STATE_NODE
#define REMOTES "remote-nodes:\n"
#define ENDPOINTS "endpoints:\n"

static void a_full_state_is_read(void **unused)
{
	static const uint8_t mac[6] = { 0x02, 0x00, 0x0a, 0xe9, 0x40, 0x5d };

	(void)unused;
	assert_good("node:\n"
		    "  name: node1\n"
		    "  ip: 192.168.64.8\n"
		    "  pod-cidr: 10.233.64.0/24\n"
		    "  router-ip: 10.233.64.1\n"
		    "remote-nodes:\n"
		    "  - name: node2\n"
		    "    ip: 192.168.64.9\n"
		    "    pod-cidr: 10.233.65.0/24\n"
		    "endpoints:\n"
		    "  - name: default/client\n"
		    "    ip: 10.233.64.93\n"
		    "    interface: lxc1\n"
		    "    mac: 02:00:0a:e9:40:5d\n"
		    "    identity: 4711\n"
		    "  - ip: 10.233.64.94\n"
		    "    interface: eth0.100\n"
		    "    mac: 02:00:0A:E9:40:5E\n");
	assert_string_equal(state.name, "node1");
	assert_int_equal(state.ip, ip4("192.168.64.8"));
	assert_int_equal(state.pod_cidr.addr, ip4("10.233.64.0"));
	assert_int_equal(state.pod_cidr.len, 24);
	assert_int_equal(state.router_ip, ip4("10.233.64.1"));
	assert_int_equal(state.remote_count, 1);
	assert_string_equal(state.remotes[0].name, "node2");
	assert_int_equal(state.remotes[0].ip, ip4("192.168.64.9"));
	assert_int_equal(state.remotes[0].pod_cidr.addr, ip4("10.233.65.0"));
	assert_true(state.has_endpoints);
	assert_int_equal(state.endpoint_count, 2);
	assert_string_equal(state.endpoints[0].name, "default/client");
	assert_int_equal(state.endpoints[0].ip, ip4("10.233.64.93"));
	assert_string_equal(state.endpoints[0].interface, "lxc1");
	assert_memory_equal(state.endpoints[0].mac, mac, 6);
	assert_int_equal(state.endpoints[0].identity, 4711);
	assert_string_equal(state.endpoints[1].interface, "eth0.100");
}

static void json_is_taken_too(void **unused)
{
	(void)unused;
	assert_good("{\"node\": {\"ip\": \"192.168.64.8\", \"pod-cidr\": \"10.0.0.0/24\",\n"
		    "\"router-ip\": \"10.0.0.1\"}, \"endpoints\": []}\n");
	assert_true(state.has_endpoints);
	assert_int_equal(state.endpoint_count, 0);
}

static void an_endpoint_without_identity_is_in_init(void **unused)
{
	(void)unused;
	assert_good(NODE ENDPOINTS
		    "  - {ip: 10.233.64.2, interface: a, mac: \"02:00:00:00:00:01\"}\n");
	assert_int_equal(state.endpoints[0].identity, 5);
	assert_string_equal(state.endpoints[0].name, "");
}

static void absent_endpoints_differ_from_an_empty_list(void **unused)
{
	(void)unused;
	assert_good(NODE);
	assert_false(state.has_endpoints);
	teardown(NULL);
	assert_good(NODE "endpoints: []\n");
	assert_true(state.has_endpoints);
	assert_bad(NODE "endpoints:\n", 5, 11, "write [] for none");
	assert_bad(NODE "remote-nodes: ~\n", 5, 15, "write [] for none");
}

static void an_unknown_key_names_the_known_ones(void **unused)
{
	(void)unused;
	assert_bad(NODE "  podcidr: 1\n", 5, 3,
		   "node.podcidr: unknown key (known are name, ip, pod-cidr, router-ip)");
	assert_bad(NODE "policies: []\n", 5, 1,
		   "policies: unknown key (known are node, remote-nodes, endpoints, services)");
	assert_bad(NODE REMOTES "  - {ip: 10.0.0.1, pod-cidr: 10.1.0.0/24, x: y}\n", 6, 43,
		   "remote-nodes[0].x: unknown key (known are name, ip, pod-cidr)");
}

static void a_missing_field_is_named(void **unused)
{
	(void)unused;
	assert_bad("remote-nodes: []\n", 1, 1, "node is missing");
	assert_bad("node: {ip: 10.0.0.1, pod-cidr: 10.1.0.0/24}\n", 1, 7,
		   "node: router-ip is missing");
	assert_bad(NODE REMOTES "  - ip: 10.0.0.1\n", 6, 5, "remote-nodes[0]: pod-cidr is missing");
	assert_bad(NODE ENDPOINTS "  - {ip: 10.233.64.2, interface: a}\n", 6, 5,
		   "endpoints[0]: mac is missing");
}

static void all_errors_of_a_file_are_collected(void **unused)
{
	(void)unused;
	assert_int_equal(parse("node:\n"
			       "  ip: 192.168.64\n"
			       "  pod-cidr: 10.233.64.1/24\n"
			       "  router-ip: 10.233.64.1\n"
			       "what: 1\n"
			       "endpoints:\n"
			       "  - {ip: 10.233.64.2, interface: a/b, mac: nonsense}\n"
			       "  - {ip: 10.233.64.2, interface: b, mac: 02:00:00:00:00:01}\n"),
			 -EINVAL);
	assert_int_equal(diags.count, 6);
	assert_int_equal(diags.items[0].pos.line, 2);
	assert_int_equal(diags.items[1].pos.line, 3);
	assert_int_equal(diags.items[2].pos.line, 5);
	assert_int_equal(diags.items[3].pos.line, 7);
	assert_int_equal(diags.items[4].pos.line, 7);
	assert_non_null(strstr(diags.items[5].text, "endpoints[1].ip: \"10.233.64.2\" is also"));
	assert_string_equal(diags.items[5].pos.file, "state.yaml");
}

/* NODE with one endpoint that has one field changed. */
static void assert_bad_endpoint(const char *field, const char *value, const char *needle)
{
	static const char *const good[][2] = {
		{ "ip", "10.233.64.2" },
		{ "interface", "lxc1" },
		{ "mac", "\"02:00:00:00:00:01\"" },
		{ "identity", "4711" },
		{ "name", "a" },
	};
	_cleanup_free_ char *text = NULL;
	struct buf b = { 0 };

	buf_puts(&b, NODE ENDPOINTS "  -");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		buf_printf(&b, "%s%s: %s\n", i ? "    " : " ", good[i][0],
			   strcmp(good[i][0], field) ? good[i][1] : value);
	assert_int_equal(buf_take(&b, &text), 0);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (!strcmp(good[i][0], field))
			assert_bad(text, 6 + i, 5 + strlen(field) + 2, needle);
	}
}

static void a_malformed_value_is_refused_where_it_stands(void **unused)
{
	(void)unused;
	assert_bad_endpoint("ip", "10.233.64.2x", "\"10.233.64.2x\" is not an IPv4 address");
	assert_bad_endpoint("ip", "[]", "is a list or mapping, not one value");
	assert_bad_endpoint("ip", "~", "has no value");
	assert_bad_endpoint("ip", "224.0.0.1", "not an address that a host can have");
	assert_bad_endpoint("ip", "0.0.0.0", "not an address that a host can have");
	assert_bad_endpoint("mac", "\"01:00:00:00:00:01\"", "not the MAC address of one");
	assert_bad_endpoint("mac", "\"00:00:00:00:00:00\"", "not the MAC address of one");
	assert_bad_endpoint("mac", "\"02:00:00:00:00\"", "is not a MAC address");
	assert_bad_endpoint("identity", "0", "is not a security identity");
	assert_bad_endpoint("identity", "16777216", "is not a security identity");
	assert_bad_endpoint("identity", "-1", "is not a security identity");
	assert_bad_endpoint("identity", "0x10", "is not a security identity");
	assert_bad_endpoint("name", "\"\"", "is empty");
	assert_bad_endpoint("name", "\"a b\"", "white space or control characters");
}

static void an_interface_name_is_one_that_the_kernel_takes(void **unused)
{
	(void)unused;
	assert_bad_endpoint("interface", "sixteen_bytes_xx", "is not an interface name");
	assert_bad_endpoint("interface", "a/b", "is not an interface name");
	assert_bad_endpoint("interface", "\"a b\"", "is not an interface name");
	assert_bad_endpoint("interface", "\"a:b\"", "is not an interface name");
	assert_bad_endpoint("interface", "..", "is not an interface name");
	assert_bad_endpoint("interface", "\"\"", "is not an interface name");
	assert_true(interface_name_is_valid("fifteen_bytes_x"));
	assert_true(interface_name_is_valid("eth0.100"));
	assert_true(interface_name_is_valid("..."));
}

static void the_largest_identity_fits_a_vni(void **unused)
{
	(void)unused;
	assert_good(NODE ENDPOINTS "  - ip: 10.233.64.2\n"
				   "    interface: a\n"
				   "    mac: 02:00:00:00:00:01\n"
				   "    identity: 16777215\n");
	assert_int_equal(state.endpoints[0].identity, 0xffffff);
}

static void control_characters_of_the_input_are_not_printed(void **unused)
{
	(void)unused;
	assert_bad_endpoint("ip", "\"\\e[31m10\\n\"", "endpoints[0].ip: \".[31m10.\" is not");
	assert_bad(NODE "\"a\\nb\": 1\n", 5, 1, "a.b: unknown key");
}

static void a_router_ip_is_a_host_of_the_pod_cidr(void **unused)
{
	(void)unused;
	assert_bad("node:\n  ip: 192.168.64.8\n  pod-cidr: 10.1.0.0/24\n  router-ip: 10.1.1.1\n", 4,
		   14, "is outside the node's pod-cidr");
	assert_bad("node:\n  ip: 192.168.64.8\n  pod-cidr: 10.1.0.0/24\n  router-ip: 10.1.0.0\n", 4,
		   14, "is the network address");
	assert_bad("node:\n  ip: 192.168.64.8\n  pod-cidr: 0.0.0.0/0\n  router-ip: 10.1.0.1\n", 3,
		   13, "is not a prefix that pods can have");
}

static void an_endpoint_is_inside_the_pod_cidr_and_not_the_router(void **unused)
{
	(void)unused;
	assert_bad_endpoint("ip", "10.233.65.2", "is outside the node's pod-cidr");
	assert_bad_endpoint("ip", "10.233.64.1", "is the node's router-ip");
}

static void what_occurs_twice_is_reported_at_the_second_place(void **unused)
{
	(void)unused;
	assert_bad(NODE ENDPOINTS
		   "  - {ip: 10.233.64.2, interface: a, mac: \"02:00:00:00:00:01\"}\n"
		   "  - {ip: 10.233.64.2, interface: b, mac: \"02:00:00:00:00:02\"}\n",
		   7, 10, "endpoints[1].ip: \"10.233.64.2\" is also that of endpoints[0]");
	assert_bad(NODE ENDPOINTS
		   "  - {ip: 10.233.64.3, interface: a, mac: \"02:00:00:00:00:01\"}\n"
		   "  - {ip: 10.233.64.2, interface: a, mac: \"02:00:00:00:00:02\"}\n",
		   7, 34, "endpoints[1].interface: \"a\" is also that of endpoints[0]");
	assert_bad(NODE ENDPOINTS
		   "  - {ip: 10.233.64.3, interface: a, mac: \"02:00:00:00:00:01\", name: x}\n"
		   "  - {ip: 10.233.64.2, interface: b, mac: \"02:00:00:00:00:02\", name: x}\n",
		   7, 69, "endpoints[1].name: \"x\" is also that of endpoints[0]");
	assert_bad(NODE REMOTES "  - {ip: 10.0.0.9, pod-cidr: 10.1.0.0/24}\n"
				"  - {ip: 10.0.0.9, pod-cidr: 10.2.0.0/24}\n",
		   7, 10, "remote-nodes[1].ip: \"10.0.0.9\" is also that of remote-nodes[0]");
	assert_bad(NODE REMOTES "  - {ip: 192.168.64.8, pod-cidr: 10.1.0.0/24}\n", 6, 10,
		   "is this node's own");
}

static void endpoints_without_a_name_are_not_namesakes(void **unused)
{
	(void)unused;
	assert_good(NODE ENDPOINTS
		    "  - {ip: 10.233.64.3, interface: a, mac: \"02:00:00:00:00:01\"}\n"
		    "  - {ip: 10.233.64.2, interface: b, mac: \"02:00:00:00:00:01\"}\n");
}

static void overlapping_pod_cidrs_are_refused(void **unused)
{
	(void)unused;
	assert_bad(NODE REMOTES "  - {ip: 10.0.0.9, pod-cidr: 10.233.64.128/25}\n", 6, 30,
		   "remote-nodes[0].pod-cidr: \"10.233.64.128/25\" overlaps that of node");
	assert_bad(NODE REMOTES "  - {ip: 10.0.0.9, pod-cidr: 10.233.0.0/16}\n", 6, 30,
		   "overlaps that of node (10.233.64.0/24)");
	assert_bad(NODE REMOTES "  - {ip: 1.0.0.9, pod-cidr: 10.1.0.0/24}\n"
				"  - {ip: 1.0.0.7, pod-cidr: 10.2.0.0/24}\n"
				"  - {ip: 1.0.0.8, pod-cidr: 10.1.0.0/24}\n",
		   8, 29, "overlaps that of remote-nodes[0] (10.1.0.0/24)");
	assert_bad(NODE REMOTES "  - {ip: 1.0.0.9, pod-cidr: 10.250.0.0/24}\n"
				"  - {ip: 1.0.0.8, pod-cidr: 10.250.0.128/25}\n",
		   7, 29, "overlaps that of remote-nodes[0] (10.250.0.0/24)");
	assert_bad(NODE REMOTES "  - {ip: 1.0.0.9, pod-cidr: 10.1.0.7/32}\n"
				"  - {ip: 1.0.0.8, pod-cidr: 10.1.0.7/32}\n",
		   7, 29, "overlaps that of remote-nodes[0] (10.1.0.7/32)");
}

static void every_overlap_with_a_larger_pod_cidr_is_found(void **unused)
{
	(void)unused;
	/* Not a neighbour in order of addresses: another nested prefix is between the two. */
	assert_int_equal(parse(NODE REMOTES "  - {ip: 1.0.0.9, pod-cidr: 10.0.0.0/9}\n"
					    "  - {ip: 1.0.0.7, pod-cidr: 10.1.0.0/24}\n"
					    "  - {ip: 1.0.0.8, pod-cidr: 10.2.0.0/24}\n"),
			 -EINVAL);
	assert_int_equal(diags.errors, 2);
	teardown(NULL);
	/* The larger one begins at the same address as a smaller one that comes first. */
	assert_int_equal(parse(NODE REMOTES "  - {ip: 1.0.0.9, pod-cidr: 10.0.0.0/24}\n"
					    "  - {ip: 1.0.0.7, pod-cidr: 10.0.0.0/16}\n"
					    "  - {ip: 1.0.0.8, pod-cidr: 10.0.5.0/24}\n"),
			 -EINVAL);
	assert_int_equal(diags.errors, 2);
}

static void adjacent_pod_cidrs_do_not_overlap(void **unused)
{
	(void)unused;
	assert_good(NODE REMOTES "  - {ip: 1.0.0.9, pod-cidr: 10.233.65.0/24}\n"
				 "  - {ip: 1.0.0.7, pod-cidr: 10.233.63.0/24}\n"
				 "  - {ip: 1.0.0.8, pod-cidr: 10.233.66.0/23}\n");
	assert_int_equal(state.remote_count, 3);
	assert_int_equal(state.remotes[2].pod_cidr.len, 23);
}

static void a_node_inside_a_pod_cidr_is_refused(void **unused)
{
	(void)unused;
	assert_bad(NODE REMOTES "  - {ip: 10.233.64.7, pod-cidr: 10.1.0.0/24}\n", 6, 10,
		   "remote-nodes[0].ip: \"10.233.64.7\" is inside the pod-cidr of node");
	assert_bad(NODE REMOTES "  - {ip: 10.1.0.7, pod-cidr: 10.1.0.0/24}\n", 6, 10,
		   "is inside the pod-cidr of remote-nodes[0]");
	/* In a larger prefix, behind a smaller one that is inside it. */
	assert_int_equal(parse(NODE REMOTES "  - {ip: 10.2.0.9, pod-cidr: 10.0.0.0/9}\n"
					    "  - {ip: 1.0.0.7, pod-cidr: 10.1.0.0/24}\n"),
			 -EINVAL);
	assert_int_equal(diags.errors, 2);
	assert_non_null(strstr(diags.items[1].text, "is inside the pod-cidr of remote-nodes[0]"));
	assert_bad("node:\n  ip: 10.1.0.8\n  pod-cidr: 10.1.0.0/24\n  router-ip: 10.1.0.1\n", 2, 7,
		   "node.ip: \"10.1.0.8\" is inside the pod-cidr of node");
}

static void another_shape_is_refused(void **unused)
{
	(void)unused;
	assert_bad("- 1\n", 1, 1, "is not a node state");
	assert_bad("node: 7\n", 1, 7, "node: is not a mapping");
	assert_bad(NODE "endpoints: {a: b}\n", 5, 12, "endpoints: is not a list");
	assert_bad(NODE "endpoints: [7]\n", 5, 13, "endpoints[0]: is not a mapping");
	assert_bad("", 0, 0, "is empty");
	assert_bad(NODE "---\n" NODE, 0, 0, "has several documents");
}

static void a_syntax_error_is_the_only_error(void **unused)
{
	(void)unused;
	assert_int_equal(parse("node: [\n"), -EINVAL);
	assert_int_equal(diags.errors, 1);
}

static void a_missing_file_is_one_error_with_its_name(void **unused)
{
	(void)unused;
	assert_int_equal(state_read("/nonexistent/state.yaml", &state, &diags), -ENOENT);
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.items[0].pos.file, "/nonexistent/state.yaml");
}

/* `count` endpoints or remotes, every one with its own values. */
static char *large_state(size_t remotes, size_t endpoints)
{
	struct buf b = { 0 };
	char *text = NULL;

	buf_puts(&b, "node: {ip: 1.2.3.4, pod-cidr: 10.0.0.0/16, router-ip: 10.0.255.1}\n");
	buf_puts(&b, remotes ? "remote-nodes:\n" : "");
	for (size_t i = 0; i < remotes; i++)
		buf_printf(&b, " - {ip: 100.1.%zu.%zu, pod-cidr: 11.%zu.%zu.0/24}\n", i >> 8,
			   i & 255, i >> 8, i & 255);
	buf_puts(&b, endpoints ? "endpoints:\n" : "");
	for (size_t i = 0; i < endpoints; i++)
		buf_printf(
			&b,
			" - {ip: 10.0.%zu.%zu, interface: lxc%zu, mac: '02:00:00:00:%02zx:%02zx',"
			" name: p%zu}\n",
			i >> 8, i & 255, i, i >> 8, i & 255, i);
	assert_int_equal(buf_take(&b, &text), 0);
	return text;
}

static void the_documented_limits_are_reachable(void **unused)
{
	_cleanup_free_ char *text = large_state(STATE_MAX_NODES, STATE_MAX_ENDPOINTS);

	(void)unused;
	assert_good(text);
	assert_int_equal(state.remote_count, STATE_MAX_NODES);
	assert_int_equal(state.endpoint_count, STATE_MAX_ENDPOINTS);
}

static void one_more_than_the_limit_is_refused(void **unused)
{
	_cleanup_free_ char *nodes = large_state(STATE_MAX_NODES + 1, 0);
	_cleanup_free_ char *endpoints = large_state(0, STATE_MAX_ENDPOINTS + 1);

	(void)unused;
	assert_bad(nodes, 3, 2, "remote-nodes: more than 8192 entries");
	assert_bad(endpoints, 3, 2, "endpoints: more than 4096 entries");
}

static void a_command_line_sets_the_same_fields(void **unused)
{
	struct endpoint ep;
	struct cidr4 pod_cidr;

	(void)unused;
	assert_int_equal(parse_cidr4("10.233.64.0/24", &pod_cidr), 0);
	endpoint_init(&ep);
	assert_null(endpoint_set(&ep, "ip", "10.233.64.2"));
	assert_null(endpoint_set(&ep, "interface", "lxc1"));
	assert_null(endpoint_set(&ep, "mac", "02:00:00:00:00:01"));
	assert_string_equal(endpoint_set(&ep, "ip", "10.233.64"), "is not an IPv4 address");
	assert_non_null(endpoint_set(&ep, "colour", "red"));
	assert_int_equal(ep.ip, ip4("10.233.64.2"));
	assert_int_equal(ep.identity, 5);
	assert_null(endpoint_problem(&ep, pod_cidr, ip4("10.233.64.1")));
	assert_non_null(endpoint_problem(&ep, pod_cidr, ip4("10.233.64.2")));
}

static void a_shorter_value_replaces_a_longer_one_whole(void **unused)
{
	struct endpoint ep, fresh;

	(void)unused;
	endpoint_init(&ep);
	endpoint_init(&fresh);
	assert_null(endpoint_set(&ep, "interface", "a_long_name"));
	assert_null(endpoint_set(&ep, "interface", "b"));
	assert_null(endpoint_set(&fresh, "interface", "b"));
	assert_memory_equal(ep.interface, fresh.interface, sizeof(ep.interface));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_state_is_read),
		TEST(json_is_taken_too),
		TEST(an_endpoint_without_identity_is_in_init),
		TEST(absent_endpoints_differ_from_an_empty_list),
		TEST(an_unknown_key_names_the_known_ones),
		TEST(a_missing_field_is_named),
		TEST(all_errors_of_a_file_are_collected),
		TEST(a_malformed_value_is_refused_where_it_stands),
		TEST(an_interface_name_is_one_that_the_kernel_takes),
		TEST(the_largest_identity_fits_a_vni),
		TEST(control_characters_of_the_input_are_not_printed),
		TEST(a_router_ip_is_a_host_of_the_pod_cidr),
		TEST(an_endpoint_is_inside_the_pod_cidr_and_not_the_router),
		TEST(what_occurs_twice_is_reported_at_the_second_place),
		TEST(endpoints_without_a_name_are_not_namesakes),
		TEST(overlapping_pod_cidrs_are_refused),
		TEST(every_overlap_with_a_larger_pod_cidr_is_found),
		TEST(adjacent_pod_cidrs_do_not_overlap),
		TEST(a_node_inside_a_pod_cidr_is_refused),
		TEST(another_shape_is_refused),
		TEST(a_syntax_error_is_the_only_error),
		TEST(a_missing_file_is_one_error_with_its_name),
		TEST(the_documented_limits_are_reachable),
		TEST(one_more_than_the_limit_is_refused),
		TEST(a_command_line_sets_the_same_fields),
		TEST(a_shorter_value_replaces_a_longer_one_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
