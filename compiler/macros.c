// SPDX-License-Identifier: BSD-2-Clause
/* Evaluates macros.def. */
#include "compiler/macros.h"

#include <string.h>

#include "bpf-templates/lib/abi.h"
#include "config/maglev.h"
#include "config/map_sizes.h"

#define VXLAN_PORT_DEFAULT 8472 /* what Cilium uses, not IANA's 4789 */
#define GENEVE_PORT_DEFAULT 6081

const struct macro_def macro_defs[MACRO__COUNT] = {
#define MACRO(name_, value, text_, ...) \
	[MACRO_##name_] = { .name = #name_, .text = text_, .options = { __VA_ARGS__ } },
#include "compiler/macros.def"
#undef MACRO
};

/* A key up to 1.15, and then what every node has. */
bool has_remote_node_identity(const struct options *opts)
{
	return !option_exists(OPT_ENABLE_REMOTE_NODE_IDENTITY, opts->release) ||
	       option_bool(opts, OPT_ENABLE_REMOTE_NODE_IDENTITY);
}

uint16_t tunnel_port(const struct options *opts, const struct verdict *verdict)
{
	int64_t port = option_int(opts, OPT_TUNNEL_PORT);

	if (!verdict->tunnel)
		return 0;
	if (port)
		return (uint16_t)port;
	return strcmp(verdict->tunnel_protocol, "geneve") ? VXLAN_PORT_DEFAULT
							  : GENEVE_PORT_DEFAULT;
}

bool returns_directly(const struct verdict *verdict, const struct service_parts *parts)
{
	return parts->on[SERVICE_NODEPORT] && !verdict->tunnel &&
	       (!strcmp(verdict->lb_mode, "dsr") || !strcmp(verdict->lb_mode, "hybrid"));
}

/* Of a duration, rounded up: less than a second is not none at all. Bounded by what a node's clock can reach. */
static uint32_t seconds(const struct options *opts, enum option_id id)
{
	const int64_t unit = 1000000000, max = INT32_MAX;
	int64_t value = option_int(opts, id);

	if (value <= 0)
		return 0;
	value = value / unit + (value % unit != 0);
	return (uint32_t)(value < max ? value : max);
}

/* What an event has room for. The key is any integer. */
static uint32_t trace_payload_len(const struct options *opts)
{
	int64_t len = option_int(opts, OPT_TRACE_PAYLOADLEN);

	return (uint32_t)(len < 1 ? 1 : len > 1024 ? 1024 : len);
}

/* Where the memory of a node decides, and that is not known here: what is without the ratio. */
static uint32_t entries_of(const struct options *opts, enum map_size_id id)
{
	struct map_sizes sizes;
	int64_t entries;

	map_sizes_read(opts, &(struct map_memory){ 0 }, &sizes);
	entries = map_size_entries(&sizes, id);
	return (uint32_t)(entries ? entries : map_size_defs[id].entries);
}

/* Of a service map: its own key, else the one for all of them. */
static uint32_t lb_entries(const struct options *opts, enum option_id id)
{
	int64_t entries = option_exists(id, opts->release) ? option_int(opts, id) : 0;

	return (uint32_t)(entries ? entries : option_int(opts, OPT_BPF_LB_MAP_MAX));
}

bool chooses_by_maglev(const struct verdict *verdict, const struct service_parts *parts)
{
	return parts->on[SERVICE_NODEPORT] && !strcmp(verdict->state.lb_algorithm, "maglev");
}

/* One that the agent would refuse counts for nothing here: where it would count, the config is refused. */
static uint32_t maglev_size(const struct options *opts)
{
	int64_t size = option_int(opts, OPT_BPF_LB_MAGLEV_TABLE_SIZE);

	return maglev_size_is_valid(size) ? (uint32_t)size : MAGLEV_SIZE_DEFAULT;
}

static uint32_t maglev_seed(const struct options *opts, size_t word)
{
	uint32_t seed[HR_MAGLEV_SEEDS];

	maglev_seed_parse(option_text(opts, OPT_BPF_LB_MAGLEV_HASH_SEED), seed);
	return seed[word];
}

static uint32_t maglev_pieces(const struct options *opts)
{
	uint64_t each = (maglev_size(opts) + HR_MAGLEV_PIECE - 1) / HR_MAGLEV_PIECE;
	uint64_t pieces = each * lb_entries(opts, OPT_BPF_LB_MAGLEV_MAP_MAX);

	return (uint32_t)(pieces < MAP_SIZE_MAX_ENTRIES ? pieces : MAP_SIZE_MAX_ENTRIES);
}

/* What sockets do not do for pods. */
static bool balances_packets(const struct service_parts *parts)
{
	return parts->on[SERVICE_SOCKET_LB_HOST_ONLY] || !parts->on[SERVICE_SOCKET_LB_TCP] ||
	       !parts->on[SERVICE_SOCKET_LB_UDP];
}

/* Releases without the key say nothing; we say what those with it say. */
static bool answers_for_nobody(const struct options *opts)
{
	return !option_exists(OPT_SERVICE_NO_BACKEND_RESPONSE, opts->release) ||
	       strcmp(option_text(opts, OPT_SERVICE_NO_BACKEND_RESPONSE), "drop");
}

void macros_evaluate(const struct options *opts, const struct verdict *verdict, enum vxlan_by vxlan,
		     struct macro_values *out)
{
	struct service_parts parts;

	service_parts_decide(opts, verdict, &parts);
	*out = (struct macro_values){
#define MACRO(name, value, ...) .name = (uint32_t)(value),
#include "compiler/macros.def"
#undef MACRO
	};
}

uint32_t macro_value(const struct macro_values *values, enum macro_id id)
{
	const uint32_t all[MACRO__COUNT] = {
#define MACRO(name, ...) [MACRO_##name] = values->name,
#include "compiler/macros.def"
#undef MACRO
	};

	return all[id];
}
