// SPDX-License-Identifier: BSD-2-Clause
/* install/status_services: what `cilium status` would say of the services that are loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "install/status_services.h"
#include "install/tables.h"

#define POINTS 6

static struct node_facts facts;
static struct record_point recorded[POINTS];
static struct status_point points[POINTS];
static struct status_map map;
static struct status status;

static void add_point(const char *interface, const char *program)
{
	size_t i = status.record.point_count++;

	recorded[i] = (struct record_point){ 0 };
	snprintf(recorded[i].point.interface, IFNAMSIZ, "%s", interface);
	snprintf(recorded[i].point.program, sizeof(recorded[i].point.program), "%s", program);
	points[i] = (struct status_point){ .recorded = &recorded[i], .state = POINT_IN_PLACE };
}

static void add_device(const char *name, const char *ip)
{
	struct fact_device *dev = &facts.devices[facts.device_count++];

	*dev = (struct fact_device){ .ip4_count = 1, .ip4_global = 1 };
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	assert_int_equal(parse_ipv4(ip, &dev->ip4[0]), 0);
}

/* The first node of the users' cluster with everything in place. */
static int set_up(void **state)
{
	(void)state;
	facts = (struct node_facts){ .devices_known = true };
	add_device("enp0s2", "192.168.64.8");
	add_device("enp0s3", "10.0.0.8");
	facts.node_ip = facts.devices[0].ip4[0];
	status = (struct status){
		.is_installed = true,
		.record = { .cilium_version = "1.12",
			    .points = recorded,
			    .services = { .kpr = "Probe",
					  .nodeport = true,
					  .nodeport_min = 30000,
					  .nodeport_max = 32767,
					  .external_ips = true,
					  .host_port = true,
					  .session_affinity = true,
					  .terminating_endpoints = true,
					  .socket_lb_tcp = true,
					  .socket_lb_udp = true,
					  .mode = "snat",
					  .algorithm = "random" } },
		.points = points,
		.maps = &map,
		.map_count = 1,
	};
	snprintf(map.info.name, sizeof(map.info.name), "%s", table_defs[TABLE_FRONTENDS].map);
	add_point("enp0s2", "from_netdev");
	add_point("enp0s2", "to_netdev");
	add_point("cgroup", "connect4");
	add_point("cgroup", "sendmsg4");
	add_point("cgroup", "recvmsg4");
	return 0;
}

