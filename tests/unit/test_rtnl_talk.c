// SPDX-License-Identifier: BSD-2-Clause
/* Attribute readers against attributes that are not what they should be; the growing array of a dump. */
#include "install/rtnl_talk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An attribute with a payload of len bytes, as it would stand in a message. */
struct wire {
	struct nlattr header;
	char payload[16];
};

static const struct nlattr *wire(struct wire *w, const void *payload, size_t len)
{
	*w = (struct wire){ .header.nla_len = (uint16_t)(sizeof(w->header) + len) };
	memset(w->payload, 'x', sizeof(w->payload));
	memcpy(w->payload, payload, len);
	return &w->header;
}

static void a_number_of_another_size_is_not_read(void **state)
{
	uint32_t value = 7;
	uint16_t port = 7;
	struct wire w;

	(void)state;
	assert_false(rtnl_attr_u32(wire(&w, "\1\0", 2), &value));
	assert_false(rtnl_attr_u32(wire(&w, "\1\0\0\0\0\0\0\0", 8), &value));
	assert_false(rtnl_attr_u32(wire(&w, "", 0), &value));
	assert_int_equal(value, 7);
	assert_false(rtnl_attr_u16(wire(&w, "\1\0\0\0", 4), &port));
	assert_int_equal(port, 7);
	assert_true(rtnl_attr_u32(wire(&w, "\1\1\1\1", 4), &value));
	assert_int_equal(value, 0x01010101);
	assert_true(rtnl_attr_u16(wire(&w, "\2\2", 2), &port));
	assert_int_equal(port, 0x0202);
}

static void a_string_without_an_end_is_not_read(void **state)
{
	char out[8] = "old";
	struct wire w;

	(void)state;
	assert_false(rtnl_attr_string(wire(&w, "lo", 2), out, sizeof(out)));
	assert_false(rtnl_attr_string(wire(&w, "", 0), out, sizeof(out)));
	assert_string_equal(out, "old");
	assert_true(rtnl_attr_string(wire(&w, "lo", 3), out, sizeof(out)));
	assert_string_equal(out, "lo");
}

static void a_string_that_does_not_fit_is_not_read(void **state)
{
	char out[4] = "old";
	struct wire w;

	(void)state;
	assert_false(rtnl_attr_string(wire(&w, "eth0", 5), out, sizeof(out)));
	assert_string_equal(out, "old");
	assert_true(rtnl_attr_string(wire(&w, "eth", 4), out, sizeof(out)));
	assert_string_equal(out, "eth");
}

static void an_array_keeps_what_was_added_in_order(void **state)
{
	struct rtnl_array array = { .size = sizeof(int) };

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(rtnl_array_add(&array, &i), 0);
	assert_int_equal(array.count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_memory_equal(array.items + (size_t)i * sizeof(int), &i, sizeof(int));
	free(array.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_of_another_size_is_not_read),
		cmocka_unit_test(a_string_without_an_end_is_not_read),
		cmocka_unit_test(a_string_that_does_not_fit_is_not_read),
		cmocka_unit_test(an_array_keeps_what_was_added_in_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
