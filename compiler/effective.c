// SPDX-License-Identifier: BSD-2-Clause
/* Evaluates effective.def, and says of each map how its size comes about. */
#include "compiler/effective.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "compiler/macros.h"
#include "compiler/reasons.h"

static const char *yes_no(bool value)
{
	return value ? "true" : "false";
}

static const char *why_mode(const struct verdict *v)
{
	const struct finding *cause = reasons_first_cause(v);

	return cause ? rule_defs[cause->rule].text : "nothing stands in the way";
}

/* 1.14 reads both ways of saying it, and the old key wins. */
static const char *why_tunnel(const struct options *opts)
{
	bool has_old = option_exists(OPT_TUNNEL, opts->release);
	bool has_new = option_exists(OPT_ROUTING_MODE, opts->release);

	if (has_old && (!has_new || *option_text(opts, OPT_TUNNEL)))
		return "tunnel";
	return "routing-mode and tunnel-protocol";
}

static const char *encapsulation(const struct verdict *v, const struct macro_values *macros)
{
	if (!v->tunnel)
		return "none";
	return macros->ENABLE_VXLAN_BPF ? "bpf" : "device";
}

static const char *why_encapsulation(const struct verdict *v, const struct macro_values *macros)
{
	if (!v->tunnel)
		return "there is no tunnel";
	if (!strcmp(v->tunnel_protocol, "vxlan") && v->mode == VERDICT_BPF)
		return macros->ENABLE_VXLAN_BPF ? "the default of --vxlan" : "--vxlan device";
	return "only VXLAN with BPF host routing can do without a device";
}

static const char *why_services(const struct options *opts)
{
	return option_exists(OPT_ENABLE_NODE_PORT, opts->release)
		       ? "kube-proxy-replacement and the switches of its parts"
		       : "kube-proxy-replacement and bpf-lb-sock";
}

static const char *why_part(const struct options *opts, const struct service_parts *parts,
			    enum service_part part)
{
	enum rule_id rule = parts->off_by[part];

	return rule == RULE__COUNT ? why_services(opts) : rule_defs[rule].text;
}

static const char *why_masquerade(const struct options *opts, const struct verdict *v)
{
	if (v->masquerade == MASQUERADE_OFF)
		return "no address family is masqueraded";
	if (!option_bool(opts, OPT_ENABLE_BPF_MASQUERADE))
		return "enable-bpf-masquerade is off";
	if (v->masquerade == MASQUERADE_BPF)
		return "enable-bpf-masquerade";
	return v->masquerade == MASQUERADE_UNKNOWN ? "an answer that decides is unknown"
						   : "what enable-bpf-masquerade needs is missing";
}

static bool is_dsr_downgraded(const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->findings[i].rule == RULE_DSR_TUNNEL && v->findings[i].matched == ANSWER_YES)
			return true;
	return false;
}

static const char *port_text(const struct manifest *m, struct manifest_value *scratch)
{
	snprintf(scratch->value, sizeof(scratch->value), "%u", m->tunnel_port);
	return m->tunnel ? scratch->value : "none";
}

static const char *devices_text(const struct manifest *m, struct manifest_value *scratch)
{
	size_t used = 0;

	*scratch->value = '\0';
	for (size_t i = 0; i < m->device_count; i++)
		used += (size_t)snprintf(scratch->value + used, sizeof(scratch->value) - used,
					 "%s%s", i ? " " : "", m->devices[i]);
	return m->device_count ? scratch->value : "auto";
}

static void put(struct manifest_value *out, const char *name, const char *value, const char *why)
{
	snprintf(out->name, sizeof(out->name), "%s", name);
	if (value != out->value)
		snprintf(out->value, sizeof(out->value), "%s", value);
	snprintf(out->why, sizeof(out->why), "%s", why);
}

void effective_describe(const struct options *opts, const struct verdict *v,
			const struct macro_values *macros, struct manifest *m)
{
	struct manifest_value *scratch = m->effective;
	struct service_parts parts;

	service_parts_decide(opts, v, &parts);

#define EFFECTIVE(name, value, why) put(scratch, name, value, why), scratch++;
#include "compiler/effective.def"
#undef EFFECTIVE
	m->effective_count = (size_t)(scratch - m->effective);
}

/* NAT is cut to what conntrack can hold; the neighbours follow NAT. */
static const char *formula(enum map_size_id id)
{
#define SCALED "min(max(trunc(memory * ratio) * entries / total_bytes, min), max)"
	switch (id) {
	case MAP_SIZE_nat:
		return SCALED ", at most 2/3 of ct-tcp + ct-any";
	case MAP_SIZE_neigh:
		return "as nat";
	default:
		return SCALED;
	}
#undef SCALED
}

static bool is_known(enum map_size_id id, const struct map_sizes *sizes)
{
	return map_size_entries(sizes, id) != 0;
}

static void describe_size(const struct options *opts, const struct map_sizes *sizes,
			  enum map_size_id id, struct manifest_map_size *out)
{
	const struct map_size_def *def = &map_size_defs[id];
	bool by_memory = map_size_is_dynamic(opts, id) || !is_known(id, sizes);

	snprintf(out->name, sizeof(out->name), "%s", def->name);
	snprintf(out->key, sizeof(out->key), "%s", option_defs[def->option].name);
	snprintf(out->from, sizeof(out->from), "%s",
		 by_memory			    ? "memory"
		 : option_is_set(opts, def->option) ? "key"
						    : "default");
	out->entries = map_size_entries(sizes, id);
	if (!by_memory)
		return;
	out->multiple_of_cpus = option_bool(opts, OPT_BPF_DISTRIBUTED_LRU);
	snprintf(out->formula, sizeof(out->formula), "%s%s", formula(id),
		 out->multiple_of_cpus ? ", a multiple of the CPUs" : "");
	out->ratio = option_float(opts, OPT_BPF_MAP_DYNAMIC_SIZE_RATIO);
	out->scaled = def->entries;
	out->min = def->min;
}

void effective_describe_sizes(const struct options *opts, const struct map_memory *memory,
			      struct manifest *out)
{
	struct map_sizes sizes;

	map_sizes_read(opts, memory, &sizes);
	for (enum map_size_id id = 0; id < MAP_SIZE__COUNT; id++)
		describe_size(opts, &sizes, id, &out->map_sizes[id]);
	out->map_size_count = MAP_SIZE__COUNT;
}

enum {
	EFFECTIVE_ROWS = 0
#define EFFECTIVE(...) +1
#include "compiler/effective.def"
#undef EFFECTIVE
};
_Static_assert(EFFECTIVE_ROWS <= MANIFEST_MAX_EFFECTIVE, "every value fits into a manifest");
_Static_assert(MAP_SIZE__COUNT <= MANIFEST_MAX_MAP_SIZES, "every map fits into a manifest");
_Static_assert(sizeof(((struct manifest_value *)0)->value) >=
		       sizeof(((struct manifest *)0)->devices),
	       "all devices fit into a value");
