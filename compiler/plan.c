// SPDX-License-Identifier: BSD-2-Clause
/* Verdict, scope and macros of one ConfigMap, with a diagnostic for everything that stands in the way. */
#include "compiler/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/origin.h"
#include "compiler/reasons.h"
#include "probe/features.h"

#define TEXT_MAX 512

struct complaints {
	const struct configmap *cm;
	struct diag_list *diags;
};

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
	diag_add(to->diags, severity, pos, value->is_set ? cm->file.text : NULL, "%s: \"%s\"%s %s",
		 option_defs[option].name, value_text(value, shown),
		 value->is_set ? "" : ", the default,", text);
}

static void complain_finding(const struct complaints *to, enum diag_severity severity,
			     const struct finding *finding, const char *what)
{
	const struct rule_def *rule = &rule_defs[finding->rule];
	bool has_detail = *finding->detail != '\0';
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s: %s%s%s%s; %s [%s]", what, rule->text,
		 has_detail ? " (" : "", finding->detail, has_detail ? ")" : "", rule->fix,
		 rule->name);
	complain(to, severity, rule->option, text);
}

/*
 * With an error of scope at hand, what the agent would say about defaults mostly follows from the same key
 * (IPsec wants a key file), and what it would say about the key itself is said already.
 */
static bool is_news(const struct options *opts, const struct finding *finding,
		    const struct scope *scope)
{
	enum option_id option = rule_defs[finding->rule].option;

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
	for (size_t i = 0; v->mode == VERDICT_UNDETERMINED && i < v->count; i++)
		complain_finding(to, DIAG_ERROR, &v->findings[i], "cannot be decided");
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

static void warn_of_legacy(const struct complaints *to, const struct verdict *verdict)
{
	const struct finding *cause = reasons_first_cause(verdict);

	if (cause && !option_bool(&to->cm->options, OPT_ENABLE_HOST_LEGACY_ROUTING))
		complain_finding(to, DIAG_WARNING, cause, "makes host routing legacy");
}

static void check_tunnel_port(const struct complaints *to)
{
	const struct options *opts = &to->cm->options;
	int64_t port = option_int(opts, OPT_TUNNEL_PORT);

	if (tunnel_is_vxlan(opts) && (port < 0 || port > UINT16_MAX))
		complain(to, DIAG_ERROR, OPT_TUNNEL_PORT,
			 "is not a UDP port (1 to 65535, 0 for 8472)");
}

static bool next_word(const char **text, size_t *len)
{
	while (isspace((unsigned char)**text))
		(*text)++;
	*len = strcspn(*text, " \t\r\n\v\f");
	return *len > 0;
}

static void check_devices(const struct complaints *to)
{
	const char *word = option_text(&to->cm->options, OPT_DEVICES);
	size_t len, count = 0;

	for (; next_word(&word, &len); word += len) {
		if (len >= sizeof(((struct manifest *)0)->devices[0]) || memchr(word, ',', len) ||
		    memchr(word, '/', len)) {
			complain(to, DIAG_ERROR, OPT_DEVICES,
				 "is not a list of interface names separated by blanks");
			return;
		}
		count++;
	}
	if (count > MANIFEST_MAX_DEVICES)
		complain(to, DIAG_ERROR, OPT_DEVICES, "names more than 32 devices; use prefix+");
}

bool plan_knows_version(const char *version)
{
	size_t len = strlen(PLAN_CILIUM_VERSION);

	version += *version == 'v';
	if (strncmp(version, PLAN_CILIUM_VERSION, len) != 0)
		return false;
	version += len;
	if (!*version)
		return true;
	return *version++ == '.' && *version && !version[strspn(version, "0123456789")];
}

/* Of the keys that are there; a default may be in force only because its key could not be read. */
void plan_check_set(const struct configmap *cm, struct diag_list *diags)
{
	const struct complaints to = { .cm = cm, .diags = diags };
	const struct verdict none = { .mode = VERDICT_REFUSED };
	struct scope scope;

	scope_decide(&cm->options, &none, &scope);
	for (enum scope_id id = 0; id < SCOPE_ID__COUNT; id++)
		scope.holds[id] =
			scope.holds[id] && option_is_set(&cm->options, scope_defs[id].option);
	tell_scope(&to, &scope, false);
}

int plan_make(const struct configmap *cm, struct plan *out, struct diag_list *diags)
{
	const struct complaints to = { .cm = cm, .diags = diags };
	struct features features;

	*out = (struct plan){ 0 };
	features_assume_all(&features, "");
	verdict_decide(&cm->options, &features, &out->facts, &out->verdict);
	scope_decide(&cm->options, &out->verdict, &out->scope);
	tell_scope(&to, &out->scope, false);
	check_verdict(&to, out);
	check_tunnel_port(&to);
	check_devices(&to);
	if (out->verdict.mode != VERDICT_BPF && out->verdict.mode != VERDICT_LEGACY &&
	    !diag_has_errors(diags))
		complain(&to, DIAG_ERROR, OPT__COUNT, "the agent would not start with this config");
	/* Warnings are about what will be built; with an error that is nothing. */
	if (diag_has_errors(diags))
		return -EINVAL;
	tell_scope(&to, &out->scope, true);
	warn_of_legacy(&to, &out->verdict);
	macros_evaluate(&cm->options, &out->verdict, &out->macros);
	return 0;
}
