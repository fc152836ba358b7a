// SPDX-License-Identifier: BSD-2-Clause
/* Holds devices, sysctls and routes against the record, by the measure of compare.c. */
#include "install/status_node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "install/compare.h"
#include "install/route_digest.h"
#include "install/sysctl.h"

/* Once, however many attach points an interface has. */
__attribute__((format(printf, 2, 3))) static int add(struct status *s, const char *fmt, ...)
{
	struct status_drift *grown, one = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(one.text, sizeof(one.text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < s->node_drift_count; i++) {
		if (!strcmp(s->node_drift[i].text, one.text))
			return 0;
	}
	grown = reallocarray(s->node_drift, s->node_drift_count + 1, sizeof(*grown));
	if (!grown)
		return log_err(-ENOMEM, "compare the node");
	s->node_drift = grown;
	s->node_drift[s->node_drift_count++] = one;
	s->drift++;
	return 0;
}

static int read_device(struct rtnl *nl, const char *name, struct status *s)
{
	struct rtnl_link link;
	int err = rtnl_link_get(nl, name, &link);

	if (err == -ENODEV)
		return 0;
	if (err)
		return log_err(err, "look up interface %s", name);
	return link.is_up ? 0 : add(s, "%s is down", name);
}

/* The sysctl as text in `is`; "" when it went with its interface. */
static int read_conf(const char *interface, const char *name, char is[SYSCTL_VALUE_MAX])
{
	char path[SYSCTL_NAME_MAX];
	int err = sysctl_interface_name(path, interface, name);

	*is = '\0';
	if (!err)
		err = sysctl_read(path, is);
	if (!err || err == -ENOENT)
		return 0;
	return log_err(err, "read sysctl net.ipv4.conf.%s.%s", interface, name);
}

static int read_sysctl(const char *interface, const char *name, int wanted, struct status *s)
{
	char is[SYSCTL_VALUE_MAX], text[16];
	int err = read_conf(interface, name, is);

	snprintf(text, sizeof(text), "%d", wanted);
	if (err || !*is || !strcmp(is, text))
		return err;
	return add(s, "net.ipv4.conf.%s.%s is %.16s instead of %s", interface, name, is, text);
}

static int read_sysctls(const char *interface, unsigned int role, struct status *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < SYSCTL__COUNT; i++) {
		if (sysctl_defs[i].roles & role)
			err = read_sysctl(interface, sysctl_defs[i].name, sysctl_defs[i].value, s);
	}
	return err;
}

/* Every endpoint, and every NIC that has programs. */
static int read_point(const struct record_point *p, struct status *s)
{
	if (attach_is_cgroup(p->point.direction) ||
	    record_has_device(&s->record, p->point.interface))
		return 0;
	return read_sysctls(p->point.interface, p->ip ? ROLE_ENDPOINT : ROLE_DEVICE, s);
}

/* On `all` no other value than strict is in the way. */
static int read_all(struct status *s)
{
	const char *name = sysctl_defs[SYSCTL_RP_FILTER].name;
	char is[SYSCTL_VALUE_MAX], strict[16];
	int err = read_conf("all", name, is);

	snprintf(strict, sizeof(strict), "%d", RP_FILTER_STRICT);
	return err || strcmp(is, strict) ? err : add(s, "net.ipv4.conf.all.%s is %s", name, is);
}

static int read_recorded(const struct record_sysctl *r, struct status *s)
{
	return r->ifindex ? read_sysctl(r->interface, r->name, r->set, s) : 0;
}

/* A record of before there was a digest of them is content with any. */
static int read_routes(struct rtnl *nl, struct status *s)
{
	_cleanup_free_ struct rtnl_route *routes = NULL;
	char digest[DIGEST_TEXT_MAX];
	size_t count = 0;
	int err;

	if (!s->record.routes[0])
		return 0;
	err = rtnl_route_list(nl, &routes, &count);
	if (!err)
		err = route_digest(routes, count, digest);
	if (err)
		return log_err(err, "read routes");
	if (!strcmp(digest, s->record.routes))
		return 0;
	return add(s, "the routes to pods (ip route show proto %d) are not those that were applied",
		   RTNL_PROTO_HOSTROUTE);
}

int status_node_read(struct rtnl *nl, struct status *s)
{
	const struct record *record = &s->record;
	int err = 0;

	for (size_t i = 0; !err && i < record->device_count; i++) {
		err = read_device(nl, record->devices[i], s);
		if (!err)
			err = read_sysctls(record->devices[i], ROLES_OWN, s);
	}
	for (size_t i = 0; !err && i < record->point_count; i++)
		err = read_point(&record->points[i], s);
	for (size_t i = 0; !err && i < record->sysctl_count; i++)
		err = read_recorded(&record->sysctls[i], s);
	if (!err)
		err = read_all(s);
	return err ? err : read_routes(nl, s);
}
