// SPDX-License-Identifier: BSD-2-Clause
/* hrprobe's report as JSON, in the order report.h documents: jansson keeps the order of insertion. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/jsonout.h"
#include "probe/report.h"
#include "probe/report_audit.h"
#include "probe/report_functional.h"
#include "probe/service_parts.h"

/* Takes value. What cannot be shown (no value, or text that is no UTF-8) is null, never a failed report. */
static void put_bool(json_t *object, const char *key, bool value)
{
	jsonout_put(object, key, json_boolean(value));
}

static void put_origin(json_t *object, const char *key, struct pos pos)
{
	char text[512];

	snprintf(text, sizeof(text), "%s:%zu:%zu", pos.file ? pos.file : "", pos.line, pos.col);
	jsonout_put_text(object, key, pos.line ? text : NULL);
}

static json_t *finding_json(const struct report *report, const struct finding *f)
{
	const struct rule_def *rule = &rule_defs[f->rule];
	const struct option_value none = { 0 }, *value = &none;
	json_t *object = json_object();

	if (rule->option < OPT__COUNT)
		value = &report->input.options->values[rule->option];
	jsonout_put_text(object, "rule", rule->name);
	jsonout_put_text(object, "effect", rule_effect_name(rule->effect));
	jsonout_put_text(object, "matched", tri_name(f->matched));
	jsonout_put_text(object, "key",
			 rule->option < OPT__COUNT ? option_defs[rule->option].name : NULL);
	jsonout_put_text(object, "value", value->text);
	put_origin(object, "origin", value->pos);
	jsonout_put_text(object, "text", rule->text);
	jsonout_put_text(object, "detail", f->detail);
	jsonout_put_text(object, "fix", report_fix(report, f));
	return object;
}

static json_t *bad_value_json(const struct diag *d)
{
	json_t *object = json_object();

	jsonout_put_text(object, "rule", REPORT_BAD_VALUE_RULE);
	jsonout_put_text(object, "effect", rule_effect_name(EFFECT_REFUSED));
	jsonout_put_text(object, "matched", tri_name(ANSWER_YES));
	jsonout_put(object, "key", NULL);
	jsonout_put(object, "value", NULL);
	put_origin(object, "origin", d->pos);
	jsonout_put_text(object, "text", d->text);
	jsonout_put_text(object, "detail", "");
	jsonout_put_text(object, "fix", REPORT_BAD_VALUE_FIX);
	return object;
}

static json_t *findings_json(const struct report *report)
{
	const struct diag_list *bad = report->input.bad_values;
	json_t *array = json_array();

	for (size_t i = 0; report->has_verdict && i < report->verdict.count; i++)
		json_array_append_new(array, finding_json(report, &report->verdict.findings[i]));
	for (size_t i = 0; bad && i < bad->count; i++)
		if (bad->items[i].severity == DIAG_ERROR)
			json_array_append_new(array, bad_value_json(&bad->items[i]));
	return array;
}

static json_t *status_json(const struct report *report)
{
	json_t *object = json_object();

	for (size_t i = 0; i < report->line_count; i++)
		jsonout_put_text(object, report->lines[i].name, report->lines[i].value);
	return object;
}

static json_t *dialect_json(const struct dialect *dialect)
{
	json_t *object, *possible;

	if (!dialect)
		return NULL;
	object = json_object();
	possible = json_array();
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++)
		if (releases_have(dialect->possible, release))
			json_array_append_new(possible, json_string(release_name(release)));
	jsonout_put_text(object, "reason", dialect->reason);
	jsonout_put(object, "possible", possible);
	jsonout_put(object, "misfits", json_integer((json_int_t)dialect->misfits));
	return object;
}

static json_t *config_json(const struct report *report)
{
	const struct options *options = report->input.options;
	json_t *object, *set, *origins;

	if (!options)
		return NULL;
	object = json_object();
	set = json_object();
	origins = json_object();
	jsonout_put_text(object, "source", report->input.config_source);
	jsonout_put(object, "dialect", dialect_json(report->input.dialect));
	for (enum option_id id = 0; id < OPT__COUNT; id++)
		if (options->values[id].is_set) {
			jsonout_put_text(set, option_defs[id].name, options->values[id].text);
			put_origin(origins, option_defs[id].name, options->values[id].pos);
		}
	jsonout_put(object, "set", set);
	jsonout_put(object, "origins", origins);
	return object;
}

static json_t *devices_json(const struct verdict *v)
{
	json_t *array = json_array();

	for (size_t i = 0; v->devices_in_use && i < v->device_count; i++)
		json_array_append_new(array, json_string(v->devices[i]->name));
	return array;
}

