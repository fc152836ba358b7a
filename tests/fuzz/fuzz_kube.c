// SPDX-License-Identifier: BSD-2-Clause
/* Lists of Kubernetes objects, up to the tables of the datapath. */
#include <string.h>

#include "install/kube.h"
#include "install/tables_service.h"
#include "tests/fuzz/fuzz.h"

static void check_service(const struct service *service)
{
	FUZZ_REQUIRE(!service_name_problem(service->name));
	FUZZ_REQUIRE(service->frontend_count <= SERVICE_MAX_FRONTENDS);
	FUZZ_REQUIRE(service->backend_count <= SERVICE_MAX_BACKENDS);
	for (size_t i = 0; i < service->frontend_count; i++)
		FUZZ_REQUIRE(service->frontends[i].port);
	for (size_t i = 0; i < service->backend_count; i++)
		FUZZ_REQUIRE(service->backends[i].ip && service->backends[i].port);
}

/* What is remembered of services can be read again. */
static void check_store(const struct node_state *state)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_state_ struct node_state again = { 0 };
	_cleanup_buf_ struct buf text = { 0 };

	buf_puts(&text, state->service_count ? "services:\n" : "services: []\n");
	for (size_t i = 0; i < state->service_count; i++)
		service_format(&state->services[i], &text);
	FUZZ_REQUIRE(!text.err);
	FUZZ_REQUIRE(!state_parse_services("again", text.data, text.len, &again, &diags));
	FUZZ_REQUIRE(again.service_count == state->service_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct serving serving = { .kinds = { true, true, true, true, true },
					 .affinity = true,
					 .source_ranges = true };
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_state_ struct node_state state = { 0 };
	struct table tables[TABLE__COUNT] = { 0 };
	int err = kube_parse("input", (const char *)data, size, &state, &diags);

	FUZZ_REQUIRE((err != 0) == diag_has_errors(&diags));
	FUZZ_REQUIRE(state.has_services == !err);
	for (size_t i = 0; i < state.service_count; i++) {
		check_service(&state.services[i]);
		FUZZ_REQUIRE(!i || strcmp(state.services[i - 1].name, state.services[i].name) < 0);
	}
	check_store(&state);
	FUZZ_REQUIRE(!tables_add_services(&state, &serving, tables));
	for (int id = 0; id < TABLE__COUNT; id++)
		table_fini(&tables[id]);
	diag_print(&diags, fuzz_sink());
	return 0;
}
