// SPDX-License-Identifier: BSD-2-Clause
/* The "audit" section of a node-facts file out of a struct. What is unknown is left out. */
#include "common/jsonout.h"
#include "probe/facts_json_part.h"

/* Takes value; what cannot be shown (text that is no UTF-8) is null. */
static void put_number(json_t *object, const char *key, uint64_t number)
{
	jsonout_put(object, key, json_integer((json_int_t)number));
}

static void put_family(json_t *object, unsigned int family)
{
	jsonout_put(object, "family", json_string(facts_json_families.name(family)));
}

static json_t *rules_json(const struct audit_facts *audit)
{
	json_t *array = json_array();

	for (size_t i = 0; i < audit->rule_count; i++) {
		const struct fact_rule *rule = &audit->rules[i];
		json_t *object = json_object();

		put_family(object, rule->family);
		put_number(object, "priority", rule->priority);
		put_number(object, "table", rule->table);
		jsonout_put(object, "selector", json_string(rule->selector));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *tables_json(const struct audit_facts *audit)
{
	json_t *array = json_array();

	for (size_t i = 0; i < audit->table_count; i++) {
		json_t *object = json_object();

		put_family(object, audit->tables[i].family);
		put_number(object, "table", audit->tables[i].table);
		put_number(object, "routes", audit->tables[i].routes);
		json_array_append_new(array, object);
	}
	return array;
}

/* An address on a device that was left out of the list has no name to give. */
static json_t *locals_json(const struct node_record *record)
{
	const struct audit_facts *audit = &record->audit;
	json_t *array = json_array();
	char text[IPV4_TEXT_MAX];

	for (size_t i = 0; i < audit->local_count; i++) {
		const struct fact_local *local = &audit->locals[i];
		const struct fact_device *dev =
			facts_device_by_index(&record->facts, local->ifindex);
		json_t *object;

		if (!dev)
			continue;
		object = json_object();
		jsonout_put(object, "device", json_string(dev->name));
		jsonout_put(object, "address", json_string(ipv4_text(local->ip4, text)));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *chains_json(const struct audit_facts *audit)
{
	json_t *array = json_array();

	for (size_t i = 0; i < audit->chain_count; i++) {
		const struct fact_chain *chain = &audit->chains[i];
		json_t *object = json_object();

		jsonout_put(object, "family", json_string(chain->family));
		jsonout_put(object, "table", json_string(chain->table));
		jsonout_put(object, "name", json_string(chain->name));
		jsonout_put(object, "hook", json_string(chain->hook));
		put_number(object, "rules", chain->rules);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *xtables_json(const struct audit_facts *audit)
{
	json_t *array = json_array();

	for (size_t i = 0; i < audit->xtable_count; i++) {
		json_t *object = json_object();

		put_family(object, audit->xtables[i].family);
		jsonout_put(object, "name", json_string(audit->xtables[i].name));
		put_number(object, "rules", audit->xtables[i].rules);
		json_array_append_new(array, object);
	}
	return array;
}

static void put_lists(json_t *object, const struct node_record *record)
{
	const struct audit_facts *audit = &record->audit;

	if (audit->has_rules) {
		jsonout_put(object, "rules", rules_json(audit));
		put_number(object, "rule_total", audit->rule_total);
	}
	if (audit->has_tables)
		jsonout_put(object, "tables", tables_json(audit));
	if (audit->has_locals)
		jsonout_put(object, "local_addresses", locals_json(record));
	if (audit->has_nftables) {
		jsonout_put(object, "nftables", chains_json(audit));
		put_number(object, "chain_total", audit->chain_total);
	}
	if (audit->has_xtables)
		jsonout_put(object, "xtables", xtables_json(audit));
	jsonout_put(object, "owners", facts_json_bits(&facts_json_owners, audit->owners));
}

json_t *facts_json_audit(const struct node_record *record)
{
	const struct audit_facts *audit = &record->audit;
	json_t *object = json_object();

	put_lists(object, record);
	if (audit->lockdown[0])
		jsonout_put(object, "lockdown", json_string(audit->lockdown));
	if (audit->has_capabilities)
		jsonout_put(object, "capabilities",
			    facts_json_bits(&facts_json_capabilities, audit->capabilities));
	if (audit->has_mounts) {
		jsonout_put(object, "cgroup2", json_string(audit->cgroup2));
		put_number(object, "bpffs_mounts", audit->bpffs_mounts);
	}
	if (audit->cilium_pins.known)
		jsonout_put(object, "cilium_pins", json_integer(audit->cilium_pins.value));
	if (audit->memlock.known)
		jsonout_put(object, "memlock", json_integer(audit->memlock.value));
	return object;
}
