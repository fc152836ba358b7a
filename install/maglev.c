// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each backend has its own order of all entries, by its address and the seed alone; they take turns, each time with the
 * first entry of their order that nobody has yet.
 */
#include "install/maglev.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "config/maglev.h"

#define EMPTY UINT16_MAX

struct candidate {
	uint32_t ip; /* host byte order, as port */
	uint16_t port;
	uint16_t slot;
	uint32_t next,
		skip; /* its order: every skip-th entry, round and round; size is a prime, so that is all */
};

struct maglev maglev_of(const struct manifest_services *services)
{
	struct maglev m = { .size = services->maglev_size };

	if (!services->nodeport || strcmp(services->algorithm, "maglev") != 0 ||
	    !maglev_size_is_valid(m.size) || !maglev_seed_parse(services->maglev_seed, m.seed))
		return (struct maglev){ 0 };
	return m;
}

uint32_t maglev_pieces(const struct maglev *m)
{
	return (m->size + HR_MAGLEV_PIECE - 1) / HR_MAGLEV_PIECE;
}

static int by_address(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->ip != y->ip)
		return x->ip < y->ip ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return (x->slot > y->slot) - (x->slot < y->slot);
}

/* By bytes, so that any machine has the same. All backends of a set have one protocol, so it is left out. */
static void choose_order(const struct maglev *m, struct candidate *c)
{
	uint32_t words[HR_MAGLEV_SEEDS + 2] = { 0 };
	uint8_t bytes[sizeof(words)];
	uint64_t hash;

	memcpy(words, m->seed, sizeof(m->seed));
	words[HR_MAGLEV_SEEDS] = c->ip;
	words[HR_MAGLEV_SEEDS + 1] = c->port;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
	hash = digest_number(bytes, sizeof(bytes));
	c->next = (uint32_t)(hash >> 32) % m->size;
	c->skip = (uint32_t)hash % (m->size - 1) + 1;
}

/* Sorted, each once; their number. */
static size_t list_candidates(const struct maglev *m, const struct hr_slot *slots, size_t count,
			      struct candidate *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		out[i] = (struct candidate){ .ip = ntohl(slots[i].addr),
					     .port = ntohs(slots[i].port),
					     .slot = (uint16_t)i };
	qsort(out, count, sizeof(*out), by_address);
	for (size_t i = 0; i < count; i++) {
		if (kept && out[kept - 1].ip == out[i].ip && out[kept - 1].port == out[i].port)
			continue;
		out[kept] = out[i];
		choose_order(m, &out[kept++]);
	}
	return kept;
}

static uint32_t step(const struct maglev *m, const struct candidate *c)
{
	uint32_t left = m->size - c->next;

	return c->skip < left ? c->next + c->skip : c->skip - left;
}

static void take_turns(const struct maglev *m, struct candidate *candidates, size_t count,
		       uint16_t *entries)
{
	for (size_t i = 0; i < m->size; i++)
		entries[i] = EMPTY;
	for (size_t i = 0; i < m->size; i++) {
		struct candidate *c = &candidates[i % count];

		while (entries[c->next] != EMPTY)
			c->next = step(m, c);
		entries[c->next] = c->slot;
	}
}

int maglev_fill(const struct maglev *m, const struct hr_slot *slots, size_t count,
		struct hr_maglev *table)
{
	_cleanup_free_ struct candidate *candidates = calloc(count, sizeof(*candidates));
	_cleanup_free_ uint16_t *entries = calloc(maglev_pieces(m), sizeof(*table));

	if (!candidates || !entries)
		return -ENOMEM;
	count = list_candidates(m, slots, count, candidates);
	take_turns(m, candidates, count, entries);
	memcpy(table, entries, maglev_pieces(m) * sizeof(*table));
	return 0;
}
