// SPDX-License-Identifier: BSD-2-Clause
/* Node state to map contents, and the difference of two contents by one merge of sorted arrays. */
#include "install/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAP_NAME_MAX 16 /* BPF_OBJ_NAME_LEN */

const struct table_def table_defs[TABLE__COUNT] = {
#define TABLE(id, map_name, key_type, value_type, noun_text) \
	[TABLE_##id] = { .map = map_name,                    \
			 .key_size = sizeof(key_type),       \
			 .value_size = sizeof(value_type),   \
			 .noun = noun_text },
#include "install/tables.def"
#undef TABLE
};

#define TABLE(id, map_name, key_type, value_type, noun_text)                                    \
	_Static_assert(sizeof(map_name) <= MAP_NAME_MAX, map_name " is cut by no kernel");      \
	_Static_assert(sizeof(key_type) <= TABLE_KEY_MAX, "key of " map_name " fits an entry"); \
	_Static_assert(sizeof(value_type) <= TABLE_VALUE_MAX || TABLE_##id == TABLE_MAGLEV,     \
		       "value of " map_name " fits an entry, or is none");
#include "install/tables.def"
#undef TABLE

static int compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct table_entry *)a)->key, ((const struct table_entry *)b)->key,
		      TABLE_KEY_MAX);
}

void table_sort(struct table *t)
{
	size_t kept = 0;

	if (t->count)
		qsort(t->entries, t->count, sizeof(*t->entries), compare_keys);
	for (size_t i = 0; i < t->count; i++) {
		if (kept && !compare_keys(&t->entries[kept - 1], &t->entries[i]))
			continue;
		t->entries[kept++] = t->entries[i];
	}
	t->count = kept;
}

const void *table_find(const struct table *t, enum table_id id, const void *key)
{
	struct table_entry wanted = { 0 };
	const struct table_entry *found;

	memcpy(wanted.key, key, table_defs[id].key_size);
	found = t->count ? bsearch(&wanted, t->entries, t->count, sizeof(wanted), compare_keys)
			 : NULL;
	return found ? found->value : NULL;
}

static void diff_add(struct table_diff *diff, enum table_op op, const struct table_entry *old,
		     const struct table_entry *new)
{
	struct table_change *change = &diff->changes[diff->count++];

	*change = (struct table_change){ .op = op };
	if (old)
		change->old = *old;
	if (new)
		change->new = *new;
	diff->ops[op]++;
}

/* One pass of the merge: all changes but deletes, or deletes only. */
static void diff_pass(const struct table *want, const struct table *have, bool deletes,
		      struct table_diff *out)
{
	size_t w = 0, h = 0;

	while (w < want->count || h < have->count) {
		const struct table_entry *we = &want->entries[w], *he = &have->entries[h];
		int order = w == want->count ? 1 : h == have->count ? -1 : compare_keys(we, he);

		if (order < 0 && !deletes)
			diff_add(out, TABLE_INSERT, NULL, we);
		else if (order > 0 && deletes)
			diff_add(out, TABLE_DELETE, he, NULL);
		else if (order == 0 && !deletes && memcmp(we->value, he->value, TABLE_VALUE_MAX))
			diff_add(out, TABLE_UPDATE, he, we);
		w += order <= 0;
		h += order >= 0;
	}
}

int table_diff(struct table *want, struct table *have, struct table_diff *out)
{
	size_t room = want->count + have->count;
	struct table_diff diff = { 0 };

	table_sort(want);
	table_sort(have);
	diff.changes = calloc(room ? room : 1, sizeof(*diff.changes));
	if (!diff.changes)
		return -ENOMEM;
	diff_pass(want, have, false, &diff);
	diff_pass(want, have, true, &diff);
	*out = diff;
	return 0;
}

int table_diff_split(struct table_diff *diff, struct table_diff *deletes)
{
	size_t count = diff->ops[TABLE_DELETE], kept = diff->count - count;
	struct table_diff rest = { .changes = calloc(count + 1, sizeof(*rest.changes)) };

	if (!rest.changes)
		return -ENOMEM;
	memcpy(rest.changes, &diff->changes[kept], count * sizeof(*rest.changes));
	rest.count = rest.ops[TABLE_DELETE] = count;
	diff->count = kept;
	diff->ops[TABLE_DELETE] = 0;
	*deletes = rest;
	return 0;
}

int table_diff_entry(const struct table_entry *want, const struct table_entry *have,
		     struct table_diff *out)
{
	struct table_diff diff = { .changes = calloc(1, sizeof(*diff.changes)) };

	if (!diff.changes)
		return -ENOMEM;
	if (want && !have)
		diff_add(&diff, TABLE_INSERT, NULL, want);
	else if (have && !want)
		diff_add(&diff, TABLE_DELETE, have, NULL);
	else if (want && have && memcmp(want->value, have->value, TABLE_VALUE_MAX))
		diff_add(&diff, TABLE_UPDATE, have, want);
	*out = diff;
	return 0;
}

