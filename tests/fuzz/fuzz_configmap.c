// SPDX-License-Identifier: BSD-2-Clause
/* A ConfigMap from its text to typed options: whatever is in it, every option has a value afterwards. */
#include "config/configmap.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_configmap_ struct configmap cm = { 0 };
	_cleanup_diag_ struct diag_list diags = { 0 };
	bool bad_value = false;
	struct config_source source = { .path = fuzz_file(data, size), .releases = RELEASES_ALL };
	int err = configmap_read(&source, &cm, &diags, &bad_value);

	FUZZ_REQUIRE((err != 0) == diag_has_errors(&diags));
	FUZZ_REQUIRE(err || !bad_value);
	for (enum option_id id = 0; id < OPT__COUNT; id++)
		FUZZ_REQUIRE(option_text(&cm.options, id));
	diag_print(&diags, fuzz_sink());
	return 0;
}
