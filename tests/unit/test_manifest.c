// SPDX-License-Identifier: BSD-2-Clause
/* manifest.json: what is written is what is read, and nothing that is written by others is believed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <linux/bpf.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "compiler/bundle_files.h"
#include "compiler/manifest.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char dir[64]; /* holds the manifest under test */

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_manifest.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(dir);
}

static void store(const char *name, const void *data, size_t len)
{
	char path[PATH_MAX];

	assert_int_equal(path_format(path, sizeof(path), "%s/%s", dir, name), 0);
	assert_int_equal(file_write_atomic(path, data, len), 0);
}

static struct manifest_option *sample_options(void)
{
	struct manifest_option *options = calloc(2, sizeof(*options));

	assert_non_null(options);
	options[0] = (struct manifest_option){ strdup("enable-ipv4"), strdup("True"),
					       strdup("cilium-config.yaml:12:3") };
	options[1] = (struct manifest_option){ strdup("tunnel"), strdup(""), strdup("default") };
	return options;
}

static struct manifest_object *sample_objects(void)
{
	struct manifest_object *objects = calloc(1, sizeof(*objects));

	assert_non_null(objects);
	objects[0] = (struct manifest_object){
		.file = "bpf_lxc.o",
		.sha256 = SHA,
		.needs = {
			.needs = {
				{ NEED_PROG_TYPE, BPF_PROG_TYPE_SCHED_CLS, 0 },
				{ NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_redirect_peer },
				{ NEED_HELPER, BPF_PROG_TYPE_SCHED_CLS, 60000 },
				{ NEED_MAP_TYPE, 0, BPF_MAP_TYPE_LPM_TRIE },
			},
			.count = 4,
			.programs = { { "from_container", "tc", BPF_PROG_TYPE_SCHED_CLS, 411 } },
			.program_count = 1,
			.maps = { { "hr_ipcache4", BPF_MAP_TYPE_LPM_TRIE, 8, 8, 512000, 1 } },
			.map_count = 1,
		},
	};
	return objects;
}

static const struct manifest_services sample_services = {
	.kpr = "Strict",
	.cluster_ip_outside = true,
	.off_count = 1,
	.turned_off = { { "host_port", "HR-X", "why" } },
	.nodeport = true,
	.nodeport_min = 30000,
	.nodeport_max = 32767,
	.socket_lb_udp = true,
	.mode = "hybrid",
	.algorithm = "maglev",
	.maglev_size = 16381,
	.maglev_seed = "JLfvgnHc2kaSUFaI",
	.cgroup_root = "/run/cgroup2",
};

static void sample(struct manifest *m)
{
	*m = (struct manifest){
		.tool_version = "0.1.0",
		.compiler = "clang 14.0.6",
		.templates_sha256 = SHA,
		.config_sha256 = SHA,
		.cilium_version = "1.12",
		.cilium_version_reason = "kube-proxy-replacement: probe ends with 1.12",
		.target_kernel = "6.1.0-9-amd64",
		.effective = { { "devices", "enp0s2 eth+", "devices" } },
		.effective_count = 1,
		.map_sizes = { { .name = "lb",
				 .key = "bpf-lb-map-max",
				 .from = "default",
				 .entries = 65536 },
			       { .name = "nat",
				 .key = "bpf-nat-global-max",
				 .from = "memory",
				 .formula = "as it says",
				 .ratio = 0.0025,
				 .scaled = 524288,
				 .min = 131072,
				 .multiple_of_cpus = true } },
		.map_size_count = 2,
		.reasons = { { "HR-KPR-DISABLED", "kube-proxy-replacement=disabled" } },
		.reason_count = 1,
		.tunnel = true,
		.tunnel_protocol = "vxlan",
		.tunnel_port = 8472,
		.masquerade = { .mode = MASQUERADE_BPF,
				.exclusion = SNAT_EXCLUSION_KEY,
				.ip_masq_agent = true,
				.ip_masq_agent_config = "/etc/config/ip-masq-agent",
				.address_device = "bond0",
				.egress_interfaces = { "eth0", "ens+" },
				.egress_interface_count = 2,
				.random_ports = true },
		.services = sample_services,
		.devices = { "enp0s2", "eth+" },
		.device_count = 2,
		.gaps = { { "enable-bpf-masquerade", "True", "masquerading in BPF" } },
		.gap_count = 1,
		.hooks = { { "from_container", "endpoint", "ingress" } },
		.hook_count = 1,
		.options = sample_options(),
		.option_count = 2,
		.objects = sample_objects(),
		.object_count = 1,
	};
	assert_int_equal(parse_cidr4("10.233.0.0/16", &m->masquerade.exclusion_cidr), 0);
}

