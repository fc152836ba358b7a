// SPDX-License-Identifier: BSD-2-Clause
/* install/record: the record survives its JSON form, refuses what it cannot trust, and is merged without loss. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "install/record.h"

static void add_point(struct record *r, const char *interface, unsigned int ifindex,
		      bool created_clsact)
{
	struct record_point point = { .created_clsact = created_clsact };

	snprintf(point.point.interface, sizeof(point.point.interface), "%s", interface);
	snprintf(point.point.program, sizeof(point.point.program), "from_container");
	point.point.ifindex = ifindex;
	parse_ipv4("10.0.0.9", &point.ip);
	assert_int_equal(record_add_point(r, &point), 0);
}

static void add_sysctl(struct record *r, const char *interface, unsigned int ifindex, int old)
{
	struct record_sysctl sysctl = { .ifindex = ifindex, .old = old, .set = 0 };

	snprintf(sysctl.interface, sizeof(sysctl.interface), "%s", interface);
	snprintf(sysctl.name, sizeof(sysctl.name), "rp_filter");
	assert_int_equal(record_add_sysctl(r, &sysctl), 0);
}

static void fill(struct record *r)
{
	*r = (struct record){ .complete = true, .host_routing = true, .attach = ATTACH_TC };
	snprintf(r->bpffs, sizeof(r->bpffs), "/sys/fs/bpf");
	memset(r->bundle_sha256, 'a', DIGEST_TEXT_MAX - 1);
	parse_ipv4("192.168.64.8", &r->node_ip);
	parse_ipv4("10.0.0.1", &r->router_ip);
	parse_cidr4("10.0.0.0/24", &r->pod_cidr);
	snprintf(r->ip_masq_config, sizeof(r->ip_masq_config), "/etc/config/ip-masq-agent");
	snprintf(r->cilium_version, sizeof(r->cilium_version), "1.12");
	r->services =
		(struct manifest_services){ .kpr = "Probe",
					    .nodeport = true,
					    .nodeport_min = 30000,
					    .nodeport_max = 32767,
					    .mode = "snat",
					    .algorithm = "maglev",
					    .maglev_size = 251,
					    .maglev_seed = "JLfvgnHc2kaSUFaI",
					    .cluster_ip_outside = true,
					    .off_count = 1,
					    .turned_off = { { "host_port", "HR-X", "why" } } };
	r->gaps[r->gap_count++] = (struct manifest_gap){ "key", "value", "a \"text\"" };
	snprintf(r->devices[r->device_count++], IFNAMSIZ, "hr_host");
	r->constants[r->constant_count++] = (struct record_constant){ "node_overlay_ifindex", 9 };
	r->programs[r->program_count++] =
		(struct record_program){ "from_container", "0123456789abcdef" };
	add_sysctl(r, "lxc1", 4, 1);
	add_sysctl(r, "all", 0, 1);
	for (unsigned int i = 0; i < 20; i++) {
		char name[IFNAMSIZ];

		snprintf(name, sizeof(name), "lxc%u", i);
		add_point(r, name, i + 3, i == 7);
	}
}

static void format(const struct record *r, char **out)
{
	assert_int_equal(record_format(r, out), 0);
}

static void a_record_survives_being_written_and_read(void **state)
{
	_cleanup_record_ struct record r, back = { 0 };
	_cleanup_free_ char *text = NULL, *again = NULL;
	char why[160] = "";

	(void)state;
	fill(&r);
	snprintf(r.nft.written, sizeof(r.nft.written), "w1");
	snprintf(r.nft.listed, sizeof(r.nft.listed), "l1");
	snprintf(r.routes, sizeof(r.routes), "r1");
	r.cgroup =
		(struct record_cgroup){ .dir = "/run/cilium/cgroupv2", .mounted = true, .made = 2 };
	r.points[8].point.direction = ATTACH_GETPEERNAME6;
	format(&r, &text);
	assert_int_equal(record_parse(text, strlen(text), &back, why, sizeof(why)), 0);
	format(&back, &again);
	assert_string_equal(text, again);
	assert_int_equal(back.point_count, 20);
	assert_true(back.points[7].created_clsact);
	assert_int_equal(back.points[7].ip, r.points[7].ip);
	assert_int_equal(back.attach, ATTACH_TC);
	assert_true(back.host_routing);
	assert_int_equal(back.sysctls[0].old, 1);
	assert_int_equal(back.constants[0].value, 9);
	assert_string_equal(back.programs[0].tag, "0123456789abcdef");
	assert_string_equal(back.gaps[0].text, "a \"text\"");
	assert_true(record_has_nft(&back));
	assert_string_equal(back.nft.listed, "l1");
	assert_string_equal(back.routes, "r1");
	assert_string_equal(back.cgroup.dir, "/run/cilium/cgroupv2");
	assert_true(back.cgroup.mounted);
	assert_int_equal(back.cgroup.made, 2);
	assert_int_equal(back.services.maglev_size, 251);
	assert_true(back.services.cluster_ip_outside);
	assert_string_equal(back.services.turned_off[0].reason, "why");
	assert_int_equal(back.points[8].point.direction, ATTACH_GETPEERNAME6);
}

/* Replaces the first `from` of a good record and returns what the reader says; "" when it took it. */
static const char *complaint(const char *from, const char *to, char *why, size_t size)
{
	_cleanup_record_ struct record r, back = { 0 };
	_cleanup_free_ char *text = NULL, *bad = NULL;
	_cleanup_buf_ struct buf b = { 0 };
	size_t at;

	fill(&r);
	format(&r, &text);
	assert_non_null(strstr(text, from));
	at = (size_t)(strstr(text, from) - text);
	buf_append(&b, text, at);
	buf_puts(&b, to);
	buf_puts(&b, text + at + strlen(from));
	assert_int_equal(buf_take(&b, &bad), 0);
	why[0] = '\0';
	assert_true(record_parse(bad, strlen(bad), &back, why, size) == (why[0] ? -EINVAL : 0));
	return why;
}

