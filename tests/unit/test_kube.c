// SPDX-License-Identifier: BSD-2-Clause
/* install/kube: what kubectl prints becomes the services that a state file would name. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "install/kube.h"

#define CLUSTER "tests/unit/data/kube/cluster.json"

static struct node_state state;
static struct diag_list diags;

static int setup(void **unused)
{
	(void)unused;
	state = (struct node_state){ 0 };
	diags = (struct diag_list){ 0 };
	return parse_ipv4("192.168.64.8", &state.ip);
}

static int teardown(void **unused)
{
	(void)unused;
	diag_fini(&diags);
	state_fini(&state);
	return 0;
}

static int parse(const char *items)
{
	char text[4096];

	teardown(NULL);
	setup(NULL);
	snprintf(text, sizeof(text), "{\"kind\": \"List\", \"items\": [%s]}", items);
	return kube_parse("list.json", text, strlen(text), &state, &diags);
}

/* "ClusterIP 10.96.0.1:443 ... <- 10.0.0.1:80 10.0.0.2:80(terminating)" */
static const char *text_of(const struct service *service)
{
	static char text[1024];
	int len = snprintf(text, sizeof(text), "%s", protocol_name(service->protocol));
	char ip[IPV4_TEXT_MAX];

	for (size_t i = 0; i < service->frontend_count; i++) {
		const struct service_frontend *f = &service->frontends[i];

		len += snprintf(text + len, sizeof(text) - (size_t)len, " %s %s:%u",
				frontend_kind_name(f->kind), ipv4_text(f->ip, ip), f->port);
	}
	len += snprintf(text + len, sizeof(text) - (size_t)len, " <-");
	for (size_t i = 0; i < service->backend_count; i++) {
		const struct service_backend *b = &service->backends[i];

		len += snprintf(text + len, sizeof(text) - (size_t)len, " %s:%u%s",
				ipv4_text(b->ip, ip), b->port,
				b->is_terminating ? "(terminating)" : "");
	}
	return text;
}

static const struct service *find(const char *name)
{
	for (size_t i = 0; i < state.service_count; i++) {
		if (!strcmp(state.services[i].name, name))
			return &state.services[i];
	}
	fail_msg("there is no service %s", name);
	return NULL;
}

static void assert_service(const char *name, const char *text)
{
	assert_string_equal(text_of(find(name)), text);
}

static void a_cluster_is_read(void **unused)
{
	(void)unused;
	if (kube_read(CLUSTER, &state, &diags)) {
		diag_print(&diags, stdout);
		fail();
	}
	assert_true(state.has_services);
	assert_int_equal(state.service_count, 9);
	assert_service("default/kubernetes:https",
		       "TCP ClusterIP 10.96.0.1:443 <- 192.168.64.8:6443");
	assert_service("kube-system/kube-dns:dns",
		       "UDP ClusterIP 10.96.0.10:53 <- 10.233.64.50:5354");
	assert_service("kube-system/kube-dns:dns-tcp",
		       "TCP ClusterIP 10.96.0.10:53 <- 10.233.64.50:5353");
	assert_service("kube-system/kube-dns:metrics",
		       "TCP ClusterIP 10.96.0.10:9153 <- 10.233.64.50:9153");
	/* Two slices, of which one knows a pod as terminating that is ready in the other. */
	assert_service("default/web",
		       "TCP ClusterIP 10.96.7.7:80 NodePort 0.0.0.0:30080 ExternalIPs 192.0.2.1:80 "
		       "LoadBalancer 192.0.2.2:80 <- 10.233.64.93:8080 10.233.65.94:8080 "
		       "10.233.65.97:8080 10.233.66.98:8080");
	assert_service("default/lb-only",
		       "TCP ClusterIP 10.96.7.8:80 LoadBalancer 192.0.2.4:80 <-");
	assert_service("ingress-nginx/ingress-7xk2p:host-port-8080",
		       "TCP HostPort 0.0.0.0:8080 <- 10.233.64.95:80");
	assert_service("ingress-nginx/ingress-7xk2p:host-port-8443-192.0.2.9",
		       "TCP HostPort 192.0.2.9:8443 <- 10.233.64.95:8443");
	assert_service("ingress-nginx/ingress-7xk2p:host-port-8053-udp",
		       "UDP HostPort 0.0.0.0:8053 <- 10.233.64.95:53");
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.items[0].text, "Service telco/signalling: a port that is neither "
						 "TCP nor UDP is passed over");
}

