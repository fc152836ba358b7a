// SPDX-License-Identifier: BSD-2-Clause
/* Walks the rules in the agent's order, lets each change the state the next ones see, and sums up. */
#include "probe/verdict.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/verdict_rules.h"

#define OPT_NONE OPT__COUNT

const struct rule_def rule_defs[RULE__COUNT] = {
#define RULE(id, test, name_, since_, until_, effect_, option_, text_, fix_, cure_) \
	[RULE_##id] = { .name = name_,                                              \
			.since = CILIUM_##since_,                                   \
			.until = CILIUM_##until_,                                   \
			.effect = EFFECT_##effect_,                                 \
			.option = OPT_##option_,                                    \
			.text = text_,                                              \
			.fix = fix_,                                                \
			.cure = cure_ },
#include "probe/rules.def"
#undef RULE
};

/* A rule without a predicate does not link. */
static enum tri (*const rule_tests[])(const struct rule_ctx *) = {
#define RULE(id, test, ...) [RULE_##id] = rule_test_##test,
#include "probe/rules.def"
#undef RULE
};
_Static_assert(ARRAY_SIZE(rule_tests) == RULE__COUNT, "every rule is walked");

static const char *const mode_names[] = {
	[VERDICT_UNDETERMINED] = "undetermined",
	[VERDICT_BPF] = "BPF",
	[VERDICT_LEGACY] = "Legacy",
	[VERDICT_REFUSED] = "refused",
};
_Static_assert(ARRAY_SIZE(mode_names) == VERDICT__COUNT, "name every mode");

static const char *const effect_names[] = {
	[EFFECT_REFUSED] = "refused",
	[EFFECT_LEGACY] = "legacy",
	[EFFECT_NODEPORT_OFF] = "nodeport-off",
	[EFFECT_MASQUERADE_OFF] = "masquerade-off",
	[EFFECT_NOTE] = "note",
};
_Static_assert(ARRAY_SIZE(effect_names) == EFFECT__COUNT, "name every effect");

static const char *const masquerade_names[] = {
	[MASQUERADE_OFF] = "off",
	[MASQUERADE_IPTABLES] = "iptables",
	[MASQUERADE_BPF] = "bpf",
	[MASQUERADE_UNKNOWN] = "unknown",
};
_Static_assert(ARRAY_SIZE(masquerade_names) == MASQUERADE__COUNT, "name every masquerade mode");

void rule_detail(const struct rule_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->detail, FINDING_DETAIL_MAX, fmt, ap);
	va_end(ap);
}

bool rule_text_is_in(const char *text, const char *const *values)
{
	for (; *values; values++)
		if (!strcmp(text, *values))
			return true;
	return false;
}

bool rule_next_word(const char **text, const char *separators, char *out, size_t size)
{
	const char *word = *text + strspn(*text, separators);
	size_t len = strcspn(word, separators);

	*text = word + len;
	snprintf(out, size, "%.*s", (int)len, word);
	return len > 0;
}

bool rule_is_cidr(const char *text, int family)
{
	const char *slash = strchr(text, '/');
	uint8_t addr[16];
	char ip[64];
	uint64_t len;

	if (!slash || (size_t)(slash - text) >= sizeof(ip))
		return false;
	memcpy(ip, text, (size_t)(slash - text));
	ip[slash - text] = '\0';
	return inet_pton(family, ip, addr) == 1 &&
	       !parse_uint(slash + 1, family == AF_INET ? 32 : 128, &len);
}

enum tri rule_missing(const struct rule_ctx *c, enum feature_id feature)
{
	const struct answer *answer = &c->features->items[feature];
	const char *note = answer->value == ANSWER_UNKNOWN ? answer->note : "";

	if (answer->value == ANSWER_YES)
		return ANSWER_NO;
	rule_detail(c, "%s%s%s", feature_defs[feature].name, *note ? ": " : "", note);
	return tri_not(answer->value);
}

enum tri rule_missing_or_old(const struct rule_ctx *c, enum feature_id feature)
{
	enum tri missing = rule_missing(c, feature);
	const struct features *f = c->features;
	unsigned int major, minor;

