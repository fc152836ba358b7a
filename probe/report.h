/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hrprobe's report: what was learnt of a kernel and a node, and what a cilium-config gets on them.
 * report_build() decides; the two printers only write what is in the struct.
 *
 * JSON, schema "hostroute.report/1", keys in this order and always present:
 *
 *   schema, tool_version
 *   cilium_version   rule set of the verdict, "1.12"
 *   subject          "config": what the config gets on this kernel; "kernel": what the kernel allows
 *   mode             "BPF", "Legacy", "refused" or "undetermined"
 *   exit_status      of hrprobe without --require
 *   status           the `cilium status` lines: object of name to value
 *   findings         the first cause first, each { rule, effect, matched ("yes", "unknown"), key, value,
 *                    origin ("file:line:col"), text, detail, fix }; key, value and origin may be null
 *   config           null, or { source, dialect: null or { reason, possible: [release], misfits (keys and
 *                    values that do not fit the release) }, set: { key: value of each key that the input
 *                    sets }, origins: { key: "file:line:col" } }
 *   state            null, or { kube_proxy_replacement, nodeport (null: unknown), socket_lb_tcp,
 *                    socket_lb_udp, masquerade ("off", "iptables", "bpf", "unknown"), masquerade_ipv4,
 *                    masquerade_ipv6, tunnel, devices: [name], direct_routing_device, bandwidth_manager,
 *                    external_ips, hostport, session_affinity, src_range_check, frag_tracking (of IPv4),
 *                    devices_required (each null: unknown), nodeport_mode ("snat", "dsr", "hybrid"),
 *                    tunnel_protocol (null: no tunnel), tunnel_port (UDP; 0: none), monitor_flags (TCP
 *                    flags, FIN is 1), identity_mode, debug, ipsec, wireguard };
 *                    null when the agent would not start or nothing is determined
 *   node             { node_ip, pod_cidr (both IPv4), node_ip6 (of a node without an IPv4 one), pod_cidr6 },
 *                    each null when not known
 *   kernel           { release, at_least_5_10: answer, features: [answer with name and since],
 *                    bpf_calls }; an answer is { value ("yes", "no", "unknown"), source, errno, note }
 *   target           null for the running kernel, else { kernel, kconfig (paths, in the root if there is
 *                    one; "IKCONFIG" for the image's own; or null), has_btf, options: [answer with name
 *                    ("CONFIG_VXLAN") and for (what it is for)] }
 *   audit            null when no node was looked at, else findings about the node, by severity: [ { id
 *                    ("NODE-IP-RULES"), severity ("problem", "warning", "info"), matched ("yes", "unknown"),
 *                    text, detail, consequence, fix } ]
 *   cure             null, or the smallest set of changes to the config that gives BPF: { result ("not
 *                    needed", "found", "none", "undetermined"), changes: [ { key, value (null: remove the
 *                    key) } ], obstacle (null, or the rule that no key helps against) }
 *
 *   functional       only with --functional: what was tried, see probe/functional.h
 *   map_sizes        null without a config or where the agent would not start, else the entries it gives its
 *                    maps: { ct_tcp, ct_any, nat, neigh, sockrev, policy, lb, frag }, null where a size
 *                    depends on memory or CPUs of a node that are not known
 *
 * Keys may be added at the end of an object within the schema's number.
 */
#ifndef HR_PROBE_REPORT_H
#define HR_PROBE_REPORT_H

#include <stdbool.h>

#include "common/cli.h"
#include "common/diag.h"
#include "config/dialect.h"
#include "config/map_sizes.h"
#include "config/options.h"
#include "probe/audit.h"
#include "probe/facts.h"
#include "probe/features.h"
#include "probe/functional.h"
#include "probe/offline.h"
#include "probe/verdict.h"
#include "probe/verdict_cure.h"

#define REPORT_SCHEMA "hostroute.report/1"
#define REPORT_LINES 4
#define REPORT_LINE_MAX 512
#define REPORT_BAD_VALUE_RULE "HR-BAD-VALUE" /* not a rule of rules.def: reading the config fails */
#define REPORT_BAD_VALUE_FIX "write the value as the agent parses it"

/* What a report is made of; all of it is borrowed and must outlive the report. */
struct report_input {
	const struct features *features;
	const struct offline *offline; /* where features are from; NULL: the running kernel */
	const struct node_facts *facts;
	const struct audit_facts *audit; /* NULL, or not looked at: no node to audit */
	const struct functional *functional; /* NULL: nothing was tried */
	const struct options *options; /* NULL: no config, the question is what the kernel allows */
	const struct dialect *dialect; /* why options are of their release; NULL: it was named */
	const char *config_source; /* the file's name as given; NULL without a config */
	const struct diag_list
		*bad_values; /* values the agent would not parse; NULL or empty when none */
};

struct report_line {
	const char *name; /* "Host Routing" */
	char value[REPORT_LINE_MAX];
};

struct report {
	struct report_input input;
	bool has_verdict; /* a config was given, and its values could be read */
	struct verdict verdict; /* valid when has_verdict */
	enum verdict_mode mode;
	enum feature_id
		missing; /* without a config: first feature in the way; FEATURE__COUNT if none is */
	enum exit_status status;
	struct report_line lines[REPORT_LINES];
	size_t line_count;
	bool has_cure;
	struct verdict_cure cure; /* valid when has_cure */
	bool has_sizes;
	struct map_sizes sizes; /* valid when has_sizes */
	bool has_audit;
	struct audit audit; /* valid when has_audit */
};

/* Decides everything that the printers show. */
void report_build(const struct report_input *input, struct report *out);

/* What to do about a finding: the rule's fix, or how to get the answer that is unknown. */
const char *report_fix(const struct report *report, const struct finding *finding);

/*
 * Whole report as text for people, lines closed by newlines; without verbose, features that are there are not
 * listed. The caller frees *out. 0 or -ENOMEM.
 */
int report_write_text(const struct report *report, bool verbose, char **out);

/* As JSON. The caller frees *out. 0 or -ENOMEM. */
int report_write_json(const struct report *report, char **out);

#endif
