// SPDX-License-Identifier: BSD-2-Clause
/* The config's half of a manifest. What was compiled is filled in by the build. */
#include "compiler/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "compiler/effective.h"
#include "compiler/hooks.h"
#include "compiler/origin.h"
#include "compiler/reasons.h"

#define DEFAULT_CGROUP_ROOT "/run/cilium/cgroupv2" /* of the agent */

static void describe_reasons(const struct verdict *verdict, struct manifest *out)
{
	for (size_t i = 0; i < verdict->count && out->reason_count < MANIFEST_MAX_REASONS; i++) {
		const struct finding *finding = &verdict->findings[i];
		struct manifest_reason *reason = &out->reasons[out->reason_count];

		if (!reasons_is_fallback(finding))
			continue;
		snprintf(reason->rule, sizeof(reason->rule), "%s", rule_defs[finding->rule].name);
		snprintf(reason->text, sizeof(reason->text), "%s", rule_defs[finding->rule].text);
		out->reason_count++;
	}
}

static void describe_tunnel(const struct options *opts, const struct verdict *verdict,
			    struct manifest *out)
{
	out->tunnel = verdict->tunnel;
	if (!out->tunnel)
		return;
	snprintf(out->tunnel_protocol, sizeof(out->tunnel_protocol), "%s",
		 verdict->tunnel_protocol);
	out->tunnel_port = tunnel_port(opts, verdict);
}

/* At most MANIFEST_MAX_DEVICES of at most 15 bytes, as plan_make() has seen to. */
static size_t describe_names(const struct options *opts, enum option_id id, char (*out)[16])
{
	const char *word = option_text(opts, id);
	size_t len, count = 0;

	for (; count < MANIFEST_MAX_DEVICES && interface_word(id, &word, &len); word += len)
		snprintf(out[count++], sizeof(*out), "%.*s", (int)len, word);
	return count;
}

/* Of IPv4 alone, because nothing else is compiled; options that are not a CIDR were refused by the verdict. */
static void describe_masquerade(const struct options *opts, const struct verdict *verdict,
				struct manifest_masquerade *out)
{
	*out = (struct manifest_masquerade){ 0 };
	if (!verdict->masquerade_ipv4 || verdict->masquerade == MASQUERADE_OFF)
		return;
	out->mode = verdict->masquerade;
	out->exclusion = snat_exclusion(opts);
	parse_cidr4(native_routing_cidr(opts), &out->exclusion_cidr);
	out->ip_masq_agent = option_bool(opts, OPT_ENABLE_IP_MASQ_AGENT);
	snprintf(out->ip_masq_agent_config, sizeof(out->ip_masq_agent_config), "%s",
		 option_text(opts, OPT_IP_MASQ_AGENT_CONFIG_PATH));
	snprintf(out->address_device, sizeof(out->address_device), "%s",
		 option_text(opts, OPT_DERIVE_MASQUERADE_IP_ADDR_FROM_DEVICE));
	if (out->mode != MASQUERADE_IPTABLES)
		return;
	out->egress_interface_count =
		describe_names(opts, OPT_EGRESS_MASQUERADE_INTERFACES, out->egress_interfaces);
	out->random_ports = option_bool(opts, OPT_IPTABLES_RANDOM_FULLY);
}

static void describe_off(const struct service_parts *parts, struct manifest_services *out)
{
	for (enum service_part part = 0; part < SERVICE_PART__COUNT; part++) {
		struct manifest_off *off = &out->turned_off[out->off_count];
		enum rule_id rule = parts->off_by[part];

		if (rule == RULE__COUNT)
			continue;
		snprintf(off->feature, sizeof(off->feature), "%s", service_part_name(part));
		snprintf(off->rule, sizeof(off->rule), "%s", rule_defs[rule].name);
		snprintf(off->reason, sizeof(off->reason), "%s", rule_defs[rule].text);
		out->off_count++;
	}
}

static void describe_services(const struct options *opts, const struct verdict *verdict,
			      struct manifest_services *out)
{
	const struct verdict_state *state = &verdict->state;
	struct service_parts parts;