	if (missing != ANSWER_UNKNOWN ||
	    kernel_release_parse(feature_defs[feature].since, &major, &minor))
		return missing;
	return f->major > major || (f->major == major && f->minor >= minor) ? ANSWER_NO
									    : ANSWER_UNKNOWN;
}

static void turn_off(enum tri *state, enum tri matched)
{
	*state = tri_and(*state, tri_not(matched));
}

static void apply_effect(struct rule_ctx *c, enum rule_effect effect, enum tri matched)
{
	if (effect == EFFECT_REFUSED)
		c->refused = tri_or(c->refused, matched);
	else if (effect != EFFECT_NOTE)
		c->legacy = tri_or(c->legacy, matched);
	if (effect == EFFECT_NODEPORT_OFF)
		turn_off(&c->nodeport, matched);
	if (effect == EFFECT_MASQUERADE_OFF)
		turn_off(&c->bpf_masq, matched);
}

static void turn_off_socket_lb(struct rule_ctx *c, enum tri matched)
{
	turn_off(&c->socket_tcp, matched);
	turn_off(&c->socket_udp, matched);
}

static void apply_downgrade(struct rule_ctx *c, enum rule_id rule, enum tri matched)
{
	if (rule == RULE_SOCKET_LB_TCP_PROBE)
		turn_off(&c->socket_tcp, matched);
	else if (rule == RULE_SOCKET_LB_UDP_PROBE)
		turn_off(&c->socket_udp, matched);
	else if (rule == RULE_MKE_PROBE)
		turn_off_socket_lb(c, matched);
	else if (rule == RULE_SESSION_AFFINITY_PROBE)
		turn_off(&c->session_affinity, matched);
	else if (rule == RULE_BANDWIDTH_IPSEC)
		turn_off(&c->bandwidth, matched);
}

struct findings {
	struct finding items[RULE__COUNT];
	size_t count;
};

/* What is not a rule: the state changes between rules. */
static void pass_stage(struct rule_ctx *c, enum rule_id rule)
{
	if (rule == RULE_DEVICE_WILDCARD)
		rules_select_devices(c);
	/*
	 * Up to 1.14 masquerade follows silently whatever turned NodePort off; then it is refused.
	 */
	if (rule == RULE_MASQ_OFF && c->release <= CILIUM_1_14)
		c->bpf_masq = tri_and(c->bpf_masq, c->nodeport);
}

static void walk_rules(struct rule_ctx *c, struct findings *found)
{
	rules_read_options(c);
	for (enum rule_id rule = 0; rule < RULE__COUNT; rule++) {
		struct finding *f = &found->items[found->count];
		enum rule_effect effect = rule_defs[rule].effect;

		pass_stage(c, rule);
		if (c->release < rule_defs[rule].since || c->release > rule_defs[rule].until)
			continue;
		*f = (struct finding){ .rule = rule };
		c->detail = f->detail;
		f->matched = rule_tests[rule](c);
		apply_effect(c, effect, f->matched);
		apply_downgrade(c, rule, f->matched);
		if (f->matched == ANSWER_YES ||
		    (f->matched == ANSWER_UNKNOWN && effect != EFFECT_NOTE))
			found->count++;
	}
}

static enum verdict_mode decide_mode(const struct rule_ctx *c)
{
	if (c->refused == ANSWER_YES)
		return VERDICT_REFUSED;
	if (c->legacy == ANSWER_YES)
		return VERDICT_LEGACY;
	if (c->refused == ANSWER_UNKNOWN || c->legacy == ANSWER_UNKNOWN)
		return VERDICT_UNDETERMINED;
	return VERDICT_BPF;
}

static bool is_cause(const struct finding *f, enum verdict_mode mode)
{
	enum rule_effect effect = rule_defs[f->rule].effect;

	switch (mode) {
	case VERDICT_REFUSED:
		return effect == EFFECT_REFUSED && f->matched == ANSWER_YES;
	case VERDICT_LEGACY:
		return effect != EFFECT_REFUSED && effect != EFFECT_NOTE &&
		       f->matched == ANSWER_YES;
	case VERDICT_UNDETERMINED:
		return f->matched == ANSWER_UNKNOWN;
	default:
		return false;
	}
}