/* noinline: gcc 12 takes the returned pointer for one to the local that held it. */
static __attribute__((noinline)) char *sample_text(void)
{
	_cleanup_manifest_ struct manifest m;
	char *text;

	sample(&m);
	assert_int_equal(manifest_write(&m, &text), 0);
	return text;
}

static int read_text(const char *text, size_t len, struct manifest *out)
{
	store(MANIFEST_FILE, text, len);
	return manifest_read(dir, out);
}

/* A copy of text with the first `from` in it replaced by `to`. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out;

	assert_non_null(at);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return out;
}

/* Result of reading the sample with one piece of its text replaced. */
static int read_with(const char *from, const char *to)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	char *text = sample_text(), *changed = replaced(text, from, to);
	int err = read_text(changed, strlen(changed), &m);

	free(changed);
	free(text);
	return err;
}

/* Thousands of expected complaints say nothing to a reader. */
static int stderr_silence(void)
{
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_true(saved >= 0 && null >= 0);
	dup2(null, STDERR_FILENO);
	close(null);
	return saved;
}

static void stderr_restore(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void a_manifest_reads_back_as_it_was_written(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };
	_cleanup_free_ char *first = sample_text();
	_cleanup_free_ char *second = NULL;

	(void)state;
	assert_int_equal(read_text(first, strlen(first), &m), 0);
	assert_int_equal(manifest_write(&m, &second), 0);
	assert_string_equal(first, second);
	assert_int_equal(m.objects[0].needs.count, 4);
	assert_int_equal(m.objects[0].needs.needs[1].value, BPF_FUNC_redirect_peer);
	assert_int_equal(m.objects[0].needs.needs[2].value, 60000);
	assert_int_equal(m.objects[0].needs.programs[0].insns, 411);
	assert_string_equal(m.devices[1], "eth+");
	assert_int_equal(m.tunnel_port, 8472);
	assert_false(m.host_routing);
	assert_string_equal(m.options[1].origin, "default");
	assert_string_equal(m.effective[0].value, "enp0s2 eth+");
	assert_int_equal(m.map_sizes[0].entries, 65536);
	assert_string_equal(m.map_sizes[0].formula, "");
	assert_int_equal(m.map_sizes[1].entries, 0);
	assert_true(m.map_sizes[1].ratio > 0.002 && m.map_sizes[1].ratio < 0.003);
	assert_int_equal(m.map_sizes[1].scaled, 524288);
	assert_true(m.map_sizes[1].multiple_of_cpus);
	assert_int_equal(m.masquerade.mode, MASQUERADE_BPF);
	assert_int_equal(m.masquerade.exclusion, SNAT_EXCLUSION_KEY);
	assert_int_equal(m.masquerade.exclusion_cidr.len, 16);
	assert_true(m.masquerade.ip_masq_agent);
	assert_string_equal(m.masquerade.ip_masq_agent_config, "/etc/config/ip-masq-agent");
	assert_string_equal(m.masquerade.address_device, "bond0");
	assert_int_equal(m.masquerade.egress_interface_count, 2);
	assert_string_equal(m.masquerade.egress_interfaces[1], "ens+");
	assert_true(m.masquerade.random_ports);
	assert_string_equal(m.services.kpr, "Strict");
	assert_true(m.services.nodeport);
	assert_int_equal(m.services.nodeport_min, 30000);
	assert_int_equal(m.services.nodeport_max, 32767);
	assert_true(m.services.socket_lb_udp);
	assert_false(m.services.socket_lb_tcp);
	assert_string_equal(m.services.mode, "hybrid");
	assert_int_equal(m.services.maglev_size, 16381);
	assert_true(m.services.cluster_ip_outside);
	assert_int_equal(m.services.off_count, 1);
	assert_string_equal(m.services.turned_off[0].feature, "host_port");
	assert_string_equal(m.services.turned_off[0].reason, "why");
	assert_string_equal(m.services.cgroup_root, "/run/cgroup2");
}

static void the_node_s_own_cidr_and_none_are_exclusions_too(void **state)
{
	const enum snat_exclusion kinds[] = { SNAT_EXCLUSION_NONE, SNAT_EXCLUSION_POD_CIDR };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_manifest_ struct manifest m, back = { 0 };
		_cleanup_free_ char *text = NULL;

		sample(&m);
		m.masquerade.exclusion = kinds[i];
		assert_int_equal(manifest_write(&m, &text), 0);
		assert_int_equal(read_text(text, strlen(text), &back), 0);
		assert_int_equal(back.masquerade.exclusion, kinds[i]);
	}
}

