// SPDX-License-Identifier: BSD-2-Clause
/* common/digest against the vectors of FIPS 180-2. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/digest.h"
#include "common/file.h"

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_LONG "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"

static void the_known_vectors_come_out(void **state)
{
	static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char digest[DIGEST_TEXT_MAX];

	(void)state;
	digest_data("", 0, digest);
	assert_string_equal(digest, OF_NOTHING);
	digest_data("abc", 3, digest);
	assert_string_equal(digest, OF_ABC);
	digest_data(text, strlen(text), digest);
	assert_string_equal(digest, OF_LONG);
}

static void the_first_64_bits_are_a_number(void **state)
{
	(void)state;
	assert_true(digest_number("", 0) == 0xe3b0c44298fc1c14);
	assert_true(digest_number("abc", 3) == 0xba7816bf8f01cfea);
}

static void a_file_has_the_digest_of_its_bytes(void **state)
{
	char dir[] = "/tmp/test_digest.XXXXXX", path[64], digest[DIGEST_TEXT_MAX] = "";
	int err, limited;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(path_format(path, sizeof(path), "%s/abc", dir), 0);
	err = file_write_atomic(path, "abc", 3);
	if (!err)
		err = digest_file(path, 3, digest);
	limited = digest_file(path, 2, digest);
	dir_remove(dir);
	assert_int_equal(err, 0);
	assert_string_equal(digest, OF_ABC);
	assert_int_equal(limited, -EFBIG);
	assert_int_equal(digest_file(path, 3, digest), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_vectors_come_out),
		cmocka_unit_test(the_first_64_bits_are_a_number),
		cmocka_unit_test(a_file_has_the_digest_of_its_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