static void add_finding(struct verdict *v, const struct finding *f)
{
	if (v->count < VERDICT_MAX_FINDINGS)
		v->findings[v->count++] = *f;
}

static void order_findings(const struct findings *found, struct verdict *v)
{
	size_t cause = found->count;

	for (size_t i = found->count; i-- > 0;)
		if (is_cause(&found->items[i], v->mode))
			cause = i;
	if (cause < found->count)
		add_finding(v, &found->items[cause]);
	for (size_t i = 0; i < found->count; i++)
		if (i != cause && rule_defs[found->items[i].rule].effect != EFFECT_NOTE)
			add_finding(v, &found->items[i]);
	for (size_t i = 0; i < found->count; i++)
		if (i != cause && rule_defs[found->items[i].rule].effect == EFFECT_NOTE)
			add_finding(v, &found->items[i]);
}

static enum masquerade_mode decide_masquerade(const struct rule_ctx *c)
{
	if (!c->masq4 && !c->masq6)
		return MASQUERADE_OFF;
	if (c->bpf_masq == ANSWER_UNKNOWN)
		return MASQUERADE_UNKNOWN;
	return c->bpf_masq == ANSWER_YES ? MASQUERADE_BPF : MASQUERADE_IPTABLES;
}

static void fill_state(const struct rule_ctx *c, struct verdict *v)
{
	static const char *const names[KPR__COUNT] = {
		[KPR_STRICT] = "Strict",     [KPR_PROBE] = "Probe", [KPR_PARTIAL] = "Partial",
		[KPR_DISABLED] = "Disabled", [KPR_TRUE] = "True",   [KPR_FALSE] = "False",
	};

	v->masquerade = decide_masquerade(c);
	v->masquerade_ipv4 = c->masq4;
	v->masquerade_ipv6 = c->masq6;
	v->nodeport = c->nodeport == ANSWER_YES;
	v->nodeport_known = c->nodeport != ANSWER_UNKNOWN;
	v->socket_lb_tcp = c->socket_tcp == ANSWER_YES;
	v->socket_lb_udp = c->socket_udp == ANSWER_YES;
	snprintf(v->kpr, sizeof(v->kpr), "%s", names[c->kpr]);
	v->release = c->release;
	v->tunnel = c->tunnel;
	v->tunnel_protocol = c->tunnel_protocol;
	v->lb_mode = c->lb_mode;
	v->devices_in_use = c->devices_in_use;
	memcpy(v->devices, c->devices.items, sizeof(v->devices));
	v->device_count = c->devices.count;
	if (!is_since(c, CILIUM_1_15) && c->devices.missing[0] &&
	    c->devices.missing[strlen(c->devices.missing) - 1] != '+')
		snprintf(v->unknown_device, sizeof(v->unknown_device), "%s", c->devices.missing);
	v->direct_routing_device = c->direct_routing_device;
	rules_fill_state(c, &v->state);
}

void verdict_decide(const struct options *opts, const struct features *features,
		    const struct node_facts *facts, struct verdict *out)
{
	struct rule_ctx c = { .opts = opts, .features = features, .facts = facts };
	struct findings found = { .count = 0 };

	*out = (struct verdict){ .masquerade = MASQUERADE_OFF };
	walk_rules(&c, &found);
	out->mode = decide_mode(&c);
	order_findings(&found, out);
	fill_state(&c, out);
}

const char *verdict_mode_name(enum verdict_mode mode)
{
	return mode < VERDICT__COUNT ? mode_names[mode] : "undetermined";
}

const char *rule_effect_name(enum rule_effect effect)
{
	return effect < EFFECT__COUNT ? effect_names[effect] : "note";
}

const char *masquerade_mode_name(enum masquerade_mode mode)
{
	return mode < MASQUERADE__COUNT ? masquerade_names[mode] : "unknown";
}
