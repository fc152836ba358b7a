// SPDX-License-Identifier: BSD-2-Clause
/* from_netdev: backends by Maglev's tables. Two nodes stand for any. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "install/maglev_map.h"
#include "tests/bpf/services.h"

#define NODE_PORT 30080
#define BACKEND_PORT 8080

enum { BACKENDS = 10, FLOWS = 1000 };

static struct nat_node node1, node2;
static struct nat_node *const nodes[] = { &node1, &node2 };
static struct maglev maglev;
static char ips[BACKENDS][INET_ADDRSTRLEN];
static struct test_backend backends[BACKENDS];

static const struct test_frontend frontend = { .port = NODE_PORT, .protocol = IPPROTO_TCP };

static struct l4_spec request_of(uint16_t sport)
{
	return (struct l4_spec){ .protocol = IPPROTO_TCP,
				 .src = OUTSIDE_IP,
				 .dst = NODE_IP,
				 .sport = sport,
				 .dport = NODE_PORT,
				 .tcp_flags = SYN };
}

/* The last part of the backend's address. */
static unsigned int chosen(const struct nat_node *node, const struct l4_spec *request)
{
	return ntohl(service_chosen(node, request).addr) & 0xff;
}

static void choose_all(const struct nat_node *node, unsigned int out[FLOWS])
{
	for (unsigned int i = 0; i < FLOWS; i++) {
		struct l4_spec request = request_of((uint16_t)(1024 + i * 7));

		out[i] = chosen(node, &request);
	}
}

static void serve(const struct nat_node *node, const struct test_frontend *at,
		  const struct test_backend *with, size_t count)
{
	service_set(node, at, with, count);
	service_add_maglev(node, &maglev);
}

static void a_flow_that_is_not_known_any_more_gets_the_backend_that_it_had(void **state)
{
	unsigned int first[FLOWS], again[FLOWS];

	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	choose_all(&node1, first);
	choose_all(&node1, again);
	assert_memory_equal(first, again, sizeof(first));
}

static void another_node_chooses_alike_whatever_the_order_of_its_backends(void **state)
{
	struct test_backend reversed[BACKENDS];
	unsigned int here[FLOWS], there[FLOWS];

	(void)state;
	for (int i = 0; i < BACKENDS; i++)
		reversed[i] = backends[BACKENDS - 1 - i];
	serve(&node1, &frontend, backends, BACKENDS);
	serve(&node2, &frontend, reversed, BACKENDS);
	choose_all(&node1, here);
	choose_all(&node2, there);
	assert_memory_equal(here, there, sizeof(here));
}

/* A node port is the same one at whichever of its addresses. */
static void the_address_of_the_node_does_not_count(void **state)
{
	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	for (uint16_t i = 0; i < 100; i++) {
		struct l4_spec request = request_of((uint16_t)(2000 + i)), other = request;

		other.dst = ROUTER_IP;
		assert_int_equal(chosen(&node1, &request), chosen(&node1, &other));
	}
}

/* Expected: 100 each, give or take 9.5 (one standard deviation of a binomial); three of these. */
static void flows_are_spread_evenly(void **state)
{
	unsigned int flows[FLOWS], counts[256] = { 0 };

	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	choose_all(&node1, flows);
	for (int i = 0; i < FLOWS; i++)
		counts[flows[i]]++;
	for (int i = 0; i < BACKENDS; i++)
		assert_in_range(counts[100 + i], 71, 129);
}

static unsigned int differing(const unsigned int *a, const unsigned int *b)
{
	unsigned int n = 0;

	for (int i = 0; i < FLOWS; i++)
		n += a[i] != b[i];
	return n;
}

static void who_asks_from_which_port_for_what_all_count(void **state)
{
	struct test_frontend other = frontend, udp = frontend;
	unsigned int by_port = 0, by_address = 0, by_frontend = 0, by_protocol = 0;

	(void)state;
	other.port++;
	udp.protocol = IPPROTO_UDP;
	serve(&node1, &frontend, backends, BACKENDS);
	serve(&node1, &other, backends, BACKENDS);
	serve(&node1, &udp, backends, BACKENDS);
	for (uint16_t i = 0; i < 200; i++) {
		struct l4_spec request = request_of((uint16_t)(3000 + i)), changed = request;
		unsigned int usual = chosen(&node1, &request);

		changed.sport = (uint16_t)(request.sport + 0x100);
		by_port += chosen(&node1, &changed) != usual;
		changed = request;
		changed.src = "203.0.113.8";
		by_address += chosen(&node1, &changed) != usual;
		changed = request;
		changed.dport = other.port;
		by_frontend += chosen(&node1, &changed) != usual;
		changed = request;
		changed.protocol = IPPROTO_UDP;
		by_protocol += chosen(&node1, &changed) != usual;
	}
	/* Nine of ten. */
	assert_in_range(by_port, 160, 200);
	assert_in_range(by_address, 160, 200);
	assert_in_range(by_frontend, 160, 200);
	assert_in_range(by_protocol, 160, 200);
}

static void flows_of_others_stay_when_a_backend_goes(void **state)
{
	unsigned int before[FLOWS], after[FLOWS], own = 0;

	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	choose_all(&node1, before);
	serve(&node1, &frontend, backends + 1, BACKENDS - 1);
	choose_all(&node1, after);
	for (int i = 0; i < FLOWS; i++) {
		assert_int_not_equal(after[i], 100);
		own += before[i] == 100;
	}
	assert_in_range(differing(before, after), own, own + FLOWS * 2 / 100);
}