	service_parts_decide(opts, verdict, &parts);
	*out = (struct manifest_services){
		.nodeport = parts.on[SERVICE_NODEPORT],
		.nodeport_min = (uint16_t)state->nodeport_min,
		.nodeport_max = (uint16_t)state->nodeport_max,
		.external_ips = parts.on[SERVICE_EXTERNAL_IPS],
		.host_port = parts.on[SERVICE_HOST_PORT],
		.session_affinity = parts.on[SERVICE_SESSION_AFFINITY],
		.source_ranges = parts.on[SERVICE_SOURCE_RANGES],
		.source_ranges_everywhere =
			parts.on[SERVICE_SOURCE_RANGES] &&
			option_exists(OPT_BPF_LB_SOURCE_RANGE_ALL_TYPES, opts->release) &&
			option_bool(opts, OPT_BPF_LB_SOURCE_RANGE_ALL_TYPES),
		.cluster_ip_outside = option_exists(OPT_BPF_LB_EXTERNAL_CLUSTERIP, opts->release) &&
				      option_bool(opts, OPT_BPF_LB_EXTERNAL_CLUSTERIP),
		.terminating_endpoints = parts.on[SERVICE_TERMINATING_ENDPOINTS],
		.bind_protection = parts.on[SERVICE_BIND_PROTECTION],
		.socket_lb_tcp = parts.on[SERVICE_SOCKET_LB_TCP],
		.socket_lb_udp = parts.on[SERVICE_SOCKET_LB_UDP],
		.socket_lb_host_only = parts.on[SERVICE_SOCKET_LB_HOST_ONLY],
		.direct_routing = state->direct_routing == ANSWER_YES,
		.maglev_size = (uint32_t)option_int(opts, OPT_BPF_LB_MAGLEV_TABLE_SIZE),
	};
	describe_off(&parts, out);
	snprintf(out->kpr, sizeof(out->kpr), "%s", verdict->kpr);
	snprintf(out->mode, sizeof(out->mode), "%s",
		 returns_directly(verdict, &parts) ? verdict->lb_mode : "snat");
	snprintf(out->algorithm, sizeof(out->algorithm), "%s",
		 chooses_by_maglev(verdict, &parts) ? "maglev" : "random");
	snprintf(out->maglev_seed, sizeof(out->maglev_seed), "%s",
		 option_text(opts, OPT_BPF_LB_MAGLEV_HASH_SEED));
	snprintf(out->direct_routing_device, sizeof(out->direct_routing_device), "%s",
		 option_text(opts, OPT_DIRECT_ROUTING_DEVICE));
	snprintf(out->cgroup_root, sizeof(out->cgroup_root), "%s",
		 *option_text(opts, OPT_CGROUP_ROOT) ? option_text(opts, OPT_CGROUP_ROOT)
						     : DEFAULT_CGROUP_ROOT);
}

static void describe_gaps(const struct options *opts, const struct scope *scope,
			  struct manifest *out)
{
	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
		const struct scope_def *def = &scope_defs[id];
		struct manifest_gap *gap = &out->gaps[out->gap_count];

		if (!scope->holds[id] || def->effect != SCOPE_GAP)
			continue;
		snprintf(gap->key, sizeof(gap->key), "%s", option_defs[def->option].name);
		value_text(&opts->values[def->option], gap->value);
		snprintf(gap->text, sizeof(gap->text), "%s: not done yet, %s", def->what,
			 def->advice);
		out->gap_count++;
	}
}

static void describe_hooks(const struct macro_values *macros, struct manifest *out)
{
	for (enum hr_hook id = 0; id < HOOK__COUNT; id++) {
		const struct hook_def *def = &hook_defs[id];
		struct manifest_hook *hook = &out->hooks[out->hook_count];

		if (!hook_is_wanted(id, macros))
			continue;
		snprintf(hook->program, sizeof(hook->program), "%s", def->program);
		snprintf(hook->interface, sizeof(hook->interface), "%s", def->interface);
		snprintf(hook->direction, sizeof(hook->direction), "%s", def->direction);
		out->hook_count++;
	}
}

