// SPDX-License-Identifier: BSD-2-Clause
/* The sizes of the maps of masqueraded flows and of translated sockets on this node. */
#include "install/sizes.h"

#include <string.h>

#define NAT_MAP "hr_nat4"
#define SOCKETS_MAP "hr_sockets4"

static const struct manifest_map_size *find_size(const struct manifest *m, enum map_size_id id)
{
	for (size_t i = 0; i < m->map_size_count; i++) {
		if (!strcmp(m->map_sizes[i].name, map_size_defs[id].name))
			return &m->map_sizes[i];
	}
	return NULL;
}

/* 0 when the manifest does not say, or it depends on what is not known. */
static int64_t size_of(const struct manifest *m, enum map_size_id id,
		       const struct map_memory *memory)
{
	const struct manifest_map_size *size = find_size(m, id);

	if (!size)
		return 0;
	if (!*size->formula)
		return size->entries;
	if (!memory->bytes || (size->multiple_of_cpus && !memory->cpus))
		return 0;
	return map_size_scaled(map_size_budget(memory->bytes, size->ratio), size->scaled, size->min,
			       size->multiple_of_cpus ? memory->cpus : 1);
}

static uint32_t nat_entries(const struct manifest *m, const struct map_memory *memory)
{
	const struct manifest_map_size *size = find_size(m, MAP_SIZE_nat);
	int64_t ct_tcp = size_of(m, MAP_SIZE_ct_tcp, memory);
	int64_t ct_any = size_of(m, MAP_SIZE_ct_any, memory);
	int64_t nat = size_of(m, MAP_SIZE_nat, memory);

	if (!size || !*size->formula || !ct_tcp || !ct_any)
		return 0;
	nat = map_size_capped_nat(nat, ct_tcp, ct_any);
	return nat > 0 && nat <= MAP_SIZE_MAX_ENTRIES ? (uint32_t)nat : 0;
}

static uint32_t sockets_entries(const struct manifest *m, const struct map_memory *memory)
{
	const struct manifest_map_size *size = find_size(m, MAP_SIZE_sock_rev);

	return size && *size->formula ? (uint32_t)size_of(m, MAP_SIZE_sock_rev, memory) : 0;
}

static void set_entries(struct manifest *m, const char *map, uint32_t entries)
{
	for (size_t i = 0; entries && i < m->object_count; i++) {
		struct object_needs *needs = &m->objects[i].needs;

		for (size_t k = 0; k < needs->map_count; k++) {
			if (!strcmp(needs->maps[k].name, map))
				needs->maps[k].max_entries = entries;
		}
	}
}

void sizes_fit(struct manifest *m, const struct map_memory *memory)
{
	set_entries(m, NAT_MAP, nat_entries(m, memory));
	set_entries(m, SOCKETS_MAP, sockets_entries(m, memory));
}