static void a_client_that_keeps_its_backend_keeps_it(void **state)
{
	struct test_frontend kept = frontend;
	struct l4_spec request = request_of(5000);
	unsigned int first;

	(void)state;
	kept.affinity = 100;
	serve(&node1, &kept, backends, BACKENDS);
	first = chosen(&node1, &request);
	for (uint16_t i = 1; i < 50; i++) {
		request = request_of((uint16_t)(5000 + i));
		assert_int_equal(chosen(&node1, &request), first);
	}
}

static void a_set_without_a_table_has_its_backends_take_turns(void **state)
{
	unsigned int flows[FLOWS], counts[256] = { 0 };

	(void)state;
	service_set(&node1, &frontend, backends, BACKENDS);
	choose_all(&node1, flows);
	for (int i = 0; i < FLOWS; i++)
		counts[flows[i]]++;
	for (int i = 0; i < BACKENDS; i++)
		assert_in_range(counts[100 + i], 95, 105);
}

/* Tables of another seed may be there while a bundle is replaced by one that has it. */
static void a_table_of_another_seed_is_not_this_programs(void **state)
{
	struct maglev own = maglev;
	unsigned int before[FLOWS], after[FLOWS];

	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	choose_all(&node1, before);
	maglev.seed[1]++;
	service_add_maglev(&node1, &maglev);
	maglev = own;
	choose_all(&node1, after);
	assert_memory_equal(before, after, sizeof(before));
}

static size_t pieces(const struct nat_node *node)
{
	struct table found = { 0 };
	size_t count;

	assert_int_equal(maglev_map_dump(datapath_map(&node->in, "hr_maglev4"), &found), 0);
	count = found.count;
	table_fini(&found);
	return count;
}

static void pieces_are_written_deleted_and_taken_back(void **state)
{
	int fd = datapath_map(&node1.in, "hr_maglev4"),
	    slots_fd = datapath_map(&node1.in, "hr_slots4");
	struct table want = { 0 }, have = { 0 };
	unsigned int before[FLOWS], after[FLOWS];
	struct table_diff diff;

	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	choose_all(&node1, before);
	assert_int_equal(pieces(&node1), 3); /* of 2000 entries, 4093 in all */
	assert_int_equal(maglev_map_dump(fd, &have), 0);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(maglev_map_change(fd, slots_fd, &maglev, &diff, false), 0);
	assert_int_equal(pieces(&node1), 0);
	assert_int_equal(maglev_map_change(fd, slots_fd, &maglev, &diff, true), 0);
	assert_int_equal(pieces(&node1), 3);
	choose_all(&node1, after);
	assert_memory_equal(before, after, sizeof(before));
	table_diff_fini(&diff);
	table_fini(&have);
}

static void what_was_written_before_a_failure_is_taken_back(void **state)
{
	int fd = datapath_map(&node1.in, "hr_maglev4"),
	    slots_fd = datapath_map(&node1.in, "hr_slots4");
	struct hr_maglev_key key = { .set = 1 };
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	serve(&node1, &frontend, backends, BACKENDS);
	assert_int_equal(maglev_map_dump(fd, &want), 0);
	memcpy(&key, want.entries[0].key, sizeof(key));
	service_forget_all(NULL);
	service_set(&node1, &frontend, backends, BACKENDS);
	want.count = 0;
	key.set++; /* the set that is there, and after it one that is not */
	key.piece = 0;
	assert_int_equal(table_add(&want, TABLE_MAGLEV, &key, NULL), 0);
	key.set++;
	assert_int_equal(table_add(&want, TABLE_MAGLEV, &key, NULL), 0);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(maglev_map_change(fd, slots_fd, &maglev, &diff, false), -ENOENT);
	assert_int_equal(pieces(&node1), 0);
	table_diff_fini(&diff);
	table_fini(&want);
}

static int set_up(void **state)
{
	/* As tests/bpf/configs/maglev.yaml has it. */
	static const struct manifest_services services = { .nodeport = true,
							   .algorithm = "maglev",
							   .maglev_size = 4093,
							   .maglev_seed = "JLfvgnHc2kaSUFaI" };

	(void)state;
	nat_add_devices();
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		nat_open(nodes[i], BUNDLE_MAGLEV);
	service_nodes(nodes, ARRAY_SIZE(nodes));
	maglev = maglev_of(&services);
	for (int i = 0; i < BACKENDS; i++) {
		snprintf(ips[i], sizeof(ips[i]), "10.233.64.%d", 100 + i);
		backends[i] = (struct test_backend){ ips[i], BACKEND_PORT };
		for (size_t n = 0; n < ARRAY_SIZE(nodes); n++)
			datapath_add_endpoint(&nodes[n]->out, ips[i], nodes[n]->lxc2,
					      POD_B_IDENTITY, POD_B_MAC, POD_B_NODE_MAC);
	}
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVICE_TEST(a_flow_that_is_not_known_any_more_gets_the_backend_that_it_had),
		SERVICE_TEST(another_node_chooses_alike_whatever_the_order_of_its_backends),
		SERVICE_TEST(the_address_of_the_node_does_not_count),
		SERVICE_TEST(flows_are_spread_evenly),
		SERVICE_TEST(who_asks_from_which_port_for_what_all_count),
		SERVICE_TEST(flows_of_others_stay_when_a_backend_goes),
		SERVICE_TEST(a_client_that_keeps_its_backend_keeps_it),
		SERVICE_TEST(a_set_without_a_table_has_its_backends_take_turns),
		SERVICE_TEST(a_table_of_another_seed_is_not_this_programs),
		SERVICE_TEST(pieces_are_written_deleted_and_taken_back),
		SERVICE_TEST(what_was_written_before_a_failure_is_taken_back),
	};

	return harness_main(tests, set_up, nat_close_all);
}
