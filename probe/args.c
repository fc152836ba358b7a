// SPDX-License-Identifier: BSD-2-Clause
/* hrprobe's options and what each value must look like. */
#include "probe/args.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/log.h"
#include "probe/report.h"
#include "probe/report_format.h"

enum {
	ARG_CONFIG = CLI_OPT_BASE,
	ARG_VERSION,
	ARG_NODE_CONFIG,
	ARG_NODE_LABEL,
	ARG_POD_CIDR,
	ARG_NODE_IP,
	ARG_REQUIRE,
	ARG_OBJECT,
	ARG_BUNDLE,
	ARG_FUNCTIONAL,
	ARG_KERNEL,
	ARG_KCONFIG,
	ARG_BTF,
	ARG_ROOT,
	ARG_RELEASE,
	ARG_NODE_FACTS,
	ARG_RECORD,
};

static const struct cli_option options[] = {
	{ "config", ARG_CONFIG, "FILE|DIR|-",
	  "the cilium-config ConfigMap, as YAML, JSON or mounted" },
	{ "cilium-version", ARG_VERSION, "V|auto|all",
	  "rules to judge by, 1.9 to 1.19 (default: auto, by keys and values); all: a row for "
	  "each" },
	{ "node-config", ARG_NODE_CONFIG, "FILE",
	  "CiliumNodeConfig objects that override the ConfigMap (repeatable)" },
	{ "node-label", ARG_NODE_LABEL, "KEY=VALUE",
	  "label of the node that these select by (repeatable)" },
	{ "pod-cidr", ARG_POD_CIDR, "CIDR",
	  "pod CIDR of this node, for the Masquerading line; once per family" },
	{ "node-ip", ARG_NODE_IP, "IP", "Kubernetes node IP (default: of the default route)" },
	{ "node-facts", ARG_NODE_FACTS, "FILE|-",
	  "judge the node in this file, not the running one" },
	{ "record-node-facts", ARG_RECORD, "FILE", "write such a file, of this node and kernel" },
	{ "object", ARG_OBJECT, "FILE", "can this kernel run this BPF object? (repeatable)" },
	{ "bundle", ARG_BUNDLE, "DIR", "can it run every object (*.o) of this folder?" },
	{ "functional", ARG_FUNCTIONAL, NULL,
	  "also send real packets through BPF, in private namespaces (root)" },
	{ "kernel", ARG_KERNEL, "FILE",
	  "judge this kernel image (vmlinuz, vmlinux, Image, ...), not the running kernel" },
	{ "kconfig", ARG_KCONFIG, "FILE", "its configuration, plain or compressed" },
	{ "btf", ARG_BTF, "FILE", "its BTF, when the image has none" },
	{ "root", ARG_ROOT, "DIR", "judge the newest kernel of this unpacked image" },
	{ "release", ARG_RELEASE, "R", "another kernel of --root; release of --btf or --kconfig" },
	{ "require", ARG_REQUIRE, "bpf|legacy", "mode that counts as success (default bpf)" },
	{ 0 },
};

static int set_version(struct probe_args *args, const char *value)
{
	args->all_releases = !strcmp(value, "all");
	return config_args_set_version(&args->config_args, args->all_releases ? "auto" : value);
}

static int set_pod_cidr(struct probe_args *args, const char *value)
{
	if (!facts_read_cidr6(value, args->pod_cidr6))
		return 0;
	args->has_pod_cidr = !parse_cidr4(value, &args->pod_cidr);
	if (args->has_pod_cidr)
		return 0;
	return log_fail(-1, "--pod-cidr %s: not a CIDR without host bits", value);
}

static int set_node_ip(struct probe_args *args, const char *value)
{
	args->has_node_ip6 = inet_pton(AF_INET6, value, args->node_ip6) == 1;
	args->has_node_ip = !parse_ipv4(value, &args->node_ip) && args->node_ip;
	if (args->has_node_ip || args->has_node_ip6)
		return 0;
	return log_fail(-1, "--node-ip %s: not the address of a node", value);
}

static int set_required(struct probe_args *args, const char *value)
{
	args->require_legacy = !strcmp(value, "legacy");
	if (args->require_legacy || !strcmp(value, "bpf"))
		return 0;
	return log_fail(-1, "--require %s: not bpf or legacy", value);
}

/* Options whose value is kept as it is, most of them of an offline target; NULL for any other. */
static const char **plain_field(struct probe_args *args, int id)
{
	struct offline_request *target = &args->target;

	switch (id) {
	case ARG_KERNEL:
		return &target->kernel;
	case ARG_KCONFIG:
		return &target->kconfig;
	case ARG_BTF:
		return &target->btf;
	case ARG_ROOT:
		return &target->root;
	case ARG_RELEASE:
		return &target->release;
	case ARG_NODE_FACTS:
		return &args->node_facts;
	case ARG_RECORD:
		return &args->record_node_facts;
	default:
		return NULL;
	}
}

static int handle(int id, const char *value, void *ctx)
{
	struct probe_args *args = ctx;
	const char **field = plain_field(args, id);

	if (field) {
		*field = value;
		return 0;
	}
	switch (id) {
	case ARG_VERSION:
		return set_version(args, value);
	case ARG_NODE_CONFIG:
		return config_args_add_node_config(&args->config_args, value);
	case ARG_NODE_LABEL:
		return config_args_add_node_label(&args->config_args, value);
	case ARG_POD_CIDR:
		return set_pod_cidr(args, value);
	case ARG_NODE_IP:
		return set_node_ip(args, value);
	case ARG_REQUIRE:
		return set_required(args, value);
	case ARG_OBJECT:
		return object_paths_add(&args->objects, value);
	case ARG_FUNCTIONAL:
		args->functional = true;
		return 0;
	case ARG_BUNDLE:
		args->bundle = value;
		return 0;
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
		   "wanted.\n"
		   "With --object or --bundle: 0 every need is met, 10 one is not, 20 one is not "
		   "known.\n",
	.options = options,
	.formats = report_formats,
	.handle = handle,
};

bool probe_args_offline(const struct probe_args *args)
{
	const struct offline_request *t = &args->target;

	return t->kernel || t->kconfig || t->btf || t->root;
}

int probe_args_check_target(const struct probe_args *args)
{
	const struct offline_request *t = &args->target;

	if ((args->config_args.node_config_count || args->config_args.node_label_count) &&
	    !args->config)
		return cli_misuse(&probe_tool, "--node-config and --node-label need --config");
	if (t->root && t->kernel)
		return cli_misuse(&probe_tool, "--root and --kernel both name the kernel");
	if (args->functional && (probe_args_offline(args) || args->node_facts))
		return cli_misuse(&probe_tool, "--functional asks the running kernel only");
	if (args->all_releases && !args->config)
		return cli_misuse(&probe_tool, "--cilium-version all needs --config");
	if (t->release && !probe_args_offline(args))
		return cli_misuse(&probe_tool, "--release goes with --root, --btf or --kconfig");
	if (args->config && args->node_facts && !strcmp(args->config, "-") &&
	    !strcmp(args->node_facts, "-"))
		return cli_misuse(&probe_tool, "--config and --node-facts cannot both be stdin");
	return -1;
}
