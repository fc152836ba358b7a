// SPDX-License-Identifier: BSD-2-Clause
/* Evaluates cross_keys.def. */
#include "compiler/cross_keys.h"

#include <string.h>

#include "common/cleanup.h"
#include "compiler/macros.h"
#include "config/map_sizes.h"
#include "config/snat_exclusion.h"

static const struct cross_key_def rows[] = {
#define CROSS_KEY(option, severity, condition, text) { OPT_##option, DIAG_##severity, text },
#include "compiler/cross_keys.def"
#undef CROSS_KEY
};
_Static_assert(ARRAY_SIZE(rows) <= CROSS_KEYS_MAX, "every row has a place");

static bool is_any_map_scaled(const struct options *opts)
{
	for (enum map_size_id id = 0; id < MAP_SIZE__COUNT; id++)
		if (map_size_is_dynamic(opts, id))
			return true;
	return false;
}

/* Before 1.18 two values are refused. */
static bool is_overruled(const struct options *opts, enum option_id now, enum option_id former)
{
	return opts->release >= CILIUM_1_18 && option_is_set(opts, former) &&
	       strcmp(option_text(opts, now), option_text(opts, former));
}

/* Replies come from the node that has the pod, on another device than the one the client sent to. Needs a node's facts. */
static bool is_dsr_filtered(const struct verdict *verdict, const struct service_parts *parts)
{
	const struct fact_device *direct = verdict->direct_routing_device;

	return returns_directly(verdict, parts) && verdict->device_count > 1 && direct &&
	       direct->has_conf4 && direct->rp_filter4 == 1;
}

/* The vocabulary of the table's conditions. */
#define on(key) option_bool(opts, OPT_##key)
#define is(key, value) (!strcmp(option_text(opts, OPT_##key), value))
#define is_kpr(name) (!strcmp(verdict->kpr, name))

size_t cross_keys_list(const struct options *opts, const struct verdict *verdict,
		       const struct cross_key_def *out[CROSS_KEYS_MAX])
{
	struct service_parts parts;

	service_parts_decide(opts, verdict, &parts);
	const bool holds[] = {
#define CROSS_KEY(option, severity, condition, text) (condition),
#include "compiler/cross_keys.def"
#undef CROSS_KEY
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (holds[i] && option_is_set(opts, rows[i].option) &&
		    option_exists(rows[i].option, opts->release))
			out[count++] = &rows[i];
	return count;
}
