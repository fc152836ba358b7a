// SPDX-License-Identifier: BSD-2-Clause
/* Verdict, scope and macros of one ConfigMap, with a diagnostic for everything that stands in the way. */
#include "compiler/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/cross_keys.h"
#include "compiler/origin.h"
#include "compiler/reasons.h"
#include "probe/features.h"

#define TEXT_MAX 768

struct complaints {
	const struct configmap *cm;
	const struct target *target;
	struct diag_list *diags;
};

/* The text of the file that a value stands in: the ConfigMap's, an override's, or a mounted one. */
static const char *source_of(const struct configmap *cm, const struct option_value *value)
{
	const struct entry *entries = cm->merged ? cm->merged : cm->entries;
	size_t count = cm->merged ? cm->merged_count : cm->entry_count;

	for (size_t i = 0; i < count; i++)
		if (entries[i].pos.file == value->pos.file &&
		    entries[i].pos.line == value->pos.line && entries[i].pos.col == value->pos.col)
			return entries[i].source;
	return NULL;
}

/* At the option's value, or about the whole input when the value is the default. */
static void complain(const struct complaints *to, enum diag_severity severity,
		     enum option_id option, const char *text)
{
	const struct configmap *cm = to->cm;
	const struct option_value *value;
	struct pos pos = { .file = cm->file.name };
	char shown[VALUE_TEXT_MAX];

	if (option == OPT__COUNT) {
		diag_add(to->diags, severity, pos, NULL, "%s", text);
		return;
	}
	value = &cm->options.values[option];
	if (value->is_set)
		pos = value->pos;
	diag_add(to->diags, severity, pos, value->is_set ? source_of(cm, value) : NULL,
		 "%s: \"%s\"%s %s", option_defs[option].name, value_text(value, shown),
		 value->is_set ? "" : ", the default,", text);
}

/*
 * The key that a finding is about: where its rule looks at several, the detail begins with the one that is wrong
 * ("bpf-ct-global-any-max: 1023"); else the rule's, by the name that the release or the ConfigMap has for it.
 */
static enum option_id blamed(const struct options *opts, const struct finding *finding)
{
	size_t len = strcspn(finding->detail, ": ");
	enum option_id option = rule_defs[finding->rule].option;
	char name[FINDING_DETAIL_MAX];
	enum option_id named;

	if (option == OPT__COUNT)
		return option;
	snprintf(name, sizeof(name), "%.*s", (int)len, finding->detail);
	named = option_find(name);
	if (named != OPT__COUNT && option_is_set(opts, named))
		return named;
	return option_set_instead(opts, option);
}

/* A finding that is not about a key is about the kernel or the node: the target, if one was named. */
static bool is_about_target(const struct complaints *to, const struct finding *finding)
{
	return rule_defs[finding->rule].option == OPT__COUNT && *to->target->name;
}

static void complain_finding(const struct complaints *to, enum diag_severity severity,
			     const struct finding *finding, const char *what)
{
	const struct rule_def *rule = &rule_defs[finding->rule];
	bool names_target = is_about_target(to, finding);
	bool has_detail = *finding->detail != '\0';
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s%s%s: %s%s%s%s; %s [%s]",
		 names_target ? to->target->name : "", names_target ? " " : "", what, rule->text,
		 has_detail ? " (" : "", finding->detail, has_detail ? ")" : "", rule->fix,
		 rule->name);
	complain(to, severity, blamed(&to->cm->options, finding), text);
}

/*
 * With an error of scope at hand, what the agent would say about defaults mostly follows from the same key
 * (IPsec wants a key file), and what it would say about the key itself is said already.
 */
static bool is_news(const struct options *opts, const struct finding *finding,
		    const struct scope *scope)
{
	enum option_id option = blamed(opts, finding);

	return option != OPT__COUNT && option_is_set(opts, option) && !scope_refuses(scope, option);
}

