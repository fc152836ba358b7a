// SPDX-License-Identifier: BSD-2-Clause
/* install/{tables_service,serving}: services of a state as the datapath's tables have them. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "install/tables_service.h"

#define NODE                           \
	"node:\n"                      \
	"  ip: 192.168.64.8\n"         \
	"  pod-cidr: 10.233.64.0/24\n" \
	"  router-ip: 10.233.64.1\n"   \
	"services:\n"

/* One of each kind of address. */
#define ALL_KINDS                                                                         \
	"port: 80, cluster-ip: 10.96.0.10, node-port: 30080, external-ips: [192.0.2.1], " \
	"load-balancer-ips: [192.0.2.2], host-port: 8080"

#define LOCAL_POD "10.233.64.93"
#define REMOTE_POD "10.233.65.94"
#define BOTH "backends: [{ip: " REMOTE_POD ", port: 1}, {ip: " LOCAL_POD ", port: 1}]"

static const struct serving everything = { .kinds = { true, true, true, true, true },
					   .affinity = true,
					   .terminating = true,
					   .source_ranges = true };

struct world {
	struct node_state state;
	struct table tables[TABLE__COUNT];
};

static void world_clear(struct world *w)
{
	state_fini(&w->state);
	for (int id = 0; id < TABLE__COUNT; id++)
		table_fini(&w->tables[id]);
	*w = (struct world){ 0 };
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct world));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	world_clear(*state);
	free(*state);
	return 0;
}

/* yaml: the elements of `services`. */
static void fill(struct world *w, const struct serving *serving, const char *yaml)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	char text[4096];

	world_clear(w);
	snprintf(text, sizeof(text), "%s%s", NODE, yaml);
	if (state_parse("state", text, strlen(text), &w->state, &diags)) {
		diag_print(&diags, stdout);
		fail();
	}
	assert_int_equal(tables_add_services(&w->state, serving, w->tables), 0);
}

static uint32_t ip4(const char *text)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(text, &addr), 0);
	return addr;
}

static const void *find(const struct world *w, enum table_id id, const void *key)
{
	const struct table *t = &w->tables[id];

	for (size_t i = 0; i < t->count; i++) {
		if (!memcmp(t->entries[i].key, key, table_defs[id].key_size))
			return t->entries[i].value;
	}
	return NULL;
}

static struct hr_frontend_key frontend_key(const char *ip, uint16_t port, uint8_t protocol)
{
	return (struct hr_frontend_key){ .addr = ip4(ip),
					 .port = htons(port),
					 .protocol = protocol };
}

static const struct hr_frontend *find_frontend(const struct world *w, const char *ip, uint16_t port)
{
	struct hr_frontend_key key = frontend_key(ip, port, IPPROTO_TCP);

	return find(w, TABLE_FRONTENDS, &key);
}

static const struct hr_backend *find_backend(const struct world *w, const char *ip, uint16_t port)
{
	struct hr_backend_key key = { .addr = ip4(ip),
				      .port = htons(port),
				      .protocol = IPPROTO_TCP };

	return find(w, TABLE_BACKENDS, &key);
}

/* "10.233.64.93:1 10.233.65.94:1" */
static const char *set_text(const struct world *w, const struct hr_frontend *f, enum hr_scope scope)
{
	static char text[512];
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < f->counts[scope]; i++) {
		struct hr_slot_key key = { .set = f->sets[scope], .slot = i };
		const struct hr_slot *slot = find(w, TABLE_SLOTS, &key);
		char ip[IPV4_TEXT_MAX];

		assert_non_null(slot);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%u", i ? " " : "",
					ipv4_text(slot->addr, ip), ntohs(slot->port));
	}
	return text;
}

static void assert_sets(const struct world *w, const char *ip, uint16_t port, const char *external,
			const char *internal)
{
	const struct hr_frontend *f = find_frontend(w, ip, port);

	if (!f)
		fail_msg("no frontend %s:%u", ip, port);
	assert_string_equal(set_text(w, f, HR_SCOPE_EXTERNAL), external);
	assert_string_equal(set_text(w, f, HR_SCOPE_INTERNAL), internal);
}

#define HERE LOCAL_POD ":1"
#define THERE REMOTE_POD ":1"

