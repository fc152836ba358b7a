// SPDX-License-Identifier: BSD-2-Clause
/* Events as lines, in the arrows of `cilium monitor` and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jsonout.h"
#include "common/parse.h"
#include "compiler/hooks.h"
#include "install/event.h"

static const char *const type_names[HR_EVENT__COUNT] = {
	[HR_EVENT_DROP] = "drop",
	[HR_EVENT_TRACE] = "trace",
	[HR_EVENT_DEBUG] = "debug",
};

static const char *const reason_names[REASON__COUNT] = {
#define REASON(id, name, ...) [REASON_##id] = name,
#include "bpf-templates/lib/reasons.def"
#undef REASON
};

/* Where a packet went, as `cilium monitor` says it; those without a row went on through the stack. */
static const char *const targets[REASON__COUNT] = {
	[REASON_TO_POD_PEER] = "endpoint", [REASON_TO_POD] = "endpoint",
	[REASON_TO_OVERLAY] = "overlay",   [REASON_TO_NETWORK] = "network",
	[REASON_TO_WIRE] = "network",	   [REASON_MASQUERADED] = "network",
	[REASON_ARP_REPLY] = "endpoint",   [REASON_TO_HOST] = "host",
};

static const struct {
	const char *name, *text;
	const char *values[HR_EVENT_VALUES];
} debugs[HR_DEBUG__COUNT] = {
#define DEBUG_EVENT(id, name_, text_, ...) \
	[HR_DEBUG_##id] = { .name = name_, .text = text_, .values = { __VA_ARGS__ } },
#include "bpf-templates/lib/debugs.def"
#undef DEBUG_EVENT
};

static const char *const encap_names[EVENT_ENCAP__COUNT] = {
	[EVENT_ENCAP_VXLAN] = "vxlan",
	[EVENT_ENCAP_GENEVE] = "geneve",
};

static const struct {
	uint8_t bit;
	const char *name;
} tcp_flags[] = {
	{ 0x02, "SYN" }, { 0x10, "ACK" }, { 0x01, "FIN" }, { 0x04, "RST" },
	{ 0x08, "PSH" }, { 0x20, "URG" }, { 0x40, "ECE" }, { 0x80, "CWR" },
};

bool event_type_find(const char *name, enum hr_event_type *out)
{
	for (enum hr_event_type type = 0; type < HR_EVENT__COUNT; type++) {
		if (strcmp(name, type_names[type]))
			continue;
		*out = type;
		return true;
	}
	return false;
}

bool event_reason_exists(const char *name)
{
	for (size_t i = 0; i < REASON__COUNT; i++) {
		if (!strcmp(name, reason_names[i]))
			return true;
	}
	for (size_t i = 0; i < HR_DEBUG__COUNT; i++) {
		if (!strcmp(name, debugs[i].name))
			return true;
	}
	return false;
}

const char *event_reason_name(const struct event *event)
{
	return event->head.type == HR_EVENT_DEBUG ? debugs[event->head.reason].name
						  : reason_names[event->head.reason];
}

static void print_flags(uint8_t flags, FILE *out)
{
	const char *comma = "";

	for (size_t i = 0; i < ARRAY_SIZE(tcp_flags); i++) {
		if (!(flags & tcp_flags[i].bit))
			continue;
		fprintf(out, "%s%s", comma, tcp_flags[i].name);
		comma = ",";
	}
}

static void print_packet(const struct event_packet *p, FILE *out)
{
	char from[IPV4_TEXT_MAX], to[IPV4_TEXT_MAX];

	ipv4_text(p->saddr, from);
	ipv4_text(p->daddr, to);
	if (!p->is_ipv4)
		fprintf(out, " not IPv4");
	else if (p->has_l4 && p->protocol == IPPROTO_TCP) {
		fprintf(out, " %s:%u -> %s:%u tcp ", from, p->sport, to, p->dport);
		print_flags(p->tcp_flags, out);
	} else if (p->has_l4 && p->protocol == IPPROTO_UDP)
		fprintf(out, " %s:%u -> %s:%u udp", from, p->sport, to, p->dport);
	else if (p->has_l4)
		fprintf(out, " %s -> %s icmp type %u code %u", from, to, p->icmp_type,
			p->icmp_code);
	else
		fprintf(out, " %s -> %s protocol %u", from, to, p->protocol);
}

static void print_what(const struct event *event, FILE *out)
{
	const struct hr_event *head = &event->head;

	if (head->type == HR_EVENT_DROP)
		fprintf(out, "xx drop (%s)", reason_names[head->reason]);
	else if (head->type == HR_EVENT_TRACE)
		fprintf(out, "-> %s (%s)", targets[head->reason] ? targets[head->reason] : "stack",
			reason_names[head->reason]);
	else
		fprintf(out, "-- %s (%s)", debugs[head->reason].name, debugs[head->reason].text);
}

static void print_values(const struct event *event, FILE *out)
{
	const char *const *names = debugs[event->head.reason].values;

	for (size_t i = 0; i < HR_EVENT_VALUES; i++) {
		if (names[i] && *names[i])
			fprintf(out, " %s %u", names[i], event->head.values[i]);
	}
}

int event_print_text(const struct event *event, const char *interface, FILE *out)
{
	const struct hr_event *head = &event->head;
	char from[IPV4_TEXT_MAX], to[IPV4_TEXT_MAX];

	print_what(event, out);
	fprintf(out, " flow 0x%08x ifindex %u", head->hash, head->ifindex);
	if (interface)
		fprintf(out, " (%s)", interface);
	fprintf(out, " %s", hook_defs[head->hook].program);
	if (head->type == HR_EVENT_DEBUG) {
		print_values(event, out);
	} else {
		fprintf(out, " identity %u->%u length %u", head->source, head->destination,
			head->len);
		if (event->original)
			fprintf(out, " orig-ip %s", ipv4_text(event->original, from));
		fputc(':', out);
		print_packet(&event->packet, out);
	}
	if (event->encap != EVENT_ENCAP_NONE)
		fprintf(out, " in %s %s -> %s vni %u", encap_names[event->encap],
			ipv4_text(event->outer.saddr, from), ipv4_text(event->outer.daddr, to),
			event->vni);
	fputc('\n', out);
	return ferror(out) ? -EIO : 0;
}

static void put_addresses(json_t *object, const struct event_packet *p)
{
	char text[IPV4_TEXT_MAX];

	jsonout_put_text(object, "source", ipv4_text(p->saddr, text));
	jsonout_put_text(object, "destination", ipv4_text(p->daddr, text));
}

static json_t *packet_to_json(const struct event_packet *p)
{
	json_t *object;

	if (!p->is_ipv4)
		return NULL;
	object = json_object();
	put_addresses(object, p);
	jsonout_put(object, "protocol", json_integer(p->protocol));
	if (!p->has_l4)
		return object;
	if (p->protocol == IPPROTO_ICMP) {
		jsonout_put(object, "icmp_type", json_integer(p->icmp_type));
		jsonout_put(object, "icmp_code", json_integer(p->icmp_code));
		return object;
	}
	jsonout_put(object, "source_port", json_integer(p->sport));
	jsonout_put(object, "destination_port", json_integer(p->dport));
	if (p->protocol == IPPROTO_TCP)
		jsonout_put(object, "tcp_flags", json_integer(p->tcp_flags));
	return object;
}

static json_t *tunnel_to_json(const struct event *event)
{
	json_t *object;

	if (event->encap == EVENT_ENCAP_NONE)
		return NULL;
	object = json_object();
	put_addresses(object, &event->outer);
	jsonout_put_text(object, "protocol", encap_names[event->encap]);
	jsonout_put(object, "vni", json_integer(event->vni));
	return object;
}

static json_t *values_to_json(const struct event *event)
{
	const char *const *names = debugs[event->head.reason].values;
	json_t *object = json_object();

	for (size_t i = 0; i < HR_EVENT_VALUES; i++) {
		if (names[i] && *names[i])
			jsonout_put(object, names[i], json_integer(event->head.values[i]));
	}
	return object;
}

static json_t *event_to_json(const struct event *event, const char *interface)
{
	const struct hr_event *head = &event->head;
	char hash[16], original[IPV4_TEXT_MAX];
	json_t *root = json_object();

	snprintf(hash, sizeof(hash), "0x%08x", head->hash);
	jsonout_put_text(root, "schema", EVENT_SCHEMA);
	jsonout_put(root, "time_ns", json_integer((json_int_t)head->time));
	jsonout_put_text(root, "type", type_names[head->type]);
	jsonout_put_text(root, "program", hook_defs[head->hook].program);
	jsonout_put_text(root, "direction", hook_defs[head->hook].pod_direction);
	jsonout_put_text(root, "reason", event_reason_name(event));
	jsonout_put(root, "ifindex", json_integer(head->ifindex));
	jsonout_put_text(root, "interface", interface);
	jsonout_put_text(root, "hash", hash);
	jsonout_put(root, "source_identity", json_integer(head->source));
	jsonout_put(root, "destination_identity", json_integer(head->destination));
	jsonout_put_text(root, "original_source",
			 event->original ? ipv4_text(event->original, original) : NULL);
	jsonout_put(root, "length", json_integer(head->len));
	jsonout_put(root, "captured", json_integer(head->captured));
	if (head->type == HR_EVENT_DEBUG)
		jsonout_put(root, "values", values_to_json(event));
	jsonout_put(root, "packet", packet_to_json(&event->packet));
	jsonout_put(root, "tunnel", tunnel_to_json(event));
	return root;
}

int event_print_json(const struct event *event, const char *interface, FILE *out)
{
	_cleanup_(json) json_t *root = event_to_json(event, interface);

	if (!root)
		return -ENOMEM;
	if (json_dumpf(root, out, JSON_COMPACT))
		return -EIO;
	fputc('\n', out);
	return ferror(out) ? -EIO : 0;
}