static void assert_line(const char *expected)
{
	char line[256];

	status_services_read(&facts, &status);
	status_services_text(&status, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void assert_details(const char *expected)
{
	_cleanup_buf_ struct buf b = { 0 };

	status_services_read(&facts, &status);
	status_services_details(&status, &b);
	assert_string_equal(b.data, expected);
}

static void set_release(const char *version, const char *kpr)
{
	struct record *r = &status.record;

	snprintf(r->cilium_version, sizeof(r->cilium_version), "%s", version);
	snprintf(r->services.kpr, sizeof(r->services.kpr), "%s", kpr);
}

static void the_users_line_is_what_their_agent_says(void **state)
{
	(void)state;
	assert_line("Probe [enp0s2 192.168.64.8]");
	assert_string_equal(status_services_name(&status), "probe");
}

static void the_direct_routing_device_is_named(void **state)
{
	(void)state;
	status.record.services.direct_routing = true;
	assert_line("Probe [enp0s2 192.168.64.8 (Direct Routing)]");
	add_point("enp0s3", "from_netdev");
	snprintf(status.record.services.direct_routing_device, 16, "enp0s3");
	assert_line("Probe [enp0s2 192.168.64.8, enp0s3 10.0.0.8 (Direct Routing)]");
}

static void a_release_s_own_word_is_used(void **state)
{
	(void)state;
	set_release("1.16", "True");
	assert_line("True [enp0s2 192.168.64.8]");
	assert_string_equal(status_services_name(&status), "true");
}

static void what_is_not_in_place_is_not_claimed(void **state)
{
	(void)state;
	points[2].state = POINT_MISSING;
	assert_line("incomplete (NodePort: Enabled, socket LB: Disabled)");
	assert_string_equal(status_services_name(&status), "incomplete");
	points[2].state = POINT_CROWDED;
	points[1].state = POINT_OTHER;
	assert_line("incomplete (NodePort: Disabled, socket LB: TCP, UDP)");
}

static void a_bundle_without_services_replaces_nothing(void **state)
{
	(void)state;
	status.map_count = 0;
	assert_line("Disabled");
	assert_string_equal(status_services_name(&status), "disabled");
}

static void nobody_asked_for_a_replacement(void **state)
{
	(void)state;
	status.record.services = (struct manifest_services){ .kpr = "Disabled" };
	assert_line("Disabled");
	assert_string_equal(status_services_name(&status), "disabled");
}

/* Nothing at the NIC or the socket: pods' packets to ClusterIPs are served all the same. */
static void what_serves_pods_only_has_the_word_of_its_release(void **state)
{
	static const char *const words[][3] = { { "1.12", "Partial", "partial" },
						{ "1.14", "False", "false" },
						{ "1.19", "False", "false" } };

	(void)state;
	status.record.point_count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		status.record.services =
			(struct manifest_services){ .terminating_endpoints = true };
		set_release(words[i][0], words[i][1]);
		assert_line(words[i][1]);
		assert_string_equal(status_services_name(&status), words[i][2]);
	}
	set_release("1.12", "Disabled");
	assert_details("KubeProxyReplacement Details:\n"
		       "  Status:                 Disabled\n"
		       "  Socket LB:              Disabled\n"
		       "  Session Affinity:       Disabled\n"
		       "  Graceful Termination:   Enabled\n"
		       "  NAT46/64 Support:       Disabled\n"
		       "  Services:\n"
		       "  - ClusterIP:      Enabled\n"
		       "  - NodePort:       Disabled\n"
		       "  - LoadBalancer:   Disabled\n"
		       "  - externalIPs:    Disabled\n"
		       "  - HostPort:       Disabled\n");
}

static void the_details_of_1_12(void **state)
{
	(void)state;
	assert_details("KubeProxyReplacement Details:\n"
		       "  Status:                 Probe\n"
		       "  Socket LB:              Enabled\n"
		       "  Socket LB Protocols:    TCP, UDP\n"
		       "  Devices:                enp0s2 192.168.64.8\n"
		       "  Mode:                   SNAT\n"
		       "  Backend Selection:      Random\n"
		       "  Session Affinity:       Enabled\n"
		       "  Graceful Termination:   Enabled\n"
		       "  NAT46/64 Support:       Disabled\n"
		       "  XDP Acceleration:       Disabled\n"
		       "  Services:\n"
		       "  - ClusterIP:      Enabled\n"
		       "  - NodePort:       Enabled (Range: 30000-32767)\n"
		       "  - LoadBalancer:   Enabled\n"
		       "  - externalIPs:    Enabled\n"
		       "  - HostPort:       Enabled\n");
}

static void the_details_of_1_18_with_maglev_and_for_the_host_only(void **state)
{
	struct manifest_services *services = &status.record.services;

	(void)state;
	set_release("1.18", "True");
	snprintf(services->algorithm, sizeof(services->algorithm), "maglev");
	snprintf(services->mode, sizeof(services->mode), "hybrid");
	services->maglev_size = 16381;
	services->socket_lb_host_only = true;
	services->host_port = false;
	assert_details("KubeProxyReplacement Details:\n"
		       "  Status:                True\n"
		       "  Socket LB:             Enabled\n"
		       "  Socket LB Tracing:     Disabled\n"
		       "  Socket LB Coverage:    Hostns-only\n"
		       "  Devices:               enp0s2 192.168.64.8\n"
		       "  Mode:                  Hybrid\n"
		       "    DSR Dispatch Mode:   IP Option/Extension\n"
		       "  Backend Selection:     Maglev (Table Size: 16381)\n"
		       "  Session Affinity:      Enabled\n"
		       "  NAT46/64 Support:      Disabled\n"
		       "  XDP Acceleration:      Disabled\n"
		       "  Services:\n"
		       "  - ClusterIP:      Enabled\n"
		       "  - NodePort:       Enabled (Range: 30000-32767)\n"
		       "  - LoadBalancer:   Enabled\n"
		       "  - externalIPs:    Enabled\n"
		       "  - HostPort:       Disabled\n");
}

static void details_of_what_is_not_loaded_say_so(void **state)
{
	(void)state;
	status.record.point_count = 0;
	status.map_count = 0;
	assert_details("KubeProxyReplacement Details:\n"
		       "  Status:                 Disabled\n"
		       "  Socket LB:              Disabled\n"
		       "  Session Affinity:       Disabled\n"
		       "  Graceful Termination:   Disabled\n"
		       "  NAT46/64 Support:       Disabled\n"
		       "  Services:\n"
		       "  - ClusterIP:      Disabled\n"
		       "  - NodePort:       Disabled\n"
		       "  - LoadBalancer:   Disabled\n"
		       "  - externalIPs:    Disabled\n"
		       "  - HostPort:       Disabled\n");
}

static void what_the_bundle_had_to_turn_off_is_told_with_its_reason(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };
	struct manifest_services *services = &status.record.services;
	_cleanup_(json) json_t *json = NULL;

	(void)state;
	services->nodeport = services->external_ips = services->host_port = false;
	services->turned_off[0] = (struct manifest_off){ "nodeport", "HR-X", "no such helper" };
	services->off_count = 1;
	assert_line("Probe [enp0s2]");
	status_services_details(&status, &b);
	assert_non_null(strstr(b.data, "  Turned off:\n  - nodeport: no such helper (HR-X)\n"));
	json = status_services_json(&status);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(json, "turned_off"), 0), "reason")),
		"no such helper");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(the_users_line_is_what_their_agent_says),
		TEST(the_direct_routing_device_is_named),
		TEST(a_release_s_own_word_is_used),
		TEST(what_is_not_in_place_is_not_claimed),
		TEST(a_bundle_without_services_replaces_nothing),
		TEST(nobody_asked_for_a_replacement),
		TEST(what_serves_pods_only_has_the_word_of_its_release),
		TEST(the_details_of_1_12),
		TEST(the_details_of_1_18_with_maglev_and_for_the_host_only),
		TEST(details_of_what_is_not_loaded_say_so),
		TEST(what_the_bundle_had_to_turn_off_is_told_with_its_reason),
	};
#undef TEST

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("status_services", tests, NULL, NULL);
}
