// SPDX-License-Identifier: BSD-2-Clause
/* Records of the events' ring buffer. */
#include "install/event.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event event;

	if (event_decode(data, size, 8472, &event))
		return 0;
	FUZZ_REQUIRE(event.head.captured <= size - sizeof(event.head));
	FUZZ_REQUIRE(!event.is_tunnelled || (event.packet.is_ipv4 && event.outer.is_ipv4));
	FUZZ_REQUIRE(!event_print_text(&event, "lxc1", fuzz_sink()));
	FUZZ_REQUIRE(!event_print_json(&event, NULL, fuzz_sink()));
	return 0;
}
