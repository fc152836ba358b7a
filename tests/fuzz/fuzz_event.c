// SPDX-License-Identifier: BSD-2-Clause
/* Records of the events' ring buffer. */
#include "install/event.h"
#include "tests/fuzz/fuzz.h"

static void take(const uint8_t *data, size_t size, struct event_tunnel tunnel)
{
	struct event event;

	if (event_decode(data, size, tunnel, &event))
		return;
	FUZZ_REQUIRE(event.head.captured <= size - sizeof(event.head));
	FUZZ_REQUIRE(event.encap == EVENT_ENCAP_NONE ||
		     (event.packet.is_ipv4 && event.outer.is_ipv4));
	FUZZ_REQUIRE(!event_print_text(&event, "lxc1", fuzz_sink()));
	FUZZ_REQUIRE(!event_print_json(&event, NULL, fuzz_sink()));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	take(data, size, (struct event_tunnel){ EVENT_ENCAP_VXLAN, 8472 });
	take(data, size, (struct event_tunnel){ EVENT_ENCAP_GENEVE, 6081 });
	return 0;
}
