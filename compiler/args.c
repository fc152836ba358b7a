// SPDX-License-Identifier: BSD-2-Clause
/* hrcompile's options and what each value must look like. */
#include "compiler/args.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/parse.h"

#define MEMORY_MAX (UINT64_C(1) << 50) /* 1 PiB; no node has more */
#define CPUS_MAX 65536

enum {
	ARG_CHECK = CLI_OPT_BASE,
	ARG_EMIT_HEADERS,
	ARG_EXPLAIN,
	ARG_DIFF,
	ARG_VERIFY,
	ARG_STRICT,
	ARG_VERSION,
	ARG_NODE_CONFIG,
	ARG_NODE_LABEL,
	ARG_TARGET,
	ARG_KERNEL,
	ARG_KCONFIG,
	ARG_BTF,
	ARG_ROOT,
	ARG_RELEASE,
	ARG_MODULES,
	ARG_FLEET,
	ARG_MEMORY,
	ARG_CPUS,
	ARG_VXLAN,
	ARG_CLANG,
	ARG_TEMPLATES,
	ARG_CACHE,
	ARG_NO_CACHE,
	ARG_JOBS,
};

static const struct cli_option options[] = {
	{ "output", 'o', "DIR", "bundle directory to write or replace (default ./bundle)" },
	{ "check", ARG_CHECK, NULL, "read and validate only" },
	{ "emit-headers", ARG_EMIT_HEADERS, NULL, "print node_config.h, compile nothing" },
	{ "explain", ARG_EXPLAIN, "NAME",
	  "tell all about a key or macro, by a ConfigMap or without (repeatable)" },
	{ "diff", ARG_DIFF, NULL,
	  "compare two ConfigMaps or bundles, or one with what was last applied" },
	{ "verify", ARG_VERIFY, NULL,
	  "check a bundle (instead of a ConfigMap): its files, and each program by a kernel's "
	  "verifier" },
	{ "fleet", ARG_FLEET, NULL,
	  "build every ConfigMap for every target: OUTPUT/CONFIG/TARGET and OUTPUT/fleet.json" },
	{ "strict", ARG_STRICT, NULL, "unknown keys are errors" },
	{ "cilium-version", ARG_VERSION, "V|auto",
	  "release that the ConfigMap is for, 1.9 to 1.19 (default: auto, by keys and values)" },
	{ "node-config", ARG_NODE_CONFIG, "FILE",
	  "CiliumNodeConfig objects that override the ConfigMap (repeatable)" },
	{ "node-label", ARG_NODE_LABEL, "KEY=VALUE",
	  "label of the nodes that these select by (repeatable)" },
	{ "target", ARG_TARGET, "FILE|-",
	  "kernel and node to compile for: a report of hrprobe --format json, or node facts "
	  "(default: any; repeatable with --fleet)" },
	{ "kernel", ARG_KERNEL, "FILE",
	  "kernel image to compile for (vmlinuz, vmlinux, Image, ...); with --verify: to boot in a "
	  "VM" },
	{ "kconfig", ARG_KCONFIG, "FILE", "its configuration, plain or compressed" },
	{ "btf", ARG_BTF, "FILE", "its BTF, when the image has none" },
	{ "root", ARG_ROOT, "DIR", "compile for the newest kernel of this unpacked image" },
	{ "release", ARG_RELEASE, "R", "another kernel of --root; release of --btf or --kconfig" },
	{ "modules", ARG_MODULES, "DIR", "its lib/modules/RELEASE, for --verify --kernel" },
	{ "memory", ARG_MEMORY, "SIZE",
	  "memory of the nodes, for exact map sizes (16Gi, 512M, bytes)" },
	{ "cpus", ARG_CPUS, "N", "their possible CPUs, where map sizes depend on these too" },
	{ "vxlan", ARG_VXLAN, "bpf|device",
	  "who encapsulates with BPF host routing: the programs (default) or the kernel's device" },
	{ "clang", ARG_CLANG, "PATH", "compiler (default: clang in PATH)" },
	{ "templates", ARG_TEMPLATES, "DIR", "datapath sources (default: those of this build)" },
	{ "jobs", ARG_JOBS, "N", "compilers at a time (default: one per CPU)" },
	{ "cache", ARG_CACHE, "DIR",
	  "where objects are kept (default: hostroute in $XDG_CACHE_HOME or ~/.cache)" },
	{ "no-cache", ARG_NO_CACHE, NULL, "keep no objects, take none" },
	{ 0 },
};

