// SPDX-License-Identifier: BSD-2-Clause
/* install/tables: map contents from a state, and the difference of two contents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/cleanup.h"
#include "install/tables.h"

#define NIC_INDEX 2

/* A table of node entries: key n has value identity `value`. */
static void add_node(struct table *t, uint32_t key, uint32_t identity)
{
	struct hr_node value = { .identity = identity };

	assert_int_equal(table_add(t, TABLE_NODES, &key, &value), 0);
}

/* What a map is after its changes were made, in order. */
static void replay(struct table *map, const struct table_diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		const struct table_change *c = &diff->changes[i];
		const struct table_entry *entry = c->op == TABLE_DELETE ? &c->old : &c->new;
		size_t k = 0;

		while (k < map->count && memcmp(map->entries[k].key, entry->key, TABLE_KEY_MAX))
			k++;
		assert_true((k == map->count) == (c->op == TABLE_INSERT));
		if (c->op == TABLE_INSERT)
			table_add(map, TABLE_NODES, entry->key, entry->value);
		else if (c->op == TABLE_UPDATE)
			map->entries[k] = *entry;
		else
			map->entries[k] = map->entries[--map->count];
	}
}

static void equal_tables_need_no_change(void **state)
{
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		add_node(&want, i, i);
		add_node(&have, 99 - i, 99 - i);
	}
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(diff.count, 0);
	table_diff_fini(&diff);
	table_fini(&want);
	table_fini(&have);
}

static void empty_tables_need_no_change(void **state)
{
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(diff.count, 0);
	table_diff_fini(&diff);
}

static void a_difference_says_what_is_added_changed_and_removed(void **state)
{
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;
	char text[128];

	(void)state;
	add_node(&want, 1, 1);
	add_node(&want, 2, 20);
	add_node(&want, 4, 4);
	add_node(&have, 1, 1);
	add_node(&have, 2, 2);
	add_node(&have, 3, 3);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(diff.ops[TABLE_INSERT], 1);
	assert_int_equal(diff.ops[TABLE_UPDATE], 1);
	assert_int_equal(diff.ops[TABLE_DELETE], 1);
	table_diff_text(&diff, TABLE_NODES, text, sizeof(text));
	assert_string_equal(text, "hr_nodes4: 1 added, 1 changed, 1 removed");
	table_diff_fini(&diff);
	table_fini(&want);
	table_fini(&have);
}

static void removals_come_after_everything_else(void **state)
{
	struct table want = { 0 }, have = { 0 };
	struct table_diff diff;

	(void)state;
	add_node(&have, 1, 1);
	add_node(&want, 9, 9);
	assert_int_equal(table_diff(&want, &have, &diff), 0);
	assert_int_equal(diff.count, 2);
	assert_int_equal(diff.changes[0].op, TABLE_INSERT);
	assert_int_equal(diff.changes[1].op, TABLE_DELETE);
	table_diff_fini(&diff);
	table_fini(&want);
	table_fini(&have);
}

static void making_the_changes_gives_what_was_wanted(void **state)
{
	struct table_diff diff, rest;

	(void)state;
	srand(1);
	for (int round = 0; round < 50; round++) {
		struct table want = { 0 }, have = { 0 };

		for (int i = 0; i < 40; i++) {
			add_node(&want, (uint32_t)rand() % 64, (uint32_t)i % 3);
			add_node(&have, (uint32_t)rand() % 64, (uint32_t)i % 3);
		}
		assert_int_equal(table_diff(&want, &have, &diff), 0);
		replay(&have, &diff);
		assert_int_equal(table_diff(&want, &have, &rest), 0);
		assert_int_equal(rest.count, 0);
		table_diff_fini(&diff);
		table_diff_fini(&rest);
		table_fini(&want);
		table_fini(&have);
	}
}