static void wrong_masquerading_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_with("\"10.233.0.0/16\"", "\"10.233.0.1/16\""), -EINVAL);
	assert_int_equal(read_with("\"10.233.0.0/16\"", "7"), -EINVAL);
	assert_int_equal(read_with("\"bpf\"", "\"ebpf\""), -EINVAL);
	assert_int_equal(read_with("\"bpf\"", "4"), -EINVAL);
	assert_int_equal(read_with("\"bond0\"", "\"bond0bond0bond0b\""), -EINVAL);
	assert_int_equal(read_with("\"ens+\"", "\"sixteen-letters-\""), -EINVAL);
	assert_int_equal(read_with("\"ens+\"", "\"\""), -EINVAL);
	assert_int_equal(read_with("\"ens+\"", "7"), -EINVAL);
	assert_int_equal(read_with("\"random_ports\": true", "\"random_ports\": 1"), -EINVAL);
}

static void wrong_services_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_with("\"nodeport_min\": 30000", "\"nodeport_min\": 32768"), -EINVAL);
	assert_int_equal(read_with("\"nodeport_max\": 32767", "\"nodeport_max\": 65536"), -EINVAL);
	assert_int_equal(read_with("\"socket_lb_tcp\": false", "\"socket_lb_tcp\": 0"), -EINVAL);
	assert_int_equal(read_with("\"hybrid\"", "\"hybridised\""), -EINVAL);
	assert_int_equal(read_with("\"feature\": \"host_port\"", "\"feature\": \"host port\""),
			 -EINVAL);
	assert_int_equal(read_with("\"feature\": \"host_port\"", "\"other\": \"host_port\""),
			 -EINVAL);
	assert_int_equal(read_with("\"cluster_ip_outside\": true", "\"cluster_ip_outside\": 1"),
			 -EINVAL);
}

static void a_manifest_of_an_older_build_is_read_without_what_it_lacks(void **state)
{
	(void)state;
	assert_int_equal(read_with("\"map_sizes\"", "\"other_sizes\""), 0);
	assert_int_equal(read_with("\"multiple_of_cpus\"", "\"other_input\""), 0);
	assert_int_equal(read_with("\"masquerade\"", "\"other_mode\""), 0);
	assert_int_equal(read_with("\"egress_interfaces\"", "\"other_interfaces\""), 0);
	assert_int_equal(read_with("\"random_ports\"", "\"other_ports\""), 0);
	assert_int_equal(read_with("\"services\"", "\"other_services\""), 0);
	assert_int_equal(read_with("\"turned_off\"", "\"other_off\""), 0);
	assert_int_equal(read_with("\"effective\"", "\"other_values\""), 0);
	assert_int_equal(read_with("\"cilium_version_reason\"", "\"other_reason\""), 0);
}

static void wrong_map_sizes_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_with("65536", "-1"), -EINVAL);
	assert_int_equal(read_with("0.0025", "\"0.0025\""), -EINVAL);
	assert_int_equal(read_with("\"as it says\"", "7"), -EINVAL);
	assert_int_equal(read_with("\"multiple_of_cpus\": true", "\"multiple_of_cpus\": 2"),
			 -EINVAL);
	assert_int_equal(read_with("\"enp0s2 eth+\"", "[]"), -EINVAL);
}

static void a_manifest_without_a_tunnel_reads_back(void **state)
{
	_cleanup_manifest_ struct manifest m, back = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample(&m);
	m.tunnel = false;
	assert_int_equal(manifest_write(&m, &text), 0);
	assert_int_equal(read_text(text, strlen(text), &back), 0);
	assert_false(back.tunnel);
	assert_string_equal(back.tunnel_protocol, "");
}

static void helpers_are_written_with_name_and_id(void **state)
{
	_cleanup_free_ char *text = sample_text();

	(void)state;
	assert_non_null(strstr(text, "\"program_type\": \"sched_cls\",\n"
				     "      \"helper\": \"redirect_peer\",\n"
				     "      \"id\": 155"));
}

static void a_value_that_is_not_utf8_is_still_written(void **state)
{
	_cleanup_manifest_ struct manifest m, back = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample(&m);
	free(m.options[0].value);
	m.options[0].value = strdup("caf\xe9");
	assert_int_equal(manifest_write(&m, &text), 0);
	assert_int_equal(read_text(text, strlen(text), &back), 0);
	assert_string_equal(back.options[0].value, "caf?");
}

