// SPDX-License-Identifier: BSD-2-Clause
/* Records of the initramfs, byte by byte as the kernel's document has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/vm_cpio.h"

#define ZERO "00000000"
#define HEADER 110

static void a_file_is_header_name_and_data_each_aligned(void **state)
{
	static const char wanted[] = "070701" ZERO "000081ed" ZERO ZERO "00000001" ZERO
				     "00000005" ZERO ZERO ZERO ZERO "00000005" ZERO "init";
	_cleanup_buf_ struct buf b = { 0 };

	(void)state;
	cpio_file(&b, "init", 0755, "hello", 5);
	assert_int_equal(b.err, 0);
	/* 110 + 5 and one byte make 116; 5 and three make 8 */
	assert_int_equal(b.len, 124);
	assert_memory_equal(b.data, wanted, HEADER + 5);
	assert_memory_equal(b.data + 116, "hello\0\0", 8);
}

static void a_device_has_its_numbers(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };

	(void)state;
	cpio_character_device(&b, "dev/ttyS1", 4, 65);
	assert_memory_equal(b.data + 6 + 8, "00002180", 8);
	assert_memory_equal(b.data + 6 + 9 * 8,
			    "00000004"
			    "00000041",
			    16);
	assert_int_equal(b.len, 120);
}

static void records_stay_aligned_and_end_with_the_trailer(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };

	(void)state;
	cpio_directory(&b, "objects");
	assert_int_equal(b.len % 4, 0);
	cpio_file(&b, "objects/a", 0644, "x", 1);
	assert_int_equal(b.len % 4, 0);
	cpio_end(&b);
	assert_int_equal(b.len % 4, 0);
	assert_memory_equal(b.data + b.len - 14, "TRAILER!!!\0\0\0", 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_header_name_and_data_each_aligned),
		cmocka_unit_test(a_device_has_its_numbers),
		cmocka_unit_test(records_stay_aligned_and_end_with_the_trailer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