int table_add(struct table *t, enum table_id id, const void *key, const void *value)
{
	struct table_entry *entry;

	if (t->count == t->size) {
		size_t size = t->size ? t->size * 2 : 64;
		struct table_entry *entries = reallocarray(t->entries, size, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		t->entries = entries;
		t->size = size;
	}
	entry = &t->entries[t->count++];
	*entry = (struct table_entry){ 0 };
	memcpy(entry->key, key, table_defs[id].key_size);
	if (table_defs[id].value_size <= TABLE_VALUE_MAX)
		memcpy(entry->value, value, table_defs[id].value_size);
	return 0;
}

static int add_own_address(struct table *t, uint32_t addr)
{
	struct hr_endpoint value = { .identity = HR_ID_HOST, .flags = HR_ENDPOINT_HOST };

	return table_add(t, TABLE_ENDPOINTS, &addr, &value);
}

void endpoint_value(const struct endpoint *ep, const struct table_link *link,
		    struct hr_endpoint *out)
{
	*out = (struct hr_endpoint){ .ifindex = link->ifindex, .identity = ep->identity };
	memcpy(out->mac, ep->mac, sizeof(out->mac));
	memcpy(out->node_mac, link->mac, sizeof(out->node_mac));
}

static int add_endpoint(struct table *t, const struct endpoint *ep, const struct table_link *link)
{
	struct hr_endpoint value;

	endpoint_value(ep, link, &value);
	return table_add(t, TABLE_ENDPOINTS, &ep->ip, &value);
}

static int add_remote(struct table out[TABLE__COUNT], const struct remote_node *remote,
		      unsigned int nic)
{
	struct hr_prefix4 key = { .len = remote->pod_cidr.len, .addr = remote->pod_cidr.addr };
	struct hr_ipcache prefix = { .tunnel_endpoint = remote->ip,
				     .identity = HR_ID_UNMANAGED,
				     .ifindex = nic };
	struct hr_node node = { .identity = HR_ID_REMOTE_NODE };
	int err;

	err = table_add(&out[TABLE_IPCACHE], TABLE_IPCACHE, &key, &prefix);
	if (!err)
		err = table_add(&out[TABLE_NODES], TABLE_NODES, &remote->ip, &node);
	return err;
}

int tables_from_state(const struct node_state *state, const struct table_link *links,
		      const unsigned int *nics, struct table out[TABLE__COUNT])
{
	int err;

	err = add_own_address(&out[TABLE_ENDPOINTS], state->ip);
	if (!err)
		err = add_own_address(&out[TABLE_ENDPOINTS], state->router_ip);
	for (size_t i = 0; !err && i < state->endpoint_count; i++)
		err = add_endpoint(&out[TABLE_ENDPOINTS], &state->endpoints[i], &links[i]);
	for (size_t i = 0; !err && i < state->remote_count; i++)
		err = add_remote(out, &state->remotes[i], nics[i]);
	return err;
}

int tables_add_nic(struct table out[TABLE__COUNT], uint32_t ifindex, uint32_t masquerade)
{
	struct hr_device value = { .masquerade = masquerade };
	int err = table_add(&out[TABLE_DEVICES], TABLE_DEVICES, &ifindex, &value);

	return err ? err : add_own_address(&out[TABLE_ENDPOINTS], masquerade);
}

int table_add_exempt(struct table *t, const struct ip_masq *masq)
{
	const struct hr_ipmasq value = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < masq->count; i++) {
		struct hr_prefix4 key = { .len = masq->cidrs[i].len, .addr = masq->cidrs[i].addr };

		err = table_add(t, TABLE_IPMASQ, &key, &value);
	}
	return err;
}

int table_copy(const struct table *from, struct table *out)
{
	out->entries = calloc(from->count + 1, sizeof(*out->entries));
	if (!out->entries)
		return -ENOMEM;
	if (from->count)
		memcpy(out->entries, from->entries, from->count * sizeof(*out->entries));
	out->count = out->size = from->count;
	return 0;
}

void table_fini(struct table *t)
{
	free(t->entries);
	*t = (struct table){ 0 };
}

void table_diff_fini(struct table_diff *diff)
{
	free(diff->changes);
	*diff = (struct table_diff){ 0 };
}

void table_diff_text(const struct table_diff *diff, enum table_id id, char *out, size_t size)
{
	static const char *const verbs[TABLE_OP__COUNT] = { "added", "changed", "removed" };
	int len = snprintf(out, size, "%s:", table_defs[id].map);

	for (size_t op = 0; op < TABLE_OP__COUNT; op++) {
		if (diff->ops[op] && len > 0 && (size_t)len < size)
			len += snprintf(out + len, size - (size_t)len, "%s %zu %s",
					out[len - 1] == ':' ? "" : ",", diff->ops[op], verbs[op]);
	}
}