static void policies_affinity_and_ranges_are_read(void **unused)
{
	const struct service *web;
	uint32_t addr;

	(void)unused;
	assert_int_equal(kube_read(CLUSTER, &state, &diags), 0);
	web = find("default/web");
	assert_true(web->external_local && !web->internal_local);
	assert_int_equal(web->affinity, 600);
	assert_int_equal(web->source_range_count, 1);
	assert_int_equal(parse_ipv4("198.51.100.0", &addr), 0);
	assert_int_equal(web->source_ranges[0].addr, addr);
	assert_int_equal(web->source_ranges[0].len, 24);
	assert_int_equal(find("default/lb-only")->affinity, KUBE_DEFAULT_AFFINITY);
	assert_true(find("kube-system/kube-dns:dns")->internal_local);
	assert_int_equal(find("kube-system/kube-dns:dns")->affinity, 0);
}

#define META(name) "\"metadata\": {\"name\": \"" name "\", \"namespace\": \"ns\"}"
#define SERVICE(name, spec) "{\"kind\": \"Service\", " META(name) ", \"spec\": {" spec "}}"
#define PORT_80 "\"ports\": [{\"port\": 80}]"
#define SLICE(endpoint)                                                                      \
	"{\"kind\": \"EndpointSlice\", \"addressType\": \"IPv4\", \"metadata\": {\"name\": " \
	"\"s\", \"namespace\": \"ns\", \"labels\": {\"kubernetes.io/service-name\": "        \
	"\"a\"}}, \"ports\": [{\"port\": 1, \"name\": null}], \"endpoints\": [" endpoint "]}"