static void put_tri(json_t *object, const char *key, enum tri value)
{
	jsonout_put(object, key,
		    value == ANSWER_UNKNOWN ? NULL : json_boolean(value == ANSWER_YES));
}

static void put_number(json_t *object, const char *key, int64_t number)
{
	jsonout_put(object, key, json_integer((json_int_t)number));
}

static void put_rest_of_state(json_t *object, const struct verdict_state *state)
{
	put_tri(object, "bandwidth_manager", state->bandwidth_manager);
	put_tri(object, "external_ips", state->external_ips);
	put_tri(object, "hostport", state->host_port);
	put_tri(object, "session_affinity", state->session_affinity);
	put_tri(object, "src_range_check", state->source_range_check);
	put_tri(object, "frag_tracking", state->fragment_tracking);
	put_tri(object, "devices_required", state->devices_required);
	jsonout_put_text(object, "nodeport_mode", state->nodeport_mode);
	jsonout_put_text(object, "tunnel_protocol",
			 *state->tunnel_protocol ? state->tunnel_protocol : NULL);
	put_number(object, "tunnel_port", state->tunnel_port);
	put_number(object, "monitor_flags", state->monitor_flags);
	jsonout_put_text(object, "identity_mode", state->identity_mode);
	put_bool(object, "debug", state->debug);
	put_bool(object, "ipsec", state->ipsec);
	put_bool(object, "wireguard", state->wireguard);
}

/* Parts of services that are asked for and that a bundle for this kernel and node would not have. */
static json_t *turned_off_json(const struct report *report)
{
	json_t *array = json_array();
	struct service_parts parts;

	service_parts_decide(report->input.options, &report->verdict, &parts);
	for (enum service_part part = 0; part < SERVICE_PART__COUNT; part++) {
		enum rule_id rule = parts.off_by[part];

		if (rule != RULE__COUNT)
			json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "feature",
							       service_part_name(part), "rule",
							       rule_defs[rule].name, "reason",
							       rule_defs[rule].text));
	}
	return array;
}

static json_t *state_json(const struct report *report)
{
	const struct verdict *v = &report->verdict;
	json_t *object;

	if (!report->has_verdict || v->mode == VERDICT_REFUSED || v->mode == VERDICT_UNDETERMINED)
		return NULL;
	object = json_object();
	jsonout_put_text(object, "kube_proxy_replacement", v->kpr);
	jsonout_put(object, "nodeport", v->nodeport_known ? json_boolean(v->nodeport) : NULL);
	put_bool(object, "socket_lb_tcp", v->socket_lb_tcp);
	put_bool(object, "socket_lb_udp", v->socket_lb_udp);
	jsonout_put_text(object, "masquerade", masquerade_mode_name(v->masquerade));
	put_bool(object, "masquerade_ipv4", v->masquerade_ipv4);
	put_bool(object, "masquerade_ipv6", v->masquerade_ipv6);
	put_bool(object, "tunnel", v->tunnel);
	jsonout_put(object, "devices", devices_json(v));
	jsonout_put_text(object, "direct_routing_device",
			 v->direct_routing_device ? v->direct_routing_device->name : NULL);
	put_rest_of_state(object, &v->state);
	jsonout_put(object, "turned_off", turned_off_json(report));
	return object;
}

/* 0 is a size that is not known. */
static void put_size(json_t *object, const char *key, int64_t entries)
{
	jsonout_put(object, key, entries ? json_integer((json_int_t)entries) : NULL);
}

static json_t *sizes_json(const struct report *report)
{
	const struct map_sizes *sizes = &report->sizes;
	json_t *object;

	if (!report->has_sizes)
		return NULL;
	object = json_object();
	put_size(object, "ct_tcp", sizes->ct_tcp);
	put_size(object, "ct_any", sizes->ct_any);
	put_size(object, "nat", sizes->nat);
	put_size(object, "neigh", sizes->neigh);
	put_size(object, "sockrev", sizes->sock_rev);
	put_size(object, "policy", sizes->policy);
	put_size(object, "lb", sizes->lb);
	put_size(object, "frag", sizes->fragments);
	return object;
}

static json_t *node_json(const struct node_facts *facts)
{
	char ip[IPV4_TEXT_MAX], cidr[CIDR4_TEXT_MAX], ip6[INET6_ADDRSTRLEN];
	json_t *object = json_object();

	jsonout_put_text(object, "node_ip", facts->node_ip ? ipv4_text(facts->node_ip, ip) : NULL);
	jsonout_put_text(object, "pod_cidr",
			 facts->has_pod_cidr ? cidr4_text(facts->pod_cidr, cidr) : NULL);
	jsonout_put_text(object, "node_ip6",
			 facts->has_node_ip6
				 ? inet_ntop(AF_INET6, facts->node_ip6, ip6, sizeof(ip6))
				 : NULL);
	jsonout_put_text(object, "pod_cidr6", facts->pod_cidr6[0] ? facts->pod_cidr6 : NULL);
	return object;
}

