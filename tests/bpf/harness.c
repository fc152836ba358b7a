// SPDX-License-Identifier: BSD-2-Clause
/* Test set-up may use ip(8); what is under test is loaded as hrinstall does, by libbpf from a bundle. */
#include "tests/bpf/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <bpf/btf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/parse.h"
#include "tests/bpf/fixture.h"

#define MARK 0x0c00beefu

/* test_run takes no frame without a whole IP header: shorter ones are cut on the way to the program. */
#define FRAME_MIN (PACKET_ETH + 20)
#define CUT_INDEX 4 /* cb slot with the length to cut to, or 0 */
#define CUT_CB (offsetof(struct __sk_buff, cb) + 4 * CUT_INDEX)

static const char *const bundle_names[BUNDLE__COUNT] = {
	[BUNDLE_BPF] = "bpf",
	[BUNDLE_LEGACY] = "legacy",
	[BUNDLE_NATIVE] = "native",
	[BUNDLE_MASQ_BPF] = "masq-bpf",
	[BUNDLE_MASQ_LEGACY] = "masq-legacy",
	[BUNDLE_MASQ_PORTS] = "masq-ports",
	[BUNDLE_DEVICE] = "device",
	[BUNDLE_SERVICES_LEGACY] = "services-legacy",
	[BUNDLE_SERVICES_PODS] = "services-pods",
	[BUNDLE_SERVICES_PODS_LEGACY] = "services-pods-legacy",
	[BUNDLE_MAGLEV] = "maglev",
	[BUNDLE_DSR] = "dsr",
	[BUNDLE_DSR_HYBRID] = "dsr-hybrid",
	[BUNDLE_EVENTS] = "events",
	[BUNDLE_MASQ_NATIVE] = "masq-native",
};

static const struct {
	const char *object, *program;
} hooks[HOOK__COUNT] = {
#define HOOK(id, program_, object_, ...) [HOOK_##id] = { #object_ ".o", #program_ },
#include "bpf-templates/lib/hooks.def"
#undef HOOK
};

static const char *const reason_names[REASON__COUNT] = {
#define REASON(id, name, ...) [REASON_##id] = name,
#include "bpf-templates/lib/reasons.def"
#undef REASON
};

enum {
	FORWARD = TC_ACT_REDIRECT,
	STACK = TC_ACT_OK,
	DROP = TC_ACT_SHOT,
};

static const int reason_actions[REASON__COUNT] = {
#define REASON(id, name, kind, ...) [REASON_##id] = kind,
#include "bpf-templates/lib/reasons.def"
#undef REASON
};

static const char *obstacle(void)
{
	if (geteuid() != 0)
		return "needs root";
	if (!getenv(BUNDLES_VARIABLE))
		return "needs " BUNDLES_VARIABLE;
	return unshare(CLONE_NEWNET) ? "needs a private network namespace" : NULL;
}