static void conditions_that_are_left_out_mean_ready(void **unused)
{
	static const struct {
		const char *conditions, *backends;
	} cases[] = {
		{ "", " 10.0.0.1:1" },
		{ "\"ready\": null", " 10.0.0.1:1" },
		{ "\"ready\": false", "" },
		{ "\"ready\": true", " 10.0.0.1:1" },
		{ "\"ready\": false, \"serving\": true", "" },
		{ "\"ready\": false, \"terminating\": true", "" },
		/* By publishNotReadyAddresses. */
		{ "\"ready\": true, \"serving\": false, \"terminating\": true", " 10.0.0.1:1" },
		{ "\"ready\": true, \"terminating\": true", " 10.0.0.1:1" },
		{ "\"ready\": false, \"serving\": true, \"terminating\": true",
		  " 10.0.0.1:1(terminating)" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char items[2048], want[128];

		snprintf(items, sizeof(items),
			 SERVICE("a", "\"clusterIP\": \"10.96.0.1\", " PORT_80) ", " SLICE(
				 "{\"addresses\": [\"10.0.0.1\"], \"conditions\": {%s}}"),
			 cases[i].conditions);
		assert_int_equal(parse(items), 0);
		snprintf(want, sizeof(want), "TCP ClusterIP 10.96.0.1:80 <-%s", cases[i].backends);
		assert_service("ns/a", want);
	}
}

static void a_node_port_is_one_of_a_type_that_has_it(void **unused)
{
	(void)unused;
	assert_int_equal(parse(SERVICE("a", "\"type\": \"ClusterIP\", \"clusterIP\": "
					    "\"10.96.0.1\", \"ports\": [{\"port\": 80, "
					    "\"nodePort\": 30080}]")),
			 0);
	assert_service("ns/a", "TCP ClusterIP 10.96.0.1:80 <-");
	assert_int_equal(parse(SERVICE("a", "\"type\": \"NodePort\", \"clusterIP\": "
					    "\"10.96.0.1\", \"ports\": [{\"port\": 80, "
					    "\"nodePort\": 30080}]")),
			 0);
	assert_service("ns/a", "TCP ClusterIP 10.96.0.1:80 NodePort 0.0.0.0:30080 <-");
}

static void a_service_has_one_cluster_ip(void **unused)
{
	(void)unused;
	assert_int_equal(parse(SERVICE("a", "\"clusterIPs\": [\"fd00::1\", \"10.96.0.1\", "
					    "\"10.96.0.2\"], " PORT_80)),
			 0);
	assert_service("ns/a", "TCP ClusterIP 10.96.0.1:80 <-");
}

static void what_two_services_claim_stays_with_the_first(void **unused)
{
	(void)unused;
	assert_int_equal(
		parse(SERVICE(
			"b",
			"\"externalIPs\": [\"192.0.2.1\", "
			"\"192.0.2.2\"], " PORT_80) ", " SERVICE("a", "\"externalIPs\": "
								      "[\"192.0.2.1\"], " PORT_80)),
		0);
	assert_service("ns/a", "TCP ExternalIPs 192.0.2.1:80 <-");
	assert_service("ns/b", "TCP ExternalIPs 192.0.2.2:80 <-");
	assert_int_equal(diags.warnings, 2);
	assert_string_equal(diags.items[1].text, "ns/b: 192.0.2.1:80/TCP stays with ns/a");
}

static void a_cluster_ip_is_not_taken_by_an_external_ip(void **unused)
{
	(void)unused;
	assert_int_equal(parse(SERVICE("b", "\"clusterIP\": \"10.96.0.1\", " PORT_80) ", " SERVICE(
				 "a", "\"externalIPs\": [\"192.0.2.1\", \"10.96.0.1\"], " PORT_80)),
			 0);
	assert_service("ns/a", "TCP ExternalIPs 192.0.2.1:80 <-");
	assert_service("ns/b", "TCP ClusterIP 10.96.0.1:80 <-");
	assert_string_equal(diags.items[1].text, "ns/a: 10.96.0.1:80/TCP stays with ns/b");
}

static void what_a_service_names_twice_it_has_once(void **unused)
{
	(void)unused;
	assert_int_equal(parse("{\"kind\": \"Service\", " META(
				 "a") ", \"spec\": {\"type\": \"LoadBalancer\", \"externalIPs\": "
				      "[\"192.0.2.1\"], " PORT_80
				      "}, \"status\": {\"loadBalancer\": "
				      "{\"ingress\": [{\"ip\": \"192.0.2.1\"}]}}}, " SLICE("")),
			 0);
	assert_service("ns/a", "TCP ExternalIPs 192.0.2.1:80 <-");
	assert_int_equal(diags.count, 0);
}

static void a_pod_may_have_a_host_port_at_several_addresses(void **unused)
{
	(void)unused;
	assert_int_equal(
		parse("{\"kind\": \"Pod\", " META(
			"p") ", \"status\": {\"hostIP\": "
			     "\"192.168.64.8\", \"podIP\": \"10.0.0.1\"}, \"spec\": "
			     "{\"containers\": [{\"ports\": [{\"hostIP\": \"192.0.2.1\", "
			     "\"hostPort\": 80, \"containerPort\": 8080}, {\"hostIP\": "
			     "\"192.0.2.2\", \"hostPort\": 80, \"containerPort\": 8081}]}]}}"),
		0);
	assert_service("ns/p:host-port-80-192.0.2.1", "TCP HostPort 192.0.2.1:80 <- 10.0.0.1:8080");
	assert_service("ns/p:host-port-80-192.0.2.2", "TCP HostPort 192.0.2.2:80 <- 10.0.0.1:8081");
}

static void services_without_slices_are_warned_of(void **unused)
{
	(void)unused;
	assert_int_equal(parse(SERVICE("a", PORT_80)), 0);
	assert_int_equal(diags.warnings, 1);
	assert_non_null(strstr(diags.items[0].text, "no EndpointSlices"));
	assert_int_equal(parse(""), 0);
	assert_true(state.has_services);
	assert_int_equal(diags.warnings, 0);
}

static void assert_bad(int err, const char *needle)
{
	assert_int_equal(err, -EINVAL);
	if (diags.errors != 1 || !strstr(diags.items[diags.count - 1].text, needle)) {
		diag_print(&diags, stdout);
		fail_msg("no error with \"%s\"", needle);
	}
	assert_false(state.has_services);
	assert_null(state.services);
}

static void what_is_no_list_is_refused(void **unused)
{
	static const char service[] = SERVICE("a", PORT_80);

	(void)unused;
	assert_bad(kube_parse("f", service, strlen(service), &state, &diags), "not a List");
	assert_bad(parse("7, ,"), "not JSON");
	assert_bad(parse("{" META("a") ", \"spec\": {\"clusterIP\": \"10.96.0.1\", " PORT_80 "}}"),
		   "without kinds");
	assert_bad(parse(SERVICE("a", PORT_80) ", " SERVICE("a", PORT_80)), "ns/a is there twice");
	assert_bad(parse(SERVICE("a b", PORT_80)), "name cannot be one");
}

/* Left out they would open the service to everybody. */
static void ranges_that_cannot_be_read_are_refused(void **unused)
{
	(void)unused;
	assert_bad(parse(SERVICE("a", "\"loadBalancerSourceRanges\": [\"10.0.0.0/33\"], " PORT_80)),
		   "ns/a: loadBalancerSourceRanges");
	assert_bad(parse(SERVICE("a", "\"loadBalancerSourceRanges\": [7], " PORT_80)),
		   "ns/a: loadBalancerSourceRanges");
}

static void a_state_has_services_from_one_place(void **unused)
{
	static const char list[] = "{\"items\": []}";

	(void)unused;
	state.has_services = true;
	assert_int_equal(kube_parse("f", list, strlen(list), &state, &diags), -EINVAL);
	assert_int_equal(diags.errors, 1);
}

/* Takes seconds where slices are looked for one by one. */
static void thousands_of_services_find_their_slices(void **unused)
{
	_cleanup_buf_ struct buf text = { 0 };

	(void)unused;
	buf_puts(&text, "{\"items\": [null");
	for (int i = 0; i < 10000; i++) {
		buf_printf(&text,
			   ",{\"kind\":\"EndpointSlice\",\"addressType\":\"IPv4\",\"metadata\":{"
			   "\"namespace\":\"ns\",\"labels\":{\"kubernetes.io/service-name\":"
			   "\"s%d\"}},\"ports\":[{\"port\":%d}],\"endpoints\":[{\"addresses\":["
			   "\"10.0.0.1\"]}]}",
			   i, i + 1);
		buf_printf(&text,
			   ",{\"kind\":\"Service\",\"metadata\":{\"name\":\"s%d\",\"namespace\":"
			   "\"ns\"},\"spec\":{\"clusterIP\":\"10.96.0.1\",\"ports\":[{\"port\":%d}]"
			   "}}",
			   i, i + 1);
	}
	buf_puts(&text, "]}");
	assert_int_equal(kube_parse("f", text.data, text.len, &state, &diags), 0);
	assert_int_equal(state.service_count, 10000);
	assert_service("ns/s7777", "TCP ClusterIP 10.96.0.1:7778 <- 10.0.0.1:7778");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cluster_is_read),
		TEST(policies_affinity_and_ranges_are_read),
		TEST(conditions_that_are_left_out_mean_ready),
		TEST(a_node_port_is_one_of_a_type_that_has_it),
		TEST(a_service_has_one_cluster_ip),
		TEST(what_two_services_claim_stays_with_the_first),
		TEST(a_cluster_ip_is_not_taken_by_an_external_ip),
		TEST(what_a_service_names_twice_it_has_once),
		TEST(a_pod_may_have_a_host_port_at_several_addresses),
		TEST(services_without_slices_are_warned_of),
		TEST(what_is_no_list_is_refused),
		TEST(ranges_that_cannot_be_read_are_refused),
		TEST(a_state_has_services_from_one_place),
		TEST(thousands_of_services_find_their_slices),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