static void put_answer(json_t *object, const struct answer *answer)
{
	jsonout_put_text(object, "value", tri_name(answer->value));
	jsonout_put_text(object, "source", source_name(answer->source));
	jsonout_put(object, "errno", json_integer(answer->err));
	jsonout_put_text(object, "note", answer->note);
}

static json_t *feature_json(enum feature_id id, const struct answer *answer)
{
	json_t *object = json_object();

	jsonout_put_text(object, "name", feature_defs[id].name);
	put_answer(object, answer);
	jsonout_put_text(object, "since", feature_defs[id].since);
	return object;
}

static json_t *kernel_json(const struct features *features)
{
	json_t *object = json_object(), *floor = json_object(), *list = json_array();

	for (enum feature_id id = 0; id < FEATURE__COUNT; id++)
		json_array_append_new(list, feature_json(id, &features->items[id]));
	put_answer(floor, &features->kernel_5_10);
	jsonout_put_text(object, "release", features->release);
	jsonout_put(object, "at_least_5_10", floor);
	jsonout_put(object, "features", list);
	jsonout_put(object, "bpf_calls", json_integer(features->syscalls));
	return object;
}

static json_t *target_json(const struct offline *offline)
{
	json_t *object, *options;

	if (!offline)
		return NULL;
	object = json_object();
	options = json_array();
	jsonout_put_text(object, "kernel", offline->kernel_path[0] ? offline->kernel_path : NULL);
	jsonout_put_text(object, "kconfig",
			 offline->kconfig_path[0] ? offline->kconfig_path : NULL);
	put_bool(object, "has_btf", offline->target.btf);
	for (enum kconfig_need need = 0; need < NEED__COUNT; need++) {
		json_t *option = json_object();

		jsonout_put_text(option, "name", kconfig_needs[need].name);
		put_answer(option, &offline->needs[need]);
		jsonout_put_text(option, "for", kconfig_needs[need].text);
		json_array_append_new(options, option);
	}
	jsonout_put(object, "options", options);
	return object;
}

static json_t *cure_json(const struct report *report)
{
	const struct verdict_cure *cure = &report->cure;
	json_t *object, *changes;

	if (!report->has_cure)
		return NULL;
	object = json_object();
	changes = json_array();
	jsonout_put_text(object, "result", cure_result_name(cure->result));
	for (size_t i = 0; i < cure->count; i++) {
		json_t *change = json_object();

		jsonout_put_text(change, "key", option_defs[cure->changes[i].option].name);
		jsonout_put_text(change, "value",
				 cure->changes[i].removes ? NULL : cure->changes[i].value);
		json_array_append_new(changes, change);
	}
	jsonout_put(object, "changes", changes);
	jsonout_put_text(object, "obstacle",
			 cure->has_obstacle ? rule_defs[cure->obstacle.rule].name : NULL);
	return object;
}

static json_t *report_tree(const struct report *report)
{
	json_t *root = json_object();

	jsonout_put_text(root, "schema", REPORT_SCHEMA);
	jsonout_put_text(root, "tool_version", HOSTROUTE_VERSION);
	jsonout_put_text(root, "cilium_version",
			 report->input.options ? release_name(report->input.options->release)
					       : NULL);
	jsonout_put_text(root, "subject", report->input.options ? "config" : "kernel");
	jsonout_put_text(root, "mode", verdict_mode_name(report->mode));
	jsonout_put(root, "exit_status", json_integer(report->status));
	jsonout_put(root, "status", status_json(report));
	jsonout_put(root, "findings", findings_json(report));
	jsonout_put(root, "config", config_json(report));
	jsonout_put(root, "state", state_json(report));
	jsonout_put(root, "node", node_json(report->input.facts));
	jsonout_put(root, "kernel", kernel_json(report->input.features));
	jsonout_put(root, "target", target_json(report->input.offline));
	jsonout_put(root, "audit", report->has_audit ? report_audit_json(&report->audit) : NULL);
	jsonout_put(root, "cure", cure_json(report));
	if (report->input.functional)
		jsonout_put(root, "functional", report_functional_json(report->input.functional));
	jsonout_put(root, "map_sizes", sizes_json(report));
	return root;
}

int report_write_json(const struct report *report, char **out)
{
	_cleanup_(json) json_t *root = report_tree(report);

	return jsonout_text(root, 2, out);
}
