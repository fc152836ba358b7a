// SPDX-License-Identifier: BSD-2-Clause
/* Node state files. */
#include "install/state.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_state_ struct node_state state = { 0 };
	int err = state_parse("input", (const char *)data, size, &state, &diags);

	FUZZ_REQUIRE((err != 0) == diag_has_errors(&diags));
	for (size_t i = 0; i < state.endpoint_count; i++) {
		const struct endpoint *ep = &state.endpoints[i];

		FUZZ_REQUIRE(interface_name_is_valid(ep->interface));
		FUZZ_REQUIRE(!endpoint_problem(ep, state.pod_cidr, state.router_ip));
	}
	for (size_t i = 0; i < state.service_count; i++) {
		const struct service *service = &state.services[i];

		FUZZ_REQUIRE(service->name[0] && service->frontend_count <= SERVICE_MAX_FRONTENDS);
		for (size_t k = 0; k < service->frontend_count; k++)
			FUZZ_REQUIRE(service->frontends[k].port);
		for (size_t k = 0; k < service->backend_count; k++)
			FUZZ_REQUIRE(service->backends[k].ip && service->backends[k].port);
	}
	diag_print(&diags, fuzz_sink());
	return 0;
}
