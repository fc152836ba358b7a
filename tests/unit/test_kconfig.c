// SPDX-License-Identifier: BSD-2-Clause
/* Kernel configurations: whole ones, fragments, compressed ones, and what is none. */
#include "probe/kconfig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "tests/unit/kernel_fixture.h"

/* As the kernel's build writes it: header, and more options than any fragment has. */
static void whole(struct buf *out, const char *lines)
{
	buf_puts(out, "#\n# Automatically generated file; DO NOT EDIT.\n"
		      "# Linux/x86 6.1.90 Kernel Configuration\n#\n");
	for (int i = 0; i < 300; i++)
		buf_printf(out, "CONFIG_FILLER_%d=y\n", i);
	buf_puts(out, lines);
}

static int parse(const struct buf *text, struct kconfig *out)
{
	_cleanup_free_ char *exact = malloc(text->len ? text->len : 1);

	assert_non_null(exact);
	memcpy(exact, text->data, text->len);
	return kconfig_read(exact, text->len, out);
}

static void every_spelling_of_a_value_is_read(void **state)
{
	_cleanup_buf_ struct buf text = { 0 };
	struct kconfig config;

	(void)state;
	whole(&text, "CONFIG_BPF_SYSCALL=y\nCONFIG_VXLAN=m\r\n# CONFIG_VETH is not set\n"
		     "CONFIG_CGROUP_BPF=n\nCONFIG_VXLAN_EXTRA=y\nCONFIG_INET=\"odd\"\n");
	assert_int_equal(parse(&text, &config), 0);
	assert_string_equal(config.version, "6.1.90");
	assert_int_equal(config.values[NEED_BPF_SYSCALL], KCONFIG_YES);
	assert_int_equal(config.values[NEED_VXLAN], KCONFIG_MODULE);
	assert_int_equal(config.values[NEED_VETH], KCONFIG_NO);
	assert_int_equal(config.values[NEED_CGROUP_BPF], KCONFIG_NO);
}

static void what_a_whole_configuration_does_not_mention_is_off(void **state)
{
	_cleanup_buf_ struct buf text = { 0 };
	struct kconfig config;

	(void)state;
	whole(&text, "");
	assert_int_equal(parse(&text, &config), 0);
	assert_true(config.is_whole);
	assert_int_equal(config.values[NEED_NET_XGRESS], KCONFIG_NO);
}

static void what_a_fragment_does_not_mention_is_unknown(void **state)
{
	const struct buf fragment = { .data = "CONFIG_VETH=y\n", .len = 14 };
	_cleanup_buf_ struct buf cut = { 0 };
	struct kconfig config;

	(void)state;
	assert_int_equal(parse(&fragment, &config), 0);
	assert_int_equal(config.values[NEED_VETH], KCONFIG_YES);
	assert_int_equal(config.values[NEED_VXLAN], KCONFIG_UNKNOWN);
	whole(&cut, "CONFIG_VETH=y");
	assert_int_equal(parse(&cut, &config), 0);
	assert_int_equal(config.values[NEED_VXLAN], KCONFIG_UNKNOWN);
}

static void a_compressed_configuration_is_the_same(void **state)
{
	static const enum unpack_format formats[] = { UNPACK_GZIP, UNPACK_XZ, UNPACK_ZSTD };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_buf_ struct buf text = { 0 }, packed = { 0 };
		struct kconfig config;

		whole(&text, "CONFIG_VXLAN=m\n");
		fixture_pack(formats[i], &packed, &text);
		assert_int_equal(parse(&packed, &config), 0);
		assert_int_equal(config.values[NEED_VXLAN], KCONFIG_MODULE);
		packed.len /= 2;
		assert_int_equal(parse(&packed, &config), -EINVAL);
	}
}

static void what_is_no_configuration_is_refused(void **state)
{
	static const struct buf texts[] = {
		{ .data = "", .len = 0 },
		{ .data = "\n\n", .len = 2 },
		{ .data = "apiVersion: v1\n", .len = 15 },
		{ .data = "CONFIG_VETH=y\n\0\n", .len = 16 },
		{ .data = "\x1f\x8b\x08", .len = 3 },
	};
	struct kconfig config;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(&texts[i], &config), -EINVAL);
}

static void a_header_without_a_version_is_a_comment(void **state)
{
	const struct buf text = { .data = "# Linux/x86\nCONFIG_VETH=y\n", .len = 26 };
	struct kconfig config;

	(void)state;
	assert_int_equal(parse(&text, &config), 0);
	assert_string_equal(config.version, "");
	assert_int_equal(config.values[NEED_VETH], KCONFIG_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_a_value_is_read),
		cmocka_unit_test(what_a_whole_configuration_does_not_mention_is_off),
		cmocka_unit_test(what_a_fragment_does_not_mention_is_unknown),
		cmocka_unit_test(a_compressed_configuration_is_the_same),
		cmocka_unit_test(what_is_no_configuration_is_refused),
		cmocka_unit_test(a_header_without_a_version_is_a_comment),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