static int set_command(struct compile_args *args, enum compile_command command)
{
	args->command = command;
	args->commands_given++;
	return 0;
}

/* "16Gi" means what "16G" does: powers of 1024 either way. */
static int set_memory(struct compile_args *args, const char *value)
{
	size_t len = strlen(value);
	uint64_t bytes = 0;
	char text[32];

	if (len > 2 && value[len - 1] == 'i' && strchr("KMGT", value[len - 2]))
		len--;
	snprintf(text, sizeof(text), "%.*s", (int)len, value);
	if (len >= sizeof(text) || parse_size(text, &bytes) || !bytes || bytes > MEMORY_MAX)
		return log_fail(-1, "--memory %s: not a size such as 16Gi, 512M or 8589934592",
				value);
	args->memory.bytes = bytes;
	return 0;
}

static int set_cpus(struct compile_args *args, const char *value)
{
	uint64_t cpus = 0;

	if (parse_uint(value, CPUS_MAX, &cpus) || !cpus)
		return log_fail(-1, "--cpus %s: not a number of CPUs", value);
	args->memory.cpus = (unsigned int)cpus;
	return 0;
}

static int set_vxlan(struct compile_args *args, const char *value)
{
	if (!strcmp(value, "bpf"))
		args->vxlan = VXLAN_BY_BPF;
	else if (!strcmp(value, "device"))
		args->vxlan = VXLAN_BY_DEVICE;
	else
		return log_fail(-1, "--vxlan %s: neither bpf nor device", value);
	return 0;
}

static int add_name(struct compile_args *args, const char *name)
{
	if (args->name_count == COMPILE_MAX_NAMES)
		return log_fail(-1, "--explain: more than %d names", COMPILE_MAX_NAMES);
	args->names[args->name_count++] = name;
	return args->name_count == 1 ? set_command(args, COMMAND_EXPLAIN) : 0;
}

static int add_target(struct compile_args *args, const char *value)
{
	if (args->target_file_count == COMPILE_MAX_TARGETS)
		return log_fail(-1, "--target: more than %d of them", COMPILE_MAX_TARGETS);
	args->target_files[args->target_file_count++] = value;
	args->target.file = value;
	return 0;
}

static int set_jobs(struct compile_args *args, const char *value)
{
	if (parse_u32(value, &args->tools.jobs) || !args->tools.jobs)
		return log_fail(-1, "--jobs %s: not a number of processes", value);
	return 0;
}

/* Options whose value is kept as it is; NULL for any other. */
static const char **plain_field(struct compile_args *args, int id)
{
	struct offline_request *kernel = &args->target.kernel;

	switch (id) {
	case 'o':
		return &args->output;
	case ARG_MODULES:
		return &args->modules;
	case ARG_KERNEL:
		return &kernel->kernel;
	case ARG_KCONFIG:
		return &kernel->kconfig;
	case ARG_BTF:
		return &kernel->btf;
	case ARG_ROOT:
		return &kernel->root;
	case ARG_RELEASE:
		return &kernel->release;
	case ARG_CLANG:
		return &args->tools.clang;
	case ARG_TEMPLATES:
		return &args->tools.templates;
	case ARG_CACHE:
		return &args->tools.cache;
	default:
		return NULL;
	}
}

static int handle(int id, const char *value, void *ctx)
{
	struct compile_args *args = ctx;
	const char **field = plain_field(args, id);

	if (field) {
		*field = value;
		return 0;
	}
	switch (id) {
	case ARG_CHECK:
		return set_command(args, COMMAND_CHECK);
	case ARG_EMIT_HEADERS:
		return set_command(args, COMMAND_EMIT_HEADERS);
	case ARG_DIFF:
		return set_command(args, COMMAND_DIFF);
	case ARG_VERIFY:
		return set_command(args, COMMAND_VERIFY);
	case ARG_FLEET:
		return set_command(args, COMMAND_FLEET);
	case ARG_TARGET:
		return add_target(args, value);
	case ARG_EXPLAIN:
		return add_name(args, value);
	case ARG_JOBS:
		return set_jobs(args, value);
	case ARG_NO_CACHE:
		args->tools.no_cache = true;
		return 0;
	case ARG_VERSION:
		return config_args_set_version(&args->config_args, value);
	case ARG_NODE_CONFIG:
		return config_args_add_node_config(&args->config_args, value);
	case ARG_NODE_LABEL:
		return config_args_add_node_label(&args->config_args, value);
	case ARG_MEMORY:
		return set_memory(args, value);
	case ARG_CPUS:
		return set_cpus(args, value);
	case ARG_VXLAN:
		return set_vxlan(args, value);
	default:
		args->strict = true;
		return 0;
	}
}

