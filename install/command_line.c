// SPDX-License-Identifier: BSD-2-Clause
/* The options of hrinstall and their values. */
#include "install/command_line.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/parse.h"

const struct cli_option command_line_options[] = {
	{ "state", ARG_STATE, "FILE", "node state (YAML); - is standard input" },
	{ "device", ARG_DEVICE, "IF", "NIC to attach to; repeatable (default: the bundle's)" },
	{ "dry-run", ARG_DRY_RUN, NULL, "print the steps and touch nothing" },
	{ "attach", ARG_ATTACH, "auto|tcx|tc", "how programs are attached (default auto)" },
	{ "ip", ARG_IP, "A", "the pod's address" },
	{ "interface", ARG_INTERFACE, "IF", "host side of the pod's veth" },
	{ "mac", ARG_MAC, "M", "MAC of the pod's own interface" },
	{ "identity", ARG_IDENTITY, "N", "the pod's security identity (default 5, init)" },
	{ "ip-masq-agent-config-path", ARG_IP_MASQ, "FILE",
	  "what is not masqueraded (default: as the bundle says)" },
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

int command_line_handle(int id, const char *value, void *ctx)
{
	struct command_line *line = ctx;
	struct install_request *request = &line->request;

	line->given |= 1u << (id - CLI_OPT_BASE);
	switch (id) {
	case ARG_STATE:
		request->state = value;
		return 0;
	case ARG_DEVICE:
		return add_device(request, value);
	case ARG_DRY_RUN:
		request->dry_run = true;
		return 0;
	case ARG_ATTACH:
		return parse_attach(value, &request->attach);
	case ARG_IP:
		return parse_ipv4(value, &request->ip)
			       ? log_fail(-EINVAL, "--ip %s: not an IPv4 address", value)
			       : 0;
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
	case ARG_BPFFS:
		line->bpffs = value;
		return 0;
	default:
		line->run = value;
		return 0;
	}
}

const char *command_line_option_name(unsigned int mask)
{
	size_t i = 0;

	while (!(mask & 1u << (command_line_options[i].id - CLI_OPT_BASE)))
		i++;
	return command_line_options[i].name;
}