static void each_kind_of_frontend_under_each_policy(void **state)
{
	static const struct {
		const char *policy, *external_of_others, *internal_of_cluster_ip;
	} cases[] = {
		{ "", HERE " " THERE, HERE " " THERE },
		{ "external-traffic-policy: Local,", HERE, HERE " " THERE },
		{ "internal-traffic-policy: Local,", HERE " " THERE, HERE },
		{ "external-traffic-policy: Local, internal-traffic-policy: Local,", HERE, HERE },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *external = cases[i].external_of_others;
		char yaml[512];

		snprintf(yaml, sizeof(yaml), "- {name: a, %s %s, %s}\n", cases[i].policy, ALL_KINDS,
			 BOTH);
		fill(w, &everything, yaml);
		assert_int_equal(w->tables[TABLE_FRONTENDS].count, 5);
		assert_sets(w, "10.96.0.10", 80, HERE " " THERE, cases[i].internal_of_cluster_ip);
		assert_sets(w, "0.0.0.0", 30080, external, HERE " " THERE);
		assert_sets(w, "192.0.2.1", 80, external, HERE " " THERE);
		assert_sets(w, "192.0.2.2", 80, external, HERE " " THERE);
		assert_sets(w, "0.0.0.0", 8080, HERE " " THERE, HERE " " THERE);
	}
}

static void only_cluster_ips_are_internal(void **state)
{
	struct serving outside = everything;
	struct world *w = *state;

	fill(w, &everything, "- {name: a, " ALL_KINDS ", " BOTH "}\n");
	assert_int_equal(find_frontend(w, "10.96.0.10", 80)->flags, HR_FRONTEND_INTERNAL);
	assert_int_equal(find_frontend(w, "0.0.0.0", 30080)->flags, 0);
	outside.cluster_ip_outside = true;
	fill(w, &outside, "- {name: a, " ALL_KINDS ", " BOTH "}\n");
	assert_int_equal(find_frontend(w, "10.96.0.10", 80)->flags, 0);
}

static void a_host_network_pod_of_this_node_is_local(void **state)
{
	struct world *w = *state;

	fill(w, &everything,
	     "- {name: a, node-port: 30080, external-traffic-policy: Local, backends: ["
	     "{ip: 192.168.64.8, port: 1}, {ip: 192.168.64.9, port: 1}]}\n");
	assert_sets(w, "0.0.0.0", 30080, "192.168.64.8:1", "192.168.64.8:1 192.168.64.9:1");
}

static void terminating_backends_serve_when_nobody_else_does(void **state)
{
	struct world *w = *state;

	fill(w, &everything,
	     "- {name: a, node-port: 30080, external-traffic-policy: Local, backends: ["
	     "{ip: " LOCAL_POD ", port: 1, state: terminating}, {ip: " REMOTE_POD ", port: 1}]}\n");
	assert_sets(w, "0.0.0.0", 30080, HERE, THERE);
	assert_int_equal(find_backend(w, LOCAL_POD, 1)->terminating, 1);
	assert_int_equal(find_backend(w, REMOTE_POD, 1)->terminating, 0);
}

static void without_graceful_termination_they_are_gone(void **state)
{
	struct serving serving = everything;
	struct world *w = *state;

	serving.terminating = false;
	fill(w, &serving,
	     "- {name: a, port: 80, cluster-ip: 10.96.0.10, backends: [{ip: " LOCAL_POD
	     ", port: 1, state: terminating}]}\n");
	assert_sets(w, "10.96.0.10", 80, "", "");
	assert_null(find_backend(w, LOCAL_POD, 1));
}

static void nobody_is_a_set_of_number_zero(void **state)
{
	struct world *w = *state;

	fill(w, &everything,
	     "- {name: a, node-port: 30080, external-traffic-policy: Local, backends: ["
	     "{ip: " REMOTE_POD ", port: 1}]}\n"
	     "- {name: b, node-port: 30081}\n");
	assert_true(find_frontend(w, "0.0.0.0", 30080)->sets[HR_SCOPE_EXTERNAL] == 0);
	assert_sets(w, "0.0.0.0", 30080, "", THERE);
	assert_true(find_frontend(w, "0.0.0.0", 30081)->sets[HR_SCOPE_INTERNAL] == 0);
	assert_sets(w, "0.0.0.0", 30081, "", "");
}

