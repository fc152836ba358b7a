/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a Cilium agent, of the release that the options were read for, would decide: BPF host
 * routing, legacy host routing, or refuse to start. A pure function of options, kernel features
 * and node facts; it prints nothing.
 *
 * The rules are the table rules.def, in the agent's order; the first that matches is the reason
 * the agent would log, the others are what would come next once that one is repaired.
 * Source: ../shared/reference/cilium-config.md C to E, I, L, M.
 */
#ifndef HR_PROBE_VERDICT_H
#define HR_PROBE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/options.h"
#include "probe/facts.h"
#include "probe/features.h"

enum verdict_mode {
	VERDICT_UNDETERMINED, /* an answer that decides is unknown */
	VERDICT_BPF,
	VERDICT_LEGACY,
	VERDICT_REFUSED, /* the agent exits at start */
	VERDICT__COUNT,
};

enum rule_effect {
	EFFECT_REFUSED, /* fatal */
	EFFECT_LEGACY, /* host routing falls back */
	EFFECT_NODEPORT_OFF, /* probe mode: NodePort off, and with it host routing */
	EFFECT_MASQUERADE_OFF, /* BPF masquerade falls back to iptables, and host routing with it */
	EFFECT_NOTE, /* a downgrade or warning that leaves host routing alone */
	EFFECT__COUNT,
};

enum rule_id {
#define RULE(id, ...) RULE_##id,
#include "probe/rules.def"
#undef RULE
	RULE__COUNT,
};

struct rule_def {
	const char *name; /* "HR-ENDPOINT-ROUTES": stable, for scripts; rows of one rule share it */
	enum cilium_release since, until; /* first and last release that has it */
	enum rule_effect effect;
	enum option_id option; /* the key to look at first; OPT__COUNT when it is not about a key */
	const char *text; /* what is wrong, as a sentence without a full stop */
	const char *fix; /* what to change */
	const char
		*cure; /* the same as "key=value" or "-key", see rules.def; "" when no key helps */
};

extern const struct rule_def rule_defs[RULE__COUNT];

#define FINDING_DETAIL_MAX 160

/* One rule that matched, or that could not be decided. */
struct finding {
	enum rule_id rule;
	enum tri
		matched; /* ANSWER_YES, or ANSWER_UNKNOWN with `detail` naming the missing answer */
	char detail[FINDING_DETAIL_MAX]; /* the device, feature or value it is about; may be "" */
};

enum masquerade_mode {
	MASQUERADE_OFF,
	MASQUERADE_IPTABLES,
	MASQUERADE_BPF,
	MASQUERADE_UNKNOWN, /* BPF or iptables, depending on an answer that is unknown */
	MASQUERADE__COUNT,
};

/* What else the agent would say of its state; texts point into the options. */
struct verdict_state {
	enum tri bandwidth_manager;
	enum tri external_ips, host_port, session_affinity, source_range_check;
	enum tri fragment_tracking; /* of IPv4 */
	enum tri devices_required; /* does the datapath need at least one? */
	enum tri direct_routing; /* is one of them elected as direct routing device? */
	const char *nodeport_mode; /* "snat", "dsr", "hybrid" */
	const char *lb_algorithm; /* "random", "maglev": by whichever key counts */
	const char *tunnel_protocol; /* "vxlan", "geneve"; "" when there is no tunnel */
	unsigned int tunnel_port; /* UDP; 0 when there is none */
	unsigned int nodeport_min, nodeport_max; /* first and last port of NodePorts */
	unsigned int monitor_flags; /* TCP flags that end aggregation, as in the header: FIN is 1 */
	unsigned int
		monitor_level; /* of aggregation: 0 none, 1 lowest, 2 low, 3 medium, 4 maximum */
	const char *identity_mode; /* "crd", "kvstore", ... */
	bool debug_datapath; /* debug events of the programs; `debug` is of the agent */
	bool debug, ipsec, wireguard;
};

#define VERDICT_MAX_FINDINGS 64

/*
 * The mode says what every possible completion of the unknown answers leads to, with one exception: what
 * forces legacy routing beyond doubt makes it VERDICT_LEGACY even where an unknown answer might make the agent
 * refuse to start; that answer is among the findings then.
 */
struct verdict {
	enum verdict_mode mode;
	/* [0] is the first cause (unless the mode is BPF); then the rest in the agent's order, notes last. */
	struct finding findings[VERDICT_MAX_FINDINGS];
	size_t count;

	/* Effective state when not refused. */
	enum masquerade_mode masquerade;
	bool masquerade_ipv4, masquerade_ipv6; /* family AND masquerade */
	bool nodeport; /* these three: certainly on */
	bool socket_lb_tcp, socket_lb_udp;
	bool nodeport_known; /* false: an unknown answer decides whether NodePort is on */
	char kpr[16]; /* as `cilium status` spells it: Strict, Probe, Partial, Disabled, True, False */
	enum cilium_release release;
	bool tunnel; /* encapsulating */
	const char *
		tunnel_protocol; /* "vxlan", "geneve": points into the options; valid when tunnel */
	const char *lb_mode; /* ditto: "snat", "dsr", "hybrid", by whichever key counts */
	const struct fact_device *devices[FACTS_MAX_DEVICES]; /* those of the status line */
	size_t device_count;
	bool devices_in_use; /* false: the datapath attaches to none of them */
	char unknown_device
		[64]; /* an entry of `devices` that no interface has; "" when all exist */
	const struct fact_device *direct_routing_device; /* NULL when none is elected */
	struct verdict_state state;
};

/*
 * Decides by the rules of opts->release. opts must have been read without errors. Pointers in *out
 * point into facts.
 */
void verdict_decide(const struct options *opts, const struct features *features,
		    const struct node_facts *facts, struct verdict *out);

const char *
verdict_mode_name(enum verdict_mode mode); /* "undetermined", "BPF", "Legacy", "refused" */

const char *rule_effect_name(enum rule_effect effect); /* "refused", "legacy", ..., "note" */
const char *
masquerade_mode_name(enum masquerade_mode mode); /* "off", "iptables", "bpf", "unknown" */

/*
 * The `cilium status` values, without the key, with one blank where the agent aligns columns. out gets
 * a NUL-terminated line of at most size. Where an answer is missing or the agent would not start, they say so.
 */
void verdict_status_kpr(const struct verdict *v, const struct options *opts,
			const struct node_facts *facts, char *out, size_t size);
void verdict_status_routing(const struct verdict *v, char *out, size_t size);
const char *verdict_status_routing_key(enum cilium_release release); /* "Routing" from 1.16 on */
void verdict_status_masquerade(const struct verdict *v, const struct options *opts,
			       const struct node_facts *facts, char *out, size_t size);
void verdict_status_bandwidth(const struct verdict *v, const struct options *opts, char *out,
			      size_t size);

#endif