static void unknown_keys_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(read_with("\"tool_version\"", "\"later\": {\"x\": []}, \"tool_version\""),
			 0);
}

static void another_schema_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_with("hostroute.bundle/1", "hostroute.bundle/2"), -EPROTONOSUPPORT);
	assert_int_equal(read_with("\"schema\"", "\"scheme\""), -EINVAL);
}

static void a_missing_manifest_is_told_from_a_bad_one(void **state)
{
	_cleanup_manifest_ struct manifest m = { 0 };

	(void)state;
	assert_int_equal(manifest_read(dir, &m), -ENOENT);
	assert_int_equal(read_text("", 0, &m), -EINVAL);
	assert_int_equal(read_text("[1]", 3, &m), -EINVAL);
}

static void a_huge_manifest_is_not_read(void **state)
{
	_cleanup_free_ char *text = malloc(MANIFEST_MAX_BYTES + 1);
	_cleanup_manifest_ struct manifest m = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, ' ', MANIFEST_MAX_BYTES + 1);
	assert_int_equal(read_text(text, MANIFEST_MAX_BYTES + 1, &m), -EFBIG);
}

static void no_single_lie_is_believed(void **state)
{
	static const char *const lies[][2] = {
		{ "bpf_lxc.o", "../bpf_lxc.o" },
		{ "bpf_lxc.o", "/etc/shadow" },
		{ "bpf_lxc.o", "." },
		{ "bpf_lxc.o", "" },
		{ "bpf_lxc.o", "a_name_that_is_longer_than_the_room_for_it.o" },
		{ SHA, "0123" },
		{ SHA, "G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" },
		{ "\"port\": 8472", "\"port\": 0" },
		{ "\"port\": 8472", "\"port\": 65536" },
		{ "\"port\": 8472", "\"port\": \"8472\"" },
		{ "\"host_routing\": false", "\"host_routing\": \"false\"" },
		{ "\"host_routing\": false,", "" },
		{ "\"host_routing\": false", "\"host_routing\": false, \"host_routing\": true" },
		{ "\"insns\": 411", "\"insns\": -1" },
		{ "\"insns\": 411", "\"insns\": 99999999999999999999999" },
		{ "\"max_entries\": 512000", "\"max_entries\": 4294967296" },
		{ "\"lpm_trie\"", "\"no_such_map\"" },
		{ "\"sched_cls\"", "[]" },
		{ "\"endpoint\"", "\"elsewhere\"" },
		{ "\"ingress\"", "\"sideways\"" },
		{ "\"program\": \"from_container\"", "\"program\": \"from_nowhere\"" },
		{ "\"from_container\"", "\"from\\u0000container\"" },
		{ "\"enp0s2\"", "\"../../etc\"" },
		{ "\"enp0s2\"", "\"longer-than-15-characters\"" },
		{ "\"enp0s2\"", "7" },
		{ "\"objects\": [", "\"objects\": [{}, " },
		{ "\"objects\": [", "\"objects\": [null, " },
		{ "\"gaps\": [", "\"gaps\": {}, \"other\": [" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		int err = read_with(lies[i][0], lies[i][1]);

		if (err != -EINVAL)
			fail_msg("%s instead of %s: %d", lies[i][1], lies[i][0], err);
	}
}

static void one_file_twice_is_refused(void **state)
{
	_cleanup_manifest_ struct manifest m, back = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample(&m);
	m.objects = reallocarray(m.objects, 2, sizeof(*m.objects));
	assert_non_null(m.objects);
	m.objects[1] = m.objects[0];
	m.object_count = 2;
	assert_int_equal(manifest_write(&m, &text), 0);
	assert_int_equal(read_text(text, strlen(text), &back), -EINVAL);
}

static void a_truncated_manifest_is_never_taken(void **state)
{
	_cleanup_free_ char *text = sample_text();
	size_t whole = strlen(text) - 1; /* the last byte is the newline */
	int saved = stderr_silence();
	size_t taken = 0;

	(void)state;
	for (size_t len = 0; len < whole; len++) {
		_cleanup_manifest_ struct manifest m = { 0 };

		taken += read_text(text, len, &m) == 0;
	}
	stderr_restore(saved);
	assert_int_equal(taken, 0);
}

static void flipped_bits_are_survived(void **state)
{
	_cleanup_free_ char *text = sample_text();
	size_t len = strlen(text), refused = 0;
	int saved = stderr_silence();

	(void)state;
	for (size_t i = 0; i < len; i++) {
		_cleanup_manifest_ struct manifest m = { 0 };

		text[i] ^= (char)(1 << (i % 8));
		refused += read_text(text, len, &m) != 0;
		text[i] ^= (char)(1 << (i % 8));
	}
	stderr_restore(saved);
	assert_true(refused > len / 4);
}

static void a_changed_object_is_noticed(void **state)
{
	_cleanup_manifest_ struct manifest m;

	(void)state;
	sample(&m);
	assert_int_equal(manifest_check_objects(dir, &m), -ENOENT);
	store("bpf_lxc.o", "object", 6);
	digest_data("object", 6, m.objects[0].sha256);
	assert_int_equal(manifest_check_objects(dir, &m), 0);
	store("bpf_lxc.o", "objecT", 6);
	assert_int_equal(manifest_check_objects(dir, &m), -EBADMSG);
}

/* The sample with a list of its files. */
static void sample_with_files(struct manifest *m)
{
	sample(m);
	store("bpf_lxc.o", "object", 6);
	store("node_config.h", "header", 6);
	digest_data("object", 6, m->objects[0].sha256);
	assert_int_equal(bundle_files_list(dir, m), 0);
}

static void a_list_of_files_reads_back(void **state)
{
	_cleanup_manifest_ struct manifest m, back = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample_with_files(&m);
	assert_int_equal(m.file_count, 2);
	assert_string_equal(m.files[0].file, "bpf_lxc.o");
	assert_string_equal(m.files[1].file, "node_config.h");
	assert_int_equal(manifest_write(&m, &text), 0);
	assert_int_equal(read_text(text, strlen(text), &back), 0);
	assert_int_equal(back.file_count, 2);
	assert_memory_equal(back.files, m.files, sizeof(m.files));
}

static void a_list_that_contradicts_an_object_is_refused(void **state)
{
	int saved = stderr_silence();

	(void)state;
	for (size_t lie = 0; lie < 3; lie++) {
		_cleanup_manifest_ struct manifest m, back = { 0 };
		_cleanup_free_ char *text = NULL;

		sample_with_files(&m);
		if (lie == 0)
			memcpy(m.files[0].sha256, SHA, sizeof(SHA));
		else if (lie == 1)
			m.files[0] = m.files[1];
		else
			m.files[1] = m.files[0];
		assert_int_equal(manifest_write(&m, &text), 0);
		assert_int_equal(read_text(text, strlen(text), &back), -EINVAL);
	}
	stderr_restore(saved);
}

static void every_listed_file_is_checked(void **state)
{
	_cleanup_manifest_ struct manifest m;
	struct bundle_survey survey;
	int saved = stderr_silence();

	(void)state;
	sample_with_files(&m);
	assert_int_equal(manifest_check_objects(dir, &m), 0);
	store("stranger", "", 0);
	assert_int_equal(manifest_check_objects(dir, &m), 0);
	store("node_config.h", "headeR", 6);
	assert_int_equal(manifest_check_objects(dir, &m), -EBADMSG);
	assert_int_equal(bundle_files_check(dir, &m, &survey), 0);
	stderr_restore(saved);
	assert_int_equal(survey.count, 3);
	assert_int_equal(survey.bad, 1);
	assert_int_equal(survey.strange, 1);
	assert_int_equal(survey.files[1].state, BUNDLE_FILE_CORRUPTED);
	assert_string_equal(survey.files[2].name, "stranger");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_manifest_reads_back_as_it_was_written),
		TEST(a_manifest_of_an_older_build_is_read_without_what_it_lacks),
		TEST(wrong_map_sizes_are_refused),
		TEST(the_node_s_own_cidr_and_none_are_exclusions_too),
		TEST(wrong_masquerading_is_refused),
		TEST(wrong_services_are_refused),
		TEST(a_manifest_without_a_tunnel_reads_back),
		TEST(helpers_are_written_with_name_and_id),
		TEST(a_value_that_is_not_utf8_is_still_written),
		TEST(unknown_keys_are_ignored),
		TEST(a_list_of_files_reads_back),
		TEST(a_list_that_contradicts_an_object_is_refused),
		TEST(every_listed_file_is_checked),
		TEST(another_schema_is_refused),
		TEST(a_missing_manifest_is_told_from_a_bad_one),
		TEST(a_huge_manifest_is_not_read),
		TEST(no_single_lie_is_believed),
		TEST(one_file_twice_is_refused),
		TEST(a_truncated_manifest_is_never_taken),
		TEST(flipped_bits_are_survived),
		TEST(a_changed_object_is_noticed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
