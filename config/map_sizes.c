// SPDX-License-Identifier: BSD-2-Clause
/* Map sizes by key and by memory. Whether a size is acceptable is the verdict's business. */
#include "config/map_sizes.h"

#include <stdbool.h>

#define SIZE_MAX_ENTRIES (1 << 24)

/* Bytes of a key and value, the same without IPv6. */
#define CT_ELEMENT 94
#define NAT_ELEMENT 94
#define NEIGH_ELEMENT 24
#define SOCK_REV_ELEMENT 52

/* What the agent scales: the entries it would have on a node without the ratio. */
#define CT_TCP_ENTRIES 524288
#define CT_ANY_ENTRIES 262144
#define NAT_ENTRIES 524288
#define SOCK_REV_ENTRIES 262144

#define TOTAL_BYTES                                                                    \
	((int64_t)CT_TCP_ENTRIES * CT_ELEMENT + (int64_t)CT_ANY_ENTRIES * CT_ELEMENT + \
	 (int64_t)NAT_ENTRIES * NAT_ELEMENT + (int64_t)NAT_ENTRIES * NEIGH_ELEMENT +   \
	 (int64_t)SOCK_REV_ENTRIES * SOCK_REV_ELEMENT)
_Static_assert(TOTAL_BYTES == 149422080, "the sum the reference gives");

struct sizing {
	const struct options *opts;
	bool is_dynamic, is_known;
	int64_t budget; /* bytes for all dynamic maps */
	int64_t step; /* sizes are multiples of it */
};

static struct sizing read_sizing(const struct options *opts, const struct map_memory *memory)
{
	double ratio = option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO);
	bool is_distributed = option_bool(opts, OPT_BPF_DISTRIBUTED_LRU);
	struct sizing s = { .opts = opts, .is_dynamic = ratio > 0.0, .step = 1 };

	s.is_known = memory->bytes && (!is_distributed || memory->cpus);
	if (is_distributed && memory->cpus)
		s.step = memory->cpus;
	if (s.is_dynamic)
		s.budget = (int64_t)((double)memory->bytes * (ratio > 1.0 ? 1.0 : ratio));
	return s;
}

static int64_t round_up(int64_t entries, int64_t step)
{
	return (entries + step - 1) / step * step;
}

/* Entries for a map whose key is not set: by memory, within [min, SIZE_MAX_ENTRIES]. */
static int64_t scaled(const struct sizing *s, int64_t entries, int64_t min)
{
	int64_t size = (int64_t)((__int128)entries * s->budget / TOTAL_BYTES);

	if (!s->is_known)
		return 0;
	size = round_up(size, s->step);
	if (size > SIZE_MAX_ENTRIES)
		size = SIZE_MAX_ENTRIES / s->step * s->step;
	min = round_up(min, s->step);
	return size < min ? min : size;
}

static int64_t size_of(const struct sizing *s, enum option_id option, int64_t entries, int64_t min)
{
	if (!s->is_dynamic || option_is_set(s->opts, option))
		return option_int(s->opts, option);
	return scaled(s, entries, min);
}

/* Tracking more translations than connections makes no sense: two thirds of them. */
static int64_t capped_nat(int64_t nat, const struct map_sizes *sizes)
{
	int64_t ct;

	if (!sizes->ct_tcp || !sizes->ct_any ||
	    __builtin_add_overflow(sizes->ct_tcp, sizes->ct_any, &ct))
		return nat;
	return nat > ct ? ct * 2 / 3 : nat;
}

/* The neighbour map follows NAT as it is sized, not as it is reduced when sizes are validated. */
static void read_nat(const struct sizing *s, struct map_sizes *out)
{
	bool by_memory = s->is_dynamic && !option_is_set(s->opts, OPT_BPF_NAT_GLOBAL_MAX);
	int64_t nat = size_of(s, OPT_BPF_NAT_GLOBAL_MAX, NAT_ENTRIES, 131072);

	if (by_memory)
		nat = capped_nat(nat, out);
	out->neigh = nat;
	if (!s->is_dynamic || option_is_set(s->opts, OPT_BPF_NEIGH_GLOBAL_MAX))
		out->neigh = option_int(s->opts, OPT_BPF_NEIGH_GLOBAL_MAX);
	out->nat = nat == NAT_ENTRIES ? capped_nat(nat, out) : nat;
}

/* From 1.18 on 0 stands for a size that is not set. */
static int64_t read_sock_rev(const struct sizing *s)
{
	int64_t size = option_int(s->opts, OPT_BPF_SOCK_REV_MAP_MAX);

	if (size && (option_is_set(s->opts, OPT_BPF_SOCK_REV_MAP_MAX) || !s->is_dynamic))
		return size;
	return s->is_dynamic ? scaled(s, SOCK_REV_ENTRIES, 65536) : SOCK_REV_ENTRIES;
}

void map_sizes_read(const struct options *opts, const struct map_memory *memory,
		    struct map_sizes *out)
{
	struct sizing s = read_sizing(opts, memory);

	out->ct_tcp = size_of(&s, OPT_BPF_CT_GLOBAL_TCP_MAX, CT_TCP_ENTRIES, 131072);
	out->ct_any = size_of(&s, OPT_BPF_CT_GLOBAL_ANY_MAX, CT_ANY_ENTRIES, 65536);
	read_nat(&s, out);
	out->sock_rev = read_sock_rev(&s);
	out->policy = option_int(opts, OPT_BPF_POLICY_MAP_MAX);
	out->lb = option_int(opts, OPT_BPF_LB_MAP_MAX);
	out->fragments = option_int(opts, OPT_BPF_FRAGMENTS_MAP_MAX);
}
