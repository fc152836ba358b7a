// SPDX-License-Identifier: BSD-2-Clause
/* The options of hrinstall and their values. */
#include "install/command_line.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/parse.h"
#include "install/event.h"

const struct cli_option command_line_options[] = {
	{ "state", ARG_STATE, "FILE", "node state (YAML); - is standard input" },
	{ "services", ARG_SERVICES, "FILE",
	  "services as `kubectl get services,endpointslices -A -o json` prints them" },
	{ "device", ARG_DEVICE, "IF", "NIC to attach to; repeatable (default: the bundle's)" },
	{ "dry-run", ARG_DRY_RUN, NULL, "print the steps and touch nothing" },
	{ "attach", ARG_ATTACH, "auto|tcx|tc", "how programs are attached (default auto)" },
	{ "ip", ARG_IP, "A", "the pod's address; monitor: repeatable" },
	{ "interface", ARG_INTERFACE, "IF", "host side of the pod's veth" },
	{ "mac", ARG_MAC, "M", "MAC of the pod's own interface" },
	{ "identity", ARG_IDENTITY, "N", "the pod's security identity (default 5, init)" },
	{ "ip-masq-agent-config-path", ARG_IP_MASQ, "FILE",
	  "what is not masqueraded (default: as the bundle says)" },
	{ "reason", ARG_REASON, "NAME", "events with this reason only; repeatable" },
	{ "type", ARG_TYPE, "drop|trace|debug", "events of this type only" },
	{ "count", ARG_COUNT, "N", "end after N events" },
	{ "duration", ARG_DURATION, "S", "end after S seconds" },
	{ "verbose", ARG_VERBOSE, NULL, "services in detail" },
	{ "cgroup", ARG_CGROUP, "DIR",
	  "cgroup v2 of all processes, mounted if need be (default: as the bundle says)" },
	{ "bpffs", ARG_BPFFS, "DIR", "mounted bpf filesystem (default " DEFAULT_BPFFS ")" },
	{ "run", ARG_RUN, "DIR", "where the record is kept (default " DEFAULT_RUN ")" },
	{ NULL },
};

static int parse_attach(const char *value, enum attach_mode *out)
{
	for (int mode = ATTACH_AUTO; mode <= ATTACH_TC; mode++) {
		if (strcmp(value, attach_mode_name((enum attach_mode)mode)))
			continue;
		*out = (enum attach_mode)mode;
		return 0;
	}
	return log_fail(-EINVAL, "--attach %s: not auto, tcx or tc", value);
}

static int add_device(struct install_request *request, const char *value)
{
	if (request->device_count == ARRAY_SIZE(request->devices))
		return log_fail(-E2BIG, "--device: more than %zu", request->device_count);
	request->devices[request->device_count++] = value;
	return 0;
}

static int add_ip(struct install_request *request, const char *value)
{
	if (parse_ipv4(value, &request->ip))
		return log_fail(-EINVAL, "--ip %s: not an IPv4 address", value);
	if (request->pod_count == ARRAY_SIZE(request->pods))
		return log_fail(-E2BIG, "--ip: more than %zu", request->pod_count);
	request->pods[request->pod_count++] = request->ip;
	return 0;
}

static int add_reason(struct install_request *request, const char *value)
{
	if (!event_reason_exists(value))
		return log_fail(-EINVAL, "--reason %s: there is no such reason", value);
	if (request->reason_count == ARRAY_SIZE(request->reasons))
		return log_fail(-E2BIG, "--reason: more than %zu", request->reason_count);
	request->reasons[request->reason_count++] = value;
	return 0;
}

static int set_type(struct install_request *request, const char *value)
{
	request->has_type = event_type_find(value, &request->type);
	return request->has_type ? 0
				 : log_fail(-EINVAL, "--type %s: not drop, trace or debug", value);
}

static int set_limit(const char *option, const char *value, uint32_t *out)
{
	return parse_u32(value, out) || !*out
		       ? log_fail(-EINVAL, "--%s %s: not a number from 1 on", option, value)
		       : 0;
}

/* What only `monitor` takes. */
static int handle_monitor(int id, const char *value, struct install_request *request)
{
	switch (id) {
	case ARG_REASON:
		return add_reason(request, value);
	case ARG_TYPE:
		return set_type(request, value);
	case ARG_COUNT:
		return set_limit("count", value, &request->count);
	default:
		return set_limit("duration", value, &request->duration);
	}
}

int command_line_handle(int id, const char *value, void *ctx)
{
	struct command_line *line = ctx;
	struct install_request *request = &line->request;

	line->given |= 1u << (id - CLI_OPT_BASE);
	switch (id) {
	case ARG_STATE:
		request->state = value;
		return 0;
	case ARG_SERVICES:
		request->services = value;
		return 0;
	case ARG_DEVICE:
		return add_device(request, value);
	case ARG_DRY_RUN:
		request->dry_run = true;
		return 0;
	case ARG_VERBOSE:
		request->verbose = true;
		return 0;
	case ARG_ATTACH:
		return parse_attach(value, &request->attach);
	case ARG_IP:
		return add_ip(request, value);
	case ARG_INTERFACE:
		request->interface = value;
		return 0;
	case ARG_MAC:
		return parse_mac(value, request->mac)
			       ? log_fail(-EINVAL, "--mac %s: not a MAC address", value)
			       : 0;
	case ARG_IDENTITY:
		return parse_u32(value, &request->identity)
			       ? log_fail(-EINVAL, "--identity %s: not a 32-bit number", value)
			       : 0;
	case ARG_IP_MASQ:
		request->ip_masq_config = value;
		return 0;
	case ARG_CGROUP:
		request->cgroup = value;
		return 0;
	case ARG_BPFFS:
		line->bpffs = value;
		return 0;
	case ARG_RUN:
		line->run = value;
		return 0;
	default:
		return handle_monitor(id, value, request);
	}
}

const char *command_line_option_name(unsigned int mask)
{
	size_t i = 0;

	while (!(mask & 1u << (command_line_options[i].id - CLI_OPT_BASE)))
		i++;
	return command_line_options[i].name;
}