static uint64_t set_of(struct world *w, const char *yaml)
{
	fill(w, &everything, yaml);
	return find_frontend(w, "10.96.0.1", 80)->sets[HR_SCOPE_INTERNAL];
}

#define SERVICE "- {name: a, port: 80, cluster-ip: 10.96.0.1, backends: ["

static void a_set_is_named_by_its_contents(void **state)
{
	struct world *w = *state;
	uint64_t set = set_of(w, SERVICE "{ip: 10.0.0.1, port: 1}, {ip: 10.0.0.2, port: 1}]}\n");

	assert_true(set != 0);
	assert_true(set == set_of(w, SERVICE "{ip: 10.0.0.2, port: 1}, {ip: 10.0.0.1, port: 1}]}"));
	assert_true(set == set_of(w, SERVICE "{ip: 10.0.0.2, port: 1}, {ip: 10.0.0.1, port: 1}, "
					     "{ip: 10.0.0.3, port: 1, state: terminating}]}"));
	assert_true(set != set_of(w, SERVICE "{ip: 10.0.0.2, port: 1}, {ip: 10.0.0.1, port: 2}]}"));
	assert_true(set != set_of(w, SERVICE "{ip: 10.0.0.2, port: 1}]}"));
	/* Another service's goes when that goes. */
	assert_true(set != set_of(w, "- {name: b, port: 80, cluster-ip: 10.96.0.1, backends: ["
				     "{ip: 10.0.0.1, port: 1}, {ip: 10.0.0.2, port: 1}]}\n"));
}

static void frontends_of_a_service_share_a_set(void **state)
{
	struct world *w = *state;

	fill(w, &everything, "- {name: a, " ALL_KINDS ", " BOTH "}\n");
	assert_int_equal(w->tables[TABLE_SLOTS].count, 2);
	assert_int_equal(w->tables[TABLE_BACKENDS].count, 2);
	fill(w, &everything,
	     "- {name: a, external-traffic-policy: Local, " ALL_KINDS ", " BOTH "}\n");
	assert_int_equal(w->tables[TABLE_SLOTS].count, 3);
}

static void a_backend_of_two_services_is_counted(void **state)
{
	struct world *w = *state;

	fill(w, &everything,
	     "- {name: a, node-port: 1, backends: [{ip: 10.0.0.1, port: 1}]}\n"
	     "- {name: b, node-port: 2, backends: [{ip: 10.0.0.1, port: 1, state: terminating}]}\n"
	     "- {name: c, node-port: 2, protocol: UDP, backends: [{ip: 10.0.0.1, port: 1}]}\n");
	assert_int_equal(w->tables[TABLE_BACKENDS].count, 2);
	assert_int_equal(find_backend(w, "10.0.0.1", 1)->services, 2);
	assert_int_equal(find_backend(w, "10.0.0.1", 1)->terminating, 1);
}

static void clients_may_keep_the_backends_of_a_frontend_with_affinity(void **state)
{
	struct hr_affinity_match_key key = {
		.frontend = frontend_key("0.0.0.0", 30080, IPPROTO_TCP),
		.backend = { .addr = ip4(LOCAL_POD), .port = htons(1) }
	};
	struct serving without = everything;
	struct world *w = *state;

	fill(w, &everything,
	     "- {name: a, node-port: 30080, session-affinity: 60, " BOTH "}\n"
	     "- {name: b, node-port: 30081, " BOTH "}\n");
	assert_int_equal(find_frontend(w, "0.0.0.0", 30080)->affinity, 60);
	assert_int_equal(find_frontend(w, "0.0.0.0", 30081)->affinity, 0);
	assert_non_null(find(w, TABLE_AFFINITY_MATCH, &key));
	key.frontend.port = htons(30081);
	assert_null(find(w, TABLE_AFFINITY_MATCH, &key));
	without.affinity = false;
	fill(w, &without, "- {name: a, node-port: 30080, session-affinity: 60, " BOTH "}\n");
	assert_int_equal(find_frontend(w, "0.0.0.0", 30080)->affinity, 0);
	assert_int_equal(w->tables[TABLE_AFFINITY_MATCH].count, 0);
}

