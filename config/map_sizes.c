// SPDX-License-Identifier: BSD-2-Clause
/* Map sizes by key and by memory. Whether a size is acceptable is the verdict's business. */
#include "config/map_sizes.h"

#include <stdbool.h>

#define MEMORY_MAX (UINT64_C(1) << 62)

/* Bytes of a key and value, the same without IPv6. */
#define CT_ELEMENT 94
#define NAT_ELEMENT 94
#define NEIGH_ELEMENT 24
#define SOCK_REV_ELEMENT 52

/* What the agent scales, and the least it takes. */
enum {
#define MAP_SIZE(id, name, option, entries, min) id##_ENTRIES = (entries), id##_MIN = (min),
#include "config/map_sizes.def"
#undef MAP_SIZE
};

_Static_assert((int64_t)ct_tcp_ENTRIES *CT_ELEMENT + (int64_t)ct_any_ENTRIES * CT_ELEMENT +
			       (int64_t)nat_ENTRIES * NAT_ELEMENT +
			       (int64_t)neigh_ENTRIES * NEIGH_ELEMENT +
			       (int64_t)sock_rev_ENTRIES * SOCK_REV_ELEMENT ==
		       MAP_SIZE_TOTAL_BYTES,
	       "the sum the reference gives");

const struct map_size_def map_size_defs[MAP_SIZE__COUNT] = {
#define MAP_SIZE(id, name, option, entries, min) \
	[MAP_SIZE_##id] = { name, OPT_##option, entries, min },
#include "config/map_sizes.def"
#undef MAP_SIZE
};

struct sizing {
	const struct options *opts;
	bool is_dynamic, is_known;
	int64_t budget; /* bytes for all dynamic maps */
	unsigned int step; /* sizes are multiples of it */
};

bool map_size_is_dynamic(const struct options *opts, enum map_size_id id)
{
	const struct map_size_def *def = &map_size_defs[id];

	if (!(option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO) > 0.0) || !def->entries)
		return false;
	return !option_is_set(opts, def->option) ||
	       (id == MAP_SIZE_sock_rev && !option_int(opts, def->option));
}

int64_t map_size_budget(uint64_t bytes, double ratio)
{
	/* More memory changes nothing: every map has its maximum long before. */
	if (bytes > MEMORY_MAX)
		bytes = MEMORY_MAX;
	if (!(ratio > 0.0))
		return 0;
	return (int64_t)((double)bytes * (ratio > 1.0 ? 1.0 : ratio));
}

static int64_t round_up(int64_t entries, int64_t step)
{
	return (entries + step - 1) / step * step;
}

int64_t map_size_scaled(int64_t budget, int64_t entries, int64_t min, unsigned int step)
{
	int64_t size = (int64_t)((__int128)entries * budget / MAP_SIZE_TOTAL_BYTES);

	size = round_up(size, step);
	if (size > MAP_SIZE_MAX_ENTRIES)
		size = MAP_SIZE_MAX_ENTRIES / step * step;
	min = round_up(min, step);
	return size < min ? min : size;
}

static struct sizing read_sizing(const struct options *opts, const struct map_memory *memory)
{
	double ratio = option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO);
	bool is_distributed = option_bool(opts, OPT_BPF_DISTRIBUTED_LRU);
	struct sizing s = { .opts = opts, .is_dynamic = ratio > 0.0, .step = 1 };

	s.is_known = memory->bytes && (!is_distributed || memory->cpus);
	if (is_distributed && memory->cpus)
		s.step = memory->cpus;
	if (s.is_dynamic)
		s.budget = map_size_budget(memory->bytes, ratio);
	return s;
}

/* Entries for a map whose key is not set; 0: what they depend on is not known. */
static int64_t scaled(const struct sizing *s, int64_t entries, int64_t min)
{
	return s->is_known ? map_size_scaled(s->budget, entries, min, s->step) : 0;
}

static int64_t size_of(const struct sizing *s, enum map_size_id id)
{
	const struct map_size_def *def = &map_size_defs[id];

	if (!map_size_is_dynamic(s->opts, id))
		return option_int(s->opts, def->option);
	return scaled(s, def->entries, def->min);
}

int64_t map_size_capped_nat(int64_t nat, int64_t ct_tcp, int64_t ct_any)
{
	int64_t ct;

	if (__builtin_add_overflow(ct_tcp, ct_any, &ct))
		return nat;
	return nat > ct ? ct * 2 / 3 : nat;
}

static int64_t capped_nat(int64_t nat, const struct map_sizes *sizes)
{
	if (!sizes->ct_tcp || !sizes->ct_any)
		return 0;
	return map_size_capped_nat(nat, sizes->ct_tcp, sizes->ct_any);
}

/* The neighbour map follows NAT as it is sized, not as it is reduced when sizes are validated. */
static void read_nat(const struct sizing *s, struct map_sizes *out)
{
	bool by_memory = map_size_is_dynamic(s->opts, MAP_SIZE_nat);
	int64_t nat = size_of(s, MAP_SIZE_nat);

	if (by_memory)
		nat = capped_nat(nat, out);
	out->neigh = nat;
	if (!map_size_is_dynamic(s->opts, MAP_SIZE_neigh))
		out->neigh = option_int(s->opts, OPT_BPF_NEIGH_GLOBAL_MAX);
	out->nat = nat == nat_ENTRIES ? capped_nat(nat, out) : nat;
}

/* From 1.18 on 0 stands for a size that is not set. */
static int64_t read_sock_rev(const struct sizing *s)
{
	int64_t size = option_int(s->opts, OPT_BPF_SOCK_REV_MAP_MAX);

	if (size && (option_is_set(s->opts, OPT_BPF_SOCK_REV_MAP_MAX) || !s->is_dynamic))
		return size;
	return s->is_dynamic ? scaled(s, sock_rev_ENTRIES, sock_rev_MIN) : sock_rev_ENTRIES;
}

void map_sizes_read(const struct options *opts, const struct map_memory *memory,
		    struct map_sizes *out)
{
	struct sizing s = read_sizing(opts, memory);

	out->ct_tcp = size_of(&s, MAP_SIZE_ct_tcp);
	out->ct_any = size_of(&s, MAP_SIZE_ct_any);
	read_nat(&s, out);
	out->sock_rev = read_sock_rev(&s);
	out->policy = option_int(opts, OPT_BPF_POLICY_MAP_MAX);
	out->lb = option_int(opts, OPT_BPF_LB_MAP_MAX);
	out->fragments = option_int(opts, OPT_BPF_FRAGMENTS_MAP_MAX);
}

int64_t map_size_entries(const struct map_sizes *sizes, enum map_size_id id)
{
	const int64_t all[MAP_SIZE__COUNT] = {
#define MAP_SIZE(id_, ...) [MAP_SIZE_##id_] = sizes->id_,
#include "config/map_sizes.def"
#undef MAP_SIZE
	};

	return all[id];
}
