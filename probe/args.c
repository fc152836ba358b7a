// SPDX-License-Identifier: BSD-2-Clause
/* hrprobe's options and what each value must look like. */
#include "probe/args.h"

#include <string.h>

#include "common/log.h"
#include "probe/report.h"

enum {
	ARG_CONFIG = CLI_OPT_BASE,
	ARG_VERSION,
	ARG_POD_CIDR,
	ARG_NODE_IP,
	ARG_REQUIRE,
};

static const struct cli_option options[] = {
	{ "config", ARG_CONFIG, "FILE|DIR|-",
	  "the cilium-config ConfigMap, as YAML, JSON or mounted" },
	{ "cilium-version", ARG_VERSION, "1.12|auto", "rules to judge by (this build: 1.12 only)" },
	{ "pod-cidr", ARG_POD_CIDR, "CIDR", "pod CIDR of this node, for the Masquerading line" },
	{ "node-ip", ARG_NODE_IP, "IP", "Kubernetes node IP (default: of the default route)" },
	{ "require", ARG_REQUIRE, "bpf|legacy", "mode that counts as success (default bpf)" },
	{ 0 },
};

/* "1.12", "1.12.7", "v1.12.7". */
static bool is_known_version(const char *text)
{
	const char *patch;
	uint32_t number;

	if (!strcmp(text, "auto"))
		return true;
	text += *text == 'v';
	if (strncmp(text, REPORT_CILIUM_VERSION, strlen(REPORT_CILIUM_VERSION)))
		return false;
	patch = text + strlen(REPORT_CILIUM_VERSION);
	return !*patch || (*patch == '.' && !parse_u32(patch + 1, &number));
}

static int set_version(const char *value)
{
	if (is_known_version(value))
		return 0;
	return log_fail(-1, "--cilium-version %s: this build knows the rules of Cilium %s only",
			value, REPORT_CILIUM_VERSION);
}

static int set_pod_cidr(struct probe_args *args, const char *value)
{
	args->has_pod_cidr = !parse_cidr4(value, &args->pod_cidr);
	if (args->has_pod_cidr)
		return 0;
	return log_fail(-1, "--pod-cidr %s: not an IPv4 CIDR without host bits", value);
}

static int set_node_ip(struct probe_args *args, const char *value)
{
	args->has_node_ip = !parse_ipv4(value, &args->node_ip) && args->node_ip;
	if (args->has_node_ip)
		return 0;
	return log_fail(-1, "--node-ip %s: not the IPv4 address of a node", value);
}

static int set_required(struct probe_args *args, const char *value)
{
	args->require_legacy = !strcmp(value, "legacy");
	if (args->require_legacy || !strcmp(value, "bpf"))
		return 0;
	return log_fail(-1, "--require %s: not bpf or legacy", value);
}

static int handle(int id, const char *value, void *ctx)
{
	struct probe_args *args = ctx;

	switch (id) {
	case ARG_VERSION:
		return set_version(value);
	case ARG_POD_CIDR:
		return set_pod_cidr(args, value);
	case ARG_NODE_IP:
		return set_node_ip(args, value);
	case ARG_REQUIRE:
		return set_required(args, value);
	default:
		args->config = value;
		return 0;
	}
}

const struct cli_tool probe_tool = {
	.name = "hrprobe",
	.synopsis = "[--config FILE|DIR|-] [options]",
	.summary = "Says whether this kernel can do BPF host routing, and with --config whether a "
		   "Cilium agent\n"
		   "with that cilium-config would use it on this node, and why not.",
	.details = "--quiet prints no report: only errors, on stderr, and the exit status.\n"
		   "--verbose adds the features that are there.\n\n"
		   "exit status:\n"
		   "  0   BPF host routing (without --config: the kernel can do it)\n"
		   "  10  legacy host routing\n"
		   "  11  the agent would refuse this config\n"
		   "  20  undetermined: an answer that decides could not be had, often for lack of "
		   "root\n"
		   "  2   usage    3  unreadable or invalid input    4  environment failed\n"
		   "With --require legacy, 0 and 10 change places: 10 is the mode that is not "
		   "wanted.\n",
	.options = options,
	.handle = handle,
};