static void a_single_entry_is_compared_by_its_value(void **state)
{
	struct table_entry a = { .key = { 1 }, .value = { 1 } };
	struct table_entry b = { .key = { 1 }, .value = { 2 } };
	const struct {
		const struct table_entry *want, *have;
		size_t count;
		enum table_op op;
	} cases[] = {
		{ NULL, NULL, 0, 0 },	       { &a, &a, 0, 0 },
		{ &a, NULL, 1, TABLE_INSERT }, { NULL, &a, 1, TABLE_DELETE },
		{ &a, &b, 1, TABLE_UPDATE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct table_diff diff;

		assert_int_equal(table_diff_entry(cases[i].want, cases[i].have, &diff), 0);
		assert_int_equal(diff.count, cases[i].count);
		if (diff.count)
			assert_int_equal(diff.changes[0].op, cases[i].op);
		table_diff_fini(&diff);
	}
}

/* One endpoint, one remote node. */
static void fill(struct table out[TABLE__COUNT])
{
	static struct endpoint ep = { .mac = { 2, 0, 0, 0, 0, 1 }, .identity = 4711 };
	static struct remote_node remote;
	struct table_link link = { .ifindex = 7, .mac = { 2, 0, 0, 0, 0, 2 } };
	const unsigned int nic = NIC_INDEX;
	struct node_state s = {
		.endpoints = &ep, .endpoint_count = 1, .remotes = &remote, .remote_count = 1
	};

	parse_ipv4("192.168.64.8", &s.ip);
	parse_ipv4("10.233.64.1", &s.router_ip);
	parse_ipv4("10.233.64.93", &ep.ip);
	parse_ipv4("192.168.64.9", &remote.ip);
	parse_cidr4("10.233.65.0/24", &remote.pod_cidr);
	assert_int_equal(tables_from_state(&s, &link, &nic, out), 0);
}

static const void *find(const struct table *t, const void *key, size_t size)
{
	for (size_t i = 0; i < t->count; i++) {
		if (!memcmp(t->entries[i].key, key, size))
			return t->entries[i].value;
	}
	return NULL;
}

static void an_endpoint_carries_both_macs_and_its_interface(void **state)
{
	struct table out[TABLE__COUNT] = { 0 };
	const uint8_t pod_mac[6] = { 2, 0, 0, 0, 0, 1 }, host_mac[6] = { 2, 0, 0, 0, 0, 2 };
	const struct hr_endpoint *value;
	uint32_t key;

	(void)state;
	fill(out);
	parse_ipv4("10.233.64.93", &key);
	value = find(&out[TABLE_ENDPOINTS], &key, sizeof(key));
	assert_non_null(value);
	assert_int_equal(value->ifindex, 7);
	assert_int_equal(value->identity, 4711);
	assert_int_equal(value->flags, 0);
	assert_memory_equal(value->mac, pod_mac, 6);
	assert_memory_equal(value->node_mac, host_mac, 6);
	for (int i = 0; i < TABLE__COUNT; i++)
		table_fini(&out[i]);
}

static void the_nodes_own_addresses_go_up_the_stack(void **state)
{
	static const char *const own[] = { "192.168.64.8", "10.233.64.1" };
	struct table out[TABLE__COUNT] = { 0 };

	(void)state;
	fill(out);
	assert_int_equal(out[TABLE_ENDPOINTS].count, 3);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		const struct hr_endpoint *value;
		uint32_t key;

		parse_ipv4(own[i], &key);
		value = find(&out[TABLE_ENDPOINTS], &key, sizeof(key));
		assert_non_null(value);
		assert_int_equal(value->flags, HR_ENDPOINT_HOST);
		assert_int_equal(value->identity, HR_ID_HOST);
		assert_int_equal(value->ifindex, 0);
	}
	for (int i = 0; i < TABLE__COUNT; i++)
		table_fini(&out[i]);
}

static void a_remote_prefix_leads_to_its_node_and_is_not_called_world(void **state)
{
	struct table out[TABLE__COUNT] = { 0 };
	struct hr_prefix4 key = { .len = 24 };
	const struct hr_ipcache *value;
	const struct hr_node *node;
	uint32_t ip;

	(void)state;
	fill(out);
	parse_ipv4("10.233.65.0", &key.addr);
	parse_ipv4("192.168.64.9", &ip);
	value = find(&out[TABLE_IPCACHE], &key, sizeof(key));
	node = find(&out[TABLE_NODES], &ip, sizeof(ip));
	assert_non_null(value);
	assert_int_equal(value->tunnel_endpoint, ip);
	assert_int_equal(value->identity, HR_ID_UNMANAGED);
	assert_int_equal(value->ifindex, NIC_INDEX);
	assert_non_null(node);
	assert_int_equal(node->identity, HR_ID_REMOTE_NODE);
	for (int i = 0; i < TABLE__COUNT; i++)
		table_fini(&out[i]);
}

static void a_nic_s_masquerade_address_is_the_node_s_own(void **state)
{
	struct table out[TABLE__COUNT] = { 0 };
	const struct hr_endpoint *endpoint;
	const struct hr_device *device;
	uint32_t ip, ifindex = NIC_INDEX;

	(void)state;
	parse_ipv4("192.168.64.8", &ip);
	assert_int_equal(tables_add_nic(out, ifindex, ip), 0);
	device = find(&out[TABLE_DEVICES], &ifindex, sizeof(ifindex));
	endpoint = find(&out[TABLE_ENDPOINTS], &ip, sizeof(ip));
	assert_non_null(device);
	assert_int_equal(device->masquerade, ip);
	assert_non_null(endpoint);
	assert_int_equal(endpoint->flags, HR_ENDPOINT_HOST);
	for (int i = 0; i < TABLE__COUNT; i++)
		table_fini(&out[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_tables_need_no_change),
		cmocka_unit_test(empty_tables_need_no_change),
		cmocka_unit_test(a_difference_says_what_is_added_changed_and_removed),
		cmocka_unit_test(removals_come_after_everything_else),
		cmocka_unit_test(making_the_changes_gives_what_was_wanted),
		cmocka_unit_test(a_single_entry_is_compared_by_its_value),
		cmocka_unit_test(an_endpoint_carries_both_macs_and_its_interface),
		cmocka_unit_test(the_nodes_own_addresses_go_up_the_stack),
		cmocka_unit_test(a_remote_prefix_leads_to_its_node_and_is_not_called_world),
		cmocka_unit_test(a_nic_s_masquerade_address_is_the_node_s_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