static void source_ranges_are_for_balanced_and_external_addresses(void **state)
{
	static const char yaml[] = "- {name: a, " ALL_KINDS ", source-ranges: [198.51.100.0/24]}\n";
	struct hr_source_range_key key = { .len = HR_SOURCE_RANGE_LEN + 24,
					   .frontend = frontend_key("192.0.2.2", 80, IPPROTO_TCP),
					   .addr = ip4("198.51.100.0") };
	struct serving serving = everything;
	struct world *w = *state;

	fill(w, &serving, yaml);
	assert_int_equal(w->tables[TABLE_SOURCE_RANGES].count, 2);
	assert_non_null(find(w, TABLE_SOURCE_RANGES, &key));
	assert_int_equal(find_frontend(w, "192.0.2.2", 80)->flags, HR_FRONTEND_SOURCE_RANGES);
	assert_int_equal(find_frontend(w, "192.0.2.1", 80)->flags, HR_FRONTEND_SOURCE_RANGES);
	assert_int_equal(find_frontend(w, "0.0.0.0", 30080)->flags, 0);
	serving.source_ranges_everywhere = true;
	fill(w, &serving, yaml);
	assert_int_equal(w->tables[TABLE_SOURCE_RANGES].count, 5);
	serving = everything;
	serving.source_ranges = false;
	fill(w, &serving, yaml);
	assert_int_equal(w->tables[TABLE_SOURCE_RANGES].count, 0);
	assert_int_equal(find_frontend(w, "192.0.2.2", 80)->flags, 0);
}

static void kinds_that_the_bundle_does_not_serve_are_left_out(void **state)
{
	struct serving cluster_only = { .kinds = { [FRONTEND_CLUSTER_IP] = true } };
	struct world *w = *state;

	fill(w, &cluster_only,
	     "- {name: a, " ALL_KINDS ", " BOTH "}\n"
	     "- {name: b, node-port: 1, backends: [{ip: 10.0.0.9, port: 1}]}\n");
	assert_int_equal(w->tables[TABLE_FRONTENDS].count, 1);
	assert_non_null(find_frontend(w, "10.96.0.10", 80));
	assert_null(find_backend(w, "10.0.0.9", 1));
}

static const char *served_text(const struct serving *s)
{
	static char text[16];

	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s%s%s%s",
		 s->kinds[FRONTEND_CLUSTER_IP] ? "C" : "", s->kinds[FRONTEND_NODE_PORT] ? "N" : "",
		 s->kinds[FRONTEND_EXTERNAL_IP] ? "E" : "",
		 s->kinds[FRONTEND_LOAD_BALANCER] ? "L" : "",
		 s->kinds[FRONTEND_HOST_PORT] ? "H" : "", s->affinity ? "a" : "",
		 s->terminating ? "t" : "", s->source_ranges ? "r" : "",
		 s->source_ranges_everywhere ? "R" : "", s->cluster_ip_outside ? "o" : "");
	return text;
}