const struct cli_tool compile_tool = {
	.name = "hrcompile",
	.synopsis = "[options] cilium-config.yaml|DIR|-",
	.summary = "Compile the datapath that a cilium-config ConfigMap asks for.",
	.details = "Exit status: 0 done, 2 usage, 3 the ConfigMap cannot be read, is invalid, or "
		   "asks for\n"
		   "what cannot be built, 4 clang, templates or disk failed (an old bundle is "
		   "untouched),\n"
		   "14 --verify: a program is rejected.\n"
		   "Tested with clang " CLANG_TESTED_TEXT ".\n",
	.options = options,
	.handle = handle,
};

/* How many of the operands are "-". */
static size_t stdin_operands(const struct compile_args *args)
{
	size_t count = 0;

	for (size_t i = 0; i < args->operand_count; i++)
		count += !strcmp(args->operands[i], "-");
	return count;
}

/* Each names a kernel that a build is for; verified would be the running one all the same. */
static bool names_what_cannot_verify(const struct compile_args *args)
{
	const struct offline_request *kernel = &args->target.kernel;

	return args->target.file || kernel->root || kernel->btf || kernel->kconfig;
}

static int check_operands(const struct compile_args *args)
{
	size_t least = args->command == COMMAND_EXPLAIN ? 0 : 1;
	size_t most = args->command == COMMAND_DIFF ? 2 : 1;

	if (args->command == COMMAND_FLEET)
		most = SIZE_MAX;

	if (args->operand_count < least)
		return cli_misuse(&compile_tool, args->command == COMMAND_VERIFY
							 ? "--verify needs a bundle"
							 : "no ConfigMap given");
	if (args->operand_count > most && args->command == COMMAND_VERIFY)
		return cli_misuse(&compile_tool, "--verify takes one bundle at a time");
	if (args->operand_count > most)
		return cli_misuse(&compile_tool,
				  most == 1 ? "one ConfigMap at a time; --fleet takes several"
					    : "--diff compares two at most");
	if (stdin_operands(args) > 1)
		return cli_misuse(&compile_tool, "standard input is one of the two at most");
	return -1;
}

int compile_args_check(const struct compile_args *args, const struct cli_common *common)
{
	if (args->commands_given > 1)
		return cli_misuse(&compile_tool, "--check, --emit-headers, --explain, --diff, "
						 "--verify and --fleet exclude each other");
	if (check_operands(args) >= 0)
		return EXIT_STATUS_USAGE;
	if (args->command == COMMAND_EMIT_HEADERS && common->format == CLI_JSON)
		return cli_misuse(&compile_tool, "--emit-headers has no JSON form");
	if (args->command == COMMAND_VERIFY && names_what_cannot_verify(args))
		return cli_misuse(&compile_tool, "--verify asks the running kernel, or the one of "
						 "--kernel: a target cannot verify programs");
	if (args->target.kernel.root && args->target.kernel.kernel)
		return cli_misuse(&compile_tool, "--root and --kernel both name the kernel");
	if (args->modules && (args->command != COMMAND_VERIFY || !args->target.kernel.kernel))
		return cli_misuse(&compile_tool, "--modules goes with --verify and --kernel");
	if (args->target.kernel.release && !target_kernel_is_named(&args->target))
		return cli_misuse(&compile_tool, "--release goes with --root, --btf or --kconfig");
	if (args->target_file_count > 1 && args->command != COMMAND_FLEET)
		return cli_misuse(&compile_tool, "one --target at a time; --fleet takes several");
	if (args->target.file && !strcmp(args->target.file, "-") && stdin_operands(args))
		return cli_misuse(&compile_tool, "the ConfigMap and --target cannot both be stdin");
	if (!*args->output)
		return cli_misuse(&compile_tool, "--output needs the name of a directory");
	return -1;
}

struct compile_request compile_args_request(const struct compile_args *args, const char *input)
{
	struct compile_request request = { .source = config_args_source(&args->config_args, input),
					   .memory = args->memory,
					   .vxlan = args->vxlan,
					   .output = args->output,
					   .tools = args->tools };

	request.source.strict = args->strict;
	return request;
}
