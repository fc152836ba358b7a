// SPDX-License-Identifier: BSD-2-Clause
/* install/service_list: tables and names to what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "common/cleanup.h"
#include "install/service_list.h"
#include "install/tables_service.h"

static const struct serving no_host_ports = { .kinds = { true, true, true, true, false },
					      .affinity = true,
					      .terminating = true,
					      .source_ranges = true };

static const char yaml[] = "services:\n"
			   "- name: default/web:http\n"
			   "  port: 80\n"
			   "  cluster-ip: 10.96.0.1\n"
			   "  node-port: 30080\n"
			   "  host-port: 8080\n"
			   "  session-affinity: 60\n"
			   "  external-traffic-policy: Local\n"
			   "  backends:\n"
			   "  - {ip: 10.233.65.94, port: 8080}\n"
			   "  - {ip: 10.233.64.93, port: 8080, state: terminating}\n"
			   "- {name: kube-system/dns, protocol: UDP, port: 53, cluster-ip: "
			   "10.96.0.10}\n";

static char *list(bool with_names, enum cli_format format)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_state_ struct node_state state = { 0 }, nothing = { 0 };
	struct table tables[TABLE__COUNT] = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(state_parse_services("f", yaml, strlen(yaml), &state, &diags), 0);
	parse_ipv4("192.168.64.8", &state.ip);
	parse_cidr4("10.233.64.0/24", &state.pod_cidr);
	assert_int_equal(tables_add_services(&state, &no_host_ports, tables), 0);
	for (int id = 0; id < TABLE__COUNT; id++)
		table_sort(&tables[id]);
	assert_int_equal(service_list_print(tables, with_names ? &state : &nothing, format, out),
			 0);
	fclose(out);
	for (int id = 0; id < TABLE__COUNT; id++)
		table_fini(&tables[id]);
	return text;
}

static void frontends_are_listed_with_their_backends(void **state)
{
	_cleanup_free_ char *text = list(true, CLI_TEXT);

	(void)state;
	assert_string_equal(
		text,
		"Frontend                   Service Type   Service                          "
		"Backend\n"
		"*:8080/TCP                 HostPort       default/web:http                 not "
		"served\n"
		"*:30080/TCP                NodePort       default/web:http                 1 => "
		"10.233.64.93:8080 (terminating, from outside only)\n"
		"                                                                           2 => "
		"10.233.65.94:8080 (active, from inside only)\n"
		"10.96.0.1:80/TCP           ClusterIP      default/web:http                 1 => "
		"10.233.65.94:8080 (active)\n"
		"10.96.0.10:53/UDP          ClusterIP      kube-system/dns                  "
		"none\n");
}

static void without_names_there_is_what_the_maps_have(void **state)
{
	_cleanup_free_ char *text = list(false, CLI_TEXT);

	(void)state;
	assert_null(strstr(text, "8080/TCP "));
	assert_non_null(strstr(text, "10.96.0.1:80/TCP           -              -  "));
}

static void json_says_the_same(void **state)
{
	_cleanup_free_ char *text = list(true, CLI_JSON);
	json_auto_t *root = json_loads(text, 0, NULL);
	json_auto_t *want = NULL;
	const json_t *services = json_object_get(root, "services");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(root, "schema")),
			    "hostroute.services/1");
	assert_int_equal(json_array_size(services), 4);
	want = json_pack("{s:s, s:s, s:n, s:i, s:s, s:b, s:i, s:[{s:s, s:i, s:s, s:[s]}, {s:s, "
			 "s:i, s:s, s:[s]}]}",
			 "name", "default/web:http", "type", "NodePort", "ip", "port", 30080,
			 "protocol", "TCP", "served", 1, "affinity", 60, "backends", "ip",
			 "10.233.64.93", "port", 8080, "state", "terminating", "scopes", "external",
			 "ip", "10.233.65.94", "port", 8080, "state", "active", "scopes",
			 "internal");
	assert_non_null(want);
	if (!json_equal(json_array_get(services, 1), want))
		fail_msg("%s", text);
	assert_true(json_is_false(json_object_get(json_array_get(services, 0), "served")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frontends_are_listed_with_their_backends),
		cmocka_unit_test(without_names_there_is_what_the_maps_have),
		cmocka_unit_test(json_says_the_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
