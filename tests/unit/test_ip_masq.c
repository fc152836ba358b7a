// SPDX-License-Identifier: BSD-2-Clause
/* The ip-masq-agent's file: its defaults, its lists, what is wrong with it and where. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bpf-templates/lib/abi.h"
#include "common/buf.h"
#include "common/cleanup.h"
#include "install/ip_masq.h"

#define DEFAULTS                                                              \
	"10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 " \
	"192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 "           \
	"198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "

static void check(const struct ip_masq *masq, const char *wanted)
{
	_cleanup_buf_ struct buf text = { 0 };
	char cidr[CIDR4_TEXT_MAX];

	buf_printf(&text, "%s", "");
	for (size_t i = 0; i < masq->count; i++)
		buf_printf(&text, "%s ", cidr4_text(masq->cidrs[i], cidr));
	assert_int_equal(text.err, 0);
	assert_string_equal(text.data, wanted);
}

static void expect(const char *text, const char *wanted)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };

	assert_int_equal(ip_masq_parse("file", text, strlen(text), &masq, &diags), 0);
	assert_int_equal(diags.errors, 0);
	check(&masq, wanted);
}

static void expect_error(const char *text, size_t line, size_t col)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };

	assert_int_equal(ip_masq_parse("file", text, strlen(text), &masq, &diags), -EINVAL);
	assert_int_equal(masq.count, 0);
	assert_int_not_equal(diags.errors, 0);
	assert_string_equal(diags.items[0].pos.file, "file");
	assert_int_equal(diags.items[0].pos.line, line);
	assert_int_equal(diags.items[0].pos.col, col);
}

static void without_a_file_or_with_an_empty_one_the_defaults_count(void **state)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };

	(void)state;
	expect("", DEFAULTS);
	assert_int_equal(ip_masq_read("/nonexistent/ip-masq-agent", &masq, &diags), 0);
	check(&masq, DEFAULTS);
}

static void a_file_with_an_empty_list_has_no_defaults(void **state)
{
	(void)state;
	expect("nonMasqueradeCIDRs: []\n", "169.254.0.0/16 ");
	expect("nonMasqueradeCIDRs:\n", "169.254.0.0/16 ");
	expect("# nothing\n", "169.254.0.0/16 ");
	expect("null\n", "169.254.0.0/16 ");
	expect("{}", "169.254.0.0/16 ");
	expect("masqLinkLocal: true\n", "");
}

static void lists_are_yaml_or_json(void **state)
{
	(void)state;
	expect("nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- \"192.0.2.1/32\"\nresyncInterval: 60s\n",
	       "10.0.0.0/8 169.254.0.0/16 192.0.2.1/32 ");
	expect("{\"nonMasqueradeCIDRs\": [\"0.0.0.0/0\"], \"masqLinkLocal\": true, "
	       "\"masqLinkLocalIPv6\": true}",
	       "0.0.0.0/0 ");
	expect("masqLinkLocal: false\n", "169.254.0.0/16 ");
}

static void bits_beyond_the_prefix_are_dropped(void **state)
{
	(void)state;
	expect("nonMasqueradeCIDRs: [10.1.2.3/8]\nmasqLinkLocal: true\n", "10.0.0.0/8 ");
}

static void booleans_and_keys_are_as_the_agent_takes_them(void **state)
{
	static const char *const yes[] = { "yes", "Yes", "on", "ON", "y", "TRUE" };
	static const char *const no[] = { "no", "No", "off", "OFF", "n", "False", "null", "~", "" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		snprintf(text, sizeof(text), "masqLinkLocal: %s\n", yes[i]);
		expect(text, "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		snprintf(text, sizeof(text), "masqLinkLocal: %s\n", no[i]);
		expect(text, "169.254.0.0/16 ");
	}
	expect("nonmasqueradecidrs: [10.0.0.0/8]\nMASQLINKLOCAL: true\n", "10.0.0.0/8 ");
	expect_error("masqLinkLocal: true\nmasqlinklocal: false\n", 2, 1);
	expect_error("masqLinkLocal: 1\n", 1, 16);
}

static void what_is_there_twice_counts_once(void **state)
{
	(void)state;
	expect("nonMasqueradeCIDRs: [10.1.0.0/8, 169.254.0.0/16, 10.0.0.0/9, 10.0.0.0/8]\n",
	       "10.0.0.0/8 10.0.0.0/9 169.254.0.0/16 ");
}

static void keys_that_no_agent_has_are_warned_about(void **state)
{
	static const char text[] = "resyncInterval: 1s\nmasqLinkLocalIPv6: true\n"
				   "masqLinkLocal: true\nnonMasqueradeCIDR: [10.0.0.0/8]\n";
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };

	(void)state;
	assert_int_equal(ip_masq_parse("file", text, strlen(text), &masq, &diags), 0);
	check(&masq, "");
	assert_int_equal(diags.warnings, 1);
	assert_int_equal(diags.items[0].pos.line, 4);
	assert_int_equal(diags.items[0].pos.col, 1);
	assert_non_null(strstr(diags.items[0].text, "nonMasqueradeCIDR: no key"));
}

/* One text with `count` different CIDRs, each twice. */
static int parse_many(size_t count)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_ip_masq_ struct ip_masq masq = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	int err;

	buf_printf(&text, "masqLinkLocal: true\nnonMasqueradeCIDRs:\n");
	for (size_t i = 0; i < 2 * count; i++)
		buf_printf(&text, "- 10.%zu.%zu.0/24\n", i % count / 256, i % 256);
	assert_int_equal(text.err, 0);
	err = ip_masq_parse("file", text.data, text.len, &masq, &diags);
	assert_int_equal(masq.count, err ? 0 : count);
	assert_int_equal(diags.errors, err ? 1 : 0);
	return err;
}

static void there_is_room_for_as_many_as_the_map_has(void **state)
{
	(void)state;
	assert_int_equal(parse_many(HR_IPMASQ_MAX), 0);
	assert_int_equal(parse_many(HR_IPMASQ_MAX + 256), -EINVAL);
}

static void what_is_wrong_is_told_with_its_position(void **state)
{
	(void)state;
	expect_error("nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 10.0.0.0/33\n", 3, 3);
	expect_error("nonMasqueradeCIDRs:\n  - 10.0.0.0\n", 2, 5);
	expect_error("nonMasqueradeCIDRs: [2001:db8::/32]\n", 1, 22);
	expect_error("nonMasqueradeCIDRs: [[10.0.0.0/8]]\n", 1, 22);
	expect_error("nonMasqueradeCIDRs: 10.0.0.0/8\n", 1, 21);
	expect_error("masqLinkLocal: \"true\"\n", 1, 16);
	expect_error("masqLinkLocal: [true]\n", 1, 16);
	expect_error("- 10.0.0.0/8\n", 1, 1);
	expect_error("a: 1\n---\nb: 1\n", 3, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_or_with_an_empty_one_the_defaults_count),
		cmocka_unit_test(a_file_with_an_empty_list_has_no_defaults),
		cmocka_unit_test(lists_are_yaml_or_json),
		cmocka_unit_test(bits_beyond_the_prefix_are_dropped),
		cmocka_unit_test(booleans_and_keys_are_as_the_agent_takes_them),
		cmocka_unit_test(what_is_there_twice_counts_once),
		cmocka_unit_test(keys_that_no_agent_has_are_warned_about),
		cmocka_unit_test(there_is_room_for_as_many_as_the_map_has),
		cmocka_unit_test(what_is_wrong_is_told_with_its_position),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ip_masq", tests, NULL, NULL);
}
