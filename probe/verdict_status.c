// SPDX-License-Identifier: BSD-2-Clause
/* The verdict in the words of `cilium status`. Prints from the struct, decides nothing. */
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "config/snat_exclusion.h"
#include "probe/kpr_line.h"
#include "probe/verdict.h"

#define REFUSED_TEXT "Unavailable (the agent would refuse this config)"

static void finish(struct buf *b, char *out, size_t size)
{
	snprintf(out, size, "%s", b->err || !b->data ? "" : b->data);
}

void verdict_status_kpr(const struct verdict *v, const struct options *opts,
			const struct node_facts *facts, char *out, size_t size)
{
	const bool by_wireguard =
		v->release == CILIUM_1_14 && option_bool(opts, OPT_ENABLE_WIREGUARD);
	const struct kpr_line line = {
		.kpr = v->kpr,
		.release = v->release,
		.families = (option_bool(opts, OPT_ENABLE_IPV4) ? FACT_IPV4 : 0) |
			    (option_bool(opts, OPT_ENABLE_IPV6) ? FACT_IPV6 : 0),
		.has_addresses = v->nodeport || by_wireguard,
		.devices = v->devices,
		.device_count = v->device_count,
		.direct = v->direct_routing_device,
		.unknown_device = v->unknown_device,
	};
	_cleanup_buf_ struct buf b = { 0 };

	if (v->mode == VERDICT_REFUSED)
		buf_puts(&b, REFUSED_TEXT);
	else if (v->mode == VERDICT_UNDETERMINED)
		buf_printf(&b, "Undetermined (%s requested)", v->kpr);
	else
		buf_puts(&b, v->kpr);
	if (v->mode == VERDICT_LEGACY && !v->nodeport_known)
		buf_puts(&b, " (NodePort undetermined)");
	else if (v->mode == VERDICT_BPF || v->mode == VERDICT_LEGACY)
		kpr_devices(&b, &line, facts);
	finish(&b, out, size);
}

const char *verdict_status_routing_key(enum cilium_release release)
{
	return release >= CILIUM_1_16 ? "Routing" : "Host Routing";
}

void verdict_status_routing(const struct verdict *v, char *out, size_t size)
{
	const char *text = v->mode == VERDICT_REFUSED	     ? REFUSED_TEXT
			   : v->mode == VERDICT_UNDETERMINED ? "Undetermined"
							     : verdict_mode_name(v->mode);

	if (v->release < CILIUM_1_16 || v->mode == VERDICT_REFUSED)
		snprintf(out, size, "%s", text);
	else if (v->tunnel)
		snprintf(out, size, "Network: Tunnel [%s] Host: %s", v->tunnel_protocol, text);
	else
		snprintf(out, size, "Network: Native Host: %s", text);
}

static void add_names(struct buf *b, const struct verdict *v)
{
	buf_puts(b, " [");
	for (size_t i = 0; i < v->device_count; i++)
		buf_printf(b, "%s%s", i ? ", " : "", v->devices[i]->name);
	buf_puts(b, "]");
}

static void add_bpf_masquerade(struct buf *b, const struct verdict *v, const struct options *opts,
			       const struct node_facts *facts)
{
	const char *cidr6 = option_text(opts, OPT_IPV6_NATIVE_ROUTING_CIDR);
	const char *cidr = native_routing_cidr(opts);
	char pod_cidr[CIDR4_TEXT_MAX];

	buf_puts(b, option_bool(opts, OPT_ENABLE_IP_MASQ_AGENT) ? "BPF (ip-masq-agent)" : "BPF");
	if (facts->devices_known)
		add_names(b, v);
	if (!option_bool(opts, OPT_ENABLE_IPV4))
		cidr = "";
	else if (!*cidr && facts->has_pod_cidr)
		cidr = cidr4_text(facts->pod_cidr, pod_cidr);
	if (*cidr)
		buf_printf(b, " %s", cidr);
	if (!*cidr6)
		cidr6 = facts->pod_cidr6;
	if (v->release >= CILIUM_1_18 && option_bool(opts, OPT_ENABLE_IPV6) && *cidr6)
		buf_printf(b, " %s", cidr6);
}

/* What is masqueraded by whom, or a word for why that cannot be said. */
static const char *masquerade_word(const struct verdict *v)
{
	if (v->mode == VERDICT_REFUSED)
		return REFUSED_TEXT;
	if (v->masquerade == MASQUERADE_OFF)
		return "Disabled";
	if (v->mode == VERDICT_UNDETERMINED || v->masquerade == MASQUERADE_UNKNOWN)
		return "Undetermined";
	return NULL;
}

void verdict_status_masquerade(const struct verdict *v, const struct options *opts,
			       const struct node_facts *facts, char *out, size_t size)
{
	_cleanup_buf_ struct buf b = { 0 };
	const char *word = masquerade_word(v);

	if (word) {
		snprintf(out, size, "%s", word);
		return;
	}
	if (v->masquerade == MASQUERADE_BPF)
		add_bpf_masquerade(&b, v, opts, facts);
	else
		buf_puts(&b, "IPTables");
	buf_printf(&b, " [IPv4: %s, IPv6: %s]", v->masquerade_ipv4 ? "Enabled" : "Disabled",
		   v->masquerade_ipv6 ? "Enabled" : "Disabled");
	finish(&b, out, size);
}

static void add_bandwidth(struct buf *b, const struct verdict *v, bool bbr)
{
	buf_printf(b, "EDT with BPF [%s]", bbr ? "BBR" : "CUBIC");
	add_names(b, v);
}

void verdict_status_bandwidth(const struct verdict *v, const struct options *opts, char *out,
			      size_t size)
{
	_cleanup_buf_ struct buf b = { 0 };

	if (v->mode == VERDICT_REFUSED)
		buf_puts(&b, REFUSED_TEXT);
	else if (v->state.bandwidth_manager == ANSWER_UNKNOWN)
		buf_puts(&b, "Undetermined");
	else if (v->state.bandwidth_manager == ANSWER_NO)
		buf_puts(&b, "Disabled");
	else
		add_bandwidth(&b, v, option_bool(opts, OPT_ENABLE_BBR));
	finish(&b, out, size);
}