static void check_verdict(const struct complaints *to, const struct plan *plan)
{
	const struct verdict *v = &plan->verdict;
	bool out_of_scope = diag_has_errors(to->diags);

	for (size_t i = 0; v->mode == VERDICT_REFUSED && i < v->count; i++) {
		const struct finding *finding = &v->findings[i];

		if (reasons_is_refusal(finding) &&
		    (!out_of_scope || is_news(&to->cm->options, finding, &plan->scope)))
			complain_finding(to, DIAG_ERROR, finding, "is refused by the agent");
	}
	for (size_t i = 0; v->mode == VERDICT_UNDETERMINED && i < v->count; i++) {
		const struct finding *finding = &v->findings[i];

		if (finding->matched == ANSWER_UNKNOWN)
			complain_finding(to, DIAG_ERROR, finding,
					 is_about_target(to, finding) ? "does not tell what decides"
								      : "cannot be decided");
	}
}

/* As the agent takes what itself misses: probe mode does with less, every other mode is refused. */
static void tell_own_needs(const struct complaints *to, const struct verdict *verdict)
{
	bool does_with_less = !strcmp(verdict->kpr, "Probe");

	for (size_t i = 0; i < verdict->count; i++) {
		const struct finding *finding = &verdict->findings[i];
		bool is_nodeport = finding->rule == RULE_OWN_NODEPORT;

		if (!service_rule_is_own(finding->rule) || finding->matched != ANSWER_YES)
			continue;
		complain_finding(to, does_with_less ? DIAG_WARNING : DIAG_ERROR, finding,
				 does_with_less ? is_nodeport ? "turns NodePort off"
							      : "turns socket load balancing off"
				 : is_nodeport	? "cannot have NodePort"
						: "cannot have socket load balancing");
	}
}

static void tell_scope(const struct complaints *to, const struct scope *scope, bool gaps)
{
	char text[TEXT_MAX];

	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++) {
		if (!scope->holds[id] || (scope_defs[id].effect == SCOPE_GAP) != gaps)
			continue;
		scope_text(id, text, sizeof(text));
		complain(to, gaps ? DIAG_WARNING : DIAG_ERROR, scope_defs[id].option, text);
	}
}

/*
 * What the agent would log and go on: the fallbacks that were not asked for, and the downgrades that leave host
 * routing alone. With legacy routing asked for, what else would lead there is no news.
 */
static const char *consequence(const struct finding *finding, bool is_first, bool asked_for)
{
	if (finding->matched == ANSWER_UNKNOWN)
		return reasons_may_refuse(finding) ? "may be refused by the agent" : NULL;
	if (service_rule_is_own(finding->rule))
		return NULL;
	switch (rule_defs[finding->rule].effect) {
	case EFFECT_NOTE:
		if (service_rule_lessens(finding->rule))
			return "turns services off in part";
		return "does not do what it says";
	case EFFECT_MASQUERADE_OFF:
		return asked_for ? "leaves masquerading to iptables"
				 : "leaves masquerading to iptables and makes host routing legacy";
	case EFFECT_NODEPORT_OFF:
		return asked_for ? "turns NodePort off"
				 : "turns NodePort off and makes host routing legacy";
	case EFFECT_LEGACY:
		return asked_for  ? NULL
		       : is_first ? "makes host routing legacy"
				  : "would make host routing legacy too";
	default:
		return NULL;
	}
}

static void warn_of_findings(const struct complaints *to, const struct verdict *verdict)
{
	bool asked_for = option_bool(&to->cm->options, OPT_ENABLE_HOST_LEGACY_ROUTING);

	for (size_t i = 0; i < verdict->count; i++) {
		const struct finding *finding = &verdict->findings[i];
		const char *what = consequence(finding, i == 0, asked_for);

		if (what)
			complain_finding(to, DIAG_WARNING, finding, what);
	}
}

static void tell_cross_keys(const struct complaints *to, const struct verdict *verdict)
{
	const struct cross_key_def *rows[CROSS_KEYS_MAX];
	size_t count = cross_keys_list(&to->cm->options, verdict, rows);

	for (size_t i = 0; i < count; i++)
		complain(to, rows[i]->severity, rows[i]->option, rows[i]->text);
}

