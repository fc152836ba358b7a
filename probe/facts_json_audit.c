// SPDX-License-Identifier: BSD-2-Clause
/* The "audit" section of a node-facts file into a struct. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probe/facts_json_part.h"

static int take_rule(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	static const struct json_field fields[] = {
		JSON_REQUIRED(struct fact_rule, family, "family", facts_json_take_family),
		JSON_FIELD(struct fact_rule, priority, "priority", json_take_uint),
		JSON_FIELD(struct fact_rule, table, "table", json_take_uint),
		JSON_FIELD(struct fact_rule, selector, "selector", json_take_text),
		{ 0 },
	};

	(void)size;
	return json_read_object(at, value, fields, out);
}

static int take_table(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	static const struct json_field fields[] = {
		JSON_REQUIRED(struct fact_table, family, "family", facts_json_take_family),
		JSON_REQUIRED(struct fact_table, table, "table", json_take_uint),
		JSON_FIELD(struct fact_table, routes, "routes", json_take_uint),
		{ 0 },
	};

	(void)size;
	return json_read_object(at, value, fields, out);
}

static int take_chain(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	static const struct json_field fields[] = {
		JSON_REQUIRED(struct fact_chain, family, "family", json_take_text),
		JSON_REQUIRED(struct fact_chain, table, "table", json_take_text),
		JSON_REQUIRED(struct fact_chain, name, "name", json_take_text),
		JSON_REQUIRED(struct fact_chain, hook, "hook", json_take_text),
		JSON_REQUIRED(struct fact_chain, rules, "rules", json_take_uint),
		{ 0 },
	};

	(void)size;
	return json_read_object(at, value, fields, out);
}

static int take_xtable(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	static const struct json_field fields[] = {
		JSON_REQUIRED(struct fact_xtable, family, "family", facts_json_take_family),
		JSON_REQUIRED(struct fact_xtable, name, "name", json_take_text),
		JSON_REQUIRED(struct fact_xtable, rules, "rules", json_take_uint),
		{ 0 },
	};

	(void)size;
	return json_read_object(at, value, fields, out);
}

/* A local address as the file has it: by the device's name. */
struct named_local {
	char device[IFNAMSIZ];
	uint32_t ip4;
};

static int take_local(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	static const struct json_field fields[] = {
		JSON_REQUIRED(struct named_local, device, "device", json_take_text),
		JSON_REQUIRED(struct named_local, ip4, "address", facts_json_take_ip4),
		{ 0 },
	};

	(void)size;
	return json_read_object(at, value, fields, out);
}

static int take_rules(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct audit_facts *audit = &((struct node_record *)record)->audit;
	const struct json_array array = { take_rule, audit->rules, FACTS_MAX_RULES,
					  sizeof(audit->rules[0]) };

	(void)size;
	audit->has_rules = true;
	if (json_read_array(at, value, &array, &audit->rule_count))
		return -EINVAL;
	audit->rule_total = audit->rule_count;
	return 0;
}

static int take_tables(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct audit_facts *audit = &((struct node_record *)record)->audit;
	const struct json_array array = { take_table, audit->tables, FACTS_MAX_TABLES,
					  sizeof(audit->tables[0]) };

	(void)size;
	audit->has_tables = true;
	return json_read_array(at, value, &array, &audit->table_count);
}

static int take_locals(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct named_local names[FACTS_MAX_LOCALS] = { 0 };
	const struct json_array array = { take_local, names, FACTS_MAX_LOCALS, sizeof(names[0]) };
	struct node_record *out = record;
	struct audit_facts *audit = &out->audit;

	(void)size;
	if (json_read_array(at, value, &array, &audit->local_count))
		return -EINVAL;
	for (size_t i = 0; i < audit->local_count; i++) {
		const struct fact_device *dev = facts_device_by_name(&out->facts, names[i].device);
		struct json_place place = json_place_in(at, NULL, i);

		if (!dev)
			return json_bad(&place, "no such device in this file");
		audit->locals[i] =
			(struct fact_local){ .ifindex = dev->ifindex, .ip4 = names[i].ip4 };
	}
	audit->has_locals = true;
	return 0;
}

static int take_chains(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct audit_facts *audit = &((struct node_record *)record)->audit;
	const struct json_array array = { take_chain, audit->chains, FACTS_MAX_CHAINS,
					  sizeof(audit->chains[0]) };

	(void)size;
	audit->has_nftables = true;
	if (json_read_array(at, value, &array, &audit->chain_count))
		return -EINVAL;
	audit->chain_total = audit->chain_count;
	return 0;
}

static int take_xtables(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct audit_facts *audit = &((struct node_record *)record)->audit;
	const struct json_array array = { take_xtable, audit->xtables, FACTS_MAX_XTABLES,
					  sizeof(audit->xtables[0]) };

	(void)size;
	audit->has_xtables = true;
	return json_read_array(at, value, &array, &audit->xtable_count);
}

static int take_owners(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	(void)size;
	return facts_json_take_bits(at, value, &facts_json_owners, out);
}

static int take_capabilities(const struct json_place *at, const json_t *value, void *record,
			     size_t size)
{
	struct audit_facts *audit = &((struct node_record *)record)->audit;

	(void)size;
	audit->has_capabilities = true;
	return facts_json_take_bits(at, value, &facts_json_capabilities, &audit->capabilities);
}

static int take_bpffs(const struct json_place *at, const json_t *value, void *record, size_t size)
{
	struct audit_facts *audit = &((struct node_record *)record)->audit;

	(void)size;
	audit->has_mounts = true;
	return json_take_uint(at, value, &audit->bpffs_mounts, sizeof(audit->bpffs_mounts));
}

/* -1 is FACT_MEMLOCK_UNLIMITED. */
static int take_number(const struct json_place *at, const json_t *value, void *out, size_t size)
{
	struct fact_number *number = out;

	(void)size;
	if (!json_is_integer(value) || json_integer_value(value) < -1)
		return json_bad(at, "not a number");
	*number = (struct fact_number){ .known = true, .value = json_integer_value(value) };
	return 0;
}

int facts_json_take_audit(const struct json_place *at, const json_t *value, void *record,
			  size_t size)
{
	static const struct json_field fields[] = {
		JSON_WHOLE(struct node_record, "rules", take_rules),
		JSON_FIELD(struct node_record, audit.rule_total, "rule_total", json_take_uint),
		JSON_WHOLE(struct node_record, "tables", take_tables),
		JSON_WHOLE(struct node_record, "local_addresses", take_locals),
		JSON_WHOLE(struct node_record, "nftables", take_chains),
		JSON_FIELD(struct node_record, audit.chain_total, "chain_total", json_take_uint),
		JSON_WHOLE(struct node_record, "xtables", take_xtables),
		JSON_FIELD(struct node_record, audit.owners, "owners", take_owners),
		JSON_FIELD(struct node_record, audit.lockdown, "lockdown", json_take_text),
		JSON_WHOLE(struct node_record, "capabilities", take_capabilities),
		JSON_FIELD(struct node_record, audit.cgroup2, "cgroup2", json_take_text),
		JSON_WHOLE(struct node_record, "bpffs_mounts", take_bpffs),
		JSON_FIELD(struct node_record, audit.cilium_pins, "cilium_pins", take_number),
		JSON_FIELD(struct node_record, audit.memlock, "memlock", take_number),
		{ 0 },
	};
	struct node_record *out = record;

	(void)size;
	out->audit.is_looked_at = true;
	return json_read_object(at, value, fields, out);
}
