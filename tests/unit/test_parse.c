// SPDX-License-Identifier: BSD-2-Clause
/* common/parse: the whole text must be of the form, and a refusal leaves the result alone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "common/parse.h"

#define UNTOUCHED 4242

static void a_number_takes_all_of_the_text(void **state)
{
	uint64_t value = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_uint("", 100, &value), -EINVAL);
	assert_int_equal(parse_uint("80x", 100, &value), -EINVAL);
	assert_int_equal(parse_uint(" 80", 100, &value), -EINVAL);
	assert_int_equal(parse_uint("+80", 100, &value), -EINVAL);
	assert_int_equal(parse_uint("-1", 100, &value), -EINVAL);
	assert_int_equal(parse_uint("0x10", 100, &value), -EINVAL);
	assert_int_equal(value, UNTOUCHED);
	assert_int_equal(parse_uint("080", 100, &value), 0);
	assert_int_equal(value, 80);
}

static void a_number_beyond_its_limit_is_out_of_range(void **state)
{
	uint64_t value = UNTOUCHED;
	uint16_t small = 7;
	uint32_t word = 7;

	(void)state;
	assert_int_equal(parse_uint("101", 100, &value), -ERANGE);
	assert_int_equal(parse_uint("18446744073709551616", UINT64_MAX, &value), -ERANGE);
	assert_int_equal(parse_uint("99999999999999999999999", UINT64_MAX, &value), -ERANGE);
	assert_int_equal(value, UNTOUCHED);
	assert_int_equal(parse_uint("18446744073709551615", UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(parse_u16("65536", &small), -ERANGE);
	assert_int_equal(parse_u32("4294967296", &word), -ERANGE);
	assert_int_equal(small, 7);
	assert_int_equal(word, 7);
	assert_int_equal(parse_u16("65535", &small), 0);
	assert_int_equal(parse_u32("4294967295", &word), 0);
	assert_int_equal(small, 65535);
	assert_true(word == UINT32_MAX);
}

static void an_address_is_a_dotted_quad_in_network_order(void **state)
{
	uint32_t addr = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_ipv4("10.1.2", &addr), -EINVAL);
	assert_int_equal(parse_ipv4("10.1.2.256", &addr), -EINVAL);
	assert_int_equal(parse_ipv4("10.1.2.3 ", &addr), -EINVAL);
	assert_int_equal(parse_ipv4("::1", &addr), -EINVAL);
	assert_int_equal(addr, UNTOUCHED);
	assert_int_equal(parse_ipv4("10.1.2.3", &addr), 0);
	assert_int_equal(addr, htonl(0x0a010203));
}

static void a_cidr_with_host_bits_is_refused(void **state)
{
	struct cidr4 cidr = { .addr = UNTOUCHED, .len = 9 };

	(void)state;
	assert_int_equal(parse_cidr4("10.233.64.1/24", &cidr), -EINVAL);
	assert_int_equal(parse_cidr4("10.0.0.0/7", &cidr), 0);
	assert_int_equal(cidr.len, 7);
	assert_int_equal(parse_cidr4("10.233.64.0/24", &cidr), 0);
	assert_int_equal(cidr.addr, htonl(0x0ae94000));
	assert_int_equal(cidr.len, 24);
	assert_int_equal(parse_cidr4("0.0.0.0/0", &cidr), 0);
	assert_int_equal(cidr.len, 0);
	assert_int_equal(parse_cidr4("10.233.64.7/32", &cidr), 0);
}

static void a_cidr_needs_address_and_length(void **state)
{
	static const char *const wrong[] = { "",
					     "/",
					     "10.0.0.0",
					     "10.0.0.0/",
					     "/8",
					     "10.0.0.0/33",
					     "10.0.0.0/8x",
					     "10.0.0.0/-1",
					     "1000.0000.0000.0000/8" };
	struct cidr4 cidr;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse_cidr4(wrong[i], &cidr), -EINVAL);
}

static void a_mac_has_six_pairs_of_hex_digits(void **state)
{
	static const uint8_t expected[6] = { 0x02, 0x00, 0x0a, 0xe9, 0x40, 0x5d };
	uint8_t mac[6] = { 0 };

	(void)state;
	assert_int_equal(parse_mac("02:00:0a:e9:40", mac), -EINVAL);
	assert_int_equal(parse_mac("02-00-0a-e9-40-5d", mac), -EINVAL);
	assert_int_equal(parse_mac("02:00:0a:e9:40:5g", mac), -EINVAL);
	assert_int_equal(parse_mac("02:00:0a:e9:40:5d:", mac), -EINVAL);
	assert_int_equal(mac[0], 0);
	assert_int_equal(parse_mac("02:00:0A:e9:40:5D", mac), 0);
	assert_memory_equal(mac, expected, sizeof(mac));
}

static void a_size_may_have_one_binary_suffix(void **state)
{
	uint64_t size = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_size("K", &size), -EINVAL);
	assert_int_equal(parse_size("1k", &size), -EINVAL);
	assert_int_equal(parse_size("1KM", &size), -EINVAL);
	assert_int_equal(parse_size("1.5G", &size), -EINVAL);
	assert_int_equal(parse_size("", &size), -EINVAL);
	assert_int_equal(parse_size("18446744073709551615K", &size), -ERANGE);
	assert_int_equal(parse_size("00000000000000000000000001", &size), -ERANGE);
	assert_int_equal(size, UNTOUCHED);
	assert_int_equal(parse_size("7", &size), 0);
	assert_int_equal(size, 7);
	assert_int_equal(parse_size("2K", &size), 0);
	assert_int_equal(size, 2048);
	assert_int_equal(parse_size("16G", &size), 0);
	assert_true(size == 16ull << 30);
	assert_int_equal(parse_size("1T", &size), 0);
	assert_true(size == 1ull << 40);
}

static void text_forms_read_back_as_the_same_value(void **state)
{
	char addr_text[IPV4_TEXT_MAX], net_text[CIDR4_TEXT_MAX], hw_text[MAC_TEXT_MAX];
	struct cidr4 cidr;
	uint8_t mac[6];
	uint32_t addr;

	(void)state;
	assert_int_equal(parse_ipv4("255.255.255.255", &addr), 0);
	assert_string_equal(ipv4_text(addr, addr_text), "255.255.255.255");
	assert_int_equal(parse_cidr4("255.255.255.255/32", &cidr), 0);
	assert_string_equal(cidr4_text(cidr, net_text), "255.255.255.255/32");
	assert_int_equal(parse_mac("02:00:0a:e9:40:5d", mac), 0);
	assert_string_equal(mac_text(mac, hw_text), "02:00:0a:e9:40:5d");
}

static void the_mask_of_a_length_has_that_many_leading_ones(void **state)
{
	(void)state;
	assert_int_equal(cidr4_mask(0), 0);
	assert_int_equal(cidr4_mask(1), htonl(0x80000000));
	assert_int_equal(cidr4_mask(24), htonl(0xffffff00));
	assert_true(cidr4_mask(32) == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_takes_all_of_the_text),
		cmocka_unit_test(a_number_beyond_its_limit_is_out_of_range),
		cmocka_unit_test(an_address_is_a_dotted_quad_in_network_order),
		cmocka_unit_test(a_cidr_with_host_bits_is_refused),
		cmocka_unit_test(a_cidr_needs_address_and_length),
		cmocka_unit_test(a_mac_has_six_pairs_of_hex_digits),
		cmocka_unit_test(a_size_may_have_one_binary_suffix),
		cmocka_unit_test(text_forms_read_back_as_the_same_value),
		cmocka_unit_test(the_mask_of_a_length_has_that_many_leading_ones),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
