/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between verdict.c, which walks the rules in order, and the files that hold their predicates
 * (rules_context.c for the state they start from, rules_options.c, rules_addresses.c, rules_sizes.c,
 * rules_kernel.c, rules_kpr.c, rules_devices.c, rules_routing.c, rules_masquerade.c), and verdict_state.c,
 * which tells what is left. Not for other rooms.
 */
#ifndef HR_PROBE_VERDICT_RULES_H
#define HR_PROBE_VERDICT_RULES_H

#include <string.h>

#include "probe/devices.h"
#include "probe/verdict.h"

enum kpr_mode {
	KPR_STRICT, /* up to 1.15 */
	KPR_PROBE, /* up to 1.12 */
	KPR_PARTIAL, /* up to 1.15 */
	KPR_DISABLED, /* up to 1.15 */
	KPR_TRUE, /* from 1.14 on: strict under another name */
	KPR_FALSE, /* from 1.14 on: partial under another name; from 1.19 on without NodePort */
	KPR__COUNT,
};

/*
 * The agent's view of its options, and the state that rules change while they are walked. State is
 * three-valued: an unknown answer spreads to exactly what depends on it.
 */
struct rule_ctx {
	const struct options *opts;
	const struct features *features;
	const struct node_facts *facts;
	char *detail; /* FINDING_DETAIL_MAX bytes, of the rule under test */

	/* From the options alone. */
	enum cilium_release release;
	enum kpr_mode kpr; /* full when the value is none of the release's */
	bool kpr_is_valid;
	bool kpr_full; /* strict, probe, true: everything the replacement has is wanted */
	bool kpr_by_switches; /* partial, false: what single keys enable */
	bool lb_only; /* datapath-mode */
	bool tunnel, ipv4, ipv6, l7_proxy;
	const char *tunnel_protocol; /* as the config has it; valid when tunnel */
	bool masq4, masq6; /* wanted, and the family is on */
	bool bpf_masq_wanted; /* asked for, and something it could masquerade in this release is on */
	bool nodeport_wanted; /* before any downgrade */
	bool socket_lb_wanted; /* by a key; strict and probe want it anyway */
	const char *lb_mode, *lb_algorithm, *lb_acceleration; /* former names resolved */
	uint16_t node_port_min, node_port_max;

	/* Changed by rules. */
	enum tri refused, legacy;
	enum tri nodeport, socket_tcp, socket_udp, session_affinity;
	enum tri bpf_masq;
	enum tri bandwidth; /* bandwidth manager */

	/* From rules_select_devices() on. */
	struct device_request request;
	char names_text[4096]; /* words of the `devices` option, which the request points into */
	const char *names[FACTS_MAX_DEVICES];
	struct device_list devices;
	struct device_list with_l3,
		without_l3; /* what they are if L3 devices are kept, or skipped */
	enum tri devices_required; /* by NodePort, host firewall or bandwidth manager */
	enum tri direct_routing; /* a direct routing device is wanted */
	enum tri l3_skipped; /* bpf_skb_change_head() is missing, and detection cares */
	bool devices_in_use; /* false: selected for the status line only (1.15) */
	const struct fact_device *direct_routing_device;
};

static inline enum tri tri_of(bool value)
{
	return value ? ANSWER_YES : ANSWER_NO;
}

static inline enum tri tri_not(enum tri a)
{
	return a == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : tri_of(a == ANSWER_NO);
}

static inline enum tri tri_or(enum tri a, enum tri b)
{
	if (a == ANSWER_YES || b == ANSWER_YES)
		return ANSWER_YES;
	return a == ANSWER_NO && b == ANSWER_NO ? ANSWER_NO : ANSWER_UNKNOWN;
}

static inline enum tri tri_and(enum tri a, enum tri b)
{
	return tri_not(tri_or(tri_not(a), tri_not(b)));
}

static inline bool is_on(const struct rule_ctx *c, enum option_id option)
{
	return option_bool(c->opts, option);
}

static inline const char *rule_text(const struct rule_ctx *c, enum option_id option)
{
	return option_text(c->opts, option);
}

static inline bool is_probe(const struct rule_ctx *c)
{
	return c->kpr == KPR_PROBE;
}

static inline bool is_since(const struct rule_ctx *c, enum cilium_release release)
{
	return c->release >= release;
}

/* Direct server return, for all (dsr), for TCP only (hybrid), or for what a service says (1.17). */
static inline bool is_dsr_or_hybrid(const struct rule_ctx *c)
{
	return !strcmp(c->lb_mode, "dsr") || !strcmp(c->lb_mode, "hybrid") ||
	       is_on(c, OPT_BPF_LB_MODE_ANNOTATION);
}

/* Sets the detail of the rule under test. */
void rule_detail(const struct rule_ctx *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is the number of an option below min or above max? Then the detail names it. */
enum tri rule_is_outside(const struct rule_ctx *c, enum option_id option, int64_t min, int64_t max);

/* One of a NULL-terminated list of spellings? */
bool rule_text_is_in(const char *text, const char *const *values);

/* Are identities kept in Kubernetes resources? */
bool rule_is_identity_mode_crd(const struct rule_ctx *c);

/* Go's net.ParseCIDR, of AF_INET or AF_INET6: host bits may be set. */
bool rule_is_cidr(const char *text, int family);

/* What separates the entries of a list option. */
#define RULE_BLANKS " \t\r\n\v\f"

/* Cuts the next word (any of separators between words) off *text; false when there is none. */
bool rule_next_word(const char **text, const char *separators, char *out, size_t size);

/* Is the feature missing? Anything but a clear no sets the detail. */
enum tri rule_missing(const struct rule_ctx *c, enum feature_id feature);

/*
 * The same for what every mainline kernel has since the release of the table: a kernel of that release has
 * it even where nobody could ask.
 */
enum tri rule_missing_or_old(const struct rule_ctx *c, enum feature_id feature);

/* The predicates: does the rule match? They look at the context and set its detail, nothing else. */
#define RULE(id, test, ...) enum tri rule_test_##test(const struct rule_ctx *c);
#include "probe/rules.def"
#undef RULE

/* Fill the context: what the options say, and what the agent looks at before its device rules. */
void rules_read_options(struct rule_ctx *c);
void rules_select_devices(struct rule_ctx *c);

/* Level of a value of monitor-aggregation, in any case; false when it is none. */
bool rule_monitor_level(const char *text, unsigned int *level);

/* Adds the bits of one word of monitor-aggregation-flags; false when it is none. */
bool rule_tcp_flag(const char *word, unsigned int *bits);

/* After the last rule. */
void rules_fill_state(const struct rule_ctx *c, struct verdict_state *out);

#endif
