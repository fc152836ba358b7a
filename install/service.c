// SPDX-License-Identifier: BSD-2-Clause
/* Services: names of what they are made of. */
#include "install/service.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

const char *frontend_kind_name(enum frontend_kind kind)
{
	static const char *const names[FRONTEND_KIND__COUNT] = {
		[FRONTEND_CLUSTER_IP] = "ClusterIP",	   [FRONTEND_NODE_PORT] = "NodePort",
		[FRONTEND_EXTERNAL_IP] = "ExternalIPs",	   [FRONTEND_HOST_PORT] = "HostPort",
		[FRONTEND_LOAD_BALANCER] = "LoadBalancer",
	};

	return names[kind];
}

const char *protocol_name(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? "TCP" : "UDP";
}

const char *service_name_problem(const char *name)
{
	size_t len = strlen(name);

	if (!len)
		return "is empty";
	if (len >= SERVICE_NAME_MAX)
		return "is longer than 255 bytes";
	for (const char *p = name; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return "has white space, or what is not ASCII";
	}
	return NULL;
}

_Static_assert(SERVICE_NAME_MAX == 256, "service_name_problem() names the limit");

static void format_name(const char *name, struct buf *out)
{
	buf_puts(out, "- {name: \"");
	for (; *name; name++)
		buf_printf(out, "%s%c", strchr("\"\\", *name) ? "\\" : "", *name);
	buf_puts(out, "\"");
}

static void format_list(const struct service *service, enum frontend_kind kind, const char *key,
			struct buf *out)
{
	char ip[IPV4_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < service->frontend_count; i++) {
		const struct service_frontend *f = &service->frontends[i];

		if (f->kind == kind)
			buf_printf(out, "%s%s", n++ ? ", " : key, ipv4_text(f->ip, ip));
	}
	if (n)
		buf_puts(out, "]");
}

static void format_frontends(const struct service *service, struct buf *out)
{
	uint16_t port = 0;
	char ip[IPV4_TEXT_MAX];

	for (size_t i = 0; i < service->frontend_count; i++) {
		const struct service_frontend *f = &service->frontends[i];

		if (f->kind == FRONTEND_NODE_PORT)
			buf_printf(out, ", node-port: %u", f->port);
		else if (f->kind == FRONTEND_HOST_PORT)
			buf_printf(out, ", host-port: %u", f->port);
		else
			port = f->port;
		if (f->kind == FRONTEND_CLUSTER_IP)
			buf_printf(out, ", cluster-ip: %s", ipv4_text(f->ip, ip));
		if (f->kind == FRONTEND_HOST_PORT && f->ip)
			buf_printf(out, ", host-ip: %s", ipv4_text(f->ip, ip));
	}
	if (port)
		buf_printf(out, ", port: %u", port);
	format_list(service, FRONTEND_EXTERNAL_IP, ", external-ips: [", out);
	format_list(service, FRONTEND_LOAD_BALANCER, ", load-balancer-ips: [", out);
}

void service_format(const struct service *service, struct buf *out)
{
	char text[CIDR4_TEXT_MAX];

	format_name(service->name, out);
	buf_printf(out, ", protocol: %s", protocol_name(service->protocol));
	format_frontends(service, out);
	if (service->external_local)
		buf_puts(out, ", external-traffic-policy: Local");
	if (service->internal_local)
		buf_puts(out, ", internal-traffic-policy: Local");
	if (service->affinity)
		buf_printf(out, ", session-affinity: %u", service->affinity);
	for (size_t i = 0; i < service->source_range_count; i++)
		buf_printf(out, "%s%s%s", i ? ", " : ", source-ranges: [",
			   cidr4_text(service->source_ranges[i], text),
			   i + 1 == service->source_range_count ? "]" : "");
	for (size_t i = 0; i < service->backend_count; i++) {
		const struct service_backend *b = &service->backends[i];

		buf_printf(out, "%s{ip: %s, port: %u%s}%s", i ? ", " : ", backends: [",
			   ipv4_text(b->ip, text), b->port,
			   b->is_terminating ? ", state: terminating" : "",
			   i + 1 == service->backend_count ? "]" : "");
	}
	buf_puts(out, "}\n");
}

void service_fini(struct service *service)
{
	free(service->frontends);
	free(service->backends);
	free(service->source_ranges);
	*service = (struct service){ 0 };
}