bool harness_enter(int *status)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	const char *strict = getenv("STRICT"), *why = obstacle();

	*status = why && strict && !strcmp(strict, "1");
	if (why && *status)
		printf("1..1\nnot ok 1 - the datapath tests can run: %s\n", why);
	else if (why)
		printf("1..0 # SKIP %s\n", why);
	if (why)
		return false;
	/* Before 5.11 maps count against it; where it cannot be raised it need not be. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	harness_ip("link set lo up");
	return true;
}

void harness_ip(const char *arguments)
{
	char *argv[40] = { "ip" }, text[256], *save = NULL;
	size_t count = 1;
	int status;
	pid_t pid;

	assert_true(snprintf(text, sizeof(text), "%s", arguments) < (int)sizeof(text));
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(count < ARRAY_SIZE(argv) - 1);
		argv[count++] = word;
	}
	assert_int_equal(posix_spawnp(&pid, "ip", NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("ip %s: status %#x", arguments, (unsigned int)status);
}

unsigned int harness_veth(const char *name, const char *mac)
{
	char command[128];

	snprintf(command, sizeof(command), "link add %s address %s type veth peer name %s_p", name,
		 mac, name);
	harness_ip(command);
	snprintf(command, sizeof(command), "link set %s up", name);
	harness_ip(command);
	snprintf(command, sizeof(command), "link set %s_p up", name);
	harness_ip(command);
	return if_nametoindex(name);
}

void harness_sysctl(const char *path, const char *value)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), (ssize_t)strlen(value));
}

int datapath_map(const struct datapath *dp, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(dp->object, name);

	if (fd < 0)
		fail_msg("%s has no map %s", hooks[dp->hook].object, name);
	return fd;
}

bool datapath_has_map(const struct datapath *dp, const char *map)
{
	return bpf_object__find_map_by_name(dp->object, map);
}

static uint32_t address(const char *text)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(text, &addr), 0);
	return addr;
}

void datapath_add_endpoint(const struct datapath *dp, const char *ip, unsigned int ifindex,
			   uint32_t identity, const char *mac, const char *node_mac)
{
	struct hr_endpoint ep = { .ifindex = ifindex, .identity = identity };
	uint32_t key = address(ip);

	if (ifindex) {
		assert_int_equal(parse_mac(mac, ep.mac), 0);
		assert_int_equal(parse_mac(node_mac, ep.node_mac), 0);
	} else {
		ep.flags = HR_ENDPOINT_HOST;
	}
	assert_int_equal(bpf_map_update_elem(datapath_map(dp, "hr_endpoints4"), &key, &ep, BPF_ANY),
			 0);
}

static void add_prefix(const struct datapath *dp, const char *cidr, const struct hr_ipcache *value)
{
	struct hr_prefix4 key;
	struct cidr4 prefix;

	assert_int_equal(parse_cidr4(cidr, &prefix), 0);
	key = (struct hr_prefix4){ .len = prefix.len, .addr = prefix.addr };
	assert_int_equal(bpf_map_update_elem(datapath_map(dp, "hr_ipcache4"), &key, value, BPF_ANY),
			 0);
}

void datapath_add_prefix(const struct datapath *dp, const char *cidr, const char *tunnel_endpoint,
			 uint32_t identity)
{
	add_prefix(dp, cidr,
		   &(struct hr_ipcache){ .identity = identity,
					 .tunnel_endpoint =
						 tunnel_endpoint ? address(tunnel_endpoint) : 0 });
}

void datapath_add_neighbour(const struct datapath *dp, const char *cidr,
			    const char *tunnel_endpoint, unsigned int ifindex)
{
	add_prefix(dp, cidr,
		   &(struct hr_ipcache){ .tunnel_endpoint = address(tunnel_endpoint),
					 .ifindex = ifindex });
}

void datapath_add_node(const struct datapath *dp, const char *ip)
{
	struct hr_node node = { 0 };
	uint32_t key = address(ip);

	assert_int_equal(bpf_map_update_elem(datapath_map(dp, "hr_nodes4"), &key, &node, BPF_ANY),
			 0);
}

static int load_insns(const struct bpf_insn *insns, size_t count)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	static char log[16384];
	int fd;

	opts.log_buf = log;
	opts.log_size = sizeof(log);
	opts.log_level = 1;
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "prefix", "Dual BSD/GPL", insns, count, &opts);
	if (fd < 0)
		fail_msg("test prefix refused:\n%s", log);
	return fd;
}

int datapath_prefixed(const struct datapath *dp, const struct bpf_insn *prefix, size_t count)
{
	const struct bpf_insn head[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
		{ BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 6, .off = CUT_CB },
		{ BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .imm = 0, .off = 3 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_change_tail },
		{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
	};
	const struct bpf_insn tail[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
		{ BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, BPF_PSEUDO_MAP_FD, .imm = dp->calls_fd },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1 },
		{ BPF_JMP | BPF_EXIT },
	};
	struct bpf_insn all[64];

	assert_true(count + ARRAY_SIZE(head) + ARRAY_SIZE(tail) <= ARRAY_SIZE(all));
	memcpy(all, head, sizeof(head));
	if (count)
		memcpy(all + ARRAY_SIZE(head), prefix, count * sizeof(*prefix));
	memcpy(all + ARRAY_SIZE(head) + count, tail, sizeof(tail));
	return load_insns(all, ARRAY_SIZE(head) + count + ARRAY_SIZE(tail));
}

static const struct {
	const char *name, *address;
} constants[] = {
	{ "node_ip", NODE_IP },
	{ "node_router_ip", ROUTER_IP },
	{ "node_snat_exclusion_addr", EXCLUDED_ADDRESS },
	{ "node_snat_exclusion_mask", EXCLUDED_MASK },
};

static void set_constants(const struct bpf_map *rodata, const struct btf *btf)
{
	const struct btf_type *section = btf__type_by_id(btf, bpf_map__btf_value_type_id(rodata));
	size_t size;
	uint8_t *data = (uint8_t *)bpf_map__initial_value((struct bpf_map *)rodata, &size);

	assert_non_null(data);
	for (unsigned int i = 0; i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *var = &btf_var_secinfos(section)[i];
		const char *name =
			btf__name_by_offset(btf, btf__type_by_id(btf, var->type)->name_off);

		for (size_t c = 0; c < ARRAY_SIZE(constants); c++) {
			uint32_t value = address(constants[c].address);

			if (!strcmp(name, constants[c].name))
				memcpy(data + var->offset, &value, sizeof(value));
		}
	}
}

static void find_program(struct datapath *dp)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(dp->object, hooks[dp->hook].program);

	assert_non_null(program);
	dp->prog_fd = bpf_program__fd(program);
	dp->calls_fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "test_calls", 4, 4, 1, NULL);
	assert_true(dp->calls_fd >= 0);
	assert_int_equal(bpf_map_update_elem(dp->calls_fd, &(uint32_t){ 0 }, &dp->prog_fd, BPF_ANY),
			 0);
	dp->cut_fd = datapath_prefixed(dp, NULL, 0);
}

static void share_maps(struct bpf_object *object, const struct datapath *other)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int fd = bpf_object__find_map_fd_by_name(other->object, bpf_map__name(map));

		if (fd >= 0 && !bpf_map__is_internal(map))
			assert_int_equal(bpf_map__reuse_fd(map, fd), 0);
	}
}

void datapath_open(struct datapath *dp, enum bundle bundle, enum hr_hook hook)
{
	datapath_open_beside(dp, bundle, hook, NULL);
}

void datapath_open_beside(struct datapath *dp, enum bundle bundle, enum hr_hook hook,
			  const struct datapath *other)
{
	struct bpf_map *map;
	char path[4096];
	int err;

	err = path_format(path, sizeof(path), "%s/%s/%s", getenv(BUNDLES_VARIABLE),
			  bundle_names[bundle], hooks[hook].object);
	assert_int_equal(err, 0);
	*dp = (struct datapath){ .hook = hook };
	dp->object = bpf_object__open_file(path, NULL);
	if (!dp->object)
		fail_msg("open %s: %s", path, strerror(errno));
	bpf_object__for_each_map(map, dp->object)
	{
		if (bpf_map__is_internal(map) && strstr(bpf_map__name(map), ".rodata"))
			set_constants(map, bpf_object__btf(dp->object));
	}
	if (other)
		share_maps(dp->object, other);
	err = bpf_object__load(dp->object);
	if (err)
		fail_msg("load %s: %s", path, strerror(-err));
	find_program(dp);
}

void datapath_share(const struct datapath *dp, enum hr_hook hook, struct datapath *out)
{
	assert_string_equal(hooks[dp->hook].object, hooks[hook].object);
	*out = (struct datapath){ .object = dp->object, .hook = hook, .is_shared = true };
	find_program(out);
}

void datapath_close(struct datapath *dp)
{
	if (!dp->is_shared)
		bpf_object__close(dp->object);
	dp->object = NULL;
	close(dp->calls_fd);
	close(dp->cut_fd);
}

void datapath_open_all(struct datapath *const modes[BUNDLE_ROUTING__COUNT], enum hr_hook hook)
{
	for (enum bundle bundle = 0; bundle < BUNDLE_ROUTING__COUNT; bundle++)
		datapath_open(modes[bundle], bundle, hook);
}

void datapath_close_all(struct datapath *const modes[BUNDLE_ROUTING__COUNT])
{
	for (enum bundle bundle = 0; bundle < BUNDLE_ROUTING__COUNT; bundle++)
		datapath_close(modes[bundle]);
}

static void metrics_read(const struct datapath *dp, struct hr_metric out[HR_METRIC_SLOTS])
{
	int cpus = libbpf_num_possible_cpus(), fd = datapath_map(dp, "hr_metrics");
	_cleanup_free_ struct hr_metric *values = NULL;

	assert_true(cpus > 0);
	values = calloc((size_t)cpus, sizeof(*values));
	assert_non_null(values);
	memset(out, 0, HR_METRIC_SLOTS * sizeof(*out));
	for (uint32_t slot = 0; slot < HR_METRIC_SLOTS; slot++) {
		assert_int_equal(bpf_map_lookup_elem(fd, &slot, values), 0);
		for (int cpu = 0; cpu < cpus; cpu++) {
			out[slot].packets += values[cpu].packets;
			out[slot].bytes += values[cpu].bytes;
		}
	}
}

static void check_metrics(const struct datapath *dp, const struct hr_metric *before, size_t len,
			  enum hr_reason reason)
{
	struct hr_metric after[HR_METRIC_SLOTS];

	metrics_read(dp, after);
	for (uint32_t slot = 0; slot < HR_METRIC_SLOTS; slot++) {
		uint64_t packets = after[slot].packets - before[slot].packets;
		uint64_t bytes = after[slot].bytes - before[slot].bytes;
		bool wanted = slot == hr_metric_slot(dp->hook, reason);

		if (packets != wanted || bytes != (wanted ? len : 0))
			fail_msg("%s counted %s: %llu packets, %llu bytes; expected %s, %zu bytes",
				 hooks[slot / REASON__COUNT].program,
				 reason_names[slot % REASON__COUNT], (unsigned long long)packets,
				 (unsigned long long)bytes, reason_names[reason], len);
	}
}

void expect_verdict(const struct datapath *dp, const struct input *in, enum hr_reason reason,
		    const struct packet *out)
{
	const uint32_t mark = in->mark ? in->mark : MARK;
	struct __sk_buff ctx = { .ifindex = in->ifindex, .mark = mark, .gso_size = in->gso_size },
			 left;
	const struct packet *packet = in->packet;
	struct packet expected = out ? *out : *packet;
	bool is_cut = packet->len < FRAME_MIN;
	int fd = in->prog_fd ? in->prog_fd : is_cut ? dp->cut_fd : dp->prog_fd;
	struct hr_metric before[HR_METRIC_SLOTS];
	static uint8_t got[PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->data, .data_out = got,
		    .ctx_in = &ctx, .ctx_out = &left);

	memcpy(ctx.cb, in->cb, sizeof(in->cb));
	ctx.cb[CUT_INDEX] = is_cut ? (uint32_t)packet->len : 0;
	opts.data_size_in = is_cut ? FRAME_MIN : (uint32_t)packet->len;
	opts.data_size_out = sizeof(got);
	opts.ctx_size_in = opts.ctx_size_out = sizeof(ctx);
	metrics_read(dp, before);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	check_metrics(dp, before, expected.len, reason);
	assert_int_equal((int)opts.retval, reason_actions[reason]);
	assert_int_equal(opts.data_size_out, expected.len);
	if (in->settle)
		in->settle(&expected, got);
	assert_memory_equal(got, expected.data, expected.len);
	if (reason == REASON_TO_SERVICE)
		assert_int_equal(left.mark, HR_MARK_TRANSLATED);
	else
		assert_int_equal(left.mark, reason_actions[reason] == FORWARD ? 0 : mark);
}
