// SPDX-License-Identifier: BSD-2-Clause
/* install/overlay: which protocol takes which device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "install/overlay.h"

static void each_protocol_has_its_device(void **state)
{
	(void)state;
	assert_string_equal(overlay_find("vxlan")->device, DEVICE_VXLAN);
	assert_string_equal(overlay_find("geneve")->device, DEVICE_GENEVE);
}

static void another_protocol_has_none(void **state)
{
	(void)state;
	assert_null(overlay_find("gre"));
	assert_null(overlay_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_protocol_has_its_device),
		cmocka_unit_test(another_protocol_has_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