static int option_compare(const void *a, const void *b)
{
	const struct manifest_option *x = a, *y = b;

	return strcmp(x->key, y->key);
}

/* The operator's, the init container's and the CNI installer's keys are not options of the agent. */
static int describe_options(const struct options *opts, struct manifest *out)
{
	char origin[ORIGIN_TEXT_MAX];

	out->options = calloc(OPT__COUNT, sizeof(*out->options));
	if (!out->options)
		return -ENOMEM;
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		struct manifest_option *option = &out->options[out->option_count];

		if (option_scope_at(id, opts->release) == OPTION_OTHER ||
		    !option_exists(id, opts->release))
			continue;
		out->option_count++;
		option->key = strdup(option_defs[id].name);
		option->value = strdup(option_text(opts, id));
		option->origin = strdup(origin_text(&opts->values[id], origin));
		if (!option->key || !option->value || !option->origin)
			return -ENOMEM;
	}
	qsort(out->options, out->option_count, sizeof(*out->options), option_compare);
	return 0;
}

/* Lengths keep one option's value from being read as another option. */
static int describe_digest(struct manifest *out)
{
	_cleanup_buf_ struct buf b = { 0 };

	for (size_t i = 0; i < out->option_count; i++)
		buf_printf(&b, "%s %zu %s\n", out->options[i].key, strlen(out->options[i].value),
			   out->options[i].value);
	if (b.err)
		return b.err;
	digest_data(b.data, b.len, out->config_sha256);
	return 0;
}

int plan_describe(const struct configmap *cm, const struct plan *plan, struct manifest *out)
{
	const struct node_facts *facts = &plan->target.facts;
	const struct map_memory memory = { facts->mem_total, facts->possible_cpus };
	const struct options *opts = &cm->options;
	int err;

	snprintf(out->cilium_version, sizeof(out->cilium_version), "%s",
		 release_name(opts->release));
	snprintf(out->cilium_version_reason, sizeof(out->cilium_version_reason), "%s",
		 cm->dialect.reason);
	/* Of the target its release only: files and folders differ from one builder to the next. */
	snprintf(out->target_kernel, sizeof(out->target_kernel), "%s",
		 plan->target.features.release);
	out->host_routing = plan->verdict.mode == VERDICT_BPF;
	describe_reasons(&plan->verdict, out);
	describe_tunnel(opts, &plan->verdict, out);
	describe_masquerade(opts, &plan->verdict, &out->masquerade);
	describe_services(opts, &plan->verdict, &out->services);
	out->device_count = describe_names(opts, OPT_DEVICES, out->devices);
	out->auto_direct_node_routes = option_bool(opts, OPT_AUTO_DIRECT_NODE_ROUTES);
	describe_gaps(opts, &plan->scope, out);
	describe_hooks(&plan->macros, out);
	effective_describe(opts, &plan->verdict, &plan->macros, out);
	effective_describe_sizes(opts, &memory, out);
	err = describe_options(opts, out);
	return err ? err : describe_digest(out);
}

enum {
	GAP_ROWS = 0
#define SCOPE(id, option, condition, effect, ...) +(SCOPE_##effect == SCOPE_GAP)
#include "compiler/scope.def"
#undef SCOPE
};
_Static_assert(GAP_ROWS <= MANIFEST_MAX_GAPS, "every gap fits into a manifest");
_Static_assert(HOOK__COUNT <= MANIFEST_MAX_HOOKS, "every hook fits into a manifest");
_Static_assert(SERVICE_PART__COUNT <= MANIFEST_MAX_OFF,
	       "every part of services fits into a manifest");
_Static_assert(OPT__COUNT <= MANIFEST_MAX_OPTIONS, "every option fits into a manifest");
_Static_assert(sizeof(((struct manifest_gap *)0)->value) >= VALUE_TEXT_MAX,
	       "a shown value fits into a gap");