static void a_damaged_record_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} cases[] = {
		{ "hostroute.record/1", "hostroute.record/9",
		  "its schema is \"hostroute.record/9\", not hostroute.record/1" },
		{ "\"complete\": true", "\"complete\": 1", "complete is not a boolean" },
		{ "\"bpf\"", "\"xdp\"", "mode is neither legacy nor bpf" },
		{ "\"interface\": \"lxc1\"", "\"interface\": \"../lxc1\"",
		  "interface \"../lxc1\" is not a name" },
		{ "\"interface\": \"lxc1\"", "\"interface\": \"a-name-that-is-too-long\"",
		  "interface is not a text of at most 15 characters" },
		{ "\"old\": 1", "\"old\": 99999999999", "old is not a number in range" },
		{ "10.0.0.0/24", "10.0.0.1/24", "pod_cidr is not a prefix" },
		{ "\"10.0.0.1\"", "\"10.0.0\"", "router_ip is not an IPv4 address" },
		{ "\"0123456789abcdef\"", "\"0123456789abcdef0\"",
		  "programs: bad entry \"from_container\"" },
		{ "\"node_overlay_ifindex\": 9", "\"node_overlay_ifindex\": -1",
		  "constants: bad entry \"node_overlay_ifindex\"" },
		{ "\"ingress\"", "\"sideways\"", "direction is not one" },
	};
	char why[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(complaint(cases[i].from, cases[i].to, why, sizeof(why)),
				    cases[i].why);
}

static void a_text_that_ends_early_is_refused(void **state)
{
	_cleanup_record_ struct record r;
	_cleanup_free_ char *text = NULL;

	(void)state;
	fill(&r);
	format(&r, &text);
	for (size_t len = 0; len + 2 < strlen(text); len += 7) {
		struct record back = { 0 };
		char why[160];

		assert_int_equal(record_parse(text, len, &back, why, sizeof(why)), -EINVAL);
		assert_int_equal(back.point_count, 0);
	}
}

static void merging_keeps_what_is_about_to_go(void **state)
{
	_cleanup_record_ struct record before = { 0 }, next = { 0 };

	(void)state;
	add_point(&before, "lxc1", 4, true);
	add_point(&before, "lxc2", 5, true);
	add_sysctl(&before, "lxc2", 5, 1);
	snprintf(before.devices[before.device_count++], IFNAMSIZ, "hr_vxlan");
	add_point(&next, "lxc1", 4, false);
	assert_int_equal(record_merge(&next, &before), 0);
	assert_int_equal(next.point_count, 2);
	assert_int_equal(next.sysctl_count, 1);
	assert_true(record_has_device(&next, "hr_vxlan"));
	assert_true(record_find_point(&next, "lxc1", ATTACH_INGRESS)->created_clsact);
}

static void a_qdisc_of_a_replaced_interface_is_not_taken_over(void **state)
{
	_cleanup_record_ struct record before = { 0 }, next = { 0 };

	(void)state;
	add_point(&before, "lxc1", 4, true);
	add_point(&next, "lxc1", 44, false);
	assert_int_equal(record_merge(&next, &before), 0);
	assert_int_equal(next.point_count, 1);
	assert_false(next.points[0].created_clsact);
}

static void forgetting_an_interface_takes_all_of_it_and_nothing_else(void **state)
{
	_cleanup_record_ struct record r;

	(void)state;
	fill(&r);
	record_forget_interface(&r, "lxc1");
	assert_null(record_find_point(&r, "lxc1", ATTACH_INGRESS));
	assert_null(record_find_sysctl(&r, "lxc1", 0, "rp_filter"));
	assert_int_equal(r.point_count, 19);
	assert_non_null(record_find_sysctl(&r, "all", 0, "rp_filter"));
	assert_non_null(record_find_point(&r, "lxc10", ATTACH_INGRESS));
	add_point(&r, "lxc1", 4, false);
	assert_int_equal(r.point_count, 20);
}

static void a_sysctl_belongs_to_one_interface_index(void **state)
{
	_cleanup_record_ struct record r = { 0 };

	(void)state;
	add_sysctl(&r, "lxc1", 4, 1);
	assert_non_null(record_find_sysctl(&r, "lxc1", 4, "rp_filter"));
	assert_null(record_find_sysctl(&r, "lxc1", 5, "rp_filter"));
	assert_non_null(record_find_sysctl(&r, "lxc1", 0, "rp_filter"));
	assert_null(record_find_sysctl(&r, "lxc1", 4, "forwarding"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_survives_being_written_and_read),
		cmocka_unit_test(a_damaged_record_is_refused_with_the_reason),
		cmocka_unit_test(a_text_that_ends_early_is_refused),
		cmocka_unit_test(merging_keeps_what_is_about_to_go),
		cmocka_unit_test(a_qdisc_of_a_replaced_interface_is_not_taken_over),
		cmocka_unit_test(forgetting_an_interface_takes_all_of_it_and_nothing_else),
		cmocka_unit_test(a_sysctl_belongs_to_one_interface_index),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
