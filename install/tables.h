/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents of the datapath's maps as plain sorted arrays: what the node state asks for, and how that differs
 * from what a map holds. Pure: knows no file descriptors.
 */
#ifndef HR_INSTALL_TABLES_H
#define HR_INSTALL_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf-templates/lib/abi.h"
#include "install/ip_masq.h"
#include "install/state.h"

enum table_id {
#define TABLE(id, ...) TABLE_##id,
#include "install/tables.def"
#undef TABLE
	TABLE__COUNT,
};

struct table_def {
	const char *map;
	size_t key_size, value_size;
	const char *noun;
};

extern const struct table_def table_defs[TABLE__COUNT];

#define TABLE_KEY_MAX 16
#define TABLE_VALUE_MAX 32

struct table_entry {
	uint8_t key[TABLE_KEY_MAX]; /* zero beyond key_size, so that entries compare as a whole */
	uint8_t value[TABLE_VALUE_MAX];
};

struct table {
	struct table_entry *entries; /* owned */
	size_t count, size;
};

enum table_op {
	TABLE_INSERT,
	TABLE_UPDATE,
	TABLE_DELETE,
	TABLE_OP__COUNT,
};

struct table_change {
	enum table_op op;
	struct table_entry old, new; /* old: unused for inserts; new: for deletes */
};

/* Inserts and updates first, deletes last: a prefix that is split never goes missing in between. */
struct table_diff {
	struct table_change *changes; /* owned */
	size_t count;
	size_t ops[TABLE_OP__COUNT]; /* how many of each */
};

/*
 * Appends an entry; sizes are those of the table's definition. Entries of TABLE_MAGLEV have no value here
 * (install/maglev_map.h). 0 or -ENOMEM.
 */
int table_add(struct table *t, enum table_id id, const void *key, const void *value);

/* Sorts by key, and drops all but one of the entries that share one. */
void table_sort(struct table *t);

/* The value of a key in a sorted table, or NULL. */
const void *table_find(const struct table *t, enum table_id id, const void *key);

/* How to get from have to want; sorts both, and drops all but one of the entries that share a key. */
int table_diff(struct table *want, struct table *have, struct table_diff *out);

/*
 * Takes the deletes of a difference out of it, so that other tables can be written in between. 0, or -ENOMEM with
 * nothing done.
 */
int table_diff_split(struct table_diff *diff, struct table_diff *deletes);

/* What an endpoint's interface looks like on this node. */
struct table_link {
	unsigned int ifindex;
	uint8_t mac[6]; /* of the host side */
};

/* How to get from one entry to another, NULL for none: at most one change. 0 or -ENOMEM. */
int table_diff_entry(const struct table_entry *want, const struct table_entry *have,
		     struct table_diff *out);

/*
 * Fills out[] from a state: endpoints (links[i] belongs to state->endpoints[i]) and the node's own addresses,
 * one prefix per remote node (nics[i]: hr_ipcache.ifindex for state->remotes[i]), and the remote node addresses. State gives no identities for remote pods: their
 * prefix gets HR_ID_UNMANAGED ("a pod of this cluster that we know nothing more of"), not HR_ID_WORLD,
 * which would call them outsiders. 0 or -ENOMEM.
 */
int tables_from_state(const struct node_state *state, const struct table_link *links,
		      const unsigned int *nics, struct table out[TABLE__COUNT]);

/* Adds a NIC and the address that it masquerades pods with, which is one of the node's own. 0 or -ENOMEM. */
int tables_add_nic(struct table out[TABLE__COUNT], uint32_t ifindex, uint32_t masquerade);

/* Adds what pods reach with their own addresses to a table TABLE_IPMASQ. 0 or -ENOMEM. */
int table_add_exempt(struct table *t, const struct ip_masq *masq);

/* The map value of one endpoint. */
void endpoint_value(const struct endpoint *ep, const struct table_link *link,
		    struct hr_endpoint *out);

/* 0 or -ENOMEM; out is empty before. */
int table_copy(const struct table *from, struct table *out);

void table_fini(struct table *t);
void table_diff_fini(struct table_diff *diff);

/* "hr_ipcache4: 2 added, 1 changed" */
void table_diff_text(const struct table_diff *diff, enum table_id id, char *out, size_t size);

#endif