/* Releases that have a rule for it have said so already. */
static void check_tunnel_port(const struct complaints *to, const struct verdict *verdict)
{
	const struct options *opts = &to->cm->options;
	int64_t port = option_int(opts, OPT_TUNNEL_PORT);

	if (verdict->tunnel && opts->release < rule_defs[RULE_TUNNEL_PORT].since &&
	    (port < 0 || port > UINT16_MAX))
		complain(to, DIAG_ERROR, OPT_TUNNEL_PORT,
			 "is not a UDP port (1 to 65535, 0 for the protocol's own)");
}

static void check_vxlan(const struct complaints *to, enum vxlan_by vxlan, const struct plan *plan)
{
	if (vxlan == VXLAN_BY_BPF && !plan->macros.ENABLE_VXLAN_BPF)
		complain(to, DIAG_NOTE, OPT__COUNT,
			 "--vxlan bpf has no effect: it takes VXLAN with BPF host routing");
}

bool interface_word(enum option_id id, const char **text, size_t *len)
{
	const char *separators = id == OPT_DEVICES ? " \t\r\n\v\f" : " ,\t\r\n\v\f";

	*text += strspn(*text, separators);
	*len = strcspn(*text, separators);
	return *len > 0;
}

static void check_interfaces(const struct complaints *to, enum option_id id)
{
	const char *word = option_text(&to->cm->options, id);
	size_t len, count = 0;

	for (; interface_word(id, &word, &len); word += len) {
		if (len >= sizeof(((struct manifest *)0)->devices[0]) || memchr(word, ',', len) ||
		    memchr(word, '/', len)) {
			complain(to, DIAG_ERROR, id,
				 "is not a list of interface names separated by blanks");
			return;
		}
		count++;
	}
	if (count > MANIFEST_MAX_DEVICES)
		complain(to, DIAG_ERROR, id, "names more than 32 devices; use prefix+");
}

/* Of the keys that are there; a default may be in force only because its key could not be read. */
void plan_check_set(const struct configmap *cm, const struct target *target,
		    struct diag_list *diags)
{
	const struct complaints to = { .cm = cm, .target = target, .diags = diags };
	struct verdict verdict;
	struct scope scope;

	verdict_decide(&cm->options, &target->features, &target->facts, &verdict);
	scope_decide(&cm->options, &verdict, &scope);
	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++)
		scope.holds[id] =
			scope.holds[id] && option_is_set(&cm->options, scope_defs[id].option);
	tell_scope(&to, &scope, false);
}

int plan_make(const struct configmap *cm, const struct target *target, enum vxlan_by vxlan,
	      struct plan *out, struct diag_list *diags)
{
	const struct complaints to = { .cm = cm, .target = target, .diags = diags };

	*out = (struct plan){ .target = *target };
	verdict_decide(&cm->options, &out->target.features, &out->target.facts, &out->verdict);
	scope_decide(&cm->options, &out->verdict, &out->scope);
	tell_scope(&to, &out->scope, false);
	check_verdict(&to, out);
	tell_own_needs(&to, &out->verdict);
	check_tunnel_port(&to, &out->verdict);
	check_interfaces(&to, OPT_DEVICES);
	if (out->verdict.masquerade == MASQUERADE_IPTABLES)
		check_interfaces(&to, OPT_EGRESS_MASQUERADE_INTERFACES);
	if (out->verdict.mode != VERDICT_BPF && out->verdict.mode != VERDICT_LEGACY &&
	    !diag_has_errors(diags))
		complain(&to, DIAG_ERROR, OPT__COUNT, "the agent would not start with this config");
	/* Warnings are about what will be built; with an error that is nothing. */
	if (diag_has_errors(diags))
		return -EINVAL;
	tell_scope(&to, &out->scope, true);
	warn_of_findings(&to, &out->verdict);
	tell_cross_keys(&to, &out->verdict);
	macros_evaluate(&cm->options, &out->verdict, vxlan, &out->macros);
	check_vxlan(&to, vxlan, out);
	return 0;
}