/* Which parts there are is decided where the bundle is made: tests/unit/test_service_parts.c. */
static void what_is_served_is_what_the_bundle_has_on(void **state)
{
	static const struct {
		struct manifest_services services;
		const char *served;
	} cases[] = {
		{ { .nodeport = false }, "C" },
		{ { .nodeport = true }, "CNL" },
		{ { .nodeport = true, .external_ips = true }, "CNEL" },
		{ { .nodeport = true, .host_port = true }, "CNLH" },
		{ { .session_affinity = true }, "Ca" },
		{ { .terminating_endpoints = true }, "Ct" },
		{ { .nodeport = true, .source_ranges = true }, "CNLr" },
		{ { .source_ranges = true, .source_ranges_everywhere = true }, "CrR" },
		{ { .cluster_ip_outside = true }, "Co" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct serving serving = serving_of(&cases[i].services);

		assert_string_equal(served_text(&serving), cases[i].served);
	}
}

/* Pieces of the table of that set. */
static size_t pieces_of(const struct world *w, uint64_t set)
{
	size_t n = 0;

	for (size_t i = 0; i < w->tables[TABLE_MAGLEV].count; i++) {
		struct hr_maglev_key key;

		memcpy(&key, w->tables[TABLE_MAGLEV].entries[i].key, sizeof(key));
		n += key.set == set;
	}
	return n;
}

static struct serving by_maglev(void)
{
	struct serving serving = everything;

	serving.maglev = (struct maglev){ .size = 16381, .seed = { 1, 2, 3 } };
	return serving;
}

static void sets_for_those_outside_have_a_table_of_maglevs(void **state)
{
	struct serving serving = by_maglev();
	struct world *w = *state;
	const struct hr_frontend *f;

	fill(w, &serving,
	     "  - {name: a, " ALL_KINDS ", external-traffic-policy: Local, " BOTH "}\n"
	     "  - {name: b, port: 80, cluster-ip: 10.96.0.11, node-port: 30081, " BOTH "}\n");
	f = find_frontend(w, "0.0.0.0", 30081);
	assert_int_equal(pieces_of(w, f->sets[HR_SCOPE_EXTERNAL]), 9); /* of 2000 entries */
	/* Service a: its local set has one backend, the other is for its host port. */
	f = find_frontend(w, "0.0.0.0", 30080);
	assert_int_equal(pieces_of(w, f->sets[HR_SCOPE_EXTERNAL]), 0);
	f = find_frontend(w, "0.0.0.0", 8080);
	assert_int_equal(pieces_of(w, f->sets[HR_SCOPE_EXTERNAL]), 9);
	assert_int_equal(w->tables[TABLE_MAGLEV].count, 18);
}

static void what_only_the_cluster_asks_for_has_none(void **state)
{
	struct serving serving = by_maglev();
	struct world *w = *state;
	const char *yaml = "  - {name: a, port: 80, cluster-ip: 10.96.0.10, " BOTH "}\n";

	fill(w, &serving, yaml);
	assert_int_equal(w->tables[TABLE_MAGLEV].count, 0);
	serving.cluster_ip_outside = true;
	fill(w, &serving, yaml);
	assert_int_equal(w->tables[TABLE_MAGLEV].count, 9);
}

static void without_maglev_there_are_no_tables(void **state)
{
	struct world *w = *state;

	fill(w, &everything, "  - {name: a, " ALL_KINDS ", " BOTH "}\n");
	assert_int_equal(w->tables[TABLE_MAGLEV].count, 0);
}

static void only_active_backends_are_in_the_set_of_a_table(void **state)
{
	struct serving serving = by_maglev();
	struct world *w = *state;

	fill(w, &serving,
	     "  - {name: a, port: 80, node-port: 30080, backends: [{ip: 10.233.65.1, port: 1},"
	     " {ip: 10.233.65.2, port: 1}, {ip: 10.233.65.3, port: 1, state: terminating}]}\n");
	assert_sets(w, "0.0.0.0", 30080, "10.233.65.1:1 10.233.65.2:1",
		    "10.233.65.1:1 10.233.65.2:1");
	assert_int_equal(w->tables[TABLE_MAGLEV].count, 9);
}

static void another_size_or_seed_has_other_keys(void **state)
{
	struct serving serving = by_maglev();
	struct hr_maglev_key keys[3];
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		serving.maglev.seed[1] += i == 1;
		serving.maglev.size = i == 2 ? 8191 : 16381;
		fill(w, &serving, "  - {name: a, port: 80, node-port: 30080, " BOTH "}\n");
		memcpy(&keys[i], w->tables[TABLE_MAGLEV].entries[0].key, sizeof(keys[i]));
	}
	assert_int_equal(keys[0].set, keys[2].set);
	assert_int_not_equal(keys[0].variant, keys[1].variant);
	assert_int_not_equal(keys[1].variant, keys[2].variant);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_frontend_under_each_policy),
		TEST(only_cluster_ips_are_internal),
		TEST(a_host_network_pod_of_this_node_is_local),
		TEST(terminating_backends_serve_when_nobody_else_does),
		TEST(without_graceful_termination_they_are_gone),
		TEST(nobody_is_a_set_of_number_zero),
		TEST(a_set_is_named_by_its_contents),
		TEST(frontends_of_a_service_share_a_set),
		TEST(a_backend_of_two_services_is_counted),
		TEST(clients_may_keep_the_backends_of_a_frontend_with_affinity),
		TEST(source_ranges_are_for_balanced_and_external_addresses),
		TEST(kinds_that_the_bundle_does_not_serve_are_left_out),
		TEST(sets_for_those_outside_have_a_table_of_maglevs),
		TEST(what_only_the_cluster_asks_for_has_none),
		TEST(without_maglev_there_are_no_tables),
		TEST(only_active_backends_are_in_the_set_of_a_table),
		TEST(another_size_or_seed_has_other_keys),
		TEST(what_is_served_is_what_the_bundle_has_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
